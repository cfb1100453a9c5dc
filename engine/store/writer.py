"""The one thread that writes: closures wait in a queue, and up to 256 of them share one durable transaction.

One flush of the disk serves a whole group, so `synchronous=FULL` is nearly free; each closure has a savepoint of its
own, so one that fails takes nobody with it; and nobody is answered before the COMMIT.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import structlog

from engine import crash
from engine.core.spread import Meter
from engine.errors import Unavailable
from engine.store.connect import BUSY_SECONDS, explained, trouble
from engine.store.queries import Connection

T = TypeVar("T")
GROUP = 256
SLICE = 0.2
LAST_WAIT = 1.0
END = 3.0
log = structlog.get_logger()


@dataclass(slots=True)
class _Job:
    """A closure, what its step is called, who waits for it, and how it ended."""

    name: str
    work: Callable[[Connection], Any]
    future: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None


class Writer:
    """Owns the writing connection, and gives every committed group the next revision.

    ``prove`` is called in every transaction before it writes, and raises when this process may not write any more.
    ``patience`` is for how many seconds a group waits for another program's lock.
    """

    def __init__(
        self,
        raw: sqlite3.Connection,
        revision: int,
        prove: Callable[[Connection], None] = lambda database: None,
        patience: float = BUSY_SECONDS,
    ) -> None:
        raw.execute(f"PRAGMA busy_timeout = {round(SLICE * 1000)}")
        self._database = Connection(raw)
        self._revision = revision
        self._prove = prove
        self.patience = patience
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._closed = False
        self.commits = 0
        self.took = Meter()
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    async def write(self, work: Callable[[Connection], T], name: str = "write") -> T:
        """Run ``work``, the step called ``name``, on the writing connection; return its result once it is durable.

        What ``work`` raises undoes it alone and is raised here; Unavailable when the database can't commit.
        """
        if self._closed:
            raise Unavailable("The database is closed: open the engine again")
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._jobs.put(_Job(name, work, future))
        return cast(T, await future)

    @property
    def waiting(self) -> int:
        """Return how many closures wait for their group."""
        return self._jobs.qsize()

    async def close(self) -> bool:
        """Finish what is queued and close the connection; False when the disk doesn't let that come to an end."""
        if not self._closed:
            self._closed = True
            self.patience = min(self.patience, LAST_WAIT)
            self._jobs.put(None)
        await asyncio.to_thread(self._thread.join, END)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while (job := self._jobs.get()) is not None:
                group, more = self._gather(job)
                self._carry(group)
                _answer(group)
                del job, group
                if not more:
                    break
        finally:
            self._database.raw.close()

    def _gather(self, first: _Job) -> tuple[list[_Job], bool]:
        """Return all that waits, at most `GROUP`; False when the end of the queue was met."""
        group = [first]
        while len(group) < GROUP:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                break
            if job is None:
                return group, False
            group.append(job)
        return group, True

    def _carry(self, group: list[_Job]) -> None:
        """Run a group in one transaction; a failing BEGIN or COMMIT fails all of it, and the thread lives on."""
        raw = self._database.raw
        self._database.revision = self._revision + 1
        began = time.monotonic()
        try:
            self._begin()
            self._prove(self._database)
            for job in group:
                self._try(job)
            _pass(group, "before-commit")
            raw.execute("COMMIT")
            _pass(group, "after-commit")
        except BaseException as error:
            _fail(group, error)
            with contextlib.suppress(sqlite3.Error):  # there may be nothing left to roll back
                raw.execute("ROLLBACK")
        else:
            self._revision += 1
            self.commits += 1
            self.took.observe(time.monotonic() - began)

    def _begin(self) -> None:
        """Wait for another program's lock in slices, so that closing can make the wait shorter."""
        began = time.monotonic()
        while True:
            try:
                self._database.raw.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                busy = getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
                if not busy or time.monotonic() - began >= self.patience:
                    raise
            else:
                return

    def _try(self, job: _Job) -> None:
        """Run one closure in a savepoint; only what ends the whole transaction is raised."""
        raw = self._database.raw
        raw.execute("SAVEPOINT job")
        try:
            job.result = job.work(self._database)
        except BaseException as error:
            if not raw.in_transaction:  # a full disk or a failing one made SQLite roll back everything
                raise
            raw.execute("ROLLBACK TO job")
            job.error = error
        raw.execute("RELEASE job")


def _pass(group: list[_Job], border: str) -> None:
    """Pass the crash points of a group's steps."""
    if crash.aimed():
        for job in group:
            crash.point(f"{job.name}-{border}")


def _fail(group: list[_Job], error: BaseException) -> None:
    """Nothing of the group is stored: even a refusal may rest on what is now undone."""
    for job in group:
        if isinstance(error, Unavailable):
            job.error = error
        elif isinstance(error, sqlite3.Error):
            job.error = trouble(error)
        else:
            job.error = Unavailable(f"Internal error ({type(error).__name__}): nothing of it was stored")
    if not isinstance(error, Unavailable | sqlite3.Error):
        log.error("a group of writes failed", exc_info=error)


def _answer(group: list[_Job]) -> None:
    """Wake everybody of a group with one call to each event loop, not one for each job."""
    for loop in {job.future.get_loop() for job in group}:
        mine = [job for job in group if job.future.get_loop() is loop]
        with contextlib.suppress(RuntimeError):  # a loop that is closed has nobody who waits
            loop.call_soon_threadsafe(_settle, mine)


def _settle(jobs: list[_Job]) -> None:
    for job in jobs:
        if job.future.done():
            continue
        if job.error is None:
            job.future.set_result(job.result)
        else:
            job.future.set_exception(explained(job.error))
