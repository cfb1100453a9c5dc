"""ContentTable: a RowTable in which `a` means all that match, not only what is loaded so far."""

from __future__ import annotations

from textual.actions import SkipAction
from textual.message import Message

from console.widgets.row_table import RowTable


class ContentTable(RowTable):
    """A markable table over a list that is loaded page by page; while it ``holds`` Escape takes no mark away."""

    holds = False

    class AllWanted(Message):
        """All that match shall be marked."""

    def action_mark_all(self) -> None:
        """Leave it to who knows how many there are."""
        self.post_message(self.AllWanted())

    def action_clear(self) -> None:
        """Take the marks away, unless they are what is looked at: then the key leads back."""
        if self.holds:
            raise SkipAction
        super().action_clear()
