"""What the store's tests share: nouns with sensible values, and a batch carried to where a play begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from engine.core.events import SigningFailed
from engine.core.model import (
    Content,
    Entry,
    Item,
    ItemState,
    NewBatch,
    Operation,
    Transaction,
    TxStatus,
    Value,
)
from engine.core.operations import RULES
from engine.core.reports import ItemQuery
from engine.ports import Signed
from engine.store import SqliteStore

CREATOR = "ST2CY5V39NHDPWSXMW9QDT3HC3GD6Q6XX4CFRK9AG"
SIGNER = "ST1PQHQKV0RJXZFY1DGX8MNSNYVE3VGZJSRTPGZGM"
NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
_numbers = count(1)


def later(seconds: float) -> datetime:
    """Return a moment after the play's beginning."""
    return NOW + timedelta(seconds=seconds)


def contents(number: int, first: int = 1, **fields: Any) -> list[Content]:
    """Return contents ``c1``, ``c2``, ... that the contract knows under their number."""
    numbers = range(first, first + number)
    made = [Content(f"c{n}", CREATOR, f"Title {n}", 1_000_000, on_chain_id=n) for n in numbers]
    return [replace(content, **fields) for content in made]


def new_batch(
    ids: Sequence[str],
    value: Value | None = None,
    operation: Operation = Operation.UPDATE_PRICE,
    key: str | None = None,
    creator: str = CREATOR,
    scheduled_for: datetime | None = None,
    created_at: datetime = NOW,
    **more: Any,
) -> NewBatch:
    """Return a batch that sets one value on some contents, with an id that grows."""
    value = {"price": 2_000_000} if value is None else value
    return NewBatch(
        id=key or f"01BATCH{next(_numbers):06d}",
        operation=operation,
        creator=creator,
        payload=RULES[operation].payload(value),
        entries=tuple(Entry(content_id, value) for content_id in ids),
        created_at=created_at,
        scheduled_for=scheduled_for,
        **more,
    )


async def started(store: SqliteStore, *batches: NewBatch) -> list[Item]:
    """Accept and start batches; return their items."""
    await store.add(batches)
    await store.claim(NOW)
    return [item for batch in batches for item in (await store.items(batch.id, ItemQuery())).rows]


async def applied(store: SqliteStore, *batches: NewBatch, signer: str | None = SIGNER) -> list[Item]:
    """Accept, start and apply batches; return their items as they are then."""
    found = [await store.apply(item.id, signer, NOW) for item in await started(store, *batches)]
    return [item for item in found if item is not None]


def transaction(nonce: int, fee: int = 2000, txid: str | None = None, signer: str = SIGNER) -> Transaction:
    """Return a signed transaction that nobody has posted yet."""
    txid = txid or f"{nonce:032x}{fee:032x}"
    return Transaction(txid, signer, nonce, fee, txid.encode(), TxStatus.SIGNED, NOW)


def signed(item: Item | None, nonce: int, fee: int = 2000, signer: str = SIGNER) -> Signed:
    """Return what the worker hands to `sign`."""
    key = "" if item is None else str(item.id)
    made = transaction(nonce, fee, f"{key:0>16}{nonce:016x}{fee:032x}", signer)
    return Signed(None if item is None else item.id, made)


async def off_chain(store: SqliteStore, *items: Item) -> None:
    """End applied items off-chain."""
    for item in items:
        assert await store.record(item.id, ItemState.APPLIED, SigningFailed("No chain configured"), NOW)


async def failed_item(store: SqliteStore, **fields: Any) -> Item:
    """Return an off-chain item that changed the price of c1."""
    await store.import_contents(contents(1, **fields), NOW)
    (item,) = await applied(store, new_batch(["c1"]))
    await off_chain(store, item)
    return item


async def apply_all(store: SqliteStore) -> list[Item]:
    """Apply whatever is queued, as the line does."""
    await store.claim(NOW)
    found = [await store.apply(item.id, SIGNER, NOW) for item in await store.queued(9)]
    return [item for item in found if item is not None]
