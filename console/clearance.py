"""Clearance: where notices may stand, over the last rows of a table, never over keys or buttons."""

from __future__ import annotations

from typing import TypeVar

from textual.screen import Screen
from textual.widgets._toast import ToastRack

from console.widgets.key_line import KeyLine
from console.widgets.row_table import RowTable

T = TypeVar("T")
_MOST_BELOW = 6
"""Lines under a table that a notice stays clear of; where more is there, it isn't the table's foot."""


def keep_clear(screen: Screen[T]) -> None:
    """Let notices end above the key line, and above the lines between it and the table."""
    keys = max((line.size.height for line in screen.query(KeyLine)), default=0)
    ends = [table.region.bottom for table in screen.query(RowTable) if table.region]
    below = screen.size.height - max(ends, default=screen.size.height)
    margin = (0, 0, below if keys <= below <= _MOST_BELOW else keys, 0)
    for rack in screen.query(ToastRack):
        if tuple(rack.styles.margin) != margin:
            rack.styles.margin = margin
