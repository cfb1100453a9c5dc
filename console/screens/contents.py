"""ContentsScreen: what Compose and Catalogue share: they feed a list of contents from the engine, page by page."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from textual import on

from console import actions
from console.content_views import Order, content_row, ordered
from console.feed import FeedUpdate
from console.loading import look_up
from console.screens.base import DeckScreen
from console.screens.creators import CreatorsDialog
from console.widgets.content_list import PAGE, ContentList
from console.widgets.list_state import Loaded
from engine.core.model import Content
from engine.core.reports import ContentQuery, Creator
from engine.door import Engine

WHAT, MORE = "Loading the catalogue", "Loading more of the catalogue"
"""Names of their own: a first page that comes is no news of the next one, which may still fail."""


async def all_of(engine: Engine, query: ContentQuery) -> list[Content]:
    """Return every content that matches, page after page."""
    found: list[Content] = []
    after = query.after
    while True:
        page = await engine.contents(replace(query, after=after, limit=PAGE))
        found += page.rows
        if page.next is None:
            return found
        after = page.next


async def load(engine: Engine, query: ContentQuery, order: Order) -> Loaded:
    """Return one page in import order, or all that match in another one: half a list can't be sorted."""
    if order == "import":
        page = await engine.contents(query)
        return Loaded(page.rows, [content_row(content) for content in page.rows], page.total, next=page.next)
    contents = await all_of(engine, query)
    return await asyncio.to_thread(_sorted, contents, order)


def _sorted(contents: list[Content], order: Order) -> Loaded:
    """Sort beside the event loop: a hundred thousand rows take a second."""
    found = ordered(contents, order)
    return Loaded(found, [content_row(content) for content in found], len(found), order)


class ContentsScreen(DeckScreen):
    """A screen with a `ContentList`; the engine is asked here."""

    def __init__(self) -> None:
        super().__init__()
        self._loading = 0
        self._outdated = False

    @property
    def help_key(self) -> str:
        """The key of the help while a search is written; empty when that has none."""
        return actions.written_key(self.deck.keymap.get("app.help", actions.get("app.help").keys))

    @property
    def contents(self) -> ContentList:
        """The list."""
        return self.query_one(ContentList)

    @property
    def nothing(self) -> str:
        """Say why there is nothing that all could mean."""
        return self.contents.problem or "Nothing matches"

    @property
    def working(self) -> bool:
        """Tell whether keys for the list wait for what is searched for; without an engine nothing would come."""
        return self.drawn and self.engine is not None and self.contents.table.has_focus and self.contents.searching

    @property
    def drawn(self) -> bool:
        """Tell whether the list is there yet: the feed may come before."""
        return bool(self.query(ContentList)) and self.is_mounted

    def reload(self) -> None:
        """Load the first page; a longer list is brought up to date where the cursor is and where one looks.

        While a first page is on its way, what comes in becomes a single load after it, however slow the engine is.
        """
        shown = self.contents
        if (shown.loaded <= PAGE and not shown.only) or shown.behind:
            if self._loading:
                self._outdated = True
            else:
                shown.start()
            return
        keys = [row.key for row in shown.table.rows]
        at = keys.index(shown.table.cursor_key) if shown.table.cursor_key in keys else 0
        near = list(dict.fromkeys((*shown.table.seen, *keys[max(0, at - PAGE // 2) : at + PAGE // 2])))
        self.ask_latest(WHAT, lambda engine: look_up(engine, near), shown.renew)
        shown.more()

    def fed(self, update: FeedUpdate) -> None:
        """Only changes of the catalogue matter here; what isn't drawn yet is about to be loaded."""
        self.show_state()
        if self.drawn and (update.contents or update.everything):
            self.reload()

    @on(ContentList.Wanted)
    def _load(self, message: ContentList.Wanted) -> None:
        query, shown, first = message.query, self.contents, message.query.after is None

        def taken(loaded: Loaded) -> None:
            shown.take(query, loaded)
            self._came(first)

        def failed() -> None:
            shown.failed(query, message.order)
            self._came(first)

        if first and shown.behind:
            self._unloaded.remove(MORE)  # of another search: nobody waits for it
        self._loading += first and self.engine is not None
        what = WHAT if first else MORE
        self.ask(what, lambda engine: load(engine, query, message.order), taken, failed=failed, loads=True)

    def _came(self, first: bool) -> None:
        """A page has come, or didn't: load anew what changed while the first one was on its way."""
        self._loading -= first
        if self._outdated and not self._loading:
            self._outdated = False
            self.reload()

    @on(ContentList.AllWanted)
    def _load_all(self, message: ContentList.AllWanted) -> None:
        self.ask("Choosing all", lambda engine: all_of(engine, message.query), self._choose_all)

    def _choose_all(self, contents: list[Content]) -> None:
        there = [content for content in contents if content.removed_at is None]
        self.contents.choose(there)
        self.tell(f"All {len(there):,} that match are chosen")

    @on(ContentList.CreatorsWanted)
    def do_creator(self) -> None:
        """Choose a creator from a list."""
        self.ask_once("Loading the creators", lambda engine: engine.creators(), self._offer)

    def _offer(self, creators: list[Creator]) -> None:
        dialog = CreatorsDialog(creators, self.contents.creator)
        self.app.push_screen(dialog, lambda chosen: None if chosen is None else self.contents.write_creator(chosen))

    def do_search(self) -> None:
        """Type what to search for."""
        self.set_focus(self.contents.query_one("#search"))  # at once: what is typed ahead belongs to it

    def do_all(self) -> None:
        """Choose all that match."""
        self.contents.choose_all()
