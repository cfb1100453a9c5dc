"""Who owns a database is proved again before every group of writes: by the lock, the file, and a mark in it.

A lock can be deleted from under its owner, and a file replaced. Whoever opens a database leaves a new mark in it, so
an engine whose lock was taken away can store nothing more once another one has begun: two never write.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import structlog
from sqlalchemy import bindparam, select

from engine.errors import BadSettings, TakenOver, Unavailable
from engine.store.facts import set_fact
from engine.store.lock import Lock
from engine.store.queries import Connection, Query
from engine.store.tables import FACT

MARK = "owner"
_MARK = Query(select(FACT.c.value).where(FACT.c.name == bindparam("name")))
log = structlog.get_logger()


class Owner:
    """One engine's claim to one file, for as long as it runs."""

    def __init__(self, path: Path, lock: Lock) -> None:
        """Look at the file that was opened; BadSettings when it has other names, which have other locks and logs."""
        found = path.stat()
        if found.st_nlink > 1:
            raise BadSettings(
                f"{path} has {found.st_nlink} names (hard links), and each would get a log of its own, which destroys "
                "the data: copy it, and use the copy"
            )
        self._path = path
        self._lock = lock
        self._file = (found.st_dev, found.st_ino)
        self._mark = f"{os.getpid()} {secrets.token_hex(8)}"

    def mark(self, database: Connection) -> None:
        """Leave this engine's mark in the database."""
        set_fact(database, MARK, self._mark)

    def prove(self, database: Connection) -> None:
        """Raise, inside a transaction that is about to write, unless the database is still this engine's."""
        if self._lock.check():
            log.warning("the lock file was deleted while it was held, and is made anew", database=str(self._path))
        self._same_file()
        mark = database.value(_MARK, name=MARK)
        if mark != self._mark:
            other = str(mark or "unknown").partition(" ")[0]
            raise TakenOver(f"The engine with process id {other} took over {self._path}: end this one")

    def _same_file(self) -> None:
        try:
            found = self._path.stat()
        except OSError:
            raise Unavailable(
                f"{self._path} was moved or deleted while it was in use: put it back, or stop the engine"
            ) from None
        if (found.st_dev, found.st_ino) != self._file:
            raise Unavailable(f"{self._path} was replaced by another file while it was in use: stop the engine")
