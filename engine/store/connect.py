"""Connections to a SQLite file: the pragmas that keep promise 2, and the errors of a dead machine as sentences."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from engine.errors import Unavailable
from engine.store.queries import Connection

T = TypeVar("T")
BUSY_SECONDS = 5.0
READERS = 4
STATEMENTS = 256
_REMEDIES = {
    sqlite3.SQLITE_BUSY: "another program holds it locked: close that program; work goes on by itself",
    sqlite3.SQLITE_LOCKED: "another program holds it locked: close that program; work goes on by itself",
    sqlite3.SQLITE_FULL: "the disk is full: make room; work goes on by itself",
    sqlite3.SQLITE_READONLY: "it may not be written: check the permissions of the file and its folder",
    sqlite3.SQLITE_CANTOPEN: "it can't be opened: check that the file is there and may be read and written",
    sqlite3.SQLITE_PERM: "it may not be opened: check the permissions of the file and its folder",
    sqlite3.SQLITE_CORRUPT: "it is damaged: put a backup back (batchdeck restore)",
    sqlite3.SQLITE_NOTADB: "the file is not a database: name another file",
    sqlite3.SQLITE_IOERR: "the disk doesn't take or give its data (a limit, a quota, a defect): make room or check it; "
    "work goes on by itself",
}


def trouble(error: sqlite3.Error) -> Unavailable:
    """Return what a user reads when the database can't do its work: what happened, and what to do."""
    return Unavailable(f"The database can't be used: {remedy(error)}")


def remedy(error: sqlite3.Error) -> str:
    """Return what an error of SQLite means and what to do; what SQLite says itself where we know no better."""
    return _REMEDIES.get(getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF, str(error))


def explained(error: BaseException) -> BaseException:
    """Return Unavailable for an outage of the database, and any other error as it is: that one is a caller's."""
    known = isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", 0) & 0xFF in _REMEDIES
    return trouble(error) if known and isinstance(error, sqlite3.Error) else error


def connect(path: Path, read_only: bool) -> sqlite3.Connection:
    """Open the file; a reading connection can neither write nor checkpoint."""
    uri = f"file:{quote(str(path))}?mode={'ro' if read_only else 'rwc'}"
    raw = sqlite3.connect(
        uri,
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=STATEMENTS,
    )
    for pragma in _READING if read_only else _WRITING:
        raw.execute(f"PRAGMA {pragma}")
    return raw


_READING = ("query_only = ON",)
_WRITING = (
    "synchronous = FULL",
    "fullfsync = ON",  # macOS: its fsync doesn't flush the drive; elsewhere without effect
    "checkpoint_fullfsync = ON",
    "foreign_keys = ON",
    "temp_store = MEMORY",
    "journal_size_limit = 67108864",
)


class Readers:
    """A few threads with a reading connection each; every read sees one committed state of the database."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pool = ThreadPoolExecutor(READERS, thread_name_prefix="store-reader")
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._closed = False

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` on a snapshot, off the event loop. Unavailable when the database can't be read."""
        if self._closed:
            raise Unavailable("The database is closed: open the engine again")
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._read, work)

    def _read(self, work: Callable[[Connection], T]) -> T:
        try:
            database = self._connection()
            database.raw.execute("BEGIN")
            try:
                return work(database)
            finally:
                database.raw.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise explained(error) from error

    def _connection(self) -> Connection:
        found: Connection | None = getattr(self._local, "connection", None)
        if found is None:
            raw = connect(self._path, read_only=True)
            raw.create_function("fold", 1, str.casefold, deterministic=True)
            self._opened.append(raw)
            found = self._local.connection = Connection(raw)
        return found

    async def close(self) -> None:
        """Finish the reads under way and close the connections."""
        self._closed = True
        await asyncio.to_thread(self._pool.shutdown)
        for raw in self._opened:
            raw.close()
        self._opened.clear()
