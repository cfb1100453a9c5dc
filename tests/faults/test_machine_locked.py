"""Another program locks the database: a moment passes unnoticed, longer holds the line, and it goes on by itself."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from engine import Draft, open_engine
from engine.core.model import BatchStatus, Operation
from engine.core.reports import BatchQuery
from engine.core.summary import status
from engine.embedded import EmbeddedEngine
from engine.errors import Unavailable
from engine.node import HttpNode
from engine.store import open_store
from tests.core.nouns import CREATOR
from tests.faults.machine import PRICE, Machine, thief, until
from tests.served import control, devnet
from tests.store.support import new_batch

COUNT = 60


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    home = tmp_path / "home"
    home.mkdir()
    with devnet(tmp_path, "--block-seconds", "0.2") as url:
        yield Machine(home, url)


@asynccontextmanager
async def longest_gap() -> AsyncIterator[list[float]]:
    """Measure for how long the event loop was away at most."""
    gaps = [0.0]

    async def beat() -> None:
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.01)
            gaps[0] = max(gaps[0], time.monotonic() - before)

    task = asyncio.create_task(beat())
    try:
        yield gaps
    finally:
        task.cancel()


def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count the posts of each transaction."""
    posts: Counter[str] = Counter()
    real = HttpNode.broadcast

    async def broadcast(self: HttpNode, raw: bytes, txid: str, now: Any) -> Any:
        posts[txid] += 1
        return await real(self, raw, txid, now)

    monkeypatch.setattr(HttpNode, "broadcast", broadcast)
    return posts


async def alerts(engine: EmbeddedEngine) -> dict[str, str]:
    return {alert.key: alert.message for alert in (await engine.changes("")).alerts}


async def settled(engine: EmbeddedEngine, batch_id: str) -> bool:
    return (await engine.batch(batch_id)).settled_at is not None


@pytest.mark.parametrize("mode", ["IMMEDIATE", "EXCLUSIVE"])
async def test_a_moment_passes_unnoticed(machine: Machine, mode: str) -> None:
    """0.2 to 3 seconds, several times over: no alarm, no error, no stall of the loop, and every item is mined once."""
    (batch_id,) = await machine.prepare(COUNT)
    control(machine.chain, "faults", {"post-latency": {"value": "0.2"}})
    async with open_engine(machine.settings()) as engine, longest_gap() as gaps:
        for seconds in (0.2, 1, 3):
            with thief(machine.database, mode) as held:
                began = time.monotonic()
                write = asyncio.create_task(engine.submit(Draft("update-price", CREATOR, ["nope"], {"newPrice": 5})))
                while time.monotonic() - began < seconds:
                    assert "database" not in await alerts(engine)
                    assert (await engine.health()).parts[0].ok
                    await asyncio.sleep(0.02)
                assert not write.done()  # it really was locked
                await asyncio.to_thread(held.let_go)
            await write
        await until(lambda: settled(engine, batch_id))
    assert gaps[0] < 1.5
    assert machine.states() == Counter({"confirmed": COUNT, "failed": 3})


