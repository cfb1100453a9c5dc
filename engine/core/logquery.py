"""Which of the latest log lines somebody asks for, and the page of them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.core.asking import MAX_PAGE, limit_problems
from engine.core.loglines import LogLine
from engine.core.model import Problem
from engine.core.reports import Page
from engine.core.text import shown, storable


@dataclass(frozen=True, slots=True)
class LogQuery:
    """Which lines, newest first: those that have a text in them, whatever its case; ``after`` is a page's ``next``."""

    text: str = ""
    after: str | None = None
    limit: int = 50


def log_problems(query: LogQuery) -> list[Problem]:
    """Check what somebody asks of the log."""
    problems = limit_problems(query.limit, MAX_PAGE)
    if not storable(query.text):
        problems.append(Problem("text", f"{shown(query.text)} can't be looked for: give text without NUL"))
    if query.after is not None and _number(query.after) is None:
        problems.append(Problem("after", f"{query.after!r:.60} is not a cursor: give the `next` of a page"))
    return problems


def _number(after: str) -> int | None:
    return int(after) if after.isascii() and after.isdecimal() and len(after) < 19 else None


def page(lines: Sequence[LogLine], query: LogQuery) -> Page[LogLine]:
    """Return a page of the lines, given oldest first, that a query means."""
    wanted = query.text.casefold()
    found = [line for line in reversed(lines) if wanted in _whole(line)]
    before = None if query.after is None else _number(query.after)
    left = [line for line in found if before is None or line.no < before]
    rows = tuple(left[: query.limit])
    return Page(rows, len(found), str(rows[-1].no) if len(left) > len(rows) else None)


def _whole(line: LogLine) -> str:
    return f"{line.level} {line.event} {line.values} {line.trace}".casefold()
