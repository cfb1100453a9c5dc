"""The weather: what happens to every answer alike, latency and outages; and the tip that each good one names."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from engine.devnet.replies import TIP_HEADER, text, too_many

if TYPE_CHECKING:
    from engine.devnet.node import Devnet


class Weather:
    """An ASGI layer over the node's routes; those of the controls are spared."""

    def __init__(self, app: Any, devnet: Devnet) -> None:
        self._app = app
        self._devnet = devnet

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Wait, perhaps refuse, then answer with the tip's height."""
        if scope["type"] != "http" or scope["path"].startswith("/devnet"):
            await self._app(scope, receive, send)
            return
        faults = self._devnet.faults
        post = scope["path"] == "/v2/transactions" and scope["method"] == "POST"
        delay = faults.delay(post)
        if delay:
            with contextlib.suppress(TimeoutError):  # a node that is told to end doesn't wait for its slow answers
                await asyncio.wait_for(self._devnet.closing.wait(), delay)
        if faults.standing("down"):
            await text("Service Unavailable", 503)(scope, receive, send)
            return
        limited = None if post else faults.strikes("429-reads")
        if limited is not None:
            await too_many(limited)(scope, receive, send)
            return
        if any(name == b"transfer-encoding" for name, _ in scope["headers"]):
            await text("Failed to decode: no Content-Length", 400)(scope, receive, send)
            return
        await self._app(scope, receive, self._with_tip(send))

    def _with_tip(self, send: Any) -> Any:
        async def tipped(message: Any) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                height = str(self._devnet.shown_tip).encode()
                message["headers"] = [*message["headers"], (TIP_HEADER, height)]
            await send(message)

        return tipped
