"""PURE: the head of an export: which batch, whose, when, what came of it on both sides, and which of it was written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.core.model import Batch, ItemState, Outcome
from engine.core.summary import counts, status
from engine.wire import time

Head = Mapping[str, object]
NOT_YET = "not yet"


@dataclass(frozen=True, slots=True)
class Sieve:
    """Which items of a batch are written: by outcome (None: not yet any), text, reason, marks; by default all."""

    outcomes: Sequence[Outcome | None] = ()
    text: str = ""
    reason: str | None = None
    marked: bool = False


ALL = Sieve()


def head_of(batch: Batch, written: int, sieve: Sieve, at: datetime, chain: str) -> Head:
    """Return the head, nouns as INTERFACE.md names them; counts are those of the whole batch."""
    found = counts(batch)
    unsent = found.failure + found.cancelled
    queued = batch.tally.of(ItemState.QUEUED)
    return {
        "batchId": batch.id,
        "operationType": batch.operation,
        "updatePayload": dict(batch.payload),
        "creator": batch.creator,
        "chain": chain,
        "status": status(batch),
        "who": batch.who,
        "why": batch.why,
        "retryOf": batch.retry_of,
        "revertOf": batch.revert_of,
        "createdAt": time(batch.created_at),
        "completedAt": time(batch.completed_at),
        "settledAt": time(batch.settled_at),
        "catalogue": {"changed": found.total - unsent - queued, "unchanged": unsent, "notYet": queued},
        "onChain": {
            "confirmed": found.confirmed,
            "pending": found.pending,
            "offChain": found.off_chain,
            "noCall": found.catalogue_only,
            "notSent": unsent,
            "notYet": found.total - found.done,
        },
        "outcomes": {one.value: found.of(one) for one in Outcome},
        "feeTotal": batch.tally.fee_total,
        "totalItems": found.total,
        "writtenItems": written,
        "filter": None if sieve == ALL else _filter(sieve),
        "exportedAt": time(at),
    }


def _filter(sieve: Sieve) -> Head:
    return {
        "outcomes": [one or NOT_YET for one in sieve.outcomes] or None,
        "text": sieve.text or None,
        "reason": sieve.reason,
        "marked": sieve.marked,
    }


def head_lines(head: Head, above: str = "") -> Iterator[tuple[str, object]]:
    """Return the head as names and single values, ``catalogue changed`` for what stands within; nothing for null."""
    for name, value in head.items():
        if isinstance(value, Mapping):
            yield from head_lines(value, f"{above}{name} ")
        elif isinstance(value, list | tuple):
            each = any(isinstance(one, Mapping) for one in value)
            yield f"{above}{name}", f"{len(value)}, a value for each" if each else ", ".join(map(str, value))
        elif value is not None:
            yield f"{above}{name}", value
