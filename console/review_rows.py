"""PURE: the rows of a plan: old and new side by side, and what deserves a word."""

from __future__ import annotations

from collections.abc import Mapping

from rich.text import Text

from console.review_plan import Line, Plan
from console.text import display_text, glyphs
from console.widgets.columns import Column, Row
from engine.core.model import Outcome

COLUMNS = (
    Column("sign", "", 1),
    Column("id", "Content", 12, grow=1),
    Column("title", "Title", 14, grow=3),
    Column("old", "Now", 9, grow=1, align="right", most=20),
    Column("arrow", "", 1),
    Column("new", "Then", 10, grow=2, most=28),
)
NOTES = Column("note", "Note", 14, grow=3)
_STYLES: Mapping[str, str] = {
    "problem": "bad",
    "aborts": "bad",
    "warning": "warning",
    "waits": "warning",
    "unchanged": "muted",
}
CHANGED = "*"
"""The sign of what changed since it was shown: it goes before all others."""


def columns(plan: Plan) -> tuple[Column, ...]:
    """Return the columns of the diff; there is a column for notes only when there are any."""
    return (*COLUMNS, NOTES) if any(line.noted for line in plan.lines) else COLUMNS


def sign(kind: str) -> str:
    """Return the sign of a kind of line; colour alone never says it."""
    if kind == "problem":
        return glyphs().outcomes[Outcome.FAILED]
    return {"aborts": "!", "warning": "!", "waits": "!", "unchanged": "="}.get(kind, " ")


def note(line: Line) -> str:
    """Say what deserves a word about a line."""
    said = {
        "problem": f"would fail: {line.row.problem}",
        "aborts": f"would abort: {line.row.warning}",
        "warning": f"stays off-chain: {line.row.warning}",
        "unchanged": "unchanged",
    }.get(line.kind, "")
    waits = f"another change waits: {line.row.waits}" if line.row.waits else ""
    words = ["left out" if line.left_out else "", said, _since(line), waits]
    return ", ".join(filter(None, words))


def _since(line: Line) -> str:
    """Say that a line changed since it was shown, and what stood there."""
    if line.was is None:
        return ""
    return f"was {line.was}, changed since" if line.was not in ("", line.row.old) else "changed since"


def review_row(line: Line) -> Row:
    """Return one reviewed content as a row under `columns`; the key tells creators apart."""
    style = _style(line)
    row, kept = line.row, not line.left_out
    cells = (
        Text(CHANGED if line.was is not None else sign(line.kind), style),
        row.content_id,
        row.title,
        Text(display_text(row.old), "muted"),
        glyphs().arrow if kept and not row.unchanged else " ",
        Text(display_text(row.new) if kept else "", "strong" if kept and not row.unchanged else "muted"),
        Text(display_text(note(line)), style),
    )
    return Row(f"{line.creator} {row.content_id}", cells, "" if kept else "muted")


def _style(line: Line) -> str:
    told = line.was is not None or line.row.waits is not None
    return "warning" if told and line.kind in ("", "unchanged") else _STYLES.get(line.kind, "")


def line_text(line: Line) -> Text:
    """Say all of the line under the cursor: its columns may be cut."""
    row = line.row
    text = Text(f"{display_text(row.content_id)}  ", "strong")
    text.append(f"{display_text(row.title)}  ")
    text.append(f"{display_text(row.old)} {glyphs().arrow} {display_text(row.new)}  ", "accent")
    text.append(display_text(note(line)), _style(line))
    return text
