"""A station of the line: rests until woken, then does one round; what goes wrong never ends it."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod

import structlog

from engine.errors import Unavailable
from engine.line.tools import Tools

TOLD = 3
log = structlog.get_logger()


class Station(ABC):
    """Subclasses write `round`: everything that can be done now, read afresh from the rows.

    ``probes`` marks the one station that goes on while the database is gone, to find out when it is back.
    """

    probes = False

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._wake = asyncio.Event()
        self._failures = 0
        self.name = type(self).__name__.lower()

    def wake(self) -> None:
        """Do a round now."""
        self._wake.set()

    async def run(self) -> None:
        """Do a round whenever woken; ends only by being cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self.safe_round()

    async def safe_round(self) -> None:
        """Do one round; a lost database holds the line, anything unforeseen waits for the next tick."""
        if self._tools.lost_since is not None and not self.probes:
            return
        try:
            await self.round()
        except Unavailable as lost:
            self._tools.database_lost(lost)
        except Exception as wrong:
            self._failed(wrong)
        else:
            self._failures = 0
            self._tools.alarms.pop(f"round {self.name}", None)

    def _failed(self, wrong: Exception) -> None:
        """Say once at length what went wrong, and that it goes on; from the second time running with an alarm."""
        self._failures += 1
        if self._failures <= TOLD:
            log.error("a round failed; the next tick tries again", station=self.name, exc_info=wrong)
        if self._failures > 1:
            what = f"{self.name} does nothing: Internal error ({type(wrong).__name__}), {self._failures} times running"
            self._tools.alarms[f"round {self.name}"] = f"{what}; the log has the whole story"

    @abstractmethod
    async def round(self) -> None:
        """Do all that can be done now."""
