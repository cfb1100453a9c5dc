"""PURE: a batch with its retries in words and rows, as `batchdeck show BATCH --retries` prints them."""

from __future__ import annotations

from console.cli import words
from console.cli.output import table
from console.retry_views import numbered
from engine.core.attempts import Attempt, Retries, courses, tallied
from engine.core.model import Outcome


def retry_lines(retries: Retries) -> list[str]:
    """Return a line for each batch of the chain, the counts in the end, and a row for each content."""
    first, told = retries.batches[0], numbered(retries)
    heads = [f"First:     {first.id}: {words.outcomes(first) or 'no result yet'}"]
    heads += [f"{retries.hidden} retries came between"] if retries.hidden else []
    heads += [f"{f'Retry {number}:':11}{batch.id}: {words.outcomes(batch) or '-'}" for number, batch in told]
    found = tallied(retries.last)
    final = ", ".join(f"{found[one]} {one or 'not yet'}" for one in (*Outcome, None) if one in found)
    columns = ("CONTENT", "FIRST", *(f"RETRY {number}" for number, _ in told), "FINAL", "WHY NOT")
    rows = [
        (one.last.content_id, *map(_said, one.attempts), _said(one.last), one.last.error or "")
        for one in courses(retries)
    ]
    return [*heads, f"Final:     {final}", "", *table(columns, rows)]


def _said(one: Attempt | None) -> str:
    return "-" if one is None else str(one.outcome or "not yet")
