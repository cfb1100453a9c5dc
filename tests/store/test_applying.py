"""Applying: content, item, order and story change together, or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from engine.core.events import ApplyFailed, ChainGivenUp, SigningFailed
from engine.core.lifecycle import IllegalEvent
from engine.core.model import Hold, ItemState, Operation
from engine.core.reports import BatchQuery, ContentQuery
from engine.core.summary import is_complete, is_settled
from engine.store import SqliteStore
from tests.store.support import CREATOR, NOW, SIGNER, applied, contents, later, new_batch, started


async def test_the_catalogue_and_the_item_change_together(store: SqliteStore) -> None:
    """An applied item knows what it replaced, its place in the order, and who will sign."""
    await store.import_contents(contents(1), NOW)
    (item,) = await applied(store, new_batch(["c1"]))
    assert (item.state, item.signer, item.on_chain_id) == (ItemState.APPLIED, SIGNER, 1)
    assert (item.replaced, item.title, item.order) == ({"price": 1_000_000}, "Title 1", 2)
    assert (await store.contents(ContentQuery())).rows[0].price == 2_000_000
    assert item == await store.item(item.batch_id, "c1")


async def test_the_story_begins_with_the_acceptance(store: SqliteStore) -> None:
    """Every transition is told once, oldest first."""
    await store.import_contents(contents(1), NOW)
    (item,) = await applied(store, new_batch(["c1"], who="ada"))
    await store.record(item.id, ItemState.APPLIED, SigningFailed("No chain configured"), later(1))
    told = [(line.event, line.state, line.detail) for line in await store.story(item.id)]
    assert told == [
        ("Accepted", ItemState.QUEUED, "By ada"),
        ("CatalogueChanged", ItemState.APPLIED, "2 STX"),
        ("SigningFailed", ItemState.OFF_CHAIN, "No chain configured"),
    ]


async def test_an_item_is_applied_once(store: SqliteStore) -> None:
    """A stale worker changes nothing."""
    await store.import_contents(contents(1), NOW)
    (item,) = await applied(store, new_batch(["c1"]))
    before = await store.story(item.id)
    assert await store.apply(item.id, SIGNER, NOW) is None
    assert await store.apply(12345, SIGNER, NOW) is None
    assert not await store.record(item.id, ItemState.QUEUED, ApplyFailed("late", 0), NOW)
    assert await store.story(item.id) == before


async def test_nothing_is_applied_for_a_held_batch(store: SqliteStore) -> None:
    """When `pause` has answered, no further item of the batch is applied, even one already handed out."""
    await store.import_contents(contents(1), NOW)
    (item,) = await started(store, new_batch(["c1"]))
    await store.set_hold(item.batch_id, Hold.PAUSED, NOW)
    assert await store.apply(item.id, SIGNER, NOW) is None
    await store.set_hold(item.batch_id, Hold.NONE, NOW)
    assert await store.apply(item.id, SIGNER, NOW) is not None


async def test_an_illegal_event_changes_nothing(store: SqliteStore) -> None:
    """An event that the table lacks raises, and nothing of it is stored."""
    (item,) = await started(store, new_batch(["c1"]))
    with pytest.raises(IllegalEvent):
        await store.record(item.id, ItemState.QUEUED, ChainGivenUp("no"), NOW)
    assert len(await store.story(item.id)) == 1


@pytest.mark.parametrize(
    ("ids", "fields", "reason"),
    [
        (["c9"], {}, "Content not found"),
        (["c1"], {"creator": "SOMEBODY"}, "Content belongs to another creator"),
    ],
)
async def test_what_the_rules_refuse_is_the_items_failure(
    store: SqliteStore, ids: list[str], fields: dict[str, Any], reason: str
) -> None:
    """A content that isn't there, or isn't the creator's, fails its item alone."""
    await store.import_contents(contents(1, **fields), NOW)
    (item,) = await applied(store, new_batch(ids))
    assert (item.state, item.error, item.order) == (ItemState.FAILED, reason, 1)


