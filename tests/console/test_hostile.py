"""Every screen, with hostile text in every place that text can come from: nothing acts, nothing crashes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from console.banner import Banner
from console.screens.item import ItemScreen
from engine.core.model import ItemState as S
from engine.core.reports import Alert, Skipped, Transition
from engine.errors import Conflict
from tests.console.conftest import deck_over, open_batch, picture, run, seen, until
from tests.console.fake_engine import NOW, FakeEngine
from tests.console.hostile import CORPUS, harmful

BATCH = "01KHOSTILE"


def hostile_engine(text: str) -> FakeEngine:
    """Put one text wherever the world outside can put text."""
    engine = FakeEngine()
    states = [S.FAILED, S.OFF_CHAIN, S.CONFIRMED, S.QUEUED]
    batch = engine.add(BATCH, states, creator=text, why=text, who=text, error=text)
    items = [replace(one, title=text, creator=text, error=text) for one in engine.of[BATCH]]
    items[0] = replace(items[0], content_id=text)
    engine.put(batch, items)
    engine.stories[text] = [Transition(NOW, text[:40] or "x", S.FAILED, text)]
    engine.alarms = (Alert("node", text, NOW),)
    return engine


@pytest.mark.parametrize("text", CORPUS, ids=ascii)
async def test_hostile_text_on_every_screen(text: str) -> None:
    """Titles, ids, creators, notes, errors, alerts, dialogs, notices and the header are only ever read."""
    engine = hostile_engine(text)
    app = deck_over(engine, Banner("testnet", text, text, simulated=True))
    drawn = []
    async with run(app, size=(120, 40)) as pilot:
        await seen(pilot, "1 batch")
        drawn.append(picture(app))
        await open_batch(pilot, BATCH)
        drawn.append(picture(app))
        await pilot.press("w")
        await seen(pilot, "1 x")
        drawn.append(picture(app))
        await pilot.press("w", "h")
        await seen(pilot, "4 of 4 contents shown")
        drawn.append(picture(app))
        await pilot.press("escape", "r")
        await seen(pilot, "Retry 2 items?")
        drawn.append(picture(app))
        await pilot.press("escape")
        app.push_screen(ItemScreen(BATCH, text))
        await seen(pilot, "Next:")
        drawn.append(picture(app))
        await pilot.press("escape", "question_mark")
        await pilot.pause()
        drawn.append(picture(app))
        await pilot.press("escape")
        engine.broken = Conflict(text or "x")
        await until(pilot, lambda: app.latest.lost is not None)
        await pilot.press("p")
        await until(pilot, lambda: app._notifications)
        drawn.append(picture(app))
        assert app.is_running
    assert harmful("\n".join(drawn)) == []


async def test_a_click_on_markup_runs_nothing() -> None:
    """``[@click=app.quit]`` in a title is text, wherever it is clicked."""
    app = deck_over(hostile_engine("[@click=app.quit]click me[/]"))
    async with run(app, size=(120, 40)) as pilot:
        await open_batch(pilot, BATCH)
        for y, line in enumerate(picture(app).splitlines()):
            if "click me" in line and y < 36:
                await pilot.click(offset=(line.index("click me") + 2, y))
                await pilot.pause()
        assert app.is_running
        assert not app._leaving


def test_reasons_of_skipped_items_are_harmless() -> None:
    """What an engine says of items it leaves out is shown in one line each."""
    from console.item_views import skipped_lines

    lines = skipped_lines([Skipped(text, text) for text in CORPUS], most=99)
    assert harmful("".join(lines)) == []
    assert not any("\n" in line for line in lines)
