"""A batch beside its retries: the first outcome of each content, every retry, the last; also over a real engine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.geometry import Region

from console.retry_views import MOST_COLUMNS, retry_columns
from console.screens.batch import BatchScreen
from console.screens.item import ItemScreen
from console.screens.retries import RetriesScreen
from console.widgets.row_table import RowTable
from engine.core.attempts import MOST_RETRIES
from engine.core.model import Group, Outcome
from engine.core.model import ItemState as S
from tests.console.conftest import MIXED, deck_over, open_batch, picture, run, seen, until
from tests.console.desk import text_of
from tests.console.fake_engine import FakeEngine
from tests.console.scenes import chain
from tests.engine.doors import DOORS, opened
from tests.engine.rig import contents, price
from tests.fakes import ScriptedChain


def rows(app: object) -> list[list[str]]:
    """Return the cells of the table that a narrow screen shows: content, first, retries as signs, final."""
    table = app.screen.query_one("#courses", RowTable)  # type: ignore[attr-defined]
    shown = [at for at, column in enumerate(table.columns) if column.shown_at(80)]
    return [[str(row.cells[at]) for at in shown] for row in table.rows]


@pytest.mark.plays(
    "batch.retries",
    "retries.retried",
    "retries.unwell",
    "retries.all",
    "retries.open",
    "retries.batch",
    "list.filter@retries",
)
async def test_each_content_from_first_to_last() -> None:
    """At 80x24: h compares, 2 shows what was tried again, 3 what hasn't ended well, the foot tells the course whole."""
    app = deck_over(chain())
    async with run(app) as pilot:
        await open_batch(pilot)
        await pilot.press("h")
        await seen(pilot, "100 of 100 contents shown")
        shown = picture(app)
        for line in ("Retry 1   01KDEMO0000000000000000006  ✓ 6  ◌ 3  ✗ 3", "Final     ✓ 72 confirmed  ◷ 13 pending"):
            assert line in shown
        await pilot.press("2", *["down"] * 8)
        await seen(pilot, "12 of 100 contents shown")
        assert rows(app)[8][:5] == ["content-85", "◌ off-chain", "◌", "◷", "◷ pending"]
        assert rows(app)[0][:5] == ["content-77", "◌ off-chain", "✓", "–", "✓ confirmed"]
        await seen(pilot, "→ retry 2 ◷ pending")
        await pilot.press("3", "/", *"not found", "enter")
        await seen(pilot, "3 of 100 contents shown")
        notes = app.screen.notes()  # type: ignore[attr-defined]
        assert RetriesScreen.again(notes).notes() == notes == {"batch": MIXED, "shown": "unwell", "text": "not found"}
        await pilot.press("1")
        await seen(pilot, "[1 All 100]")
        await pilot.press("home", "enter")
        await until(pilot, lambda: isinstance(app.screen, ItemScreen))
        assert app.screen.batch_id == "01KDEMO0000000000000000006"  # type: ignore[attr-defined]
        await pilot.press("escape", "b")
        await until(pilot, lambda: isinstance(app.screen, BatchScreen))
        assert app.screen.batch_id == "01KDEMO0000000000000000006"  # type: ignore[attr-defined]


@pytest.mark.plays("batches.retries")
async def test_it_is_reached_from_a_group_and_follows_the_engine() -> None:
    """From a group on Batches too; a retry that comes meanwhile gets its column, and what ends is counted."""
    engine = FakeEngine()
    for place in (1, 2):
        engine.add(f"01K{place}", [S.OFF_CHAIN] * 3, group=Group("01KG", place, 2))
    engine.add("01KALONE", [S.CONFIRMED])
    app = deck_over(engine)
    async with run(app) as pilot:
        await seen(pilot, "3 batches")
        await pilot.press("down", "p")
        await seen(pilot, "2 batches as one")
        await pilot.press("end", "h")
        await seen(pilot, "Nothing was tried again")
        assert app.screen.batch_id == "01K2"  # type: ignore[attr-defined]
        engine.add("01KR", [S.QUEUED] * 3, retry_of="01K2")
        await seen(pilot, "Final     · 3 not yet")
        engine.move("01KR", "content-2", state=S.CONFIRMED)
        await seen(pilot, "Final     ✓ 1 confirmed  · 2 not yet")
        assert rows(app)[1][:4] == ["content-2", "◌ off-chain", "✓", "✓ confirmed"]
        await pilot.press("escape")
        await seen(pilot, "2 batches as one")


@pytest.mark.plays("list.refresh@retries")
async def test_it_is_loaded_again_by_a_key() -> None:
    """What nobody told of is found then."""
    engine = FakeEngine()
    engine.add("01K0", [S.OFF_CHAIN])
    app = deck_over(engine)
    async with run(app) as pilot:
        await seen(pilot, "1 batch")
        app.push_screen(RetriesScreen("01K0"))
        await seen(pilot, "Nothing was tried again")
        asked = len(engine.named("retries"))
        await pilot.press("ctrl+l")
        await until(pilot, lambda: len(engine.named("retries")) > asked)


