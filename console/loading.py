"""Loading pages: as many rows of a list as are wanted, whatever the size of a page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from engine.core.model import Content, Item
from engine.core.reports import BatchQuery, ContentQuery, Page, Transition
from engine.door import Engine

T = TypeVar("T")
Q = TypeVar("Q", BatchQuery, ContentQuery)
PAGE = 500


async def first(fetch: Callable[[Q], Awaitable[Page[T]]], query: Q, want: int) -> Page[T]:
    """Return the first ``want`` rows of a list as one page; its total is that of all matches."""
    rows: list[T] = []
    while True:
        page = await fetch(replace(query, limit=min(PAGE, want - len(rows))))
        rows += page.rows
        if page.next is None or len(rows) >= want:
            return Page(tuple(rows), page.total, page.next)
        query = replace(query, after=page.next)


async def whole_item(engine: Engine, batch_id: str, content_id: str) -> tuple[Item, list[Transition]]:
    """Return an item with its story."""
    return await engine.item(batch_id, content_id), await engine.story(batch_id, content_id)


async def look_up(engine: Engine, ids: Sequence[str]) -> list[Content]:
    """Return the contents with these ids, removed ones too; ids that nobody has are left out."""
    found: list[Content] = []
    for start in range(0, len(ids), PAGE):
        query = ContentQuery(content_ids=frozenset(ids[start : start + PAGE]), removed=True, limit=PAGE)
        found += (await engine.contents(query)).rows
    return found
