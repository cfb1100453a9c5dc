"""The list of batches: newest first, live, and what is cut short can always be read in full."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from textual.pilot import Pilot

from console.app import BatchdeckApp
from console.group_views import group_lines
from console.outfit import Outfit
from console.pace import Pace
from console.screens.batch import BatchScreen
from console.screens.batches import BatchesScreen
from console.widgets.row_table import RowTable
from engine.core.model import Group, Hold, Operation
from engine.core.model import ItemState as S
from engine.core.reports import BatchQuery
from tests.console.conftest import DEMO, MIXED, deck_over, picture, run, seen, until
from tests.console.fake_engine import ALICE, BOB, NOW, FakeEngine, sample


def table(app: object) -> RowTable:
    return app.screen.query_one(RowTable)  # type: ignore[attr-defined,no-any-return]


async def test_a_row_says_all_that_matters_at_80_columns(engine: FakeEngine) -> None:
    """Status, operation, creator, outcomes, done, time left and age fit on the smallest screen."""
    app = deck_over(engine)
    async with run(app) as pilot:
        await seen(pilot, "processing")
        line = next(line for line in picture(app).splitlines() if "processing" in line)
        for part in ("update-price", "ST2CY5", "RK9AG", "88/100", "✓", "✗", "42s"):
            assert part in line
        assert "Batches" in picture(app)
        assert "Compose" in picture(app)


@pytest.mark.parametrize("size", [(40, 12), (60, 20), (80, 24), (120, 40)])
async def test_where_one_is_and_the_way_on_are_read_at_every_size(engine: FakeEngine, size: tuple[int, int]) -> None:
    """The names of the two screens that everybody needs are whole, whatever the database is called."""
    app = deck_over(engine, replace(DEMO, database="/srv/a-catalogue-with-a-very-long-name-indeed.sqlite3"))
    async with run(app, size) as pilot:
        await seen(pilot, "c Compose")
        assert " Batches " in picture(app)
        await pilot.press("c")
        await until(pilot, lambda: " Compose " in picture(app).splitlines()[0])


async def test_a_list_that_scrolls_cuts_no_unit() -> None:
    """Beside a scrollbar too, ages and times left have their units: 59 of what is the question."""
    engine = FakeEngine()
    for at in range(30):
        engine.add(f"01K{at:02d}", [S.QUEUED], created_at=NOW - timedelta(days=365), started_at=None)
    engine.add("01KLATER", [S.QUEUED], started_at=None, scheduled_for=NOW + timedelta(minutes=59))
    engine.add("01KPAUSED", [S.QUEUED], hold=Hold.PAUSED, operation=Operation.UPDATE_METADATA, error="odd")
    app = deck_over(engine)
    async with run(app) as pilot:
        await seen(pilot, "in 59m")
        lines = picture(app).splitlines()
    assert sum(" 365d" in line for line in lines) >= 14
    assert any("in 59m" in line and " 42s" in line for line in lines)
    assert any("paused !" in line and "update-metadata " in line and "0/1 " in line for line in lines)


async def test_newest_first_and_the_creator_in_full(engine: FakeEngine) -> None:
    """The newest batch is on top; the foot has the whole address of the one under the cursor."""
    app = deck_over(engine)
    async with run(app) as pilot:
        await seen(pilot, "paused")
        assert [row.key[-1] for row in table(app).rows] == list("54321")
        await seen(pilot, BOB)
        await pilot.press("down")
        await seen(pilot, ALICE)


async def test_a_change_is_seen_without_a_key(engine: FakeEngine) -> None:
    """The list follows the engine, and the cursor stays with its batch when a newer one comes in above."""
    app = deck_over(engine)
    async with run(app) as pilot:
        await seen(pilot, "88/100")
        await pilot.press("down")
        engine.move(MIXED, "content-100", state=S.SUBMITTED, submitted=True)
        engine.add("01KNEWEST", [S.QUEUED] * 3)
        await seen(pilot, "89/100")
        await until(pilot, lambda: table(app).rows[0].key == "01KNEWEST")
        assert table(app).cursor_key == MIXED


@pytest.mark.plays("batches.next-status", "batches.previous-status", "list.filter@batches")
async def test_filter_by_text_and_by_status(engine: FakeEngine) -> None:
    """/ filters as it is typed, the arrows change the status; both are the engine's own filters."""
    app = deck_over(engine)
    async with run(app) as pilot:
        await seen(pilot, "paused")
        await pilot.press("/", *"autumn")
        await until(pilot, lambda: len(table(app).rows) == 1)
        await pilot.press("escape")
        await until(pilot, lambda: len(table(app).rows) == 5)
        await pilot.press("right")
        await until(pilot, lambda: [row.key[-1] for row in table(app).rows] == ["2"])
        await pilot.press("left", "left")
        await until(pilot, lambda: [row.key[-1] for row in table(app).rows] == ["3"])
    asked = [query for query in engine.named("batches") if isinstance(query, BatchQuery)]
    assert any(query.text == "autumn" for query in asked)


async def test_an_empty_filter_says_what_to_do(engine: FakeEngine) -> None:
    """No match is not the same as no batch."""
    app = deck_over(engine)
    async with run(app) as pilot:
        await seen(pilot, "paused")
        await pilot.press("/", *"nowhere", "enter")
        await seen(pilot, "No batch matches.")


