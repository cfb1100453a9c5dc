"""RowTable: the one table, drawn line by line, with marks and a cursor that stays with its row.

Textual's DataTable blocks for seconds on large lists and redraws every visible row for one changed cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import ClassVar

from textual import events
from textual.actions import SkipAction
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message

from console.clicks import LEFT
from console.widgets.columns import STYLES, Column, Row, fitted
from console.widgets.drawn_rows import HEADER, DrawnRows
from console.widgets.row_state import Press
from console.widgets.table_keys import table_bindings

__all__ = ["STYLES", "Column", "Row", "RowTable"]


class RowTable(DrawnRows, can_focus=True):
    """Rows under a fixed header, with one cursor and, if ``markable``, marks."""

    DEFAULT_CSS = "RowTable { overflow-x: hidden; overflow-y: auto; }"
    BINDINGS: ClassVar[list[BindingType]] = table_bindings()
    FOCUS_ON_CLICK = False
    """It takes the focus itself: a press has to know whether it had it."""
    _press = Press()

    class TableMessage(Message):
        """What a table tells; ``control`` is the table, for ``@on(..., selector)``."""

        def __init__(self, table: RowTable) -> None:
            self.table = table
            super().__init__()

        @property
        def control(self) -> RowTable:
            """The table that tells it."""
            return self.table

    class Opened(TableMessage):
        """A row was opened: Enter, a click on the row under the cursor, or a double click."""

        def __init__(self, table: RowTable, key: str) -> None:
            self.key = key
            super().__init__(table)

    class CursorMoved(TableMessage):
        """The cursor stands on another row."""

        def __init__(self, table: RowTable, key: str) -> None:
            self.key = key
            super().__init__(table)

    class Scrolled(TableMessage):
        """Other rows are seen, by the wheel or the bar, or the cursor took them along."""

    class MarksChanged(TableMessage):
        """Rows were marked or unmarked."""

        def __init__(self, table: RowTable, marks: frozenset[str]) -> None:
            self.marks = marks
            super().__init__(table)

    @property
    def rows(self) -> Sequence[Row]:
        """The rows in the order shown."""
        return self._state.rows

    @property
    def cursor_key(self) -> str | None:
        """The key of the row under the cursor."""
        return self._state.key

    @property
    def marks(self) -> frozenset[str]:
        """The keys that are marked, also of rows that a filter hides just now."""
        return self._state.marks

    @property
    def in_range(self) -> bool:
        """Whether a range of marks is begun."""
        return self._state.anchor is not None

    @property
    def empty(self) -> str:
        """What the table says, line by line, when it has no rows."""
        return self._empty

    @empty.setter
    def empty(self, text: str) -> None:
        if text != self._empty:
            self._empty = text
            self._measure()
            self.refresh()

    def nears_end(self, within: int) -> bool:
        """Tell whether the cursor, or what is seen, has come within some rows of the last one."""
        reached = max(self._state.cursor + 1, self.scroll_offset.y + self._page())
        return reached > len(self._state.rows) - within

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Show these rows; the cursor stays with its key, the scroll with what is seen."""
        if not self._state.marks and list(rows) == self._state.rows:
            return
        before, cursor, top = self._state.rows, self._state.cursor, self.scroll_offset.y
        seen = before[top].key if 0 < top < len(before) else None
        with self._telling():
            self._state.replace(rows)
        columns = fitted(self.columns, rows)
        if columns == self._fitted and len(before) == len(self._state.rows) and cursor == self._state.cursor:
            self._refresh_changed(before)
        else:
            self._fitted, self._laid_out = columns, (-1, ())
            self.refresh()
        self._measure()
        if seen in self._state.index:
            self.scroll_to(y=self._state.index[seen], animate=False, force=True, immediate=True)

    def move_to(self, key: str) -> None:
        """Put the cursor on a row, if it is there."""
        if key in self._state.index:
            self._go(self._state.index[key])

    def mark(self, keys: Iterable[str]) -> None:
        """Mark rows."""
        with self._telling():
            self._state.mark(keys)

    def unmark(self, keys: Iterable[str]) -> None:
        """Take marks away."""
        with self._telling():
            self._state.unmark(keys)

    def clear_marks(self) -> None:
        """Take every mark away, also from rows that aren't shown."""
        with self._telling():
            self._state.clear()

    def end_range(self) -> None:
        """End a range that was begun; what it marked stays marked."""
        self._state.anchor = None

    def mark_all(self) -> None:
        """Mark every row that the table holds."""
        self.mark(self._state.index)

    def action_move(self, by: int) -> None:
        """Move the cursor by lines; in a range, mark what it passes."""
        self._go(self._state.cursor + by)

    def action_page(self, by: int) -> None:
        """Move the cursor by pages."""
        self._go(self._state.cursor + by * max(1, self._page() - 1))

    def action_edge(self, end: int) -> None:
        """Move the cursor to the first or the last row."""
        self._go(end * len(self._state.rows))

    def action_extend(self, by: int) -> None:
        """Mark the row under the cursor and the next one."""
        self._need_marks()
        before = self._state.cursor
        self._go(before + by)
        self.mark(self._state.between(before) if self._state.rows else ())

    def action_range(self) -> None:
        """Begin a range here, or end it."""
        self._need_marks()
        self._state.anchor = None if self._state.anchor is not None else self.cursor_key
        self._go(self._state.cursor)

    def action_mark(self) -> None:
        """Mark or unmark the row under the cursor, and go on to the next."""
        self._need_marks()
        self.end_range()  # else the range would take back what is unmarked here
        with self._telling():
            self._state.toggle(self._state.cursor)
        self._go(self._state.cursor + 1)

    def action_mark_all(self) -> None:
        """Mark every row that the table holds."""
        self._need_marks()
        self.mark_all()

    def action_clear(self) -> None:
        """Take the marks away; without marks, let the screen have the key."""
        if not self._state.marks and self._state.anchor is None:
            raise SkipAction
        self.clear_marks()

    def action_open(self) -> None:
        """Open the row under the cursor."""
        if self.cursor_key is not None:
            self.post_message(self.Opened(self, self.cursor_key))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take the focus; what is dragged from the first column marks the rows that it passes."""
        row = self._state.row_at(self._line_of(event))
        begun = row if self._in_marks(event) and not event.shift else None
        self._press = Press(row, self.has_focus, begun, self.marks)
        self.screen.set_focus(self, scroll_visible=False)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Mark from where the press was to here, and nothing else of what is passed on the way."""
        index = self._line_of(event)
        begun = self._state.index.get(self._press.begun or "")
        row = self._state.row_at(index)
        if event.button != LEFT or begun is None or row in (None, self._press.key):
            return
        self._press = replace(self._press, key=None)
        with self._telling():
            self._state.cursor = index
            self._state.marks = self._press.marks.union(self._state.between(begun))

    def on_click(self, event: events.Click) -> None:
        """Move to a row, open it when the cursor is there; mark by the first column, with shift or ctrl; end a range.

        A press that was let go elsewhere was no click; one that came from elsewhere only chooses the table.
        """
        index = self._line_of(event)
        row = self._state.row_at(index)
        if row is None or row != self._press.key:
            return
        if self._state.anchor is None:
            self._clicked(event, index)
        self._go(index)
        self.end_range()

    def _clicked(self, event: events.Click, index: int) -> None:
        if self.markable and event.shift:
            self.mark(self._state.between(index))
        elif self._in_marks(event) or (self.markable and event.ctrl):
            with self._telling():
                self._state.toggle(index)
        elif index == self._state.cursor and self._press.had_focus:
            self.action_open()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Tell what else is seen now: more may have to be loaded."""
        super().watch_scroll_y(old_value, new_value)
        self.post_message(self.Scrolled(self))

    def on_resize(self) -> None:
        """Share the new width among the columns."""
        self._measure()
        self._show_cursor()

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Post what a change of the state has changed, and draw it."""
        marks, key, cursor = self._state.marks, self._state.key, self._state.cursor
        yield
        if self._state.cursor != cursor:
            self.refresh_line(cursor + HEADER)
            self.refresh_line(self._state.cursor + HEADER)
        if self._state.marks != marks:
            self.refresh()
            self.post_message(self.MarksChanged(self, self._state.marks))
        if self._state.key != key and self._state.key is not None:
            self.post_message(self.CursorMoved(self, self._state.key))

    def _refresh_changed(self, before: Sequence[Row]) -> None:
        """Draw only the rows that are seen and differ: most of what comes in changes few of them."""
        top = self.scroll_offset.y
        for index in range(top, min(top + self.size.height, len(before))):
            if self._state.rows[index] != before[index]:
                self.refresh_line(index + HEADER)

    def _measure(self) -> None:
        lines = len(self._state.rows) or 1 + len(self._empty.split("\n"))
        self.virtual_size = Size(self.size.width, lines + HEADER)

    def _go(self, index: int) -> None:
        with self._telling():
            self._state.go(index)
        self._show_cursor()

    def _show_cursor(self) -> None:
        top, page, cursor = self.scroll_offset.y, self._page(), self._state.cursor
        if not top <= cursor < top + page:
            to = cursor if cursor < top else cursor - page + 1
            self.scroll_to(y=to, animate=False, force=True, immediate=True)

    def _need_marks(self) -> None:
        if not self.markable:
            raise SkipAction
