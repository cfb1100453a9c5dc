"""Cutting connections: the one thing that ASGI has no word for, and a real node does now and then.

Served, the app finds a function in its scope that drops the connection without an answer; inside the process
there is no connection, so the cut is raised as the error that a client would see.
"""

from __future__ import annotations

import asyncio
import contextlib

import httpx
from starlette.requests import Request
from starlette.responses import Response

CUT = "devnet.cut"
"""Under this name a server puts into the scope a function without arguments that drops the connection."""
IN_PROCESS_HANG = 0.05
"""Seconds that a hang lasts inside the process, where there is no connection that could time out."""


async def cut(request: Request) -> Response:
    """Drop the connection without an answer; inside the process raise httpx.ReadError."""
    drop = request.scope.get(CUT)
    if drop is None:
        raise httpx.ReadError("the simulated node cut the connection")
    drop()
    await asyncio.sleep(0)  # lets the server see that the connection is gone: it then writes nothing
    return Response()


async def hang(request: Request, seconds: float, closing: asyncio.Event) -> Response:
    """Answer nothing for so long, then cut; inside the process raise httpx.ReadTimeout soon."""
    if CUT not in request.scope:
        await asyncio.sleep(min(seconds, IN_PROCESS_HANG))
        raise httpx.ReadTimeout("the simulated node hangs")
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(closing.wait(), seconds)
    return await cut(request)
