"""A content's history: each change of the catalogue with whoever made it, newest first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.core.model import ItemState, Operation
from engine.errors import NotFound
from engine.store import SqliteStore
from tests.store.support import NOW, applied, contents, later, new_batch, off_chain

ALL = 500


async def test_each_change_is_told_with_what_made_it(store: SqliteStore) -> None:
    """An import, a batch that stayed off-chain, an import that set a price, a removal: all there, newest first."""
    (first,) = contents(1)
    await store.import_contents([first], NOW, "ann")
    (raised,) = await applied(store, new_batch(["c1"], {"price": 7}))
    await off_chain(store, raised)
    await store.import_contents([replace(first, price=9)], later(1), "ben")
    removal = new_batch(["c1"], {"removal_reason": "rights"}, operation=Operation.REMOVE_CONTENT)
    await applied(store, removal)
    found = await store.content_story("c1", ALL)
    assert (found.content.price, found.content.removed_at is None, found.total) == (9, False, 4)
    gone, again, price, begun = found.changes
    assert (gone.item and gone.item.batch_id) == removal.id
    assert (again.item, again.who, again.at, dict(again.old), dict(again.new)) == (
        None, "ben", later(1), {"price": 7}, {"price": 9},
    )  # fmt: skip
    assert price.item == await store.item(raised.batch_id, "c1")
    assert (price.item.state, dict(price.old), dict(price.new)) == (
        ItemState.OFF_CHAIN, {"price": 1_000_000}, {"price": 7},
    )  # fmt: skip
    assert (begun.item, begun.who, dict(begun.old), begun.new["price"], begun.new["on_chain_id"]) == (
        None, "ann", {}, 1_000_000, 1,
    )  # fmt: skip
    assert (found.on_chain, found.unknown) == (None, None)


async def test_whoever_submitted_a_batch_made_its_changes(store: SqliteStore) -> None:
    """A change has the name that its batch has, and the reason."""
    await store.import_contents(contents(1), NOW, "ann")
    batch = replace(new_batch(["c1"], {"price": 7}), who="carol", why="sale")
    await applied(store, batch)
    changes = (await store.content_story("c1", ALL)).changes
    assert [(change.who, change.why) for change in changes] == [("carol", "sale"), ("ann", None)]


async def test_a_long_history_is_told_in_part_and_counted_whole(store: SqliteStore) -> None:
    """The newest come first, and what is cut off is counted."""
    await store.import_contents(contents(2), NOW)
    for price in range(5, 9):
        await applied(store, new_batch(["c1"], {"price": price}))
    found = await store.content_story("c1", 2)
    assert ([change.new["price"] for change in found.changes], found.total) == ([8, 7], 5)
    assert (await store.content_story("c2", 2)).total == 1


@pytest.mark.parametrize("unknown", ["c9", "", "\0", "\ud800"])
async def test_an_unknown_content_is_not_found(store: SqliteStore, unknown: str) -> None:
    """Whatever no catalogue could hold is refused like what this one doesn't."""
    with pytest.raises(NotFound, match="look it up in the catalogue"):
        await store.content_story(unknown, ALL)