async def test_many_retries_fit_and_are_counted() -> None:
    """The newest have columns, by their own numbers; how many there are is said, and the last outcome is right."""
    engine = FakeEngine()
    engine.add("01K0", [S.OFF_CHAIN] * 2)
    for number in range(1, 12):
        engine.add(f"01K{number}", [S.OFF_CHAIN if number < 11 else S.CONFIRMED], retry_of=f"01K{number - 1}")
    app = deck_over(engine)
    async with run(app) as pilot:
        await seen(pilot, "12 batches")
        app.push_screen(RetriesScreen("01K0"))
        await seen(pilot, f"the columns are the newest {MOST_COLUMNS} of 11 retries")
        shown = picture(app)
        assert "8 of 11 retries came between" in shown
        assert "First ◌ off-chain → 9 more → retry 10 ◌ off-chain → retry 11 ✓ confirmed" in shown
        assert "4   5   6   7   8   9   10  11  Final" in shown
        assert rows(app)[0][:11] == ["content-1", "◌ off-chain", *"◌◌◌◌◌◌◌✓", "✓ confirmed"]
    found = await engine.retries("01K0")
    labels = [column.label for column in retry_columns(found) if column.shown_at(120)]
    assert labels[:4] == ["Content", "First", "4", "5"]
    assert MOST_COLUMNS <= MOST_RETRIES


async def test_a_long_course_is_told_whole_or_ends_with_a_sign() -> None:
    """Three retries deep, at 80x24: the foot has room for the reasons, and where it hasn't it doesn't look whole."""
    engine = FakeEngine()
    why = "the contract said no, and its operator had written down at length why that is so, down to the"
    for number in range(4):
        batch = engine.add(f"01K{number}", [S.OFF_CHAIN], retry_of=f"01K{number - 1}" if number else None)
        engine.put(batch, [replace(engine.of[batch.id][0], error=f"{why} {number}")])
    app = deck_over(engine)
    async with run(app) as pilot:
        await seen(pilot, "4 batches")
        app.push_screen(RetriesScreen("01K0"))
        await until(pilot, lambda: "retry 3 ◌" in " ".join(text_of(pilot, "#foot").split()))
        foot = app.screen.query_one("#foot")
        shown = [line.text.rstrip() for line in foot.render_lines(Region(0, 0, *foot.outer_size))]
        assert shown[-1].endswith(f"{why.split()[-1]} 3")
        assert "…" not in "".join(shown)
        await pilot.resize_terminal(60, 24)
        await until(pilot, lambda: foot.size.width < 60)
        shown = [line.text.rstrip() for line in foot.render_lines(Region(0, 0, *foot.outer_size))]
        assert shown[-1].endswith("…")


@pytest.mark.parametrize("kind", DOORS)
async def test_over_a_real_engine(kind: str, tmp_path: Path) -> None:
    """The console over either door: off-chain, retried with a part, again; the table tells what the store has."""
    node = ScriptedChain(abort=lambda call: "u507")
    async with opened(kind, tmp_path / "d.sqlite3", contents(3), node) as door:
        batch = await door.engine.submit(price("c1", "c2", "c3", "missing"))
        await door.rig.settled(batch)
        again = (await door.engine.retry(batch.id, frozenset({Outcome.OFF_CHAIN}), ["c1", "c2"])).batch
        await door.rig.settled(again)
        node.abort = lambda call: None
        third = (await door.engine.retry(again.id, frozenset({Outcome.OFF_CHAIN}), ["c2"])).batch
        await door.rig.settled(third)
        app = deck_over(door.engine)
        async with run(app) as pilot:
            await seen(pilot, "3 batches")
            await pilot.press("h")
            await seen(pilot, "4 of 4 contents shown")
            assert app.screen.batch_id == third.id  # type: ignore[attr-defined]
            assert [row[:5] for row in rows(app)] == [
                ["c1", "◌ off-chain", "◌", "–", "◌ off-chain"],
                ["c2", "◌ off-chain", "◌", "✓", "✓ confirmed"],
                ["c3", "◌ off-chain", "–", "–", "◌ off-chain"],
                ["missing", "✗ failed", "–", "–", "✗ failed"],
            ]
            assert batch.id in picture(app)
            await pilot.press("escape", "end", "enter", "w")
            await seen(pilot, "3 x")
            await pilot.press("enter", "a", "r")
            await seen(pilot, "Retry 2 items?")
            assert "1 left out: Already retried" in picture(app)
            await pilot.press("tab", "enter")
            await until(pilot, lambda: getattr(app.screen, "batch_id", batch.id) != batch.id)
            made = await door.rig.engine.batch(app.screen.batch_id)  # type: ignore[attr-defined]
        assert (made.retry_of, made.tally.total) == (batch.id, 2)
