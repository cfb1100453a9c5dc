"""Reopening: the screens that were open when the console was left, opened again on what is there now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from textual.screen import Screen

from console import actions
from console.memory import Left
from console.screens.base import DeckScreen
from console.screens.batches import BatchesScreen
from console.screens.narrowed import NarrowedScreen
from engine.door import Engine
from engine.errors import NotFound

if TYPE_CHECKING:
    from console.app import BatchdeckApp


def left(stack: Sequence[Screen[object]]) -> list[Left]:
    """Return what to remember of the open screens, up to the first that isn't opened again: a form, a dialog."""
    found: list[Left] = []
    for screen in stack:
        notes = screen.notes() if isinstance(screen, DeckScreen) else None
        if notes is not None and isinstance(screen, DeckScreen):
            found.append((screen.NAME, notes))
        elif found:
            break
    return found


def reopened(found: Sequence[Left]) -> list[DeckScreen]:
    """Return the screens to open, Batches first whatever was left; an unknown one ends it."""
    home = found[0] if found and found[0][0] == BatchesScreen.NAME else (BatchesScreen.NAME, {})
    screens: list[DeckScreen] = [BatchesScreen.again(home[1])]
    if len(found) > 1:
        actions.every_screen()
    known = {kind.NAME: kind for kind in _kinds(DeckScreen)}
    for name, notes in found[1:]:
        if name not in known:
            break
        screens.append(known[name].again(notes))
    return screens


def _kinds(kind: type[DeckScreen]) -> Iterator[type[DeckScreen]]:
    """Return every kind of screen that has a name of its own."""
    for one in kind.__subclasses__():
        if "NAME" in vars(one):
            yield one
        yield from _kinds(one)


async def close_lost(app: BatchdeckApp, engine: Engine) -> None:
    """Go back from a batch that this database hasn't: an older copy may have been put back meanwhile."""
    for at, screen in enumerate(app.screen_stack):
        if not isinstance(screen, NarrowedScreen):
            continue
        try:
            await engine.batch(screen.batch_id)
        except NotFound:
            while len(app.screen_stack) > at:
                app.pop_screen()
            app.tell("The batch that was open last time isn't there any more", "warning")
            return
