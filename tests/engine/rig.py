"""A whole engine on a real SQLite file, with a scripted chain and a clock that the test moves."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from engine.core.model import Batch, Content, Draft, Item
from engine.core.reports import ItemQuery
from engine.core.summary import Thresholds
from engine.embedded import EmbeddedEngine
from engine.line.contact import Contact, Wanted
from engine.line.line import Line
from engine.line.nodestate import NodeState
from engine.line.signing import FeeRule
from engine.line.tools import Limits, Tools
from engine.report import Identity
from engine.stacks import PrivateKey
from engine.store import SqliteStore, open_store
from tests.core.nouns import CREATOR, OTHER
from tests.fakes import FakeClock, ScriptedChain

NOBODY = "ST000000000000000000002AMW42H"
TURNS = 2000


def derive(devnet: str, creator: str) -> PrivateKey:
    return PrivateKey.from_hex(hashlib.sha256(f"{devnet} {creator}".encode()).hexdigest() + "01")


def contents(count: int = 5, creator: str = CREATOR, first: int = 1) -> list[Content]:
    return [
        Content(f"c{n}", creator, f"Title {n}", 1_000_000, on_chain_id=n, content_type="video")
        for n in range(first, first + count)
    ]


def price(*ids: str, to: int = 2_000_000, creator: str = CREATOR) -> Draft:
    return Draft("update-price", creator, ids, {"newPrice": to})


@dataclass
class Rig:
    engine: EmbeddedEngine
    store: SqliteStore
    line: Line
    chain: ScriptedChain
    clock: FakeClock

    async def turn(self) -> None:
        """Let everything happen that can happen now, without a block."""
        self.line.poke()
        await asyncio.sleep(0.004)

    async def contact(self) -> None:
        """Wait until the engine has spoken to the node."""

        async def made() -> bool:
            return self.line.tools.desk is not None

        await self.until(made)

    async def until(self, done: Callable[[], object], mine: bool = True, step: float = 0.25) -> None:
        """Take turns (and mine) until ``done`` (a coroutine function or a plain one) says so."""
        for _ in range(TURNS):
            result = done()
            if await result if asyncio.iscoroutine(result) else result:
                return
            await self.turn()
            if mine:
                self.chain.mine()
            self.clock.pass_(step)
        raise AssertionError("it never came about")

    async def settled(self, batch: Batch) -> dict[str, Item]:
        """Wait until the batch is settled and return its items by content."""

        async def done() -> bool:
            return (await self.engine.batch(batch.id)).settled_at is not None

        await self.until(done)
        return await self.items(batch)

    async def items(self, batch: Batch) -> dict[str, Item]:
        page = await self.engine.items(batch.id, ItemQuery())
        return {item.content_id: item for item in page.rows}


@asynccontextmanager
async def rig(
    path: Path,
    chain: ScriptedChain | None = None,
    clock: FakeClock | None = None,
    limits: Limits | None = None,
    catalogue: list[Content] | None = None,
) -> AsyncIterator[Rig]:
    chain, clock = chain or ScriptedChain(), clock or FakeClock()
    chain.clock = clock if chain.tells_time else None
    store = await open_store(path)
    limits = limits or Limits()
    tools = Tools(store, chain, clock, limits, NodeState(chain, clock), asyncio.Semaphore(limits.concurrency))
    wanted = Wanted("testnet", None, NOBODY, FeeRule(2000, 50_000), None, derive)
    line = Line(tools, Contact(tools, wanted))
    identity = Identity("testnet", "scripted", str(path), "tester", True, Thresholds())
    engine = EmbeddedEngine(store, clock, identity, line, carries=True)
    if catalogue is not None:
        assert await engine.import_contents(catalogue) == []
    await engine.start()
    try:
        yield Rig(engine, store, line, chain, clock)
    finally:
        await engine.close()


__all__ = ["CREATOR", "OTHER", "Rig", "contents", "price", "rig"]
