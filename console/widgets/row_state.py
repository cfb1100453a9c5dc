"""RowState: rows, cursor and marks of a table, without a screen; updates disturb nobody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from console.widgets.columns import Row


@dataclass(frozen=True, slots=True)
class Press:
    """A press of the mouse: what a click would be on, and where a drag that marks began, beside which marks."""

    key: str | None = None
    had_focus: bool = False
    begun: str | None = None
    marks: frozenset[str] = frozenset()


class RowState:
    """The rows in the order shown, which one is under the cursor, which ones are marked."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.index: dict[str, int] = {}
        self.cursor = 0
        self.marks: frozenset[str] = frozenset()
        self.anchor: str | None = None

    @property
    def key(self) -> str | None:
        """The key of the row under the cursor; None in an empty table."""
        return self.rows[self.cursor].key if self.rows else None

    def replace(self, rows: Sequence[Row]) -> None:
        """Take new rows; the cursor stays with its key, or where it was if that row is gone."""
        before = self.key
        self.rows = self._held(rows) if self.marks else list(rows)
        self.index = {row.key: index for index, row in enumerate(self.rows)}
        self.anchor = self.anchor if self.anchor in self.index else None
        at = self.index.get(before, self.cursor) if before is not None else 0
        self.cursor = min(at, max(0, len(self.rows) - 1))

    def go(self, index: int) -> None:
        """Put the cursor on a row, or on the nearest one there is; a begun range follows."""
        self.cursor = max(0, min(index, len(self.rows) - 1))
        if self.anchor in self.index:
            self.mark(self.between(self.index[self.anchor]))

    def row_at(self, index: int) -> str | None:
        """Return the key of a row; None where there is none."""
        return self.rows[index].key if 0 <= index < len(self.rows) else None

    def between(self, index: int) -> list[str]:
        """Return the keys from a row to the cursor, both included."""
        low, high = sorted((index, self.cursor))
        return [row.key for row in self.rows[low : high + 1]]

    def mark(self, keys: Iterable[str]) -> None:
        """Mark rows."""
        self.marks |= frozenset(keys)

    def unmark(self, keys: Iterable[str]) -> None:
        """Take marks away."""
        self.marks -= frozenset(keys)

    def toggle(self, index: int) -> None:
        """Mark a row, or take its mark away."""
        if self.rows:
            self.marks ^= {self.rows[index].key}

    def clear(self) -> None:
        """Take every mark away and end the range."""
        self.marks, self.anchor = frozenset(), None

    def _held(self, rows: Sequence[Row]) -> list[Row]:
        """While rows are marked order holds still: known rows keep their places, new ones come last."""
        fresh = {row.key: row for row in rows}
        kept = [fresh.pop(row.key) for row in self.rows if row.key in fresh]
        return kept + list(fresh.values())
