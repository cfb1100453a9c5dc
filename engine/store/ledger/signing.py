"""Signed bytes get their slot before anybody posts them (promise 3), in catalogue order (promise 5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, select

from engine import crash
from engine.core import events as ev
from engine.core.ledger import after
from engine.core.model import Item, ItemState, Transaction, TxStatus
from engine.core.oversight import Deed
from engine.ports import Signed
from engine.store import auditing, catalogue
from engine.store.ledger import slots
from engine.store.ledger.slots import StoredSlot
from engine.store.moving import find, finish, move
from engine.store.queries import Connection, Query
from engine.store.tables import ITEM

ON_CHAIN = frozenset({ItemState.SIGNED, ItemState.SUBMITTED, ItemState.CONFIRMED})
STATE = Query(select(ITEM.c.state).where(ITEM.c.id == bindparam("item_id")))


def sign(database: Connection, signed: Sequence[Signed], now: datetime) -> list[bool]:
    """Store each transaction in turn; False for those that came too late."""
    return [_sign(database, one, now) for one in signed]


def _sign(database: Connection, signed: Signed, now: datetime) -> bool:
    transaction = signed.transaction
    item = None if signed.item_id is None else find(database, signed.item_id)
    if signed.item_id is not None and item is None:
        return False
    slot = slots.at(database, transaction.signer, transaction.nonce)
    if slot is None or slot.is_hole:
        return _take(database, slot, item, transaction, now)
    if slot.settled or [one.id for one in slot.live_items] != ([] if item is None else [item.id]):
        return False
    return put_over(database, slot, transaction, now)


def _take(
    database: Connection, slot: StoredSlot | None, item: Item | None, transaction: Transaction, now: datetime
) -> bool:
    """Use a free nonce for an applied item, or for a no-op; bytes that were another's there are no item's own."""
    if item is not None and slot is not None and any(one.txid == transaction.txid for one in slot.transactions):
        return False
    if item is not None and (item.state is not ItemState.APPLIED or _outdated(database, item, now)):
        return False
    if slot is None:
        slot = slots.make(database, transaction.signer, transaction.nonce)
    else:
        slots.unlink(database, slot)
        crash.point("fill-before-commit")
    slots.put(database, slot, transaction)
    if item is not None:
        slots.link(database, slot, item)
        signed = ev.TxSigned(transaction.txid, transaction.signer, transaction.nonce, transaction.fee)
        move(database, item, signed, now)
    return True


def _outdated(database: Connection, item: Item, now: datetime) -> bool:
    """Let an item be superseded when a later value of its content is signed already: a lost slot came back too late."""
    for rival, maker in reversed(catalogue.later_changes(database, item)):
        if maker is not None and database.value(STATE, item_id=maker) in ON_CHAIN:
            move(database, item, ev.Superseded(rival.by), now)
            finish(database, item.batch_id, now)
            return True
    return False


def resign(
    database: Connection, txid: str, transaction: Transaction, now: datetime, reason: str, deed: Deed | None = None
) -> bool:
    """Store other bytes at the nonce of ``txid``, if that is the slot's newest and the nonce isn't used yet.

    Who did it by hand is written with it: money that is spent for somebody never stands there without them.
    """
    slot = slots.of(database, txid)
    if slot is None or slot.settled or slot.is_hole or slot.transactions[-1].txid != txid:
        return False
    newest = slot.transactions[-1]
    if (newest.signer, newest.nonce) != (transaction.signer, transaction.nonce):
        return False
    if deed is not None:
        auditing.note(database, deed)
    return put_over(database, slot, transaction, now, reason)


def put_over(
    database: Connection,
    slot: StoredSlot,
    transaction: Transaction,
    now: datetime,
    reason: str = ev.HIGHER_FEE,
) -> bool:
    """Put a transaction over the slot's others; equal bytes are there already."""
    if transaction.txid == slot.transactions[-1].txid:
        return True
    event = ev.TxReplaced(transaction.txid, transaction.fee, reason)
    for earlier in slot.transactions:
        if earlier.status not in (TxStatus.REFUSED, TxStatus.REPLACED):
            slots.update(database, earlier, after(earlier, event, now))
    slots.put(database, slot, transaction)
    for item in slot.live_items:
        move(database, item, event, now)
    return True
