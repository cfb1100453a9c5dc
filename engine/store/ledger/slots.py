"""A slot as it is stored: its transactions, the items that it serves, and the writes that change them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, select

from engine.core.model import Item, ItemState, Transaction, TxStatus
from engine.store.ledger.rows import TRANSACTION_COLUMNS, TRANSACTION_FIELDS, from_transaction, to_transaction
from engine.store.queries import Connection, Query, inserting, to_micros, updating
from engine.store.rows import ITEMS, to_item
from engine.store.tables import ITEM, SLOT, TRANSACTION

_OF_SLOT = TRANSACTION.c.slot_id == bindparam("slot")
SLOT_AT = Query(
    select(SLOT.c.id, SLOT.c.settled_at).where(SLOT.c.signer == bindparam("of"), SLOT.c.nonce == bindparam("at"))
)
SLOT_OF = Query(
    select(SLOT.c.id, SLOT.c.settled_at)
    .join(TRANSACTION, TRANSACTION.c.slot_id == SLOT.c.id)
    .where(TRANSACTION.c.txid == bindparam("id"))
)
TRANSACTIONS_OF_SLOT = Query(
    select(*TRANSACTION_COLUMNS)
    .join_from(TRANSACTION, SLOT, SLOT.c.id == TRANSACTION.c.slot_id)
    .where(_OF_SLOT)
    .order_by(TRANSACTION.c.id)
)
ITEMS_OF_SLOT = Query(ITEMS.where(ITEM.c.slot_id == bindparam("slot")).order_by(ITEM.c.id))
INSERT_SLOT = inserting(SLOT, "id")
SETTLE_SLOT = updating(SLOT, ("settled_at",), SLOT.c.id == bindparam("slot"))
INSERT_TRANSACTION = inserting(TRANSACTION, "id")
UPDATE_TRANSACTION = updating(TRANSACTION, TRANSACTION_FIELDS.split(), TRANSACTION.c.txid == bindparam("id"))
DELETE_TRANSACTION = Query(delete(TRANSACTION).where(TRANSACTION.c.txid == bindparam("id"), _OF_SLOT))
LINK = updating(ITEM, ("slot_id",), ITEM.c.id == bindparam("item_id"))
UNLINK = updating(ITEM, ("slot_id",), ITEM.c.slot_id == bindparam("slot"))
BY_UNSETTLED = "INDEXED BY ix_slot_unsettled"
"""Hint of a question in the order of nonces: without it, SQLite walks every nonce that the signer ever used."""
LIVE = frozenset({ItemState.SIGNED, ItemState.SUBMITTED})
"""The states of an item that its slot still carries."""


@dataclass(frozen=True, slots=True)
class StoredSlot:
    """One slot with all that hangs on it, transactions oldest first."""

    id: int
    settled: bool
    transactions: tuple[Transaction, ...]
    items: tuple[Item, ...]

    @property
    def is_hole(self) -> bool:
        """Tell whether nothing signed here can be with a node, so that the nonce may be used again."""
        return not self.settled and all(one.status is TxStatus.REFUSED for one in self.transactions)

    @property
    def live_items(self) -> tuple[Item, ...]:
        """Return the items that the slot still carries."""
        return tuple(item for item in self.items if item.state in LIVE)


def at(database: Connection, signer: str, nonce: int) -> StoredSlot | None:
    """Return the slot of a nonce; None when nothing was ever signed there."""
    return _load(database, database.one(SLOT_AT, of=signer, at=nonce))


def of(database: Connection, txid: str) -> StoredSlot | None:
    """Return the slot that a transaction was signed for; None for a transaction that isn't ours."""
    return _load(database, database.one(SLOT_OF, id=txid))


def _load(database: Connection, row: tuple[int, int | None] | None) -> StoredSlot | None:
    if row is None:
        return None
    slot, settled_at = row
    transactions = tuple(to_transaction(found) for found in database.all(TRANSACTIONS_OF_SLOT, slot=slot))
    items = tuple(to_item(found) for found in database.all(ITEMS_OF_SLOT, slot=slot))
    return StoredSlot(slot, settled_at is not None, transactions, items)


def make(database: Connection, signer: str, nonce: int) -> StoredSlot:
    """Store a new slot."""
    return StoredSlot(database.insert(INSERT_SLOT, signer=signer, nonce=nonce, settled_at=None), False, (), ())


def put(database: Connection, slot: StoredSlot, transaction: Transaction) -> None:
    """Store a transaction as the slot's newest.

    Signatures are deterministic, so a refused no-op signed again is the same transaction: it is moved to the end,
    and what is known of its posts stays known.
    """
    fields = from_transaction(transaction)
    known = [one for one in slot.transactions if one.txid == transaction.txid]
    if known:
        database.run(DELETE_TRANSACTION, id=transaction.txid, slot=slot.id)
        fields |= {"posts": known[0].posts, "doubtful": known[0].doubtful}
    database.run(INSERT_TRANSACTION, slot_id=slot.id, **fields)


def update(database: Connection, was: Transaction, transaction: Transaction) -> bool:
    """Write what is known of a transaction now; False when that is nothing new."""
    if transaction == was:
        return False
    fields = from_transaction(transaction)
    fields.pop("txid")
    database.run(UPDATE_TRANSACTION, id=was.txid, **fields)
    return True


def settle(database: Connection, slot: StoredSlot, now: datetime | None) -> None:
    """Note that the chain used the nonce; None takes that back."""
    database.run(SETTLE_SLOT, slot=slot.id, settled_at=None if now is None else to_micros(now))


def link(database: Connection, slot: StoredSlot, item: Item) -> None:
    """Let the slot serve an item."""
    database.run(LINK, item_id=item.id, slot_id=slot.id)


def part(database: Connection, item: Item) -> None:
    """Let an item go on without its slot."""
    database.run(LINK, item_id=item.id, slot_id=None)


def unlink(database: Connection, slot: StoredSlot) -> None:
    """Let the slot serve nobody; the items keep what their rows say of it."""
    database.run(UNLINK, slot=slot.id, slot_id=None)


def in_the_air(transactions: Iterable[Transaction]) -> bool:
    """Tell whether any of them may have reached a node: nothing that comes later takes that back."""
    return any(one.doubtful for one in transactions)
