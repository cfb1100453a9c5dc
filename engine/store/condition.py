"""In what condition the file of a database is, and how an engine refuses one that it can't work on.

Only ever on a connection that can't write, and never by opening the file by hand, which would drop SQLite's locks.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from engine.errors import Unavailable
from engine.store import damage, files, migrate
from engine.store.connect import connect, remedy

SMALLEST = 512
"""Bytes of the smallest database: SQLite takes what is shorter for none, and writes over it."""
RESTORING = ".restoring"
"""Stands beside a database while its files are exchanged, and names where the earlier one is kept."""
_TABLES = "SELECT count(*) FROM sqlite_master"
IMPORT = "batchdeck catalogue import FILE"
"""What makes a database, for whoever has none yet."""
Look = Callable[[sqlite3.Connection], str | None]


class Condition(StrEnum):
    """What a file turned out to be."""

    ABSENT = "absent"
    BLANK = "blank"
    CURRENT = "current"
    OLDER = "older"
    NEWER = "newer"
    FOLDER = "folder"
    EMPTY = "empty"
    LOG_ONLY = "log only"
    HALF_RESTORED = "half restored"
    NOT_A_DATABASE = "not a database"
    FOREIGN = "foreign"
    DAMAGED = "damaged"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Found:
    """A file's condition; ``detail`` is what is damaged, or why it can't be read, or where an earlier one is kept."""

    condition: Condition
    detail: str = ""
    revision: str | None = None


def inspect(path: Path, look: Look = damage.glance) -> Found:
    """Return the condition of a file; ``look`` searches it for damage."""
    by_name = _by_name(path)
    if by_name is not None:
        return by_name
    try:
        with closing(connect(path, read_only=True)) as raw:
            return _inside(raw, path, look)
    except sqlite3.Error as error:
        return _told(error)


def _by_name(path: Path) -> Found | None:
    """Return what names and sizes tell, before anything is opened."""
    mark = files.beside(path, RESTORING)
    if mark.exists():
        return Found(Condition.HALF_RESTORED, mark.read_text(encoding="utf-8", errors="replace").strip())
    if path.is_dir():
        return Found(Condition.FOLDER)
    size = files.size(path)
    if not size and files.size(files.beside(path, files.LOG)):
        return Found(Condition.LOG_ONLY)
    if size is None:
        return Found(Condition.ABSENT)
    if not size:
        return Found(Condition.EMPTY)
    return None if size >= SMALLEST else Found(Condition.NOT_A_DATABASE)


def _in_full(raw: sqlite3.Connection, path: Path) -> bool:
    """Tell whether the last page is there in full: without a log to take it from, SQLite would read zeros."""
    if files.size(files.beside(path, files.LOG)):
        return True
    return (files.size(path) or 0) % int(raw.execute("PRAGMA page_size").fetchone()[0]) == 0


def _inside(raw: sqlite3.Connection, path: Path, look: Look) -> Found:
    tables, owner = (raw.execute(sql).fetchone()[0] for sql in (_TABLES, "PRAGMA application_id"))
    if owner != migrate.APPLICATION_ID:
        bare = not tables and owner == 0 and raw.execute("PRAGMA page_count").fetchone()[0] <= 1
        return Found(Condition.BLANK if bare else Condition.FOREIGN)
    if not tables:
        return Found(Condition.DAMAGED, "its tables are gone")
    revision = migrate.version(raw)
    wrong = look(raw) if _in_full(raw, path) else "its end is missing"
    if wrong is not None or revision is None:
        return Found(Condition.DAMAGED, wrong or "it doesn't say which schema it has", revision)
    if revision == migrate.HEAD:
        return Found(Condition.CURRENT, revision=revision)
    return Found(Condition.OLDER if revision in migrate.known() else Condition.NEWER, revision=revision)


def _told(error: sqlite3.Error) -> Found:
    """Return what an error of SQLite says of the file; a table that can't be found is a page that can't be read."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_NOTADB:
        return Found(Condition.NOT_A_DATABASE)
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_ERROR):
        return Found(Condition.DAMAGED, str(error))
    return Found(Condition.UNREADABLE, remedy(error))


def refusal(path: Path, found: Found) -> Unavailable:
    """Return why no engine works on a file in this condition: what it is, and what to do."""
    if found.condition is Condition.DAMAGED:
        return damage.damaged(path, found.detail)
    if found.condition is Condition.UNREADABLE:
        return Unavailable(f"{path} can't be used: {found.detail}")
    words = {"path": path, "detail": found.detail, "revision": found.revision, "head": migrate.HEAD}
    return Unavailable(_SENTENCES[found.condition].format(**words, restore=damage.RESTORE))


_SENTENCES = {
    Condition.ABSENT: f"There is no database at {{path}}: bring a catalogue in first, {IMPORT}",
    Condition.BLANK: f"{{path}} is an empty database: bring a catalogue in first, {IMPORT}",
    Condition.OLDER: (
        "{path} has the schema {revision}, this release reads {head}: start an engine on it once, "
        "which keeps a copy beside it and brings it up to date"
    ),
    Condition.NEWER: (
        "{path} was written by a newer release (schema {revision}, this one knows {head}): update Batchdeck, "
        "or name another database"
    ),
    Condition.FOLDER: "{path} is a folder: name a file in it for the database",
    Condition.EMPTY: (
        "{path} is empty (0 bytes), so no database is in it any more: {restore}, or remove the file to begin anew"
    ),
    Condition.LOG_ONLY: (
        "{path} is gone, but its log {path}-wal is there and may hold what was accepted last: put the database back "
        "beside it, or {restore}; to begin anew remove the log too"
    ),
    Condition.HALF_RESTORED: (
        "A restore of {path} didn't come to its end: run batchdeck restore FILE again "
        "(the database that was there is kept as {detail})"
    ),
    Condition.NOT_A_DATABASE: (
        "{path} is not a database, or its beginning is damaged: {restore}, or name another file; it was left as it is"
    ),
    Condition.FOREIGN: "{path} is the database of another program: name another file",
}
