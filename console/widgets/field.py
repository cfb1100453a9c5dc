"""Field: a label, a place to type, and beside it what the typed text means, or what is wrong with it."""

from __future__ import annotations

from typing import Literal

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input

from console.widgets.lines import Lines
from console.widgets.paint import paint
from console.widgets.safe_input import SafeInput

Tone = Literal["note", "problem"]


class Field(Horizontal):
    """One field of a form, known by ``name``: the field's name on the wire."""

    DEFAULT_CSS = """
    Field { height: auto; width: 1fr; }
    Field > .field--label { width: 14; padding: 0 1; color: $text-muted; }
    Field > SafeInput { width: 30; background: $surface; }
    Field > SafeInput:focus { background: $panel; }
    Field > .field--note { width: 1fr; height: auto; padding: 0 1; color: $text-muted; }
    Field.-problem > .field--note { color: $text-error; }
    Field.-problem > SafeInput { border-left: outer $error; }
    Field.-fill > SafeInput { width: 1fr; }
    Field.-fill > .field--note { width: auto; max-width: 50%; }
    """

    class Edited(Message):
        """The text was changed by hand."""

        def __init__(self, field: Field) -> None:
            self.field = field
            super().__init__()

        @property
        def control(self) -> Field:
            """The field that was changed."""
            return self.field

    def __init__(
        self, name: str, label: str, *, placeholder: str = "", joint: str = " ", fill: bool = False, value: str = ""
    ) -> None:
        super().__init__(id=f"field-{name.replace('.', '-')}", classes="-fill" if fill else None, name=name)
        self.label = label
        self._placeholder = placeholder
        self._joint = joint
        self._first = value

    @property
    def text(self) -> str:
        """What is typed."""
        return self.query_one(SafeInput).value

    def compose(self) -> ComposeResult:
        """Label, input, note."""
        yield Lines(paint(self.label), classes="field--label")
        yield SafeInput(self._first, placeholder=self._placeholder, joint=self._joint)
        yield Lines("", classes="field--note")

    def write(self, text: str) -> None:
        """Put text into the field."""
        self.query_one(SafeInput).value = text

    def say(self, text: str, tone: Tone = "note") -> None:
        """Say something beside the field."""
        self.set_class(tone == "problem", "-problem")
        self.query_one(".field--note", Lines).update(paint(text))

    def focus_input(self) -> None:
        """Put the cursor into the field."""
        self.query_one(SafeInput).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Tell it in the form's own words."""
        event.stop()
        self.post_message(self.Edited(self))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes on to the next field."""
        event.stop()
        self.screen.focus_next()
