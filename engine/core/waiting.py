"""What else is to change a content: changes that were accepted and aren't applied yet, which no old value shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.core.model import BatchStatus, Operation, Value
from engine.core.operations import RULES

LONG = 100
"""Characters of a new value that are told: a description may have thousands."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One content of a batch that is scheduled, paused or about to run; ``who`` submitted it."""

    batch_id: str
    operation: Operation
    value: Value
    status: BatchStatus
    who: str
    scheduled_for: datetime | None = None


def waits_text(changes: Sequence[Waiting]) -> str | None:
    """Say what is still to come, the one accepted last in full; None when nothing is.

    What is submitted now may be applied before it, and be undone by it.
    """
    if not changes:
        return None
    last = changes[-1]
    when = f" for {last.scheduled_for:%Y-%m-%d %H:%M} UTC" if last.scheduled_for else ""
    more = f", and {len(changes) - 1} more before it" if len(changes) > 1 else ""
    new = RULES[last.operation].diff(last.value)
    new = new if len(new) <= LONG else f"{new[: LONG - 1]}…"
    return f"{new}, in batch {last.batch_id} by {last.who}, {last.status}{when}{more}"
