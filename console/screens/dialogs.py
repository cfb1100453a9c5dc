"""Dialogs: what is asked before something is done. Cancel is the default, and no key that opens one confirms it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, Static

from console.banner import Banner
from console.forms import many
from console.notices import Dialog
from console.text import display_text
from console.widgets.paint import paint, paint_lines
from console.widgets.safe_input import SafeInput

Line = str | Text
_OR_HEADLESS = ", here or with: batchdeck engine"
_DROPPED = "What was typed and chosen in Compose is dropped; nothing of it was submitted."
_LONG = 40
"""Cells of what was typed in place of a number, beyond which it is cut: the buttons need their room."""
WHY = "Why? The audit keeps it; it may be empty."
ASIDE = "Why? Up goes there; the audit keeps it, and it may be empty."


class Confirm(Dialog[bool]):
    """Asks whether to do something; True only by its own button. ``typed`` must be typed in first, if given.

    With ``asks_why`` there is a field for a reason, which the audit keeps; `why` is what was written. With ``aside``
    no letter goes there by itself: the key that opened the dialog, pressed again, writes nothing either.
    ``no`` is the button that leaves all as it is: where the deed itself is to cancel, "Cancel" would say both.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", show=False),
        Binding("left,up", "app.focus_previous", show=False),
        Binding("right,down", "app.focus_next", show=False),
    ]

    def __init__(
        self,
        title: str,
        lines: Sequence[Line],
        confirm: str,
        typed: str | None = None,
        *,
        mainnet: bool = False,
        asks_why: bool = False,
        aside: bool = False,
        no: str = "Cancel",
    ) -> None:
        super().__init__()
        self._no = no
        self._asks_why = asks_why or aside
        self._aside = aside
        self.why: str | None = None
        self._title = title
        self._lines = tuple(lines)
        self._confirm = confirm
        self._typed = typed
        self._ask = f"Type {typed} to allow it:"
        self.set_class(mainnet, "-mainnet")
        self.set_class(self._asks_why, "-asks")
        self.set_class(typed is not None, "-types")

    def compose(self) -> ComposeResult:
        """Title, lines, perhaps the field to type in, then Cancel and the button that does it."""
        with Vertical(classes="dialog"):
            yield Static(paint(self._title), classes="dialog--title")
            with VerticalScroll(classes="dialog--body", can_focus=False):
                yield Static(paint_lines(self._lines))
            if self._asks_why:
                yield Static(ASIDE if self._aside else WHY, markup=False, classes="dialog--ask")
                yield SafeInput(id="why")
            if self._typed is not None:
                yield Static(self._ask, id="number", markup=False, classes="dialog--ask")
                yield SafeInput(id="typed")
            with Horizontal(classes="dialog--buttons"):
                yield Button(Content(display_text(self._no)), id="cancel", compact=True)
                label = Content(display_text(self._confirm))
                yield Button(label, id="confirm", disabled=self._typed is not None, compact=True)

    def on_mount(self) -> None:
        """Cancel has the focus, so Enter does nothing that matters."""
        self.query_one("#cancel", Button).focus()

    def on_key(self, event: events.Key) -> None:
        """What is typed goes to a field wherever the focus is: digits to the number, all else to the reason."""
        if event.character is None or not event.is_printable or isinstance(self.focused, Input):
            return
        wanted = "#typed" if event.character.isdigit() and self._typed is not None else "#why"
        if wanted == "#why" and self._aside:
            return
        for field in self.query(wanted).results(Input):
            field.focus()
            field.insert_text_at_cursor(event.character)
            event.stop()

    @on(Input.Changed, "#why")
    def _why_written(self, event: Input.Changed) -> None:
        self.why = event.value.strip() or None

    @on(Input.Changed, "#typed")
    def _number_typed(self, event: Input.Changed) -> None:
        """The button can be pressed only while the number is right."""
        self.query_one("#number", Static).update(self._ask)
        self.query_one("#confirm", Button).disabled = event.value.strip() != self._typed

    def on_input_submitted(self) -> None:
        """Enter in a field goes to the button, or to the number that it waits for: it confirms nothing.

        A wrong number is named and stays to be mended; on Cancel a second Enter would throw it all away.
        """
        button = self.query_one("#confirm", Button)
        if not button.disabled:
            button.focus()
            return
        field = self.query_one("#typed", SafeInput)
        field.focus()
        wrong = f" {display_text(field.value, _LONG)} isn't it" if field.value else ""
        self.query_one("#number", Static).update(f"{self._ask}{wrong}")

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Answer."""
        self.dismiss(event.button.id == "confirm")

    def action_cancel(self) -> None:
        """Answer no."""
        self.dismiss(False)


class Sentence(Dialog[None]):
    """Says something that has to be read, with one button."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "close", show=False)]

    def __init__(self, title: str, lines: Sequence[Line], button: str = "Close") -> None:
        super().__init__()
        self._title = title
        self._lines = tuple(lines)
        self._button = button

    def compose(self) -> ComposeResult:
        """Title, lines, button."""
        with Vertical(classes="dialog"):
            yield Static(paint(self._title), classes="dialog--title")
            with VerticalScroll(classes="dialog--body", can_focus=False):
                yield Static(paint_lines(self._lines))
            with Horizontal(classes="dialog--buttons"):
                yield Button(Content(display_text(self._button)), id="close", compact=True)

    def on_button_pressed(self) -> None:
        """It was read."""
        self.dismiss(None)

    def action_close(self) -> None:
        """It was read."""
        self.dismiss(None)


