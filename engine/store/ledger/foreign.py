"""What the chain mined at a signer's nonces, and no bytes are kept of it here: matched with items, or kept as it is.

It was made by another wallet with the same key, or by this engine before an older copy of its database was put back.
An item whose very call was mined is never sent again (promise 3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import bindparam, delete, exists, select

from engine.core import events as ev
from engine.core.chain import MinedTransaction
from engine.core.lane import astray
from engine.core.model import Item, Transaction, TxStatus
from engine.core.oversight import Deed
from engine.core.reports import Doubt
from engine.errors import Conflict
from engine.store import auditing, facts, reading
from engine.store.ledger import lanes, slots
from engine.store.ledger.answering import answer
from engine.store.ledger.claims import Claims
from engine.store.ledger.lanes import FOREIGN_CALLS
from engine.store.ledger.rows import TRANSACTION_COLUMNS, to_transaction
from engine.store.ledger.signing import put_over
from engine.store.ledger.slots import StoredSlot
from engine.store.moving import move
from engine.store.queries import Connection, Query, literal, updating
from engine.store.tables import SLOT, TRANSACTION

_FOREIGN = TRANSACTION.c.status == literal(TxStatus.FOREIGN)
STRAYS = Query(
    select(*TRANSACTION_COLUMNS)
    .join_from(TRANSACTION, SLOT, SLOT.c.id == TRANSACTION.c.slot_id)
    .where(*FOREIGN_CALLS)
    .order_by(SLOT.c.nonce)
)
DISOWN = updating(TRANSACTION, ("call",), TRANSACTION.c.txid == bindparam("id"), _FOREIGN)
_ABOVE = select(SLOT.c.id).where(SLOT.c.signer == bindparam("of"), SLOT.c.nonce >= bindparam("at"))
_MINED_OURS = exists().where(
    TRANSACTION.c.slot_id == SLOT.c.id,
    TRANSACTION.c.status.in_([literal(TxStatus.CONFIRMED), literal(TxStatus.ABORTED)]),
)
_LOST = select(SLOT.c.id).where(
    SLOT.c.signer == bindparam("of"), SLOT.c.nonce >= bindparam("at"), SLOT.c.settled_at.is_not(None), ~_MINED_OURS
)
REOPEN_TRANSACTIONS = updating(
    TRANSACTION, ("status", "answer"), TRANSACTION.c.slot_id.in_(_LOST), TRANSACTION.c.status == literal(TxStatus.DEAD)
)
REOPEN_SLOTS = updating(SLOT, ("settled_at",), SLOT.c.id.in_(_LOST))
FORGET_TRANSACTIONS = Query(delete(TRANSACTION).where(_FOREIGN, TRANSACTION.c.slot_id.in_(_ABOVE)))
FORGET_SLOTS = Query(delete(SLOT).where(SLOT.c.id.in_(_ABOVE), ~exists().where(TRANSACTION.c.slot_id == SLOT.c.id)))
ANOTHER_COPY = "Mined as another copy of this database signed it"
NO_REASON = "Aborted"
CAME_BACK = "What took its nonce left the chain, and the nonce was given away again"


def adopt(
    database: Connection,
    signer: str,
    mined: Sequence[MinedTransaction],
    contract: str,
    now: datetime,
    upto: int | None = None,
) -> int:
    """Write what was mined at a signer's nonces, in their order; return how many of them were news.

    ``upto`` is where the lane goes on, whatever of it was told.
    """
    claims = Claims(database, signer, contract, ((one.nonce, one.call.name if one.call else None) for one in mined))
    news = sum(_adopt(database, signer, one, claims, now) for one in sorted(mined, key=_nonce))
    if upto is not None:
        _begin(database, signer, upto, now)
    return news


def _nonce(mined: MinedTransaction) -> int:
    return mined.nonce


def _adopt(
    database: Connection,
    signer: str,
    mined: MinedTransaction,
    claims: Claims,
    now: datetime,
) -> bool:
    slot = slots.at(database, signer, mined.nonce)
    if slot is None:
        _take_in(database, slots.make(database, signer, mined.nonce), signer, mined, claims, now)
        return True
    if slot.settled:
        return False
    if any(one.txid == mined.txid for one in slot.transactions):
        return answer(database, _verdict(mined), now)
    if mined.call is not None and any(claims.name(item) == mined.call.name for item in slot.live_items):
        put_over(database, slot, _transaction(mined, signer, now), now, ANOTHER_COPY)
        return answer(database, _verdict(mined), now)
    answer(database, ev.SlotLost(slot.transactions[-1].txid, _by_another(mined)), now)
    _take_in(database, slot, signer, mined, claims, now)  # another copy may have put another item here
    return True


def _take_in(
    database: Connection,
    slot: StoredSlot,
    signer: str,
    mined: MinedTransaction,
    claims: Claims,
    now: datetime,
) -> None:
    """Keep a transaction that none of those at its nonce made: another item's own, or a stranger's."""
    transaction = _transaction(mined, signer, now)
    item = claims.take(transaction)
    if item is None:
        aborted = None if mined.succeeded else mined.reason or NO_REASON
        known = replace(transaction, status=TxStatus.FOREIGN, answer=aborted)
        slots.put(database, slot, known)
        slots.settle(database, slot, now)
    else:
        slots.put(database, slot, transaction)
        _give(database, slot, transaction, item, _verdict(mined), now)


def match(database: Connection, signer: str, contract: str, now: datetime) -> tuple[int, tuple[Doubt, ...]]:
    """Give kept transactions to the items that made them, applied since; return how many, and where nobody can tell."""
    kept = [to_transaction(row) for row in database.all(STRAYS, of=signer)]
    claims = Claims(database, signer, contract, ((stray.nonce, stray.call) for stray in kept))
    owned = {stray.txid: item for stray in kept if (item := claims.take(stray))}
    for stray in kept:
        if stray.txid in owned:
            _own(database, stray, owned[stray.txid], now)
    doubts = (claims.doubt(stray) for stray in kept if stray.txid not in owned)
    return len(owned), tuple(doubt for doubt in doubts if doubt)


def _own(database: Connection, stray: Transaction, item: Item, now: datetime) -> None:
    slot = slots.of(database, stray.txid)
    assert slot is not None
    height = stray.block_height or 0
    verdict = ev.TxAborted(stray.txid, height, stray.answer) if stray.answer else ev.TxConfirmed(stray.txid, height)
    known = replace(stray, status=TxStatus.ACCEPTED, answer=None)
    slots.update(database, stray, known)
    _give(database, slot, known, item, verdict, now)


def release(
    database: Connection,
    signer: str,
    confirmed: int | None,
    now: datetime,
    doubts: Sequence[Doubt] = (),
    deed: Deed | None = None,
) -> None:
    """Let a held lane go on at the chain's nonce, whatever was mined before it, or was by others from it on.

    What was doubtful is matched with no item any more. Where no chain tells a nonce, only a restore's hold ends.
    Who did it is written with it; Conflict, and nothing is written, when their decision can't free the lane.
    """
    if deed is not None:
        auditing.note(database, deed)
    if reading.fact(database, facts.RESTORED) is not None:
        facts.set_fact(database, facts.RESTORED_LANE + signer, facts.RELEASED)
    for doubt in doubts:
        database.run(DISOWN, id=doubt.txid, call=None)
    if confirmed is None:
        return
    database.run(REOPEN_TRANSACTIONS, of=signer, at=confirmed, status=TxStatus.REFUSED.value, answer=CAME_BACK)
    database.run(REOPEN_SLOTS, of=signer, at=confirmed, settled_at=None)
    database.run(FORGET_TRANSACTIONS, of=signer, at=confirmed)
    database.run(FORGET_SLOTS, of=signer, at=confirmed)
    _begin(database, signer, confirmed, now)
    if deed is not None and (still := astray(lanes.lane(database, signer, 0), confirmed)):
        raise Conflict(f"The lane of {signer} can't be released, what was mined there is its own. {still}")


def _begin(database: Connection, signer: str, confirmed: int, now: datetime) -> None:
    """Let a lane go on at a nonce: the one before it is used, and a restore holds it no more."""
    if reading.fact(database, facts.RESTORED) is not None:
        facts.keep_fact(database, facts.RESTORED_LANE + signer, facts.READ)
    if confirmed > 0 and slots.at(database, signer, confirmed - 1) is None:
        slots.settle(database, slots.make(database, signer, confirmed - 1), now)


def _give(
    database: Connection,
    slot: StoredSlot,
    transaction: Transaction,
    item: Item,
    verdict: ev.TxConfirmed | ev.TxAborted,
    now: datetime,
) -> None:
    """Let a mined transaction be an item's own, with the whole story that this implies."""
    slots.link(database, slot, item)
    move(database, item, ev.TxSigned(transaction.txid, transaction.signer, transaction.nonce, transaction.fee), now)
    answer(database, verdict, now)


def _transaction(mined: MinedTransaction, signer: str, now: datetime) -> Transaction:
    """Return a mined transaction as one of ours whose bytes are unknown."""
    known = Transaction(mined.txid, signer, mined.nonce, mined.fee, b"", TxStatus.ACCEPTED, now, doubtful=True)
    call = mined.call.name if mined.call else None
    return replace(known, call=call, block_height=mined.block_height, mined_at=mined.mined_at)


def _verdict(mined: MinedTransaction) -> ev.TxConfirmed | ev.TxAborted:
    if mined.succeeded:
        return ev.TxConfirmed(mined.txid, mined.block_height)
    return ev.TxAborted(mined.txid, mined.block_height, mined.reason)


def _by_another(mined: MinedTransaction) -> str:
    return f"Another transaction was mined at its nonce {mined.nonce}: 0x{mined.txid}"
