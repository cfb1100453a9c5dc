"""A chain of retries: found from any batch of it, bounded in what is told one by one, right about what counts."""

from __future__ import annotations

import pytest

from engine.core.attempts import MOST_RETRIES, Retries, courses
from engine.core.model import Hold, Outcome
from engine.errors import NotFound
from engine.ports import Wish
from engine.store import SqliteStore
from tests.store.support import NOW, applied, apply_all, contents, failed_item, new_batch, off_chain


def last(found: Retries) -> list[tuple[str, str, Outcome | None]]:
    return [(one.content_id, one.batch_id, one.outcome) for one in found.last]


async def test_a_retry_that_was_cancelled_changes_nothing(store: SqliteStore) -> None:
    """What counts is the attempt before it; it is told all the same, and so is one still under way."""
    item = await failed_item(store)
    await store.retry(Wish(item.batch_id, "AGAIN", NOW))
    assert last(await store.retries("AGAIN")) == [("c1", "AGAIN", None)]
    await store.set_hold("AGAIN", Hold.CANCELLED, NOW)
    found = await store.retries(item.batch_id)
    assert last(found) == [("c1", item.batch_id, Outcome.OFF_CHAIN)]
    assert [(one.batch_id, one.outcome) for one in found.attempts] == [
        (item.batch_id, Outcome.OFF_CHAIN),
        ("AGAIN", Outcome.CANCELLED),
    ]
    only = new_batch(["c1"], key="ONLY")
    await store.add([only])
    await store.set_hold("ONLY", Hold.CANCELLED, NOW)
    assert last(await store.retries("ONLY")) == [("c1", "ONLY", Outcome.CANCELLED)]


async def test_other_batches_are_none_of_the_chain(store: SqliteStore) -> None:
    """A later batch of the same contents and a revert begin chains of their own."""
    item = await failed_item(store)
    await store.revert(Wish(item.batch_id, "BACK", NOW))
    await off_chain(store, *await apply_all(store))
    await off_chain(store, *await applied(store, new_batch(["c1"], {"price": 7}, key="LATER")))
    await store.retry(Wish("LATER", "AGAIN", NOW))
    chains = {name: await store.retries(name) for name in (item.batch_id, "BACK", "AGAIN")}
    assert {name: [batch.id for batch in found.batches] for name, found in chains.items()} == {
        item.batch_id: [item.batch_id],
        "BACK": ["BACK"],
        "AGAIN": ["LATER", "AGAIN"],
    }
    with pytest.raises(NotFound, match="NOBODY"):
        await store.retries("NOBODY")


async def test_many_retries_are_counted_and_the_newest_told(store: SqliteStore) -> None:
    """However many there are, the answer stays small, says what it leaves out, and is right about every content."""
    await store.import_contents(contents(2), NOW)
    await off_chain(store, *await applied(store, new_batch(["c1", "c2"], key="FIRST")))
    await store.retry(Wish("FIRST", "C2", NOW, content_ids=frozenset({"c2"})))
    await off_chain(store, *await apply_all(store))
    for number in range(MOST_RETRIES + 2):
        parent = f"R{number - 1}" if number else "FIRST"
        await store.retry(Wish(parent, f"R{number}", NOW, content_ids=frozenset({"c1"})))
        await off_chain(store, *await apply_all(store))
    found = await store.retries("FIRST")
    assert (found.total, found.hidden) == (MOST_RETRIES + 3, 3)
    assert [batch.id for batch in found.batches] == ["FIRST", *(f"R{n}" for n in range(2, MOST_RETRIES + 2))]
    assert [(one, batch) for one, batch, _ in last(found)] == [("c1", f"R{MOST_RETRIES + 1}"), ("c2", "C2")]
    assert [course.retried for course in courses(found)] == [True, True]
