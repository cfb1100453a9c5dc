"""ContentTable: a RowTable in which `a` means all that match, not only what is loaded so far."""

from __future__ import annotations

from textual.message import Message

from console.widgets.row_table import RowTable


class ContentTable(RowTable):
    """A markable table over a list that is loaded page by page."""

    class AllWanted(Message):
        """All that match shall be marked."""

    def action_mark_all(self) -> None:
        """Leave it to who knows how many there are."""
        self.post_message(self.AllWanted())
