"""Open a database: every file that can't be used is refused with what it is and what to do, and left as it is."""

from __future__ import annotations

import asyncio
import os
import secrets
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import structlog

from engine.errors import BadSettings, Unavailable
from engine.folders import secure
from engine.store import changes, files, migrate
from engine.store.condition import Condition, Found, inspect, refusal
from engine.store.connect import connect, remedy
from engine.store.copying import copy, drafted, place
from engine.store.facts import keep_fact
from engine.store.lock import SUFFIX, Lock
from engine.store.owner import Owner
from engine.store.queries import Connection
from engine.store.store import SqliteStore
from engine.store.writer import Writer

log = structlog.get_logger()


async def open_store(path: Path | str, *, read_only: bool = False) -> SqliteStore:
    """Open the database at ``path``, or make it; close it with `SqliteStore.close`.

    ``read_only`` takes no lock and never writes, so it works beside the engine that owns the file. Raises BadSettings
    for a path in a folder that isn't there, Unavailable for a file that can't be used.
    """
    return await asyncio.to_thread(_open_reader if read_only else _open_writer, Path(path))


def _open_writer(path: Path) -> SqliteStore:
    path = real_path(path)
    refuse_folder(path)
    _refuse_strangers(path)
    lock = Lock(path)
    try:
        found = _fit(path)
        owner = Owner(path, lock)
        raw = connect(path, read_only=False)
        try:
            return SqliteStore(path, _prepare(raw, path, found, owner), lock)
        except BaseException:
            raw.close()
            raise
    except sqlite3.Error as error:
        lock.release()
        raise Unavailable(f"{path} can't be used: {remedy(error)}") from error
    except BaseException:
        lock.release()
        raise


def _fit(path: Path) -> Found:
    """Return the condition of a file that an engine may work on, made now if there was none; else refuse it."""
    if files.size(files.beside(path, files.JOURNAL)):
        with closing(connect(path, read_only=False)) as raw:  # a change was cut off: SQLite takes it back
            raw.execute("SELECT count(*) FROM sqlite_master").fetchone()
    found = inspect(path)
    if found.condition is Condition.ABSENT:
        _make(path)
        return Found(Condition.CURRENT, revision=migrate.HEAD)
    if found.condition not in (Condition.CURRENT, Condition.OLDER, Condition.BLANK):
        raise refusal(path, found)
    return found


def _make(path: Path) -> None:
    """Make a new database under another name first: a file of its name is never an empty or a half-made one."""
    with drafted(path) as draft:
        with closing(connect(draft, read_only=False)) as raw:
            _keep_log(raw, path)
            migrate.upgrade(raw)
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with files.writable(path.parent):
            place(draft, path, force=True)
    secure(path.parent)


def _prepare(raw: sqlite3.Connection, path: Path, found: Found, owner: Owner) -> Writer:
    _keep_log(raw, path)
    if found.condition is Condition.OLDER:
        _bring_up_to_date(raw, path, str(found.revision))
    elif found.condition is Condition.BLANK:
        migrate.upgrade(raw)
    database = Connection(raw)
    keep_fact(database, changes.DATABASE_ID, secrets.token_hex(8))
    owner.mark(database)
    return Writer(raw, changes.latest(database), owner.prove)


def _keep_log(raw: sqlite3.Connection, path: Path) -> None:
    if raw.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
        raise Unavailable(f"{path} lies where no write-ahead log can be kept: put it on a local disk")


def _bring_up_to_date(raw: sqlite3.Connection, path: Path, revision: str) -> None:
    """Migrate after a copy beside the database; when that fails it is as it was, and the copy goes again."""
    with files.writable(path.parent):
        kept = files.kept_name(path, migrate.HEAD, datetime.now(UTC))
        with drafted(kept) as draft:
            copy(path, draft)
            place(draft, kept, force=False)
    try:
        migrate.upgrade(raw)
    except Exception as error:
        kept.unlink()
        raise Unavailable(
            f"{path} could not be brought from schema {revision} to {migrate.HEAD} ({_reason(error)}) and is as it "
            "was: go on with the release that made it, and report this"
        ) from error
    log.info("database migrated", database=str(path), before=revision, now=migrate.HEAD, copy=str(kept))


def _reason(error: Exception) -> str:
    said = str(getattr(error, "orig", None) or error)  # SQLAlchemy adds the whole statement
    return " ".join(said.split())[:120] or type(error).__name__


def _open_reader(path: Path) -> SqliteStore:
    path = real_path(path)
    found = inspect(path, lambda raw: None)
    if found.condition is not Condition.CURRENT:
        raise refusal(path, found)
    return SqliteStore(path, None, None)


def _refuse_strangers(path: Path) -> None:
    """Refuse another program's file before a lock is left beside it; everything else is judged under the lock."""
    if not files.beside(path, SUFFIX).exists():
        found = inspect(path, lambda raw: None)
        if found.condition in (Condition.FOREIGN, Condition.NOT_A_DATABASE):
            raise refusal(path, found)


def real_path(given: Path) -> Path:
    """Return where the file really is: its lock and its log lie beside it, whatever link led there."""
    path = Path(os.path.realpath(given))
    if not path.parent.is_dir():
        raise BadSettings(f"The folder {path.parent} isn't there: make it, or name another file for the database")
    return path


def refuse_folder(path: Path) -> None:
    """Refuse a folder before a lock is made beside it."""
    if path.is_dir():
        raise refusal(path, Found(Condition.FOLDER))
