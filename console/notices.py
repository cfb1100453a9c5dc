"""Notices: what is said for a few seconds, one at a time; over the last rows of a table, never over keys or buttons."""

from __future__ import annotations

from typing import ClassVar, Literal, TypeVar, cast

from textual import events
from textual.app import App
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen, Screen

from console.closing import Closing
from console.fitting import fit
from console.text import display_text

T = TypeVar("T")
STANDS = {"information": 4, "warning": 5, "error": 8}
"""Seconds that a notice stands: it lies over something."""
Severity = Literal["information", "warning", "error"]


class NoticingApp(App[T]):
    """An app that says one thing at a time."""

    def tell(self, text: str, severity: str = "information") -> None:
        """Say something for a few seconds, in the place of what was said before; never as markup."""
        shown = "\n".join(display_text(line) for line in text.split("\n"))
        self.clear_notifications()
        self.notify(shown, severity=cast(Severity, severity), timeout=STANDS[severity], markup=False)


class Dialog(ModalScreen[T], Closing[T]):
    """A dialog over which another one may open: what was said meanwhile would lie on that one's buttons.

    What it says is as tall as the screen allows, and scrolls by keys wherever the focus is.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pageup", "read(-1)", show=False),
        Binding("pagedown", "read(1)", show=False),
    ]
    BESIDE: ClassVar[str] = ""
    """The action of a click beside the dialog."""

    async def on_click(self, event: events.Click) -> None:
        """A click beside it leaves it, where nothing is lost by that."""
        if self.BESIDE and event.widget is self:
            await self.run_action(self.BESIDE)

    def on_mount(self) -> None:
        """Fit the body anew whenever anything takes another height."""
        self.screen_layout_refresh_signal.subscribe(self, fit)

    def action_read(self, by: int) -> None:
        """Scroll what the dialog says by a page."""
        for body in self.query(".dialog--body"):
            body.scroll_relative(y=by * max(1, body.size.height - 1), animate=False)

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
