"""DrawnRows: how a table's rows look, line by line; what moves through them is `RowTable`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.events import MouseEvent
from textual.scroll_view import ScrollView
from textual.strip import Strip

from console.text import display_text, glyphs
from console.widgets.columns import GAP, STYLES, Column, Piece, Place, Row, cell_pieces, lay_out
from console.widgets.row_state import RowState

HEADER = 1
"""Lines above the first row."""


class DrawnRows(ScrollView):
    """Rows under a fixed header; without any, what ``empty`` says line by line."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"row-table--{name}" for name in (*STYLES, "header", "cursor", "cursor-blurred", "mark", "empty")
    }

    def __init__(
        self, columns: Sequence[Column], *, id: str | None = None, markable: bool = False, empty: str = ""
    ) -> None:
        super().__init__(id=id)
        self.columns = tuple(columns)
        self._fitted = self.columns
        self.markable = markable
        self._empty = empty
        self._state = RowState()
        self._laid_out: tuple[int, tuple[Place, ...]] = (-1, ())

    def render_line(self, y: int) -> Strip:
        """Draw one line of what is seen."""
        width = self.scrollable_content_region.width
        index = y - HEADER + self.scroll_offset.y
        if y < HEADER:
            labels = [place.column.label for place in self._places(width)]
            return self._strip("", labels, self.get_component_rich_style("row-table--header"), width)
        if index < len(self._state.rows):
            row = self._state.rows[index]
            cells = [row.cells[place.index] if place.index < len(row.cells) else "" for place in self._places(width)]
            return self._strip(row.key, cells, self._row_style(row, index), width)
        return self._blank_strip(index, width)

    @property
    def seen(self) -> list[str]:
        """The keys of the rows in sight: by the wheel these may be far from the cursor."""
        top = self.scroll_offset.y
        return [row.key for row in self._state.rows[top : top + self._page()]]

    def _page(self) -> int:
        return max(1, self.scrollable_content_region.height - HEADER)

    def _line_of(self, event: MouseEvent) -> int:
        """Return the index of the row under the pointer; -1 for the header."""
        return event.y - HEADER + self.scroll_offset.y if event.y >= HEADER else -1

    def _in_marks(self, event: MouseEvent) -> bool:
        return self.markable and event.x < self.gutter.left + GAP

    def _row_style(self, row: Row, index: int) -> Style:
        style = self.rich_style + self._named(row.style)
        if index != self._state.cursor:
            return style
        return style + self._named("cursor" if self.has_focus else "cursor-blurred")

    def _blank_strip(self, line: int, width: int) -> Strip:
        sentences = [] if self._state.rows else self._empty.split("\n")
        text = display_text(sentences[line - 1]) if 0 < line <= len(sentences) else ""
        style = self.rich_style + self._named("empty")
        return Strip([Segment(f"  {text}", style)]).adjust_cell_length(width, style)

    def _strip(self, key: str, cells: Sequence[str | Text], base: Style, width: int) -> Strip:
        pieces: list[Piece] = []
        if self.markable:
            pieces.append((f"{glyphs().mark} ", "mark") if key in self._state.marks else ("  ", ""))
        for place, cell in zip(self._places(width), cells, strict=True):
            pieces += [*cell_pieces(cell, place.width, place.column), (" " * GAP, "")]
        segments = [Segment(text, base + self._named(name)) for text, name in pieces if text]
        return Strip(segments).adjust_cell_length(width, base)

    def _named(self, name: str) -> Style:
        if f"row-table--{name}" not in self.COMPONENT_CLASSES:
            return Style.null()
        return self.get_component_rich_style(f"row-table--{name}", partial=True)

    def _places(self, width: int) -> tuple[Place, ...]:
        """A scroll bar takes two cells when it comes, so the width that counts is the one drawn."""
        if self._laid_out[0] != width:
            self._laid_out = (width, lay_out(self._fitted, width - (GAP if self.markable else 0)))
        return self._laid_out[1]
