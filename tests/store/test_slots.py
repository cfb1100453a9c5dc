"""Slots: stored before they are posted, used once, and off-chain only by proof."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from engine.core.events import (
    SigningFailed,
    SlotLost,
    TxAborted,
    TxAccepted,
    TxConfirmed,
    TxDeferred,
    TxDropped,
    TxEvent,
    TxRefused,
    TxReorged,
    TxUnclear,
)
from engine.core.lane import is_hole
from engine.core.model import Item, ItemState, Slot, Transaction, TxStatus
from engine.ports import Signed, Wish
from engine.store import SqliteStore, traffic
from engine.store.ledger import lanes, picture
from engine.store.queries import Query
from tests.store.support import NOW, SIGNER, applied, contents, later, new_batch, signed, transaction

OTHER = "ST2JHG361ZXG51QTKY2NQCVBPPRRE2KZB1HR05NNC"


async def carried(store: SqliteStore, number: int = 1) -> list[Item]:
    """Return applied items ``c1``... of one batch."""
    await store.import_contents(contents(number), NOW)
    return await applied(store, new_batch([f"c{n + 1}" for n in range(number)]))


async def in_slot(store: SqliteStore, nonce: int = 7) -> tuple[Item, Transaction]:
    """Return an item with its signed transaction."""
    (item,) = await carried(store)
    one = signed(item, nonce)
    assert await store.sign([one], NOW) == [True]
    return item, one.transaction


async def now_is(store: SqliteStore, item: Item) -> Item:
    """Return the item as it is stored."""
    return await store.item(item.batch_id, item.content_id)


async def the_slot(store: SqliteStore) -> Slot:
    """Return the lane's only slot."""
    (slot,) = (await store.lane(SIGNER, 0)).slots
    return slot


async def events(store: SqliteStore, item: Item) -> list[str]:
    """Return the names of the item's story."""
    return [line.event for line in await store.story(item.id)]


async def test_a_signed_item_has_its_bytes_nonce_and_fee(store: SqliteStore) -> None:
    """What will be posted is stored, whole, with the item that it serves."""
    item, sent = await in_slot(store)
    found = await now_is(store, item)
    assert (found.state, found.signer, found.nonce) == (ItemState.SIGNED, SIGNER, 7)
    assert (found.txid, found.fee) == (sent.txid, 2000)
    slot = await the_slot(store)
    assert (slot.transactions, slot.contents) == ((sent,), frozenset({"c1"}))
    assert (await store.lane(SIGNER, 9)).top == 7


async def test_a_nonce_is_used_once(store: SqliteStore) -> None:
    """Another item or a no-op can't have a nonce whose bytes may be with a node."""
    one, two = await carried(store, 2)
    assert await store.sign([signed(one, 7), signed(two, 7), signed(None, 7)], NOW) == [True, False, False]
    assert (await now_is(store, two)).state is ItemState.APPLIED
    assert await store.sign([signed(one, 8)], NOW) == [False]
    assert len((await store.lane(SIGNER, 9)).slots) == 1


async def test_the_same_nonce_of_another_signer_is_another_slot(store: SqliteStore) -> None:
    """Lanes don't meet."""
    one, two = await carried(store, 2)
    assert await store.sign([signed(one, 7), signed(two, 7, signer=OTHER)], NOW) == [True, True]
    assert await store.lanes() == sorted([SIGNER, OTHER])


async def test_a_confirmed_item_ends_its_slot_and_its_batch(store: SqliteStore) -> None:
    """The chain's yes settles the slot, the item and the batch at once."""
    item, sent = await in_slot(store)
    assert await store.answer(TxAccepted(sent.txid), later(1))
    assert (await store.batch(item.batch_id)).completed_at == later(1)
    assert await store.answer(TxConfirmed(sent.txid, 12), later(2))
    found, batch = await now_is(store, item), await store.batch(item.batch_id)
    assert (found.state, found.block_height, batch.settled_at) == (ItemState.CONFIRMED, 12, later(2))
    lane = await store.lane(SIGNER, 9)
    assert (lane.slots, lane.top, await store.lanes()) == ((), 7, [])
    assert not await store.answer(TxAccepted(sent.txid), later(3))