@pytest.mark.plays("batches.open", "app.back")
async def test_enter_opens_the_batch_and_escape_comes_back(engine: FakeEngine) -> None:
    """One key in, one key out; the cursor is where it was."""
    app = deck_over(engine)
    async with run(app) as pilot:
        await seen(pilot, "paused")
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, BatchScreen))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, BatchesScreen))
        assert table(app).cursor_key == MIXED


async def test_truncated_is_never_shown_as_total() -> None:
    """A list longer than what is loaded says so, and loads on as the cursor nears its end."""
    engine = FakeEngine()
    for number in range(450):
        engine.add(f"B{number:04}", [S.CONFIRMED])
    app = deck_over(engine)
    async with run(app) as pilot:
        await seen(pilot, "200 of 450 batches shown")
        await pilot.press("G")
        await seen(pilot, "400 of 450 batches shown")
        await pilot.press("G")
        await seen(pilot, "450 batches")


async def test_a_scheduled_batch_says_when(engine: FakeEngine) -> None:
    """What hasn't begun shows in how long it will."""
    app = deck_over(engine)
    async with run(app) as pilot:
        await seen(pilot, "in 3h")


async def test_trouble_is_marked(engine: FakeEngine) -> None:
    """A batch that is slow or failing has a mark, and an error of its own is told in full below."""
    broken = replace(engine.found[MIXED], created_at=NOW - timedelta(hours=1), error="The database was away for 130 s")
    engine.put(broken, engine.of[MIXED])
    app = deck_over(engine)
    async with run(app, size=(120, 40)) as pilot:
        await seen(pilot, "processing !")
        table(app).move_to(MIXED)
        await seen(pilot, "The database was away for 130 s")


def grouped(count: int, done: int) -> FakeEngine:
    """Return an engine with batches of ten that were submitted as one, ``done`` of them completed, and one alone."""
    engine = FakeEngine()
    engine.add("01KALONE", [S.CONFIRMED])
    for place in range(1, count + 1):
        states = [S.CONFIRMED] * 8 + [S.OFF_CHAIN] * 2 if place <= done else [S.QUEUED] * 10
        engine.add(f"01KPART{place}", states, group=Group("01KPART1", place, count))
    return engine


@pytest.mark.plays("batches.parts")
async def test_what_was_submitted_as_one_is_seen_as_one() -> None:
    """p shows the parts in order under one progress, which follows them; Esc shows all batches again."""
    engine = grouped(3, done=1)
    app = deck_over(engine)
    async with run(app, size=(120, 40)) as pilot:
        await seen(pilot, "4 batches")
        await seen(pilot, "3/3")
        await pilot.press("p")
        await seen(pilot, "3 batches as one · 10/30 items done")
        assert [row.key[-1] for row in table(app).rows] == list("123")
        engine.put(replace(engine.found["01KPART2"], completed_at=NOW), [*engine.of["01KPART1"]])
        await seen(pilot, "20/30 items done")
        await pilot.press("escape")
        await seen(pilot, "4 batches")
        assert not app.screen.query_one("#whole").display


async def test_a_group_has_its_own_time() -> None:
    """Over all parts: how long the rest takes at the pace so far, and in the end how long all of it took."""
    under_way = grouped(2, done=0)
    under_way.put(under_way.found["01KPART1"], [*under_way.of["01KPART1"][:5], *grouped(1, done=1).of["01KPART1"][:5]])
    parts = [under_way.found, grouped(2, done=2).found]
    for found, words in zip(parts, ("5/20 items done · 2 min 03 s left", "20/20 items done · took 33 s"), strict=True):
        batches = [found["01KPART1"], found["01KPART2"]]
        text, bar = group_lines(Group("01KPART1", 1, 2), batches, NOW, 80, Pace())
        assert words in text.plain
        assert len(bar.plain) == 78


async def test_a_batch_that_was_submitted_alone_has_no_parts() -> None:
    """The key says why it does nothing there."""
    app = deck_over(grouped(2, done=0))
    async with run(app) as pilot:
        await seen(pilot, "3 batches")
        table(app).move_to("01KALONE")
        await pilot.press("p")
        await seen(pilot, "This batch was submitted alone")
        table(app).move_to("01KPART1")
        await seen(pilot, "part 1/2")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_the_picture_of_a_group(size: tuple[int, int], snap_compare: Callable[..., bool]) -> None:
    """One progress over the parts, which are in order, at both sizes."""

    async def before(pilot: Pilot[None]) -> None:
        await seen(pilot, "4 batches")
        await pilot.press("p")
        await seen(pilot, "3 batches as one")
        await until(pilot, lambda: len(table(pilot.app).rows) == 3)

    assert snap_compare(deck_over(grouped(3, done=1)), terminal_size=size, run_before=before)


async def test_a_filter_typed_before_the_engine_is_open_counts_then() -> None:
    """Whoever is quicker than the engine finds the list filtered when it comes, and not empty for ever."""
    gate, engine = asyncio.Event(), sample()

    async def slow() -> FakeEngine:
        await gate.wait()
        return engine

    app = BatchdeckApp(Outfit(slow, DEMO), now=lambda: NOW)
    async with run(app) as pilot:
        await seen(pilot, "Opening the engine")
        await pilot.press("slash", *"autumn", "enter")
        gate.set()
        await seen(pilot, "1 batch")
