"""Unloaded: what a screen couldn't load, and when it is to try again."""

from __future__ import annotations

from engine.errors import BatchdeckError, TooManyRequests

SOON = 2.0
SELDOM = 30.0
"""Seconds before another try: the first, then twice as many each time, at most this."""


def passes(error: Exception) -> bool:
    """Tell whether asking again may help: what the asker got wrong stays wrong."""
    refused = isinstance(error, BatchdeckError) and error.http_status < 500
    return isinstance(error, TooManyRequests) or not refused


class Unloaded:
    """The loads that failed since they last succeeded: each is told of once, and all are tried again together."""

    def __init__(self) -> None:
        self._named: set[str] = set()
        self._pause = SOON

    def __bool__(self) -> bool:
        return bool(self._named)

    def add(self, what: str) -> bool:
        """Take a load that failed; True when that is news."""
        news = what not in self._named
        self._named.add(what)
        return news

    def remove(self, what: str) -> None:
        """Take a load that succeeded."""
        self._named.discard(what)
        if not self._named:
            self._pause = SOON

    def clear(self) -> None:
        """Forget all: somebody asks anew, and what goes on failing is news to them."""
        self._named.clear()
        self._pause = SOON

    def pause(self) -> float:
        """Return the seconds until the next try; the one after it waits longer."""
        now, self._pause = self._pause, min(2 * self._pause, SELDOM)
        return now
