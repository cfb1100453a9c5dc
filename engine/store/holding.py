"""The one stored hold of a batch: pause, resume, cancel."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam

from engine.core.events import Cancelled
from engine.core.model import Hold, ItemState
from engine.core.oversight import Act, Deed
from engine.core.rules import hold_problem
from engine.errors import Conflict
from engine.store import auditing, catalogue
from engine.store.moving import finish, move
from engine.store.queries import Connection, Query, literal, updating
from engine.store.reading import batch
from engine.store.rows import ITEMS, to_item
from engine.store.tables import BATCH, ITEM

SET_HOLD = updating(
    BATCH,
    ("hold", "held_by", "error", "revision"),
    BATCH.c.id == bindparam("batch_id"),
    BATCH.c.hold == bindparam("was"),
)
QUEUED_OF_BATCH = Query(ITEMS.where(BATCH.c.id == bindparam("batch_id"), ITEM.c.state == literal(ItemState.QUEUED)))

ACTS = {Hold.PAUSED: Act.PAUSE, Hold.NONE: Act.RESUME, Hold.CANCELLED: Act.CANCEL}


def set_hold(database: Connection, batch_id: str, hold: Hold, now: datetime, who: str, why: str | None = None) -> None:
    """Hold a batch, or let it go on; Conflict when `rules.hold_problem` has an objection, NotFound."""
    found = batch(database, batch_id)
    problem = hold_problem(found, hold)
    if problem:
        raise Conflict(problem)
    error = found.error if hold is Hold.CANCELLED else None
    database.run(
        SET_HOLD,
        batch_id=batch_id,
        was=found.hold.value,
        hold=hold.value,
        held_by=who,
        error=error,
        revision=database.revision,
    )
    auditing.note(database, Deed(now, who, ACTS[hold], batch_id, why=why))
    if hold is Hold.CANCELLED:
        _cancel_items(database, batch_id, now)


def _cancel_items(database: Connection, batch_id: str, now: datetime) -> None:
    event = Cancelled(catalogue.latest(database))
    for row in database.all(QUEUED_OF_BATCH, batch_id=batch_id):
        move(database, to_item(row), event, now)
    finish(database, batch_id, now)
