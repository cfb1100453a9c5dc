"""What a lane needs to know of its rows: unsettled slots, waiting items, the nonces that were used and mined."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, func, or_, select, text

from engine.core.claims import SKEW
from engine.core.model import Batch, Item, ItemState, Slot, Transaction, TxStatus
from engine.core.reports import LaneRecord
from engine.store import reading
from engine.store.ledger import slots, unread
from engine.store.ledger.rows import TRANSACTION_COLUMNS, to_transaction
from engine.store.ledger.slots import BY_UNSETTLED, LIVE
from engine.store.queries import Connection, Query, literal, to_json
from engine.store.rows import ITEMS, to_item
from engine.store.tables import BATCH, ITEM, SLOT, TRANSACTION, UNSETTLED

_UNSETTLED = SLOT.c.settled_at.is_(None)
_APPLIED = ITEM.c.state == literal(ItemState.APPLIED)
_MINE = SLOT.c.signer == bindparam("of")
TRANSACTIONS = Query(
    select(*TRANSACTION_COLUMNS)
    .join_from(SLOT, TRANSACTION, TRANSACTION.c.slot_id == SLOT.c.id)
    .with_hint(SLOT, BY_UNSETTLED)
    .where(_UNSETTLED, _MINE)
    .order_by(SLOT.c.nonce, TRANSACTION.c.id)
)
CONTENTS = Query(
    select(SLOT.c.nonce, ITEM.c.content_id)
    .join_from(SLOT, ITEM, ITEM.c.slot_id == SLOT.c.id)
    .with_hint(SLOT, BY_UNSETTLED)
    .where(_UNSETTLED, _MINE, ITEM.c.state.in_([literal(state) for state in sorted(LIVE)]))
)
WAITING = Query(
    ITEMS.where(_APPLIED, ITEM.c.signer == bindparam("of")).order_by(ITEM.c.catalogue_order).limit(bindparam("most"))
)
TOP = Query(select(func.max(SLOT.c.nonce)).where(_MINE))
BASE = Query(select(func.min(SLOT.c.nonce)).where(_MINE))
SETTLED = Query(
    select(SLOT.c.nonce).where(_MINE, SLOT.c.settled_at.is_not(None)).order_by(SLOT.c.nonce.desc()).limit(1)
)
_RIVAL = ITEM.alias("rival")
_SHOWN = select(func.json_each(bindparam("ids")).table_valued("value").c.value)
ELSEWHERE = Query(
    select(ITEM.c.content_id)
    .distinct()
    .join_from(ITEM, _RIVAL, _RIVAL.c.content_id == ITEM.c.content_id)
    .where(
        ITEM.c.id.in_(_SHOWN),
        text(f"rival.{UNSETTLED}"),
        _RIVAL.c.signer.is_distinct_from(ITEM.c.signer),
        _RIVAL.c.catalogue_order < ITEM.c.catalogue_order,
    )
)
"""Contents whose earlier change another lane, or none yet, has to bring to the chain first."""
_FOREIGN = TRANSACTION.c.status == literal(TxStatus.FOREIGN)
_MINE_UNINDEXED = SLOT.c.signer.op("||")("") == bindparam("of")  # else SQLite walks every slot of the signer
FOREIGN_CALLS = (_FOREIGN, TRANSACTION.c.call.is_not(None), _MINE_UNINDEXED)
"""Kept transactions of a signer that nobody here made, found by their own small index."""
_FIRST_ACCEPTED = (
    select(func.min(BATCH.c.created_at))
    .where(BATCH.c.no.in_(select(ITEM.c.batch_no).where(ITEM.c.id.in_(_SHOWN))))
    .scalar_subquery()
)
STRAYS = Query(
    select(func.count())
    .select_from(TRANSACTION)
    .join(SLOT, SLOT.c.id == TRANSACTION.c.slot_id)
    .where(
        *FOREIGN_CALLS,
        or_(TRANSACTION.c.mined_at.is_(None), TRANSACTION.c.mined_at >= _FIRST_ACCEPTED - bindparam("skew")),
    )
)
_NEWEST = select(func.max(TRANSACTION.c.block_height)).scalar_subquery()
TAIL = Query(
    select(*TRANSACTION_COLUMNS)
    .join_from(SLOT, TRANSACTION, TRANSACTION.c.slot_id == SLOT.c.id)
    .where(
        TRANSACTION.c.block_height >= func.min(bindparam("height"), _NEWEST - bindparam("known") + 1),
        TRANSACTION.c.status != literal(TxStatus.FOREIGN),
    )
    .order_by(SLOT.c.signer, SLOT.c.nonce)
)
NEXT_WITH_SLOTS = Query(select(func.min(SLOT.c.signer)).where(_UNSETTLED, SLOT.c.signer > bindparam("of")))
NEXT_WITH_ITEMS = Query(select(func.min(ITEM.c.signer)).where(_APPLIED, ITEM.c.signer > bindparam("of")))


def lane(database: Connection, signer: str, limit: int) -> LaneRecord:
    """Return a lane with its first ``limit`` waiting items."""
    transactions: dict[int, list[Transaction]] = {}
    for row in database.all(TRANSACTIONS, of=signer):
        transaction = to_transaction(row)
        transactions.setdefault(transaction.nonce, []).append(transaction)
    contents: dict[int, set[str]] = {}
    for nonce, content_id in database.all(CONTENTS, of=signer):
        contents.setdefault(nonce, set()).add(content_id)
    waiting = tuple(to_item(row) for row in database.all(WAITING, of=signer, most=limit))
    return LaneRecord(
        signer=signer,
        slots=tuple(
            Slot(signer, nonce, tuple(found), frozenset(contents.get(nonce, ())))
            for nonce, found in transactions.items()
        ),
        waiting=waiting,
        top=database.value(TOP, of=signer),
        base=database.value(BASE, of=signer),
        settled=database.value(SETTLED, of=signer),
        elsewhere=_elsewhere(database, waiting),
        strays=_strays(database, signer, waiting),
        restored=unread.restored(database, signer, waiting),
    )


def _elsewhere(database: Connection, waiting: Sequence[Item]) -> frozenset[str]:
    if not waiting:
        return frozenset()
    return frozenset(row[0] for row in database.all(ELSEWHERE, ids=to_json([item.id for item in waiting])))


def _strays(database: Connection, signer: str, waiting: Sequence[Item]) -> int:
    if not waiting:
        return 0
    ids = to_json([*(item.id for item in waiting), *unread.roots(database, waiting)])
    return int(database.value(STRAYS, of=signer, ids=ids, skew=int(SKEW.total_seconds() * 1_000_000)))


def tail(database: Connection, height: int, known: int = 0) -> list[Transaction]:
    """Return our own mined transactions from this height on, and in the last ``known`` blocks known here."""
    return [to_transaction(row) for row in database.all(TAIL, height=height, known=known)]


def served(database: Connection, txid: str) -> tuple[tuple[Batch, ...], tuple[Transaction, ...]]:
    """Return the batches whose items a transaction's slot carries, and all that was ever signed there."""
    slot = slots.of(database, txid)
    if slot is None:
        return (), ()
    ids = dict.fromkeys(item.batch_id for item in slot.live_items)
    return tuple(reading.batch(database, batch_id) for batch_id in ids), slot.transactions


def lanes(database: Connection) -> list[str]:
    """Return the signers that have something to do, by address."""
    return sorted({*_walk(database, NEXT_WITH_SLOTS), *_walk(database, NEXT_WITH_ITEMS)})


def _walk(database: Connection, following: Query) -> list[str]:
    """Step from signer to signer through an index: DISTINCT would read every waiting item."""
    found: list[str] = []
    signer: str | None = ""
    while signer := database.value(following, of=signer):
        found.append(signer)
    return found
