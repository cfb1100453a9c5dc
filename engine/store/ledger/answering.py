"""What a node said of a transaction is written on it, on its slot, and on every item that the slot serves."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import bindparam, func, select

from engine.core import events as ev
from engine.core.ledger import FINAL, after
from engine.core.lifecycle import OPEN, TRANSITIONS, advance
from engine.core.model import Item, ItemState, Transaction, TxStatus
from engine.store.ledger import slots
from engine.store.ledger.slots import StoredSlot
from engine.store.moving import finish, move, unsettle, write
from engine.store.queries import Connection, Query, literal
from engine.store.tables import SLOT, TRANSACTION, TRANSITION

MINED = (ev.TxConfirmed, ev.TxAborted, ev.SlotLost)
"""The events that say that the chain used the nonce."""
DECISIVE = (*MINED, ev.TxReorged)
NEVER_ANSWERED = Query(
    select(TRANSACTION.c.txid)
    .join_from(SLOT, TRANSACTION, TRANSACTION.c.slot_id == SLOT.c.id)
    .with_hint(SLOT, slots.BY_UNSETTLED)
    .where(SLOT.c.settled_at.is_(None), TRANSACTION.c.status == literal(TxStatus.SIGNED))
    .order_by(TRANSACTION.c.id)
)
SIGNED_FOR = Query(
    select(func.count())
    .select_from(TRANSITION)
    .where(
        TRANSITION.c.item_id == bindparam("item_id"),
        TRANSITION.c.txid == bindparam("id"),
        TRANSITION.c.event.in_([literal(event.__name__) for event in (ev.TxSigned, ev.TxReplaced)]),
    )
)
_MINED_BY_ANOTHER = "Another transaction was mined at its nonce"
_STOPPED = "The engine stopped before a node's answer was known"


def answer(database: Connection, event: ev.TxEvent, now: datetime) -> bool:
    """Write an event wherever it tells something new; False when it tells nothing at all."""
    slot = slots.of(database, event.txid)
    if slot is None:
        return False
    transaction = next(one for one in slot.transactions if one.txid == event.txid)
    if transaction.status in FINAL and not isinstance(event, ev.TxReorged):
        return False
    event = _provable(slot, transaction, event)
    changed = slots.update(database, transaction, _known(transaction, event, now))
    changed |= _write_siblings(database, slot, transaction, event, now)
    if transaction.status is not TxStatus.REPLACED or isinstance(event, DECISIVE):
        for item in slot.items:
            changed |= _write_item(database, item, transaction, _of_item(database, slot, item, event), now)
    _settle(database, slot, event, now)
    return changed


def _provable(slot: StoredSlot, transaction: Transaction, event: ev.TxEvent) -> ev.TxEvent:
    """A refusal proves nothing if any bytes of the slot may be with a node: then it is one more unclear answer."""
    if isinstance(event, ev.TxRefused) and slots.in_the_air(slot.transactions):
        return ev.TxUnclear(transaction.txid, event.reason)
    return event


def _known(transaction: Transaction, event: ev.TxEvent, now: datetime) -> Transaction:
    """Return the transaction after the event; a replaced one stays so until the chain decides."""
    known = after(transaction, event, now)
    if transaction.status is TxStatus.REPLACED and not isinstance(event, DECISIVE):
        return replace(known, status=TxStatus.REPLACED, retry_at=None)
    return known


def _write_siblings(
    database: Connection, slot: StoredSlot, transaction: Transaction, event: ev.TxEvent, now: datetime
) -> bool:
    """Write what the event says of the slot's other transactions."""
    changed = False
    for one in slot.transactions:
        if one.txid != transaction.txid:
            changed |= slots.update(database, one, _sibling(one, event, now))
    return changed


def _sibling(one: Transaction, event: ev.TxEvent, now: datetime) -> Transaction:
    """Return another transaction of the slot after the event.

    Dead when the nonce was mined, alive again after a reorg; and where all was refused that ever left this house,
    one that never left it mustn't keep the nonce from being used again.
    """
    if isinstance(event, MINED) and one.status not in FINAL:
        return after(one, ev.SlotLost(one.txid, _MINED_BY_ANOTHER), now)
    if isinstance(event, ev.TxReorged) and one.status is TxStatus.DEAD:
        return after(one, ev.TxReorged(one.txid), now)
    if isinstance(event, ev.TxRefused) and one.status is TxStatus.REPLACED:
        return replace(one, status=TxStatus.REFUSED)
    return one


def _of_item(database: Connection, slot: StoredSlot, item: Item, event: ev.TxEvent) -> ev.TxEvent:
    """Return what an event means for one item of the slot.

    A nonce that was given away again keeps the bytes of whoever had it before: mined after all, they are no result
    of the item that has it now, which lost it.
    """
    if not isinstance(event, ev.TxConfirmed | ev.TxAborted) or len(slot.transactions) == 1:
        return event
    if database.value(SIGNED_FOR, item_id=item.id, id=event.txid):
        return event
    slots.part(database, item)
    return ev.SlotLost(slot.transactions[-1].txid, _MINED_BY_ANOTHER)


def _write_item(database: Connection, item: Item, transaction: Transaction, event: ev.TxEvent, now: datetime) -> bool:
    """Advance an item, if its state knows the event and anybody could see a difference."""
    was = item.state
    if was is ItemState.SIGNED and isinstance(event, ev.TxConfirmed | ev.TxAborted | ev.TxDropped):
        item = move(database, item, ev.TxAccepted(event.txid), now)
    if type(event) not in TRANSITIONS[item.state]:
        return False
    moved = advance(item, event, now)
    if isinstance(event, ev.TxConfirmed | ev.TxAborted):
        moved = replace(moved, fee=transaction.fee)
    if replace(moved, updated_at=item.updated_at) == item:
        return False
    write(database, item, moved, event)
    if isinstance(event, ev.TxReorged):
        unsettle(database, item.batch_id)
    elif moved.state not in OPEN and moved.state is not was:
        finish(database, item.batch_id, now)
    return True


def _settle(database: Connection, slot: StoredSlot, event: ev.TxEvent, now: datetime) -> None:
    """Close the slot when its nonce is mined; whoever lost it goes without it."""
    if isinstance(event, MINED):
        slots.settle(database, slot, now)
    if isinstance(event, ev.TxReorged):
        slots.settle(database, slot, None)
    if isinstance(event, ev.SlotLost):
        slots.unlink(database, slot)


def doubt_signed(database: Connection, now: datetime) -> int:
    """Count every transaction without an answer as once posted, unclear: a crash may have hidden the answer."""
    waiting = [row[0] for row in database.all(NEVER_ANSWERED)]
    for txid in waiting:
        answer(database, ev.TxUnclear(txid, _STOPPED, now), now)
    return len(waiting)
