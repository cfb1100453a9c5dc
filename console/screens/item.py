"""Item: the whole story of one content of one batch: values, transaction, time line, error, what to do next."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll

from console.feed import FeedUpdate
from console.item_views import advice, item_facts, message, outcome_text, story_lines
from console.loading import whole_item
from console.screens.base import LOADING, DeckScreen
from console.widgets.lines import Lines
from console.widgets.paint import paint_lines
from engine.core.model import Item
from engine.core.reports import Transition

_LABEL = 12


class ItemScreen(DeckScreen):
    """One item, live; the keys for next and previous walk the list that it was opened from."""

    NAME = "item"

    def __init__(self, batch_id: str, content_id: str, neighbours: Sequence[str] = ()) -> None:
        super().__init__()
        self.batch_id = batch_id
        self.content_id = content_id
        self._neighbours = tuple(neighbours)
        self._item: Item | None = None
        self._story: Sequence[Transition] = ()
        self.text = Lines(LOADING, id="item")

    @property
    def path(self) -> Sequence[str]:
        """From the list over the batch to this item."""
        return ("Batches", self.batch_id, self.content_id)

    def body(self) -> ComposeResult:
        """One column that scrolls."""
        with VerticalScroll(id="story"):
            yield self.text

    def on_mount(self) -> None:
        """Load, let the arrow keys scroll, and keep the age true."""
        super().on_mount()
        self.query_one("#story").focus()
        self.set_interval(1, self.draw)

    def show_state(self) -> None:
        """Until there is an item say that it comes, or that nobody answers."""
        super().show_state()
        if self._item is None:
            self.text.update(self.nothing_yet)

    def reload(self) -> None:
        """Load the item and its story anew."""
        batch_id, content_id = self.batch_id, self.content_id
        self.ask_latest("Item", lambda engine: whole_item(engine, batch_id, content_id), self._loaded)

    def fed(self, update: FeedUpdate) -> None:
        """Load again only when this batch changed."""
        self.show_state()
        if update.everything or self.batch_id in update.batches:
            self.reload()

    def _loaded(self, found: tuple[Item, list[Transition]]) -> None:
        if found[0].content_id != self.content_id:
            return  # another item is wanted by now, and on its way
        self._item, self._story = found
        self.draw()
        self.refresh_keys()

    def draw(self) -> None:
        """Turn what is known into lines, at the time that it is now."""
        if self._item is not None:
            retry = self.deck.key("batch.retry")
            lines = item_lines(self._item, self._story, item_facts(self._item, self.deck.now()), retry)
            self.text.update(paint_lines(lines))

    def why_not(self, action_id: str) -> str | None:
        """A txid can be copied once there is one; a neighbour can be shown if there is one."""
        if action_id == "item.copy" and self._item is None:
            return "The item isn't loaded yet"
        if action_id == "item.copy" and self._item and not self._item.txid:
            return "This item has no transaction"
        if action_id == "item.next" and self._beside(1) is None:
            return "This is the last item of the list"
        if action_id == "item.previous" and self._beside(-1) is None:
            return "This is the first item of the list"
        return None

    def _beside(self, by: int) -> str | None:
        if self.content_id not in self._neighbours:
            return None
        at = self._neighbours.index(self.content_id) + by
        return self._neighbours[at] if 0 <= at < len(self._neighbours) else None

    def _go(self, by: int) -> None:
        """Nothing of the one before stands under the other's name, or is copied as its own."""
        self.content_id, self._item = self._beside(by) or self.content_id, None
        self.show_state()
        self.reload()

    def do_next(self) -> None:
        """Show the next item."""
        self._go(1)

    def do_previous(self) -> None:
        """Show the item before."""
        self._go(-1)

    def do_changes(self) -> None:
        """See every change of this content; where that is what this was opened from, go back to it."""
        from console.screens.content import ContentScreen

        below = self.app.screen_stack[-2]
        if isinstance(below, ContentScreen) and below.content_id == self.content_id:
            self.dismiss()
        else:
            self.app.push_screen(ContentScreen(self.content_id))

    def do_copy(self) -> None:
        """Copy the transaction id, whole."""
        assert self._item is not None
        self.app.copy_to_clipboard(f"0x{self._item.txid}")
        self.tell("The transaction id is copied")


def item_lines(
    item: Item, story: Sequence[Transition], facts: Sequence[tuple[str, str]], retry: str = "r"
) -> list[Text]:
    """Return the lines of the screen, the outcome and what to do first; ``retry`` is its key in the batch."""
    head = outcome_text(item)
    head.append("" if item.error else f"   {message(item)}")
    lines = [head, Text.assemble(("Next: ", "muted"), advice(item, retry))]
    if item.error:
        lines += [Text(""), Text.assemble((f"{'Error':{_LABEL}}", "muted"), (message(item), "warning"))]
    lines += [Text("")]
    lines += [Text.assemble((f"{label:{_LABEL}}", "muted"), value) for label, value in facts]
    return [*lines, Text(""), Text("What happened (UTC)", "accent"), *story_lines(story, item.operation)]
