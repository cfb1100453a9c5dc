"""The time as the engine sees it, apart from the other ports because everything needs it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The time: what the wall shows, and what only grows."""

    def now(self) -> datetime:
        """Return the wall clock's time in UTC."""

    def monotonic(self) -> float:
        """Return seconds that never go back."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""
