"""Catalogue order: an older value never goes over a newer one; it is refused as superseded."""

from __future__ import annotations

import pytest

from engine.core.events import SlotLost, TxAccepted
from engine.core.model import Hold, ItemState, Operation, Outcome
from engine.core.reports import ContentQuery, ItemQuery
from engine.errors import Conflict, NotFound
from engine.ports import IdempotencyKey, Wish
from engine.store import SqliteStore
from tests.store.support import (
    NOW,
    SIGNER,
    applied,
    apply_all,
    contents,
    failed_item,
    later,
    new_batch,
    off_chain,
    signed,
    started,
)

TITLE = {"title": "A new name"}
REMOVAL = {"reason": None}


async def test_a_retry_is_a_new_batch_of_what_did_not_reach_the_chain(store: SqliteStore) -> None:
    """The retry names its parent, carries each item's own value, and leaves out what went well."""
    await store.import_contents([*contents(2), *contents(1, first=3, on_chain_id=None)], NOW)
    one, _, _ = await applied(store, new_batch(["c1", "c2", "c3"]))
    await off_chain(store, one)
    wish = Wish(one.batch_id, "RETRY", later(5), who="ada", why="again")
    found = await store.select_retry(wish)
    assert [item.content_id for item in found.items] == ["c1"]
    assert {skip.content_id: skip.reason for skip in found.skipped} == {
        "c2": "Not finished yet",
        "c3": "Its outcome is catalogue-only",
    }
    assert await store.retry(wish) == ("RETRY", found)
    batch = await store.batch("RETRY")
    assert (batch.retry_of, batch.creator, batch.payload) == (one.batch_id, one.creator, {"newPrice": 2_000_000})
    assert (batch.who, batch.why, batch.created_at) == ("ada", "again", later(5))
    (item,) = (await store.items("RETRY", ItemQuery())).rows
    assert (item.value, item.order) == (one.value, 6)


async def test_two_retries_of_one_item_cannot_both_be(store: SqliteStore) -> None:
    """The second one is refused, and told who was first."""
    item = await failed_item(store)
    await store.retry(Wish(item.batch_id, "FIRST", NOW))
    with pytest.raises(Conflict, match="Already retried by batch FIRST"):
        await store.retry(Wish(item.batch_id, "SECOND", NOW))
    with pytest.raises(NotFound):
        await store.batch("SECOND")


async def test_a_retry_that_failed_can_be_retried_from_either_batch(store: SqliteStore) -> None:
    """Only a retry that lives or succeeded stands in the way."""
    item = await failed_item(store)
    await store.retry(Wish(item.batch_id, "FIRST", NOW))
    await store.claim(NOW)
    (again,) = [await store.apply(found.id, SIGNER, NOW) for found in await store.queued(9)]
    assert again is not None
    assert again.state is ItemState.APPLIED
    await off_chain(store, again)
    _, selection = await store.retry(Wish("FIRST", "SECOND", NOW))
    assert [found.id for found in selection.items] == [again.id]
    for parent in (item.batch_id, "FIRST"):
        with pytest.raises(Conflict, match="Already retried by batch SECOND"):
            await store.retry(Wish(parent, "THIRD", NOW))


async def test_a_repeated_retry_with_its_key_gives_the_same_batch(store: SqliteStore) -> None:
    """The same key gives the same batch and says again what was skipped."""
    await store.import_contents(contents(2), NOW)
    one, _ = await applied(store, new_batch(["c1", "c2"]))
    await off_chain(store, one)
    key = IdempotencyKey("k", "d")
    first = await store.retry(Wish(one.batch_id, "FIRST", NOW), key)
    assert await store.retry(Wish(one.batch_id, "SECOND", NOW), key) == first


@pytest.mark.parametrize(
    ("operation", "value", "superseded"),
    [
        (Operation.UPDATE_PRICE, {"price": 3_000_000}, True),
        (Operation.UPDATE_METADATA, TITLE, False),
        (Operation.REMOVE_CONTENT, REMOVAL, True),
    ],
)
async def test_a_later_change_of_the_same_field_supersedes(
    store: SqliteStore, operation: Operation, value: dict[str, str | None], superseded: bool
) -> None:
    """A later price or a removal stands for an older price; a title doesn't."""
    item = await failed_item(store)
    newer = new_batch(["c1"], value, operation)
    await applied(store, newer)
    selection = await store.select_retry(Wish(item.batch_id, "RETRY", NOW))
    assert bool(selection.skipped) is superseded
    if superseded:
        assert selection.skipped[0].reason == f"Superseded by batch {newer.id}"
        with pytest.raises(Conflict, match="Superseded"):
            await store.retry(Wish(item.batch_id, "RETRY", NOW))


