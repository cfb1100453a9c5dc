"""What was loaded at the start isn't searched for garbage ever again, and what comes after it is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CODE = """
import gc
usual = gc.get_threshold()
from engine import garbage
garbage.loading()
assert gc.get_threshold()[0] > 10 * usual[0]
import console.app
garbage.loaded()
assert gc.get_threshold() == usual
assert gc.get_freeze_count() > 10_000
loop = []
loop.append(loop)
del loop
print(gc.collect() >= 1)
loop = []
loop.append(loop)
del loop
garbage.loaded()
print(gc.collect() >= 1)
"""


def test_what_is_loaded_is_left_alone_and_what_comes_is_collected() -> None:
    """A full look takes a tenth of a second with every thread waiting; a console left for another one is garbage."""
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", CODE], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True"]
