"""What still waits to change contents: of their items that are queued the last, and how many there are."""

from __future__ import annotations

import json
from collections.abc import Collection

from sqlalchemy import func, select

from engine.core.model import BatchStatus, ItemState, Operation
from engine.core.waiting import Waiting
from engine.store.queries import Connection, Query, literal, named, time, to_json
from engine.store.reading import GIVEN
from engine.store.tables import BATCH, ITEM

_COLUMNS = named(BATCH, "id operation status who scheduled_for")
WAITING = Query(
    select(ITEM.c.content_id, func.max(ITEM.c.id), func.count(), ITEM.c.value, *_COLUMNS)
    .join_from(ITEM, BATCH, ITEM.c.batch_no == BATCH.c.no)
    .where(
        ITEM.c.state == literal(ItemState.QUEUED),
        ITEM.c.content_id.in_(GIVEN),
        BATCH.c.status != literal(BatchStatus.CANCELLED),
    )
    .group_by(ITEM.c.content_id)
)
"""SQLite takes what isn't aggregated from the row of the maximum: a thousand may wait for each content."""


def waiting(database: Connection, content_ids: Collection[str]) -> dict[str, Waiting]:
    """Return what was accepted last and isn't applied yet, by content; one that nothing waits for isn't there."""
    found: dict[str, Waiting] = {}
    for content_id, _, count, value, batch_id, operation, status, who, due in database.all(
        WAITING, ids=to_json(list(content_ids))
    ):
        new, when = json.loads(value), time(due)
        found[content_id] = Waiting(
            batch_id, Operation(operation), new, BatchStatus(status), who, when, before=count - 1
        )
    return found
