"""A chain of retries as JSON."""

from __future__ import annotations

from datetime import datetime

from engine.core.attempts import Attempt, Retries
from engine.core.summary import Thresholds
from engine.wire.forms import Json
from engine.wire.whole import whole_batch_json


def retries_json(found: Retries, now: datetime, limits: Thresholds) -> Json:
    """Write a batch with its retries; ``last`` has what each content came to, ``total`` counts all the retries."""
    return {
        "batchId": found.batches[0].id,
        "total": found.total,
        "batches": [whole_batch_json(batch, None, now, limits) for batch in found.batches],
        "attempts": [attempt_json(one) for one in found.attempts],
        "last": [attempt_json(one) for one in found.last],
    }


def attempt_json(one: Attempt) -> Json:
    """Write one content in one batch."""
    return {
        "contentId": one.content_id,
        "batchId": one.batch_id,
        "title": one.title,
        "outcome": one.outcome,
        "error": one.error,
    }
