"""Reading: pages that hold still while work comes in, and counts that agree with the items."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from contextlib import closing
from itertools import product
from pathlib import Path

import pytest

from engine.core.events import SigningFailed
from engine.core.model import BatchStatus, Hold, ItemState, Operation, Outcome
from engine.core.reports import BatchQuery, ContentQuery, Creator, ItemQuery
from engine.core.summary import status
from engine.errors import InvalidDraft
from engine.store import SqliteStore, changes, reading
from tests.store.support import CREATOR, NOW, SIGNER, applied, contents, later, new_batch, started

OTHER = "ST2JHG361ZXG51QTKY2NQCVBPPRRE2KZB1HR05NNC"


async def test_batches_come_newest_first_and_pages_hold_still(store: SqliteStore) -> None:
    """A batch that arrives while somebody pages neither repeats nor hides another."""
    made = [new_batch(["a"]) for _ in range(5)]
    await store.add(made)
    first = await store.batches(BatchQuery(limit=2))
    assert ([batch.id for batch in first.rows], first.total) == ([made[4].id, made[3].id], 5)
    await store.add([new_batch(["a"])])
    second = await store.batches(BatchQuery(limit=2, after=first.next))
    assert [batch.id for batch in second.rows] == [made[2].id, made[1].id]
    last = await store.batches(BatchQuery(limit=2, after=second.next))
    assert ([batch.id for batch in last.rows], last.next) == ([made[0].id], None)


async def test_batches_are_found_by_creator_and_text(store: SqliteStore) -> None:
    """The text is looked for in id, creator and reason, without regard to case in any script."""
    one, two = new_batch(["a"], why="Frühling ÄRGER"), new_batch(["a"], creator=OTHER)
    await store.add([one, two])
    for query, expected in (
        (BatchQuery(creator=OTHER), two),
        (BatchQuery(text="ärger"), one),
        (BatchQuery(text=OTHER.lower()[:20]), two),
        (BatchQuery(text=one.id[-4:].lower()), one),
    ):
        page = await store.batches(query)
        assert ([batch.id for batch in page.rows], page.total) == ([expected.id], 1)
    assert (await store.batches(BatchQuery(text="%"))).total == 0


async def test_the_database_computes_the_status_as_the_core_does(store: SqliteStore) -> None:
    """The virtual column and `summary.status` agree on every batch that can be."""
    await store.import_contents(contents(1, on_chain_id=None), NOW)
    steps = product((None, later(5)), (False, True), (False, True), (*Hold, None))
    for scheduled, start, finish, hold in steps:
        batch = new_batch(["c1"], scheduled_for=scheduled)
        await store.add([batch])
        if start:
            await store.claim(later(9))
        if start and finish:
            for item in await store.queued(99):
                await store.apply(item.id, SIGNER, NOW)
        if hold is Hold.CRITICAL:
            await store.fail_running("outage", NOW)
        elif hold in (Hold.PAUSED, Hold.CANCELLED) and not finish:
            await store.set_hold(batch.id, hold, NOW)
    await started(store, new_batch(["c1"]))
    await store.add([new_batch(["c1"]), new_batch(["c1"], scheduled_for=later(5))])
    everything = (await store.batches(BatchQuery(limit=500))).rows
    assert {status(batch) for batch in everything} == set(BatchStatus)
    for wanted in BatchStatus:
        page = await store.batches(BatchQuery(status=wanted, limit=500))
        expected = [batch.id for batch in everything if status(batch) is wanted]
        assert ([batch.id for batch in page.rows], page.total) == (expected, len(expected))


async def test_items_are_paged_by_position_and_filtered(store: SqliteStore) -> None:
    """Outcomes, ids and text narrow the list; the total counts what matches."""
    await store.import_contents(contents(4), NOW)
    items = await applied(store, new_batch(["c4", "c2", "c3", "c1"]))
    await store.record(items[2].id, ItemState.APPLIED, SigningFailed("No KEY"), NOW)
    batch = items[0].batch_id
    first = await store.items(batch, ItemQuery(limit=3))
    assert ([item.content_id for item in first.rows], first.total) == (["c4", "c2", "c3"], 4)
    rest = await store.items(batch, ItemQuery(limit=3, after=first.next))
    assert ([item.content_id for item in rest.rows], rest.next) == (["c1"], None)
    for query in (
        ItemQuery(outcomes=frozenset({Outcome.OFF_CHAIN})),
        ItemQuery(text="no key"),
        ItemQuery(text="TITLE 3"),
        ItemQuery(content_ids=frozenset({"c3", "zz"})),
    ):
        page = await store.items(batch, query)
        assert ([item.content_id for item in page.rows], page.total) == (["c3"], 1)


async def test_contents_come_in_import_order(store: SqliteStore) -> None:
    """Removed contents are left out unless asked for."""
    await store.import_contents([*contents(3), *contents(1, first=9, creator=OTHER, title="ÜBER")], NOW)
    await applied(store, new_batch(["c2"], {"reason": "old"}, Operation.REMOVE_CONTENT))
    first = await store.contents(ContentQuery(limit=2))
    assert ([content.content_id for content in first.rows], first.total) == (["c1", "c3"], 3)
    rest = await store.contents(ContentQuery(limit=2, after=first.next))
    assert ([content.content_id for content in rest.rows], rest.next) == (["c9"], None)
    for query, expected in (
        (ContentQuery(creator=OTHER), ["c9"]),
        (ContentQuery(text="über"), ["c9"]),
        (ContentQuery(content_ids=frozenset({"c1", "c2"})), ["c1"]),
        (ContentQuery(content_ids=frozenset({"c1", "c2"}), removed=True), ["c1", "c2"]),
    ):
        assert [content.content_id for content in (await store.contents(query)).rows] == expected
    assert await store.creators() == sorted([Creator(CREATOR, 2), Creator(OTHER, 1)], key=lambda one: one.address)


@pytest.mark.parametrize("after", ["x", "-1", "", "9" * 30, "٣"])
async def test_a_cursor_that_is_none_is_refused(store: SqliteStore, after: str) -> None:
    """A mistyped cursor is the caller's mistake, in a sentence."""
    await store.add([new_batch(["a"], key="B")])
    for call in (
        store.batches(BatchQuery(after=after)),
        store.contents(ContentQuery(after=after)),
        store.items("B", ItemQuery(after=after)),
    ):
        with pytest.raises(InvalidDraft, match="is not a cursor"):
            await call