async def test_an_import_supersedes_too(store: SqliteStore) -> None:
    """What came from outside is the last word, where it changed something."""
    item = await failed_item(store)
    (content,) = (await store.contents(ContentQuery())).rows
    await store.import_contents([content], NOW)
    assert (await store.select_retry(Wish(item.batch_id, "R", NOW))).skipped == ()
    await store.import_contents(contents(1, price=7), NOW)
    skipped = (await store.select_retry(Wish(item.batch_id, "R", NOW))).skipped
    assert [one.reason for one in skipped] == ["Superseded by an import"]


async def test_what_failed_for_a_missing_content_can_be_retried_when_it_is_there(store: SqliteStore) -> None:
    """The import of a new content is no rival of the item that looked for it."""
    (item,) = await applied(store, new_batch(["c1"], REMOVAL, Operation.REMOVE_CONTENT))
    assert item.state is ItemState.FAILED
    await store.import_contents(contents(1), NOW)
    await store.retry(Wish(item.batch_id, "R", NOW))
    await store.claim(NOW)
    (queued,) = await store.queued(9)
    again = await store.apply(queued.id, SIGNER, NOW)
    assert again is not None
    assert again.state is ItemState.APPLIED


async def test_a_retry_is_superseded_at_apply_and_stays_so(store: SqliteStore) -> None:
    """A change that comes between the retry and its turn wins, and a retry of the retry is refused as well."""
    item = await failed_item(store)
    await store.retry(Wish(item.batch_id, "R", NOW))
    await store.claim(NOW)
    (retry,) = await store.queued(9)
    await store.set_hold("R", Hold.PAUSED, NOW)
    newer = new_batch(["c1"], {"price": 9})
    await applied(store, newer)
    await store.set_hold("R", Hold.NONE, NOW)
    late = await store.apply(retry.id, SIGNER, NOW)
    assert late is not None
    assert (late.state, late.error) == (ItemState.FAILED, f"Superseded by batch {newer.id}")
    assert (await store.contents(ContentQuery())).rows[0].price == 9
    with pytest.raises(Conflict, match="Superseded"):
        await store.retry(Wish("R", "R2", NOW))


@pytest.mark.parametrize("hold", [Hold.PAUSED, Hold.CRITICAL, None])
async def test_a_later_value_waits_for_an_earlier_one(store: SqliteStore, hold: Hold | None) -> None:
    """Whoever is asked first, the catalogue takes two values in the order of their acceptance, unless one is held."""
    await store.import_contents(contents(2), NOW)
    older, newer = await started(store, new_batch(["c1"], {"price": 5}), new_batch(["c1"], {"price": 6}))
    assert await store.apply(newer.id, SIGNER, NOW) is None
    assert (await store.item(newer.batch_id, "c1")).state is ItemState.QUEUED
    assert len(await applied(store, new_batch(["c2"]))) == 1  # another content waits for nobody
    if hold is Hold.CRITICAL:
        await store.fail_running("outage", NOW)
        await store.set_hold(newer.batch_id, Hold.NONE, NOW)
    elif hold is not None:
        await store.set_hold(older.batch_id, hold, NOW)
    else:
        assert await store.apply(older.id, SIGNER, NOW) is not None
    assert await store.apply(newer.id, SIGNER, NOW) is not None
    assert (await store.contents(ContentQuery())).rows[0].price == 6


async def test_a_batch_that_has_not_begun_holds_nobody_up(store: SqliteStore) -> None:
    """A schedule is for later: what is accepted after it, for now, goes first."""
    await store.import_contents(contents(1), NOW)
    await store.add([new_batch(["c1"], {"price": 5}, scheduled_for=later(60))])
    (now,) = await applied(store, new_batch(["c1"], {"price": 6}))
    assert now.state is ItemState.APPLIED


