"""Waiting well: 100 posts of log-normal latency, slept by the server, through the engine and through two other ways.

The reference is the schedule itself: a k-server queue fed with the same latencies; nothing can beat it without
knowing them. The engine is measured whole: acceptance, catalogue, signing, every durable write, a real connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from engine import Content, Draft, Engine, Settings, open_engine
from engine.clock import SystemClock
from engine.core.reports import SignerInfo
from engine.devnet.faults import SIGMA
from engine.errors import Unavailable
from engine.node import HttpNode
from engine.stacks import PrivateKey, address, clarity, sign_contract_call
from tests.served import control, devnet

CREATORS, EACH, AT_ONCE = 10, 10, 10


def latencies(mean: float, count: int = CREATORS * EACH) -> list[float]:
    """Return log-normal seconds whose mean is exactly ``mean``, the same in every run."""
    chance = random.Random(7)
    drawn = [chance.lognormvariate(0, SIGMA) for _ in range(count)]
    return [one * mean * count / sum(drawn) for one in drawn]


def schedule(waits: Sequence[float], servers: int) -> float:
    """Return when the last of these waits ends on so many servers, first come first served."""
    free = [0.0] * servers
    for wait in waits:
        heapq.heapreplace(free, free[0] + wait)
    return max(free)


def chunked(waits: Sequence[float], size: int) -> float:
    """Return what chunks with a barrier need at best."""
    return sum(max(waits[start : start + size]) for start in range(0, len(waits), size))


async def through_engine(url: str, folder: Path, waits: Sequence[float], at_once: int) -> float:
    """Return the seconds from submitting 10 batches of 10 creators to the last acceptance by the node."""
    owners = [address(bytes([n + 1]) * 20, "testnet") for n in range(CREATORS)]
    contents = [
        Content(f"{n}-{k}", owner, f"Title {k}", 1_000_000, on_chain_id=1000 * at_once + n * EACH + k)
        for n, owner in enumerate(owners)
        for k in range(EACH)
    ]
    settings = Settings(
        database_url=f"sqlite:///{folder}/bench-{at_once}.sqlite3", chain_url=url, concurrency=at_once, chain_timeout=60
    )
    async with open_engine(settings) as engine:
        await engine.import_contents(contents)
        while not await _signers(engine):
            await asyncio.sleep(0.05)
        control(url, "faults", {"latencies": list(waits)})
        drafts = [
            Draft("update-price", owner, [f"{n}-{k}" for k in range(EACH)], {"newPrice": 5})
            for n, owner in enumerate(owners)
        ]
        began = time.monotonic()
        batches = await engine.submit_all(drafts)
        while not all([(await engine.batch(batch.id)).completed_at for batch in batches]):
            await asyncio.sleep(0.002)
        return time.monotonic() - began


async def _signers(engine: Engine) -> list[SignerInfo]:
    """Return who signs; nobody while the node hasn't answered."""
    with contextlib.suppress(Unavailable):
        return await engine.signers()
    return []


async def bare(url: str, waits: Sequence[float], size: int) -> float:
    """Return the seconds that chunks of ``size`` posts with a barrier take, without any database."""
    node, clock = HttpNode(url, timeout=60, api_key=None, concurrency=size), SystemClock()
    info = await node.info()
    keys = [PrivateKey.from_hex(f"{size:02x}{n + 1:02x}" * 16 + "01") for n in range(CREATORS)]
    await node.register([], [key.address("testnet") for key in keys])
    raws = [
        sign_contract_call(
            key,
            network="testnet",
            contract=info.contract or "",
            function="remove-content",
            args=[clarity.UInt(k)],
            nonce=k,
            fee=2000,
        )
        for k in range(EACH)
        for key in keys
    ]
    control(url, "faults", {"latencies": list(waits)})
    began = time.monotonic()
    for start in range(0, len(raws), size):
        await asyncio.gather(*(node.broadcast(raw.raw, raw.txid, clock.now()) for raw in raws[start : start + size]))
    spent = time.monotonic() - began
    await node.close()
    return spent


async def run(mean: float) -> None:
    """Measure all ways side by side and print them with their ratios."""
    waits = latencies(mean)
    print(f"Waiting well: {len(waits)} posts, mean {mean:g} s, longest {max(waits):.2f} s")
    with tempfile.TemporaryDirectory() as name, devnet(Path(name), "--block-seconds", "2") as url:
        folder = Path(name)
        chunks = await bare(url, waits, AT_ONCE)
        _line("chunks of 10 with a barrier, no database", chunks, chunked(waits, AT_ONCE))
        for at_once in (AT_ONCE, 25):
            spent = await through_engine(url, folder, waits, at_once)
            _line(f"engine, {at_once} in flight", spent, schedule(waits, at_once), spent / chunks)
        _line("one by one, no database", await bare(url, waits, 1), sum(waits))


def _line(name: str, spent: float, best: float, of_chunks: float | None = None) -> None:
    tail = "" if of_chunks is None else f"   / chunks {of_chunks:.2f}"
    print(f"  {name:42} {spent:8.2f} s   / its own schedule {spent / best:6.3f}{tail}", flush=True)
