"""CreatorsDialog: choose one creator from a list, by the whole address and how much it has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from console.notices import Dialog
from console.widgets.columns import Column, Row
from console.widgets.row_table import RowTable
from engine.core.reports import Creator

ALL = "*"
COLUMNS = (Column("address", "Creator", 41, grow=1), Column("contents", "Contents", 9, align="right"))


class CreatorsDialog(Dialog[str | None]):
    """Answers an address, the empty text for all creators, or None when nothing was chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "cancel", show=False)]
    BESIDE = "cancel"
    DEFAULT_CSS = """
    CreatorsDialog RowTable { height: auto; max-height: 14; min-height: 4; background: $surface; }
    CreatorsDialog .dialog--hint { color: $text-muted; margin: 1 0 0 0; }
    """

    def __init__(self, creators: Sequence[Creator], current: str) -> None:
        super().__init__()
        self._creators = tuple(creators)
        self._current = current

    def compose(self) -> ComposeResult:
        """Title and list."""
        with Vertical(classes="dialog"):
            yield Static("Whose contents?", classes="dialog--title")
            yield RowTable(COLUMNS, id="creators-table")
            yield Static("Enter or a second click takes it, Esc or a click beside leaves it", classes="dialog--hint")

    def on_mount(self) -> None:
        """Stand on the creator that is chosen now."""
        total = sum(creator.contents for creator in self._creators)
        rows = [Row(creator.address, (creator.address, f"{creator.contents:,}")) for creator in self._creators]
        table = self.query_one(RowTable)
        table.set_rows([Row(ALL, ("All creators", f"{total:,}")), *rows])
        table.styles.height = min(14, len(rows) + 2)
        table.move_to(self._current or ALL)
        table.focus()

    @on(RowTable.Opened)
    def _take(self, message: RowTable.Opened) -> None:
        self.dismiss("" if message.key == ALL else message.key)

    def action_cancel(self) -> None:
        """Leave it as it is."""
        self.dismiss(None)
