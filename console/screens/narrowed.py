"""NarrowedScreen: what every screen about one batch does to narrow its rows: a filter by key, and one by text."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar, Self

from textual import on
from textual.widgets import Input

from console import actions
from console.memory import Notes
from console.screens.base import DeckScreen
from console.widgets.choices import Choices
from console.widgets.filter_line import FilterLine


class NarrowedScreen(DeckScreen):
    """A screen about one batch; ``FILTERS`` are the names of its filters, each an action of the screen by that name."""

    FILTERS: ClassVar[Collection[str]] = ()
    filter_line: FilterLine

    def __init__(self, batch_id: str) -> None:
        super().__init__()
        self.batch_id = batch_id
        self._shown, self._text = "all", ""

    def notes(self) -> Notes:
        """Which rows of which batch are looked at."""
        return {"batch": self.batch_id, "shown": self._shown, "text": self._text}

    @classmethod
    def again(cls, notes: Notes) -> Self:
        """Look at the same rows."""
        screen = cls(notes.get("batch", ""))
        screen._shown = notes["shown"] if notes.get("shown") in cls.FILTERS else "all"
        screen._text = notes.get("text", "")
        return screen

    def draw(self) -> None:
        """Draw what is shown now; each screen has its own."""
        self.refresh_keys()

    def perform(self, action: actions.Action) -> None:
        """A filter's key shows it; all else has a method of its own."""
        name = action.id.removeprefix(f"{self.NAME}.")
        if name in self.FILTERS:
            self._show(name)
        else:
            super().perform(action)

    def _show(self, name: str) -> None:
        self._shown = name
        self.draw()

    def do_filter(self) -> None:
        """Filter by text."""
        self.filter_line.open()

    @on(Choices.Changed)
    def _clicked(self, message: Choices.Changed) -> None:
        self._show(message.name)

    @on(Input.Changed, "#filter")
    def _typed(self, event: Input.Changed) -> None:
        self._text = event.value.strip()
        self.draw()
