"""The wall clock is set back an hour and forward a week while batches run: nothing waits for it to catch up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import pytest
from apscheduler.schedulers import base

from console.item_views import story_lines
from console.pace import Pace
from console.views import progress_parts, throughput
from engine import open_engine
from engine.clock import SystemClock
from engine.core.events import TxAccepted, TxDeferred, TxEvent, TxUnclear
from engine.core.lifecycle import outcome
from engine.core.model import BatchStatus, ItemState, Operation, Outcome
from engine.core.reports import Transition
from engine.core.summary import metrics, status, time_left
from engine.line.tools import Limits
from engine.ticker import Ticker
from tests.core.nouns import batch as a_batch
from tests.engine.rig import Rig, contents, price, rig
from tests.fakes import FakeClock, ScriptedChain
from tests.faults.machine import Machine, until
from tests.served import control, devnet

HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
SOON = 180.0
"""Seconds: more than any wait of the line, far less than an hour."""
Script = Callable[[Rig], Callable[[str], TxEvent]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deck.sqlite3"


async def soon(play: Rig, *batches: Any) -> list[Outcome | None]:
    """Wait until batches are settled; return the outcomes. They may not take long by the clock that only grows."""
    began = play.clock.seconds
    found = [outcome(item) for batch in batches for item in (await play.settled(batch)).values()]
    assert play.clock.seconds - began < SOON
    return found


UNTIL: dict[str, Script] = {
    "unclear": lambda play: lambda txid: TxUnclear(txid, "time-out"),
    "429": lambda play: lambda txid: TxDeferred(txid, "429", play.clock.now() + timedelta(seconds=30), posted=True),
    "deferred": lambda play: lambda txid: TxDeferred(txid, "no funds", play.clock.now() + timedelta(seconds=30)),
    "lost": lambda play: TxAccepted,
}


@pytest.mark.parametrize("jumps", [[-HOUR], [WEEK], [WEEK, -WEEK]], ids=["back", "forward", "forward-and-back"])
@pytest.mark.parametrize("wait", UNTIL)
async def test_a_wait_lasts_no_longer_than_it_should(path: Path, wait: str, jumps: list[timedelta]) -> None:
    """Whatever a post waits for when the clock jumps, it goes on within its usual time, and once."""
    chain = ScriptedChain(keeps=lambda post: post > 0)
    async with rig(path, chain, catalogue=contents(1)) as play:
        chain.script[0] = UNTIL[wait](play)
        batch = await play.engine.submit(price("c1"))
        await play.until(lambda: play.chain.posts, mine=False, step=0)

        async def answered() -> bool:
            return (await play.store.lane((await play.store.lanes())[0], 1)).slots[0].current.answer is not None

        if wait != "lost":
            await play.until(answered, mine=False, step=0)
        for jump in jumps:
            play.clock.time += jump
            await play.turn()
        assert await soon(play, batch) == [Outcome.CONFIRMED]
        assert len(set(chain.posts)) == 1
        assert len(chain.posts) <= 6


async def test_an_answer_that_was_under_way_is_not_believed_either(path: Path) -> None:
    """A node's "in 30 seconds" was counted from the clock before it was set back: it may not become an hour."""
    chain = ScriptedChain(keeps=lambda post: post > 0)
    async with rig(path, chain, catalogue=contents(1)) as play:
        real, hanging = chain.broadcast, asyncio.Event()

        async def broadcast(raw: bytes, txid: str, now: datetime) -> TxEvent:
            event = await real(raw, txid, now)
            if len(chain.posts) > 1:
                return event
            await hanging.wait()
            return TxDeferred(txid, "429", now + timedelta(seconds=30), posted=True)

        chain.broadcast = broadcast  # type: ignore[method-assign]
        batch = await play.engine.submit(price("c1"))
        await play.until(lambda: chain.posts, mine=False, step=0)
        play.clock.time -= HOUR
        for _ in range(5):
            await play.turn()
        hanging.set()
        assert await soon(play, batch) == [Outcome.CONFIRMED]


@pytest.mark.parametrize("jump", [-HOUR, WEEK], ids=["back", "forward"])
async def test_a_node_that_is_away_is_given_up_in_time(path: Path, jump: timedelta) -> None:
    """`CHAIN_PATIENCE` is measured by the clock that only grows: not an hour later, and not at once."""
    async with rig(path, catalogue=contents(2), limits=Limits(chain_patience=60)) as play:
        await play.contact()
        play.chain.down = True
        play.clock.pass_(31)  # so that what is known of the account is out of date
        batch = await play.engine.submit(price("c1", "c2"))
        for _ in range(20):
            await play.turn()
            play.clock.pass_(0.25)
        play.clock.time += jump
        for _ in range(10):
            await play.turn()
        assert {item.state for item in (await play.items(batch)).values()} == {ItemState.APPLIED}
        assert await soon(play, batch) == [Outcome.OFF_CHAIN] * 2


