"""Help: what every key does on the screen that it was called from, drawn from the registry."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from console import actions
from console.notices import Dialog
from console.text import display_text, glyphs
from console.views import OUTCOME_WORDS, style_of
from console.widgets.paint import paint, paint_lines
from console.widgets.table_keys import TABLE_KEYS
from engine.core.search import GUIDE

SEARCHABLE = ("compose", "catalogue")


class HelpScreen(Dialog[None]):
    """A list of keys by group; any of the usual keys closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,question_mark,enter,f1", "close", show=False)]

    def __init__(self, screen: str, key_of: Callable[[actions.Action], str], closing: str = "") -> None:
        super().__init__()
        if closing:
            self._bindings.bind(closing, "close", show=False)
        self._screen = screen
        self._key_of = key_of

    def compose(self) -> ComposeResult:
        """Draw the groups, then the table's own keys, then what the glyphs mean."""
        with Vertical(classes="dialog -help"):
            yield Static(paint("Keys"), classes="dialog--title")
            with VerticalScroll(classes="dialog--body"):
                yield Static(paint_lines(self._lines()))
            palette = self._key_of(actions.get("app.palette"))
            yield Static(paint(Text(f"Esc closes. Every action is in the palette too ({palette}).", "muted")))

    def action_close(self) -> None:
        """Go back."""
        self.dismiss(None)

    def _lines(self) -> list[Text]:
        lines: list[Text] = []
        group = ""
        for action in actions.on_screen(self._screen):
            if action.group != group:
                group = action.group
                lines += [Text(""), Text(group, "accent")] if lines else [Text(group, "accent")]
            lines.append(_line(self._key_of(action), action.help))
        lines += [Text(""), Text("Tables", "accent"), *(_line(*pair) for pair in TABLE_KEYS)]
        if self._screen in SEARCHABLE:
            lines += [Text(""), Text("What a search understands", "accent"), *(_line(*pair) for pair in GUIDE)]
        return [*lines, Text(""), Text("Outcomes", "accent"), _legend()]


def _line(key: str, text: str) -> Text:
    return Text.assemble((f"  {display_text(key):16}", "strong"), text)


def _legend() -> Text:
    parts = [(f"  {glyphs().outcomes[outcome]} {word}", style_of(outcome)) for outcome, word in OUTCOME_WORDS.items()]
    return Text.assemble(*parts)
