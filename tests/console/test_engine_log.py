"""The log of the engine on its screen: levels in words, found by a text, and a line whole with its traceback."""

from __future__ import annotations

from dataclasses import replace

import pytest

from console.log_views import LEVEL_STYLES, log_foot, log_rows
from console.screens.engine import EngineScreen
from console.screens.engine_pages import EnginePages
from engine.core.loglines import Level, LogLine
from engine.errors import Unavailable
from tests.console.conftest import deck_over, picture, run, seen, until
from tests.console.engine_desk import logged, tended
from tests.console.fake_engine import NOW
from tests.console.test_engine import opened


def test_a_level_is_a_word_and_what_alarms_has_a_sign() -> None:
    """Colour alone never says it."""
    cells = [str(row.cells[1]) for row in log_rows(logged())]
    assert cells == ["  debug", "  info", "! warning", "! error", "! critical", "  info"]
    assert set(LEVEL_STYLES) == set(Level)


def test_a_line_without_values_names_its_error() -> None:
    """The last line of a traceback is what went wrong."""
    (row,) = log_rows([LogLine(1, NOW, Level.ERROR, "failed", "", "Traceback\nKeyError: 'x'")])
    assert row.cells[3] == "KeyError: 'x'"


def test_what_is_shown_of_the_log_is_never_called_all() -> None:
    """Cut, filtered, and what is remembered: each is said."""
    assert log_foot(200, 1000, "").plain == "200 of 1,000 lines shown, newest first"
    assert log_foot(1, 1, "fee").plain.startswith("1 line with fee, newest first: what the engine remembers")


async def test_the_newest_lines_come_first_and_follow() -> None:
    """What is logged while one looks appears by itself, and the cursor stays on its line."""
    engine = tended()
    async with opened(engine, view="6") as (app, pilot):
        await seen(pilot, "6 lines")
        shown = picture(app)
        assert shown.index("database available again") < shown.index("the disk is full") < shown.index("/api/changes")
        await pilot.press("down")
        engine.lines.append(LogLine(817, NOW, Level.INFO, "somebody came by"))
        await pilot.press("ctrl+l")
        await seen(pilot, "somebody came by")
        assert app.screen.key == "815"


@pytest.mark.plays("list.filter@engine")
async def test_lines_are_found_by_a_text() -> None:
    """Over all that the engine remembers, not over what is shown; Esc empties it, other views have no such key."""
    engine = tended()
    async with opened(engine) as (app, pilot):
        await pilot.press("slash")
        await seen(pilot, "press 6 for it first")
        assert "/ Filter" not in picture(app)
        await pilot.press("6")
        await seen(pilot, "/ Filter")
        await pilot.press("slash", *"KEYERR")
        await seen(pilot, "1 line with KEYERR")
        assert "the disk is full" not in picture(app)
        await pilot.press("enter")
        assert app.screen.notes() == {"view": "log", "text": "KEYERR"}
        await pilot.press("1")
        await seen(pilot, "Throughput")
        assert "KEYERR" not in picture(app)
        await pilot.press("6", "slash", *"qqq")
        await seen(pilot, "No line that the engine remembers has this text.")
        await pilot.press("escape")
        await seen(pilot, "6 lines")
        assert engine.named("log_lines")[-1].limit == 200


async def test_it_opens_again_with_its_text() -> None:
    """The filter is remembered as every other."""
    app = deck_over(tended())
    async with run(app, (120, 40)) as pilot:
        await until(pilot, lambda: app.latest.health)
        app.push_screen(EngineScreen.again({"view": "log", "text": "disk"}))
        await seen(pilot, "1 line with disk")
    assert issubclass(EngineScreen, EnginePages)


async def test_enter_shows_a_line_whole() -> None:
    """With the traceback, which no row has room for."""
    engine = tended()
    async with opened(engine, view="6") as (app, pilot):
        await seen(pilot, "6 lines")
        await pilot.press("down", "down", "enter")
        await seen(pilot, "A line of the log")
        for text in ("engine/line/worker.py", "KeyError: 'lost'", "line 814", "station='lane ST1SIGNER'"):
            assert text in picture(app), text
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, EngineScreen))
        engine.lines = []
        await pilot.press("ctrl+l")
        await seen(pilot, "The engine has logged nothing since it began.")
        assert app.screen.refusal("engine.open") == "There is no line under the cursor"


async def test_an_engine_that_tells_no_log_says_why() -> None:
    """The error is a notice, and the screen goes on."""
    engine = tended()
    async with opened(engine) as (app, pilot):
        engine.broken = Unavailable("It is gone")
        await pilot.press("6")
        await seen(pilot, "It is gone")
        engine.broken = None
        engine.told = replace(engine.told, who="ben")
        await pilot.press("ctrl+l")
        await seen(pilot, "6 lines")
        assert app.is_running