async def test_longer_holds_the_line_and_it_goes_on_by_itself(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The alarm says what to do, health too; nothing is posted again and again meanwhile; then all of it is done."""
    (batch_id,) = await machine.prepare(COUNT)
    posts = counted(monkeypatch)
    control(machine.chain, "faults", {"post-latency": {"value": "0.3"}})
    async with open_engine(machine.settings()) as engine, longest_gap() as gaps:
        await until(lambda: len(posts) >= 5)
        with thief(machine.database) as held:

            async def alarmed() -> bool:
                return "locked" in (await alerts(engine)).get("database", "")

            await until(alarmed)
            health = await engine.health()
            assert not health.ok
            assert "close that program; work goes on by itself" in health.parts[0].detail
            with pytest.raises(Unavailable, match="locked"):
                await engine.submit(Draft("update-price", CREATOR, ["k1"], {"newPrice": 5}))
            still = Counter(posts)
            await asyncio.sleep(2)  # the line is held: there is nothing to wait for
            assert posts == still
            await asyncio.to_thread(held.kill)
        await until(lambda: settled(engine, batch_id))
        assert "database" not in await alerts(engine)
        assert (await engine.health()).ok
    assert gaps[0] < 1.5
    assert set(posts.values()) == {1}
    machine.audit(COUNT)


async def test_beyond_its_patience_the_running_batches_fail_and_can_be_resumed(tmp_path: Path) -> None:
    """The first write that succeeds fails them; what wasn't touched stays queued; resumed, everything gets its end."""
    machine = Machine(tmp_path, patience=2)
    names = await machine.prepare(100, batches=30)
    begun = "SELECT 1 FROM item WHERE state = 'off-chain'"
    with thief(machine.database, "EXCLUSIVE", begun) as held, machine.engine():
        held.has_it()
        before = machine.states()
        assert before["queued"] > 0, "the engine was done before the lock was there"
        machine.wait(lambda: "database unavailable" in machine.log, 20)  # the first item says it for all
        await asyncio.sleep(3)  # beyond its patience
        assert machine.states() == before
        held.kill()
        machine.wait(lambda: machine.rows("SELECT 1 FROM batch WHERE status = 'failed'"))
    (error,) = set(machine.rows("SELECT error FROM batch WHERE status = 'failed'"))
    assert error[0].startswith("The database was unavailable for ")
    failed = [row[0] for row in machine.rows("SELECT id FROM batch WHERE status = 'failed'")]
    queued = (
        "SELECT count(*) FROM item WHERE state = 'queued' AND batch_no IN (SELECT no FROM batch WHERE status = '{}')"
    )
    assert machine.rows(queued.format("failed"))[0][0] > 0
    assert machine.rows(queued.format("processing"))[0][0] == 0
    async with open_engine(machine.settings()) as engine:
        for name in failed:
            await engine.resume(name)
        for name in names:
            await until(lambda name=name: settled(engine, name))
        assert {status(batch) for batch in (await engine.batches(BatchQuery())).rows} == {BatchStatus.COMPLETED}
    assert machine.states() == Counter({"off-chain": 3000})
    assert machine.rows("SELECT DISTINCT price FROM content") == [(PRICE + 29,)]


async def test_closing_does_not_wait_for_the_thief(tmp_path: Path) -> None:
    """What waits for the lock is told no within a second or two, and nothing of it is stored."""
    store = await open_store(tmp_path / "deck.sqlite3")
    with thief(tmp_path / "deck.sqlite3"):
        write = asyncio.create_task(store.add([new_batch(["a"])]))
        await asyncio.sleep(0.1)
        began = time.monotonic()
        await store.close()
        assert time.monotonic() - began < 3
        with pytest.raises(Unavailable, match="locked"):
            await write
    again = await open_store(tmp_path / "deck.sqlite3")
    assert (await again.batches(BatchQuery())).total == 0
    await again.close()


async def test_whatever_is_raised_the_writer_lives(tmp_path: Path) -> None:
    """A group that fails in a way nobody foresaw is answered, and the next one is written."""
    store = await open_store(tmp_path / "deck.sqlite3")
    writer = store._writer
    assert writer

    def rolled_back(database: Any) -> None:
        database.raw.execute("ROLLBACK")
        raise KeyError("what SQLite undid behind our back")

    with pytest.raises(Unavailable, match="KeyError"):
        await writer.write(rolled_back)
    big = new_batch(["a"], {"title": "t"}, Operation.UPDATE_METADATA)
    assert await store.add([big]) == [big.id]
    with contextlib.suppress(Unavailable):
        await asyncio.gather(store.add([new_batch(["b"])]), writer.write(rolled_back))
    await store.add([new_batch(["c"])])
    await store.close()
