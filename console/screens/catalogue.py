"""Catalogue: all contents, searched, sorted and marked; from here to Compose with what is marked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.widgets import Input

from console.actions import Action, register
from console.content_views import ORDER_WORDS, ORDERS, Order, detail_text, facts_text
from console.feed import FeedUpdate
from console.memory import Notes
from console.screens.calling import OPENING, Answer
from console.screens.compose import ComposeScreen
from console.screens.content import ContentScreen
from console.screens.contents import ContentsScreen
from console.screens.first_steps import ImportingScreen
from console.story_views import beside_lines
from console.unhurried import Unhurried, told
from console.widgets.content_list import ContentList
from console.widgets.lines import Lines
from console.widgets.paint import paint_lines
from console.widgets.row_table import RowTable
from engine.core.content_story import ContentStory
from engine.core.model import Content
from engine.door import Engine

_HERE = ("catalogue",)
register(
    Action("catalogue.compose", "c", "Compose", "Compose a batch of what is marked", "Catalogue", _HERE),
    Action(
        "catalogue.search",
        "slash,f5",
        "Search",
        "Search by words, price:>2stx, changed:<7d ...",
        "Catalogue",
        _HERE,
    ),
    Action("catalogue.changes", "h", "Changes", "See what changed the content, and by which batch", "Catalogue", _HERE),
    Action("catalogue.creator", "f2", "Creator", "Choose whose contents are shown", "Catalogue", _HERE),
    Action("catalogue.sort", "s", "Sort", "Sort by id, title or price, or as imported", "Catalogue", _HERE),
    Action("catalogue.removed", "x", "Removed", "Show removed contents too, or hide them", "Catalogue", _HERE),
    Action("catalogue.all", "f4", "All matching", "Mark all contents that match", "Catalogue", _HERE),
    Action("catalogue.none", "f8", "", "Take every mark away", "Catalogue", _HERE),
    Action("catalogue.mark-range", "", "", "Begin or end a range of marks", "Tables", _HERE),
    Action("catalogue.refresh", "ctrl+l", "", "Load the catalogue again", "Catalogue", _HERE),
    *(Action(f"catalogue.by-{one}", "", "", f"Show contents {ORDER_WORDS[one]}", "Catalogue", _HERE) for one in ORDERS),
)


def empty(key: str) -> str:
    """Say how contents come in."""
    return f"The catalogue is empty.\n\nPress {key} to import your own, or: batchdeck catalogue import FILE"


class CatalogueScreen(ContentsScreen, ImportingScreen):
    """The catalogue, with all of the content under the cursor below it."""

    NAME = "catalogue"
    CHANGES = frozenset({"catalogue.import"})
    CSS_PATH = "catalogue.tcss"
    AUTO_FOCUS = "ContentTable"

    @property
    def path(self) -> Sequence[str]:
        """From the list to here."""
        return ("Batches", "Catalogue")

    def __init__(self, before: Notes | None = None) -> None:
        super().__init__()
        self._before = before or {}
        self._about = ""
        self._story: ContentStory | str | None = None
        self._pace = Unhurried(self, self._ask_beside)

    def on_mount(self) -> None:
        """Search as before, if there was a before; keep the age of the last change true."""
        self.set_interval(1, self._draw_beside)
        order = self._before.get("order")
        self.contents.order = next((one for one in ORDERS if one == order), "import")
        self.contents.removed = self._before.get("removed") == "yes"
        self.contents.query_one("#search", Input).value = self._before.get("search", "")
        self.contents.write_creator(self._before.get("creator", ""))

    def notes(self) -> Notes:
        """What is looked for, and in which order; before there are fields, what they will say."""
        if not self.drawn:
            return self._before
        shown = self.contents
        query, removed = shown.query_now, "yes" if shown.removed else ""
        return {"search": query.search, "creator": shown.creator, "order": shown.order, "removed": removed}

    @classmethod
    def again(cls, notes: Notes) -> CatalogueScreen:
        """Look for the same contents."""
        return cls(notes)

    def body(self) -> ComposeResult:
        """List and detail."""
        yield ContentList(self.deck.banner.network, empty(self.deck.key("catalogue.import")), self.help_key)
        yield Lines(id="detail")
        yield Lines(id="beside")

    def why_not(self, action_id: str) -> str | None:
        """Composing needs contents, and a console that may change something."""
        if not self.drawn:
            return OPENING
        if action_id == "catalogue.compose":
            if self.deck.banner.read_only:
                return self.deck.banner.refusal
            return None if self._chosen() else "There is nothing to compose from"
        if action_id == "catalogue.changes":
            return None if self.contents.current else "There is no content under the cursor"
        if action_id == "catalogue.none" and not self.contents.picks:
            return "Nothing is marked"
        return self.nothing if action_id == "catalogue.all" and not self.contents.loaded else None

    def _chosen(self) -> list[Content]:
        """What is marked, in order; else what is under the cursor."""
        shown = self.contents
        if shown.picks:
            return [shown.known[content_id] for content_id in shown.picks]
        return [shown.current] if shown.current else []

    def do_compose(self) -> None:
        """Compose from what is marked, or from what is under the cursor."""
        self.app.push_screen(ComposeScreen(self._chosen()))

    def do_changes(self) -> None:
        """See what changed the content under the cursor."""
        if content := self.contents.current:
            self.app.push_screen(ContentScreen(content.content_id))

    def do_sort(self) -> None:
        """Go to the next order."""
        self._sort(ORDERS[(ORDERS.index(self.contents.order) + 1) % len(ORDERS)])

    def do_by_import(self) -> None:
        """Show contents as they were imported."""
        self._sort("import")

    def do_by_id(self) -> None:
        """Show contents by id."""
        self._sort("id")

    def do_by_title(self) -> None:
        """Show contents by title."""
        self._sort("title")

    def do_by_price(self) -> None:
        """Show contents by price."""
        self._sort("price")

    def _sort(self, order: Order) -> None:
        self.contents.order = order
        self.contents.start()

    def do_removed(self) -> None:
        """Show removed contents too, or hide them."""
        self.contents.removed = not self.contents.removed
        self.contents.start()

    def do_refresh(self) -> None:
        """Load it again from the beginning."""
        self.contents.start()

    def do_none(self) -> None:
        """Take every mark away."""
        self.contents.table.clear_marks()

    def do_back(self) -> None:
        """Leave a field for the list; then the screen."""
        if isinstance(self.focused, Input):
            self.contents.table.focus()
        else:
            self.dismiss()

    @on(ContentList.Moved)
    def _moved(self) -> None:
        content = self.contents.current
        lines = [detail_text(content), facts_text(content)] if content else [Text()]
        self.query_one("#detail", Lines).update(paint_lines(lines))
        self._look_at(content.content_id if content else "")
        self.refresh_keys()

    def _look_at(self, content_id: str) -> None:
        """Ask for the chain's side of what is rested on; of what was looked at before nothing is left."""
        if content_id == self._about:
            self._pace.news()
            return
        self._about, self._story = content_id, None
        self._pace.rest()
        self._draw_beside()

    def fed(self, update: FeedUpdate) -> None:
        """What a batch made of the content under the cursor is news also where the catalogue stays as it is."""
        super().fed(update)
        changes = self._story.changes if isinstance(self._story, ContentStory) else ()
        if update.everything or update.batches & {one.item.batch_id for one in changes if one.item}:
            self._pace.news()

    def show_state(self) -> None:
        """Of an engine that is lost the lines tell nothing but what it said."""
        super().show_state()
        self._draw_beside()

    def on_resize(self) -> None:
        """A batch's id is whole where there is room."""
        self._draw_beside()

    def _ask_beside(self) -> None:
        if self.engine is not None and self._about:
            work: Callable[[], Awaitable[None]] = partial(self._tell_beside, self.engine, self._about)
            self.run_worker(work, group="beside", exclusive=True, exit_on_error=False)

    async def _tell_beside(self, engine: Engine, content_id: str) -> None:
        story = await told(engine, content_id)
        self.post_message(Answer(lambda _: self._take(content_id, story), None))

    def _take(self, content_id: str, story: ContentStory | str) -> None:
        lost = self.deck.latest.lost is not None
        if content_id == self._about and not (lost and isinstance(story, str)):
            self._story = story
            self._draw_beside()

    def _draw_beside(self) -> None:
        lost = self.deck.latest.lost is not None
        for line in self.query("#beside").results(Lines):
            line.update(paint_lines(beside_lines(self._story, self.deck.now(), self.app.size.width, lost=lost)))

    @on(ContentList.Chosen)
    def _marked(self) -> None:
        self.refresh_keys()

    @on(RowTable.Opened)
    def _opened(self) -> None:
        """Enter composes: from a list there is nothing else to open."""
        self.action_act("catalogue.compose")
