"""What else is to change a content: accepted, not applied yet, by whatever batch."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from engine.core.model import BatchStatus, Hold, Operation
from engine.core.waiting import Waiting
from engine.store import SqliteStore
from engine.store.waiting import WAITING
from tests.store.support import NOW, applied, contents, new_batch


async def test_what_is_accepted_and_not_applied(store: SqliteStore) -> None:
    """Scheduled, paused or about to run; not what has changed the catalogue, nor what never will."""
    await store.import_contents(contents(3), NOW)
    await applied(store, new_batch(["c1", "c2"]))
    assert await store.waiting(["c1", "c2", "c3"]) == {}
    due = NOW + timedelta(hours=1)
    later = new_batch(["c1"], {"title": "Later"}, Operation.UPDATE_METADATA, scheduled_for=due)
    held = new_batch(["c1", "c3"], {"price": 7})
    dropped = new_batch(["c2"], {"price": 8})
    for batch in (later, held, dropped):
        await store.add([batch])
    await store.set_hold(held.id, Hold.PAUSED, NOW)
    await store.set_hold(dropped.id, Hold.CANCELLED, NOW)
    price = Waiting(held.id, Operation.UPDATE_PRICE, {"price": 7}, BatchStatus.PAUSED, held.who)
    assert await store.waiting(["c1", "c2", "c3", "x"]) == {"c1": replace(price, before=1), "c3": price}
    assert await store.waiting(["c3"]) == {"c3": price}
    assert await store.waiting([]) == {}
    assert (await store.content_story("c2", 9)).waits is None
    assert (await store.content_story("c3", 9)).waits == f"0.000007 STX, in batch {held.id} by {held.who}, paused"
    await store.set_hold(held.id, Hold.CANCELLED, NOW)
    meta = Waiting(later.id, Operation.UPDATE_METADATA, {"title": "Later"}, BatchStatus.SCHEDULED, later.who, due)
    assert await store.waiting(["c1", "c3"]) == {"c1": meta}
    await store.set_hold(later.id, Hold.CANCELLED, NOW)
    assert await store.waiting(["c1", "c3"]) == {}


def test_only_what_is_queued_is_looked_at(path: Path, store: SqliteStore) -> None:
    """A review is as quick beside a million items that ended as beside none."""
    with closing(sqlite3.connect(path)) as database:
        plan = [row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {WAITING.sql}", defaultdict(int))]
    assert any("item USING INDEX ix_item_queued" in line for line in plan), plan
    assert not any(line.startswith("SCAN batch") for line in plan), plan


async def test_a_thousand_that_wait_for_one_content_are_one_row(path: Path, store: SqliteStore) -> None:
    """A review of contents that are in many scheduled batches isn't slower for each of them: the database counts."""
    await store.import_contents(contents(2), NOW)
    due = NOW + timedelta(hours=1)
    batches = [new_batch(["c1", "c2"], {"price": number}, scheduled_for=due) for number in range(1, 301)]
    await store.add(batches)
    with closing(sqlite3.connect(path)) as database:
        rows = database.execute(WAITING.sql, {"ids": '["c1", "c2"]'}).fetchall()
    assert len(rows) == 2
    last = Waiting(
        batches[-1].id, Operation.UPDATE_PRICE, {"price": 300}, BatchStatus.SCHEDULED, batches[-1].who, due, before=299
    )
    assert await store.waiting(["c1", "c2"]) == {"c1": last, "c2": last}
