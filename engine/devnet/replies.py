"""How a node answers: JSON for what it knows, text/plain for what isn't about a transaction."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

TIP_HEADER = b"x-canonical-stacks-tip-height"


def answer(body: Any) -> Response:
    """Return a 200 with JSON."""
    return JSONResponse(body)


def text(message: str, status: int) -> Response:
    """Return text/plain, as the node does for errors that are not about the transaction."""
    return PlainTextResponse(message, status)


async def read_body(request: Request) -> bytes:
    """Return the whole body; ValueError when the client left before its end."""
    try:
        return await request.body()
    except ClientDisconnect:
        raise ValueError("the client went away") from None


async def read_json(request: Request) -> Any:
    """Return the body's JSON; ValueError for what isn't JSON, is no UTF-8, or is nested too deep to read."""
    await read_body(request)
    try:
        return await request.json()
    except RecursionError:
        raise ValueError("the JSON is nested too deep") from None


def api_error(status: int, error: str, message: str) -> Response:
    """Return an error as the API words it."""
    return JSONResponse({"statusCode": status, "error": error, "message": message}, status)


def too_many(form: str) -> Response:
    """Return 429 in a form in which it comes: seconds, an HTTP date, only ratelimit-reset, or none."""
    seconds = 1
    headers: dict[str, str] = {}
    if form in ("", "seconds"):
        headers["retry-after"] = str(seconds)
    elif form == "date":
        headers["retry-after"] = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)
    elif form == "reset":
        headers |= {"ratelimit-remaining": "0", "ratelimit-reset": str(seconds)}
    return PlainTextResponse("Too Many Requests", 429, headers)
