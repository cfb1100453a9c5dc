"""Notices: what is said for a few seconds, one at a time; over the last rows of a table, never over keys or buttons."""

from __future__ import annotations

from typing import Literal, TypeVar, cast

from textual.app import App
from textual.screen import ModalScreen, Screen
from textual.widgets._toast import ToastRack

from console.text import display_text
from console.widgets.key_line import KeyLine
from console.widgets.row_table import RowTable

T = TypeVar("T")
STANDS = {"information": 4, "warning": 5, "error": 8}
"""Seconds that a notice stands: it lies over something."""
_MOST_BELOW = 6
"""Lines under a table that a notice stays clear of; where more is there, it isn't the table's foot."""
Severity = Literal["information", "warning", "error"]


class NoticingApp(App[T]):
    """An app that says one thing at a time."""

    def tell(self, text: str, severity: str = "information") -> None:
        """Say something for a few seconds, in the place of what was said before; never as markup."""
        shown = "\n".join(display_text(line) for line in text.split("\n"))
        self.clear_notifications()
        self.notify(shown, severity=cast(Severity, severity), timeout=STANDS[severity], markup=False)


class Dialog(ModalScreen[T]):
    """A dialog over which another one may open: what was said meanwhile would lie on that one's buttons."""

    def on_screen_suspend(self) -> None:
        """Take notices away when another dialog comes."""
        clear_for_dialog(self)

    def action_copy_text(self) -> None:
        """Copy what is selected; with nothing selected Ctrl+C means to leave, which no dialog hands on."""
        if self.get_selected_text() is None:
            self.app.action_help_quit()
        else:
            super().action_copy_text()


def clear_for_dialog(screen: Screen[T]) -> None:
    """Take notices away if it is a dialog that came over this screen."""
    if isinstance(screen.app.screen, ModalScreen):
        screen.app.clear_notifications()


def keep_clear(screen: Screen[T]) -> None:
    """Let notices end above the key line, and above the lines between it and the table."""
    keys = max((line.size.height for line in screen.query(KeyLine)), default=0)
    ends = [table.region.bottom for table in screen.query(RowTable) if table.region]
    below = screen.size.height - max(ends, default=screen.size.height)
    margin = (0, 0, below if keys <= below <= _MOST_BELOW else keys, 0)
    for rack in screen.query(ToastRack):
        if tuple(rack.styles.margin) != margin:
            rack.styles.margin = margin
