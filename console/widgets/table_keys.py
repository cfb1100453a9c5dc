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
TABLES = "Tables"
"""The group of these keys in the help, and of the actions that do the same without one."""
Told = tuple[tuple[str, str], ...]
_MOVES: Told = (
    ("up down  j k", "Move by a line"),
    ("pgup pgdn", "Move by a page"),
    ("home end  g G", "First and last row"),
)
_OPENS: Told = (("enter, click", "Open the row"),)
_MARKS: Told = (
    ("space", "Mark the row, and go on"),
    ("v", "Begin or end a range of marks"),
    ("shift+arrow J K", "Mark while moving"),
    ("a", "Mark all rows that match"),
    ("click at left", "Mark the row; a drag from there marks a range"),
    ("shift+click", "Mark from the cursor to there"),
    ("esc", "Take the marks away; then go back"),
)


def told(*, opens: bool, marks: bool) -> Told:
    """Return what the help says of the keys of a table: of those alone that do something there."""
    return (*_MOVES, *(_OPENS if opens else ()), *(_MARKS if marks else ()))


def table_bindings() -> list[BindingType]:
    """Return the bindings of a table, none of which the footer shows."""
    return [Binding(key, action, show=False) for keys, action in BOUND for key in keys.split(",")]
