"""What a content's history is asked: its changes in the catalogue, newest first, each with the item that made it."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import bindparam, func, select

from engine.core.content_story import ContentChange, ContentStory
from engine.core.model import Scalar, Value
from engine.core.text import storable
from engine.core.waiting import waits_text
from engine.errors import NotFound
from engine.store.queries import Connection, Query, to_time
from engine.store.rows import CONTENT_COLUMNS, ITEM_COLUMNS, to_content, to_item
from engine.store.tables import BATCH, CHANGE, CONTENT, ITEM
from engine.store.waiting import waiting

_CONTENT = Query(select(CONTENT.c.no, *CONTENT_COLUMNS).where(CONTENT.c.content_id == bindparam("content")))
_TOTAL = Query(select(func.count()).select_from(CHANGE).where(CHANGE.c.content_no == bindparam("no")))
_CHANGES = Query(
    select(
        CHANGE.c.at, CHANGE.c.who, CHANGE.c.old, CHANGE.c.new, CHANGE.c.item_id, BATCH.c.who, BATCH.c.why, *ITEM_COLUMNS
    )
    .outerjoin_from(CHANGE, ITEM, ITEM.c.id == CHANGE.c.item_id)
    .outerjoin(BATCH, BATCH.c.no == ITEM.c.batch_no)
    .where(CHANGE.c.content_no == bindparam("no"))
    .order_by(CHANGE.c.id.desc())
    .limit(bindparam("most"))
)


def content_story(database: Connection, content_id: str, limit: int) -> ContentStory:
    """Return a content with its newest changes, as they are at one moment; the chain's side isn't asked. NotFound."""
    row = database.one(_CONTENT, content=content_id) if storable(content_id) else None
    if row is None:
        raise NotFound(f"There is no content {content_id!r:.60}: look it up in the catalogue")
    no, *columns = row
    changes = tuple(map(_change, database.all(_CHANGES, no=no, most=limit)))
    waits = waits_text(waiting(database, [content_id]).get(content_id))
    return ContentStory(to_content(columns), changes, int(database.value(_TOTAL, no=no)), waits=waits)


def _change(row: Any) -> ContentChange:
    at, importer, old, new, item_id, submitter, why, *columns = row
    item = None if item_id is None else to_item(columns)
    return ContentChange(to_time(at), submitter if item else importer, _fields(old), _fields(new), item, why)


def _fields(stored: str) -> Value:
    """Read catalogue fields: the chain's number is text in the database, for it may have 128 bits."""
    found: dict[str, Scalar] = json.loads(stored)
    number = found.get("on_chain_id")
    return found if number is None else found | {"on_chain_id": int(number)}
