"""An import is a change like any other: all or nothing, and where it sets a price the chain stays behind."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine.core.events import TxAccepted, TxConfirmed
from engine.core.model import Content, Item, ItemState, Operation
from engine.core.reports import ContentQuery
from engine.store import SqliteStore
from tests.store.support import NOW, applied, contents, failed_item, new_batch, signed


async def test_off_chain_values_are_known(store: SqliteStore) -> None:
    """A content is in doubt until the last change that calls the contract is confirmed."""
    item = await failed_item(store)
    assert await store.off_chain_contents(["c1", "x"]) == {"c1"}
    await applied(store, new_batch(["c1"], {"title": "A new name"}, Operation.UPDATE_METADATA))
    assert await store.off_chain_contents(["c1"]) == {"c1"}
    assert await store.off_chain_contents([]) == frozenset()
    assert item.state is ItemState.APPLIED


async def confirmed(store: SqliteStore, item: Item, nonce: int) -> None:
    """Bring an applied item to its end on the chain."""
    one = signed(item, nonce)
    assert await store.sign([one], NOW) == [True]
    assert await store.answer(TxAccepted(one.transaction.txid), NOW)
    assert await store.answer(TxConfirmed(one.transaction.txid, 5), NOW)


@pytest.mark.parametrize(
    ("fields", "parted"), [({"price": 3}, True), ({"on_chain_id": 7}, True), ({"title": "New"}, False)]
)
async def test_an_import_leaves_the_chain_behind(store: SqliteStore, fields: dict[str, Any], parted: bool) -> None:
    """It changes the price here and calls nothing there; the next confirmed price brings the two together again."""
    await store.import_contents(contents(1), NOW)
    assert await store.off_chain_contents(["c1"]) == frozenset()
    (item,) = await applied(store, new_batch(["c1"]))
    await confirmed(store, item, 0)
    assert await store.off_chain_contents(["c1"]) == frozenset()
    (content,) = (await store.contents(ContentQuery())).rows
    assert await store.import_contents([replace(content, **fields)], NOW) == []
    assert await store.off_chain_contents(["c1"]) == ({"c1"} if parted else frozenset())
    (again,) = await applied(store, new_batch(["c1"], {"price": 3}))
    await confirmed(store, again, 1)
    assert await store.off_chain_contents(["c1"]) == frozenset()


async def test_an_import_is_all_or_nothing(store: SqliteStore) -> None:
    """Each content that can't be imported is named with its reason, and then nothing is."""
    await store.import_contents(contents(3), NOW)
    await applied(store, new_batch(["c1"], {"reason": None}, Operation.REMOVE_CONTENT), new_batch(["c2"]))
    given = [
        *contents(1),
        *contents(1, first=2),
        *contents(1, first=3, price=4),
        *contents(1, first=4, on_chain_id=3),
        *contents(1, first=5, price=0),
        *contents(1, first=6, title=""),
        *contents(1, first=7, on_chain_id=2**128),
        *contents(1, first=8, title="a\x00b"),
        Content("c\ud800", "C", "t", 1),
    ]
    refused = dict(await store.import_contents(given, NOW))
    assert sorted(refused) == [0, 1, 3, 4, 5, 6, 7, 8]
    assert "removed" in refused[0]
    assert "still changing it" in refused[1]
    assert refused[3] == "The on-chain id 3 belongs to another content already"
    assert "price 0" in refused[4]
    found = (await store.contents(ContentQuery(removed=True))).rows
    assert [(content.content_id, content.price) for content in found] == [
        ("c1", 1_000_000),
        ("c2", 2_000_000),
        ("c3", 1_000_000),
    ]


async def test_the_largest_on_chain_id_is_kept_exactly(store: SqliteStore) -> None:
    """A Clarity uint has 128 bits; the database rounds none of them."""
    await store.import_contents(contents(1, on_chain_id=2**128 - 1), NOW)
    assert (await store.contents(ContentQuery())).rows[0].on_chain_id == 2**128 - 1
    (item,) = await applied(store, new_batch(["c1"]))
    assert item.on_chain_id == 2**128 - 1
