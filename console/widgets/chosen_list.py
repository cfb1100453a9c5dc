"""ChosenList: a ContentList that can show only what is chosen, loaded or not: to be looked at and taken back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from textual import on
from textual.message import Message
from textual.widgets import Input

from console.compose_form import merged
from console.composing import Pick
from console.content_views import content_row, missing_row
from console.widgets.columns import Row
from console.widgets.content_list import ContentList
from console.widgets.lines import Lines
from console.widgets.list_state import only_text
from console.widgets.paint import paint
from engine.core.model import Content


@dataclass(frozen=True, slots=True)
class _Search:
    """Where the search stood when what is chosen took its place."""

    rows: Sequence[Row] = ()
    key: str | None = None
    top: int = 0
    next: str | None = None


class ChosenList(ContentList):
    """What the search found, or ``only`` what is chosen; ``typed`` is chosen by ids that stand in a field elsewhere.

    Among what is chosen typed ids are marked as well. A row that loses its mark there stays, to be put back, until the
    search is shown again.
    """

    class Toggled(Message):
        """Only what is chosen is shown now, or what the search found."""

    class Retyped(Message):
        """Typed ids are ``gone`` from the choice, or ``back`` in it: their field is to say so."""

        def __init__(self, gone: Collection[str], back: Collection[str]) -> None:
            self.gone = gone
            self.back = back
            super().__init__()

    def __init__(self, network: str, empty: str, help_key: str, chosen: Iterable[Content], key: str) -> None:
        super().__init__(network, empty, help_key, chosen)
        self.typed: dict[str, Pick] = {}
        self._key = key
        self._view: dict[str, Pick] = {}
        self._named: dict[str, Pick] = {}
        self._search = _Search()

    def also(self, typed: Iterable[Pick]) -> None:
        """Take what is chosen by typed ids."""
        before, self.typed = self.typed, {pick.content_id: pick for pick in typed}
        if self.only and before != self.typed:
            gone = before.keys() - self.typed.keys() - self.picks.keys()  # the field was written in
            self._view = {one: pick for one, pick in self._view.items() if one not in gone}
            self._named = {one: pick for one, pick in self._named.items() if one not in gone}
            self.table.unmark(gone)
            self._show_chosen(keep=True)

    def toggle(self) -> None:
        """Show only what is chosen, or the search again, where it was left."""
        self.table.end_range()  # from one list into the other it would mark what nobody has seen
        if self.only:
            self._show_search()
        else:
            self._search = _Search(self.table.rows, self.table.cursor_key, self.table.scroll_offset.y, self._next)
            self.only, self._next, self._asked = True, None, None
            self._view, self._named = {}, {}
            self._show_chosen(keep=False)
        self.table.holds = self.only
        self.show_state()
        self.post_message(self.Toggled())

    def _show_chosen(self, *, keep: bool) -> None:
        chosen = {pick.content_id: pick for pick in merged(self.picks, self.typed.values())}
        self._view |= chosen
        self._named |= self.typed
        self._show([self._row(pick) for pick in self._view.values()], keep=keep)
        self.table.mark(chosen)

    def _row(self, pick: Pick) -> Row:
        content = self.known.get(pick.content_id)
        return content_row(content) if content else missing_row(pick.content_id, pick.creator)

    def _show_search(self) -> None:
        self.take_marks(self.table.marks)
        self.only, search = False, self._search
        self.table.unmark(self.typed.keys() - self.picks.keys())
        self._show([content_row(self.known[row.key]) for row in search.rows], keep=False)
        self._next = search.next
        self.table.move_to(search.key or "")
        self.table.scroll_to(y=search.top, animate=False, force=True, immediate=True)

    def take_marks(self, marks: frozenset[str]) -> None:
        """Choose what is marked; among what is chosen the mark of a typed id is no pick: it is its field's."""
        if not self.only:
            super().take_marks(marks)
            return
        gone = self.typed.keys() - marks
        back = [one for one in self._named if one in marks and one not in self.typed and one not in self.picks]
        if gone or back:
            kept = {one: pick for one, pick in self.typed.items() if one not in gone}
            self.typed = kept | {one: self._named[one] for one in back}
            self.post_message(self.Retyped(gone, back))
        super().take_marks(frozenset(one for one in marks if one in self.picks or one not in self.typed))

    def choose(self, contents: Iterable[Content]) -> None:
        """Add contents to the choice; where only that is shown, to the rows as well."""
        super().choose(contents)
        if self.only:
            self._show_chosen(keep=True)

    def choose_all(self) -> None:
        """Choose all that match; of what is chosen that is all that was taken out."""
        if self.only:
            self.table.mark_all()
        else:
            super().choose_all()

    def show_state(self) -> None:
        """Say how much is chosen, and how the search comes back."""
        if not self.only:
            super().show_state()
            return
        chosen = len(self.picks.keys() | self.typed.keys())
        text = only_text(chosen, len(self._view) - chosen, self._key)
        self.query_one(".list--state", Lines).update(paint(text))

    @on(Input.Changed)
    def _searched(self) -> None:
        """Whoever types a search wants to see what it finds."""
        if self.only:
            self.toggle()
