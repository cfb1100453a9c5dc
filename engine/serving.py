"""The HTTP API of an engine in this process: its address is taken first, and let go last."""

from __future__ import annotations

import asyncio
import socket
import time
from pathlib import Path

import structlog

from engine.clock import SystemClock
from engine.core.oversight import Quota
from engine.embedded import EmbeddedEngine
from engine.errors import Unavailable
from engine.keyring import exposed
from engine.setting_rules import is_loopback
from engine.settings import Settings
from engine.web import Entry, Web, make_app, read_tokens
from engine.web.guards import Guards
from engine.web.server import LAST_ANSWERS, Server, address, listener, server
from engine.web.tokens import Tokens

_NEAR = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # only looked up
"""Where this machine finds what listens on every address."""
FEW_MOMENTS = 0.5
log = structlog.get_logger()


class Door:
    """One address and what answers there; the tokens are read and the address is taken before an engine opens."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._tokens = _tokens(settings.api_tokens_file)
        self._bound = listener(settings.host, settings.port)
        self._guards: Guards | None = None
        self._server: Server | None = None
        self._refusing: float | None = None
        self._task: asyncio.Task[None] | None = None
        self.address = address(settings.host, self._bound)

    async def open(self, engine: EmbeddedEngine) -> asyncio.Future[int]:
        """Begin to answer; the future ends only if the server does before it is asked to, and raises Unavailable."""
        settings = self._settings
        quota = Quota(settings.max_batches_per_hour, settings.max_items_per_hour)
        web = Web(engine, SystemClock(), settings.thresholds, settings.network, quota)
        self._guards = make_app(web, Entry(settings.host, self._tokens, _names(settings.host)))
        self._server = server(self._guards)
        self._task = await self._server.serving(self._bound)
        engine.announce(address(_NEAR.get(settings.host, settings.host), self._bound))
        return asyncio.ensure_future(self._ended(self._task))

    async def _ended(self, task: asyncio.Task[None]) -> int:
        await asyncio.shield(task)
        raise Unavailable("The HTTP API has ended by itself: start the engine again")

    def refuse(self) -> None:
        """Tell whoever calls from now on that the engine stops; the address is kept, so that nobody is cut off."""
        if self._guards:
            self._guards.stop()
        self._refusing = time.monotonic()

    async def close(self) -> None:
        """Let go of the address, and end what is under way: a part of its time has gone since `refuse`."""
        if self._server and self._task:
            had = time.monotonic() - self._refusing if self._refusing is not None else 0.0
            await self._server.end(self._task, max(LAST_ANSWERS - had, FEW_MOMENTS))

    def shut(self) -> None:
        """Let go of the address."""
        self._bound.close()


def _tokens(path: Path | None) -> Tokens | None:
    """Read the tokens; a file that others may read is used, and told of."""
    if path is None:
        return None
    tokens = read_tokens(path)
    if said := exposed(path):
        log.warning(said)
    return tokens


def _names(host: str) -> frozenset[str]:
    """Return the names of this machine under which others may call it; none where only itself can."""
    name = socket.gethostname().lower()
    return frozenset() if is_loopback(host) else frozenset({name, f"{name}.local"})
