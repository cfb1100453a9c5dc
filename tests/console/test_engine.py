"""Engine: how every part is, alerts that somebody has seen, what is due, who did what, and the emergency stop."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from textual.pilot import Pilot
from textual.widgets import Sparkline

from console.app import BatchdeckApp
from console.banner import Banner
from console.engine_views import audit_rows, counted, quick, taken, work_line
from console.pulse import MOST, Pulse
from console.screens.batch import BatchScreen
from console.screens.batches import BatchesScreen
from console.screens.engine import EngineScreen
from console.screens.lanes import LanesScreen
from engine.core.loglines import Level, LogLine
from engine.core.model import Hold
from engine.core.oversight import Act, Deed, KeptAlert
from engine.core.reports import Part
from engine.core.vitals import NodeSight, NodeStanding, Setting, Times
from engine.errors import Conflict
from tests.console.conftest import DEMO, deck_over, picture, run, seen, until
from tests.console.engine_desk import DUE, PLAIN, RUNNING, TendedEngine, tended
from tests.console.fake_engine import NOW
from tests.console.hostile import CORPUS, harmful

READER = replace(DEMO, read_only=True)


@asynccontextmanager
async def opened(
    engine: TendedEngine, banner: Banner = DEMO, view: str = ""
) -> AsyncIterator[tuple[BatchdeckApp, Pilot[None]]]:
    """Open the screen over an engine, wait for what it says, and go to a view by its key."""
    app = deck_over(engine, banner)
    async with run(app, (120, 40)) as pilot:
        await until(pilot, lambda: app.engine is not None)
        await pilot.press("e")
        await seen(pilot, "Throughput")
        if view:
            await pilot.press(view)
            await until(pilot, lambda: "Throughput" not in picture(app))
        yield app, pilot


def test_the_pace_is_what_ended_between_two_looks() -> None:
    """A count that falls is no pace, and looks that come too close say nothing."""
    pulse = Pulse()
    for at, done in ((0, 100), (0.2, 150), (2, 104), (4, 104), (6, 90), (8, 110)):
        pulse.note(done, NOW + timedelta(seconds=at))
    assert pulse.paces == [2, 0, 0, 10]
    assert (pulse.now, pulse.best, pulse.since) == (3, 10, NOW)


def test_a_clock_that_was_set_back_makes_no_pace() -> None:
    """Time goes on from there."""
    pulse = Pulse()
    for at, done in ((10, 0), (0, 50), (5, 60)):
        pulse.note(done, NOW + timedelta(seconds=at))
    assert pulse.paces == [2]


def test_the_pulse_forgets_what_is_old() -> None:
    """It never grows beyond what is drawn."""
    pulse = Pulse()
    for point in range(2 * MOST):
        pulse.note(point, NOW + timedelta(seconds=point))
    assert len(pulse.paces) == MOST


def test_durations_of_calls_are_short() -> None:
    """Three figures at most; nothing measured is nothing said."""
    assert [quick(one) for one in (0.0038, 0.118, 1.24, None)] == ["3.8 ms", "118 ms", "1.2 s", ""]
    assert taken(Times()) == ""
    assert taken(Times(3, 0.5, None)) == ", 500 ms each (95% more than 10 s)"


def test_an_empty_queue_says_so() -> None:
    """Nothing under way is words, not an empty line."""
    assert "empty" in work_line(PLAIN).plain


def test_equal_deeds_are_rows_of_their_own() -> None:
    """Two imports in one moment are two lines."""
    deed = Deed(NOW, "ann", Act.IMPORT)
    assert len({row.key for row in audit_rows([deed, deed])}) == 2


def test_what_is_shown_is_never_called_all() -> None:
    """A list that goes on says so."""
    assert counted(4, 4, "alert") == "4 alerts"
    assert counted(200, 1250, "deed") == "200 of 1,250 deeds shown, newest first"


async def test_health_tells_of_every_part_and_node() -> None:
    """Parts, queue, pace, nodes with tip, delay and trouble, writer, calls, and which engine it is."""
    async with opened(tended()) as (app, _):
        shown = picture(app)
    for text in (
        "✓ scheduler", "104 MB of 7951 MB", "62 queued", "12 pending on the chain", "being measured", "182,223",
        "9.4 ms", "behind", "! node-c.example:20443: The node didn't answer", "9,120 commits, 3.8 ms each",
        "3 unclear", "up for 3 h 12 min", "acts as ann", ".pay-per-view", "2 alerts are open",
    ):  # fmt: skip
        assert text in shown, text


@pytest.mark.plays("list.refresh@engine")
async def test_the_pace_is_drawn_as_items_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """What ended since the last look is a point of the line, and a number beside it; the key looks at once."""
    monkeypatch.setattr("console.screens.engine_pages.EVERY", 3600.0)
    engine = tended()
    clock = [NOW]
    app = deck_over(engine)
    app.now = lambda: clock[0]
    async with run(app, (120, 40)) as pilot:
        await until(pilot, lambda: app.engine is not None)
        await pilot.press("e")
        await seen(pilot, "being measured")
        clock[0] += timedelta(seconds=4)
        engine.told = replace(engine.told, outcomes={one: count + 20 for one, count in engine.told.outcomes.items()})
        await pilot.press("ctrl+l")
        await seen(pilot, "20.0 items/s now")
        assert app.screen.query_one(Sparkline).display


async def test_a_part_that_is_unwell_stands_out() -> None:
    """The foot names it, and its line says what to do."""
    engine = tended()
    engine.parts = (Part("database", False, "the disk is full: make room"), *engine.parts[1:])
    async with opened(engine) as (app, _):
        assert "! database" in picture(app)
        assert "the disk is full: make room" in picture(app)
        assert "Not well: database" in picture(app)


@pytest.mark.plays("engine.acknowledge")
async def test_an_alert_is_acknowledged_with_the_reason_why() -> None:
    """It is open no more, on the screen and in the engine; twice is refused with who has seen it."""
    engine = tended()
    async with opened(engine, view="2") as (app, pilot):
        await seen(pilot, "4 alerts")
        await pilot.press("a")
        await seen(pilot, "Acknowledge this alert?")
        await pilot.press(*"on it", "tab", "tab", "enter")
        await until(pilot, lambda: engine.named("acknowledge"))
        assert engine.named("acknowledge") == [(9, "on it")]
        await seen(pilot, "2 Alerts 1")
        assert "seen by ann" in picture(app)
        await pilot.press("a")
        await seen(pilot, "ann has seen this alert already")
        assert len(engine.named("acknowledge")) == 1


async def test_cancel_acknowledges_nothing() -> None:
    """Enter alone is Cancel."""
    engine = tended()
    async with opened(engine, view="2") as (_, pilot):
        await seen(pilot, "4 alerts")
        await pilot.press("a")
        await seen(pilot, "Acknowledge this alert?")
        await pilot.press("enter")
        await pilot.pause()
        assert engine.named("acknowledge") == []


async def test_without_an_alert_the_key_says_so() -> None:
    """Also on another view, where no alert is."""
    engine = tended()
    engine.kept = []
    async with opened(engine) as (_, pilot):
        await pilot.press("a")
        await seen(pilot, "Press 2 for the alerts first")
        await pilot.press("2")
        await seen(pilot, "No alert was ever raised.")
        await pilot.press("a")
        await seen(pilot, "There is no alert to acknowledge")


@pytest.mark.parametrize(("view", "moves", "batch"), [("2", 1, RUNNING), ("3", 0, DUE), ("4", 0, RUNNING)])
@pytest.mark.plays("engine.open")
async def test_a_row_opens_its_batch(view: str, moves: int, batch: str) -> None:
    """An alert, a schedule and a deed lead to the batch that they are about."""
    async with opened(tended(), view=view) as (app, pilot):
        await until(pilot, lambda: app.screen.tables[app.screen._view].rows)
        await pilot.press(*["down"] * moves, "enter")
        await until(pilot, lambda: isinstance(app.screen, BatchScreen))
        assert app.screen.batch_id == batch
        await pilot.press("escape")
        assert isinstance(app.screen, EngineScreen)


async def test_a_row_about_no_batch_says_so() -> None:
    """The key does nothing without a word."""
    async with opened(tended(), view="4") as (app, pilot):
        await seen(pilot, "4 deeds")
        await pilot.press("down", "enter")
        await seen(pilot, "is about no batch")
        assert isinstance(app.screen, EngineScreen)


@pytest.mark.plays("engine.next", "engine.previous")
async def test_the_views_go_round() -> None:
    """Arrows, digits and clicks all change the view; the settings tell where each value came from."""
    async with opened(tended()) as (app, pilot):
        await pilot.press("left")
        await seen(pilot, "6 lines, newest first")
        await pilot.press("left")
        await seen(pilot, "BATCHDECK_DATABASE_URL")
        assert "Secrets are never shown" in picture(app)
        await pilot.press("right", "right", "right", "right")
        await seen(pilot, "1 scheduled batch")
        line = picture(app).splitlines()[1]
        await pilot.click(offset=(line.index("4 Audit") + 1, 1))
        await seen(pilot, "4 deeds")
        assert "Autumn sale" in picture(app)


@pytest.mark.plays("engine.health", "engine.alerts", "engine.schedule", "engine.audit", "engine.settings", "engine.log")
async def test_each_view_has_its_key() -> None:
    """One digit, from wherever one is."""
    async with opened(tended()) as (app, pilot):
        for key, words in (
            ("6", "6 lines"), ("5", "Secrets are never shown"), ("4", "4 deeds"), ("3", "1 scheduled batch"),
            ("2", "4 alerts"), ("1", "up for 3 h 12 min"),
        ):  # fmt: skip
            assert words not in picture(app)
            await pilot.press(key)
            await seen(pilot, words)


async def test_the_emergency_stop_takes_a_reason_and_changes_its_name() -> None:
    """Stop asks, with Cancel as the default; the same key lets the engine go on again."""
    engine = tended()
    async with opened(engine) as (app, pilot):
        assert "! Stop all" in picture(app)
        await pilot.press("exclamation_mark")
        await seen(pilot, "Stop the whole engine?")
        await pilot.press("enter")
        await pilot.press("exclamation_mark")
        await seen(pilot, "Stop the whole engine?")
        await pilot.press(*"fire", "tab", "tab", "enter")
        await seen(pilot, "! Go on")
        await seen(pilot, "The engine is stopped: ! lets it go on")
        await seen(pilot, "The engine is stopped: nothing new is applied")
        assert engine.named("pause_all") == ["fire"]
        await pilot.press("exclamation_mark")
        await seen(pilot, "Let the engine go on?")
        await pilot.press("tab", "enter")
        await seen(pilot, "! Stop all")
        assert engine.named("resume_all") == [None]


async def test_a_console_that_may_only_read_acts_on_nothing() -> None:
    """Acknowledging and stopping are greyed, and say why."""
    engine = tended()
    async with opened(engine, READER, "2") as (app, pilot):
        await seen(pilot, "4 alerts")
        assert app.screen.refusal("engine.acknowledge") == app.screen.refusal("app.stop") == READER.refusal
        await pilot.press("a")
        await seen(pilot, "read-only: start it without")
        await pilot.press("exclamation_mark")
        await pilot.pause()
        assert engine.named("acknowledge") == engine.named("pause_all") == []


async def test_a_refused_acknowledgement_is_told() -> None:
    """Somebody was quicker: the notice says so, and the list shows it."""
    engine = tended()
    async with opened(engine, view="2") as (_, pilot):
        await seen(pilot, "4 alerts")
        await pilot.press("a")
        engine.kept[0] = replace(engine.kept[0], acknowledged_at=NOW, acknowledged_by="bob")
        await pilot.press("tab", "enter")
        await seen(pilot, "Alert 9 was acknowledged already")
        await seen(pilot, "bob")


@pytest.mark.plays("engine.lanes", "lanes.engine", "batches.engine")
async def test_lanes_and_engine_lead_to_each_other() -> None:
    """One key goes over, Esc goes home: they don't pile up."""
    async with opened(tended()) as (app, pilot):
        await pilot.press("l")
        await until(pilot, lambda: isinstance(app.screen, LanesScreen))
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, EngineScreen))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, BatchesScreen))


