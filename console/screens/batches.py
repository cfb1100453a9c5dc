"""Batches: the first screen. Every batch, newest first, live; from here to Compose, the catalogue, one batch."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.widgets import Input

from console import starting
from console.actions import Action
from console.forms import many
from console.greeting import no_batch, no_match, welcome
from console.group_views import group_lines, in_order
from console.loading import first
from console.memory import Notes
from console.screens.base import LOADING
from console.screens.home import HomeScreen
from console.text import display_text, shorten
from console.views import BATCH_COLUMNS, batch_row, summary_text
from console.widgets.choices import Choice, Choices
from console.widgets.filter_line import FilterLine
from console.widgets.lines import Lines
from console.widgets.paint import paint_lines
from console.widgets.row_table import RowTable
from engine.core.model import Batch, BatchStatus, Group
from engine.core.reports import BatchQuery, ContentQuery, Page
from engine.door import Engine

STEP, NEAR = 200, 20
OPENING = "Opening the engine ..."
ALERT_LINES, RAGGED = 2, 14
"""Lines of the foot that an alert may take, and cells that breaking one may leave empty: its end would be cut off."""


class BatchesScreen(HomeScreen):
    """The list of batches, with a status, a text filter, and the whole of the one under the cursor below it."""

    NAME = "batches"
    CHANGES = frozenset({"batches.draft", "catalogue.import"})

    def __init__(self) -> None:
        super().__init__()
        self._page: Page[Batch] = Page((), 0)
        self._status: BatchStatus | None = None
        self._text = ""
        self._want = STEP
        self._group: Group | None = None
        self._sought: str | None = None
        self.choices = Choices(id="statuses")
        self.table = RowTable(BATCH_COLUMNS, id="batches", empty=OPENING)
        self.filter_line = FilterLine("id, creator or reason", self.table)
        self.foot = Lines(id="foot")
        self.whole = Lines(id="whole")

    @property
    def path(self) -> Sequence[str]:
        """Home; Compose and Catalogue stand in the footer."""
        return ("Batches",)

    def body(self) -> ComposeResult:
        """Statuses, filter, list, and a foot with the batch under the cursor."""
        yield from (self.choices, self.whole, self.table, self.filter_line, self.foot)

    def on_mount(self) -> None:
        """Draw what is known, and keep ages and times left true."""
        super().on_mount()
        self.filter_line.write(self._text)
        self.draw()
        self.table.focus()
        self.set_interval(1, self.draw)

    def notes(self) -> Notes:
        """Which batches are looked at."""
        return {"status": self._status or "", "text": self._text}

    @classmethod
    def again(cls, notes: Notes) -> BatchesScreen:
        """Look at the same batches."""
        screen, status = cls(), notes.get("status")
        screen._status = BatchStatus(status) if status in tuple(BatchStatus) else None
        screen._text = notes.get("text", "")
        return screen

    def show_state(self) -> None:
        """Once the engine is open, its list is on its way."""
        if self.engine is not None and self.table.empty == OPENING:
            self.table.empty = LOADING
        super().show_state()

    def reload(self) -> None:
        """Load the list anew; what the cursor stands on stays under it."""
        group, want = self._group, self._want
        query = BatchQuery(status=self._status, text=self._text, group=group.id if group else None)
        self.ask_latest("Batches", lambda engine: self._load(engine, query, want), self._loaded)

    @staticmethod
    async def _load(engine: Engine, query: BatchQuery, want: int) -> tuple[BatchQuery, Page[Batch], bool]:
        """Return the list, and whether the catalogue is empty too, which matters to an empty list alone."""
        page = await first(engine.batches, query, want)
        sought = page.total or query.status or query.text or query.group
        empty = not sought and not (await engine.contents(ContentQuery(removed=True, limit=1))).total
        return query, page, empty

    def _loaded(self, answer: tuple[BatchQuery, Page[Batch], bool]) -> None:
        query, page, new = answer
        if query.group != (self._group.id if self._group else None):
            return  # another list is wanted by now, and on its way
        self._page = in_order(page) if self._group else page
        for batch in page.rows:
            self.deck.pace.note(batch, self.deck.now())
        says = welcome if new else no_match if self._text or self._status else no_batch
        self.table.empty = says(self.deck.key)
        self.draw()
        if self._sought is not None:
            self.table.move_to(self._sought)
            if self.is_active or self.table.cursor_key == self._sought:
                self._sought = None

    def stand_on(self, batch_id: str) -> None:
        """Put the cursor on a batch as soon as the list has it: who comes back from it finds it there."""
        self._sought = batch_id
        self.reload()

    def on_resize(self) -> None:
        """The lines of a group are broken for the width there is."""
        self.draw()

    def draw(self) -> None:
        """Turn what is known into rows, at the time that it is now."""
        now, limits, pace = self.deck.now(), self.deck.banner.thresholds, self.deck.pace
        self.table.set_rows([batch_row(batch, now, limits, pace) for batch in self._page.rows])
        self.choices.show(self._choices(), self._status or "all")
        self.whole.display = self._group is not None
        if self._group is not None:
            self.whole.update(paint_lines(group_lines(self._group, self._page.rows, now, self.size.width, pace)))
        self._draw_foot()
        self.refresh_keys()

    def _choices(self) -> list[Choice]:
        health = self.deck.latest.health
        known = health.statuses if health else {}
        every = Choice("all", "All", sum(known.values()) if health else None)
        return [every, *(Choice(one, one.capitalize(), known.get(one, 0) if health else None) for one in BatchStatus)]

    def _draw_foot(self) -> None:
        batch = self._current()
        lines: list[str | Text] = [self._sum()]
        if batch is not None:
            lines.insert(0, summary_text(batch))
        self.foot.update(paint_lines(lines))

    def _sum(self) -> Text:
        alerts = self.deck.latest.alerts
        shown, total = len(self._page.rows), self._page.total
        if self.engine is None:
            return Text("")
        count = many(total, "batch", "batches") if shown == total else f"{shown:,} of {total:,} batches shown"
        text = Text(count, "muted")
        if alerts:
            more = f" (and {len(alerts) - 1} more)" if len(alerts) > 1 else ""
            first, room = (
                display_text(alerts[0].message),
                ALERT_LINES * (self.size.width - RAGGED) - len(count) - len(more),
            )
            whole = f" ({self.deck.key('batches.engine')}: all of it)"
            said = first if cell_len(first) <= room else shorten(first, room - len(whole)) + whole
            text.append(f"  ! {said}{more}", "warning")
        return text

    def _current(self) -> Batch | None:
        key = self.table.cursor_key
        return next((batch for batch in self._page.rows if batch.id == key), None)

    def why_not(self, action_id: str) -> str | None:
        """Opening needs a batch."""
        if action_id == "batches.open" and not self._page.rows:
            return f"There is no batch to open: press {self.deck.key('batches.compose')} to compose one"
        if action_id == "batches.parts" and not self._group and not self._grouped():
            return "This batch was submitted alone" if self._current() else "There is no batch that could have parts"
        if action_id == "batches.retries" and self._current() is None:
            return "There is no batch to compare"
        if action_id == "batches.draft":
            batch = self._current()
            return starting.why_not(batch) if batch else "There is no batch to take"
        return super().why_not(action_id)

    def do_open(self) -> None:
        """Open the batch under the cursor."""
        batch = self._current()
        if batch is not None:
            from console.screens.batch import BatchScreen

            self.app.push_screen(BatchScreen(batch.id))

    @property
    def _least(self) -> int:
        """A group is loaded whole: its progress is that of all its parts."""
        return self._group.size if self._group else STEP

    def _grouped(self) -> Group | None:
        batch = self._current()
        return batch.group if batch else None

    def label_of(self, action: Action) -> str:
        """Out of a group the same key leads back."""
        return "All" if action.id == "batches.parts" and self._group else action.label

    def do_parts(self) -> None:
        """Show the batches that were submitted together as one, or all batches again."""
        self.follow(None if self._group else self._grouped())

    def follow(self, group: Group | None) -> None:
        """Show a group as a whole; None: all batches."""
        self._group, self._status, self._text = group, None, ""
        self._want = self._least
        self._page = Page((), 0)
        self.table.empty = LOADING
        self.filter_line.action_leave(True)
        self.draw()
        self.reload()

    def do_back(self) -> None:
        """Leave a group for all batches; then say where the way out is."""
        if self._group is not None:
            self.follow(None)
        else:
            self.deck.do_back()

    def do_retries(self) -> None:
        """Compare the batch under the cursor with its retries."""
        batch = self._current()
        if batch is not None:
            from console.screens.retries import RetriesScreen

            self.app.push_screen(RetriesScreen(batch.id))

    def do_draft(self) -> None:
        """Take the batch under the cursor as the start of a new draft."""
        batch = self._current()
        if batch is not None:
            self.ask_once("New draft", lambda engine: starting.take_up(engine, batch.id), self._draft)

    def _draft(self, start: starting.Start) -> None:
        from console.screens.compose import ComposeScreen

        self.app.push_screen(ComposeScreen(start=start))

    def look_for(self, text: str) -> None:
        """Show the batches that a text is found in."""
        self.follow(None)
        self.filter_line.write(text)

    def do_filter(self) -> None:
        """Filter by text."""
        self.filter_line.open()

    def do_next_status(self) -> None:
        """Show the next status."""
        self._show_status(1)

    def do_previous_status(self) -> None:
        """Show the status before."""
        self._show_status(-1)

    def _show_status(self, by: int) -> None:
        every: list[BatchStatus | None] = [None, *BatchStatus]
        self._choose(every[(every.index(self._status) + by) % len(every)])

    def _choose(self, status: BatchStatus | None) -> None:
        self._status, self._want = status, self._least
        self.choices.show(self._choices(), status or "all")
        self.reload()

    @on(Choices.Changed)
    def _clicked(self, message: Choices.Changed) -> None:
        self._choose(None if message.name == "all" else BatchStatus(message.name))

    @on(Input.Changed, "#filter")
    def _typed(self, event: Input.Changed) -> None:
        self._text, self._want = event.value.strip(), self._least
        self.reload()

    @on(RowTable.Opened)
    def _opened(self) -> None:
        self.do_open()

    @on(RowTable.CursorMoved)
    @on(RowTable.Scrolled)
    def _moved(self) -> None:
        """Load more before the cursor, or the wheel, reaches the end of what is loaded."""
        loaded = len(self._page.rows)
        if self._want < loaded + STEP and loaded < self._page.total and self.table.nears_end(NEAR):
            self._want = loaded + STEP
            self.reload()
        self._draw_foot()
