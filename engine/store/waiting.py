"""What still waits to change contents: their items that are queued, oldest first."""

from __future__ import annotations

import json
from collections.abc import Collection

from sqlalchemy import select

from engine.core.model import BatchStatus, ItemState, Operation
from engine.core.waiting import Waiting
from engine.store.queries import Connection, Query, literal, named, time, to_json
from engine.store.reading import GIVEN
from engine.store.tables import BATCH, ITEM

WAITING = Query(
    select(ITEM.c.content_id, ITEM.c.value, *named(BATCH, "id operation status who scheduled_for"))
    .join_from(ITEM, BATCH, ITEM.c.batch_no == BATCH.c.no)
    .where(
        ITEM.c.state == literal(ItemState.QUEUED),
        ITEM.c.content_id.in_(GIVEN),
        BATCH.c.status != literal(BatchStatus.CANCELLED),
    )
    .order_by(ITEM.c.id)
)


def waiting(database: Connection, content_ids: Collection[str]) -> dict[str, list[Waiting]]:
    """Return what was accepted and isn't applied yet, by content; a content that nothing waits for isn't there."""
    found: dict[str, list[Waiting]] = {}
    for content_id, value, batch_id, operation, status, who, due in database.all(
        WAITING, ids=to_json(list(content_ids))
    ):
        one = Waiting(batch_id, Operation(operation), json.loads(value), BatchStatus(status), who, time(due))
        found.setdefault(content_id, []).append(one)
    return found
