"""Marks in the record: each is made at the very moment when a promise begins to hold, from outside the engine's code.

Patched in a process of its own, so that the engine under test is the real one: what `sign` stored, what a POST
carries, what the devnet answers, what a reader is shown.
"""

from __future__ import annotations

import ctypes
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from engine.core.events import TxEvent
from engine.core.model import Batch, Item, Transaction
from engine.core.reports import Changes
from engine.devnet import Devnet
from engine.node import HttpNode
from engine.ports import Account, Sighting, Signed
from engine.store import SqliteStore

MINED = ("success", "aborted")
devnets: list[Devnet] = []
"""The simulated nodes of this process, as they came up."""
_library = ctypes.CDLL(None)


def mark(kind: str, **said: Any) -> None:
    """Write into the record that something was acknowledged just now."""
    text = json.dumps({"kind": kind, **said}).encode()
    _library.batchdeck_mark(text, len(text))


def leave() -> None:
    """End this process as if it were killed, with the record complete."""
    _library.batchdeck_leave()


def shown(changes: Changes) -> None:
    """A reader has seen these states: they may not be taken back."""
    for batch in changes.batches:
        mark("batch", batch=batch.id, times=ended(batch))
    for item in changes.items:
        mark("item", batch=item.batch_id, content=item.content_id, **seen(item))


def ended(batch: Batch) -> list[str | None]:
    """Return when a batch was completed and when it was settled, as a reader sees it."""
    return [None if at is None else at.isoformat() for at in (batch.completed_at, batch.settled_at)]


def seen(item: Item) -> dict[str, Any]:
    """Return what a reader sees of an item's outcome."""
    return {"state": item.state.value, "txid": item.txid, "height": item.block_height, "error": item.error}


def attach() -> None:
    """Let the store, the node's client and the devnet make their marks from now on."""
    _mark_signing()
    _mark_calls()
    _mark_answers()


def _mark_signing() -> None:
    sign, resign = SqliteStore.sign, SqliteStore.resign

    async def marked_sign(self: SqliteStore, signed: Sequence[Signed], *more: Any) -> list[bool]:
        stored = await sign(self, signed, *more)
        for one, taken in zip(signed, stored, strict=True):
            if taken:
                mark("signed", txid=one.transaction.txid, raw=one.transaction.raw.hex())
        return stored

    async def marked_resign(self: SqliteStore, txid: str, transaction: Transaction, *more: Any) -> bool:
        stored = await resign(self, txid, transaction, *more)
        if stored:
            mark("signed", txid=transaction.txid, raw=transaction.raw.hex(), bumped=True)
        return stored

    SqliteStore.sign, SqliteStore.resign = marked_sign, marked_resign  # type: ignore[assignment,method-assign]


def _mark_calls() -> None:
    broadcast, look_up, account = HttpNode.broadcast, HttpNode.look_up, HttpNode.account

    async def marked_broadcast(self: HttpNode, raw: bytes, txid: str, now: datetime) -> TxEvent:
        mark("posted", txid=txid, raw=raw.hex())
        return await broadcast(self, raw, txid, now)

    async def marked_look_up(self: HttpNode, txids: Sequence[str]) -> dict[str, Sighting]:
        found = await look_up(self, txids)
        mark("mined", txids=[txid for txid, sighting in found.items() if sighting.status in MINED])
        return found

    async def marked_account(self: HttpNode, address: str) -> Account:
        found = await account(self, address)
        mark("nonce", address=address, nonce=found.nonce)
        return found

    HttpNode.broadcast, HttpNode.look_up = marked_broadcast, marked_look_up  # type: ignore[method-assign]
    HttpNode.account = marked_account  # type: ignore[method-assign]


def _mark_answers() -> None:
    app = Devnet.app.fget  # type: ignore[attr-defined]
    assert app is not None

    def marked_app(self: Devnet) -> Any:
        devnets.append(self)
        return _marking(app(self))

    Devnet.app = property(marked_app)  # type: ignore[assignment,method-assign]


def _marking(app: Any) -> Any:
    """Wrap the devnet: a txid that it answers with 200 is marked before the answer goes out."""

    async def marking(scope: Any, receive: Any, send: Any) -> None:
        status = 0

        async def marked(message: Any) -> None:
            nonlocal status
            status = message.get("status", status)
            if message["type"] == "http.response.body" and status == 200:
                mark("taken", txid=json.loads(message["body"]))
            await send(message)

        post = scope["type"] == "http" and scope["method"] == "POST" and scope["path"] == "/v2/transactions"
        await app(scope, receive, marked if post else send)

    return marking
