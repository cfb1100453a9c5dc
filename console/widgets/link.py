"""Link: a word that can be pressed, for what the keyboard does by a key of its own."""

from __future__ import annotations

from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from console.text import display_text


class Link(Widget):
    """One word in brackets; never in the way of Tab."""

    DEFAULT_CSS = """
    Link { width: auto; height: 1; padding: 0 0 0 1; color: $text-accent; }
    Link:hover { text-style: reverse; }
    """

    class Pressed(Message):
        """It was clicked."""

        def __init__(self, link: Link) -> None:
            self.link = link
            super().__init__()

        @property
        def control(self) -> Link:
            """The link that was clicked."""
            return self.link

    def __init__(self, label: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._label = label

    def render(self) -> Content:
        """Draw the word."""
        return Content(f"[{display_text(self._label)}]")

    def on_click(self) -> None:
        """Tell it."""
        self.post_message(self.Pressed(self))
