"""Run a program on real files while every change it makes to them is written down, and read what was written.

The recorder is a library preloaded into the process, not a VFS: so the driver, the SQLite it is linked with and the
system calls are those that users have (apsw would bring a SQLite of its own, and a VFS is told of folders only in
part). What it can't see would be missed, so `disk.Disk` replays the record and a test compares it with the real files.
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SOURCE = Path(__file__).with_name("recorder.c")
HEAD = struct.Struct("=IIIIQQ")
PATIENCE = 240


class Kind(IntEnum):
    """What happened, by the numbers of recorder.c."""

    OPENED = 1
    WRITTEN = 2
    TRUNCATED = 3
    SYNC_BEGUN = 4
    SYNC_ENDED = 5
    UNLINKED = 6
    RENAMED = 7
    FOLDER_MADE = 8
    MARKED = 9


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a record; ``number`` is an offset, a size, or which sync it is."""

    kind: Kind
    path: str
    data: bytes
    is_folder: bool
    inode: int
    number: int


def compiled(folder: Path) -> Path:
    """Return the recorder, built here and now; skip with a sentence where it can't be."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if not sys.platform.startswith("linux"):
        pytest.skip("the recorder of writes and syncs is preloaded as Linux does it; this is another system")
    if compiler is None:
        pytest.skip("no C compiler is here to build the recorder of writes and syncs: install gcc to run this")
    library = folder / "recorder.so"
    command = [compiler, "-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o", str(library), str(SOURCE), "-ldl"]
    subprocess.run([*command, "-lpthread"], check=True)
    return library


def record(library: Path, folder: Path, module: str, *arguments: str) -> Path:
    """Run a module of ours on an empty folder; return the record of all that it did there."""
    folder.mkdir()
    told = folder.with_name(f"{folder.name}.record")
    environment = os.environ | {
        "LD_PRELOAD": str(library),
        "BATCHDECK_RECORD": str(told),
        "BATCHDECK_RECORD_ROOT": str(folder),
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", module, str(folder), *arguments]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert ran.returncode == 0, f"{module} failed:\n{ran.stdout[-2000:]}\n{ran.stderr[-6000:]}"
    return told


def lines(told: Path) -> Iterator[Line]:
    """Read a record from its beginning."""
    with told.open("rb") as source:
        while head := source.read(HEAD.size):
            kind, first, second, flags, inode, number = HEAD.unpack(head)
            path = source.read(first).decode()
            yield Line(Kind(kind), path, source.read(second), bool(flags & 1), inode, number)
