"""What was promised before the power went, and whether what is left keeps it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.assemble import DEVNET_SUFFIX
from engine.core.lifecycle import STEPS
from engine.core.model import Batch, Hold, Item
from engine.core.reports import ContentQuery, ItemQuery
from engine.devnet.ledger import Ledger
from engine.errors import BatchdeckError, NotFound
from engine.store import SqliteStore, open_store
from tests.faults.power.marks import ended, seen

ROUTE = tuple(state.value for state in STEPS)
"""The states of an item that has not ended, in the order of the line."""


@dataclass
class Promises:
    """Everything that had been acknowledged by one moment."""

    accepted: dict[str, dict[str, Any]] = field(default_factory=dict)
    cancelled: set[str] = field(default_factory=set)
    imported: set[str] = field(default_factory=set)
    signed: dict[str, str] = field(default_factory=dict)
    items: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    batches: dict[str, list[str | None]] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    mined: set[str] = field(default_factory=set)
    nonces: dict[str, int] = field(default_factory=dict)

    def hear(self, data: bytes) -> None:
        """Take in one mark of the record."""
        said = json.loads(data)
        match said.pop("kind"):
            case "accepted":
                self.accepted[said["batch"]] = said
            case "cancelled":
                self.cancelled.add(said["batch"])
            case "imported":
                self.imported.update(said["contents"])
            case "signed" | "posted":
                self.signed[said["txid"]] = said["raw"]
            case "item":
                self.items[said.pop("batch"), said.pop("content")] = said
            case "batch":
                self.batches[said["batch"]] = said["times"]
            case "taken":
                self.taken.add(said["txid"])
            case "mined":
                self.mined.update(said["txids"])
            case "nonce":
                self.nonces[said["address"]] = max(said["nonce"], self.nonces.get(said["address"], 0))
            case unknown:
                raise AssertionError(f"nobody makes a mark {unknown!r}")

    @property
    def counts(self) -> dict[str, int]:
        """Return how much was promised: a result is an item that a reader had seen at its end."""
        return {
            "batches": len(self.accepted),
            "signed transactions": len(self.signed),
            "posts answered 200": len(self.taken),
            "results": sum(said["state"] not in ROUTE for said in self.items.values()),
        }


async def lost_by_store(database: Path, promises: Promises) -> list[str]:
    """Open what is left as the engine does; return every promise that it breaks."""
    try:
        store = await open_store(database)
    except BatchdeckError as refused:
        return [f"the database can't be opened: {refused}"]
    try:
        return [
            *_damage(database),
            *_transactions(database, promises),
            *_keys(database, promises),
            *await _batches(store, promises),
            *await _contents(store, promises),
        ]
    finally:
        await store.close()


def _rows(database: Path, sql: str) -> list[Any]:
    raw = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        return raw.execute(sql).fetchall()
    finally:
        raw.close()


def _damage(database: Path) -> Iterator[str]:
    for (said,) in _rows(database, "PRAGMA integrity_check"):
        if said != "ok":
            yield f"{database.name} is damaged: {said}"
    for broken in _rows(database, "PRAGMA foreign_key_check"):
        yield f"{database.name} has a row that points nowhere: {broken}"


def _transactions(database: Path, promises: Promises) -> Iterator[str]:
    there = {txid: raw.hex() for txid, raw in _rows(database, 'SELECT txid, raw FROM "transaction"')}
    for txid, raw in promises.signed.items():
        if there.get(txid) != raw:
            yield f"signed transaction {txid} is {'not the same' if txid in there else 'lost'}"


def _keys(database: Path, promises: Promises) -> Iterator[str]:
    there = {key: json.loads(ids) for key, ids in _rows(database, "SELECT key, batch_ids FROM idempotency")}
    for batch_id, said in promises.accepted.items():
        if there.get(said["key"]) != [batch_id]:
            yield f"the key of batch {batch_id} is lost: asked again, it would be accepted twice"


async def _batches(store: SqliteStore, promises: Promises) -> list[str]:
    broken: list[str] = []
    found: dict[tuple[str, str], Item] = {}
    for batch_id in dict.fromkeys([*promises.accepted, *promises.batches]):
        try:
            batch = await store.batch(batch_id)
        except NotFound:
            broken.append(f"batch {batch_id} is lost")
            continue
        items = (await store.items(batch_id, ItemQuery())).rows
        found |= {(batch_id, item.content_id): item for item in items}
        broken.extend(_changed(batch, [item.content_id for item in items], promises))
    return [*broken, *_went_back(found, promises)]


def _changed(batch: Batch, contents: list[str], promises: Promises) -> Iterator[str]:
    """What was accepted, cancelled, or seen completed and settled is so still."""
    if batch.id in promises.accepted and contents != promises.accepted[batch.id]["contents"]:
        yield f"batch {batch.id} has not its items"
    if batch.id in promises.cancelled and batch.hold is not Hold.CANCELLED:
        yield f"batch {batch.id} is not cancelled any more"
    before, now = promises.batches.get(batch.id, [None, None]), ended(batch)
    if any(then is not None and then != at for then, at in zip(before, now, strict=True)):
        yield f"batch {batch.id} was seen completed and settled at {before}, and is at {now}"


def _went_back(found: dict[tuple[str, str], Item], promises: Promises) -> Iterator[str]:
    """An end stays as it was seen, and nothing stands further back on its way than it was seen."""
    for (batch_id, content_id), before in promises.items.items():
        item = found.get((batch_id, content_id))
        now = None if item is None else seen(item)
        if now is None or not _holds(before, now):
            yield f"item {content_id} of {batch_id} was seen as {before}, and is {now}"


def _holds(before: dict[str, Any], now: dict[str, Any]) -> bool:
    if before["state"] not in ROUTE:
        return before == now
    return now["state"] not in ROUTE or ROUTE.index(now["state"]) >= ROUTE.index(before["state"])


async def _contents(store: SqliteStore, promises: Promises) -> list[str]:
    page = await store.contents(ContentQuery(removed=True))
    lost = promises.imported - {content.content_id for content in page.rows}
    return [f"content {content_id} is lost" for content_id in sorted(lost)]


def lost_by_chain(database: Path, promises: Promises) -> list[str]:
    """Open what is left of the devnet as it does itself; return every answer that it has forgotten."""
    path = database.with_name(database.name + DEVNET_SUFFIX)
    if not path.exists():
        return [f"the chain is lost with {txid}" for txid in promises.taken]
    try:
        ledger = Ledger(path, "testnet", 0)
    except ValueError as refused:
        return [f"the chain can't be opened: {refused}"]
    try:
        return [*_damage(path), *_forgotten(ledger, promises)]
    finally:
        ledger.close()


def _forgotten(ledger: Ledger, promises: Promises) -> Iterator[str]:
    mined = {row["txid"] for row in ledger.rows("SELECT txid FROM mined")}
    pending = {row["txid"] for row in ledger.rows("SELECT txid FROM mempool")}
    replaced = {row["txid"]: row["by"] for row in ledger.rows("SELECT txid, by FROM gone")}
    for txid in promises.taken:
        current = txid
        while current in replaced:
            current = replaced[current]
        if current not in mined | pending:
            yield f"{txid} was answered 200 and is forgotten"
    for txid in promises.mined - mined:
        yield f"{txid} was told to be mined and is not"
    for address, nonce in promises.nonces.items():
        if ledger.account(address).nonce < nonce:
            yield f"the nonce of {address} went back from {nonce}"


def never_signed(database: Path) -> list[str]:
    """Return what the chain has and the database doesn't: sent before it was stored (promise 3)."""
    chain = database.with_name(database.name + DEVNET_SUFFIX)
    if not chain.exists() or not database.exists():
        return []
    ours = {txid for (txid,) in _rows(database, 'SELECT txid FROM "transaction"')}
    found = _rows(chain, "SELECT txid FROM mempool UNION SELECT txid FROM mined UNION SELECT txid FROM gone")
    return [f"{txid} is on the chain, and nobody knows that it was signed" for (txid,) in found if txid not in ours]
