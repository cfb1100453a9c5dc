"""What was never loaded: on an engine that is lost nothing claims to be opening or loading."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.console.conftest import deck_over, open_batch, picture, run, seen, until
from tests.console.engine_desk import tended
from tests.console.fake_engine import FakeEngine, Outage, sample
from tests.console.lanes_desk import laned
from tests.console.shelf import stocked

UNKNOWN = "Nothing is known of it yet: the engine doesn't answer."


@pytest.mark.parametrize(
    ("made", "key", "says"),
    [
        (laned, "l", UNKNOWN),
        (tended, "e", UNKNOWN),
        (stocked, "o", "The catalogue isn't loaded"),
        (sample, "", UNKNOWN),
    ],
)
async def test_it_says_that_nobody_answers(made: Callable[[], FakeEngine], key: str, says: str) -> None:
    """Once the engine is back all of it comes by itself."""
    engine = made()
    app = deck_over(engine)
    if not key:
        engine.broken = Outage("the node room is dark")
    async with run(app) as pilot:
        await until(pilot, lambda: app.engine is not None and (not key or app.latest.health))
        engine.broken = Outage("the node room is dark")
        await seen(pilot, "Engine lost")
        await pilot.press(*([key] if key else []))
        await seen(pilot, says)
        shown = picture(app)
        assert "Opening the engine" not in shown
        assert "Loading" not in shown
        engine.broken = None
        await until(pilot, lambda: "Engine lost" not in picture(app))
        await until(pilot, lambda: says not in picture(app))


async def test_the_banner_is_one_sentence_that_asks_for_nothing() -> None:
    """What an error advises whoever asked once is no advice where the console asks again by itself."""
    engine = sample()
    app = deck_over(engine)
    async with run(app, (160, 40)) as pilot:
        await until(pilot, lambda: app.latest.health)
        engine.broken = Outage("The engine at http://host:8420 gave no answer (the connection broke): try again")
        await seen(pilot, "the connection broke); this is the last picture, until the console reaches it again.")
        assert "try" not in picture(app).partition("Engine lost")[2].partition("again.")[0]


async def test_an_item_that_nobody_can_tell_of_says_so() -> None:
    """It isn't loading for ever, and comes by itself when the engine is back."""
    engine = sample()
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_batch(pilot)
        engine.broken = Outage("the node room is dark")
        await seen(pilot, "Engine lost")
        await pilot.press("enter")
        await seen(pilot, UNKNOWN)
        assert "Loading" not in picture(app)
        engine.broken = None
        await seen(pilot, "What happened (UTC)")
        assert UNKNOWN not in picture(app)


async def test_the_slots_of_another_lane_that_nobody_can_tell_of_say_so() -> None:
    """The lane under the cursor is known, its window isn't."""
    engine = laned()
    app = deck_over(engine)
    async with run(app, (120, 40)) as pilot:
        await until(pilot, lambda: app.latest.health)
        await pilot.press("l")
        await seen(pilot, "Nonce")
        await until(pilot, lambda: "Loading" not in picture(app))
        engine.broken = Outage("the node room is dark")
        await seen(pilot, "Engine lost")
        await pilot.press("down")
        await seen(pilot, UNKNOWN)
        await pilot.pause(1.2)
        assert "Loading" not in picture(app)
