"""What bounds a call: one time for all of it, so many connections, so many bytes, so many calls a month."""

from __future__ import annotations

import asyncio
import gzip
import time
from datetime import datetime

import pytest

from engine.core.events import TxAccepted, TxDeferred, TxUnclear
from engine.ports import NodeUnreachable
from tests.node.loopback import RAW, TXID, Reply, both, client, ok, text
from tests.node.test_broadcast import NOW, POST

MONTH_IS_OVER = text("Too Many Requests", 429, x_ratelimit_remaining_stacks_month="0", retry_after="1")


async def test_a_connection_that_never_comes_about_posted_nothing() -> None:
    """A time-out before the first byte of the request is a wait, no doubt: the bytes can be nowhere."""

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with client(f"https://127.0.0.1:{port}", timeout=0.2) as node:
        event = await node.broadcast(RAW, TXID, NOW)
    server.close()
    assert isinstance(event, TxDeferred)
    assert (event.posted, event.unreachable) == (False, True)


async def test_one_call_takes_no_longer_than_it_may() -> None:
    """CHAIN_TIMEOUT bounds a call as a whole, also one whose answer comes in drops."""

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        try:
            for byte in b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n" + b" " * 1000:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(0.02)
        except ConnectionError:
            pass
        writer.close()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with client(f"http://127.0.0.1:{port}", timeout=0.4) as node:
        began = time.monotonic()
        event = await node.broadcast(RAW, TXID, NOW)
        took = time.monotonic() - began
    server.close()
    assert isinstance(event, TxUnclear)
    assert 0.3 < took < 10  # the drip alone takes 20 seconds


async def test_an_answer_without_end_is_cut_off() -> None:
    """A stream that names no length ends at the size that no answer has, long before the memory does."""
    sent = 0

    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n")
        try:
            while sent < 2**28:
                writer.write(b"10000\r\n" + b" " * 2**16 + b"\r\n")
                await writer.drain()
                sent += 2**16
        except ConnectionError:
            pass
        writer.close()

    server = await asyncio.start_server(pour, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with client(f"http://127.0.0.1:{port}", timeout=10) as node:
        with pytest.raises(NodeUnreachable, match="larger"):
            await node.info()
    server.close()
    assert sent < 2**26


async def test_however_many_posts_the_connections_stay_few() -> None:
    """httpx's pool gets slow past 32 connections, so no concurrency opens more (PERFORMANCE.md)."""
    async with both(concurrency=100, timeout=5) as (server, node):
        server.routes = {POST: Reply(body=f'"{TXID}"'.encode(), hang=0.1), "/v2/accounts/*": ok({})}
        events = await asyncio.gather(*(node.broadcast(RAW, TXID, NOW) for _ in range(90)))
        assert set(events) == {TxAccepted(TXID)}
        assert server.most_open <= 32


async def test_a_packed_answer_stays_packed() -> None:
    """A few hundred bytes can unpack to gigabytes: what was asked to come plain is read plain or not at all."""
    bomb = gzip.compress(gzip.compress(b"a" * 2**24))
    packed = Reply(body=bomb, headers={"content-type": "application/json", "content-encoding": "gzip, gzip"})
    async with both() as (server, node):
        server.routes["*"] = packed
        assert isinstance(await node.broadcast(RAW, TXID, NOW), TxUnclear)
        with pytest.raises(NodeUnreachable, match="packed"):
            await node.info()


async def test_a_month_that_is_used_up_is_said_so() -> None:
    """No short Retry-After makes us knock all month: an hour's rest, and the operator reads what helps."""
    async with both() as (server, node):
        server.routes = {POST: MONTH_IS_OVER, "/v2/info": MONTH_IS_OVER}
        event = await node.broadcast(RAW, TXID, NOW)
        assert isinstance(event, TxDeferred)
        assert event.posted
        assert "this month" in event.reason
        assert event.retry_at is not None
        assert (event.retry_at - NOW).total_seconds() == 3600
        with pytest.raises(NodeUnreachable) as caught:
            await node.info()
        assert caught.value.retry_after == pytest.approx(3600, abs=2)
        assert server.paths() == [POST]


@pytest.mark.parametrize("status", [429, 503])
async def test_no_node_makes_us_spin(status: int) -> None:
    """Retry-After: 0 names no time: whoever posts then waits its own, growing time."""
    async with both() as (server, node):
        server.routes[POST] = text("", status, retry_after="0")
        event = await node.broadcast(RAW, TXID, datetime(2026, 1, 2, tzinfo=NOW.tzinfo))
        assert isinstance(event, TxDeferred | TxUnclear)
        assert event.retry_at is None


@pytest.mark.parametrize(("status", "setting"), [(401, "NODE_API_KEY_FILE"), (404, "CHAIN_URL"), (301, "CHAIN_URL")])
async def test_a_door_that_is_shut_to_reads_names_the_setting(status: int, setting: str) -> None:
    """A wrong address or key is told with what to check."""
    async with both() as (server, node):
        server.routes["*"] = text("no", status)
        with pytest.raises(NodeUnreachable, match=setting):
            await node.info()
