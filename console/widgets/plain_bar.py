"""PlainBar: the bar of what scrolls; in ASCII alone it moves by whole cells, as half ones have no sign there."""

from __future__ import annotations

from typing import Any, ClassVar

from rich.segment import Segments
from textual.scrollbar import ScrollBarRender

from console.text import ASCII, glyphs


class PlainBar(ScrollBarRender):
    """Decides at each drawing: one program may draw for both."""

    @classmethod
    def render_bar(cls, *given: Any, **named: Any) -> Segments:
        """Draw the bar with the signs that this terminal has."""
        drawn = _Whole if glyphs() is ASCII else ScrollBarRender
        return drawn.render_bar(*given, **named)


class _Whole(ScrollBarRender):
    VERTICAL_BARS: ClassVar[list[str]] = [" "] * len(ScrollBarRender.VERTICAL_BARS)
    HORIZONTAL_BARS: ClassVar[list[str]] = [" "] * len(ScrollBarRender.HORIZONTAL_BARS)
