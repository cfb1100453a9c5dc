"""Plays: the tests that do an action of the registry by its key, as `pytest.mark.plays` declares of them.

``@pytest.mark.plays("batch.retry", "list.filter@batch")``: an action, and the screen where it has more than one. What
a test declares is checked while it runs: one of the action's keys was pressed, and its handler ran. With
BATCHDECK_EMPTIED each play runs with its handler emptied, and must fail: `python -m tests.console.emptied`.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from textual.events import Key

from console import actions
from console.app import BatchdeckApp
from console.screens.base import DeckScreen

HERE = Path(__file__).parent
EMPTIED = "BATCHDECK_EMPTIED"
PATIENCE = 2.0 if EMPTIED in os.environ else 5.0
"""Seconds that a play waits for what comes at once: what an emptied handler brings never comes."""
Handler = Callable[..., Any]


@dataclass(frozen=True, order=True)
class Deed:
    """An action on a screen; the screen is empty for what can be done everywhere."""

    action: str
    screen: str = ""

    def __str__(self) -> str:
        return f"{self.action}@{self.screen}" if self.screen else self.action


def deeds() -> dict[str, Deed]:
    """Return all that can be done, by how a test may write it: the screen is needed where there are several."""
    found: dict[str, Deed] = {}
    for action in actions.every_screen().values():
        everywhere = actions.EVERYWHERE in action.screens
        for screen in [""] if everywhere else action.screens:
            deed = Deed(action.id, screen)
            found[action.id if len(action.screens) == 1 else str(deed)] = deed
    return found


def kinds(kind: type[DeckScreen] = DeckScreen) -> Iterator[type[DeckScreen]]:
    """Return every kind of screen that has a name."""
    for one in kind.__subclasses__():
        if one.__dict__.get("NAME"):
            yield one
        yield from kinds(one)


def declared() -> dict[str, list[str]]:
    """Return what the tests of the console say that they play, with the tests that say so."""
    found: dict[str, list[str]] = {}
    for path in sorted(HERE.glob("test_*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for written in _marks(node):
                    found.setdefault(written, []).append(f"{path.stem}::{node.name}")
    return found


def _marks(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    for mark in node.decorator_list:
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.plays":
            yield from (ast.literal_eval(one) for one in mark.args)


def replace(monkeypatch: pytest.MonkeyPatch, deed: Deed, made: Callable[[Handler], Handler]) -> None:
    """Put another handler in the place of a deed's, wherever a key, a click or the palette finds it."""
    action = actions.get(deed.action)
    screens = [kind for kind in kinds() if deed.screen in ("", kind.NAME)]
    own = [kind for kind in screens if hasattr(kind, action.method)]
    for kind in own:
        monkeypatch.setattr(kind, action.method, made(getattr(kind, action.method)))
    if hasattr(BatchdeckApp, action.method) and not deed.screen:
        monkeypatch.setattr(BatchdeckApp, action.method, made(getattr(BatchdeckApp, action.method)))
    elif not own:  # an action of many that are done alike has no method: its screen performs it
        for kind in screens:
            monkeypatch.setattr(kind, "perform", _performed(kind.perform, action.id, made))


def _performed(perform: Handler, action_id: str, made: Callable[[Handler], Handler]) -> Handler:
    instead = made(perform)

    def one(self: DeckScreen, action: actions.Action) -> Any:
        return (instead if action.id == action_id else perform)(self, action)

    return one


def nothing(handler: Handler) -> Handler:
    """Make a handler that does nothing of what the other did."""

    def empty(*_: object) -> None:
        """Do nothing."""

    return empty


@dataclass
class Recorder:
    """What happened in a test: the keys that came, and the deeds whose handlers ran."""

    keys: set[str] = field(default_factory=set)
    ran: set[Deed] = field(default_factory=set)

    def listen(self, monkeypatch: pytest.MonkeyPatch, wanted: list[Deed]) -> None:
        """Note the keys of every console, and each time that a handler runs."""
        take = BatchdeckApp.on_event

        async def noting(app: BatchdeckApp, event: Any) -> None:
            if isinstance(event, Key):
                self.keys.update((event.key, *event.aliases))
            await take(app, event)

        monkeypatch.setattr(BatchdeckApp, "on_event", noting)
        for deed in wanted:
            replace(monkeypatch, deed, lambda handler, deed=deed: self._noted(handler, deed))  # type: ignore[misc]

    def _noted(self, handler: Handler, deed: Deed) -> Handler:
        def noted(*given: object) -> Any:
            self.ran.add(deed)
            return handler(*given)

        return noted

    def missing(self, wanted: list[Deed]) -> list[str]:
        """Say of each deed that wasn't done by its key what was wanting."""
        found = []
        for deed in wanted:
            keys = actions.get(deed.action).keys
            if deed not in self.ran:
                found.append(f"{deed}: its handler never ran")
            elif keys and not self.keys & set(keys.split(",")):
                found.append(f"{deed}: none of {keys} was pressed")
        return found


def emptying() -> bool:
    """Tell whether plays run with their handlers emptied."""
    return EMPTIED in os.environ


def played_by(node: Any) -> list[Deed]:
    """Return the deeds that a test declares; KeyError for one that the registry doesn't have."""
    known = deeds()
    return [known[written] for mark in node.iter_markers("plays") for written in mark.args]
