"""The calls about alerts: which there are, and that somebody has seen one."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from engine import wire
from engine.core.oversight import AlertQuery
from engine.errors import NotFound
from engine.web import queries
from engine.web.answers import answer
from engine.web.batches import page_json
from engine.web.context import Web

PAGE = 50


class AlertCalls:
    """The kept alerts, newest first."""

    def __init__(self, web: Web) -> None:
        self._web = web

    async def page(self, request: Request) -> Response:
        """List them."""
        found = queries.asked(request, "open", "limit", "after")
        query = AlertQuery(queries.flag(found, "open"), queries.text(found, "after"), queries.limit(found, PAGE))
        page = await self._web.engine_for(request).alerts(query)
        return answer(page_json(page, "alerts", wire.kept_alert_json, query.limit))

    async def acknowledge(self, request: Request) -> Response:
        """Say that somebody has seen one."""
        why = (await self._web.body(request, "why")).get("why")
        number = request.path_params["alertId"]
        if not (number.isascii() and number.isdecimal() and len(number) < 19):
            raise NotFound(f"There is no alert {number!r:.60}: look at the list of alerts")
        engine = self._web.engine_for(request)
        return answer(wire.kept_alert_json(await engine.acknowledge(int(number), why)))
