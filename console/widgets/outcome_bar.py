"""OutcomeBar: what a batch came to, as a bar as wide as the screen; glyphs say it where colours can't."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

from console.views import bar_text
from console.widgets.paint import paint
from engine.core.model import Outcome


class OutcomeBar(Widget):
    """One line that shares its width among the outcomes."""

    DEFAULT_CSS = "OutcomeBar { height: 1; width: 1fr; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._parts: list[tuple[Outcome | None, int]] = []

    def show(self, parts: list[tuple[Outcome | None, int]]) -> None:
        """Draw these counts."""
        if parts != self._parts:
            self._parts = parts
            self.refresh()

    def render(self) -> Content:
        """Draw the bar at the width there is."""
        return paint(bar_text(self._parts, self.size.width))
