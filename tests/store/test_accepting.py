"""What is accepted is stored whole, once, and in order."""

from __future__ import annotations

import pytest

from engine.core.model import BatchStatus, Hold, ItemState, Operation
from engine.core.reports import BatchQuery, ItemQuery
from engine.core.summary import status
from engine.errors import Conflict, NotFound
from engine.ports import IdempotencyKey, Store
from engine.store import SqliteStore
from tests.store.support import CREATOR, NOW, later, new_batch


async def test_an_accepted_batch_is_read_back_whole(store: SqliteStore) -> None:
    """Everything that was accepted is there again, to the microsecond."""
    made = new_batch(["b", "a", "10"], scheduled_for=later(60.000001), why="spring", who="ada")
    assert await store.add([made]) == [made.id]
    batch = await store.batch(made.id)
    assert (batch.creator, batch.operation, batch.hold) == (CREATOR, Operation.UPDATE_PRICE, Hold.NONE)
    assert (batch.created_at, batch.scheduled_for) == (NOW, later(60.000001))
    assert (batch.payload, batch.why, batch.who) == ({"newPrice": 2_000_000}, "spring", "ada")
    assert batch.tally.states == {ItemState.QUEUED: 3}
    items = (await store.items(made.id, ItemQuery())).rows
    assert [item.content_id for item in items] == ["b", "a", "10"]
    assert all(item.value == {"price": 2_000_000} and item.order is None for item in items)


async def test_a_batch_that_cannot_be_stored_takes_its_companions_with_it(store: SqliteStore) -> None:
    """All batches of one call are stored, or none."""
    known = new_batch(["a"])
    await store.add([known])
    fresh = new_batch(["b"])
    with pytest.raises(Conflict):
        await store.add([fresh, known])
    with pytest.raises(NotFound):
        await store.batch(fresh.id)


async def test_the_same_key_and_body_give_the_same_batch(store: SqliteStore) -> None:
    """A caller who repeats a call after a time-out doesn't change the prices twice."""
    first, second = new_batch(["a"]), new_batch(["a"])
    assert await store.add([first], IdempotencyKey("k", "digest")) == [first.id]
    assert await store.add([second], IdempotencyKey("k", "digest")) == [first.id]
    assert (await store.batches(BatchQuery())).total == 1
    with pytest.raises(Conflict, match="k"):
        await store.add([second], IdempotencyKey("k", "another"))


async def test_unknown_things_are_not_found(store: SqliteStore) -> None:
    """Nothing is invented for an id that nobody knows."""
    await store.add([new_batch(["a"], key="B")])
    for call in (store.batch("x"), store.items("x", ItemQuery()), store.item("B", "x"), store.story(99)):
        with pytest.raises(NotFound):
            await call


async def test_only_what_is_due_and_free_is_started(store: SqliteStore) -> None:
    """A schedule and a hold keep a batch from starting; nothing else does."""
    now, soon, held = new_batch(["a"]), new_batch(["a"], scheduled_for=later(10)), new_batch(["a"])
    await store.add([now, soon, held])
    await store.set_hold(held.id, Hold.PAUSED, NOW)
    assert await store.claim(NOW) == 1
    assert await store.claim(NOW) == 0
    assert await store.claim(later(10)) == 1
    found = [status(await store.batch(batch.id)) for batch in (now, soon, held)]
    assert found == [BatchStatus.PROCESSING, BatchStatus.PROCESSING, BatchStatus.PAUSED]


async def test_queued_items_come_in_order_of_acceptance(store: SqliteStore) -> None:
    """Older batches go first, held ones not at all."""
    first, held, second = new_batch(["a", "b"]), new_batch(["c"]), new_batch(["a", "d"])
    await store.add([first, held, second])
    await store.claim(NOW)
    await store.set_hold(held.id, Hold.PAUSED, NOW)
    found = await store.queued(10)
    assert [(item.batch_id, item.content_id) for item in found] == [
        (first.id, "a"),
        (first.id, "b"),
        (second.id, "a"),
        (second.id, "d"),
    ]
    assert await store.queued(2) == found[:2]


async def test_the_store_keeps_the_protocol(store: SqliteStore) -> None:
    """The engine needs nothing but the protocol, and the facts of a database can be changed."""
    seen: Store = store
    assert await seen.fact("network") is None
    await seen.set_fact("network", "testnet")
    await seen.set_fact("network", "mainnet")
    assert await seen.fact("network") == "mainnet"
