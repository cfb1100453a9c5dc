"""From style names to the theme's colours, for whatever isn't drawn by a table: one meaning, one colour."""

from __future__ import annotations

from collections.abc import Iterable

from rich.text import Text
from textual.content import Content

from console.text import display_text
from console.widgets.columns import OUTCOME_STYLES, text_pieces

_COLOURS = {
    **{name: f"$outcome-{name}" for name in OUTCOME_STYLES},
    "muted": "$quiet",
    "strong": "bold",
    "accent": "$text-accent",
    "warning": "$text-warning",
    "good": "$text-success",
    "bad": "$text-error",
}


def paint(*parts: str | Text) -> Content:
    """Join plain strings and styled Texts into harmless Content; line breaks between parts aren't added."""
    pieces: list[tuple[str, str]] = []
    for part in parts:
        pieces += text_pieces(part) if isinstance(part, Text) else [(display_text(part), "")]
    return Content.assemble(*((text, _COLOURS.get(name, "")) for text, name in pieces if text))


def paint_lines(lines: Iterable[str | Text]) -> Content:
    """Put each part on a line of its own."""
    return Content("\n").join([paint(line) for line in lines])
