"""An engine for one command: opened as the command needs it, closed when it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from console.cli import afar
from engine.core.model import Batch, Content, Item
from engine.core.oversight import AuditQuery, Deed
from engine.core.reports import ContentQuery, ItemQuery
from engine.door import Engine
from engine.errors import Owned, Unavailable

if TYPE_CHECKING:
    from engine.settings import Settings

_PAGE = 500
Work = Callable[[Engine], Awaitable[int]]


def reading(settings: Settings, work: Work) -> int:
    """Let ``work`` look at the database, also while another engine owns it; return its exit code."""
    return asyncio.run(_with_engine(settings, work, run=False, read_only=True))


def asking(settings: Settings, work: Work) -> int:
    """Let ``work`` look at the database and the node, also while another engine owns the database."""
    return asyncio.run(_with_engine(settings, work, run=False, read_only=True, asks=True))


def writing(settings: Settings, work: Work, *, run: bool = False) -> int:
    """Let ``work`` change things; with ``run`` the engine carries batches meanwhile.

    Where another engine owns the database it is asked through its API; Unavailable when it has none.
    """
    return asyncio.run(_with_engine(settings, work, run=run, read_only=False))


async def _with_engine(settings: Settings, work: Work, *, run: bool, read_only: bool, asks: bool = False) -> int:
    from engine import logs
    from engine.assemble import open_engine

    logs.to_file(settings)
    if settings.remote:
        return await afar.through_remote(settings, work)
    with alone(settings):
        try:
            async with open_engine(settings, run=run, read_only=read_only, asks=asks) as engine:
                return await work(engine)
        except Owned as owned:
            return await afar.through_owner(settings, owned, work)


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Say it in a command's words when another engine has the database and can't be asked from here."""
    try:
        yield
    except Owned as owned:
        raise Unavailable(
            f"The engine with process id {owned.pid or 'unknown'} works on {settings.database_path} and has no API "
            "that could be asked: do it there, or end it and run this again"
        ) from owned


async def all_items(engine: Engine, batch: Batch, query: ItemQuery | None = None) -> list[Item]:
    """Return every item of a batch that a query wants, by position."""
    asked = query or ItemQuery()
    found: list[Item] = []
    while True:
        page = await engine.items(batch.id, asked)
        found += page.rows
        if page.next is None:
            return found
        asked = ItemQuery(asked.outcomes, asked.content_ids, asked.text, page.next, _PAGE)


async def all_deeds(engine: Engine, batch_id: str) -> list[Deed]:
    """Return everything that was done about a batch, oldest first."""
    found: list[Deed] = []
    query = AuditQuery(batch_id, limit=_PAGE)
    while True:
        page = await engine.audit(query)
        found += page.rows
        if page.next is None:
            return found[::-1]
        query = AuditQuery(batch_id, page.next, _PAGE)


async def all_contents(engine: Engine, query: ContentQuery) -> list[Content]:
    """Return every content that a query wants, in import order."""
    found: list[Content] = []
    while True:
        page = await engine.contents(query)
        found += page.rows
        if page.next is None:
            return found
        query = replace(query, after=page.next)


def now() -> datetime:
    """Return the wall clock's time."""
    return datetime.now(UTC)
