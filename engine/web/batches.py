"""The calls about batches: what starts one, what shows one, what holds one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response

from engine import wire
from engine.core.asking import MAX_AT_ONCE, MAX_PAGE
from engine.core.model import Batch, BatchStatus, Operation
from engine.core.reports import BatchQuery, Page, Selection, Started
from engine.core.wishes import CheckedWish, check_wish
from engine.door import RETRYABLE, Engine
from engine.errors import refuse
from engine.web import queries
from engine.web.answers import answer
from engine.web.bodies import body_of
from engine.web.context import Handler, Web, key_of
from engine.web.drafts import bound, draft_of, fit_drafts, reviewed_draft

T = TypeVar("T")
PAGE = 50


class BatchCalls:
    """The batches, as INTERFACE.md has them."""

    def __init__(self, web: Web) -> None:
        self._web = web

    def starting(self, operation: Operation) -> Handler:
        """Return the call that starts a batch of one operation."""

        async def start(request: Request) -> Response:
            draft = await self._web.beside(request, lambda: draft_of(operation, body_of(request)))
            batch = await self._web.engine_for(request).submit(draft, key_of(request))
            return answer(wire.initiated_json(batch), 201)

        return start

    async def submit_all(self, request: Request) -> Response:
        """Accept several drafts, all or none."""
        drafts = await self._web.beside(request, lambda: fit_drafts(body_of(request, "drafts"), self._web.network))
        batches = await self._web.engine_for(request).submit_all(drafts, key_of(request))
        return answer({"batches": [wire.initiated_json(batch) for batch in batches]}, 201)

    async def review(self, request: Request) -> Response:
        """Tell what a draft of more contents than a batch may have would do, and do nothing."""
        draft, again = await self._web.beside(request, lambda: reviewed_draft(body_of(request)))
        review = await self._web.engine_for(request).review(draft, again=again)
        return await self._web.beside(request, lambda: answer(wire.review_json(review)))

    async def show(self, request: Request) -> Response:
        """Show one batch with its results."""
        queries.asked(request)
        return answer(await self._whole(self._web.engine_for(request), _batch_id(request)))

    async def _whole(self, engine: Engine, batch_id: str) -> wire.Json:
        batch, items = await engine.whole(batch_id)
        return wire.whole_batch_json(batch, items, self._web.clock.now(), self._web.thresholds)

    async def of_creator(self, request: Request) -> Response:
        """List the batches of one creator, newest first."""
        found = queries.asked(request, "limit", "skip", "after")
        creator = request.path_params["creator"]
        query = _paged(BatchQuery(creator=creator), found)
        return await self._listed(request, query, {"creator": creator})

    async def all(self, request: Request) -> Response:
        """List batches, newest first."""
        found = queries.asked(request, "status", "creator", "q", "group", "limit", "skip", "after")
        creator = queries.text(found, "creator")
        wanted = queries.choice(found, "status", BatchStatus)
        query = _paged(
            BatchQuery(
                creator=creator, status=wanted, text=queries.text(found, "q") or "", group=queries.text(found, "group")
            ),
            found,
        )
        return await self._listed(request, query, {"creator": creator})

    async def _listed(self, request: Request, query: BatchQuery, head: wire.Json) -> Response:
        engine = self._web.engine_for(request)
        page = await engine.batches(query)
        contents = await engine.content_ids([batch.id for batch in page.rows])
        rows = [self._row(batch, contents.get(batch.id, ())) for batch in page.rows]
        body = {"total": page.total, "operations": rows, "limit": query.limit, "skip": query.skip, "next": page.next}
        return answer(head | body)

    def _row(self, batch: Batch, content_ids: Sequence[str]) -> wire.Json:
        row = wire.whole_batch_json(batch, None, self._web.clock.now(), self._web.thresholds)
        return row | {"contentIds": list(content_ids)}

    async def retry(self, request: Request) -> Response:
        """Make a new batch of the items that failed or stayed off-chain."""
        body = await self._web.body(request, "outcomes", "contentIds", "why")
        asked, engine = _wished(body), self._web.engine_for(request)
        outcomes = asked.outcomes or RETRYABLE
        key = key_of(request)
        started = await engine.retry(_batch_id(request), outcomes, asked.content_ids, key, asked.why)
        return answer(wire.started_json(started), 201)

    async def revert(self, request: Request) -> Response:
        """Make a new batch that puts the replaced values back."""
        asked = _wished(await self._web.body(request, "contentIds", "why"))
        engine = self._web.engine_for(request)
        started: Started = await engine.revert(_batch_id(request), asked.content_ids, key_of(request), asked.why)
        return answer(wire.started_json(started), 201)

    async def retries(self, request: Request) -> Response:
        """Tell what became of each content of a batch over its retries, and theirs."""
        queries.asked(request)
        found = await self._web.engine_for(request).retries(_batch_id(request))
        return answer(wire.retries_json(found, self._web.clock.now(), self._web.thresholds))

    async def select_retry(self, request: Request) -> Response:
        """Tell what a retry would send and skip."""
        found = queries.asked(request, "outcomes", many=("contentId",))
        words = queries.text(found, "outcomes")
        asked = check_wish(None if words is None else words.split(","))
        refuse(asked.problems)
        engine, outcomes = self._web.engine_for(request), asked.outcomes or RETRYABLE
        return _selected(await engine.select_retry(_batch_id(request), outcomes, found.get("contentId")))

    async def select_revert(self, request: Request) -> Response:
        """Tell what a revert would put back and skip."""
        found = queries.asked(request, many=("contentId",))
        engine = self._web.engine_for(request)
        return _selected(await engine.select_revert(_batch_id(request), found.get("contentId")))

    async def pause(self, request: Request) -> Response:
        """Apply no further item."""
        return await self._held(request, self._web.engine_for(request).pause)

    async def resume(self, request: Request) -> Response:
        """Go on."""
        return await self._held(request, self._web.engine_for(request).resume)

    async def cancel(self, request: Request) -> Response:
        """Cancel what isn't applied."""
        return await self._held(request, self._web.engine_for(request).cancel)

    async def _held(self, request: Request, hold: Callable[[str, str | None], Awaitable[Batch]]) -> Response:
        await hold(_batch_id(request), (await self._web.body(request, "why")).get("why"))
        return answer(await self._whole(self._web.engine_for(request), _batch_id(request)))


