"""Content: one content on both sides, and every change of it: what, by which batch, what became of it, by whom."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult

from console.actions import Action, register
from console.feed import FeedUpdate
from console.memory import Notes
from console.screens.base import LOADING, DeckScreen
from console.screens.item import ItemScreen
from console.story_views import CHANGE_COLUMNS, change_rows, empty_text, foot_lines, head_lines, numbered
from console.text import wrapped
from console.unhurried import Unhurried, found
from console.widgets.lines import Lines
from console.widgets.paint import paint_lines
from console.widgets.row_table import RowTable
from engine.core.content_story import ContentChange, ContentStory
from engine.core.model import Item

_HERE = ("content",)
IMPORTED = "An import made this change: no batch stands behind it"
register(
    Action("content.open", "enter", "Open", "Open the item that made the change", "Content", _HERE),
    Action("content.batch", "b", "Batch", "Open the batch that made the change", "Content", _HERE),
    Action("content.copy", "y", "Copy batch id", "Copy the id of the batch", "Content", _HERE),
    Action("content.copy-txid", "t", "", "Copy the transaction id of the change", "Content", _HERE),
    Action("content.refresh", "ctrl+l", "", "Load everything again", "Show", _HERE),
)


class ContentScreen(DeckScreen):
    """One content with its changes, newest first, live."""

    NAME = "content"

    def __init__(self, content_id: str) -> None:
        super().__init__()
        self.content_id = content_id
        self._story: ContentStory | None = None
        self._pace = Unhurried(self, self.reload)
        self.head, self.foot = Lines(id="both"), Lines(id="foot")
        self.table = RowTable(CHANGE_COLUMNS, id="changes", empty=LOADING)

    @property
    def path(self) -> Sequence[str]:
        """From the list over the catalogue to here."""
        return ("Batches", "Catalogue", self.content_id)

    def body(self) -> ComposeResult:
        """What each side has, the changes, and all of the one under the cursor."""
        yield from (self.head, self.table, self.foot)

    def on_mount(self) -> None:
        """Load, and keep the ages true."""
        super().on_mount()
        self.table.focus()
        self.set_interval(1, self.draw)

    def notes(self) -> Notes:
        """Which content it is."""
        return {"content": self.content_id}

    @classmethod
    def again(cls, notes: Notes) -> ContentScreen:
        """Look at the same content."""
        return cls(notes.get("content", ""))

    def reload(self) -> None:
        """Load the content anew, with what the chain has of it now."""
        self.ask_latest("Changes", lambda engine: found(engine, self.content_id), self._loaded)

    def fed(self, update: FeedUpdate) -> None:
        """Ask again when the catalogue changed, or a batch that changed this content: not each time, a node answers."""
        self.show_state()
        story = self._story
        made = {one.item.batch_id for one in (story.changes if story else ()) if one.item}
        waiting = update.batches if story and story.waits else frozenset()
        if update.everything:
            self.reload()
        elif update.contents or update.batches & made or waiting:
            self._pace.news()

    def _loaded(self, story: ContentStory | str) -> None:
        if isinstance(story, str):
            self._story, self.table.empty = None, wrapped(story, self.size.width - 4)
            self.table.set_rows(())
            self.head.update()
            self.foot.update()
        else:
            self._story = story
            self.draw()
        self.refresh_keys()

    def draw(self) -> None:
        """Turn what is known into lines and rows, at the time that it is now."""
        if self._story is None:
            return
        self.head.update(paint_lines(head_lines(self._story)))
        self.table.empty = empty_text(self.deck.key("app.back"), self.deck.key("catalogue.compose"))
        self.table.set_rows(change_rows(self._story, self.deck.now()))
        self._draw_foot()

    def _draw_foot(self) -> None:
        if self._story is not None:
            self.foot.update(paint_lines(foot_lines(self.current)))

    @property
    def current(self) -> ContentChange | None:
        """The change under the cursor."""
        changes = numbered(self._story) if self._story else []
        return next((one for key, one in changes if key == self.table.cursor_key), None)

    def why_not(self, action_id: str) -> str | None:
        """Opening and copying need a change that a batch made."""
        if not action_id.startswith("content.") or action_id == "content.refresh":
            return None
        change = self.current
        if change is None:
            return "There is no change under the cursor"
        if change.item is None:
            return IMPORTED
        return "This change has no transaction" if action_id == "content.copy-txid" and not change.item.txid else None

    @property
    def _item(self) -> Item:
        """The item of the change under the cursor: `why_not` has seen to it that there is one."""
        assert self.current is not None
        assert self.current.item is not None
        return self.current.item

    def do_open(self) -> None:
        """Open the item that made the change."""
        self.app.push_screen(ItemScreen(self._item.batch_id, self.content_id))

    def do_batch(self) -> None:
        """Open the batch that made the change."""
        from console.screens.batch import BatchScreen

        self.app.push_screen(BatchScreen(self._item.batch_id))

    def do_copy(self) -> None:
        """Copy the id of the batch."""
        self.app.copy_to_clipboard(self._item.batch_id)
        self.tell("The batch's id is copied")

    def do_copy_txid(self) -> None:
        """Copy the transaction id, whole."""
        self.app.copy_to_clipboard(f"0x{self._item.txid}")
        self.tell("The transaction id is copied")

    @on(RowTable.Opened)
    def _opened(self) -> None:
        self.action_act("content.open")

    @on(RowTable.CursorMoved)
    def _moved(self) -> None:
        self._draw_foot()
        self.refresh_keys()
