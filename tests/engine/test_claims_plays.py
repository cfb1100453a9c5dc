"""Plays of equal calls: a stranger's of long ago proves nothing, and what nobody can tell holds the lane."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from engine.checkup.judge_database import judge_database
from engine.checkup.look_database import look_at_database
from engine.core.lifecycle import outcome
from engine.core.model import Batch, Item, ItemState, Outcome
from engine.core.oversight import Act, AuditQuery
from engine.errors import Conflict, NotFound
from engine.settings import Settings
from tests.core.nouns import OTHER
from tests.engine.rig import Rig, contents, price, rig
from tests.engine.test_lane_plays import SIGNER, call, counted, held, posted, spend
from tests.fakes import FakeClock, ScriptedChain

HOURS = timedelta(hours=3).total_seconds()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deck.sqlite3"


async def change(play: Rig, content: str, to: int) -> Item:
    return (await play.settled(await play.engine.submit(price(content, to=to))))[content]


async def test_a_strangers_call_of_long_ago_is_no_items_own(path: Path) -> None:
    """Mined three hours before the item was accepted, and read after it: the item is sent, and confirmed by itself."""
    async with rig(path, catalogue=contents(2)) as play:
        await change(play, "c1", 5)
        stranger = play.chain.foreign(SIGNER, call(2, 5))
        play.clock.pass_(HOURS)
        item = await change(play, "c2", 5)
        assert (outcome(item), item.nonce) == (Outcome.CONFIRMED, 2)
        assert item.txid != stranger.txid


async def test_what_a_stranger_did_is_kept_and_no_items_own_later(path: Path) -> None:
    """Read and kept today; the equal call that is submitted three hours later is sent."""
    async with rig(path, catalogue=contents(2)) as play:
        await change(play, "c1", 5)
        play.chain.foreign(SIGNER, call(2, 5))
        play.clock.pass_(31)
        await change(play, "c1", 6)
        play.clock.pass_(HOURS)
        item = await change(play, "c2", 5)
        assert (outcome(item), item.nonce) == (Outcome.CONFIRMED, 3)


async def test_without_a_blocks_time_nobody_can_tell(path: Path) -> None:
    """Neither sent nor called confirmed, after a restart too; an operator says it was another's: sent."""
    chain, clock = ScriptedChain(tells_time=False), FakeClock()
    async with rig(path, chain, clock, catalogue=contents(2)) as play:
        await change(play, "c1", 5)
        chain.foreign(SIGNER, call(2, 5))
        clock.pass_(31)
        batch = await play.engine.submit(price("c2", to=5))
        await held(play, "nobody can tell")
    chain.down = False
    async with rig(path, chain, clock) as play:
        await held(play, f"batchdeck signers --release {SIGNER}")
        await spend(play, 30)
        assert (await play.items(batch))["c2"].state is ItemState.APPLIED
        assert "nobody can tell" in await play.engine.release_lane(SIGNER)
        item = (await play.settled(batch))["c2"]
        assert (outcome(item), item.nonce) == (Outcome.CONFIRMED, 2)
        await play.until(lambda: play.line.lanes.held(SIGNER) is None, mine=False)


async def test_at_its_own_nonce_no_time_is_needed(path: Path) -> None:
    """The nonce was free when the item was signed for it: an equal call there was mined after, whatever the clocks."""
    chain = ScriptedChain(least_fee=10**9, tells_time=False)
    async with rig(path, chain, catalogue=contents(1)) as play:
        batch = await play.engine.submit(price("c1", to=5))
        await posted(play, 1)
        mined = chain.foreign(SIGNER, call(1, 5))
        item = (await play.settled(batch))["c1"]
        assert (outcome(item), item.txid) == (Outcome.CONFIRMED, mined.txid)
        assert len(set(chain.posts)) == 1


async def test_what_a_later_change_went_over_is_not_taken_for_the_newest(path: Path) -> None:
    """A stranger's 5, then our 6, then our own 5: called confirmed by the first, the chain would keep the 6."""
    async with rig(path, catalogue=contents(2)) as play:
        await change(play, "c1", 5)
        play.chain.foreign(SIGNER, call(2, 5))
        play.clock.pass_(31)
        await change(play, "c2", 6)
        batch = await play.engine.submit(price("c2", to=5))
        await held(play, "nobody can tell")
        assert play.chain.prices[2] == 6
        await play.engine.release_lane(SIGNER)
        item = (await play.settled(batch))["c2"]
        assert (outcome(item), play.chain.prices[2]) == (Outcome.CONFIRMED, 5)


@pytest.mark.parametrize("waits", [False, True], ids=["kept before", "read meanwhile"])
async def test_what_a_stranger_went_over_is_not_taken_for_the_newest(path: Path, waits: bool) -> None:
    """A stranger's 5, then its 6, then our own 5 within the same hour: by the first the chain keeps the 6."""
    async with rig(path, catalogue=contents(2)) as play:
        await change(play, "c1", 5)
        for price_ in (5, 6):
            play.chain.foreign(SIGNER, call(2, price_))
        play.clock.pass_(31)
        if not waits:
            await change(play, "c1", 6)
        batch = await play.engine.submit(price("c2", to=5))
        await held(play, "nobody can tell")
        await play.engine.release_lane(SIGNER)
        item = (await play.settled(batch))["c2"]
        assert (outcome(item), item.nonce, play.chain.prices[2]) == (Outcome.CONFIRMED, 3 if waits else 4, 5)


