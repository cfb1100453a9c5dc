"""PURE: how the columns of a table share its width, and how one cell becomes styled pieces of exact width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from rich.cells import cell_len
from rich.text import Text

from console.text import display_text, middle, shorten

Piece = tuple[str, str]
"""Harmless text and the name of its style (empty: the row's)."""
GAP = 2
LEAST = 4
"""Cells below which nothing is shortened: what is left would say nothing."""
_CHANGE = 3
OUTCOME_STYLES = ("confirmed", "pending", "off-chain", "catalogue-only", "failed", "cancelled", "open")
STYLES = frozenset({*OUTCOME_STYLES, "muted", "strong", "accent", "warning", "good", "bad"})
"""The names that a Text cell or a Row may use as a style; console.tcss gives them the theme's colours."""


@dataclass(frozen=True)
class Column:
    """One column: ``width`` cells at least and ``grow`` shares of the spare.

    With ``most`` it is as wide as its widest cell needs, up to that, and never gives any of it away.
    Shown if the table is at least ``min_screen`` and (unless 0) less than ``max_screen`` wide. ``cut`` says what goes
    first where there isn't room: the end, the middle (addresses are recognised by both ends), or the old value of a
    cell of three pieces: old, arrow, new.
    """

    key: str
    label: str
    width: int
    grow: int = 0
    align: Literal["left", "right"] = "left"
    min_screen: int = 0
    max_screen: int = 0
    cut: Literal["end", "middle", "old"] = "end"
    most: int = 0

    def shown_at(self, width: int) -> bool:
        """Tell whether a table of this width shows the column."""
        return self.min_screen <= width < (self.max_screen or width + 1)


@dataclass(frozen=True)
class Row:
    """One row: a stable key, a cell for each column, and the name of a style for the whole of it.

    A ``Text`` cell carries style *names* (``failed``, ``muted``, ...: see `STYLES`).
    """

    key: str
    cells: tuple[str | Text, ...]
    style: str = ""

    def __eq__(self, other: object) -> bool:
        """Tell whether the other looks the same: rich takes two texts for equal whose own styles differ."""
        if not isinstance(other, Row) or (self.key, self.style, self.cells) != (other.key, other.style, other.cells):
            return False
        return all(one is two or _style(one) == _style(two) for one, two in zip(self.cells, other.cells, strict=True))


@dataclass(frozen=True)
class Place:
    """Where a shown column is: which cell of the row it takes, and how wide it is now."""

    index: int
    width: int
    column: Column


def _style(cell: str | Text) -> object:
    return cell.style if isinstance(cell, Text) else ""


def fitted(columns: Sequence[Column], rows: Sequence[Row]) -> tuple[Column, ...]:
    """Return the columns as these rows need them."""
    return tuple(_fitted(column, index, rows) if column.most else column for index, column in enumerate(columns))


def _fitted(column: Column, index: int, rows: Sequence[Row]) -> Column:
    needed = max((_cells(row.cells[index]) for row in rows), default=0)
    return replace(column, width=min(column.most, max(column.width, needed)))


def _cells(cell: str | Text) -> int:
    """Return how wide a cell is drawn; ASCII is drawn sign by sign, and there are a hundred thousand of these."""
    text = str(cell)
    return len(text) if text.isascii() else cell_len(display_text(text))


def lay_out(columns: Sequence[Column], width: int) -> tuple[Place, ...]:
    """Share ``width`` cells among the columns that this width shows; where they lack some, those that grow shrink."""
    shown = [(index, column) for index, column in enumerate(columns) if column.shown_at(width)]
    spare = width - sum(column.width for _, column in shown) - GAP * max(0, len(shown) - 1)
    shares = sum(column.grow for _, column in shown)
    places, left = [], spare
    for index, column in shown:
        extra = left * column.grow // shares if shares else 0
        extra = max(extra, 0 if column.most else min(0, LEAST - column.width))
        left, shares = left - extra, shares - column.grow
        places.append(Place(index, column.width + extra, column))
    return tuple(places)


def cell_pieces(cell: str | Text, width: int, column: Column) -> list[Piece]:
    """Cut or fill one cell to exactly ``width`` cells."""
    pieces = text_pieces(cell) if isinstance(cell, Text) else [(display_text(cell), "")]
    if column.cut == "middle":
        pieces = [(middle(text, width), style) for text, style in pieces]
    if column.cut == "old" and _length(pieces) > width:
        pieces = _without_old(pieces, width)
    length = _length(pieces)
    if length > width:
        pieces = _cut(pieces, width)
        length = _length(pieces)
    fill = (" " * (width - length), "")
    return [fill, *pieces] if column.align == "right" else [*pieces, fill]


def text_pieces(text: Text) -> list[Piece]:
    """Split a Text at its spans; only style names count, never markup or an action."""
    edges = sorted({0, len(text.plain), *(edge for span in text.spans for edge in (span.start, span.end))})
    base = text.style if isinstance(text.style, str) else ""
    pieces = []
    for start, end in pairwise(edges):
        names = [span.style for span in text.spans if span.start <= start and span.end >= end]
        name = next((name for name in reversed(names) if isinstance(name, str)), base)
        pieces.append((display_text(text.plain[start:end]), name))
    return pieces


def _length(pieces: Sequence[Piece]) -> int:
    return sum(cell_len(text) for text, _ in pieces)


def _without_old(pieces: list[Piece], width: int) -> list[Piece]:
    """Shorten the old value, or leave it out, so that the new one is whole if it can be."""
    if len(pieces) < _CHANGE:
        return pieces
    (old, style), arrow, *new = pieces
    room = width - _length([arrow, *new])
    if room > LEAST:
        return [(f"{shorten(old.rstrip(), room - 1)} ", style), arrow, *new]
    return [arrow, *new] if room >= 0 else new


def _cut(pieces: list[Piece], width: int) -> list[Piece]:
    kept: list[Piece] = []
    for text, style in pieces:
        length = cell_len(text)
        if length >= width:
            # One cell too many makes `shorten` put its ellipsis, also where the piece itself would just fit.
            return [*kept, (shorten(text + "  ", width), style)] if width > 0 else kept
        kept.append((text, style))
        width -= length
    return kept
