"""A batch by reason: how many for which reason, in the engine's words; filter, mark and retry them together."""

from __future__ import annotations

import pytest

from console.reasons import reasons
from console.screens.item import ItemScreen
from console.widgets.row_table import RowTable
from engine.core.model import ItemState as S
from engine.core.model import Outcome
from tests.console.conftest import MIXED, deck_over, open_batch, picture, run, seen, until
from tests.console.fake_engine import FakeEngine, item

FUNDS = "NotEnoughFunds: balance 0, fee 2000"
POOR = [f"content-{number}" for number in range(77, 86)]


def marks(app: object) -> list[str]:
    return sorted(app.screen.query_one("#items", RowTable).marks)  # type: ignore[attr-defined]


def test_reasons_are_counted_most_frequent_first() -> None:
    """One outcome and one sentence are one reason; what has none comes last, however many it is."""
    words = ["a", "", "b", "b", "", ""]
    items = [item("01K", at, S.FAILED if one else S.CONFIRMED, error=one or None) for at, one in enumerate(words)]
    items.append(item("01K", 6, S.OFF_CHAIN, error="b"))
    found = [(one.outcome, one.words, len(one.content_ids)) for one in reasons(items)]
    assert found == [
        (Outcome.FAILED, "b", 2),
        (Outcome.FAILED, "a", 1),
        (Outcome.OFF_CHAIN, "b", 1),
        (Outcome.CONFIRMED, "", 3),
    ]


async def test_enter_on_a_reason_shows_its_items(engine: FakeEngine) -> None:
    """At 80x24: w groups, Enter filters, Enter opens, and esc leads back the same way."""
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_batch(pilot)
        await pilot.press("w")
        await seen(pilot, "9 x")
        lines = [line.split() for line in picture(app).splitlines() if " x " in line]
        assert [line[:4] for line in lines[:3]] == [
            ["9", "x", "◌", "off-chain"],
            ["3", "x", "✗", "failed"],
            ["64", "x", "✓", "confirmed"],
        ]
        await pilot.press("down", "enter")
        await seen(pilot, "3 of 100 items shown")
        assert "Content not found  (esc: for any reason)" in picture(app)
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, ItemScreen))
        assert app.screen.content_id == "content-87"  # type: ignore[attr-defined]
        await pilot.press("escape", "escape")
        await seen(pilot, "100 of 100 items shown")
        await pilot.press("escape")
        await seen(pilot, "5 batches")


@pytest.mark.plays("list.filter@batch")
async def test_outcome_text_and_reason_go_together(engine: FakeEngine) -> None:
    """The reasons are those of the items that the outcome and the text let through, and stay combined with them."""
    engine.move(MIXED, "content-86", error=FUNDS)
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_batch(pilot)
        await pilot.press("5", "w")
        await seen(pilot, "2 x")
        assert "9 x" not in picture(app)
        await pilot.press("1", "/", *"funds", "enter")
        await seen(pilot, "10 of 100 items shown")
        await seen(pilot, "9 x")
        assert "64 x" not in picture(app)
        await pilot.press("home", "enter", "5")
        await seen(pilot, "0 of 100 items shown")
        await pilot.press("4")
        await seen(pilot, "9 of 100 items shown")


@pytest.mark.plays("batch.reasons")
async def test_a_reason_is_marked_whole_and_exactly_that_is_retried(engine: FakeEngine) -> None:
    """Space marks every item of a reason, again unmarks them; r sends the marked ones and no other."""
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_batch(pilot)
        await pilot.press("down", "space", "w", "a")
        await seen(pilot, "100 marked")
        await pilot.press("escape")
        await until(pilot, lambda: not marks(app))
        await pilot.press("space")
        await seen(pilot, "9 marked")
        await pilot.press("space")
        await seen(pilot, "12 marked")
        await pilot.press("up", "space")
        await until(pilot, lambda: marks(app) == POOR)
        await pilot.press("w")
        await seen(pilot, "Old to new")
        assert marks(app) == POOR
        await pilot.press("w", "r")
        await seen(pilot, "Retry 9 items?")
        await pilot.press("tab", "enter")
        await until(pilot, lambda: engine.named("retry"))
    assert list(engine.named("retry")[0][2]) == POOR  # type: ignore[index]


async def test_reasons_follow_the_engine(engine: FakeEngine) -> None:
    """What ends for a marked reason is counted and marked with it; the cursor stays on its reason."""
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_batch(pilot)
        await pilot.press("w", "down", "space", "home")
        await until(pilot, lambda: len(marks(app)) == 3)
        for at in range(89, 100):
            engine.move(MIXED, f"content-{at}", state=S.FAILED, error="Content not found")
        await seen(pilot, "14 x")
        assert len(marks(app)) == 14
        assert f"◌ off-chain  {FUNDS}" in picture(app)