async def test_what_was_mined_after_its_acceptance_is_the_items_own_whatever_came_later(path: Path) -> None:
    """Another copy sent it, and then a change of its own: the item was sent, and isn't sent again."""
    chain = ScriptedChain(least_fee=10**9)
    async with rig(path, chain, catalogue=contents(2)) as play:
        other = await play.engine.submit(price("c1", to=5))
        batch = await play.engine.submit(price("c2", to=5))
        await posted(play, 2)
        play.clock.pass_(1)
        for price_ in (5, 6):
            chain.foreign(SIGNER, call(2, price_))
        chain.least_fee = 0
        item = (await play.settled(batch))["c2"]
        await play.settled(other)
        assert (outcome(item), item.nonce, chain.nonces[SIGNER]) == (Outcome.CONFIRMED, 0, 3)


async def taken_in(play: Rig) -> Batch:
    """Let the call of c2 be mined by another wallet, be found, and leave the chain again."""
    await change(play, "c1", 5)
    play.chain.foreign(SIGNER, call(2, 5))
    play.clock.pass_(31)
    batch = await play.engine.submit(price("c2", to=5))
    await counted(play, batch, confirmed=1)
    play.chain.reorg(1)
    return batch


async def test_bytes_of_others_that_a_reorg_takes_back_are_watched_and_told(path: Path) -> None:
    """They aren't here, so nobody here can post them: an alert, also in doctor, until the chain has them again."""
    async with rig(path, catalogue=contents(2)) as play:
        batch = await taken_in(play)
        await held(play, f"A reorg took back nonce 1 of {SIGNER}")
        await spend(play, 30)
        alerts = {alert.key: alert.message for alert in (await play.engine.changes("")).alerts}
        assert "can't be posted again from here" in alerts[f"lane {SIGNER}"]
        assert outcome((await play.items(batch))["c2"]) is Outcome.PENDING
        found = judge_database(look_at_database(Settings(database_url=f"sqlite:///{path}")))
        assert [one for one in found if f"nonce 1 of {SIGNER} was mined by bytes that aren't here" in one.said]
        play.chain.foreign(SIGNER, call(2, 5))
        assert outcome((await play.settled(batch))["c2"]) is Outcome.CONFIRMED
        await play.until(lambda: play.line.lanes.held(SIGNER) is None)
        assert len(set(play.chain.posts)) == 1


async def test_our_own_bytes_at_that_nonce_go_again(path: Path) -> None:
    """Another copy's had been mined over them, and are gone: ours are here, and at that nonce only one can be mined."""
    chain = ScriptedChain(least_fee=10**9)
    async with rig(path, chain, catalogue=contents(1)) as play:
        batch = await play.engine.submit(price("c1", to=5))
        await posted(play, 1)
        chain.foreign(SIGNER, call(1, 5))
        await counted(play, batch, confirmed=1)
        chain.reorg(1)
        await counted(play, batch, confirmed=0)
        chain.least_fee = 0
        item = (await play.settled(batch))["c1"]
        assert (outcome(item), item.txid, chain.nonces[SIGNER]) == (Outcome.CONFIRMED, chain.posts[0], 1)


async def test_a_release_that_can_change_nothing_says_so(path: Path) -> None:
    """Not held, no such signer, or held by our own mined nonces that a reorg must give back first."""
    async with rig(path, catalogue=contents(2)) as play:
        await play.contact()
        with pytest.raises(NotFound, match="no signer"):
            await play.engine.release_lane(OTHER)
        await change(play, "c1", 5)
        with pytest.raises(Conflict, match="isn't held"):
            await play.engine.release_lane(SIGNER)
        play.chain.nonces[SIGNER] = 0
        with pytest.raises(Conflict, match="can't be released, what was mined there is its own"):
            await play.engine.release_lane(SIGNER)


async def test_a_release_that_is_refused_decides_nothing(path: Path) -> None:
    """A node lags while somebody decides: told that it can't be, they find what nobody can tell as it was."""
    chain = ScriptedChain(tells_time=False)
    async with rig(path, chain, catalogue=contents(2)) as play:
        await change(play, "c1", 5)
        chain.foreign(SIGNER, call(2, 5))
        play.clock.pass_(31)
        await change(play, "c1", 6)
        batch = await play.engine.submit(price("c2", to=5))
        await held(play, "nobody can tell")
        chain.nonces[SIGNER] = 2
        with pytest.raises(Conflict, match="can't be released, what was mined there is its own"):
            await play.engine.release_lane(SIGNER)
        chain.nonces[SIGNER] = 3
        await spend(play, 60)
        assert (await play.items(batch))["c2"].state is ItemState.APPLIED
        await held(play, "nobody can tell")
        assert "nobody can tell" in await play.engine.release_lane(SIGNER, "it was Ann's")
        deed = (await play.engine.audit(AuditQuery())).rows[0]
        assert (deed.act, deed.detail, deed.why) == (Act.RELEASE, SIGNER, "it was Ann's")
        assert outcome((await play.settled(batch))["c2"]) is Outcome.CONFIRMED
