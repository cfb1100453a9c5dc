"""The catalogue takes two values of one content in the order of their acceptance, whatever goes wrong on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.core.model import Batch
from engine.core.reports import ContentQuery
from engine.errors import Unavailable
from engine.store.queries import Connection
from tests.engine.rig import Rig, contents, price, rig

OUT_OF_TURN = """SELECT count(*) FROM "change" a JOIN "change" b ON a.content_no = b.content_no
WHERE a.id < b.id AND a.item_id > b.item_id"""


async def prices(play: Rig) -> set[int]:
    return {content.price for content in (await play.engine.contents(ContentQuery())).rows}


async def settled(play: Rig, batches: list[Batch]) -> None:
    for batch in batches:
        await play.settled(batch)


@pytest.mark.parametrize("wrong", [Unavailable("disk full"), RuntimeError("nobody foresaw it")])
async def test_one_write_that_fails_lets_nothing_overtake_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: Exception
) -> None:
    """The older value's apply fails once: the newer one waits, so both sides end with the newer one."""
    async with rig(tmp_path / "d.sqlite3", catalogue=contents(1)) as play:
        await play.contact()
        await play.engine.pause_all()
        batches = [await play.engine.submit(price("c1", to=to)) for to in (5, 6)]
        real, calls = play.store.apply, 0

        async def fails_once(*given, **named):  # type: ignore[no-untyped-def]
            nonlocal calls
            calls += 1
            if calls == 1:
                raise wrong
            return await real(*given, **named)

        monkeypatch.setattr(play.store, "apply", fails_once)
        await play.engine.resume_all()
        await settled(play, batches)
        assert (await prices(play), play.chain.prices) == ({6}, {1: 6})


async def test_a_disk_that_fills_up_disorders_nothing(tmp_path: Path) -> None:
    """Some of a handful fit on the disk and some don't, at any place: what was accepted first is applied first."""
    for room in range(4, 8):
        async with rig(tmp_path / f"{room}.sqlite3", catalogue=contents(30)) as play:
            await play.contact()
            await play.engine.pause_all()
            ids = [f"c{n}" for n in range(1, 31)]
            batches = [await play.engine.submit(price(*ids, to=100 + n)) for n in range(10)]
            raw = play.store._writer._database.raw
            await play.store.set_fact("all", "written")
            pages = raw.execute("PRAGMA page_count").fetchone()[0]
            raw.execute(f"PRAGMA max_page_count = {pages + room}")
            await play.engine.resume_all()
            await play.until(lambda p=play: p.line.tools.lost_since is not None, step=0.01)
            raw.execute("PRAGMA max_page_count = 1000000")
            await settled(play, batches)

            def out_of_turn(database: Connection) -> int:
                return int(database.raw.execute(OUT_OF_TURN).fetchone()[0])

            assert await play.store._read(out_of_turn) == 0
            assert await prices(play) == {109}


async def test_an_outage_is_not_hammered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A handful stops at its first error, and the next one waits for the tick."""
    async with rig(tmp_path / "d.sqlite3", catalogue=contents(100)) as play:
        await play.engine.pause_all()
        await play.engine.submit(price(*(f"c{n}" for n in range(1, 101))))
        calls = 0

        async def away(*given, **named):  # type: ignore[no-untyped-def]
            nonlocal calls
            calls += 1
            raise Unavailable("disk full")

        monkeypatch.setattr(play.store, "apply", away)
        await play.line.applier.safe_round()  # stopped: nothing is tried
        assert calls == 0
        play.line.tools.stopped = False
        await play.line.applier.safe_round()
        assert 1 <= calls <= play.line.tools.limits.concurrency
