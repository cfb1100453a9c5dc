"""ContentList: search, creator, table and honest totals of the catalogue; it asks for pages and keeps the choice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Static

from console.composing import Pick
from console.content_views import CONTENT_COLUMNS, Order, content_row
from console.widgets.columns import Row
from console.widgets.content_table import ContentTable
from console.widgets.lines import Lines
from console.widgets.link import Link
from console.widgets.list_state import NEAR, UNLOADED, UNREAD, Loaded, state_text
from console.widgets.paint import paint
from console.widgets.row_table import RowTable
from console.widgets.search_head import SearchHead
from engine.core.model import Content
from engine.core.reports import ContentQuery

PAGE = 500
PAUSE = 0.12
"""Seconds without a key after which a search begins."""


class ContentList(Vertical):
    """The catalogue as far as it is loaded, or ``only`` what is chosen: ``picks``, in order, hidden ones too."""

    DEFAULT_CSS = """
    ContentList { height: 1fr; min-height: 6; }
    ContentList > .list--problem { height: auto; padding: 0 1; color: $text-error; display: none; }
    ContentList > .list--state { height: 1; padding: 0 1; color: $text-muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,down", "to_table", show=False, priority=True)]

    class Wanted(Message):
        """A page is wanted, the first one or what follows; in another order than as imported, all that match."""

        def __init__(self, query: ContentQuery, order: Order) -> None:
            self.query = query
            self.order = order
            super().__init__()

    class AllWanted(Message):
        """All that match a query shall be chosen, also what isn't loaded."""

        def __init__(self, query: ContentQuery) -> None:
            self.query = query
            super().__init__()

    class CreatorsWanted(Message):
        """The operator wants to choose a creator from a list."""

    class Chosen(Message):
        """Other contents are chosen, or another creator."""

    class Moved(Message):
        """Another content is under the cursor, or none; or it has changed."""

    def __init__(self, network: str, empty: str, help_key: str, chosen: Iterable[Content] = ()) -> None:
        super().__init__(id="list")
        self.known: dict[str, Content] = {}
        self.picks: dict[str, Pick] = {}
        self.order: Order = "import"
        self.removed = self.only = False
        self.loaded = 0
        self.total: int | None = None
        self.showing: ContentQuery | None = None
        """What the rows were found by; None before the first answer."""
        self._head = SearchHead(network, help_key)
        self._empty = empty
        self._first = tuple(chosen)
        self._shown_order: Order = "import"
        self._next: str | None = None
        self._asked: tuple[ContentQuery, Order] | None = None
        self._pause: Timer | None = None
        self._due = False

    def compose(self) -> ComposeResult:
        """Head, table, state."""
        yield self._head
        yield Lines(classes="list--problem")
        yield ContentTable(CONTENT_COLUMNS, id="contents", markable=True, empty="Loading ...")
        yield Lines(classes="list--state")

    def on_mount(self) -> None:
        """Begin with what was chosen elsewhere."""
        self.choose(self._first)

    @property
    def table(self) -> ContentTable:
        """The table."""
        return self.query_one(ContentTable)

    @property
    def creator(self) -> str:
        """The creator that is typed; empty for all."""
        return self._head.creator

    @property
    def creator_problem(self) -> str | None:
        """Say what is wrong with the creator that is typed."""
        return self._head.creator_problem

    @property
    def problem(self) -> str | None:
        """Say what keeps a search from being made."""
        return self._head.problem

    @property
    def query_now(self) -> ContentQuery:
        """What is searched for."""
        return ContentQuery(self.creator or None, search=self._head.words, removed=self.removed, limit=PAGE)

    @property
    def current(self) -> Content | None:
        """The content under the cursor."""
        return self.known.get(self.table.cursor_key or "")

    @property
    def behind(self) -> bool:
        """Tell whether the rows are still those of another search, or in another order, than is asked for."""
        return not self.only and (self.query_now, self.order) != (self.showing, self._shown_order)

    @property
    def searching(self) -> bool:
        """Tell whether what was typed is still on its way: a mark would fall on a row of the search before."""
        return self._due and self.problem is None and self.query_now != self.showing

    def start(self) -> None:
        """Ask for the first page of what is searched for now; what can't be searched for finds nothing."""
        problem = self.problem
        line = self.query_one(".list--problem", Lines)
        line.display = problem is not None
        line.update(paint(problem or ""))
        if problem is None:
            self._want(self.query_now)
        else:
            self._find_nothing()
        self.show_state()

    def more(self) -> None:
        """Ask for the next page before the cursor, or the wheel, reaches the end of this one."""
        if self._next and self.showing and self._asked is None and self.table.nears_end(NEAR):
            self._want(replace(self.showing, after=self._next))

    def _want(self, query: ContentQuery) -> None:
        self._asked = query, self.order
        self.post_message(self.Wanted(query, self.order))

    def _find_nothing(self) -> None:
        self._asked = self.showing = self._next = None
        self._due = False
        self._show((), keep=False)
        self.total = 0
        self.table.empty = UNREAD
        self.post_message(self.Moved())

    def take(self, query: ContentQuery, loaded: Loaded) -> None:
        """Show a page, unless something else is searched for by now, or in another order."""
        if self._asked != (query, loaded.order):
            return
        grown = query.after is not None or (query, loaded.order) == (self.showing, self._shown_order)
        self._due = False
        self._asked, self.showing, self._shown_order = None, replace(query, after=None), loaded.order
        self.known.update((content.content_id, content) for content in loaded.contents)
        before = list(self.table.rows) if query.after else []
        self._show([*before, *loaded.rows], keep=grown)
        self.total, self._next = loaded.total, loaded.next
        self.table.empty = self._empty if query == ContentQuery(limit=PAGE) else "Nothing matches."
        self.show_state()
        self.post_message(self.Moved())
        self.more()

    def failed(self, query: ContentQuery, order: Order) -> None:
        """A page didn't come: it may be asked for again, unless another order is on its way by now."""
        if self._asked == (query, order):
            self._asked, self._due = None, False
            if self.total is None:
                self.query_one(".list--state", Static).update(UNLOADED)

    def renew(self, contents: Iterable[Content]) -> None:
        """Show contents as they are now; those that nobody knows aren't added."""
        fresh = {content.content_id: content for content in contents if content.content_id in self.known}
        self.known.update(fresh)
        rows = [content_row(fresh[row.key]) if row.key in fresh else row for row in self.table.rows]
        self.table.set_rows(rows)
        self.post_message(self.Moved())

    def choose(self, contents: Iterable[Content]) -> None:
        """Add contents to the choice, in this order."""
        found = {content.content_id: content for content in contents}
        self.known.update(found)
        self._pick(found)
        self.table.mark(found)
        self._tell()

    def show_state(self) -> None:
        """Say how much there is, how much of it is loaded, and how much is chosen."""
        text = state_text(self.loaded, self.total, len(self.picks), self.order, read=self.showing is not None)
        self.query_one(".list--state", Lines).update(paint(text))

    def write_creator(self, address: str) -> None:
        """Put a creator into its field; empty for all."""
        self._head.creator = address

    def choose_all(self) -> None:
        """Choose all that match."""
        if self.loaded and self.problem is None:
            self.post_message(self.AllWanted(self.query_now))

    def action_to_table(self) -> None:
        """Go from the search to what it found, at once: what is typed ahead of the screen belongs to the list."""
        self.screen.set_focus(self.table)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only a field is left by Enter; in the table it opens the row."""
        return action != "to_table" or isinstance(self.screen.focused, Input)

    def _show(self, rows: Sequence[Row], *, keep: bool) -> None:
        """A new list begins at its first row; one that only grew keeps cursor and scroll."""
        if not keep:
            self.table.set_rows(())
            self.table.scroll_to(y=0, animate=False, force=True, immediate=True)
        self.table.set_rows(rows)
        self.loaded = len(rows)

    def _pick(self, ids: Iterable[str]) -> None:
        for content_id in ids:
            self.picks.setdefault(content_id, Pick(content_id, self.known[content_id].creator))

    def _tell(self) -> None:
        self.show_state()
        self.post_message(self.Chosen())

    @on(RowTable.MarksChanged)
    def _marked(self, message: RowTable.MarksChanged) -> None:
        message.stop()
        self.take_marks(self.table.marks)

    def take_marks(self, marks: frozenset[str]) -> None:
        """Choose what is marked, and nothing else."""
        for gone in self.picks.keys() - marks:
            del self.picks[gone]
        new = marks - self.picks.keys()
        if new:
            self._pick(row.key for row in self.table.rows if row.key in new)
        self._tell()

    @on(RowTable.CursorMoved)
    @on(RowTable.Scrolled)
    def _moved(self, message: RowTable.TableMessage) -> None:
        message.stop()
        self.more()
        if isinstance(message, RowTable.CursorMoved):
            self.post_message(self.Moved())

    @on(ContentTable.AllWanted)
    def _all_wanted(self) -> None:
        self.choose_all()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self._pause is not None:
            self._pause.stop()
        self._pause, self._due = self.set_timer(PAUSE, self.start), True
        if event.input.id == "creator":
            self.post_message(self.Chosen())

    @on(Link.Pressed)
    def _creators(self) -> None:
        self.post_message(self.CreatorsWanted())
