"""Serving the app on a port of this process: bound before the engine opens, answering as soon as it has."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import Iterator
from functools import partial
from typing import Any, cast

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from engine.core.model import Problem
from engine.errors import BadSettings, InvalidDraft, Unavailable
from engine.web.answers import refused
from engine.web.guards import App
from engine.web.taking import STALL

IDLE = 30
"""Seconds after which an idle connection is closed."""
LAST_ANSWERS = 4
"""Seconds for the answers under way when the engine ends."""
LAST_WORD = 1
"""Seconds in which those that took longer are told so."""


def listener(host: str, port: int) -> socket.socket:
    """Bind the address; BadSettings for one that this machine doesn't have, Unavailable when it is taken."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP, flags=socket.AI_PASSIVE
        )[0]
        found = socket.socket(family, kind, protocol)  # TCP by name, else asyncio leaves Nagle on: 40 ms
    except (OSError, ValueError) as error:
        raise BadSettings(f"--host is {host!r}: no such address ({error}); give one of this machine") from error
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(address)
        found.listen(1024)
    except OSError as error:
        found.close()
        if error.errno == errno.EADDRNOTAVAIL:
            said = f"--host is {host!r}, which is no address of this machine: give one that it has, or 127.0.0.1"
            raise BadSettings(said) from error
        said = f"The API can't listen on {host} port {port} ({error.strerror}): name another with --port, or --port 0"
        raise Unavailable(said) from error
    return found


def address(host: str, bound: socket.socket) -> str:
    """Return where it is served."""
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{bound.getsockname()[1]}"


class Server(uvicorn.Server):
    """uvicorn without its hold on signals: whoever runs the engine has them."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._begun = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield

    async def serving(self, bound: socket.socket) -> asyncio.Task[None]:
        """Begin to serve, and return the task once it does."""
        task = asyncio.create_task(self.serve([bound]))
        begun = asyncio.create_task(self._begun.wait())
        await asyncio.wait([task, begun], return_when=asyncio.FIRST_COMPLETED)
        begun.cancel()
        if task.done():
            await task
        return task

    async def end(self, task: asyncio.Task[None], patience: float) -> None:
        """Let go of the address and end, with so much patience for the answers under way; ``task`` is what serves."""
        self.config.timeout_graceful_shutdown = patience  # type: ignore[assignment]  # wait_for takes parts of a second
        self.should_exit = True
        await task
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=LAST_WORD)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Take connections, and say so."""
        await super().startup(sockets)
        self._begun.set()


class Protocol(H11Protocol):
    """uvicorn's HTTP/1.1, which refuses what isn't HTTP in the same form as everything else, and waits for no head.

    uvicorn itself has a time limit for a connection between two requests, and none for the head of one.
    """

    def __init__(self, *given: Any, stall: float = STALL, **named: Any) -> None:
        super().__init__(*given, **named)
        self._stall = stall
        self._bell: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._ring_later()

    def data_received(self, data: bytes) -> None:
        """Take bytes; a head that has begun must come to its end in time."""
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """Go on with what came meanwhile."""
        super().on_response_complete()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._ring_not()
        super().connection_lost(exc)

    def _watch(self) -> None:
        if self.conn.their_state is not h11.IDLE:
            self._ring_not()
        elif self._begun() and self._bell is None:
            self._ring_later()

    def _begun(self) -> bool:
        return bool(self.conn.trailing_data[0])

    def _ring_later(self) -> None:
        self._bell = self.loop.call_later(self._stall, self._stalled)

    def _ring_not(self) -> None:
        if self._bell is not None:
            self._bell.cancel()
            self._bell = None

    def _stalled(self) -> None:
        """End a connection whose head doesn't come; one that never said a word is told nothing either."""
        self._bell = None
        if self.transport.is_closing():
            return
        if self._begun():
            self._refuse(f"Its head didn't come to an end within {self._stall:g} s")
        else:
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Answer bytes that are no request."""
        self._refuse("It is not HTTP/1.1")

    def _refuse(self, why: str) -> None:
        body = refused(InvalidDraft([Problem("request", why)])).body
        head = b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\nconnection: close\r\nx-request-id: none"
        self.transport.write(head + b"\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
        self.transport.close()


def server(app: App, stall: float = STALL) -> Server:
    """Return a server of the app, which waits so many seconds for the head of a request."""
    config = uvicorn.Config(
        app,
        http=cast(Any, partial(Protocol, stall=stall)),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=IDLE,
    )
    return Server(config)
