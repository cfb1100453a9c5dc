"""The calls about the audit: who did what, when and why."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from engine import wire
from engine.core.oversight import AuditQuery
from engine.web import queries
from engine.web.answers import answer
from engine.web.batches import page_json
from engine.web.context import Web

PAGE = 50


class AuditCalls:
    """The audit, newest first."""

    def __init__(self, web: Web) -> None:
        self._web = web

    async def all(self, request: Request) -> Response:
        """List everything that somebody did."""
        return await self._page(request, None)

    async def of_batch(self, request: Request) -> Response:
        """List what was done about one batch."""
        return await self._page(request, request.path_params["batchId"])

    async def _page(self, request: Request, batch_id: str | None) -> Response:
        found = queries.asked(request, "limit", "after")
        query = AuditQuery(batch_id, queries.text(found, "after"), queries.limit(found, PAGE))
        page = await self._web.engine_for(request).audit(query)
        return answer(page_json(page, "deeds", wire.deed_json, query.limit))
