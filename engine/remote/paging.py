"""PURE but for what it is given to ask with: pages over more names than one call can carry."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import TypeVar

from engine.core.model import Problem
from engine.core.reports import Page, Selection
from engine.errors import InvalidDraft
from engine.remote.asking import chunks

T = TypeVar("T")
Ask = Callable[[Sequence[str], str | None, int], Awaitable[Page[T]]]
"""Asks for a page about some names, after a cursor, of at most so many rows."""


async def paged(ask: Ask[T], names: Collection[str], after: str | None, limit: int) -> Page[T]:
    """Return a page about any number of names; where it takes several calls, its cursor also says in which part."""
    parts = chunks(sorted(names))
    if len(parts) == 1:
        return await ask(parts[0], after, limit)
    at, cursor = _place(after, len(parts))
    rows: list[T] = []
    total = 0
    following: str | None = None
    for number, part in enumerate(parts):
        wanted = limit - len(rows) if number >= at and following is None else 0
        page = await ask(part, cursor if number == at else None, max(wanted, 1))
        total += page.total
        if wanted:
            rows += page.rows
            following = _cursor(number, page.next, len(rows) >= limit, len(parts))
        elif number > at and following is None:
            following = f"{number}:"
    return Page(tuple(rows), total, following)


def _cursor(part: int, following: str | None, full: bool, parts: int) -> str | None:
    if following is not None:
        return f"{part}:{following}"
    return f"{part + 1}:" if full and part + 1 < parts else None


def _place(after: str | None, parts: int) -> tuple[int, str | None]:
    """Read a cursor of `paged`."""
    if after is None:
        return 0, None
    part, colon, cursor = after.partition(":")
    if not (colon and part.isascii() and part.isdecimal() and int(part) < parts):
        raise InvalidDraft([Problem("after", f"{after!r:.60} is not a cursor: give the `next` of a page")])
    return int(part), cursor or None


def joined(parts: Sequence[Selection]) -> Selection:
    """Return the selections of one batch as one, by position."""
    if len(parts) == 1:
        return parts[0]
    chosen = [pair for part in parts for pair in zip(part.items, part.values, strict=True)]
    chosen.sort(key=lambda pair: pair[0].position)
    items, values = tuple(item for item, _ in chosen), tuple(value for _, value in chosen)
    return Selection(parts[0].parent, items, values, tuple(one for part in parts for one in part.skipped))
