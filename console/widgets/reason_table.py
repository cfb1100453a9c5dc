"""ReasonTable: why items ended as they did, a line a reason; what is marked here is marked among the items."""

from __future__ import annotations

from collections.abc import Sequence

from console.reasons import REASON_COLUMNS, Reason, reason_row
from console.widgets.row_table import RowTable


class ReasonTable(RowTable):
    """The reasons of some items; its marks are by reason, `marked` and `unmarked` say of which contents."""

    def __init__(self, *, id: str) -> None:
        super().__init__(REASON_COLUMNS, id=id, markable=True)
        self.display = False
        self._reasons: dict[str, Reason] = {}
        self._before: frozenset[str] = frozenset()

    def show(self, found: Sequence[Reason]) -> None:
        """Show these; a reason that is gone takes its mark with it."""
        self._reasons = {reason.name: reason for reason in found}
        self.set_rows([reason_row(reason) for reason in found])
        self.unmark(self.marks - set(self._reasons))

    def begin(self, marks: frozenset[str]) -> None:
        """Take up the marks of the items: a reason is marked when all of its items are."""
        self.clear_marks()
        self.mark(name for name, reason in self._reasons.items() if marks.issuperset(reason.content_ids))
        self._before = self.marks

    @property
    def current(self) -> Reason | None:
        """The reason under the cursor."""
        return self._reasons.get(self.cursor_key or "")

    @property
    def marked(self) -> set[str]:
        """The contents of every marked reason, those that came to it later among them."""
        return self._ids(self.marks)

    def unmarked(self) -> set[str]:
        """Return the contents of the reasons that lost their marks since this was asked last."""
        lost, self._before = self._before - self.marks, self.marks
        return self._ids(lost)

    def _ids(self, names: frozenset[str]) -> set[str]:
        return {one for name in names if name in self._reasons for one in self._reasons[name].content_ids}
