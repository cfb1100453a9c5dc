"""Quick enough: a thousand posts, large blocks, and blocks at their pace."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from engine.devnet import creator_key, mining
from tests.devnet.support import Node, at, inside, loopback, reprice


async def eventually(look: Callable[[], Awaitable[int]], wanted: int) -> None:
    """Look until it is as wanted, for at most five seconds."""
    until = time.monotonic() + 5
    while (seen := await look()) != wanted and time.monotonic() < until:
        await asyncio.sleep(0.02)
    assert seen == wanted


async def test_a_thousand_posts_are_taken_and_mined_quickly(node: Node) -> None:
    """Each with its signature checked and flushed to disk; all in one block, each account in its own order."""
    keys = [creator_key("crowd", str(n)) for n in range(40)]
    rows = [[1000 + n, at(key), 100] for n, key in enumerate(keys)]
    await node.control("register", contents=rows, accounts=[at(key) for key in keys])
    signed = [reprice(key, 1000 + n, 7, nonce=nonce) for nonce in range(25) for n, key in enumerate(keys)]
    started = time.monotonic()
    await node.take(*signed)
    posted = time.monotonic()
    assert await node.mine() == 1000
    mined = time.monotonic()
    assert posted - started < 15
    assert mined - posted < 5
    assert {row["status"] for row in await node.mined()} == {"success"}


async def test_blocks_come_by_themselves(tmp_path: Path) -> None:
    """A served node mines every block_seconds; a stall stops it, and by itself it goes on."""
    async with loopback(tmp_path / "chain.devnet", block_seconds=0.05) as node:
        await node.switch("stall")
        await node.take(reprice(nonce=0))
        await asyncio.sleep(0.3)
        assert await node.nonce() == 0
        await node.switch("stall", 0.2)
        await eventually(node.nonce, 1)


async def test_mining_in_process_starts_and_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ASGI transport runs no lifespan, so the owner starts and stops the miner; twice started is once."""
    monkeypatch.setattr(mining, "EMPTY_AFTER", 6)
    async with inside(tmp_path / "chain.devnet") as node:
        devnet = node.devnet
        assert devnet is not None
        devnet.block_seconds = 0.02
        await devnet.start()
        await devnet.start()
        await node.take(reprice())
        await eventually(node.tip, 2 + 6)
        await devnet.stop()
        await node.take(reprice(nonce=1))
        await asyncio.sleep(0.1)
        assert await node.nonce() == 1
