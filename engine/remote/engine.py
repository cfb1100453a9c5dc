"""Engine, over HTTP: every call of the door becomes a call of the API, and every answer the noun that it was there.

What the rules can refuse without the catalogue is refused here, in the same words as in an engine in this process.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from engine.core.asking import MAX_PAGE, batch_problems, limit_problems, query_problems
from engine.core.attempts import Retries
from engine.core.content_story import MOST_CHANGES, ContentStory
from engine.core.model import Batch, Content, Draft, Item, Outcome
from engine.core.reports import (
    BatchQuery,
    ContentQuery,
    Creator,
    ItemQuery,
    Page,
    Review,
    Selection,
    Started,
    Transition,
)
from engine.core.text import storable
from engine.core.wishes import CheckedWish
from engine.door import RETRYABLE, REVIEW_PATIENCE
from engine.errors import InvalidDraft, NotFound, Unavailable, refuse
from engine.ids import new_id
from engine.remote import asking, nouns, paging, parts, refusals, reports
from engine.remote.overseeing import Overseeing

T = TypeVar("T")
IMPORT_PATIENCE = 120.0
"""Seconds that an import may take: whatever one call carries is one transaction."""
MARGIN = 10.0
_LOOKS = 5


class RemoteEngine(Overseeing):
    """The Engine protocol over a client; ``about`` is what the engine said of itself when it was opened."""

    async def submit(self, draft: Draft, key: str | None = None) -> Batch:
        """Accept one draft."""
        operation = asking.operation(draft, self.about.network)
        body = asking.draft_json(draft, self.about.network)
        found = await self._client.post(asking.PATHS[operation], body, key=key or new_id())
        return await self._accepted(self._read(_batch_id, found))

    async def submit_all(self, drafts: Sequence[Draft], key: str | None = None) -> list[Batch]:
        """Accept all drafts in order, or none."""
        if not drafts:
            return []
        bodies = [self._named(draft) for draft in drafts]
        parts.bound_drafts(len(drafts), body := asking.encoded({"drafts": bodies}))
        found = await self._client.post("/api/batches", body, key=key or new_id())
        ids = self._read(lambda body: [_batch_id(one) for one in body["batches"]], found)
        return [await self._accepted(batch_id) for batch_id in ids]

    async def review(self, draft: Draft, patience: float = REVIEW_PATIENCE, again: Collection[str] = ()) -> Review:
        """Return what a draft would do; how long a node is asked is the engine's own matter."""

        async def ask(part: Draft) -> Review:
            body = {**self._named(part), **({"again": sorted(again)} if again else {})}
            found = await self._client.post("/api/review", body, again=True, patience=patience + MARGIN)
            return self._read(reports.review, found)

        return await parts.reviewed(ask, draft, self.about.network)

    async def batch(self, batch_id: str) -> Batch:
        """Return one batch."""
        return self._read(nouns.batch, await self._client.get(asking.batch_path(batch_id)))

    async def whole(self, batch_id: str) -> tuple[Batch, tuple[Item, ...]]:
        """Return one batch and its items as they agree; a batch that moves all the while is looked at anew."""
        for _ in range(_LOOKS):
            batch = await self.batch(batch_id)
            items = (await self.items(batch_id, ItemQuery(limit=MAX_PAGE))).rows
            if Counter(item.state for item in items) == Counter(batch.tally.states):
                break
        return batch, items

    async def content_ids(self, batch_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Return the contents of some batches; an unknown batch isn't there."""
        found = await asyncio.gather(*map(self._ids_of, batch_ids))
        return {batch_id: ids for batch_id, ids in zip(batch_ids, found, strict=True) if ids is not None}

    async def _ids_of(self, batch_id: str) -> tuple[str, ...] | None:
        try:
            body = await self._client.get(asking.batch_path(batch_id))
        except NotFound:
            return None
        return self._read(lambda batch: tuple(map(str, batch["contentIds"])), body)

    async def batches(self, query: BatchQuery) -> Page[Batch]:
        """Return batches, newest first."""
        refuse(batch_problems(query, self.about.network))
        return await self._page("/api/batches", asking.batch_query(query), nouns.batch, "operations")

    async def items(self, batch_id: str, query: ItemQuery) -> Page[Item]:
        """Return items of a batch."""
        refuse(query_problems(query))
        path = asking.batch_path(batch_id, "/items")

        async def ask(names: Sequence[str], after: str | None, limit: int) -> Page[Item]:
            asked = ItemQuery(query.outcomes, frozenset(names), query.text, after, limit)
            return await self._page(path, asking.item_query(asked, names), nouns.item, "items")

        found = await paging.paged(ask, query.content_ids, query.after, query.limit)
        return Page(tuple(sorted(found.rows, key=lambda item: item.position)), found.total, found.next)

    async def item(self, batch_id: str, content_id: str) -> Item:
        """Return one item."""
        return self._read(nouns.item, await self._client.get(*asking.item_path(batch_id, content_id, "item")))

    async def story(self, batch_id: str, content_id: str) -> list[Transition]:
        """Return what happened to one item."""
        found = await self._client.get(*asking.item_path(batch_id, content_id, "story"))
        return self._read(lambda body: list(nouns.many(reports.transition, body["story"])), found)

    async def retries(self, batch_id: str) -> Retries:
        """Return the chain of retries that a batch is in."""
        return self._read(reports.retries, await self._client.get(asking.batch_path(batch_id, "/retries")))

    async def select_retry(
        self,
        batch_id: str,
        outcomes: frozenset[Outcome] = RETRYABLE,
        content_ids: Sequence[str] | None = None,
    ) -> Selection:
        """Return what a retry would send."""
        return await self._selected(batch_id, "retry", asking.wished(outcomes, content_ids))

    async def retry(
        self,
        batch_id: str,
        outcomes: frozenset[Outcome] = RETRYABLE,
        content_ids: Sequence[str] | None = None,
        key: str | None = None,
        why: str | None = None,
    ) -> Started:
        """Make the retry batch."""
        return await self._started(batch_id, "retry", asking.again_json(outcomes, content_ids, why), key)

    async def select_revert(self, batch_id: str, content_ids: Sequence[str] | None = None) -> Selection:
        """Return what a revert would put back."""
        return await self._selected(batch_id, "revert", asking.wished(None, content_ids))

    async def revert(
        self,
        batch_id: str,
        content_ids: Sequence[str] | None = None,
        key: str | None = None,
        why: str | None = None,
    ) -> Started:
        """Make the revert batch."""
        return await self._started(batch_id, "revert", asking.again_json(None, content_ids, why), key)

    async def pause(self, batch_id: str, why: str | None = None) -> Batch:
        """Apply no further item of the batch."""
        return await self._held(batch_id, "/pause", why)

    async def resume(self, batch_id: str, why: str | None = None) -> Batch:
        """Go on."""
        return await self._held(batch_id, "/resume", why)

    async def cancel(self, batch_id: str, why: str | None = None) -> Batch:
        """Cancel what isn't applied."""
        return await self._held(batch_id, "/cancel", why)

    async def contents(self, query: ContentQuery) -> Page[Content]:
        """Return contents of the catalogue; where too many are named for one call, in the order of their names."""
        refuse(query_problems(query))

        async def ask(names: Sequence[str], after: str | None, limit: int) -> Page[Content]:
            asked = replace(query, content_ids=frozenset(names), after=after, limit=limit)
            return await self._page("/api/content", asking.content_query(asked, names), nouns.content, "contents")

        return await paging.paged(ask, query.content_ids, query.after, query.limit)

    async def content(self, content_id: str, limit: int = MOST_CHANGES) -> ContentStory:
        """Return one content with its newest changes, and what the contract has of it now."""
        refuse(limit_problems(limit, MOST_CHANGES))
        if not storable(content_id):
            raise NotFound(f"There is no content {content_id!r:.60}: look it up in the catalogue")
        asked = [("contentId", content_id), ("limit", str(limit))]
        return self._read(reports.content_story, await self._client.get("/api/content/story", asked))

    async def creators(self) -> list[Creator]:
        """Return the creators of the catalogue."""
        found = await self._client.get("/api/creators")
        return self._read(lambda body: list(nouns.many(reports.creator, body["creators"])), found)

    async def import_contents(self, contents: Sequence[Content]) -> list[tuple[int, str]]:
        """Upsert contents, all or none; it is never sent twice, for another change may lie between."""
        if not contents:
            return []
        body = asking.encoded({"rows": [asking.content_row(content) for content in contents]})
        parts.bound_import(len(contents), body)
        try:
            await self._client.post("/api/content/import", body, patience=IMPORT_PATIENCE)
        except InvalidDraft as refused:
            return refusals.refused_rows(refused)
        return []

    def _named(self, draft: Draft) -> asking.Json:
        network = self.about.network
        return {"operationType": asking.operation(draft, network), **asking.draft_json(draft, network)}

    async def _accepted(self, batch_id: str) -> Batch:
        try:
            return await self.batch(batch_id)
        except Unavailable as lost:
            raise Unavailable(f"Batch {batch_id} is accepted, and can't be shown now: {lost}") from None

    async def _started(self, batch_id: str, verb: str, body: Mapping[str, object], key: str | None) -> Started:
        found = await self._client.post(asking.batch_path(batch_id, f"/{verb}"), body, key=key or new_id())
        skipped = self._read(lambda answer: nouns.many(reports.skipped, answer["skipped"]), found)
        return Started(await self._accepted(self._read(_batch_id, found)), skipped)

    async def _selected(self, batch_id: str, verb: str, asked: CheckedWish) -> Selection:
        found_parts = []
        outcomes = [("outcomes", ",".join(sorted(asked.outcomes)))] if asked.outcomes else []
        for names in asking.chunks(asked.content_ids or ()):
            found = await self._client.get(asking.batch_path(batch_id, f"/{verb}"), [*outcomes, *asking.named(names)])
            found_parts.append(self._read(reports.selection, found))
        return paging.joined(found_parts)

    async def _held(self, batch_id: str, verb: str, why: str | None) -> Batch:
        return self._read(nouns.batch, await self._client.post(asking.batch_path(batch_id, verb), asking.why_json(why)))


def _batch_id(body: Mapping[str, Any]) -> str:
    return str(body["batchId"])