async def test_it_opens_again_where_it_was_left() -> None:
    """The view is remembered; one that nobody knows is the first."""
    async with opened(tended(), view="4") as (app, _):
        notes = app.screen.notes()
    app = deck_over(tended())
    async with run(app, (120, 40)) as pilot:
        await until(pilot, lambda: app.latest.health)
        app.push_screen(EngineScreen.again(notes))
        await seen(pilot, "4 deeds")
    assert EngineScreen.again({"view": "nothing"}).notes() == {"view": "health"}


async def test_what_is_paused_before_its_time_stands_in_the_schedule() -> None:
    """Paused batches left the schedule, which said that nothing was scheduled; one that runs has no place there."""
    engine = tended()
    engine.put(replace(engine.found[DUE], hold=Hold.PAUSED), engine.of[DUE])
    engine.put(replace(engine.found[RUNNING], hold=Hold.PAUSED), engine.of[RUNNING])
    async with opened(engine, view="3") as (app, pilot):
        await seen(pilot, "1 scheduled batch; 1 is paused: it begins only once resumed")
        assert "3 Schedule 1" in picture(app)
        (row,) = [line for line in picture(app).splitlines() if "Update price" in line]
        assert row.split()[0] == "paused"
        assert "Nothing is scheduled" not in picture(app)
        await pilot.press("1")
        await seen(pilot, "up for 3 h 12 min")
        assert "3 Schedule 1" in picture(app)