async def test_what_waits_carries_the_title_of_the_catalogue(store: SqliteStore) -> None:
    """Whoever looks at a batch for later sees what it is about; its items get their own title only when applied."""
    await store.import_contents(contents(2), NOW)
    since = (await store.changes("", 9)).revision
    await store.add([new_batch(["c2", "gone", "c1"], key="B", scheduled_for=later(60))])
    wanted = ["Title 2", "", "Title 1"]
    assert [item.title for item in (await store.items("B", ItemQuery())).rows] == wanted
    assert [item.title for item in (await store.whole("B"))[1]] == wanted
    assert [item.title for item in (await store.changes(since, 9)).items] == wanted
    assert (await store.item("B", "c1")).title == "Title 1"
    assert (await store.items("B", ItemQuery(text="title 2"))).total == 1


def test_a_title_is_looked_up_by_its_index_alone(path: Path, store: SqliteStore) -> None:
    """A batch is read as quickly beside a large catalogue as beside a small one."""
    with closing(sqlite3.connect(path)) as database:
        for query in (reading.ITEMS_OF_BATCH, reading.ITEM_OF_BATCH, changes.ITEMS_CHANGED):
            plan = [row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {query.sql}", defaultdict(int))]
            assert any(line.startswith("SEARCH content USING INDEX") for line in plan), plan
            assert not any(line.startswith("SCAN") for line in plan), plan
