"""PURE: batches that were submitted as one, seen as one: how far all of it is, what came of it, how long it takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime

from rich.text import Text

from console.breaking import in_lines
from console.forms import duration, many
from console.pace import Pace
from console.text import glyphs
from console.views import COUNT_JOINT, bar_text, count_parts, outcome_parts
from engine.core.model import Batch, BatchStatus, Group
from engine.core.reports import Page
from engine.core.summary import Counts, counts, status

_WIDTH = 2


def in_order(page: Page[Batch]) -> Page[Batch]:
    """Put the parts of a group in the order in which they were made."""
    return Page(tuple(reversed(page.rows)), page.total, page.next)


def together(batches: Sequence[Batch]) -> Counts:
    """Count the items of several batches by outcome."""
    each = [counts(batch) for batch in batches]
    return Counts(**{field.name: sum(getattr(one, field.name) for one in each) for field in fields(Counts)})


def group_lines(group: Group, batches: Sequence[Batch], now: datetime, width: int, pace: Pace) -> list[Text]:
    """Return the one progress of a group: what it is and how far, and its outcomes over the whole width.

    A number and its unit are never parted.
    """
    found = together(batches)
    said = [f"{found.done:,}/{many(found.total, 'item')} done", _time(batches, found, now, pace)]
    shown = "" if len(batches) == group.size else f" ({len(batches)} shown)"
    what = Text(f"{many(group.size, 'batch', 'batches')} as one{shown}", "strong")
    lines = in_lines([what, *map(Text, said)], width - _WIDTH, Text(f" {glyphs().separator} "))
    lines = in_lines(count_parts(found), width - _WIDTH, COUNT_JOINT, after=lines)
    return [*lines, bar_text(outcome_parts(found), max(1, width - _WIDTH))]


def _time(batches: Sequence[Batch], found: Counts, now: datetime, pace: Pace) -> str:
    """Say how long the rest takes at the pace of all parts together, or how long all took; nothing if nobody knows."""
    ends = [batch.completed_at for batch in batches if batch.completed_at]
    if batches and len(ends) == len(batches):
        return f"took {duration((max(ends) - min(batch.created_at for batch in batches)).total_seconds())}"
    rate = sum(pace.rate(batch, now) or 0 for batch in batches if status(batch) is BatchStatus.PROCESSING)
    return f"{duration((found.total - found.done) / rate)} left" if rate and found.done < found.total else ""
