"""HeaderLine: one line at the top of every screen that says which engine, which network, which database."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from console.banner import Banner, Part, header_parts

_LOOKS = {
    "product": "bold $primary",
    "path": "$quiet",
    "here": "bold $foreground",
    "muted": "$quiet",
    "network": "bold $background on $accent",
    "mainnet": "bold #ffffff on #b3001b",
    "simulated": "bold $background on $warning",
    "read-only": "bold $background on $secondary",
    "running": "$text-success",
    "opening": "$quiet",
    "stopped": "bold $background on $warning",
    "lost": "bold #ffffff on #b3001b",
    "unwell": "bold $text-warning",
}


class HeaderLine(Widget):
    """Shows a banner, a path of screens and the engine's state.

    A click on the way to here goes back by it, one anywhere else opens the palette: the mouse reaches every action.
    """

    DEFAULT_CSS = "HeaderLine { height: 1; width: 1fr; dock: top; background: $panel; }"

    class Clicked(Message):
        """Something was clicked that stands for an action."""

        def __init__(self, action_id: str) -> None:
            self.action_id = action_id
            super().__init__()

    def __init__(self, banner: Banner, path: Sequence[str]) -> None:
        super().__init__()
        self._banner = banner
        self._path = tuple(path)
        self._state = "opening"

    def show(self, banner: Banner, path: Sequence[str], state: str) -> None:
        """Say something else from now on."""
        if (banner, tuple(path), state) != (self._banner, self._path, self._state):
            self._banner, self._path, self._state = banner, tuple(path), state
            self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Find what is under the pointer."""
        left, _ = header_parts(self._banner, self._path, self._state, self.size.width)
        way = event.x < sum(cell_len(text) for text, _ in left) and len(self._path) > 1
        self.post_message(self.Clicked("app.back" if way else "app.palette"))

    def render(self) -> Content:
        """Draw left part, gap and right part at the width there is."""
        left, right = header_parts(self._banner, self._path, self._state, self.size.width)
        used = sum(cell_len(text) for text, _ in (*left, *right))
        gap = " " * max(0, self.size.width - used)
        return Content.assemble(*map(_look, left), gap, *map(_look, right))


def _look(part: Part) -> tuple[str, str]:
    text, name = part
    return text, _LOOKS.get(name, "")
