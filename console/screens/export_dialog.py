"""ExportDialog: where results are written to, which of them, and whether a head says what they are of."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Static

from console.forms import many
from console.screens.attempt import Attempt
from console.text import display_text
from console.widgets.paint import paint, paint_lines
from console.widgets.safe_input import SafeInput
from console.widgets.switch_line import SwitchLine

LINES = (
    Text("Up goes there, space switches. CSV marks the head's lines with #.", "muted"),
    Text("The name's ending says the format: .csv, .json or .jsonl"),
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What an operator wants written: where to, every item or those chosen, with a head or without."""

    name: str
    every: bool = False
    head: bool = False


Write = Callable[[Wish], Awaitable[int]]
"""Writes what is wished, and returns how many results; it raises what keeps it from that."""


@dataclass(frozen=True, slots=True)
class Written:
    """What was written, and how many results."""

    wish: Wish
    count: int


class ExportDialog(Attempt[Written]):
    """Asks for a name; Enter writes, and what else can be chosen has the usual answer already.

    It stays until the file is there: what can't be written is said beside the name, and nothing typed is lost.
    """

    DEFAULT_CSS = "ExportDialog SwitchLine { margin: 0; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "app.focus_previous", show=False),
        Binding("down", "app.focus_next", show=False),
    ]

    def __init__(self, write: Write, usual: Wish, chosen: int, every: int, *, marked: bool) -> None:
        super().__init__()
        self._write = write
        self._usual = usual
        what = "marked" if marked else "shown"
        self._which = [("chosen", f"{many(chosen, 'item')}, {what}"), ("every", f"all {many(every, 'item')}")]

    def compose(self) -> ComposeResult:
        """The field, the two switches, and the buttons."""
        with Vertical(classes="dialog"):
            yield Static(paint("Export results"), classes="dialog--title")
            yield SwitchLine(self._which, id="which")
            yield SwitchLine([("bare", "items alone"), ("head", "under a head: batch, who, when, counts")], id="head")
            yield Static(paint_lines(LINES))
            yield SafeInput(display_text(self._usual.name), id="answer")
            yield from self.problem_line()
            with Horizontal(classes="dialog--buttons"):
                yield Button("Cancel", id="cancel", compact=True)
                yield Button("Write", id="confirm", compact=True)

    def on_mount(self) -> None:
        """The field has the focus."""
        self.query_one("#head", SwitchLine).take("head" if self._usual.head else "bare")
        self.query_one("#answer", Input).focus()

    @property
    def wish(self) -> Wish:
        """What is asked for now."""
        every = self.query_one("#which", SwitchLine).value == "every"
        head = self.query_one("#head", SwitchLine).value == "head"
        return Wish(self.query_one("#answer", Input).value.strip(), every, head)

    def take(self) -> None:
        """Write, once there is a name."""
        wish = self.wish
        if not wish.name:
            self.say("Give the file a name")
        elif not self.working:
            self.attempt(self._save(wish))

    async def _save(self, wish: Wish) -> Written:
        return Written(wish, await self._write(wish))
