"""An item moves: its guarded write, the line of its story, and the end of its batch, in the caller's transaction."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, bindparam, exists, select
from sqlalchemy.sql.elements import ColumnElement

from engine.core.events import CatalogueChanged, CatalogueOnlyChanged, Event, TxConfirmed, TxSigned
from engine.core.lifecycle import OPEN, UNSETTLED, advance
from engine.core.model import Item, ItemState
from engine.core.operations import RULES
from engine.store.queries import Connection, Query, inserting, literal, to_micros, updating
from engine.store.rows import ITEM_FIELDS, ITEMS, from_item, to_item
from engine.store.tables import BATCH, ITEM, TRANSITION

ITEM_BY_ID = Query(ITEMS.where(ITEM.c.id == bindparam("item_id")))
UPDATE_ITEM = updating(
    ITEM,
    [*ITEM_FIELDS.split(), "revision"],
    ITEM.c.id == bindparam("item_id"),
    ITEM.c.state == bindparam("was"),
)
INSERT_TRANSITION = inserting(TRANSITION, "id")


def _none_in(states: frozenset[ItemState], *more: ColumnElement[bool]) -> ColumnElement[bool]:
    names = [literal(state) for state in sorted(states)]
    return ~exists().where(ITEM.c.batch_no == BATCH.c.no, ITEM.c.state.in_(names), *more)


COMPLETABLE = (BATCH.c.completed_at.is_(None), _none_in(OPEN, ITEM.c.submitted == 0))
"""`summary.is_complete` in SQL; an item whose slot was lost was submitted, and counts as past."""
SETTLEABLE = (BATCH.c.settled_at.is_(None), _none_in(UNSETTLED | {ItemState.QUEUED}))
"""`summary.is_settled` in SQL."""
_THIS = BATCH.c.id == bindparam("batch_id")
DUE = Query(select(and_(*COMPLETABLE), and_(*SETTLEABLE)).where(_THIS))
COMPLETE = updating(BATCH, ("completed_at", "revision"), _THIS, BATCH.c.completed_at.is_(None))
SETTLE = updating(BATCH, ("settled_at", "revision"), _THIS, BATCH.c.settled_at.is_(None))
UNSETTLE = updating(BATCH, ("settled_at", "revision"), _THIS, BATCH.c.settled_at.is_not(None))
_SWEPT = BATCH.c.settled_at.is_(None)
COMPLETE_ALL = updating(BATCH, ("completed_at", "revision"), _SWEPT, *COMPLETABLE)
SETTLE_ALL = updating(BATCH, ("settled_at", "revision"), *SETTLEABLE)


def find(database: Connection, item_id: int) -> Item | None:
    """Return an item by its key."""
    row = database.one(ITEM_BY_ID, item_id=item_id)
    return None if row is None else to_item(row)


def move(database: Connection, item: Item, event: Event, now: datetime) -> Item:
    """Advance an item that was read in this transaction, and write it; IllegalEvent when its state has no such event.

    The batch isn't looked at: call `finish` when its last item may have moved.
    """
    moved = advance(item, event, now)
    write(database, item, moved, event)
    return moved


def write(database: Connection, was: Item, moved: Item, event: Event) -> None:
    """Write an item as it is after an event, if its state is still the one that was read, and its story."""
    revision = database.revision
    fields = from_item(moved)
    if not database.run(UPDATE_ITEM, item_id=was.id, was=was.state.value, revision=revision, **fields):
        raise StaleItem(f"Item {was.id} isn't {was.state} any more")
    txid = getattr(event, "txid", None)
    database.run(
        INSERT_TRANSITION,
        item_id=was.id,
        at=fields["updated_at"],
        event=type(event).__name__,
        state=fields["state"],
        detail=detail(moved, event),
        txid=txid,
        nonce=None if txid is None else (was.nonce if moved.nonce is None else moved.nonce),
    )


class StaleItem(Exception):
    """An item was written on the strength of a state that it doesn't have: nothing of the step is stored."""


def detail(item: Item, event: Event) -> str:
    """Return what the story says beside the event's name."""
    if isinstance(event, CatalogueChanged | CatalogueOnlyChanged):
        return RULES[item.operation].diff(item.value)
    if isinstance(event, TxSigned):
        return f"Fee {event.fee} µSTX"
    if isinstance(event, TxConfirmed):
        return f"Block {event.block_height}"
    return str(getattr(event, "reason", ""))


def finish(database: Connection, batch_id: str, now: datetime) -> None:
    """Write completedAt and settledAt of a batch, if they are due and not written yet."""
    complete, settled = database.one(DUE, batch_id=batch_id) or (0, 0)
    at, revision = to_micros(now), database.revision
    if complete:
        database.run(COMPLETE, batch_id=batch_id, completed_at=at, revision=revision)
    if settled:
        database.run(SETTLE, batch_id=batch_id, settled_at=at, revision=revision)


def unsettle(database: Connection, batch_id: str) -> None:
    """Take settledAt back: a reorg brought an item of the batch back to the line."""
    database.run(UNSETTLE, batch_id=batch_id, settled_at=None, revision=database.revision)


def sweep(database: Connection, now: datetime) -> int:
    """Finish every batch that is due; return how many were completed."""
    at, revision = to_micros(now), database.revision
    completed = database.run(COMPLETE_ALL, completed_at=at, revision=revision)
    database.run(SETTLE_ALL, settled_at=at, revision=revision)
    return completed
