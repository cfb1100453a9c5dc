"""The mouse alone: what a click, a drag and the wheel do, and what no click may do by mistake."""

from __future__ import annotations

import pytest
from textual.events import MouseDown, MouseMove, MouseUp
from textual.pilot import Pilot

from console.screens.batch import BatchScreen
from console.screens.dialogs import Confirm
from console.widgets.choices import Choices
from tests.console.conftest import deck_over, open_batch, picture, run, seen, until
from tests.console.fake_engine import sample


def told(
    kind: type[MouseDown | MouseUp | MouseMove], x: int, y: int, button: int = 1
) -> MouseDown | MouseUp | MouseMove:
    """Return an event as a terminal tells it."""
    return kind(None, x, y, 0, 0, button, False, False, False, screen_x=x, screen_y=y)


async def click(pilot: Pilot[None], x: int, y: int, button: int = 1, times: int = 1) -> None:
    """Press and release at a cell of the terminal, whatever is there, as quickly as a hand can."""
    for _ in range(times):
        pilot.app.post_message(told(MouseDown, x, y, button))
        pilot.app.post_message(told(MouseUp, x, y, button))
        await pilot.pause()


def place(pilot: Pilot[None], text: str) -> tuple[int, int]:
    """Return the cell where a text begins."""
    for y, line in enumerate(picture(pilot.app).splitlines()):  # type: ignore[arg-type]
        if text in line:
            return line.index(text), y
    raise AssertionError(f"{text} isn't shown")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_click_anywhere_on_a_choice_takes_that_one(size: tuple[int, int]) -> None:
    """The blank behind a status, and the bracket behind the one in force, belonged to the next one."""
    app = deck_over(sample())
    async with run(app, size) as pilot:
        await seen(pilot, "Status")
        for name in ("Scheduled", "Processing", "Completed", "Cancelled"):
            x, y = place(pilot, name)
            for cell in (x - 1, x, x + len(name) - 1, x + len(name)):
                await click(pilot, place(pilot, "All")[0], y)
                await click(pilot, cell, y)
                assert app.screen.query_one(Choices)._current == name.lower(), (name, cell - x)


async def test_another_button_presses_nothing() -> None:
    """A paste by the middle button pressed whatever lay under the pointer."""
    app = deck_over(sample())
    async with run(app) as pilot:
        await open_batch(pilot)
        x, y = place(pilot, "Retry")
        for button in (2, 3):
            await click(pilot, x, y, button)
        await pilot.pause(0.1)
        assert isinstance(app.screen, BatchScreen)
        await click(pilot, x, y)
        await until(pilot, lambda: isinstance(app.screen, Confirm))


async def test_a_double_click_confirms_nothing() -> None:
    """What the first click opens isn't answered by the second, wherever its button comes to lie."""
    app = deck_over(sample())
    async with run(app) as pilot:
        await open_batch(pilot)
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        x, y = (int(part) for part in app.screen.query_one("#confirm").region.center)
        dialog = app.screen
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is not dialog)
        await click(pilot, x, y)
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await click(pilot, x, y)
        await pilot.pause(0.1)
        assert isinstance(app.screen, Confirm)


async def test_a_click_beside_a_question_answers_nothing() -> None:
    """A question with something at stake stays until it is answered."""
    app = deck_over(sample())
    async with run(app) as pilot:
        await open_batch(pilot)
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        for cell in ((0, 0), (79, 23), (40, 5)):
            await click(pilot, *cell)
        assert isinstance(app.screen, Confirm)