async def test_nothing_scheduled_says_what_to_do() -> None:
    """An empty view isn't a blank one."""
    engine = tended()
    del engine.found[DUE]
    async with opened(engine, view="3") as (_, pilot):
        await seen(pilot, "Nothing is scheduled.")
        await seen(pilot, "0 scheduled batches")


@pytest.mark.parametrize("place", [0, 10, 12], ids=lambda place: ascii(CORPUS[place][:20]))
async def test_hostile_text_about_the_engine_is_only_read(place: int) -> None:
    """Reasons, names, notes and settings from outside never act and never reach the terminal raw."""
    text, engine = CORPUS[place], tended()
    engine.parts = (Part(text, False, text),)
    engine.kept = [KeptAlert(1, text, text, NOW, acknowledged_by=text, why=text)]
    engine.done = [Deed(NOW, text, Act.IMPORT, None, None, text, text)]
    engine.lines = [LogLine(1, NOW, Level.ERROR, text, text, text)]
    nodes = (NodeSight(text, NodeStanding.AWAY, None, None, text),)
    engine.told = replace(PLAIN, who=text, contract=text, nodes=nodes, settings=(Setting(text, text, text),))
    drawn = []
    async with opened(engine) as (app, pilot):
        for key in ("1", "2", "4", "5", "6"):
            await pilot.press(key)
            await until(pilot, lambda: app.screen._picture and not app.screen._asked)
            drawn.append(picture(app))
        await pilot.press("enter")
        await seen(pilot, "A line of the log")
        drawn.append(picture(app))
        await pilot.press("escape")
        await pilot.press("2")
        await until(pilot, lambda: app.screen.alert)
        await pilot.press("a")
        await seen(pilot, "Acknowledge this alert?")
        engine.broken = Conflict(text)
        await pilot.press("tab", "enter")
        await until(pilot, lambda: app._notifications)
        drawn.append(picture(app))
        assert app.is_running
    assert harmful("\n".join(drawn)) == []