@pytest.mark.parametrize("jump", [-HOUR, WEEK], ids=["back", "forward"])
async def test_a_clock_that_jumped_between_two_runs_delays_nothing(path: Path, jump: timedelta) -> None:
    """What the rows of the last run call the future is due now."""
    chain, clock = ScriptedChain(keeps=lambda post: post > 3), FakeClock()
    for post in range(3):
        chain.script[post] = lambda txid: TxUnclear(txid, "time-out", clock.now() + timedelta(seconds=20))
    async with rig(path, chain, clock, catalogue=contents(4)) as play:
        batch = await play.engine.submit(price("c1", "c2", "c3", "c4"))
        await play.until(lambda: len(chain.posts) >= 4, mine=False, step=0)
        await play.turn()
    chain.down = False
    clock.time += jump
    async with rig(path, chain, clock) as play:
        assert await soon(play, batch) == [Outcome.CONFIRMED] * 4
    assert len(set(chain.posts)) == 4


async def test_a_scheduled_batch_goes_by_the_wall(path: Path) -> None:
    """Its time is a time of day: set back, it begins when that hour comes again; set forward past it, at once."""
    async with rig(path, catalogue=contents(2)) as play:
        at = play.clock.now() + HOUR
        later = await play.engine.submit(replace(price("c1"), scheduled_for=at))
        much_later = await play.engine.submit(replace(price("c2"), scheduled_for=at + WEEK))
        play.clock.time -= HOUR
        for _ in range(4):
            play.clock.pass_(1750)
            await play.turn()
        assert status(await play.engine.batch(later.id)) is BatchStatus.SCHEDULED
        play.clock.pass_(250)
        assert await soon(play, later) == [Outcome.CONFIRMED]
        assert status(await play.engine.batch(much_later.id)) is BatchStatus.SCHEDULED
        play.clock.time += WEEK
        assert await soon(play, much_later) == [Outcome.CONFIRMED]


async def test_no_duration_is_negative(path: Path) -> None:
    """A batch that ended before it was accepted, by the wall, took no time; nobody is shown a minus."""
    async with rig(path, catalogue=contents(1)) as play:
        batch = await play.engine.submit(price("c1"))
        play.clock.time -= HOUR
        await play.settled(batch)
        done = await play.engine.batch(batch.id)
        assert done.completed_at is not None
        assert done.completed_at < done.created_at
        assert metrics(done, play.clock.now()).duration == 0
        assert "-" not in str(progress_parts(done, play.clock.now(), Pace()))
    now = datetime(2026, 1, 2, tzinfo=UTC)
    half = a_batch({ItemState.CONFIRMED: 1, ItemState.QUEUED: 1}, created_at=now, started_at=now)
    assert time_left(half, now - HOUR) is None
    assert throughput(half, now - HOUR) == ""
    assert Pace().left(half, now - HOUR) is None
    story = [Transition(at, "TxSigned", ItemState.SIGNED) for at in (now, now - HOUR)]
    assert not any("-" in line.plain.replace("->", "") for line in story_lines(story, Operation.UPDATE_PRICE))


class Jumping:
    """The wall clock of this process, as the engine and the scheduler see it, moved by ``by``."""

    by = timedelta()


class JumpingDatetime(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        return datetime.now(tz) + Jumping.by


class JumpingClock(SystemClock):
    def now(self) -> datetime:
        return super().now() + Jumping.by


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Jumping]]:
    monkeypatch.setattr(base, "datetime", JumpingDatetime)
    Jumping.by = timedelta()
    yield Jumping
    Jumping.by = timedelta()


async def test_the_clockwork_ticks_on(wall: type[Jumping]) -> None:
    """Set back, its timer would sleep for an hour; set forward, it would make up for every second; dead, for ever."""
    pokes: list[float] = []
    loop = asyncio.get_running_loop()
    ticker = Ticker(lambda: pokes.append(loop.time()), SystemClock())

    async def goes_on() -> None:
        told = len(pokes)
        await until(lambda: len(pokes) >= told + 3, 15)
        assert ticker.late < 2

    def poke_badly() -> None:
        pokes.append(loop.time())
        raise RuntimeError("a poke that goes wrong")

    ticker.start()
    try:
        await goes_on()
        wall.by -= HOUR
        await goes_on()
        wall.by += WEEK
        await goes_on()
        wall.by += 2500 * WEEK  # a machine that began in 1970 and was told the time
        told = len(pokes)
        began = loop.time()
        await goes_on()
        assert len(pokes) - told <= 3 + (loop.time() - began)
        ticker._scheduler._timeout.cancel()
        await goes_on()
        ticker._scheduler.remove_job("dispatch")
        await goes_on()
        ticker._poke = poke_badly
        await goes_on()
    finally:
        await ticker.stop()


async def test_a_real_engine_goes_on_through_both(tmp_path: Path, wall: type[Jumping]) -> None:
    """A node in another process, posts under way, some of them lost: the clock jumps, and all is done in a minute."""
    home = tmp_path / "home"
    home.mkdir()
    with devnet(tmp_path, "--block-seconds", "0.2") as url:
        machine = Machine(home, url)
        (batch_id,) = await machine.prepare(50)
        control(url, "faults", {"post-latency": {"value": "0.3"}, "429": {"value": "seconds", "count": 3}})
        settings = machine.settings(unseen_after=2)
        async with open_engine(settings, clock=JumpingClock()) as engine:
            for jump, least in ((-HOUR, 5), (WEEK, 15), (-WEEK, 25)):
                await until(lambda least=least: machine.states()["submitted"] + machine.states()["confirmed"] >= least)
                wall.by += jump

            async def settled() -> bool:
                return (await engine.batch(batch_id)).settled_at is not None

            await until(settled)
            assert (await engine.health()).ok
        machine.audit(50)