async def test_first_time_items_apply_in_their_turn(store: SqliteStore) -> None:
    """An item without a baseline can't be superseded, however long somebody held it."""
    await store.import_contents(contents(1), NOW)
    (waiting,) = await started(store, new_batch(["c1"], {"price": 5}))
    await store.set_hold(waiting.batch_id, Hold.PAUSED, NOW)
    await applied(store, new_batch(["c1"], {"price": 9}))
    await store.set_hold(waiting.batch_id, Hold.NONE, NOW)
    done = await store.apply(waiting.id, SIGNER, NOW)
    assert done is not None
    assert done.state is ItemState.APPLIED
    assert (await store.contents(ContentQuery())).rows[0].price == 5


async def test_a_removal_can_be_retried_on_what_it_removed(store: SqliteStore) -> None:
    """Re-applying one's own removal is success; another operation finds no content."""
    await store.import_contents(contents(1), NOW)
    (item,) = await applied(store, new_batch(["c1"], REMOVAL, Operation.REMOVE_CONTENT))
    await off_chain(store, item)
    await store.retry(Wish(item.batch_id, "R", later(9)))
    await store.claim(NOW)
    (queued,) = await store.queued(9)
    again = await store.apply(queued.id, SIGNER, later(9))
    assert again is not None
    assert again.state is ItemState.APPLIED
    (gone,) = (await store.contents(ContentQuery(removed=True))).rows
    assert gone.removed_at == NOW
    (other,) = await applied(store, new_batch(["c1"]))
    assert other.error == "Content not found"


async def test_cancelled_items_are_retried_when_asked_for(store: SqliteStore) -> None:
    """A cancelled item is eligible by its outcome, never by default."""
    await store.import_contents(contents(1), NOW)
    (item,) = await started(store, new_batch(["c1"]))
    await store.set_hold(item.batch_id, Hold.CANCELLED, NOW)
    with pytest.raises(Conflict, match="Its outcome is cancelled"):
        await store.retry(Wish(item.batch_id, "R", NOW))
    wish = Wish(item.batch_id, "R", NOW, outcomes=frozenset({Outcome.CANCELLED}), content_ids=frozenset({"c1", "x"}))
    _, selection = await store.retry(wish)
    assert [(one.content_id, one.reason) for one in selection.skipped] == [("x", "It isn't in this batch")]


async def test_the_retry_of_a_failed_batch_takes_its_queued_items(store: SqliteStore) -> None:
    """They are cancelled in the same transaction, so nothing can be applied twice."""
    await store.import_contents(contents(2), NOW)
    batch = new_batch(["c1", "c2"])
    await started(store, batch)
    await store.fail_running("outage", NOW)
    await store.retry(Wish(batch.id, "R", later(1)))
    items = (await store.items(batch.id, ItemQuery())).rows
    assert {item.state for item in items} == {ItemState.CANCELLED}
    assert (await store.batch(batch.id)).completed_at == later(1)
    assert (await store.batch("R")).tally.total == 2


async def test_the_retry_of_a_removal_that_failed_removes_nothing(store: SqliteStore) -> None:
    """The content was gone already, by another batch: there is no second call to sign."""
    await store.import_contents(contents(1), NOW)
    (first, second) = await applied(
        store,
        new_batch(["c1"], REMOVAL, Operation.REMOVE_CONTENT),
        new_batch(["c1"], REMOVAL, Operation.REMOVE_CONTENT),
    )
    assert (first.state, second.error) == (ItemState.APPLIED, "Content not found")
    await store.retry(Wish(second.batch_id, "R", NOW))
    (again,) = await apply_all(store)
    assert (again.state, again.error) == (ItemState.FAILED, "Content not found")


async def test_an_item_that_lost_its_slot_is_not_signed_over_a_later_value(store: SqliteStore) -> None:
    """Its later rival is signed already, so signing it again would bring an old price to the chain."""
    await store.import_contents(contents(1), NOW)
    (old,) = await applied(store, new_batch(["c1"], {"price": 5}))
    newer = new_batch(["c1"], {"price": 9})
    (new,) = await applied(store, newer)
    first = signed(old, 7)
    assert await store.sign([first, signed(new, 8)], NOW) == [True, True]
    await store.answer(TxAccepted(first.transaction.txid), NOW)
    await store.answer(SlotLost(first.transaction.txid, "another was mined"), NOW)
    assert (await store.item(old.batch_id, "c1")).state is ItemState.APPLIED
    assert await store.sign([signed(old, 9, fee=1)], NOW) == [False]
    ended = await store.item(old.batch_id, "c1")
    assert (ended.state, ended.error) == (ItemState.OFF_CHAIN, f"Superseded by batch {newer.id}")
