"""The files of a database: what lies beside it, what a copy of it is called, and how a name is made durable.

A database with a write-ahead log is two files until the log is folded in: whoever moves one moves both.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from engine.errors import Unavailable

LOG, SHARED, JOURNAL = "-wal", "-shm", "-journal"
SIDECARS = (LOG, SHARED, JOURNAL)
MODE = 0o600
_FULL_FSYNC = getattr(fcntl, "F_FULLFSYNC", None)  # macOS: its fsync doesn't flush the drive


def beside(path: Path, suffix: str) -> Path:
    """Return the file whose name is that of ``path`` and a suffix."""
    return path.with_name(path.name + suffix)


def size(path: Path) -> int | None:
    """Return how many bytes a file has, without opening it; None when it isn't there.

    Opening and closing a database by hand would drop the locks that SQLite holds on it in this process.
    """
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def kept_name(path: Path, why: str, now: datetime) -> Path:
    """Return a free name beside ``path`` for an earlier state of it, e.g. ``a.db.before-restore-20260102T030405Z``."""
    name = f"{path.name}.before-{why}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    for number in range(1, 1000):
        found = path.with_name(name if number == 1 else f"{name}-{number}")
        if not os.path.lexists(found):
            return found
    raise FileExistsError(17, "too many copies of one second", name)


def move(path: Path, kept: Path) -> bool:
    """Move a database with its log; tell whether there was anything. An empty log and what was shared just go."""
    there = [suffix for suffix in ("", *SIDECARS) if size(beside(path, suffix)) is not None]
    moved = [suffix for suffix in there if suffix == "" or (suffix != SHARED and size(beside(path, suffix)))]
    for suffix in moved:
        os.replace(beside(path, suffix), beside(kept, suffix))
    for suffix in set(there) - set(moved):
        beside(path, suffix).unlink()
    flush_folder(path)
    return bool(moved)


def stamp(now: datetime) -> str:
    """Write a moment as the facts of a database have it."""
    return f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def remove(path: Path) -> None:
    """Take away a database and all that lies beside it, if it is there."""
    for one in (path, *(beside(path, suffix) for suffix in SIDECARS)):
        one.unlink(missing_ok=True)


def flush_file(path: Path) -> None:
    """Make a file's content durable."""
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(file)
        if _FULL_FSYNC is not None:
            with contextlib.suppress(OSError):  # not every file system can
                fcntl.fcntl(file, _FULL_FSYNC)
    finally:
        os.close(file)


def flush_folder(path: Path) -> None:
    """Make the names in the folder of ``path`` durable."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        with contextlib.suppress(OSError):  # some network file systems know no such thing
            os.fsync(folder)
    finally:
        os.close(folder)


@contextlib.contextmanager
def writable(folder: Path) -> Iterator[None]:
    """Say in a sentence why nothing can be written in a folder; Unavailable."""
    try:
        yield
    except OSError as error:
        raise Unavailable(
            f"{folder} can't be written ({error.strerror}): check its permissions and its room"
        ) from error
