"""PURE: how a batch's results came in over its time, from its items alone: the same live, later and from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from engine.core.lifecycle import outcome
from engine.core.model import Batch, Item, Outcome


def throughput(batch: Batch, items: Sequence[Item], now: datetime, cells: int) -> list[float]:
    """Return the results a second in each of ``cells`` equal parts of the batch's time, oldest first.

    A result counts when it last changed. Empty before there is one, and where all came at once: that is no course.
    """
    ends = [item.updated_at for item in items if outcome(item) not in (None, Outcome.CANCELLED)]
    if not ends or cells < 1:
        return []
    open_still = any(outcome(item) in (None, Outcome.PENDING) for item in items)
    begin = min(batch.started_at or batch.created_at, *ends)
    span = (max(now if open_still else begin, *ends) - begin).total_seconds()
    if span <= 0:
        return []
    found = [0.0] * cells
    for end in ends:
        at = (end - begin).total_seconds() / span
        found[min(cells - 1, int(at * cells))] += cells / span
    return found
