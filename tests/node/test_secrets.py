"""Keys and credentials stay inside: no name, message, repr or redirect carries them out."""

from __future__ import annotations

import logging

import httpx
import pytest

from engine.node import HttpNode
from engine.ports import NodeUnreachable
from tests.faults.hunt import Prey, told, traces
from tests.node.loopback import RAW, SENDER, TXID, both, client, loopback, ok, text
from tests.node.test_broadcast import NOW

KEY = "k3y-that-nobody-may-see"


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://localhost:20443", "localhost:20443"),
        ("https://user:pass@api.example:8443/token-path/?key=s#f", "api.example:8443"),
        ("http://devnet", "devnet"),
        ("http://[::1]:3999/", "[::1]:3999"),
    ],
)
async def test_a_name_is_host_and_port(url: str, name: str) -> None:
    """What stands on a screen names the node and nothing that opens it."""
    async with client(url) as node:
        assert node.name == name


async def test_the_key_reaches_the_node_and_nobody_else(caplog: pytest.LogCaptureFixture) -> None:
    """Neither messages nor logs nor reprs show it, and a redirect doesn't carry it away."""
    caplog.set_level(logging.DEBUG)
    async with both(api_key=KEY) as (server, elsewhere), both(api_key=KEY) as (other, _):
        target = f"http://127.0.0.1:{other_port(_)}/"
        server.routes["*"] = text("moved", 307, location=target)
        with pytest.raises(NodeUnreachable) as caught:
            await elsewhere.info()
        event = await elsewhere.broadcast(RAW, TXID, NOW)
        assert server.requests[0].headers["x-api-key"] == KEY
        assert other.requests == []
        assert KEY not in f"{caught.value!r} {event!r} {elsewhere!r} {elsewhere.name} {caplog.text}"


class Breaking(httpx.AsyncBaseTransport):
    """A transport that fails with the whole request in the locals of its frames, as real ones do."""

    def __init__(self, fault: Exception) -> None:
        self.fault = fault

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        sent = list(request.headers.raw)
        if sent:
            raise self.fault
        return httpx.Response(200)


@pytest.mark.parametrize(
    "fault",
    [httpx.ConnectError("x"), httpx.WriteError("x"), httpx.ReadTimeout("x"), TimeoutError(), RuntimeError("odd")],
    ids=lambda fault: type(fault).__name__,
)
async def test_no_frame_that_held_the_key_hangs_behind_an_error(fault: Exception) -> None:
    """A crash report with the locals of all frames, and of the errors behind, has the question and not the key."""
    async with client("http://localhost", api_key=KEY, transport=Breaking(fault)) as node:
        with pytest.raises(NodeUnreachable) as caught:
            await node.account(SENDER)
        assert "/v2/accounts/" in told(caught.value).decode()
        assert traces(told(caught.value), [Prey("api key", text=KEY)]) == []


@pytest.mark.parametrize("status", [200, 400, 401, 403, 429, 503])
async def test_a_gateway_that_quotes_the_key_is_not_repeated(status: int) -> None:
    """What a node says of a key goes to screens, logs and results: the key in it is taken out."""
    async with both(api_key=KEY) as (server, node):
        server.routes["*"] = text(f"Invalid API key '{KEY}'", status)
        with pytest.raises(NodeUnreachable) as caught:
            await node.info()
        event = await node.broadcast(RAW, TXID, NOW)
        assert traces(told(caught.value), [Prey("api key", text=KEY)]) == []
        assert KEY not in f"{caught.value!r} {event!r}"


async def test_a_node_that_quotes_the_path_of_its_address_is_not_repeated() -> None:
    """At some providers the path is the key: "no route GET /KEY/v2/info" must not bring it to screens and logs."""
    async with loopback() as (server, url), client(f"{url}/v1/{KEY}") as node:
        server.routes["*"] = text(f"Route GET:/v1/{KEY}/v2/info not found", 403)
        with pytest.raises(NodeUnreachable) as caught:
            await node.info()
        event = await node.broadcast(RAW, TXID, NOW)
        assert server.requests[0].path.startswith(f"/v1/{KEY}/")
        assert KEY not in f"{caught.value!r} {event!r}"


def other_port(node: HttpNode) -> str:
    return node.name.rpartition(":")[2]


@pytest.mark.parametrize("key", ["new\nline", "tab\t", " space", "ümlaut", "nul\x00"])
def test_a_key_that_no_header_can_hold_is_refused_unseen(key: str) -> None:
    """The refusal names the setting, not the key."""
    with pytest.raises(ValueError, match="NODE_API_KEY_FILE") as caught:
        HttpNode("http://localhost", timeout=1, api_key=key, concurrency=1)
    assert key not in str(caught.value)


async def test_the_environment_has_no_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy of the environment neither sees nor stops what goes to a node."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    async with both() as (server, node):
        server.routes["/v2/transactions"] = ok(TXID)
        await node.broadcast(RAW, TXID, NOW)
        assert len(server.requests) == 1
