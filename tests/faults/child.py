"""Commands of Batchdeck as processes of their own, forked from one that has imported everything: quick to start.

What runs is `console.cli` with its arguments and its environment, as `batchdeck` would; only the imports are shared.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.faults.preload"])


def start(
    arguments: Sequence[str], environment: Mapping[str, str], output: Path, plant: str | None = None
) -> BaseProcess:
    """Start a command; its stdout and stderr go to a file. A killed one has the exit code -9."""
    process = CONTEXT.Process(target=_run, args=(list(arguments), dict(environment), str(output), plant), daemon=True)
    process.start()
    return process


def _run(arguments: list[str], environment: dict[str, str], output: str, plant: str | None) -> None:
    file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.environ.clear()
    os.environ.update(environment)
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    from engine import crash

    crash.aim(os.environ)
    if plant:
        from tests.faults import planted

        planted.PLANTS[plant]()
    from console.cli import app

    sys.argv = ["batchdeck", *arguments]
    app.main()


def _end_with_parent(parent: int) -> None:
    """Nobody is left behind when the harness itself is killed."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)
