"""What a batch amounts to: counts, status, metrics, alerts; computed from its items, never kept beside them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from engine.core.lifecycle import OPEN, UNSETTLED
from engine.core.model import Batch, BatchStatus, Hold, ItemState, Outcome
from engine.core.text import many

S = ItemState


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a batch deserves an alert: seconds, and shares of its items."""

    slow: float = 120
    failure_rate: float = 0.5
    off_chain_rate: float = 0.5


@dataclass(frozen=True, slots=True)
class Counts:
    """The items of a batch by outcome, as INTERFACE.md counts them."""

    total: int
    success: int
    failure: int
    cancelled: int
    confirmed: int
    pending: int
    off_chain: int
    catalogue_only: int

    @property
    def done(self) -> int:
        """Return how many items have a result."""
        return self.success + self.failure + self.cancelled

    def of(self, outcome: Outcome) -> int:
        """Return the count of one outcome."""
        name = "failure" if outcome is Outcome.FAILED else outcome.name.lower()
        return int(getattr(self, name))


@dataclass(frozen=True, slots=True)
class Metrics:
    """How long a batch took, and how it went; durations in seconds, rates as shares of the finished items."""

    start: datetime
    end: datetime | None
    duration: float
    items: int
    average: float | None
    success_rate: float | None
    failure_rate: float | None


def counts(batch: Batch) -> Counts:
    """Count the items of a batch by outcome."""
    tally = batch.tally
    pending = tally.of(S.SUBMITTED) + tally.lost
    ends = [tally.of(S.CONFIRMED), tally.of(S.OFF_CHAIN), tally.of(S.CATALOGUE_ONLY)]
    return Counts(
        total=tally.total,
        success=pending + sum(ends),
        failure=tally.of(S.FAILED),
        cancelled=tally.of(S.CANCELLED),
        confirmed=ends[0],
        pending=pending,
        off_chain=ends[1],
        catalogue_only=ends[2],
    )


def is_complete(batch: Batch) -> bool:
    """Tell whether every item is past ``signed`` or at an end; an item whose slot was lost counts as past."""
    return batch.tally.of(*OPEN) - batch.tally.lost == 0


def is_settled(batch: Batch) -> bool:
    """Tell whether nothing is queued, and nothing waits for the chain."""
    return batch.tally.of(S.QUEUED, *UNSETTLED) == 0


def status(batch: Batch) -> BatchStatus:
    """Compute the status; a batch that once completed stays completed."""
    if batch.hold is Hold.CANCELLED:
        return BatchStatus.CANCELLED
    if batch.completed_at or is_complete(batch):
        return BatchStatus.COMPLETED
    if batch.hold is Hold.CRITICAL:
        return BatchStatus.FAILED
    if batch.hold is Hold.PAUSED:
        return BatchStatus.PAUSED
    if batch.started_at:
        return BatchStatus.PROCESSING
    return BatchStatus.SCHEDULED if batch.scheduled_for else BatchStatus.PENDING


def metrics(batch: Batch, now: datetime) -> Metrics:
    """Compute the metrics; ``startTime`` is createdAt, or scheduledFor if later (INTERFACE.md)."""
    found = counts(batch)
    start = max(batch.created_at, batch.scheduled_for or batch.created_at)
    duration = max(0.0, ((batch.completed_at or now) - start).total_seconds())
    done = found.done
    return Metrics(
        start=start,
        end=batch.completed_at,
        duration=duration,
        items=found.total,
        average=duration / done if done else None,
        success_rate=found.success / done if done else None,
        failure_rate=found.failure / done if done else None,
    )


def alerts(batch: Batch, now: datetime, limits: Thresholds) -> tuple[str, ...]:
    """Return a sentence for each threshold that the batch has passed."""
    if status(batch) in (BatchStatus.SCHEDULED, BatchStatus.PENDING, BatchStatus.CANCELLED):
        return ()
    measured, found = metrics(batch, now), counts(batch)
    sentences = []
    if measured.duration > limits.slow:
        sentences.append(f"Slow: {ceil(measured.duration)} s, over {limits.slow:g} s")
    if found.done and found.failure / found.done > limits.failure_rate:
        share = found.failure / found.done
        sentences.append(f"Failing: {share:.0%} of {many(found.done, 'item')} failed, over {limits.failure_rate:.0%}")
    if found.done and found.off_chain / found.done > limits.off_chain_rate:
        share = found.off_chain / found.done
        sentences.append(f"Off-chain: {share:.0%} of {many(found.done, 'item')}, over {limits.off_chain_rate:.0%}")
    return tuple(sentences)


def time_left(batch: Batch, now: datetime) -> timedelta | None:
    """Estimate the time until every item has a result, from the pace so far; None when nobody can say."""
    found = counts(batch)
    if not batch.started_at or batch.started_at > now or not found.done or found.done == found.total:
        return None
    return (now - batch.started_at) / found.done * (found.total - found.done)