def unsent_dialog() -> Confirm:
    """Ask before what was composed is thrown away, be it by going back or by leaving the console."""
    return Confirm("Leave without submitting?", [_DROPPED], "Leave")


def quit_dialog(count: int, banner: Banner, unsent: bool = False) -> Confirm:
    """Ask before leaving while batches are under way, and say what becomes of them and of what is ``unsent``."""
    if banner.embedded:
        lines = [
            f"{many(count, 'batch is', 'batches are')} under way, and the engine runs inside this console.",
            "Leaving lets the steps under way end (10 s at most); nothing is lost and nothing is sent twice.",
            f"The rest goes on at the next start{': batchdeck demo' if banner.demo else _OR_HEADLESS}",
        ]
    else:
        lines = [f"{many(count, 'batch is', 'batches are')} under way. The engine goes on without this console."]
    return Confirm("Leave with work under way?", [*lines, *([_DROPPED] if unsent else [])], "Leave")


def stop_dialog(network: str, mainnet: bool) -> Confirm:
    """Ask before the emergency stop; ``network`` is where, in words."""
    lines = [
        "Nothing new is applied, signed or posted, in any batch, until it is taken back.",
        "What was posted already is still watched.",
        f"Network: {network}",
    ]
    return Confirm("Stop the whole engine?", lines, "Stop everything", mainnet=mainnet, asks_why=True)


def start_dialog(network: str, mainnet: bool, count: int) -> Confirm:
    """Ask before the emergency stop is taken back; ``network`` is where, in words, ``count`` what it lets go on."""
    lines = ["Every batch that nothing else holds goes on at once.", f"Network: {network}"]
    if count:
        lines.insert(1, f"{many(count, 'batch is', 'batches are')} under way.")
    typed = str(count) if mainnet and count else None
    return Confirm("Let the engine go on?", lines, "Go on", typed, mainnet=mainnet, asks_why=True)


def resume_dialog(count: int, network: str, *, mainnet: bool, removing: bool) -> Confirm:
    """Ask before a batch with ``count`` items to apply goes on; ``network`` is where, in words."""
    ahead = f"{many(count, 'item')} will be applied: the catalogue first, then the contract is called."
    lines = [ahead if count else "Every item is applied already and goes on to the chain.", f"Network: {network}"]
    typed = str(count) if count and (mainnet or removing) else None
    yes = f"Resume {count}" if count else "Resume"
    return Confirm("Let this batch go on?", lines, yes, typed, mainnet=mainnet, aside=True)