def page_json(page: Page[T], name: str, write: Callable[[T], wire.Json], limit: int) -> wire.Json:
    """Write a page of rows under a name."""
    return {"total": page.total, name: [write(row) for row in page.rows], "limit": limit, "next": page.next}


def _batch_id(request: Request) -> str:
    found: str = request.path_params["batchId"]
    return found


def _paged(query: BatchQuery, found: queries.Asked) -> BatchQuery:
    limit, skip, after = queries.limit(found, PAGE, MAX_PAGE), queries.skip(found), queries.text(found, "after")
    return replace(query, limit=limit, skip=skip, after=after)


def _wished(body: wire.Json) -> CheckedWish:
    """Return what a body asks for; InvalidDraft names all that can't be meant."""
    named = body.get("contentIds")
    bound(named, "contentIds", MAX_AT_ONCE)
    asked = check_wish(body.get("outcomes"), named, body.get("why"))
    refuse(asked.problems)
    return asked


def _selected(selection: Selection) -> Response:
    return answer(
        {
            "batchId": selection.parent,
            "totalItems": len(selection.items),
            "items": [
                wire.item_json(item) | {"newValue": wire.camel(value)}
                for item, value in zip(selection.items, selection.values, strict=True)
            ],
            "skipped": [wire.skipped_json(one) for one in selection.skipped],
        }
    )
