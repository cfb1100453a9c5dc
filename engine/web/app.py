"""The app: every call of the table behind the guards, over any engine that can be served."""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from engine.errors import BatchdeckError
from engine.ports import NodeUnreachable
from engine.vitals_told import version
from engine.web.answers import answer, refusal, refused
from engine.web.context import Call, Handler, Web
from engine.web.docs import POLICY, page
from engine.web.guards import ID, Entry, Guards
from engine.web.openapi.forms import Schema
from engine.web.openapi.page import document
from engine.web.table import table

_CODES = {404: "not-found", 405: "method-not-allowed"}
log = structlog.get_logger()


def make_app(web: Web, entry: Entry) -> Guards:
    """Return the ASGI app of the HTTP API."""
    calls = table(web)
    app = FastAPI(
        title="Batchdeck",
        version=version(),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers={HTTPException: _no_such_call},
    )
    for call in calls:
        app.add_api_route(call.path, _endpoint(call.run), methods=[call.method])
    spec = document(_paths(calls), tokens=entry.tokens is not None)
    app.add_api_route("/openapi.json", _fixed(answer(spec)), methods=["GET"])
    shown = HTMLResponse(page(spec), headers={"Content-Security-Policy": POLICY})
    app.add_api_route("/docs", _fixed(shown), methods=["GET"])
    return Guards(app, entry)


def _paths(calls: list[Call]) -> Mapping[str, Mapping[str, Schema]]:
    paths: dict[str, dict[str, Schema]] = {}
    for call in sorted(calls, key=lambda call: call.path):
        paths.setdefault(call.path, {})[call.method.lower()] = dict(call.spec)
    return paths


def _endpoint(run: Handler) -> Handler:
    """Return the call with its errors as answers; what nobody foresaw is whole in the log."""

    async def endpoint(request: Request) -> Response:
        try:
            return await run(request)
        except BatchdeckError as error:
            return refused(error)
        except NodeUnreachable as away:
            return refusal(503, "unavailable", str(away))
        except Exception:
            log.exception("a call failed", path=request.scope["path"], request=request.scope[ID])
            said = f"Internal error: the log has it whole under request {request.scope[ID]}"
            return refusal(500, "internal", said)

    return endpoint


def _fixed(shown: Response) -> Handler:
    async def fixed(request: Request) -> Response:
        return shown

    return fixed


async def _no_such_call(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    said = {404: "There is no such call: see /docs", 405: f"{request.method} isn't possible here: see /docs"}
    message = said.get(error.status_code, str(error.detail))
    return refusal(error.status_code, _CODES.get(error.status_code, "invalid"), message, error.headers)
