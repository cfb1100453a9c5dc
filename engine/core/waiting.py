"""What else is to change a content: changes that were accepted and aren't applied yet, which no old value shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.core.model import BatchStatus, Operation, Value
from engine.core.operations import RULES

LONG = 100
"""Characters of a new value that are told: a description may have thousands."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a batch that is scheduled, paused or about to run is to make of a content; ``who`` submitted it.

    ``before`` counts what was accepted before it and waits too.
    """

    batch_id: str
    operation: Operation
    value: Value
    status: BatchStatus
    who: str
    scheduled_for: datetime | None = None
    before: int = 0


def waits_text(last: Waiting | None) -> str | None:
    """Say what is still to come, the one accepted last in full; None when nothing is.

    What is submitted now may be applied before it, and be undone by it.
    """
    if last is None:
        return None
    when = f" for {last.scheduled_for:%Y-%m-%d %H:%M} UTC" if last.scheduled_for else ""
    more = f", and {last.before} more accepted before it" if last.before else ""
    new = RULES[last.operation].diff(last.value)
    new = new if len(new) <= LONG else f"{new[: LONG - 1]}…"
    return f"{new}, in batch {last.batch_id} by {last.who}, {last.status}{when}{more}"
