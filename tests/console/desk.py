"""What the tests of Compose, Review and Catalogue do with a pilot: open, wait, type, read what is drawn."""

from __future__ import annotations

from collections.abc import Callable

from textual.events import Key
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.widgets import Input, Static

from console.widgets.field import Field
from tests.console.plays import PATIENCE


async def until(pilot: Pilot[None], true: Callable[[], object]) -> None:
    """Wait for something that a worker brings; fail after some seconds."""
    for _ in range(int(PATIENCE / 0.02)):
        await pilot.pause(0.02)
        if true():
            await pilot.pause()
            return
    raise AssertionError("It never came")


async def open_screen(pilot: Pilot[None], key: str, name: str) -> None:
    """Go from Batches to a screen, and wait for its list."""
    await until(pilot, lambda: pilot.app.engine is not None)  # type: ignore[attr-defined]
    await pilot.press(key)
    await until(pilot, lambda: getattr(pilot.app.screen, "NAME", "") == name and shown(pilot).total is not None)


def shown(pilot: Pilot[None]):  # type: ignore[no-untyped-def]
    """Return the list of contents."""
    return pilot.app.screen.query_one("#list")


async def typed(pilot: Pilot[None], text: str) -> None:
    """Type into what has the focus, in one burst, and wait until the last key has acted."""
    await pilot.pause()
    field = pilot.app.focused
    assert isinstance(field, Input)
    expected = field.value + text
    for one in text:
        pilot.app.post_message(Key(_character_to_key(one), one))
    await until(pilot, lambda: field.value == expected)


async def fill(pilot: Pilot[None], field: str, text: str) -> None:
    """Type into a field of Compose."""
    named = next(one for one in pilot.app.screen.query(Field) if one.name == field)
    named.focus_input()
    named.write("")
    await typed(pilot, text)
    await pilot.pause()


async def search(pilot: Pilot[None], text: str) -> None:
    """Type a search, and wait for what it finds."""
    field = pilot.app.screen.query_one("#search", Input)
    field.focus()
    field.value = ""
    await typed(pilot, text)
    await until(pilot, lambda: shown(pilot).showing and shown(pilot).showing.search == text)
    await pilot.press("enter")


def beside(pilot: Pilot[None], field: str) -> tuple[str, bool]:
    """Return what stands beside a field, and whether it is a problem."""
    named = next(one for one in pilot.app.screen.query(Field) if one.name == field)
    return str(named.query_one(".field--note", Static).render()), named.has_class("-problem")


def text_of(pilot: Pilot[None], selector: str) -> str:
    """Return what a line says."""
    return str(pilot.app.screen.query_one(selector, Static).render())


def drawn(pilot: Pilot[None]) -> str:
    """Return all that is on the screen."""
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join(strip.text for strip in strips)


def still(pilot: Pilot[None]) -> None:
    """Let no cursor blink in a picture."""
    for field in pilot.app.screen.query(Input):
        field.cursor_blink = False
