"""How busy the lanes are, in numbers alone: cheap enough to be told with every page of changes."""

from __future__ import annotations

from sqlalchemy import bindparam, exists, func, select, text

from engine.core.model import ItemState, Operation, TxStatus
from engine.core.reports import Traffic
from engine.store.ledger.lanes import lanes
from engine.store.ledger.slots import BY_UNSETTLED
from engine.store.queries import Connection, Query, literal
from engine.store.tables import BATCH, ITEM, SLOT, TRANSACTION

_OF = bindparam("of", type_=SLOT.c.signer.type)
_ALIVE = exists().where(TRANSACTION.c.slot_id == SLOT.c.id, TRANSACTION.c.status != literal(TxStatus.REFUSED))
IN_FLIGHT = Query(
    select(func.count())
    .select_from(SLOT)
    .with_hint(SLOT, BY_UNSETTLED)
    .where(SLOT.c.signer == _OF, SLOT.c.settled_at.is_(None), _ALIVE)
)
WAITING = Query(select(func.count()).where(ITEM.c.signer == _OF, ITEM.c.state == literal(ItemState.APPLIED)))
REMOVING = Query(
    select(ITEM.c.signer, func.count())
    .join_from(BATCH, ITEM, ITEM.c.batch_no == BATCH.c.no.op("+")(text("0")))  # else SQLite walks every item
    .with_hint(BATCH, "INDEXED BY ix_batch_unsettled")
    .with_hint(ITEM, "INDEXED BY ix_item_tally")
    .where(
        BATCH.c.settled_at.is_(None),
        BATCH.c.operation == literal(Operation.REMOVE_CONTENT),
        ITEM.c.state == literal(ItemState.APPLIED),
    )
    .group_by(ITEM.c.signer)
)
"""The items that wait and remove, by signer: found from the batches, as many prices may wait beside few removals."""


def traffic(database: Connection) -> dict[str, Traffic]:
    """Return the numbers of every lane that has something to do, by signer."""
    removing = {signer: int(count) for signer, count in database.all(REMOVING)}
    return {
        signer: Traffic(
            int(database.value(IN_FLIGHT, of=signer)),
            int(database.value(WAITING, of=signer)),
            removing.get(signer, 0),
        )
        for signer in lanes(database)
    }
