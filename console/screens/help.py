"""Help: what every key does on the screen that it was called from, drawn from the registry."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from console import actions
from console.breaking import hanging, in_lines
from console.notices import Dialog
from console.text import display_text, glyphs
from console.views import OUTCOME_WORDS, style_of
from console.widgets.paint import paint, paint_lines
from console.widgets.table_keys import TABLES, Told
from engine.core.search import GUIDE

SEARCHABLE = ("compose", "catalogue")
WIDEST, EDGES = 76, 7


class HelpScreen(Dialog[None]):
    """A list of keys by group, ``tables`` those of the screen's tables; any of the usual keys closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,question_mark,enter,f1", "close", show=False)]

    BESIDE = "close"

    def __init__(
        self, screen: str, key_of: Callable[[actions.Action], str], closing: str = "", tables: Told = ()
    ) -> None:
        super().__init__()
        self._tables = tables
        if closing:
            self._bindings.bind(closing, "close", show=False)
        self._screen = screen
        self._key_of = key_of

    def compose(self) -> ComposeResult:
        """Draw the groups, then the table's own keys, then what the glyphs mean."""
        with Vertical(classes="dialog -help"):
            yield Static(paint("Keys"), classes="dialog--title")
            with VerticalScroll(classes="dialog--body"):
                yield Static(id="keys", markup=False)
            palette = self._key_of(actions.get("app.palette"))
            words = f"Esc closes, or a click beside. The palette ({palette}) has every action too."
            yield Static(paint(Text(words, "muted")))

    def action_close(self) -> None:
        """Go back."""
        self.dismiss(None)

    @on(events.Resize)
    def _draw(self) -> None:
        """Break the lines for the width there is: what goes on stands beside its key, not under it."""
        self.query_one("#keys", Static).update(paint_lines(self._lines(self._width)))

    @property
    def _width(self) -> int:
        """The cells inside frame, padding and scroll bar; the style sheet says the same of the dialog."""
        return min(WIDEST, self.app.size.width * 96 // 100) - EDGES

    def _lines(self, width: int) -> list[Text]:
        groups: dict[str, list[tuple[str, str]]] = {}
        for action in actions.on_screen(self._screen):
            if action.group != TABLES:  # these are told by the tables' keys
                groups.setdefault(action.group, []).append((self._key_of(action), action.help))
        if self._tables:
            groups[TABLES] = list(self._tables)
        lines = [line for title, pairs in groups.items() for line in _section(title, pairs, width)][1:]
        if self._screen in SEARCHABLE:
            lines += _section("What a search understands", GUIDE, width)
        return [*lines, Text(""), Text("Outcomes", "accent"), *in_lines(_legend(), width, "")]


def _section(title: str, pairs: Iterable[tuple[str, str]], width: int) -> list[Text]:
    return [Text(""), Text(title, "accent"), *(line for pair in pairs for line in _line(*pair, width))]


def _line(key: str, text: str, width: int) -> list[Text]:
    return hanging(Text(f"  {display_text(key):16}", "strong"), Text(text), width)


def _legend() -> list[Text]:
    return [Text(f"  {glyphs().outcomes[one]} {word}", style_of(one)) for one, word in OUTCOME_WORDS.items()]
