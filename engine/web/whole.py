"""The calls about the engine as a whole: changes, health, the emergency stop, and what it is."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from engine import wire
from engine.core.asking import MAX_CHANGES
from engine.core.logquery import LogQuery
from engine.core.reports import Health, SignerInfo
from engine.door import Engine
from engine.errors import Unavailable
from engine.web import queries
from engine.web.answers import answer
from engine.web.batches import page_json
from engine.web.context import Web
from engine.web.guards import READS, WHO

LINES = 50


class EngineCalls:
    """The engine itself."""

    def __init__(self, web: Web) -> None:
        self._web = web

    async def changes(self, request: Request) -> Response:
        """Tell what changed after a revision."""
        found = queries.asked(request, "since", "limit")
        limit = queries.limit(found, MAX_CHANGES, MAX_CHANGES)
        changes = await self._web.engine_for(request).changes(queries.text(found, "since") or "", limit)
        return answer(wire.changes_json(changes, self._web.clock.now(), self._web.thresholds))

    async def health(self, request: Request) -> Response:
        """Tell how every part is: 200, or 503 with the reason. No node is asked for it."""
        queries.asked(request)
        engine = self._web.engine_for(request)
        health = await engine.health()
        body: wire.Json = {"message": _reason(health)} | wire.health_json(health)
        nodes = [{"ok": part.ok, "detail": part.detail} for part in health.parts if part.name == "node"]
        body["node"] = nodes[0] if nodes else None
        body["signers"] = [wire.signer_json(lane) for lane in await _lanes(engine)]
        return answer(body, 200 if health.ok else 503)

    async def pause(self, request: Request) -> Response:
        """Set the emergency stop."""
        why = (await self._web.body(request, "why")).get("why")
        await self._web.engine_for(request).pause_all(why)
        return answer({"message": "The engine is stopped", "paused": True})

    async def resume(self, request: Request) -> Response:
        """Take the emergency stop back."""
        why = (await self._web.body(request, "why")).get("why")
        await self._web.engine_for(request).resume_all(why)
        return answer({"message": "The engine goes on", "paused": False})

    async def vitals(self, request: Request) -> Response:
        """Tell the engine's own state, for whoever looks after it."""
        queries.asked(request)
        return answer(wire.vitals_json(await self._web.engine_for(request).vitals()))

    async def log(self, request: Request) -> Response:
        """List the latest lines of the log, newest first."""
        found = queries.asked(request, "q", "limit", "after")
        query = LogQuery(queries.text(found, "q") or "", queries.text(found, "after"), queries.limit(found, LINES))
        page = await self._web.engine_for(request).log_lines(query)
        return answer(page_json(page, "lines", wire.log_line_json, query.limit))

    async def about(self, request: Request) -> Response:
        """Tell which engine this is, its limits, and as whom it knows the caller."""
        queries.asked(request)
        web = self._web
        return answer(
            {
                "network": web.network,
                "maxBatchesPerHour": web.quota.batches,
                "maxItemsPerHour": web.quota.items,
                "slowBatch": web.thresholds.slow,
                "failureRate": web.thresholds.failure_rate,
                "offChainRate": web.thresholds.off_chain_rate,
                "who": request.scope.get(WHO),
                "readOnly": bool(request.scope.get(READS)),
            }
        )


async def _lanes(engine: Engine) -> tuple[SignerInfo, ...]:
    """Return the lanes as they were last heard of; none while the database can't be read."""
    try:
        return (await engine.changes("")).lanes
    except Unavailable:
        return ()


def _reason(health: Health) -> str:
    bad = [f"{part.name}: {part.detail}" for part in health.parts if not part.ok]
    return "; ".join(bad) or ("The engine is stopped, and all its parts work" if health.paused else "Everything works")
