"""PURE: what is loaded of a list of contents, and the line under it: it is never shown as all there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text

from console.content_views import ORDER_WORDS, Order
from console.forms import many
from console.text import glyphs
from console.widgets.columns import Row
from engine.core.model import Content

UNLOADED = "The catalogue isn't loaded"
UNREAD = "Nothing is searched for: see above."
NEAR = 50
"""How many rows before the end the next page is asked for."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """Contents that match, as rows too, in an order; ``next`` goes on, and is None when these were the last."""

    contents: Sequence[Content]
    rows: Sequence[Row]
    total: int
    order: Order = "import"
    next: str | None = None


def state_text(loaded: int, total: int | None, chosen: int, order: Order, *, read: bool = True) -> Text:
    """Say how many match, how many of them are loaded, in which order, and how many are chosen.

    Of a search that can't be ``read`` nobody knows what would match: a nought would be taken for an answer.
    """
    if total is None:
        return Text("Loading the catalogue ...", "muted")
    count = many(total, "content matches", "contents match")
    found = [count if loaded >= total else f"{count}, the first {loaded:,} loaded", ORDER_WORDS[order]]
    parts = found if read else ["Nothing is searched for"]
    text = Text(f" {glyphs().separator} ".join(parts), "muted")
    if chosen:
        text.append(f" {glyphs().separator} ", "muted")
        text.append(f"{chosen:,} chosen", "accent")
    return text


def only_text(chosen: int, out: int, key: str) -> Text:
    """Say that only what is chosen is shown: how much, how many rows were taken out, and the key to the search."""
    text = Text(f"Only what is chosen: {chosen:,}", "accent")
    if out:
        text.append(f" {glyphs().separator} {out:,} taken out: Space puts back", "warning")
    return text.append(f" {glyphs().separator} {key} shows the search", "muted")
