"""A batch with its retries: items know the first of their chain, so every retry is found without a walk."""

from __future__ import annotations

from sqlalchemy import bindparam, func, or_, select

from engine.core.attempts import MOST_RETRIES, Retries, attempt
from engine.core.model import ItemState
from engine.store.queries import Connection, Query, literal, to_json
from engine.store.reading import batch_row
from engine.store.rows import BATCH_COLUMNS, TITLED, to_batches, to_item
from engine.store.tables import BATCH, ITEM

_first = ITEM.alias("first")
_any = ITEM.alias("any_item")
_GIVEN = select(func.json_each(bindparam("given")).table_valued("value").c.value)
ROOT = Query(
    select(func.coalesce(_first.c.batch_no, ITEM.c.batch_no))
    .outerjoin_from(ITEM, _first, _first.c.id == ITEM.c.origin)
    .where(ITEM.c.batch_no == bindparam("batch_no"))
    .limit(1)
)
RETRIES = Query(
    select(_any.c.batch_no)
    .distinct()
    .join_from(_first, _any, _any.c.origin == _first.c.id)
    .where(_first.c.batch_no == bindparam("root"))
    .order_by(_any.c.batch_no)
)
LAST = Query(
    select(
        func.coalesce(
            func.max(_any.c.id).filter(_any.c.state != literal(ItemState.CANCELLED)),
            func.max(_any.c.id),
        )
    )
    .join_from(_first, _any, or_(_any.c.id == _first.c.id, _any.c.origin == _first.c.id))
    .where(_first.c.batch_no == bindparam("root"))
    .group_by(_first.c.id)
    .order_by(_first.c.position)
)
_BATCHES = Query(select(*BATCH_COLUMNS).where(BATCH.c.no.in_(_GIVEN)).order_by(BATCH.c.no))
_ATTEMPTS = Query(TITLED.where(ITEM.c.batch_no.in_(_GIVEN)).order_by(ITEM.c.batch_no, ITEM.c.position))
_ITEMS = Query(TITLED.where(ITEM.c.id.in_(_GIVEN)))


def retries(database: Connection, batch_id: str) -> Retries:
    """Return the chain of retries that a batch is in, wherever it stands in it; NotFound."""
    root = int(database.value(ROOT, batch_no=batch_row(database, batch_id)[0]))
    numbers = [row[0] for row in database.all(RETRIES, root=root)]
    told = to_json([root, *numbers[-MOST_RETRIES:]])
    last = [row[0] for row in database.all(LAST, root=root)]
    items = {item.id: item for item in map(to_item, database.all(_ITEMS, given=to_json(last)))}
    return Retries(
        to_batches(database, database.all(_BATCHES, given=told)),
        tuple(attempt(to_item(row)) for row in database.all(_ATTEMPTS, given=told)),
        tuple(attempt(items[item_id]) for item_id in last),
        len(numbers),
    )
