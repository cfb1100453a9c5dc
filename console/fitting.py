"""Fitting: what a dialog says takes the room that its title, fields and buttons leave, so that these are always seen.

A share of the screen's height in the style sheet knows nothing of the fields, and isn't asked again after a resize.
"""

from __future__ import annotations

from textual.screen import Screen
from textual.widget import Widget

TALLEST = 92
"""Percent of the screen's height; the style sheet says the same of the dialog."""
FRAME = 2
LEAST = 2


def fit(screen: Screen[object]) -> None:
    """Give the body of a dialog as many lines as it has, or as there is room for: it scrolls then."""
    for body in screen.query(".dialog--body"):
        beside = [one for one in (body.parent.children if body.parent else ()) if one is not body and one.display]
        room = screen.size.height * TALLEST // 100 - FRAME - sum(map(_height, beside))
        wanted = max(LEAST, min(sum(map(_height, body.children)), room))
        if body.styles.height is None or body.styles.height.value != wanted:
            body.styles.height = wanted


def _height(part: Widget) -> int:
    return part.outer_size.height + part.styles.margin.height
