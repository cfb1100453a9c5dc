"""Taking a body in: whole or not at all, of so many bytes at most, and for as long as it keeps coming."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import Response

from engine.core.asking import MAX_BODY
from engine.core.model import Problem
from engine.errors import InvalidDraft
from engine.web.answers import refusal, refused
from engine.web.bodies import BODY

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
STALL = 30.0
"""Seconds that a client may leave what it has begun to send."""
FLOW = 100_000
"""Bytes that earn another `STALL`: who sends a letter at a time would hold a connection for ever."""
_THROWN_AWAY = 8 * MAX_BODY
"""How much of a refused body is still read: a client that is still sending would never see the refusal."""


async def take_body(scope: Scope, headers: Headers, receive: Receive, stall: float = STALL) -> Response | None:
    """Leave the whole body in the scope; return the refusal of one that is too large, or doesn't come."""
    too_large = refusal(413, "too-large", f"The body is over {MAX_BODY // 1_000_000} MB: send less at once")
    if int(headers.get("content-length", "0")) > MAX_BODY:
        return await drain(too_large, receive, stall)
    body, parts = bytearray(), _parts(receive, stall)
    try:
        async for part in parts:
            body += part
            if len(body) > MAX_BODY:
                return await _drained(too_large, parts)
    except TimeoutError:
        return ending(_broken(f"It stood still after {len(body)} bytes: send it without a pause of {stall:g} s"))
    except EOFError:
        return _broken("It has no end")
    scope[BODY] = bytes(body)
    return None


async def drain(no: Response, receive: Receive, stall: float = STALL) -> Response:
    """Read what a refused client still sends, up to a point, so that it can read why; return the refusal."""
    return await _drained(no, _parts(receive, stall))


async def _drained(no: Response, parts: AsyncIterator[bytes]) -> Response:
    thrown = 0
    try:
        async for part in parts:
            thrown += len(part)
            if thrown > _THROWN_AWAY:
                return ending(no)
    except (TimeoutError, EOFError):
        return ending(no)
    return no


def ending(answer: Response) -> Response:
    """Return an answer that ends its connection: more of the request may still lie in it."""
    answer.headers["Connection"] = "close"
    return answer


def deadline(began: float, now: float, got: int, stall: float) -> float:
    """Return until when the next bytes must come: soon after the last ones, and at no less than a certain pace."""
    return min(now + stall, began + stall * (1 + got / FLOW))


async def _parts(receive: Receive, stall: float) -> AsyncIterator[bytes]:
    """Yield a body as it comes; TimeoutError when it stands still, EOFError when the client is gone."""
    now = asyncio.get_running_loop().time
    began, got, more = now(), 0, True
    while more:
        async with asyncio.timeout_at(deadline(began, now(), got, stall)):
            message = await receive()
        if message["type"] == "http.disconnect":
            raise EOFError
        part: bytes = message.get("body", b"")
        more = bool(message.get("more_body"))
        got += len(part)
        yield part


def _broken(why: str) -> Response:
    return refused(InvalidDraft([Problem("body", why)]))
