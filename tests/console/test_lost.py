"""What was never loaded: on an engine that is lost nothing claims to be opening or loading."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.console.conftest import deck_over, picture, run, seen, until
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
