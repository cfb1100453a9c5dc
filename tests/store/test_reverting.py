"""A revert puts back what a batch replaced, and never goes over anything else."""

from __future__ import annotations

import pytest

from engine.core.model import Hold, ItemState, Operation
from engine.core.reports import ContentQuery
from engine.errors import Conflict
from engine.ports import Wish
from engine.store import SqliteStore
from tests.store.support import NOW, SIGNER, applied, apply_all, contents, failed_item, new_batch, off_chain


async def test_a_revert_puts_back_what_was_replaced(store: SqliteStore) -> None:
    """Each item gets the value that it replaced; what was changed since is left, by name."""
    await store.import_contents([*contents(1), *contents(1, first=2, price=5), *contents(1, first=3)], NOW)
    items = await applied(store, new_batch(["c1", "c2", "c3"]))
    await off_chain(store, *items)
    newer = new_batch(["c3"], {"price": 8})
    await applied(store, newer)
    wish = Wish(items[0].batch_id, "BACK", NOW)
    new_id, selection = await store.revert(wish)
    assert [(one.content_id, one.reason) for one in selection.skipped] == [("c3", f"Changed since by batch {newer.id}")]
    batch = await store.batch(new_id)
    assert batch.revert_of == items[0].batch_id
    assert batch.payload == {"items": [{"contentId": "c1", "newPrice": 1_000_000}, {"contentId": "c2", "newPrice": 5}]}
    await store.claim(NOW)
    for item in await store.queued(9):
        await store.apply(item.id, SIGNER, NOW)
    assert [content.price for content in (await store.contents(ContentQuery())).rows] == [1_000_000, 5, 8]
    with pytest.raises(Conflict, match="Changed since by batch BACK"):
        await store.revert(Wish(items[0].batch_id, "TWICE", NOW))


async def test_the_revert_of_a_retry_puts_back_the_first_price(store: SqliteStore) -> None:
    """What a retry replaced is its own value, set when it was first tried; what stood before that is meant."""
    item = await failed_item(store)
    await store.retry(Wish(item.batch_id, "FIRST", NOW))
    await off_chain(store, *await apply_all(store))
    await store.retry(Wish("FIRST", "SECOND", NOW))
    (again,) = await apply_all(store)
    assert again.replaced == {"price": 1_000_000}
    await off_chain(store, again)
    _, selection = await store.revert(Wish("SECOND", "BACK", NOW))
    assert selection.values == ({"price": 1_000_000},)
    (back,) = await apply_all(store)
    assert (back.state, back.replaced) == (ItemState.APPLIED, {"price": 2_000_000})
    assert (await store.contents(ContentQuery())).rows[0].price == 1_000_000


async def test_a_revert_waits_for_the_retry_that_was_accepted_before_it(store: SqliteStore) -> None:
    """Both bring the same batch's value, so the retry is no rival: it goes first, and is undone."""
    item = await failed_item(store)
    await store.retry(Wish(item.batch_id, "AGAIN", NOW))
    await store.revert(Wish(item.batch_id, "BACK", NOW))
    again, back = await apply_all(store)
    assert (again.batch_id, again.state) == ("AGAIN", ItemState.APPLIED)
    assert (back.batch_id, back.state) == ("BACK", ItemState.APPLIED)
    assert (await store.contents(ContentQuery())).rows[0].price == 1_000_000


async def test_a_retry_accepted_after_a_revert_supersedes_it(store: SqliteStore) -> None:
    """Whoever decides last is right: the revert was held, and somebody wanted the value after all."""
    item = await failed_item(store)
    await store.revert(Wish(item.batch_id, "BACK", NOW))
    await store.set_hold("BACK", Hold.PAUSED, NOW)
    await store.retry(Wish(item.batch_id, "AGAIN", NOW))
    (again,) = await apply_all(store)
    await store.set_hold("BACK", Hold.NONE, NOW)
    (back,) = await apply_all(store)
    assert (again.state, back.error) == (ItemState.APPLIED, "Superseded by batch AGAIN")


async def test_another_batch_in_the_queue_still_supersedes_a_revert(store: SqliteStore) -> None:
    """A revert never goes over a value that isn't the one it takes back."""
    item = await failed_item(store)
    newer = new_batch(["c1"], {"price": 9})
    await store.add([newer])
    await store.revert(Wish(item.batch_id, "BACK", NOW))
    done, back = await apply_all(store)
    assert (done.batch_id, back.error) == (newer.id, f"Superseded by batch {newer.id}")
    assert (await store.contents(ContentQuery())).rows[0].price == 9


async def test_a_removal_cannot_be_reverted(store: SqliteStore) -> None:
    """The contract has no call that would bring a content back."""
    await store.import_contents(contents(1), NOW)
    (item,) = await applied(store, new_batch(["c1"], {"reason": None}, Operation.REMOVE_CONTENT))
    await off_chain(store, item)
    with pytest.raises(Conflict, match="A removal can't be reverted"):
        await store.revert(Wish(item.batch_id, "BACK", NOW))
