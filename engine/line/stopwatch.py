"""How long something has been as it is, by a clock that nobody can set back or forward."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from engine.ports import Clock


class Stopwatch:
    """Seconds since each thing was first asked about; what isn't kept begins anew."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since: dict[Hashable, float] = {}

    def age(self, thing: Hashable) -> float:
        """Return the seconds since a thing was first seen: 0 for the first time."""
        now = self._clock.monotonic()
        return now - self._since.setdefault(thing, now)

    def keep(self, things: Iterable[Hashable]) -> None:
        """Forget all but these."""
        kept = set(things)
        self._since = {thing: since for thing, since in self._since.items() if thing in kept}

    def drop(self, thing: Hashable) -> None:
        """Forget one."""
        self._since.pop(thing, None)
