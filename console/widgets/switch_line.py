"""SwitchLine: a few choices side by side, one of them taken; arrows, digits and clicks change it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from console.text import display_text, glyphs


class SwitchLine(Widget, can_focus=True):
    """One line of ``(value, label)`` choices."""

    DEFAULT_CSS = "SwitchLine { height: 1; width: 1fr; } SwitchLine:focus { background: $panel; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "step(-1)", show=False),
        Binding("right,l,space", "step(1)", show=False),
        Binding("enter", "screen.focus_next", show=False),
    ]

    class Switched(Message):
        """Another choice was taken."""

        def __init__(self, value: str) -> None:
            self.value = value
            super().__init__()

    def __init__(self, choices: Sequence[tuple[str, str]], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._choices = tuple((value, display_text(label)) for value, label in choices)
        self._at = 0

    @property
    def value(self) -> str:
        """The choice taken."""
        return self._choices[self._at][0]

    def take(self, value: str) -> None:
        """Take a choice by its value."""
        self._go([one for one, _ in self._choices].index(value))

    def action_step(self, by: int) -> None:
        """Take the next choice, or the one before."""
        self._go((self._at + by) % len(self._choices))

    def on_click(self, event: events.Click) -> None:
        """Take the choice under the pointer."""
        at = 0
        for index, (_, label) in enumerate(self._choices):
            width = cell_len(label) + 4
            if at <= event.x < at + width:
                self._go(index)
            at += width

    def render(self) -> Content:
        """Draw the choices; a filled sign, not colour alone, says which one is taken."""
        parts = []
        for index, (_, label) in enumerate(self._choices):
            taken = index == self._at
            sign = glyphs().mark if taken else glyphs().outcomes[None]
            parts.append((f"{sign} {label}  ", "bold $text-accent" if taken else "$text-muted"))
        return Content.assemble(*parts)

    def _go(self, index: int) -> None:
        if index != self._at:
            self._at = index
            self.refresh()
            self.post_message(self.Switched(self.value))
