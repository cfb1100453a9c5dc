"""A lane's rows for its picture: its open slots, the items that each carries, and what it paid so far."""

from __future__ import annotations

from sqlalchemy import bindparam, func, select

from engine.core.model import TxStatus
from engine.core.window import RECENT, Carried, LaneRows
from engine.store.ledger.lanes import lane
from engine.store.ledger.slots import BY_UNSETTLED, LIVE
from engine.store.queries import Connection, Query, literal
from engine.store.tables import BATCH, ITEM, SLOT, TRANSACTION
from engine.store.traffic import WAITING

_MINE = SLOT.c.signer == bindparam("of", type_=SLOT.c.signer.type)
CARRIED = Query(
    select(SLOT.c.nonce, BATCH.c.id, ITEM.c.content_id)
    .join_from(SLOT, ITEM, ITEM.c.slot_id == SLOT.c.id)
    .join(BATCH, BATCH.c.no == ITEM.c.batch_no)
    .with_hint(SLOT, BY_UNSETTLED)
    .where(SLOT.c.settled_at.is_(None), _MINE, ITEM.c.state.in_([literal(state) for state in sorted(LIVE)]))
    .order_by(SLOT.c.nonce, ITEM.c.id)
)
PAID = Query(
    select(func.coalesce(func.sum(TRANSACTION.c.fee), 0))
    .join_from(SLOT, TRANSACTION, TRANSACTION.c.slot_id == SLOT.c.id)
    .where(_MINE, SLOT.c.nonce > bindparam("above"))
    .where(TRANSACTION.c.status.in_([literal(status) for status in (TxStatus.CONFIRMED, TxStatus.ABORTED)]))
)
"""An abort pays its fee as well. All that was ever paid would take a fifth of a second for 200,000 nonces."""


def picture(database: Connection, signer: str) -> LaneRows:
    """Return a lane as it is at one moment."""
    carries: dict[int, list[Carried]] = {}
    for nonce, batch_id, content_id in database.all(CARRIED, of=signer):
        carries.setdefault(nonce, []).append(Carried(batch_id, content_id))
    record = lane(database, signer, 1)
    return LaneRows(
        record=record,
        carries={nonce: tuple(found) for nonce, found in carries.items()},
        waiting=int(database.value(WAITING, of=signer)),
        fees_paid=int(database.value(PAID, of=signer, above=(record.top or 0) - RECENT)),
    )
