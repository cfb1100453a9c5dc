"""PURE: the line under a list of contents: what is loaded is never shown as all there is."""

from __future__ import annotations

from rich.text import Text

from console.content_views import ORDER_WORDS, Order
from console.forms import many
from console.text import glyphs


def state_text(loaded: int, total: int | None, chosen: int, order: Order) -> Text:
    """Say how many match, how many of them are loaded, in which order, and how many are chosen."""
    if total is None:
        return Text("Loading the catalogue ...", "muted")
    count = many(total, "content matches", "contents match")
    parts = [count if loaded >= total else f"{count}, the first {loaded:,} loaded", ORDER_WORDS[order]]
    text = Text(f" {glyphs().separator} ".join(parts), "muted")
    if chosen:
        text.append(f" {glyphs().separator} ", "muted")
        text.append(f"{chosen:,} chosen", "accent")
    return text
