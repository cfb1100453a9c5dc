"""Choices: one line of filters, of which one is in force; keys or a click change it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from console.text import display_text


@dataclass(frozen=True, slots=True)
class Choice:
    """One filter: its name, its label, how many it would show (None: nobody counted)."""

    name: str
    label: str
    count: int | None = None

    @property
    def text(self) -> str:
        """The label with its count, if there is any to show."""
        return f" {self.words} {self.count} " if self.count else f" {self.words} "

    @property
    def words(self) -> str:
        """The label, harmless."""
        return display_text(self.label)


class Choices(Widget):
    """Shows choices side by side; the one in force is marked in brackets as well as in colour."""

    DEFAULT_CSS = "Choices { height: 1; width: 1fr; }"

    class Changed(Message):
        """Another choice was clicked."""

        def __init__(self, name: str) -> None:
            self.name = name
            super().__init__()

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._choices: tuple[Choice, ...] = ()
        self._current = ""

    def show(self, choices: Sequence[Choice], current: str) -> None:
        """Show these choices."""
        if (tuple(choices), current) != (self._choices, self._current):
            self._choices, self._current = tuple(choices), current
            self.refresh()

    def _texts(self) -> list[tuple[Choice, str]]:
        """Counts go first when the line is too narrow for them."""
        texts = [choice.text for choice in self._choices]
        if sum(map(cell_len, texts)) > self.size.width - 2:
            texts = [f" {choice.words} " for choice in self._choices]
        if sum(map(cell_len, texts)) > self.size.width:
            texts = [f" {choice.words}" for choice in self._choices]
        return list(zip(self._choices, texts, strict=True))

    def render(self) -> Content:
        """Draw the choices."""
        parts = []
        for choice, text in self._texts():
            if choice.name == self._current:
                parts.append(Content.styled(f"[{text.strip()}]" if text.endswith(" ") else text, "bold $text-accent"))
            else:
                parts.append(Content.styled(text, "$quiet" if choice.count == 0 else "$foreground"))
        return Content.assemble(*parts)

    def on_click(self, event: events.Click) -> None:
        """Find the choice under the pointer."""
        at, x = 0, event.x - self.gutter.left
        for choice, text in self._texts():
            if at <= x < at + cell_len(text):
                self.post_message(self.Changed(choice.name))
            at += cell_len(text)
