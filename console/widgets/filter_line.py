"""FilterLine: the text filter of a list; out of sight while it is empty and nobody types."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from console.widgets.safe_input import SafeInput


class FilterLine(SafeInput):
    """An input of one line. Enter goes back to its list, Esc also empties it; what is typed counts at once.

    Its keys have priority and move the focus at once: what is typed ahead of the screen belongs to the list.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave(True)", show=False, priority=True),
        Binding("enter,down", "leave(False)", show=False, priority=True),
    ]

    def __init__(self, placeholder: str, back_to: Widget) -> None:
        super().__init__(placeholder=placeholder, id="filter")
        self.select_on_focus = True
        self.back_to = back_to
        self.display = False

    def write(self, text: str) -> None:
        """Filter by a text, without anybody typing it."""
        self.value, self.display = text, bool(text)

    def open(self) -> None:
        """Show the line, and let the operator type."""
        self.display = True
        self.screen.set_focus(self)

    def on_blur(self) -> None:
        """A click elsewhere leaves it too; a terminal that is left for a moment doesn't."""
        if self.screen.focused not in (None, self):
            self.display = bool(self.value)

    def action_leave(self, empty: bool) -> None:
        """Go back to the list."""
        if empty:
            self.value = ""
        self.screen.set_focus(self.back_to)
        self.display = bool(self.value)
