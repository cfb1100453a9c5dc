"""PURE: how fast results come in right now, and how long it is until all are there.

The average since the start would tell of the waiting before: a batch behind others of its signer begins long before
its first result, and would seem to take hours. It serves only for a batch that nobody watched from its beginning, and
only while no other one of its creator was seen to get the results: then this one waits for those.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TypeVar

from engine.core.lifecycle import OPEN
from engine.core.model import Batch, ItemState
from engine.core.reports import SignerInfo
from engine.core.summary import counts, time_left

T = TypeVar("T")
WINDOW = timedelta(seconds=60)
"""What came in before is forgotten, once something came in since."""
SOONEST = timedelta(seconds=2)
"""Results come in bursts: a shorter look would take one for the pace."""
STOPPED = "The engine is stopped: nothing new is applied, signed or posted"
MOST = 1_000
"""Batches that are remembered, those looked at last: most that wait in a list are never seen at their end."""
_MARKS = 2
_WAITS = (ItemState.APPLIED, ItemState.SIGNED)


class Pace:
    """What somebody saw of the batches that run: when each had how many results."""

    def __init__(self) -> None:
        self._seen: dict[str, list[tuple[datetime, int]]] = {}
        self._from_start: dict[str, bool] = {}
        self._served: dict[str, str] = {}
        self._held: dict[str, str] = {}
        self._stopped = False

    def note_still(self, held: Iterable[tuple[str, str]], *, stopped: bool = False) -> None:
        """Take a look at what stands still: whose lanes and why, and whether the whole engine is stopped."""
        self._held, self._stopped = dict(held), stopped

    def still(self, batch: Batch) -> str | None:
        """Say why a batch doesn't go on; None when it does, or when nothing of it waits."""
        if self._stopped and batch.tally.of(*OPEN):
            return STOPPED
        held = self._held.get(batch.creator) if batch.tally.of(*_WAITS) else None
        return f"Its lane stands still: {held}" if held else None

    def ahead(self, creators: Iterable[str]) -> str | None:
        """Say what a new batch of these creators will wait for; None when nothing stands still."""
        found = [self._held[creator] for creator in creators if creator in self._held]
        if self._stopped or not found:
            return STOPPED if self._stopped else None
        return f"{'its lane stands' if len(found) == 1 else f'{len(found)} lanes stand'} still: {found[0]}"

    def note(self, batch: Batch, now: datetime) -> None:
        """Take a look at a batch as it is now."""
        found, before = counts(batch), self._seen.get(batch.id)
        if before and before[-1][1] < found.done:
            _keep(self._served, batch.creator, batch.id)
        if not 0 < found.done < found.total:
            self._seen.pop(batch.id, None)
            self._from_start.pop(batch.id, None)
            if found.done < found.total:
                _keep(self._from_start, batch.id, True)
            return
        seen = self._seen.get(batch.id, [])
        _keep(self._seen, batch.id, seen)
        if seen and (seen[-1][1] > found.done or seen[-1][0] > now):
            seen.clear()
        if not seen or seen[-1][1] < found.done:
            seen.append((now, found.done))
        while len(seen) > _MARKS and seen[1][0] <= now - WINDOW:
            del seen[0]

    def rate(self, batch: Batch, now: datetime) -> float | None:
        """Return the results a second of late; None while nobody can say, as of what stands still."""
        if self.still(batch):
            return None
        seen = self._seen.get(batch.id, [])
        if len(seen) >= _MARKS and now - seen[0][0] >= SOONEST:
            return (seen[-1][1] - seen[0][1]) / (now - seen[0][0]).total_seconds()
        return None if self._waits(batch) or batch.id in self._from_start else _average(batch, now)

    def _waits(self, batch: Batch) -> bool:
        """Tell whether another batch of its creator got the latest results."""
        return self._served.get(batch.creator, batch.id) != batch.id

    def left(self, batch: Batch, now: datetime) -> timedelta | None:
        """Return about how long it is until every item has a result; None while nobody can say."""
        found, rate = counts(batch), self.rate(batch, now)
        return timedelta(seconds=(found.total - found.done) / rate) if rate and found.done < found.total else None


def held_lanes(lanes: Iterable[SignerInfo]) -> tuple[tuple[str, str], ...]:
    """Return each creator whose lane stands still, with the reason."""
    return tuple(sorted((creator, lane.held) for lane in lanes if lane.held for creator in lane.creators))


def _keep(known: dict[str, T], name: str, what: T) -> None:
    """Remember something as the latest, and forget the oldest where there is too much."""
    known.pop(name, None)
    known[name] = what
    if len(known) > MOST:
        del known[next(iter(known))]


def _average(batch: Batch, now: datetime) -> float | None:
    left, found = time_left(batch, now), counts(batch)
    return (found.total - found.done) / left.total_seconds() if left else None
