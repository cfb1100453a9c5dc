"""Short ways to make nouns for tests: everything that a test doesn't talk about has a dull default."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from engine.core.model import (
    Batch,
    Content,
    Hold,
    Item,
    ItemState,
    Operation,
    Slot,
    Tally,
    Transaction,
    TxStatus,
)

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
CREATOR = "ST1PQHQKV0RJXZFY1DGX8MNSNYVE3VGZJSRTPGZGM"
OTHER = "ST2CY5V39NHDPWSXMW9QDT3HC3GD6Q6XX4CFRK9AG"


def item(**given: object) -> Item:
    dull = Item(
        id=1,
        batch_id="B1",
        position=0,
        content_id="c1",
        creator=CREATOR,
        operation=Operation.UPDATE_PRICE,
        value={"price": 2_000_000},
        state=ItemState.QUEUED,
        updated_at=NOW,
    )
    return replace(dull, **given)


def content(**given: object) -> Content:
    dull = Content(content_id="c1", creator=CREATOR, title="One", price=1_000_000, on_chain_id=1)
    return replace(dull, **given)


def batch(states: dict[ItemState, int], **given: object) -> Batch:
    dull = Batch(
        id="B1",
        operation=Operation.UPDATE_PRICE,
        creator=CREATOR,
        payload={"newPrice": 2_000_000},
        hold=Hold.NONE,
        tally=Tally(states),
        created_at=NOW,
    )
    return replace(dull, **given)


def transaction(nonce: int = 0, status: TxStatus = TxStatus.SIGNED, **given: object) -> Transaction:
    dull = Transaction(f"{nonce:064x}", CREATOR, nonce, 2000, b"raw", status, created_at=NOW)
    return replace(dull, **given)


def slot(nonce: int, status: TxStatus = TxStatus.ACCEPTED, contents: tuple[str, ...] = ()) -> Slot:
    return Slot(CREATOR, nonce, (transaction(nonce, status),), frozenset(contents))
