"""Serving a devnet over HTTP, until it is told to end."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from engine.devnet.cutting import CUT
from engine.devnet.faults import Fault, Faults, parse
from engine.devnet.node import Devnet
from engine.devnet.options import DevnetOptions
from engine.errors import Unavailable

IDLE = 15
"""Seconds after which a node closes an idle connection."""
LOOK = 0.1


async def serve_devnet(
    options: DevnetOptions, ready: Callable[[str], None], ended: Callable[[], bool] = lambda: False
) -> None:
    """Serve until SIGINT or SIGTERM, or until cancelled; ``ready`` gets the URL as soon as connections are taken.

    ``ended`` tells of a signal that came while nobody served yet, or no longer: the server minds its own alone.
    Raises Unavailable when the address or the file can't be had, ValueError for a bad switch or another's file.
    """
    faults = _faults(options)
    listener = _listener(options)
    try:
        devnet = Devnet.open(options.path, network=options.network, block_seconds=options.block_seconds, faults=faults)
    except BaseException:
        listener.close()
        raise
    config = uvicorn.Config(
        devnet.app, http=Cuttable, log_level="error", lifespan="off", access_log=False, timeout_keep_alive=IDLE
    )
    server = _Server(config, devnet.closing)
    await devnet.start()
    watch = asyncio.create_task(_end_with(server, ended))
    try:
        host = f"[{options.host}]" if ":" in options.host else options.host
        ready(f"http://{host}:{listener.getsockname()[1]}")
        await server.serve(sockets=[listener])
    except asyncio.CancelledError:
        if server.started:
            await server.shutdown(sockets=[listener])
        raise
    finally:
        watch.cancel()
        await devnet.close()
        listener.close()


async def _end_with(server: uvicorn.Server, ended: Callable[[], bool]) -> None:
    while not ended():  # noqa: ASYNC110  # who notes a signal knows of no loop
        await asyncio.sleep(LOOK)
    server.should_exit = True


def _faults(options: DevnetOptions) -> Faults:
    faults = Faults()
    faults.chance.seed(options.seed)
    if options.latency:
        faults.set("latency", Fault(value=str(options.latency)))
    for text in options.faults:
        faults.set(*parse(text))
    return faults


def _listener(options: DevnetOptions) -> socket.socket:
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # else asyncio leaves Nagle on: 40 ms
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((options.host, options.port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise Unavailable(
            f"Port {options.port} of {options.host} can't be listened on ({error.strerror}): "
            "give another --port, or leave it out for any free one"
        ) from error
    return listener


class Cuttable(H11Protocol):
    """uvicorn's HTTP/1.1, whose app may cut the connection that it answers."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        app = self.app

        async def cuttable(scope: Any, receive: Any, send: Any) -> None:
            scope[CUT] = lambda: self.transport.abort()
            await app(scope, receive, send)

        self.app = cuttable


class _Server(uvicorn.Server):
    """A server that ends its hanging answers before it waits for them."""

    def __init__(self, config: uvicorn.Config, closing: asyncio.Event) -> None:
        super().__init__(config)
        self._closing = closing

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let go of whoever hangs, then shut down in order."""
        self._closing.set()
        await super().shutdown(sockets)
