"""Who did what is written with the deed itself, and what a creator may have in an hour is counted from it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from engine import Settings, open_engine
from engine.core.model import Hold
from engine.core.oversight import Act, AuditQuery, Quota
from engine.errors import Conflict, NotFound, TooManyRequests
from engine.ports import IdempotencyKey, Wish
from engine.store import SqliteStore
from tests.store.support import NOW, contents, later, new_batch

QUOTA = Quota(batches=2, items=5)


async def deeds(store: SqliteStore, **query: object) -> list[tuple[Act, str, str | None]]:
    page = await store.audit(AuditQuery(**query))
    return [(deed.act, deed.who, deed.why) for deed in page.rows]


async def test_every_deed_is_written_with_what_it_does(store: SqliteStore) -> None:
    """Newest first, with who and why; what is refused leaves no line."""
    await store.import_contents(contents(2), NOW, "importer")
    batch = new_batch(["c1"], who="shop", why="sale")
    await store.add([batch])
    await store.set_hold(batch.id, Hold.PAUSED, NOW, "ann", "too early")
    with pytest.raises(Conflict):
        await store.set_hold(batch.id, Hold.PAUSED, NOW, "bob")
    with pytest.raises(Conflict):
        await store.retry(Wish(batch.id, "R1", NOW, who="bob"))
    of_batch = [(Act.PAUSE, "ann", "too early"), (Act.SUBMIT, "shop", "sale")]
    assert await deeds(store, batch_id=batch.id) == of_batch
    assert await deeds(store) == [*of_batch, (Act.IMPORT, "importer", None)]
    page = await store.audit(AuditQuery(limit=2))
    assert (page.total, len((await store.audit(AuditQuery(limit=2, after=page.next))).rows)) == (3, 1)
    with pytest.raises(NotFound):
        await store.audit(AuditQuery("nope"))


async def test_an_hour_is_counted_to_the_second(store: SqliteStore) -> None:
    """Batches and items count for the hour after they came; the wait is until the oldest leaves it."""
    await store.add([new_batch(["c1", "c2"])], quota=QUOTA)
    await store.add([new_batch(["c1"])], quota=QUOTA)
    with pytest.raises(TooManyRequests) as caught:
        await store.add([new_batch(["c1"])], quota=QUOTA)
    assert caught.value.retry_after == 3600
    with pytest.raises(TooManyRequests, match="wait 3600 s") as caught:  # rounded up, as Retry-After is
        await store.add([new_batch(["c1"], created_at=NOW + timedelta(seconds=0.6))], quota=QUOTA)
    assert caught.value.retry_after == pytest.approx(3599.4)
    await store.add([new_batch(["c1"])])  # not over the API: no quota, and it doesn't count
    await store.add([new_batch(["c1"], creator="another")], quota=QUOTA)
    late = new_batch(["c1", "c2"], created_at=later(3601))
    await store.add([late], quota=QUOTA)


async def test_too_many_items_at_once(store: SqliteStore) -> None:
    """All drafts of one call count together, and none is stored when they don't fit; a known key passes."""
    key = IdempotencyKey("k", "d")
    first = new_batch(["c1", "c2", "c3"])
    assert await store.add([first], key, QUOTA) == [first.id]
    with pytest.raises(TooManyRequests):
        await store.add([new_batch(["c1", "c2", "c3"])], quota=QUOTA)
    with pytest.raises(TooManyRequests):
        await store.add([new_batch(["c1"]), new_batch(["c2"])], quota=QUOTA)
    assert await store.add([new_batch(["c1"])], key, QUOTA) == [first.id]
    assert len(await deeds(store)) == 1


async def test_a_changed_setting_is_told_at_the_next_start(tmp_path: Path) -> None:
    """The first start tells nothing, the same settings tell nothing, another value is told with the old one."""
    url = f"sqlite:///{tmp_path}/a.sqlite3"
    for window in (25, 25, 20):
        async with open_engine(Settings(database_url=url, window=window)) as engine:
            found = (await engine.audit(AuditQuery())).rows
    assert [(deed.act, deed.detail) for deed in found] == [(Act.SETTINGS, "window: 25 -> 20")]
