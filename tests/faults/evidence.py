"""What an audit goes by: the devnet's record, and the database opened for reading only, with SQL of the audit's own."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine import Settings, open_engine
from engine.core.reports import BatchQuery, ItemQuery
from engine.wire import batch_json
from tests.faults.deck import Node

Call = tuple[str, tuple[int, ...]]


@dataclass(frozen=True)
class Mined:
    """A mined transaction by the devnet's own record; ``call`` is None for a transfer."""

    txid: str
    place: tuple[int, int]
    sender: str
    nonce: int
    status: str
    call: Call | None


@dataclass(frozen=True)
class Fact:
    """An item as it is stored; ``story`` is (event, state) of each of its transitions, oldest first."""

    id: int
    batch: str
    key: str
    content: str
    operation: str
    state: str
    order: int | None
    signer: str | None
    txid: str | None
    height: int | None
    error: str | None
    call: Call | None
    price: int | None
    story: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Posted:
    """A transaction as it is stored."""

    txid: str
    signer: str
    nonce: int
    status: str
    raw: bytes


@dataclass(frozen=True)
class Told:
    """A batch as the engine tells it: its JSON, and how many items its order had."""

    key: str
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Chain:
    """What the devnet knows: mined, waiting in its mempool (sender, nonce, txid), and the contract's contents."""

    mined: tuple[Mined, ...]
    waiting: tuple[tuple[str, int, str], ...]
    contents: Mapping[int, tuple[int, bool]]


@dataclass(frozen=True)
class Evidence:
    """All that an audit needs. ``accepted`` are the items of each order that was answered, by its key."""

    accepted: Mapping[str, int]
    items: tuple[Fact, ...]
    posted: tuple[Posted, ...]
    batches: tuple[Told, ...]
    catalogue: Mapping[str, tuple[int, bool]]
    chain: Chain
    foreign: frozenset[str] = frozenset()
    reorged: bool = False


def read_chain(node: Node) -> Chain:
    """Read the devnet's record: what is mined by its route, the rest from its file."""
    told = node.control("transactions")
    with _reading(node.file) as file:
        waiting = file.execute("SELECT sender, nonce, txid FROM mempool ORDER BY sender, nonce").fetchall()
        contents = file.execute("SELECT id, price, removed FROM content").fetchall()
    return Chain(
        tuple(_mined(row) for row in told),
        tuple((row[0], row[1], row[2]) for row in waiting),
        {int(key): (int(price), bool(removed)) for key, price, removed in contents},
    )


def _mined(row: Mapping[str, Any]) -> Mined:
    call = (row["function"], tuple(row["args"])) if row["function"] else None
    return Mined(row["txid"], (row["height"], row["tx_index"]), row["sender"], row["nonce"], row["status"], call)


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a file for reading only, and close it at the end, which sqlite3's own context doesn't do."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
    connection.row_factory = sqlite3.Row
    try:
        yield connection
    finally:
        connection.close()


ITEMS = """
SELECT i.*, b.id AS batch, b.operation, k.key FROM item i JOIN batch b ON b.no = i.batch_no
LEFT JOIN idempotency k ON k.batch_ids = json_array(b.id) ORDER BY i.id"""
POSTED = 'SELECT t.*, s.signer, s.nonce FROM "transaction" t JOIN slot s ON s.id = t.slot_id ORDER BY t.id'


def read_items(path: Path) -> tuple[Fact, ...]:
    """Read every item with its story."""
    with _reading(path) as file:
        stories: dict[int, list[tuple[str, str]]] = {}
        for row in file.execute("SELECT item_id, event, state FROM transition ORDER BY id"):
            stories.setdefault(row["item_id"], []).append((row["event"], row["state"]))
        return tuple(_fact(row, tuple(stories.get(row["id"], ()))) for row in file.execute(ITEMS))


def _fact(row: sqlite3.Row, story: tuple[tuple[str, str], ...]) -> Fact:
    value = json.loads(row["value"])
    price = value.get("price") if row["operation"] == "update-price" else None
    return Fact(
        id=row["id"],
        batch=row["batch"],
        key=row["key"] or "",
        content=row["content_id"],
        operation=row["operation"],
        state=row["state"],
        order=row["catalogue_order"],
        signer=row["signer"],
        txid=row["txid"],
        height=row["block_height"],
        error=row["error"],
        call=_call(row["operation"], row["content_id"], price),
        price=price,
        story=story,
    )


def _call(operation: str, content: str, price: int | None) -> Call | None:
    """Return the contract call of an item: the catalogue's ids are the chain's, and every order has its own price."""
    if operation == "update-price":
        return "update-content-price", (int(content), price or 0)
    return ("remove-content", (int(content),)) if operation == "remove-content" else None


def read_posted(path: Path) -> tuple[Posted, ...]:
    """Read every byte string that was ever signed, oldest first."""
    with _reading(path) as file:
        return tuple(
            Posted(row["txid"], row["signer"], row["nonce"], row["status"], row["raw"]) for row in file.execute(POSTED)
        )


def read_catalogue(path: Path) -> dict[str, tuple[int, bool]]:
    """Read price and removal of every content."""
    with _reading(path) as file:
        rows = file.execute("SELECT content_id, price, removed_at FROM content").fetchall()
    return {row["content_id"]: (row["price"], row["removed_at"] is not None) for row in rows}


def all_settled(path: Path) -> bool:
    """Tell whether every batch is."""
    with _reading(path) as file:
        return not file.execute("SELECT count(*) FROM batch WHERE settled_at IS NULL").fetchone()[0]


def read_keys(path: Path) -> dict[str, str]:
    """Read which batch an idempotency key stands for."""
    with _reading(path) as file:
        return {row["key"]: json.loads(row["batch_ids"])[0] for row in file.execute("SELECT * FROM idempotency")}


def read_batches(path: Path) -> tuple[Told, ...]:
    """Let the engine tell every batch, through its own door, beside nobody."""
    keys = {batch: key for key, batch in read_keys(path).items()}
    told = asyncio.run(_tell(path))
    return tuple(Told(keys.get(str(body["batchId"]), ""), body) for body in told)


async def _tell(path: Path) -> list[Mapping[str, Any]]:
    settings = Settings(database_url=f"sqlite:///{path}", chain_url="off")
    bodies: list[Mapping[str, Any]] = []
    async with open_engine(settings, read_only=True) as engine:
        after: str | None = None
        while True:
            page = await engine.batches(BatchQuery(after=after, limit=500))
            for batch in page.rows:
                items = (await engine.items(batch.id, ItemQuery())).rows
                bodies.append(batch_json(batch, items, batch.created_at, settings.thresholds))
            after = page.next
            if after is None:
                return bodies
