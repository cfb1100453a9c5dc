"""SearchHead: the fields above a list of contents: what is searched for, and of which creator."""

from __future__ import annotations

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input, Static

from console.widgets.link import Link
from console.widgets.safe_input import SafeInput
from engine.core.rules import creator_problems
from engine.core.search import parse

HINT = "words, price:>2stx, changed:<7d"


class SearchHead(Horizontal):
    """Two fields and a link to the creators on one line; the width goes to the field that is written in."""

    DEFAULT_CSS = """
    SearchHead { height: 1; padding: 0 1; }
    SearchHead > .head--label { width: auto; color: $text-muted; padding: 0 1 0 0; }
    SearchHead > SafeInput { width: 1fr; background: $surface; }
    SearchHead > SafeInput:focus { background: $panel; }
    SearchHead > #creator { width: 42; }
    SearchHead > #creator.-aside { width: 13; }
    """

    def __init__(self, network: str, help_key: str) -> None:
        super().__init__()
        self._network = network
        self._hint = f"{HINT}; {help_key}" if help_key else HINT

    def compose(self) -> ComposeResult:
        """What is searched for, then the creator."""
        yield Static("Search", classes="head--label")
        yield SafeInput(id="search", placeholder=self._hint)
        yield Static(" Creator", classes="head--label")
        yield SafeInput(id="creator", placeholder="all creators")
        yield Link("choose", id="creators")

    def on_mount(self) -> None:
        """Begin with room for the search."""
        self._make_room()

    @property
    def words(self) -> str:
        """What is searched for, as it is typed."""
        return self._field("search").value.strip()

    @property
    def creator(self) -> str:
        """The creator that is typed; empty for all."""
        return self._field("creator").value.strip()

    @creator.setter
    def creator(self, address: str) -> None:
        self._field("creator").value = address

    @property
    def creator_problem(self) -> str | None:
        """Say what is wrong with the creator that is typed."""
        problems = creator_problems(self.creator, self._network) if self.creator else []
        return problems[0].message if problems else None

    @property
    def problem(self) -> str | None:
        """Say what keeps a search from being made: what can't be read is never guessed."""
        found = parse(self.words).problems
        return "; ".join(one.message for one in found) if found else self.creator_problem

    def _field(self, name: str) -> SafeInput:
        return self.query_one(f"#{name}", SafeInput)

    @on(events.DescendantFocus)
    @on(events.DescendantBlur)
    @on(Input.Changed)
    def _make_room(self) -> None:
        """Give the width to the field that is written in; a creator that is named is shown whole else."""
        search, creator = self._field("search"), self._field("creator")
        creator.set_class(not creator.has_focus and (search.has_focus or not creator.value), "-aside")
