"""What an embedded engine is asked: every question goes to the store, once it is one that can be answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine import accepting, logs
from engine.core.asking import MAX_PAGE, limit_problems, query_problems
from engine.core.attempts import Retries
from engine.core.loglines import LogLine
from engine.core.logquery import LogQuery, log_problems, page
from engine.core.model import Batch, Content, Item, Outcome
from engine.core.oversight import AlertQuery, AuditQuery, Deed, KeptAlert
from engine.core.reports import BatchQuery, ContentQuery, Creator, ItemQuery, Page, Selection, Transition
from engine.door import RETRYABLE
from engine.errors import refuse
from engine.ports import Clock, Store


class Questions:
    """The half of the Engine protocol that only reads."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def batch(self, batch_id: str) -> Batch:
        """Return one batch."""
        return await self._store.batch(batch_id)

    async def whole(self, batch_id: str) -> tuple[Batch, tuple[Item, ...]]:
        """Return one batch and all its items as they are at one moment."""
        return await self._store.whole(batch_id)

    async def content_ids(self, batch_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Return the contents of some batches."""
        return await self._store.content_ids(batch_ids)

    async def batches(self, query: BatchQuery) -> Page[Batch]:
        """Return batches, newest first."""
        refuse(query_problems(query))
        return await self._store.batches(query)

    async def items(self, batch_id: str, query: ItemQuery) -> Page[Item]:
        """Return items of a batch."""
        refuse(query_problems(query))
        return await self._store.items(batch_id, query)

    async def item(self, batch_id: str, content_id: str) -> Item:
        """Return one item."""
        return await self._store.item(batch_id, content_id)

    async def story(self, batch_id: str, content_id: str) -> list[Transition]:
        """Return what happened to one item."""
        return await self._store.story((await self._store.item(batch_id, content_id)).id)

    async def retries(self, batch_id: str) -> Retries:
        """Return the chain of retries that a batch is in."""
        return await self._store.retries(batch_id)

    async def select_retry(
        self,
        batch_id: str,
        outcomes: frozenset[Outcome] = RETRYABLE,
        content_ids: Sequence[str] | None = None,
    ) -> Selection:
        """Return what a retry would send."""
        return await self._store.select_retry(accepting.wish(batch_id, self._clock.now(), outcomes, content_ids))

    async def select_revert(self, batch_id: str, content_ids: Sequence[str] | None = None) -> Selection:
        """Return what a revert would put back."""
        return await self._store.select_revert(accepting.wish(batch_id, self._clock.now(), content_ids=content_ids))

    async def alerts(self, query: AlertQuery) -> Page[KeptAlert]:
        """Return kept alerts, newest first."""
        refuse(limit_problems(query.limit, MAX_PAGE))
        return await self._store.alerts(query)

    async def audit(self, query: AuditQuery) -> Page[Deed]:
        """Return who did what, newest first."""
        refuse(limit_problems(query.limit, MAX_PAGE))
        return await self._store.audit(query)

    async def log_lines(self, query: LogQuery) -> Page[LogLine]:
        """Return the latest lines of this process's log, newest first."""
        refuse(log_problems(query))
        return page(logs.latest(), query)

    async def contents(self, query: ContentQuery) -> Page[Content]:
        """Return contents of the catalogue."""
        refuse(query_problems(query))
        return await self._store.contents(replace(query, now=self._clock.now()))

    async def creators(self) -> list[Creator]:
        """Return the creators of the catalogue."""
        return await self._store.creators()