@pytest.mark.parametrize(
    ("operation", "value", "word"),
    [
        (Operation.UPDATE_PRICE, {"price": 0}, "price 0"),
        (Operation.UPDATE_PRICE, {"price": 2**63}, "too large"),
        (Operation.UPDATE_METADATA, {"title": "x" * 256}, "title has 256"),
        (Operation.UPDATE_METADATA, {"refund_window_days": 366}, "refund window 366"),
    ],
)
async def test_a_constraint_that_refuses_is_the_items_failure(
    store: SqliteStore, operation: Operation, value: dict[str, str | int], word: str
) -> None:
    """The database's last guard speaks in a sentence, and the content stays as it was."""
    await store.import_contents(contents(1), NOW)
    (item,) = await applied(store, new_batch(["c1"], value, operation))
    assert item.state is ItemState.FAILED
    assert word in (item.error or "")
    assert item.order == 1
    assert (await store.contents(ContentQuery())).rows == tuple(contents(1))


async def test_a_batch_ends_in_the_transaction_of_its_last_item(store: SqliteStore) -> None:
    """completedAt and settledAt are written with the item that brings them about, once."""
    await store.import_contents([*contents(1), *contents(1, first=2, on_chain_id=None)], NOW)
    one, two = await started(store, new_batch(["c1", "c2"]))
    await store.apply(two.id, None, NOW)
    assert (await store.batch(one.batch_id)).completed_at is None
    await store.apply(one.id, None, NOW)
    await store.record(one.id, ItemState.APPLIED, SigningFailed("off"), later(2))
    batch = await store.batch(one.batch_id)
    assert (batch.completed_at, batch.settled_at) == (later(2), later(2))
    assert is_complete(batch)
    assert is_settled(batch)
    assert await store.complete(later(9)) == 0
    assert (await store.batch(one.batch_id)).completed_at == later(2)


async def test_items_without_a_signer_wait_for_one(store: SqliteStore) -> None:
    """What was applied before anybody could sign is found again, and given to the signer."""
    await store.import_contents(contents(2), NOW)
    items = await applied(store, new_batch(["c1", "c2"]), signer=None)
    assert await store.orphans(10) == items
    assert await store.orphans(1) == items[:1]
    assert await store.adopt("SOMEBODY", SIGNER) == 0
    assert await store.adopt(CREATOR, SIGNER) == 2
    assert await store.orphans(10) == []
    assert [item.content_id for item in (await store.lane(SIGNER, 10)).waiting] == ["c1", "c2"]


async def test_an_outage_fails_the_batches_under_way_and_keeps_their_items(store: SqliteStore) -> None:
    """A critical error holds what runs; what has nothing queued or hasn't begun is left alone."""
    await store.import_contents(contents(2), NOW)
    done, running = new_batch(["c1"]), new_batch(["c2"])
    await applied(store, done)
    await started(store, running)
    waiting = new_batch(["c1"])
    await store.add([waiting])
    assert await store.fail_running("The database was away", NOW) == 1
    batch = await store.batch(running.id)
    assert (batch.hold, batch.error, batch.tally.states) == (
        Hold.CRITICAL,
        "The database was away",
        {ItemState.QUEUED: 1},
    )
    await store.set_hold(running.id, Hold.NONE, NOW)
    assert (await store.batch(running.id)).error is None
    assert [item.batch_id for item in await store.queued(9)] == [running.id]
    assert (await store.batches(BatchQuery(text=waiting.id))).rows[0].hold is Hold.NONE


async def test_cancelling_ends_what_is_queued_and_nothing_else(store: SqliteStore) -> None:
    """Applied items go on to the chain; the batch is complete when they do."""
    await store.import_contents(contents(2), NOW)
    one, two = await started(store, new_batch(["c1", "c2"]))
    await store.apply(one.id, SIGNER, NOW)
    await store.set_hold(one.batch_id, Hold.CANCELLED, later(1), who="ada")
    cancelled = await store.item(two.batch_id, "c2")
    assert (cancelled.state, cancelled.error, cancelled.order) == (ItemState.CANCELLED, "Cancelled", 3)
    assert (await store.item(one.batch_id, "c1")).state is ItemState.APPLIED
    assert (await store.batch(one.batch_id)).completed_at is None
    await store.record(one.id, ItemState.APPLIED, SigningFailed("off"), later(2))
    assert (await store.batch(one.batch_id)).completed_at == later(2)
