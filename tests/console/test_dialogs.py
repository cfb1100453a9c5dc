"""Dialogs at every size: the buttons are seen, and all that is said can be read by keys."""

from __future__ import annotations

import pytest

from console.screens.dialogs import Confirm, Sentence
from tests.console.conftest import deck_over, picture, run, seen, until
from tests.console.fake_engine import sample

LINES = [f"line {number} of what has to be read before" for number in range(1, 31)]


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40)])
async def test_a_long_dialog_shows_its_buttons_and_can_be_read(size: tuple[int, int]) -> None:
    """Whatever it asks for, fields and buttons are there, no line is left blank, and pages turn from a field too."""
    app = deck_over(sample())
    async with run(app, size) as pilot:
        await seen(pilot, "5 batches")
        app.push_screen(Confirm("Do it?", LINES, "Do it", "12", asks_why=True))
        await seen(pilot, "Do it")
        await until(pilot, lambda: all(word in picture(app) for word in ("Cancel", "Why?", "Type 12", "line 1 ")))
        lines = picture(app).splitlines()
        last = next(at for at, line in enumerate(lines) if "Cancel  " in line and "Do it" in line)
        assert "╰" in lines[last + 1]
        await pilot.press("w", *["pagedown"] * 30)
        await until(pilot, lambda: "line 30 " in picture(app))
        await pilot.press(*["pageup"] * 30)
        await until(pilot, lambda: "line 1 " in picture(app))


async def test_a_dialog_follows_a_resize() -> None:
    """What was opened in a small window uses a large one, and the other way round."""
    app = deck_over(sample())
    async with run(app, (80, 24)) as pilot:
        await seen(pilot, "5 batches")
        app.push_screen(Sentence("Read", LINES))
        await seen(pilot, "line 1 ")
        assert "line 30 " not in picture(app)
        await pilot.resize_terminal(80, 45)
        await until(pilot, lambda: "line 30 " in picture(app) and "Close" in picture(app))
        await pilot.resize_terminal(60, 16)
        await until(pilot, lambda: "line 30 " not in picture(app) and "Close" in picture(app))


async def test_a_short_dialog_is_short() -> None:
    """It is no taller than what it says."""
    app = deck_over(sample())
    async with run(app, (80, 24)) as pilot:
        await seen(pilot, "5 batches")
        app.push_screen(Sentence("Read", LINES[:2]))
        await seen(pilot, "line 2 ")
        assert sum(line.count("│") == 2 for line in picture(app).splitlines()) == 6
