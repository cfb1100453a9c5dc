"""PURE: a batch with its retries, and theirs: what became of each content from the first attempt to the last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from engine.core.lifecycle import outcome
from engine.core.model import Batch, Item, Outcome

MOST_RETRIES = 20
"""The newest retries that are told one by one; what each content came to is right however many there are."""
WELL = frozenset({Outcome.CONFIRMED, Outcome.PENDING, Outcome.CATALOGUE_ONLY})


@dataclass(frozen=True, slots=True)
class Attempt:
    """One content in one batch of a chain of retries; no outcome: not yet."""

    content_id: str
    batch_id: str
    title: str
    outcome: Outcome | None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Retries:
    """A chain of retries: the batch that begins it, then the newest of ``total`` retries, in order of acceptance.

    ``attempts`` are those of these batches. ``last`` is the one that counts for each content of the first batch: its
    newest that wasn't cancelled, as a cancelled retry leaves things as they were; the newest when all were.
    """

    batches: tuple[Batch, ...]
    attempts: tuple[Attempt, ...]
    last: tuple[Attempt, ...]
    total: int

    @property
    def hidden(self) -> int:
        """Return how many retries came between the first batch and those that are told."""
        return self.total - len(self.batches) + 1


@dataclass(frozen=True, slots=True)
class Course:
    """One content over a chain: an attempt for each batch of it (None: not in that one), and the one that counts."""

    attempts: tuple[Attempt | None, ...]
    last: Attempt

    @property
    def retried(self) -> bool:
        """Tell whether it was tried again, also where the retry isn't told."""
        return self.last.batch_id != (self.attempts[0] or self.last).batch_id or any(self.attempts[1:])

    @property
    def ended_well(self) -> bool:
        """Tell whether there is nothing left to retry."""
        return self.last.outcome in WELL


def attempt(item: Item) -> Attempt:
    """Return an item as an attempt."""
    return Attempt(item.content_id, item.batch_id, item.title, outcome(item), item.error)


def courses(retries: Retries) -> list[Course]:
    """Return the course of each content of the first batch, in its order."""
    found = {(one.content_id, one.batch_id): one for one in retries.attempts}
    ids = [batch.id for batch in retries.batches]
    return [Course(tuple(found.get((last.content_id, one)) for one in ids), last) for last in retries.last]


def tallied(attempts: Iterable[Attempt]) -> dict[Outcome | None, int]:
    """Count attempts by outcome."""
    return dict(Counter(one.outcome for one in attempts))
