"""Batches and items whole, so that an engine far away can make the same nouns of them again.

`batch_json` and `result_json` have what INTERFACE.md promises; these add what a screen needs beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from engine.core.model import Batch, Item
from engine.core.summary import Thresholds
from engine.wire.batches import batch_json, result_json
from engine.wire.forms import Json


def whole_batch_json(
    batch: Batch, items: Sequence[Item] | None, now: datetime, limits: Thresholds, *, results: bool = True
) -> Json:
    """Write a batch with its hold, and how many of its items stand in each state.

    ``lost`` counts those in ``applied`` or ``signed`` that had been submitted before.
    """
    more: Json = {
        "hold": batch.hold,
        "states": {str(state): count for state, count in batch.tally.states.items()},
        "lost": batch.tally.lost,
    }
    return batch_json(batch, items, now, limits, results=results) | more


def item_json(item: Item) -> Json:
    """Write an item with where it stands: its state, what it sets and what that replaced, by catalogue field."""
    return result_json(item) | {
        "batchId": item.batch_id,
        "itemId": item.id,
        "position": item.position,
        "creator": item.creator,
        "operationType": item.operation,
        "state": item.state,
        "value": camel(item.value),
        "replaced": None if item.replaced is None else camel(item.replaced),
        "title": item.title,
        "onChainId": item.on_chain_id,
        "order": item.order,
        "submitted": item.submitted,
        "signer": item.signer,
    }


def camel(fields: Mapping[str, object]) -> Json:
    """Write catalogue fields under their names on the wire: ``content_type`` is ``contentType``."""
    return {_camel(name): value for name, value in fields.items()}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
