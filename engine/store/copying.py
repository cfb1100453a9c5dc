"""One consistent copy of a database, also while an engine writes it: SQLite's online backup, in a single step.

A copy is looked through before it gets its name, so a file with the name of a backup is a whole one.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from engine.errors import Unavailable
from engine.store import damage, files
from engine.store.connect import connect, remedy

Touch = Callable[[sqlite3.Connection], None]


@contextmanager
def drafted(target: Path) -> Iterator[Path]:
    """Give the name under which a copy is made beside ``target``; what is left there at the end is taken away."""
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    files.remove(draft)
    try:
        yield draft
    finally:
        with suppress(OSError):
            files.remove(draft)


def copy(source: Path, draft: Path, touch: Touch | None = None, *, log: bool = False) -> None:
    """Write what ``source`` holds now to ``draft``, let ``touch`` change the copy, look it through, make it durable.

    The copy is one file; with ``log`` it is one that an engine can open as it is. Unavailable when the source can't be
    read, is damaged, or the copy can't be written; the source stays as it is.
    """
    try:
        with files.writable(draft.parent):
            os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, files.MODE))
            found = _copied(source, draft, touch, "WAL" if log else "DELETE")
            files.flush_file(draft)
    except sqlite3.Error as error:
        raise Unavailable(f"{source} can't be copied to {draft.parent}: {remedy(error)}") from error
    if found is not None:
        raise damage.damaged(source, found)


def _copied(source: Path, draft: Path, touch: Touch | None, journal: str) -> str | None:
    """Copy, and return what is damaged in the copy."""
    made = sqlite3.connect(draft, isolation_level=None)
    with closing(made), closing(connect(source, read_only=True)) as live:
        made.execute("PRAGMA synchronous = OFF")  # flushed once, when all is written
        live.backup(made)
        found = damage.thorough(made)
        if found is None:
            made.execute(f"PRAGMA journal_mode = {journal}")
            if touch is not None:
                touch(made)
        return found


def place(draft: Path, target: Path, *, force: bool) -> None:
    """Give a finished copy its name, durably; FileExistsError when something has it and it isn't to be replaced."""
    if force:
        _clear(target)
        os.replace(draft, target)
    else:
        _name_new(draft, target)
    files.flush_folder(target)


def _clear(target: Path) -> None:
    """A log that belongs to the file of that name before would be taken for the new one's."""
    for suffix in files.SIDECARS:
        files.beside(target, suffix).unlink(missing_ok=True)


def _name_new(draft: Path, target: Path) -> None:
    if any(os.path.lexists(files.beside(target, suffix)) for suffix in ("", *files.SIDECARS)):
        raise FileExistsError
    try:
        os.link(draft, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        os.replace(draft, target)
    else:
        draft.unlink()
