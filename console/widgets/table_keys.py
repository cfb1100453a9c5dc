"""The keys of every table, in one place: what they are called in the help, and what they are bound to."""

from __future__ import annotations

from textual.binding import Binding, BindingType

BOUND = (
    ("up,k", "move(-1)"),
    ("down,j", "move(1)"),
    ("pageup,ctrl+b", "page(-1)"),
    ("pagedown,ctrl+f", "page(1)"),
    ("home,g", "edge(0)"),
    ("end,G", "edge(1)"),
    ("shift+up,K", "extend(-1)"),
    ("shift+down,J", "extend(1)"),
    ("enter", "open"),
    ("space", "mark"),
    ("v", "range"),
    ("a", "mark_all"),
    ("escape", "clear"),
)
TABLE_KEYS: tuple[tuple[str, str], ...] = (
    ("up down  j k", "Move by a line"),
    ("pgup pgdn", "Move by a page"),
    ("home end  g G", "First and last row"),
    ("enter, click", "Open the row"),
    ("space", "Mark the row, and go on"),
    ("v", "Begin or end a range of marks"),
    ("shift+arrow J K", "Mark while moving"),
    ("a", "Mark all rows that match"),
    ("esc", "Take the marks away; then go back"),
)


def table_bindings() -> list[BindingType]:
    """Return the bindings of a table, none of which the footer shows."""
    return [Binding(key, action, show=False) for keys, action in BOUND for key in keys.split(",")]
