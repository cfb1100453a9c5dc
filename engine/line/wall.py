"""Notices that the wall clock was set back, and lets go of every wait that rests on what it said before."""

from __future__ import annotations

import structlog

from engine.ports import Clock, Store

JUMP = 1.0
LONGEST_WAIT = 3600.0
"""Seconds: nobody may ask for more patience than that (`engine.node.patience`)."""
log = structlog.get_logger()


class Wall:
    """Compares the wall clock with the one that only grows, at every look."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ahead = self._lead()
        self._owed = False

    def _lead(self) -> float:
        return self._clock.now().timestamp() - self._clock.monotonic()

    async def look(self, store: Store) -> None:
        """Make every wait in the ledger due if the clock was set back by more than a second."""
        was, self._ahead = self._ahead, self._lead()
        if was - self._ahead > JUMP:
            log.warning("the clock was set back: what waits goes on now", seconds=round(was - self._ahead, 1))
            self._owed = True
        if self._owed:
            await store.hasten(self._clock.now(), 0)
            self._owed = False
