"""The calls about single items. Content ids stand in the query: in a path, one with a slash would mean another page."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from engine import wire
from engine.core.model import Outcome, Problem
from engine.core.reports import ItemQuery
from engine.errors import InvalidDraft
from engine.web import queries
from engine.web.answers import answer
from engine.web.batches import page_json
from engine.web.context import Web

PAGE = 500


class ItemCalls:
    """The items of a batch, one by one."""

    def __init__(self, web: Web) -> None:
        self._web = web

    async def page(self, request: Request) -> Response:
        """List items of a batch, by position."""
        found = queries.asked(request, "outcome", "q", "limit", "after", many=("contentId",))
        query = ItemQuery(
            outcomes=queries.words(found, "outcome", Outcome),
            content_ids=frozenset(found.get("contentId", ())),
            text=queries.text(found, "q") or "",
            after=queries.text(found, "after"),
            limit=queries.limit(found, PAGE),
        )
        page = await self._web.engine_for(request).items(request.path_params["batchId"], query)
        return answer(page_json(page, "items", wire.item_json, query.limit))

    async def item(self, request: Request) -> Response:
        """Show one item."""
        content_id = _content_id(request)
        item = await self._web.engine_for(request).item(request.path_params["batchId"], content_id)
        return answer(wire.item_json(item))

    async def story(self, request: Request) -> Response:
        """Tell what happened to one item, oldest first."""
        content_id = _content_id(request)
        story = await self._web.engine_for(request).story(request.path_params["batchId"], content_id)
        return answer({"contentId": content_id, "story": [wire.transition_json(line) for line in story]})


def _content_id(request: Request) -> str:
    content_id = queries.text(queries.asked(request, "contentId"), "contentId")
    if content_id is None:
        raise InvalidDraft([Problem("contentId", "It is missing: name the content")])
    return content_id
