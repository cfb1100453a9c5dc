"""Ask: a dialog for one line of text, and what is done with it while it can still be mended."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static

from console.screens.attempt import Attempt
from console.screens.dialogs import Line
from console.text import display_text
from console.widgets.paint import paint, paint_lines
from console.widgets.safe_input import SafeInput

Work = Callable[[str], Awaitable[Any]]


class Ask(Attempt[Any]):
    """Asks for one line of text, and answers what the work makes of it; None: nothing was wanted."""

    def __init__(self, title: str, lines: Sequence[Line], value: str, confirm: str, work: Work) -> None:
        super().__init__()
        self._title = title
        self._lines = tuple(lines)
        self._value = value
        self._confirm = confirm
        self._work = work

    def compose(self) -> ComposeResult:
        """Title, lines, the field, what is wrong with it, Cancel and the button that takes it."""
        with Vertical(classes="dialog"):
            yield Static(paint(self._title), classes="dialog--title")
            with VerticalScroll(classes="dialog--body", can_focus=False):
                yield Static(paint_lines(self._lines))
            yield SafeInput(display_text(self._value), id="answer")
            yield from self.problem_line()
            with Horizontal(classes="dialog--buttons"):
                yield Button("Cancel", id="cancel", compact=True)
                yield Button(Content(display_text(self._confirm)), id="confirm", compact=True)

    def on_mount(self) -> None:
        """The field has the focus."""
        self.query_one("#answer", SafeInput).focus()

    def take(self) -> None:
        """Let the work begin with what was written; nothing is nothing wanted."""
        text = self.query_one("#answer", SafeInput).value.strip()
        if not text:
            self.dismiss(None)
        elif not self.working:
            self.attempt(self._work(text))
