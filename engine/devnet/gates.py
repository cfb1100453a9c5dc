"""Which status routes exist: the switches take the API's families away, as real deployments do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from engine.devnet.faults import Faults
from engine.devnet.replies import api_error, text

Endpoint = Callable[[Request], Awaitable[Response]]
DEPRECATED = '299 - "Deprecated"'


def behind(faults: Faults, family: str, endpoint: Endpoint) -> Endpoint:
    """Return the route of an API's family: ``v3``, ``v1`` (deprecated: it may be gone) or ``batch`` (it stays)."""

    async def gated(request: Request) -> Response:
        if faults.standing("no-api"):
            return text("Not Found", 404)
        if family == "v3" and faults.standing("no-v3"):
            return api_error(404, "Not Found", f"Route {request.method}:{request.url.path} not found")
        if family != "v1":
            return await endpoint(request)
        if faults.standing("no-v1"):
            return JSONResponse({"error": "Gone"}, 410)
        response = await endpoint(request)
        response.headers["warning"] = DEPRECATED
        return response

    return gated