@pytest.mark.parametrize(
    ("event", "state"),
    [
        (TxConfirmed("", 3), ItemState.CONFIRMED),
        (TxAborted("", 3, "u401"), ItemState.OFF_CHAIN),
        (TxDropped("", "gone"), ItemState.SUBMITTED),
    ],
)
async def test_what_the_chain_knows_was_accepted(store: SqliteStore, event: TxEvent, state: ItemState) -> None:
    """An item whose acceptance nobody recorded is accepted first, then what the chain said."""
    item, sent = await in_slot(store)
    assert await store.answer(replace(event, txid=sent.txid), NOW)
    assert (await now_is(store, item)).state is state
    assert (await events(store, item))[-2:] == ["TxAccepted", type(event).__name__]
    assert (await store.batch(item.batch_id)).completed_at == NOW


async def test_a_clean_refusal_is_off_chain_and_leaves_a_hole(store: SqliteStore) -> None:
    """Refused, never unclear: the item is off-chain, and the nonce free for another."""
    item, sent = await in_slot(store)
    await store.answer(TxRefused(sent.txid, "BadNonce"), NOW)
    found = await now_is(store, item)
    assert (found.state, found.error, found.txid) == (ItemState.OFF_CHAIN, "BadNonce", sent.txid)
    slot = await the_slot(store)
    assert is_hole(slot)
    assert slot.contents == frozenset()


@pytest.mark.parametrize("doubt", [TxUnclear("", "time-out"), TxAccepted(""), TxDeferred("", "429", posted=True)])
async def test_a_refusal_after_doubt_proves_nothing(store: SqliteStore, doubt: TxEvent) -> None:
    """Once the bytes may have arrived, a later no is one more unclear answer (promise 4)."""
    item, sent = await in_slot(store)
    await store.answer(replace(doubt, txid=sent.txid), NOW)
    await store.answer(TxRefused(sent.txid, "ConflictingNonceInMempool"), NOW)
    found = await now_is(store, item)
    assert (found.state, found.error) == (ItemState.SUBMITTED, "ConflictingNonceInMempool")
    slot = await the_slot(store)
    assert (slot.current.status, slot.current.doubtful) == (TxStatus.UNCLEAR, True)
    assert not is_hole(slot)


@pytest.mark.parametrize("verdict", [TxConfirmed("", 4), TxAborted("", 4, "u401")])
async def test_a_refusal_after_a_block_had_it_proves_nothing(store: SqliteStore, verdict: TxEvent) -> None:
    """Mined before its first answer was known, then taken back by a reorg: others may have it still (promise 4)."""
    item, sent = await in_slot(store)
    await store.answer(replace(verdict, txid=sent.txid), NOW)
    await store.answer(TxReorged(sent.txid), NOW)
    await store.answer(TxRefused(sent.txid, "NoSuchContract"), NOW)
    assert (await now_is(store, item)).state is ItemState.SUBMITTED
    assert not is_hole(await the_slot(store))


async def test_a_refused_replacement_is_unclear_while_the_first_may_be_mined(store: SqliteStore) -> None:
    """Whichever is mined decides; the refusal of one says nothing of the other."""
    item, first = await in_slot(store)
    await store.answer(TxAccepted(first.txid), NOW)
    second = transaction(7, fee=9000)
    assert await store.resign(first.txid, second, NOW)
    await store.answer(TxRefused(second.txid, "FeeTooLow"), NOW)
    assert (await now_is(store, item)).state is ItemState.SUBMITTED
    await store.answer(TxConfirmed(first.txid, 4), NOW)
    found = await now_is(store, item)
    assert (found.state, found.txid, found.fee) == (ItemState.CONFIRMED, first.txid, 2000)


async def test_a_replaced_transaction_stays_replaced(store: SqliteStore) -> None:
    """What a node says of the older bytes is kept, and neither posts them again nor confuses the item."""
    item, first = await in_slot(store)
    second = transaction(7, fee=9000)
    assert await store.resign(first.txid, second, NOW)
    assert not await store.resign(first.txid, transaction(7, fee=9999), NOW)
    found = await now_is(store, item)
    assert (found.state, found.txid, found.fee) == (ItemState.SIGNED, second.txid, 9000)
    await store.answer(TxUnclear(first.txid, "late", later(5)), NOW)
    old, new = (await the_slot(store)).transactions
    assert (old.status, old.doubtful, old.retry_at, new) == (TxStatus.REPLACED, True, None, second)
    assert await now_is(store, item) == found
    assert await store.resign("unknown", second, NOW) is False


