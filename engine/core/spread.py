"""How long things took: counts in a few buckets, as monitoring wants them; observing costs next to nothing."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

QUICK = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0)
"""Upper bounds in seconds for what a machine does."""
SLOW = (1.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0)
"""Upper bounds in seconds for what a batch takes."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Counts by bucket (one more than there are bounds: the last one has no end), and the sum of all seconds."""

    bounds: tuple[float, ...]
    counts: tuple[int, ...]
    total: float


class Meter:
    """Gathers durations; one thread writes, any may read."""

    def __init__(self, bounds: Sequence[float] = QUICK) -> None:
        self._bounds = tuple(bounds)
        self._counts = [0] * (len(bounds) + 1)
        self._total = 0.0

    def observe(self, seconds: float) -> None:
        """Count one that took so long."""
        self._counts[bisect_left(self._bounds, seconds)] += 1
        self._total += seconds

    def spread(self) -> Spread:
        """Return what was gathered so far."""
        return Spread(self._bounds, tuple(self._counts), self._total)
