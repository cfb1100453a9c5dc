"""ComposeForm: the operation, the fields that it has, ids, time and note; problems stand beside their fields."""

from __future__ import annotations

from collections.abc import Mapping

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from console.compose_form import EMPTY, PAYLOAD_FIELDS, Reading
from console.widgets.field import Field
from console.widgets.switch_line import SwitchLine
from engine.core.operations import RULES

_METADATA = (
    ("title", "Title", "leave as it is"),
    ("description", "Description", f"as it is; {EMPTY} empties"),
    ("contentType", "Content type", "leave as it is"),
    ("tokenGating", "Token gating", "true or false"),
    ("refundable", "Refundable", "true or false"),
    ("refundWindowDays", "Refund days", "0 to 365"),
)


class ComposeForm(Vertical):
    """What is typed for a batch; everything stays while the operation is switched to and fro."""

    DEFAULT_CSS = """
    ComposeForm { height: auto; max-height: 14; overflow-y: auto; scrollbar-size-vertical: 1; }
    ComposeForm > SwitchLine { margin: 0 1; }
    """

    class Edited(Message):
        """Something was changed: the field's name on the wire, or ``operation``."""

        def __init__(self, name: str) -> None:
            self.name = name
            super().__init__()

    def compose(self) -> ComposeResult:
        """All fields of all operations; `show_fields` hides those that don't apply."""
        yield SwitchLine([(one.value, rule.title) for one, rule in RULES.items()], id="operation")
        yield Field("newPrice", "New price", placeholder="1.5stx, +10%, -0.5stx ~0.1stx")
        yield Field("removalReason", "Reason", placeholder="optional; kept in the catalogue", fill=True)
        for wire, label, hint in _METADATA:
            yield Field(f"updates.{wire}", label, placeholder=hint)
        yield Field("contentIds", "Ids", placeholder="paste ids: content-1,7,20-25", joint=", ")
        yield Field("scheduledFor", "Begins", placeholder="2026-12-24T08:00Z")
        yield Field("why", "Note", placeholder="why, for those who look later", fill=True)

    def on_mount(self) -> None:
        """Show the fields of the first operation."""
        self.show_fields()

    @property
    def operation(self) -> str:
        """The operation that is chosen."""
        return self.query_one(SwitchLine).value

    @property
    def texts(self) -> dict[str, str]:
        """What is typed, by the fields' names on the wire."""
        return {str(field.name): field.text for field in self.query(Field)}

    def field(self, name: str) -> Field | None:
        """Return a field by its name; one of metadata stands for the whole of it."""
        wanted = "updates.title" if name == "updates" else name
        return next((field for field in self.query(Field) if field.name == wanted), None)

    @property
    def ids(self) -> Field:
        """The field of the ids."""
        return self.query_one("#field-contentIds", Field)

    def show_fields(self) -> None:
        """Show the fields that the operation has."""
        own = PAYLOAD_FIELDS[self.operation]
        every = {name for names in PAYLOAD_FIELDS.values() for name in names}
        for field in self.query(Field):
            field.display = field.name in own or field.name not in every

    def first_field(self) -> Field:
        """Return the first field of the operation."""
        own = PAYLOAD_FIELDS[self.operation]
        return next(field for field in self.query(Field) if field.name in own)

    def take(self, operation: str) -> None:
        """Choose an operation."""
        self.query_one(SwitchLine).take(operation)

    def fill(self, operation: str, texts: Mapping[str, str]) -> None:
        """Choose an operation and write into the fields, by their names on the wire."""
        self.take(operation)
        for field in self.query(Field):
            field.write(texts.get(str(field.name), ""))

    def next_operation(self) -> None:
        """Choose the next operation."""
        self.query_one(SwitchLine).action_step(1)

    def say(self, reading: Reading, refused: Mapping[str, str], tried: bool) -> None:
        """Say beside each field what it means, or what is wrong with it; what is missing only once it was tried."""
        faults = {**(reading.missing if tried else {}), **reading.problems, **refused}
        hints = {**reading.notes, **({} if tried else reading.missing)}
        for field in self.query(Field):
            name = str(field.name)
            if name != "contentIds":
                field.say(faults.get(name, hints.get(name, "")), "problem" if name in faults else "note")

    def on_field_edited(self, message: Field.Edited) -> None:
        """Tell which field it was."""
        message.stop()
        self.post_message(self.Edited(str(message.field.name)))

    def on_switch_line_switched(self, message: SwitchLine.Switched) -> None:
        """Show other fields; what is typed in those before stays."""
        message.stop()
        self.show_fields()
        self.post_message(self.Edited("operation"))
