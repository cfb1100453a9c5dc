"""The clockwork: pokes the line at fixed intervals. The only module that knows APScheduler.

Its jobs live in memory, are tiny and idempotent; the truth is in our tables. Because its timer can die behind a
``running`` flag, or sleep for an hour when the clock is set back, a plain asyncio watchdog pokes too.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.executors.asyncio import AsyncIOExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from engine.ports import Clock

TICK = 1.0
LATE = 2.5
DISPATCH = "dispatch"
log = structlog.get_logger()


class _Steady(BaseTrigger):  # type: ignore[misc]
    """Fires a tick after now: an interval would make up, one by one, for every second of a clock that jumped ahead."""

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """Return when to fire next."""
        return now + timedelta(seconds=TICK)


class Ticker:
    """Calls ``poke`` every second until it is stopped."""

    def __init__(self, poke: Callable[[], None], clock: Clock) -> None:
        self._poke = poke
        self._clock = clock
        self._last = clock.monotonic()
        self._watchdog: asyncio.Task[None] | None = None
        self._scheduler = AsyncIOScheduler(
            jobstores={"default": MemoryJobStore()},
            executors={"default": AsyncIOExecutor()},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
            timezone=UTC,
        )

    def start(self) -> None:
        """Begin to tick."""
        self._schedule()
        self._scheduler.start()
        self._watchdog = asyncio.create_task(self._watch())

    def _schedule(self) -> None:
        self._scheduler.add_job(self._tick, _Steady(), id=DISPATCH, replace_existing=True)

    @property
    def late(self) -> float:
        """Return for how many seconds no tick came."""
        return self._clock.monotonic() - self._last

    async def stop(self) -> None:
        """End; a poke is never under way, since it doesn't wait for anything."""
        if self._watchdog:
            self._watchdog.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watchdog
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    async def _tick(self) -> None:
        self._last = self._clock.monotonic()
        self._poke()

    async def _watch(self) -> None:
        """Poke in the scheduler's place when it is late, and set its clock anew."""
        while True:
            await asyncio.sleep(LATE)
            if self.late > LATE:
                self._revive()

    def _revive(self) -> None:
        """Make the job anew, due a tick from now; its timer is started by that too. Nothing may end the watchdog."""
        log.warning("the scheduler is late, and is set anew", seconds=round(self.late, 1))
        try:
            self._poke()
            self._schedule()
            self._scheduler.wakeup()
        except Exception:
            log.exception("the scheduler can't be set anew; the watchdog goes on in its place")
