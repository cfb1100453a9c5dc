"""A node of our own on loopback: real HTTP over a real socket, with answers, delays and cuts by script."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from engine.core.operations import Call
from engine.node import HttpNode
from engine.stacks import parse_transaction
from engine.stacks.clarity import UInt
from tests.stacks.support import CONTRACT, SIGNED

RAW, TXID = SIGNED.raw, SIGNED.txid
SENDER = parse_transaction(RAW).sender_address()
CALL = Call("update-content-price", (UInt(1), UInt(5000)))
TIMEOUT = 5.0


@dataclass(frozen=True)
class Reply:
    """What to answer; ``cut`` breaks the connection after so many bytes of the answer, ``hang`` delays it."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": "application/json"})
    hang: float = 0.0
    cut: int | None = None

    def __str__(self) -> str:
        return f"{self.status} {self.body[:30]!r}" + (f" cut {self.cut}" if self.cut is not None else "")


def ok(value: object, status: int = 200, **headers: str) -> Reply:
    """Answer with JSON; underscores in names of headers stand for hyphens."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Reply(status, json.dumps(value).encode(), {"content-type": "application/json", **named})


def text(message: str, status: int, **headers: str) -> Reply:
    """Answer with text/plain, as a node does for errors that aren't about a transaction."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, message.encode(), {"content-type": "text/plain", **named})


def refusal(reason: str, data: object = None, **more: object) -> Reply:
    """Answer as a mempool that refuses."""
    body = {"error": "transaction rejected", "reason": reason, "txid": TXID, **more}
    return ok({**body, "reason_data": data} if data is not None else body, 400)


@dataclass(frozen=True)
class Request:
    """A request as it came in over the wire."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


Handler = Callable[[Request], Reply]


class Loopback:
    """The server: ``routes`` maps a path (or its beginning, ending in *) to a reply, a list of replies or a handler."""

    def __init__(self) -> None:
        self.routes: dict[str, Reply | list[Reply] | Handler] = {}
        self.requests: list[Request] = []
        self.connections = 0
        self.open_now = 0
        self.most_open = 0

    def paths(self) -> list[str]:
        return [request.path for request in self.requests]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        try:
            while await self._one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.open_now -= 1
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = head[0].split(" ")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        request = Request(method, target, headers, body)
        self.requests.append(request)
        reply = self._reply(request)
        await asyncio.sleep(reply.hang)
        lines = [f"HTTP/1.1 {reply.status} X", f"content-length: {len(reply.body)}"]
        lines += [f"{name}: {value}" for name, value in reply.headers.items()]
        answer = "\r\n".join([*lines, "", ""]).encode("latin-1") + reply.body
        writer.write(answer if reply.cut is None else answer[: reply.cut])
        await writer.drain()
        return reply.cut is None

    def _reply(self, request: Request) -> Reply:
        for path, found in self.routes.items():
            if request.path == path or (path.endswith("*") and request.path.startswith(path[:-1])):
                if isinstance(found, list):
                    return found.pop(0) if len(found) > 1 else found[0]
                return found if isinstance(found, Reply) else found(request)
        return text("not found", 404)


@asynccontextmanager
async def loopback() -> AsyncIterator[tuple[Loopback, str]]:
    """Run a server; gives it and its address."""
    served = Loopback()
    server = await asyncio.start_server(served.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield served, f"http://127.0.0.1:{port}"
    finally:
        server.close()


@asynccontextmanager
async def client(url: str, *, contract: str | None = CONTRACT, **options: object) -> AsyncIterator[HttpNode]:
    """Run a client with a short time-out."""
    settings: dict[str, object] = {"timeout": TIMEOUT, "api_key": None, "concurrency": 4, **options}
    node = HttpNode(url, **settings)  # type: ignore[arg-type]
    node.contract = contract
    try:
        yield node
    finally:
        await node.close()


@asynccontextmanager
async def both(*, contract: str | None = CONTRACT, **options: object) -> AsyncIterator[tuple[Loopback, HttpNode]]:
    """Run a server and a client of it."""
    async with loopback() as (served, url), client(url, contract=contract, **options) as node:
        yield served, node
