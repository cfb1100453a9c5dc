"""Pulse: how many items end in a second, from counts that are seen now and then."""

from __future__ import annotations

from collections import deque
from datetime import datetime

MOST = 240
"""Points that are kept: eight minutes at one every other second."""
_LEAST = 0.5


class Pulse:
    """Remembers the pace between each two counts; a count that falls (a reorg gave something back) is no pace."""

    def __init__(self) -> None:
        self._last: tuple[datetime, int] | None = None
        self._paces: deque[float] = deque(maxlen=MOST)
        self.since: datetime | None = None

    def note(self, done: int, at: datetime) -> None:
        """Take note of how many items had ended at a time; one that follows too soon says nothing."""
        if self._last is None:
            self._last, self.since = (at, done), at
            return
        seconds = (at - self._last[0]).total_seconds()
        if seconds < 0:  # the clock was set back
            self._last = (at, done)
        elif seconds >= _LEAST:
            self._paces.append(max(0, done - self._last[1]) / seconds)
            self._last = (at, done)

    @property
    def paces(self) -> list[float]:
        """Items a second, oldest first."""
        return list(self._paces)

    @property
    def now(self) -> float | None:
        """The pace of the last five points; None before there are two counts."""
        recent = self.paces[-5:]
        return sum(recent) / len(recent) if recent else None

    @property
    def best(self) -> float | None:
        """The highest pace that was seen."""
        return max(self._paces, default=None)
