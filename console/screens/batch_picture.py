"""BatchPicture: what a batch did, item by item; filters and marks choose among the items, nothing is changed here."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Sparkline

from console.export_head import Sieve
from console.feed import FeedUpdate
from console.forms import many
from console.item_views import FILTERS, ITEM_COLUMNS, filter_counts, item_row, matching
from console.reasons import NO_REASON, Key, key_of, reasons, said
from console.screens.base import LOADING
from console.screens.item import ItemScreen
from console.screens.narrowed import NarrowedScreen
from console.text import ASCII, glyphs
from console.theme import WIDE
from console.throughput import throughput
from console.views import outcome_parts
from console.widgets.batch_head import BatchHead
from console.widgets.choices import Choice, Choices
from console.widgets.filter_line import FilterLine
from console.widgets.lines import Lines
from console.widgets.outcome_bar import OutcomeBar
from console.widgets.paint import paint_lines
from console.widgets.reason_table import ReasonTable
from console.widgets.row_table import RowTable
from engine.core.model import Batch, Item
from engine.core.summary import counts

COURSE, WIDE_COURSE = 16, 28
"""Cells of the course, and where there is room for more."""


class BatchPicture(NarrowedScreen):
    """A batch as it is now: head, bar, filters, items."""

    FILTERS = FILTERS

    def __init__(self, batch_id: str) -> None:
        super().__init__(batch_id)
        self._batch: Batch | None = None
        self._items: tuple[Item, ...] = ()
        self.head, self.bar, self.choices = BatchHead(), OutcomeBar(id="bar"), Choices(id="outcomes")
        self.course = Sparkline([], id="course")
        self.table = RowTable(ITEM_COLUMNS, id="items", markable=True, empty=LOADING)
        self.reasons = ReasonTable(id="reasons")
        self._reason: Key | None = None
        self.filter_line = FilterLine("content id, title or error", self.table)
        self.foot = Lines(id="foot")

    @property
    def path(self) -> Sequence[str]:
        """From the list to this batch."""
        return ("Batches", self.batch_id)

    def body(self) -> ComposeResult:
        """Head, bar and course, filters, items or reasons, text filter, and what is marked."""
        yield self.head
        with Horizontal(id="come-to"):
            yield from (self.bar, self.course)
        yield from (self.choices, self.table, self.reasons, self.filter_line, self.foot)

    def on_mount(self) -> None:
        """Load, and keep the times true."""
        super().on_mount()
        self.filter_line.write(self._text)
        self.table.focus()
        self.set_interval(1, self.draw)

    def reload(self) -> None:
        """Load the batch and its items anew, as they are at one moment: what the head counts is what the rows show."""
        self.ask_latest("Batch", lambda engine: engine.whole(self.batch_id), self._loaded)

    def fed(self, update: FeedUpdate) -> None:
        """Load again only when this batch changed."""
        self.show_state()
        if update.everything or self.batch_id in update.batches:
            self.reload()

    def _loaded(self, found: tuple[Batch, tuple[Item, ...]]) -> None:
        self._batch, self._items = found
        self.deck.pace.note(self._batch, self.deck.now())
        self.draw()

    def on_resize(self) -> None:
        """The head's lines are broken for the width there is."""
        self.draw()

    def draw(self) -> None:
        """Turn what is known into the head, the bar, the filters and the rows."""
        batch = self._batch
        if batch is None:
            return
        key, limits = self.deck.key("batch.pause"), self.deck.banner.thresholds
        self.head.show(batch, self.deck.now(), limits, self.deck.pace, key)
        self.bar.show(outcome_parts(counts(batch)))
        self._draw_course(batch)
        self.choices.show(self._choices(), self._shown)
        self._draw_items()
        self._draw_foot()
        self.refresh_keys()

    def _draw_course(self, batch: Batch) -> None:
        """Draw how results came in, in as many cells as the style sheet gives it, also before it is laid out."""
        cells = WIDE_COURSE if self.app.size.width >= WIDE else COURSE
        found = throughput(batch, self._items, self.deck.now(), cells)
        self.course.display = bool(found) and glyphs() is not ASCII
        if found != self.course.data:
            self.course.data = found

    def _draw_items(self) -> None:
        table, found = self.table, self._matching()
        key = self.deck.key
        way = f"{key('app.back')} for every reason" if self._reason else f"{key('list.filter')} to change the text"
        every = key("batch.all")
        table.empty = self.reasons.empty = f"No item matches.\n\nPress {every} for all items, or {way}."
        table.set_rows([item_row(item) for item in found])
        table.unmark(table.marks - {row.key for row in table.rows})
        if self.grouped:
            self.reasons.show(reasons(found))
            table.mark(self.reasons.marked)

    @property
    def grouped(self) -> bool:
        """Whether reasons are shown in the place of items."""
        return self.reasons.display

    def _choices(self) -> list[Choice]:
        found = filter_counts(self._items)
        return [Choice(name, f"{self.deck.key(f'batch.{name}')} {name.capitalize()}", found[name]) for name in FILTERS]

    def _draw_foot(self) -> None:
        table = self.table
        marked = f"{len(table.marks)} marked  (esc takes the marks away)  " if table.marks else ""
        shown = f"{len(table.rows)} of {many(len(self._items), 'item')} shown"
        self.foot.update(paint_lines([f"{marked}{shown}", *self._why()]))

    def _why(self) -> list[Text]:
        """Return the reason under the cursor, or the one that the items shown share, as whole as there is room."""
        current = self.reasons.current
        if self.grouped:
            return [said(current.key)] if current else []
        back = f"  ({self.deck.key('app.back')}: for any reason)"
        return [said(self._reason).append(back, "muted")] if self._reason else []

    def _matching(self) -> list[Item]:
        found = matching(self._items, self._shown, self._text)
        return found if self._reason is None else [item for item in found if key_of(item) == self._reason]

    @property
    def sieve(self) -> Sieve:
        """The filters in force, and whether marks choose among what they show."""
        outcomes = () if self._shown == "all" else tuple(sorted(FILTERS[self._shown], key=str))
        because = None
        if self._reason:
            outcomes, because = (self._reason[0],), self._reason[1] or NO_REASON
        return Sieve(outcomes, self._text, because, bool(self.table.marks))

    def _chosen(self) -> list[Item]:
        """Return the marked items, or all that match when none is marked."""
        marks = self.table.marks
        return [item for item in self._matching() if not marks or item.content_id in marks]

    def do_reasons(self) -> None:
        """Show why items ended as they did, a line a reason, or the items again."""
        if self.grouped:
            self._because(None)
            return
        self._reason = None
        self._swap(grouped=True)
        self.draw()
        self.reasons.begin(self.table.marks)

    def _because(self, reason: Key | None) -> None:
        """Show the items, those with this reason alone if there is one."""
        self._reason = reason
        self._swap(grouped=False)
        self.draw()

    def _swap(self, *, grouped: bool) -> None:
        """Put the reasons in the place of the items, or the items back; what is typed next belongs there."""
        self.reasons.display, self.table.display = grouped, not grouped
        front = self.reasons if grouped else self.table
        self.filter_line.back_to = front
        self.set_focus(front)

    def unmark(self) -> None:
        """Take every mark away, from reasons as from items."""
        self.reasons.clear_marks()
        self.table.clear_marks()

    def do_mark_all(self) -> None:
        """Mark every item shown, or every reason."""
        (self.reasons if self.grouped else self.table).mark_all()

    def do_mark_none(self) -> None:
        """Take every mark away."""
        self.unmark()

    def do_back(self) -> None:
        """From the reasons, or the items of one reason, back to all items; from those to the screen before."""
        if self.grouped or self._reason:
            self._because(None)
        else:
            self.deck.do_back()

    def do_open(self) -> None:
        """Open the item under the cursor, or the items of the reason there."""
        if self.grouped:
            self._because(self.reasons.current.key if self.reasons.current else None)
            return
        key = self.table.cursor_key
        if key is not None:
            self.app.push_screen(ItemScreen(self.batch_id, key, [row.key for row in self.table.rows]))

    def do_copy_id(self) -> None:
        """Copy the id of the batch."""
        self.app.copy_to_clipboard(self.batch_id)
        self.tell("The batch's id is copied")

    @on(RowTable.Opened)
    def _opened(self) -> None:
        self.do_open()

    @on(RowTable.CursorMoved, "#reasons")
    def _moved(self) -> None:
        self._draw_foot()

    @on(RowTable.MarksChanged, "#reasons")
    def _reason_marked(self) -> None:
        """What is marked by reason is marked item by item: retry, revert and export take those."""
        self.table.unmark(self.reasons.unmarked())
        self.table.mark(self.reasons.marked)

    @on(RowTable.MarksChanged, "#items")
    def _marked(self) -> None:
        self._draw_foot()
        self.refresh_keys()
