"""The writer: many writes, few flushes; one failure, one victim; nobody is answered before the commit."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from engine.core.model import Hold, Operation
from engine.core.reports import BatchQuery, ContentQuery
from engine.errors import Conflict, NotFound, Unavailable
from engine.ports import Wish
from engine.store import SqliteStore, open_store
from engine.store.connect import connect
from engine.store.queries import Connection
from engine.store.writer import Writer
from tests.store.support import NOW, SIGNER, applied, contents, new_batch, started
from tests.store.test_order import failed_item


async def test_writes_at_once_share_their_commits_and_none_is_lost(store: SqliteStore) -> None:
    """200 callers at once cost a few flushes of the disk, and every batch is there, in order of acceptance."""
    before = store.commits
    made = [new_batch([f"c{n}"]) for n in range(200)]
    answers = await asyncio.gather(*(store.add([batch]) for batch in made))
    assert answers == [[batch.id] for batch in made]
    assert store.commits - before < 20
    page = await store.batches(BatchQuery(limit=500))
    assert [batch.id for batch in reversed(page.rows)] == [batch.id for batch in made]


async def test_many_items_of_one_content_take_their_places_in_order(store: SqliteStore) -> None:
    """Concurrent workers can't give two changes the same place in catalogue order."""
    await store.import_contents(contents(1), NOW)
    items = await started(store, *(new_batch(["c1"], {"price": n + 1}) for n in range(100)))
    done = await asyncio.gather(*(store.apply(item.id, SIGNER, NOW) for item in items))
    orders = [item.order for item in done if item is not None]
    assert orders == list(range(2, 102))
    assert [item.replaced for item in done if item is not None][1:] == [{"price": n} for n in range(1, 100)]
    assert (await store.contents(ContentQuery())).rows[0].price == 100


async def test_one_item_is_applied_by_one_of_many(store: SqliteStore) -> None:
    """Fifty workers with the same item: one applies it."""
    await store.import_contents(contents(1), NOW)
    (item,) = await started(store, new_batch(["c1"]))
    done = await asyncio.gather(*(store.apply(item.id, SIGNER, NOW) for _ in range(50)))
    assert sum(found is not None for found in done) == 1


async def test_retries_at_once_make_one_batch(store: SqliteStore) -> None:
    """Whoever is second is told so, even within the same group."""
    item = await failed_item(store)
    wishes = [Wish(item.batch_id, f"R{n}", NOW) for n in range(20)]
    done = await asyncio.gather(*(store.retry(wish) for wish in wishes), return_exceptions=True)
    assert sum(not isinstance(one, BaseException) for one in done) == 1
    assert sum(isinstance(one, Conflict) for one in done) == 19


async def test_an_error_undoes_its_own_writes_alone(store: SqliteStore) -> None:
    """Neighbours in the same group are stored, all the same."""
    known = new_batch(["a"])
    await store.add([known])
    made = [new_batch(["a"]) for _ in range(10)]
    calls = [store.add([batch]) for batch in made]
    bad = [store.add([new_batch(["b"], key="LOST"), known]), store.set_hold("x", Hold.PAUSED, NOW)]
    done = await asyncio.gather(*calls[:5], *bad, *calls[5:], return_exceptions=True)
    assert [type(one) for one in done if isinstance(one, BaseException)] == [Conflict, NotFound]
    assert (await store.batches(BatchQuery())).total == 11


async def test_a_locked_database_is_an_outage_and_then_work_goes_on(store: SqliteStore, path: Path) -> None:
    """Somebody holds the file locked: the caller is told what to do, and the next write succeeds."""
    store._writer.patience = 0.05  # type: ignore[union-attr]
    thief = sqlite3.connect(path, isolation_level=None)
    thief.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="locked"):
        await store.add([new_batch(["a"])])
    assert (await store.batches(BatchQuery())).total == 0
    thief.execute("ROLLBACK")
    thief.close()
    await store.add([new_batch(["a"])])
    assert (await store.batches(BatchQuery())).total == 1


async def test_a_full_disk_fails_the_whole_group_and_nothing_of_it_is_stored(store: SqliteStore) -> None:
    """When the disk is full nobody is told that anything was kept, and the writer survives."""
    raw = store._writer._database.raw  # type: ignore[union-attr]
    await store.add([new_batch(["a"])])
    pages = raw.execute("PRAGMA page_count").fetchone()[0]
    raw.execute(f"PRAGMA max_page_count = {pages}")
    big = {"title": "x" * 200, "description": "y" * 9000}
    ids = [f"c{n}" for n in range(50)]
    batches = [new_batch(ids, big, Operation.UPDATE_METADATA) for _ in range(5)]
    done = await asyncio.gather(*(store.add([batch]) for batch in batches), return_exceptions=True)
    assert {type(one) for one in done} == {Unavailable}
    assert all("disk is full" in str(one) for one in done)
    raw.execute("PRAGMA max_page_count = 1073741823")
    assert (await store.batches(BatchQuery())).total == 1
    await store.add(batches)
    assert (await store.batches(BatchQuery())).total == 6


async def test_a_failing_commit_is_everybodys_failure(path: Path) -> None:
    """Success is answered after the COMMIT, so a COMMIT that fails leaves no one with a false yes."""
    raw = connect(path, read_only=False)
    raw.executescript(
        "CREATE TABLE parent (id INTEGER PRIMARY KEY);"
        "CREATE TABLE child (of INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED);"
    )
    writer = Writer(raw, 0)

    def orphan(database: Connection) -> None:
        database.raw.execute("INSERT INTO child VALUES (1)")

    def child(database: Connection) -> str:
        database.raw.execute("INSERT INTO parent VALUES (2)")
        return "stored"

    done = await asyncio.gather(writer.write(child), writer.write(orphan), return_exceptions=True)
    assert all(isinstance(one, BaseException) for one in done)
    assert await writer.write(child) == "stored"
    await writer.close()


async def test_closing_finishes_what_is_queued(path: Path) -> None:
    """Whoever has handed over a write before the end gets an answer, and later ones a refusal."""
    store = await open_store(path)
    calls = [asyncio.ensure_future(store.add([new_batch([f"c{n}"])])) for n in range(50)]
    await asyncio.sleep(0)
    await store.close()
    await asyncio.gather(*calls)
    for late in (store.add([new_batch(["a"])]), store.batches(BatchQuery())):
        with pytest.raises(Unavailable, match="closed"):
            await late
    await store.close()
    again = await open_store(path)
    assert (await again.batches(BatchQuery())).total == 50
    await again.close()


async def test_a_caller_that_gave_up_harms_nobody(store: SqliteStore) -> None:
    """A cancelled wait neither kills the writer nor tears the write apart."""
    call = asyncio.ensure_future(store.add([new_batch(["a"])]))
    await asyncio.sleep(0)
    call.cancel()
    await store.add([new_batch(["b"])])
    assert (await store.batches(BatchQuery())).total == 2


async def test_readers_see_what_was_answered(store: SqliteStore) -> None:
    """A read that begins after a write's answer sees it, in whichever thread it runs."""
    await store.import_contents(contents(1), NOW)
    for price in range(2, 60):
        await applied(store, new_batch(["c1"], {"price": price}))
        pages = await asyncio.gather(*(store.contents(ContentQuery()) for _ in range(4)))
        assert {page.rows[0].price for page in pages} == {price}
