"""The same engine behind both of its doors: in this process, and over HTTP from a server on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from engine.core.model import Content
from engine.core.oversight import Quota
from engine.core.summary import Thresholds
from engine.door import Engine
from engine.embedded import EmbeddedEngine
from engine.remote import open_at
from engine.web import Entry, Web, make_app, read_tokens
from engine.web.server import address, listener, server
from engine.web.taking import STALL
from tests.engine.rig import Rig, rig
from tests.fakes import ScriptedChain

EMBEDDED, REMOTE = "embedded", "remote"
DOORS = (EMBEDDED, REMOTE)


@dataclass
class Door:
    """An engine as a front end sees it, and what is behind it."""

    kind: str
    engine: Engine
    rig: Rig


@asynccontextmanager
async def served(
    play: Rig, quota: Quota | None = None, tokens: Path | None = None, port: int = 0, stall: float = STALL
) -> AsyncIterator[str]:
    """Serve the engine of a rig; gives its address. ``stall`` is how long a client may stand still."""
    web = Web(play.engine, play.clock, Thresholds(), "testnet", quota or Quota())
    bound = listener("127.0.0.1", port)
    running = server(make_app(web, Entry("127.0.0.1", read_tokens(tokens) if tokens else None, stall=stall)), stall)
    task = await running.serving(bound)
    try:
        yield address("127.0.0.1", bound)
    finally:
        await running.end(task, 4)
        bound.close()


@asynccontextmanager
async def opened(
    kind: str,
    path: Path,
    catalogue: list[Content],
    chain: ScriptedChain | None = None,
    quota: Quota | None = None,
) -> AsyncIterator[Door]:
    """Open an engine with a catalogue, and one of its doors."""
    async with AsyncExitStack() as stack:
        play = await stack.enter_async_context(rig(path, chain, catalogue=catalogue))
        await play.contact()
        if kind == EMBEDDED:
            own: EmbeddedEngine = play.engine.acting(None, quota)
            yield Door(kind, own, play)
            return
        url = await stack.enter_async_context(served(play, quota))
        yield Door(kind, await stack.enter_async_context(open_at(url)), play)


@asynccontextmanager
async def cutting(
    address: str, wanted: Callable[[bytes], bool], times: int = 1
) -> AsyncIterator[tuple[str, list[bytes]]]:
    """Stand before a server, and cut the first connections whose request is ``wanted`` before its answer arrives.

    Gives an address, and the requests that were cut: they reached the server, their answers nobody.
    """
    host, port = address.removeprefix("http://").split(":")
    cut: list[bytes] = []

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(host, int(port))
        try:
            while asked := await _request(reader):
                back.write(asked)
                answer = await there.read(2**20)
                if wanted(asked) and len(cut) < times:
                    cut.append(asked)
                    return
                writer.write(answer)
                await writer.drain()
        finally:
            back.close()
            writer.close()

    proxy = await asyncio.start_server(pass_on, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}", cut
    finally:
        proxy.close()
        await proxy.wait_closed()


async def _request(reader: asyncio.StreamReader) -> bytes:
    """Read one whole request; nothing at the end."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""
    length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return head + (await reader.readexactly(int(length[0].split(b":")[1])) if length else b"")
