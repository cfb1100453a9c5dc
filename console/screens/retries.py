"""Retries: a batch beside its retries and theirs: the first outcome of each content, every retry, and the last."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult

from console.actions import Action, register
from console.feed import FeedUpdate
from console.forms import many
from console.retry_views import (
    FILTERS,
    LABELS,
    MOST_COLUMNS,
    chain_lines,
    course_text,
    filter_counts,
    final_parts,
    matching,
    retry_columns,
    retry_row,
)
from console.screens.base import LOADING
from console.screens.item import ItemScreen
from console.screens.narrowed import NarrowedScreen
from console.widgets.choices import Choice, Choices
from console.widgets.filter_line import FilterLine
from console.widgets.lines import Lines
from console.widgets.outcome_bar import OutcomeBar
from console.widgets.paint import paint_lines
from console.widgets.row_table import RowTable
from engine.core.attempts import Course, Retries, courses

_HERE = ("retries",)
register(
    Action("retries.open", "enter", "Open", "Open the item where the content ended", "Retries", _HERE),
    Action("retries.batch", "b", "Batch", "Open the batch in which the content ended", "Retries", _HERE),
    Action("retries.all", "1", "", "Show every content", "Show", _HERE),
    Action("retries.retried", "2", "", "Show what was tried again", "Show", _HERE),
    Action("retries.unwell", "3", "", "Show what hasn't ended well", "Show", _HERE),
)


class RetriesScreen(NarrowedScreen):
    """One chain of retries, live, from whichever of its batches it was asked for."""

    NAME = "retries"
    FILTERS = FILTERS

    def __init__(self, batch_id: str) -> None:
        super().__init__(batch_id)
        self._found: Retries | None = None
        self._courses: list[Course] = []
        self._known: frozenset[str] = frozenset()
        self._strange: frozenset[str] = frozenset()
        self.head, self.bar, self.choices = Lines(id="chain"), OutcomeBar(id="bar"), Choices(id="which")
        self.table = RowTable((), id="courses", empty=LOADING)
        self.filter_line = FilterLine("content id, title or reason", self.table)
        self.foot = Lines(id="foot")

    @property
    def path(self) -> Sequence[str]:
        """From the list to the batch that begins the chain, and here."""
        return ("Batches", self._found.batches[0].id if self._found else self.batch_id, "Retries")

    def body(self) -> ComposeResult:
        """Counts, the bar of what it came to, filters, contents, and the course of the one under the cursor."""
        yield from (self.head, self.bar, self.choices, self.table, self.filter_line, self.foot)

    def on_mount(self) -> None:
        """Load."""
        super().on_mount()
        self.filter_line.write(self._text)
        self.table.focus()

    def reload(self) -> None:
        """Load the chain anew."""
        self.ask_latest("Retries", lambda engine: engine.retries(self.batch_id), self._loaded)

    def fed(self, update: FeedUpdate) -> None:
        """Load again when a batch of the chain changed, or one came that may be of it."""
        self.show_state()
        news = update.batches - self._strange
        if update.everything or news:
            self._strange |= news - self._known
            self.reload()

    def _loaded(self, found: Retries) -> None:
        self._found, self._courses = found, courses(found)
        self._known = frozenset([batch.id for batch in found.batches] + [one.batch_id for one in found.last])
        self._strange -= self._known
        self.table.columns = retry_columns(found)
        self.draw()

    def draw(self) -> None:
        """Turn what is known into counts and rows."""
        if self._found is None:
            return
        self.head.update(paint_lines(chain_lines(self._found)))
        self.bar.show(final_parts(self._found))
        count = filter_counts(self._courses)
        key = self.deck.key
        choices = [Choice(name, f"{key(f'retries.{name}')} {LABELS[name]}", count[name]) for name in FILTERS]
        self.choices.show(choices, self._shown)
        every, text = key("retries.all"), key("list.filter")
        self.table.empty = f"No content matches.\n\nPress {every} for all contents, or {text} to change the text."
        self.table.set_rows([retry_row(course) for course in self._matching()])
        self._draw_foot()
        self.show_state()

    def _matching(self) -> list[Course]:
        return matching(self._courses, self._shown, self._text)

    def _current(self) -> Course | None:
        return next((one for one in self._courses if one.last.content_id == self.table.cursor_key), None)

    def _draw_foot(self) -> None:
        if self._found is None:
            return
        told = len(self._found.batches) - 1
        unseen = self._found.total - min(told, MOST_COLUMNS)
        more = f"; the columns are the newest {MOST_COLUMNS} of {self._found.total} retries" if unseen else ""
        shown = f"{len(self.table.rows)} of {many(len(self._courses), 'content')} shown{more}"
        course = self._current()
        self.foot.update(paint_lines([shown, *([course_text(course, self._found)] if course else [])]))

    def why_not(self, action_id: str) -> str | None:
        """Opening needs a content."""
        if action_id in ("retries.open", "retries.batch") and self._current() is None:
            return "There is no content to open"
        return None

    def do_open(self) -> None:
        """Open the item that counts; its neighbours are those that ended in the same batch."""
        course = self._current()
        if course is not None:
            batch_id = course.last.batch_id
            beside = [one.last.content_id for one in self._matching() if one.last.batch_id == batch_id]
            self.app.push_screen(ItemScreen(batch_id, course.last.content_id, beside))

    def do_batch(self) -> None:
        """Open the batch in which the content ended."""
        from console.screens.batch import BatchScreen

        course = self._current()
        if course is not None:
            self.app.push_screen(BatchScreen(course.last.batch_id))

    @on(RowTable.Opened)
    def _opened(self) -> None:
        self.do_open()

    @on(RowTable.CursorMoved)
    def _moved(self) -> None:
        self._draw_foot()
        self.refresh_keys()
