"""Changes: every reader of the file hears of every row, however the pages fall."""

from __future__ import annotations

import pytest

from engine.core.events import SigningFailed
from engine.core.model import ItemState
from engine.core.reports import BatchQuery, Changes, ItemQuery
from engine.errors import Gone
from engine.store import SqliteStore, open_store
from tests.store.support import NOW, applied, contents, new_batch, started


async def follow(store: SqliteStore, since: str, limit: int) -> list[Changes]:
    """Read pages until there is none left."""
    pages = [await store.changes(since, limit)]
    while pages[-1].more:
        pages.append(await store.changes(pages[-1].revision, limit))
    return pages


async def test_the_first_question_tells_only_where_we_are(store: SqliteStore) -> None:
    """Nothing is old news to somebody who just came."""
    await store.add([new_batch(["a"])])
    begin = await store.changes("", 10)
    assert (begin.batches, begin.items, begin.contents, begin.more) == ((), (), (), False)
    assert await store.changes(begin.revision, 10) == begin


async def test_a_batch_changes_when_one_of_its_items_does(store: SqliteStore) -> None:
    """The counts on a screen move with the items."""
    await store.import_contents(contents(2), NOW)
    one, _ = await applied(store, new_batch(["c1", "c2"]))
    begin = (await store.changes("", 10)).revision
    await store.record(one.id, ItemState.APPLIED, SigningFailed("off"), NOW)
    news = await store.changes(begin, 10)
    assert [item.id for item in news.items] == [one.id]
    assert [batch.tally.of(ItemState.OFF_CHAIN) for batch in news.batches] == [1]
    assert (news.contents, news.more) == ((), False)


async def test_a_changed_content_is_told(store: SqliteStore) -> None:
    """Applying tells of the content with the item."""
    await store.import_contents(contents(1), NOW)
    (item,) = await started(store, new_batch(["c1"]))
    begin = (await store.changes("", 10)).revision
    await store.apply(item.id, None, NOW)
    assert [content.price for content in (await store.changes(begin, 10)).contents] == [2_000_000]


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 50])
async def test_no_row_is_lost_between_pages(store: SqliteStore, limit: int) -> None:
    """A page ends between revisions; one that is larger than a page comes whole."""
    begin = (await store.changes("", 10)).revision
    await store.import_contents(contents(4), NOW)
    batches = [new_batch([f"c{n}" for n in range(1, 1 + size)]) for size in (1, 4, 2)]
    for batch in batches:
        await store.add([batch])
    await store.claim(NOW)
    pages = await follow(store, begin, limit)
    told = {item.id for page in pages for item in page.items}
    stored = {item.id for batch in batches for item in (await store.items(batch.id, ItemQuery())).rows}
    assert told == stored
    assert {batch.id for page in pages for batch in page.batches} == {batch.id for batch in batches}
    assert len([content for page in pages for content in page.contents]) == 4
    if limit == 1:
        assert len(pages) > 3


async def test_revisions_grow_over_a_restart(store: SqliteStore, path: object) -> None:
    """A console that was away goes on where it stood."""
    await store.add([new_batch(["a"])])
    before = (await store.changes("", 10)).revision
    await store.close()
    again = await open_store(str(path))
    try:
        later = new_batch(["a"])
        await again.add([later])
        assert [batch.id for batch in (await again.changes(before, 10)).batches] == [later.id]
    finally:
        await again.close()


@pytest.mark.parametrize("since", ["nonsense", "1", ":1", "{}:-1", "{}:", "{}:x", "{}:9999", "{}:" + "9" * 40])
async def test_a_foreign_revision_is_gone(store: SqliteStore, since: str) -> None:
    """Another database's revision, or one from the future, means: load everything again."""
    ours = (await store.changes("", 1)).revision.split(":")[0]
    with pytest.raises(Gone):
        await store.changes(since.replace("{}", ours), 10)


async def test_a_refused_write_is_no_news(store: SqliteStore) -> None:
    """What was rolled back never happened."""
    begin = (await store.changes("", 10)).revision
    await store.import_contents(contents(1, price=0), NOW)
    assert await store.changes(begin, 10) == await store.changes("", 10)
    assert (await store.batches(BatchQuery())).total == 0
