"""The emergency stop: nothing new is applied, signed or posted, what is under way is watched to its end."""

# ruff: noqa: ASYNC251  # nobody else waits on the loop of a test

from __future__ import annotations

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine import Draft, open_engine
from engine.core.lifecycle import outcome
from engine.core.model import BatchStatus, ItemState, Outcome
from engine.core.summary import status
from engine.errors import Unavailable
from tests.core.nouns import CREATOR
from tests.engine.rig import contents, price, rig
from tests.faults.machine import Machine, thief, told, until
from tests.served import control, devnet

COUNT = 60


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    home = tmp_path / "home"
    home.mkdir()
    with devnet(tmp_path, "--block-seconds", "0.5") as url:
        yield Machine(home, url)


async def test_it_holds_a_running_engine_and_every_later_one(machine: Machine) -> None:
    """What was in flight is confirmed meanwhile; a restart doesn't forget the stop; taken back, all is done once."""
    await machine.prepare(COUNT)
    control(machine.chain, "faults", {"post-latency": {"value": "0.2"}})
    async with open_engine(machine.settings(window=10)) as engine:
        await until(lambda: machine.states()["confirmed"] > 5)
        await engine.pause_all()
        stopped = time.monotonic()
        assert (await engine.health()).paused
        assert "stopped" in {alert.key for alert in (await engine.changes("")).alerts}
        later = await engine.submit(Draft("update-price", CREATOR, ["k0"], {"newPrice": 5}))

        def nothing_in_flight() -> bool:
            states = machine.states()
            return states["submitted"] == 0 and time.monotonic() - stopped > 2

        await until(nothing_in_flight)
        left = machine.states()
        assert left["applied"] + left["signed"] > 0
        assert left["confirmed"] == len(control(machine.chain, "transactions"))
        assert status(await engine.batch(later.id)) is BatchStatus.PENDING
        await asyncio.sleep(2)
        assert machine.states() == left
    with machine.engine() as process:  # a signed one is in doubt after a restart, and stays where it is
        time.sleep(2)
        assert machine.states()["queued"] == 1
        assert machine.states()["confirmed"] == left["confirmed"]
        assert len(control(machine.chain, "transactions")) == left["confirmed"]
        assert f"process id {process.pid} " in machine.deck.run("resume", "--all", code=3).stderr
        assert told(process, signal.SIGTERM)[0] == 0
    assert "goes on" in machine.deck.run("resume", "--all").stdout
    machine.drain()
    mined = control(machine.chain, "transactions")
    assert [row["nonce"] for row in mined] == list(range(COUNT + 1))
    assert machine.states() == Counter({"confirmed": COUNT + 1})
    assert control(machine.chain, "contents/0")["price"] == 5


async def test_a_command_stops_the_engine_before_it_starts(machine: Machine) -> None:
    """Without an owner, `pause --all` is kept in the file for the next one; --wait says so instead of waiting."""
    await machine.prepare(2)
    assert machine.deck.json("pause", "--all") == {"paused": True}
    with machine.engine():
        time.sleep(1.5)
        assert machine.states() == Counter({"queued": 2})
    refused = machine.deck.run(
        "submit", "update-price", "--creator", CREATOR, "--ids", "k1", "--price", "9", "--wait", code=3
    )
    assert "resume --all" in refused.stderr
    assert machine.deck.json("resume", "--all") == {"paused": False}
    machine.drain()
    assert machine.states() == Counter({"confirmed": 3})


async def test_it_stops_at_once_even_if_the_database_cannot_keep_it(tmp_path: Path) -> None:
    """The database is locked: this process stops all the same, and says that a later one wouldn't."""
    machine = Machine(tmp_path)
    await machine.prepare(10)
    async with open_engine(machine.settings()) as engine:
        await until(lambda: machine.states()["off-chain"] == 10)
        with thief(machine.database) as held:
            with pytest.raises(Unavailable, match="locked"):
                await engine.pause_all()
            await asyncio.to_thread(held.let_go)
        await until(lambda: engine.health())
        batch = await engine.submit(Draft("update-price", CREATOR, ["k1"], {"newPrice": 5}))
        await asyncio.sleep(2)
        assert status(await engine.batch(batch.id)) is BatchStatus.PENDING
        await engine.resume_all()
        await until(lambda: machine.states()["off-chain"] == 11)


async def test_it_comes_between_asking_and_signing(tmp_path: Path) -> None:
    """The node was asked for its fee before the stop and answers after it: nothing is signed on that."""
    async with rig(tmp_path / "deck.sqlite3", catalogue=contents(2)) as play:
        asked, answered = asyncio.Event(), asyncio.Event()

        async def fee(call: Any, length: int) -> None:
            asked.set()
            await answered.wait()

        play.chain.fee = fee  # type: ignore[method-assign]
        batch = await play.engine.submit(price("c1", "c2"))
        await play.until(asked.is_set)
        await play.engine.pause_all()
        answered.set()
        for _ in range(20):
            await play.turn()
            play.clock.pass_(1)
        assert {item.state for item in (await play.items(batch)).values()} == {ItemState.APPLIED}
        assert not play.chain.posts
        await play.engine.resume_all()
        assert {outcome(item) for item in (await play.settled(batch)).values()} == {Outcome.CONFIRMED}


async def test_a_node_that_wants_more_has_to_wait(tmp_path: Path) -> None:
    """A fee too low, said while the stop is on: the dearer bytes aren't signed before it is taken back."""
    from engine.core.events import TxDeferred

    async with rig(tmp_path / "deck.sqlite3", catalogue=contents(1)) as play:
        real, posted, answered = play.chain.broadcast, asyncio.Event(), asyncio.Event()

        async def broadcast(raw: bytes, txid: str, now: Any) -> Any:
            if posted.is_set():
                return await real(raw, txid, now)
            posted.set()
            await answered.wait()
            return TxDeferred(txid, "fee too low", fee_needed=4000)

        play.chain.broadcast = broadcast  # type: ignore[method-assign]
        batch = await play.engine.submit(price("c1"))
        await play.until(posted.is_set)
        await play.engine.pause_all()
        answered.set()
        for _ in range(20):
            await play.turn()
            play.clock.pass_(1)
        (slot,) = (await play.store.lane((await play.store.lanes())[0], 0)).slots
        assert [transaction.fee for transaction in slot.transactions] == [2000]
        await play.engine.resume_all()
        assert outcome((await play.settled(batch))["c1"]) is Outcome.CONFIRMED
