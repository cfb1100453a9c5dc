"""Plays of a backup put back while the chain can't be asked: what it may have sent is given up by nobody, unread."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from engine import open_engine
from engine.checkup.facts import Finding, State
from engine.checkup.judge_database import judge_database
from engine.checkup.look_database import look_at_database
from engine.core.lifecycle import outcome
from engine.core.model import Batch, ItemState, Outcome
from engine.errors import Conflict, NotFound
from engine.headless import drained
from engine.line.signers import OwnSigners
from engine.line.tools import Limits
from engine.settings import Settings
from engine.upkeep import back_up, put_back
from tests.engine.rig import CREATOR, NOBODY, Rig, contents, derive, price, rig
from tests.engine.test_lane_plays import SIGNER, held, outcomes, spend
from tests.engine.test_restored_plays import BOTH, carried_since
from tests.fakes import FakeClock, ScriptedChain

HOURS = timedelta(hours=3).total_seconds()
SHORT = Limits(chain_patience=20)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deck.sqlite3"


async def waits(play: Rig, batch: Batch) -> None:
    """Let far more time pass than patience lasts: the items of the copy wait all the same."""
    await spend(play, 30)
    assert {item.state for item in (await play.items(batch)).values()} == {ItemState.APPLIED}


async def alarmed(play: Rig, text: str) -> None:
    """Wait until an operator is told this of the copy that was put back."""

    async def told() -> bool:
        alerts = (await play.engine.changes("")).alerts
        return any("A backup was put back" in alert.message and text in alert.message for alert in alerts)

    await play.until(told, mine=False)


@pytest.mark.parametrize("met", [False, True], ids=["never met", "lost later"])
async def test_a_node_that_is_away_ends_no_patience_with_what_may_have_been_sent(path: Path, met: bool) -> None:
    """Nobody could read the account's list for longer than CHAIN_PATIENCE: neither sent nor off-chain, then found."""
    chain, clock = ScriptedChain(), FakeClock()
    batch = await carried_since(path, chain, clock)
    before, whole = len(chain.posts), chain.history
    chain.down, chain.history = not met, None if met else whole
    async with rig(path, chain, clock, SHORT) as play:
        await play.engine.resume_all()
        if met:
            await held(play, "A backup was put back")
            chain.down = True
            clock.pass_(31)
        await alarmed(play, "neither sent nor given up")
        await waits(play, batch)
        chain.down, chain.history = False, whole
        assert outcomes(await play.settled(batch)) == BOTH
        await play.until(lambda: not play.line.tools.alarms)
    assert len(chain.posts) == before


async def test_what_was_never_in_the_copy_is_given_up_as_ever(path: Path) -> None:
    """Accepted after the restore: nobody else can have sent it, so off-chain is the truth when patience ends."""
    chain, clock = ScriptedChain(), FakeClock()
    batch = await carried_since(path, chain, clock)
    chain.down = True
    async with rig(path, chain, clock, SHORT) as play:
        await play.engine.resume_all()
        assert outcomes(await play.settled(await play.engine.submit(price("c3")))) == {"c3": Outcome.OFF_CHAIN}
        await waits(play, batch)


async def test_without_any_chain_only_an_operator_lets_go(path: Path) -> None:
    """CHAIN_URL=off after a restore: the items wait, with what to do; released, they are off-chain like all others."""
    chain, clock = ScriptedChain(), FakeClock()
    batch = await carried_since(path, chain, clock)
    async with rig(path, ScriptedChain(down=True, name="off"), clock, SHORT) as play:
        await play.engine.resume_all()
        await alarmed(play, f"batchdeck signers --release {CREATOR}")
        await waits(play, batch)
        with pytest.raises(NotFound):
            await play.engine.release_lane(NOBODY)
        assert "A backup was put back" in await play.engine.release_lane(CREATOR)
        assert set(outcomes(await play.settled(batch)).values()) == {Outcome.OFF_CHAIN}
        with pytest.raises(Conflict, match="isn't held"):
            await play.engine.release_lane(CREATOR)


async def test_a_database_that_never_had_a_chain_waits_for_none(path: Path) -> None:
    """Its copy ends off-chain at once; what somebody sent since is found on the chain before a retry is sent."""
    chain, clock, saved = ScriptedChain(), FakeClock(), path.with_name("saved.db")
    async with open_engine(Settings(database_url=f"sqlite:///{path}"), run=False) as engine:
        await engine.import_contents(contents(4))
        batch = await engine.submit(price("c1", "c2"))
    back_up(path, saved, clock.now(), force=False)
    async with rig(path, chain, clock) as play:
        assert outcomes(await play.settled(batch)) == BOTH
    put_back(path, saved, clock.now())
    async with open_engine(Settings(database_url=f"sqlite:///{path}")) as engine:
        while (kept := await engine.batch(batch.id)).settled_at is None:
            await asyncio.sleep(0.01)
        assert kept.tally.of(ItemState.OFF_CHAIN) == 2
    clock.pass_(60)
    chain.down = False
    async with rig(path, chain, clock) as play:
        again = (await play.engine.retry(batch.id, frozenset({Outcome.OFF_CHAIN}))).batch
        assert outcomes(await play.settled(again)) == BOTH
    assert chain.nonces[SIGNER] == 2