async def test_an_item_may_sign_again_at_its_own_nonce(store: SqliteStore) -> None:
    """A higher fee goes to the same nonce; equal bytes are there already."""
    item, first = await in_slot(store)
    assert await store.sign([signed(item, 7, fee=5000)], NOW) == [True]
    assert await store.sign([signed(item, 7, fee=5000)], NOW) == [True]
    old, new = (await the_slot(store)).transactions
    assert (old.txid, old.status, new.fee) == (first.txid, TxStatus.REPLACED, 5000)
    assert (await events(store, item)).count("TxReplaced") == 1


async def test_a_hole_is_left_by_bytes_that_never_left_the_house(store: SqliteStore) -> None:
    """When the last bytes are refused and the others were never posted, the nonce is free."""
    _, first = await in_slot(store)
    second = transaction(7, fee=9000)
    await store.resign(first.txid, second, NOW)
    await store.answer(TxRefused(second.txid, "BadNonce"), NOW)
    assert is_hole(await the_slot(store))
    assert not await store.resign(second.txid, transaction(7, fee=9001), NOW)


async def test_a_hole_is_filled_by_another_item(store: SqliteStore) -> None:
    """The new item gets the slot; the old one keeps its dead transaction, and hears no more of the slot."""
    one, two = await carried(store, 2)
    await store.sign([signed(one, 7)], NOW)
    dead = signed(one, 7).transaction
    await store.answer(TxRefused(dead.txid, "no"), NOW)
    fresh = signed(two, 7)
    assert await store.sign([fresh], NOW) == [True]
    slot = await the_slot(store)
    assert (slot.contents, slot.current.txid) == (frozenset({"c2"}), fresh.transaction.txid)
    await store.answer(TxAccepted(fresh.transaction.txid), NOW)
    await store.answer(TxConfirmed(fresh.transaction.txid, 3), NOW)
    assert [(await now_is(store, item)).state for item in (one, two)] == [
        ItemState.OFF_CHAIN,
        ItemState.CONFIRMED,
    ]
    assert (await now_is(store, one)).txid == dead.txid


async def test_a_retry_never_signs_the_very_same_bytes(store: SqliteStore) -> None:
    """Signatures are deterministic: the same call at the same nonce and fee would be the transaction of two items."""
    item, sent = await in_slot(store)
    await store.answer(TxRefused(sent.txid, "no"), NOW)
    await store.retry(Wish(item.batch_id, "R", NOW))
    await store.claim(NOW)
    (queued,) = await store.queued(9)
    again = await store.apply(queued.id, SIGNER, NOW)
    assert again is not None
    assert await store.sign([Signed(again.id, sent)], later(1)) == [False]
    assert (await now_is(store, again)).state is ItemState.APPLIED
    other = transaction(7, fee=2001)
    assert await store.sign([Signed(again.id, other)], later(1)) == [True]
    slot = await the_slot(store)
    assert [(one.txid, one.status) for one in slot.transactions] == [
        (sent.txid, TxStatus.REFUSED),
        (other.txid, TxStatus.SIGNED),
    ]


async def test_a_no_op_has_a_slot_and_no_item(store: SqliteStore) -> None:
    """A hole filled by a no-op moves nobody, and can be bumped and settled like any slot."""
    filler = signed(None, 7)
    assert await store.sign([filler], NOW) == [True]
    bump = signed(None, 7, fee=9000)
    assert await store.sign([bump], NOW) == [True]
    assert (await the_slot(store)).contents == frozenset()
    assert await store.answer(TxConfirmed(filler.transaction.txid, 3), NOW)
    assert await store.lanes() == []


async def test_a_lost_slot_sends_its_item_back(store: SqliteStore) -> None:
    """Mined by a stranger: the item waits again, its outcome stays pending, its batch stays completed."""
    item, sent = await in_slot(store)
    await store.answer(TxAccepted(sent.txid), later(1))
    await store.answer(SlotLost(sent.txid, "another was mined"), later(2))
    found, batch = await now_is(store, item), await store.batch(item.batch_id)
    assert (found.state, found.submitted, found.txid, found.nonce) == (ItemState.APPLIED, True, None, None)
    assert (batch.tally.lost, batch.completed_at, batch.settled_at) == (1, later(1), None)
    lane = await store.lane(SIGNER, 9)
    assert (lane.slots, [one.id for one in lane.waiting]) == ((), [item.id])
    assert await store.sign([signed(item, 8)], NOW) == [True]
    assert (await store.batch(item.batch_id)).tally.lost == 1


async def test_a_reorg_takes_the_end_back(store: SqliteStore) -> None:
    """The block left the chain: the item is submitted again, and the batch no longer settled."""
    item, sent = await in_slot(store)
    await store.answer(TxConfirmed(sent.txid, 4), later(1))
    await store.answer(TxReorged(sent.txid), later(2))
    found, batch = await now_is(store, item), await store.batch(item.batch_id)
    assert (found.state, found.block_height) == (ItemState.SUBMITTED, None)
    assert (batch.completed_at, batch.settled_at) == (later(1), None)
    assert (await the_slot(store)).current.status is TxStatus.UNCLEAR
    await store.answer(TxConfirmed(sent.txid, 5), later(3))
    assert (await store.batch(item.batch_id)).settled_at == later(3)


async def test_news_that_is_none_is_not_told(store: SqliteStore) -> None:
    """The same answer again counts a post, and adds no line to the story."""
    item, sent = await in_slot(store)
    for seconds in range(5):
        await store.answer(TxUnclear(sent.txid, "time-out"), later(seconds))
    assert (await events(store, item)).count("TxUnclear") == 1
    current = (await the_slot(store)).current
    assert (current.posts, current.last_posted_at) == (5, later(4))
    assert not await store.answer(TxAccepted("unknown"), NOW)


async def test_what_was_never_answered_counts_as_posted(store: SqliteStore) -> None:
    """After a crash nobody knows whether the bytes went out, so a refusal can't prove that they didn't."""
    item, sent = await in_slot(store)
    assert await store.doubt_signed(later(1)) == 1
    assert await store.doubt_signed(later(2)) == 0
    assert (await now_is(store, item)).state is ItemState.SUBMITTED
    await store.answer(TxRefused(sent.txid, "BadNonce"), later(3))
    assert (await now_is(store, item)).state is ItemState.SUBMITTED
    assert (await store.batch(item.batch_id)).completed_at == later(1)


async def test_a_lane_is_read_in_its_order(store: SqliteStore) -> None:
    """Slots by nonce, waiting items in catalogue order, as many as were asked for."""
    items = await carried(store, 5)
    await store.sign([signed(items[1], 9), signed(items[0], 4)], NOW)
    lane = await store.lane(SIGNER, 2)
    assert [slot.nonce for slot in lane.slots] == [4, 9]
    assert [item.content_id for item in lane.waiting] == ["c3", "c4"]
    assert lane.top == 9
    await store.record(items[2].id, ItemState.APPLIED, SigningFailed("no key"), NOW)
    assert [item.content_id for item in (await store.lane(SIGNER, 9)).waiting] == ["c4", "c5"]
    assert await store.lane("nobody", 9) == type(lane)("nobody")


async def test_an_item_keeps_waiting_while_its_transaction_is_deferred(store: SqliteStore) -> None:
    """Too much chaining is a wait, never a failure."""
    item, sent = await in_slot(store)
    again = NOW + timedelta(seconds=9)
    assert await store.answer(TxDeferred(sent.txid, "TooMuchChaining", again), NOW)
    current = (await the_slot(store)).current
    assert (current.status, current.retry_at, current.posts) == (TxStatus.SIGNED, again, 0)
    assert (await now_is(store, item)).state is ItemState.SIGNED


@pytest.mark.parametrize("query", [lanes.TRANSACTIONS, lanes.CONTENTS, picture.CARRIED, traffic.IN_FLIGHT])
def test_a_lane_is_read_by_its_unsettled_nonces_alone(query: Query, store: SqliteStore, path: Path) -> None:
    """A signer of 200,000 nonces costs no more than one of twenty: what is settled is never walked."""
    with closing(sqlite3.connect(path)) as database:
        plan = [row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {query.sql}", defaultdict(int))]
    assert plan[0] == "SEARCH slot USING INDEX ix_slot_unsettled (signer=?)", plan


def test_waiting_removals_are_found_from_the_unsettled_batches(store: SqliteStore, path: Path) -> None:
    """A hundred thousand waiting prices beside them aren't walked: this is asked with every page of changes."""
    with closing(sqlite3.connect(path)) as database:
        plan = [row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {traffic.REMOVING.sql}")]
    assert plan[:2] == [
        "SCAN batch USING INDEX ix_batch_unsettled",
        "SEARCH item USING INDEX ix_item_tally (batch_no=? AND state=?)",
    ], plan