async def test_without_a_key_the_list_is_read_all_the_same(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key isn't there after the restore: reading needs none, and what was mined is found; the rest has no key."""
    chain, clock = ScriptedChain(), FakeClock()
    key = derive("test-devnet", CREATOR)
    monkeypatch.setattr("tests.engine.rig.derive", lambda devnet, creator: key)
    batch = await carried_since(path, chain, clock)
    assert chain.history is not None
    chain.history[CREATOR], chain.nonces[CREATOR] = chain.history.pop(SIGNER)[:1], 1
    monkeypatch.setattr("engine.line.contact.SimulatedSigners", lambda *_: OwnSigners(_NoKeys()))
    async with rig(path, chain, clock, SHORT) as play:
        await play.engine.resume_all()
        items = await play.settled(batch)
        assert outcomes(items) == {"c1": Outcome.CONFIRMED, "c2": Outcome.OFF_CHAIN}
        assert "key of this signer" in (items["c2"].error or "")


class _NoKeys:
    addresses: tuple[str, ...] = ()

    def key(self, address: str) -> None:
        return None


async def test_what_was_cancelled_unread_is_found_by_its_retry(path: Path) -> None:
    """Cancelled in the copy, retried hours later: the retry is the same change, and what was mined of it its own."""
    chain, clock = ScriptedChain(), FakeClock()
    batch = await carried_since(path, chain, clock)
    before = len(chain.posts)
    async with rig(path, chain, clock) as play:
        await play.engine.cancel(batch.id)
        await play.engine.resume_all()
        clock.pass_(HOURS)
        again = (await play.engine.retry(batch.id, frozenset({Outcome.CANCELLED}))).batch
        assert outcomes(await play.settled(again)) == BOTH
    assert len(chain.posts) == before


async def test_a_retry_that_the_copy_doesnt_know_is_not_made_twice(path: Path) -> None:
    """Off-chain in the copy, retried and mined since: retried once more after the restore, it finds that."""
    chain, clock, saved = ScriptedChain(balance=1000), FakeClock(), path.with_name("saved.db")
    async with rig(path, chain, clock, SHORT, contents(1)) as play:
        batch = await play.engine.submit(price("c1"))
        assert outcomes(await play.settled(batch)) == {"c1": Outcome.OFF_CHAIN}
        back_up(path, saved, clock.now(), force=False)
        chain.balance = 10**9
        clock.pass_(HOURS)
        assert outcomes(await play.settled((await play.engine.retry(batch.id)).batch)) == {"c1": Outcome.CONFIRMED}
    put_back(path, saved, clock.now())
    clock.pass_(HOURS)
    chain.down, before = False, len(chain.posts)
    async with rig(path, chain, clock) as play:
        item = (await play.settled((await play.engine.retry(batch.id)).batch))["c1"]
        assert (outcome(item), item.nonce) == (Outcome.CONFIRMED, 0)
    assert len(chain.posts) == before


async def test_what_was_read_and_kept_is_matched_before_patience_ends(path: Path) -> None:
    """The list was read while the items were on hold; when their turn comes the node is away: found without it."""
    chain, clock = ScriptedChain(), FakeClock()
    batch = await carried_since(path, chain, clock)
    before = len(chain.posts)
    async with rig(path, chain, clock, SHORT) as play:
        await play.engine.pause(batch.id)
        await play.engine.resume_all()
        await play.settled(await play.engine.submit(price("c3", to=5)))
        chain.down = True
        clock.pass_(31)
        await play.engine.resume(batch.id)
        assert outcomes(await play.settled(batch)) == BOTH
    assert len(chain.posts) == before + 1


def told_by_doctor(path: Path) -> list[Finding]:
    found = judge_database(look_at_database(Settings(database_url=f"sqlite:///{path}")))
    return [one for one in found if one.part == "restore"]


async def test_doctor_and_drain_say_what_is_waited_for(path: Path) -> None:
    """Restored and not read yet: doctor warns, and an engine that waits for it says so, until somebody decides."""
    chain, clock = ScriptedChain(), FakeClock()
    batch = await carried_since(path, chain, clock)
    (said,) = told_by_doctor(path)
    assert (said.state, "2 items" in said.said, CREATOR in said.said) == (State.WARNING, True, True)
    assert "signers --release" in said.todo
    chain.history = None
    async with rig(path, chain, clock) as play:
        await play.engine.resume_all()
        with capture_logs() as logs:
            draining = asyncio.create_task(drained(play.engine))
            await held(play, f"--release {SIGNER}")
            await play.until(lambda: any("A backup was put back" in str(line.get("why")) for line in logs))
            assert (SIGNER in told_by_doctor(path)[0].said, draining.done()) == (True, False)
        await play.engine.release_lane(SIGNER)
        await play.settled(batch)
        assert await draining == 0
    assert told_by_doctor(path) == []
