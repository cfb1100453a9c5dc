"""One lane rests while the others go on: across a restart, and whatever is under way when somebody pauses it."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.core.events import TxAccepted, TxDeferred
from engine.core.lifecycle import outcome
from engine.core.model import Draft, ItemState, Outcome
from engine.core.oversight import Act, AuditQuery, Deed
from engine.errors import Unavailable
from engine.line.line import STOPPED
from engine.line.pausing import Pauses
from tests.core.nouns import CREATOR, OTHER
from tests.engine.rig import Rig, contents, price, rig
from tests.fakes import ScriptedChain

BOTH = [*contents(3), *contents(3, creator=OTHER, first=4)]


def signer(play: Rig, creator: str = CREATOR) -> str:
    assert play.line.tools.desk
    address = play.line.tools.desk.signers.address_for(creator)
    assert address
    return address


async def quiet(play: Rig) -> None:
    """Let everything happen that would happen in a while."""
    for _ in range(6):
        await play.turn()
        play.chain.mine()
        play.clock.pass_(10)


async def test_the_other_lanes_go_on(tmp_path: Path) -> None:
    """A pause is one signer's own: what others have on their way is settled meanwhile."""
    async with rig(tmp_path / "d.sqlite3", catalogue=BOTH) as play:
        await play.contact()
        await play.engine.pause_lane(signer(play))
        rests = await play.engine.submit(price("c1", "c2"))
        moves = await play.engine.submit(price("c4", "c5", creator=OTHER))
        done = await play.settled(moves)
        assert {outcome(item) for item in done.values()} == {Outcome.CONFIRMED}
        assert {item.state for item in (await play.items(rests)).values()} == {ItemState.APPLIED}
        assert play.line.lanes.all_held() == [(signer(play), "Paused by tester")]


async def test_a_lane_tells_how_many_removals_wait_in_it(tmp_path: Path) -> None:
    """Whoever lets it go on may ask for the number first; prices aren't counted, nor what waits elsewhere."""
    async with rig(tmp_path / "d.sqlite3", catalogue=BOTH) as play:
        await play.contact()
        for creator in (CREATOR, OTHER):
            await play.engine.pause_lane(signer(play, creator))
        gone = await play.engine.submit(Draft("remove-content", CREATOR, ("c1", "c2")))
        await play.engine.submit(price("c3"))
        await play.engine.submit(price("c4", creator=OTHER))
        await quiet(play)
        told = {one.address: (one.waiting, one.removing) for one in await play.engine.signers()}
        assert told == {signer(play): (3, 2), signer(play, OTHER): (1, 0)}
        assert {one.address: one.removing for one in (await play.engine.changes("")).lanes} == {
            signer(play): 2,
            signer(play, OTHER): 0,
        }
        await play.engine.resume_lane(signer(play))
        await play.settled(gone)
        assert [one.removing for one in await play.engine.signers()] == [0, 0]


async def test_a_pause_outlives_the_process(tmp_path: Path) -> None:
    """The next start signs nothing there either, until somebody resumes it."""
    chain = ScriptedChain()
    async with rig(tmp_path / "d.sqlite3", chain, catalogue=BOTH) as play:
        await play.contact()
        await play.engine.pause_lane(signer(play), "audit")
        batch = await play.engine.submit(price("c1"))
    chain.down = False  # closing it made it unreachable
    async with rig(tmp_path / "d.sqlite3", chain) as play:
        await play.contact()
        await quiet(play)
        assert chain.posts == []
        (lane, *_) = [one for one in await play.engine.signers() if one.paused]
        assert lane.held == "Paused by tester: audit"
        (alert,) = (await play.engine.changes("")).alerts
        assert alert.message == f"Lane {lane.address}: Paused by tester: audit", "an alert says what it is about"
        await play.engine.resume_lane(lane.address)
        assert outcome((await play.settled(batch))["c1"]) is Outcome.CONFIRMED
    async with rig(tmp_path / "d.sqlite3", chain) as play:
        assert play.line.tools.pauses.why == {}


async def test_what_was_posted_is_watched_on(tmp_path: Path) -> None:
    """A pause takes nothing back: a block that comes settles what is with a node."""
    async with rig(tmp_path / "d.sqlite3", ScriptedChain(script={0: TxAccepted}), catalogue=BOTH) as play:
        batch = await play.engine.submit(price("c1"))

        async def posted() -> bool:
            return (await play.items(batch))["c1"].submitted

        await play.until(posted, mine=False)
        await play.engine.pause_lane(signer(play))
        assert outcome((await play.settled(batch))["c1"]) is Outcome.CONFIRMED
        assert len(play.chain.posts) == 1


async def test_nothing_is_raised_or_posted_again_in_a_paused_lane(tmp_path: Path) -> None:
    """A node that wants a higher fee gets no other bytes, and those that wait for it aren't posted again."""
    chain = ScriptedChain(script={0: lambda txid: TxDeferred(txid, "FeeTooLow", fee_needed=9000)}, keeps=bool)
    async with rig(tmp_path / "d.sqlite3", chain, catalogue=BOTH) as play:
        await play.contact()
        broadcast = chain.broadcast

        async def paused_meanwhile(*given: object) -> object:
            event = await broadcast(*given)  # type: ignore[arg-type]
            await play.engine.pause_lane(signer(play))
            return event

        chain.broadcast = paused_meanwhile  # type: ignore[assignment,method-assign]
        batch = await play.engine.submit(price("c1"))
        await play.until(lambda: play.line.tools.pauses.why, mine=False)
        chain.broadcast = broadcast  # type: ignore[method-assign]
        await quiet(play)
        assert len(chain.posts) == 1
        assert (await play.engine.slots(signer(play))).slots[0].signed == 1
        await play.engine.resume_lane(signer(play))
        assert outcome((await play.settled(batch))["c1"]) is Outcome.CONFIRMED


DEED = Deed(datetime(2026, 1, 2, tzinfo=UTC), "tester", Act.PAUSE_LANE)


class Slow:
    """A store whose facts take as long as a test lets them."""

    def __init__(self) -> None:
        self.kept: list[str] = []
        self.go = asyncio.Event()

    async def set_fact(self, name: str, value: str, deed: Deed) -> None:
        await self.go.wait()
        self.kept.append(value)


async def test_no_resume_under_way_undoes_a_pause_asked_for_since() -> None:
    """What is asked for last counts, of the same lane and of another, here and in what is kept."""
    pauses, store = Pauses(), Slow()
    pauses.why = {"A": "first"}
    resuming = asyncio.create_task(pauses.resume(store, "A", DEED))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    again = asyncio.create_task(pauses.pause(store, "A", "second", DEED))  # type: ignore[arg-type]
    other = asyncio.create_task(pauses.pause(store, "B", "too", DEED))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    assert set(pauses.why) == {"A", "B"}
    store.go.set()
    await asyncio.gather(resuming, again, other)
    assert pauses.why == {"A": "second", "B": "too"} == json.loads(store.kept[-1])
    await pauses.resume(store, "A", DEED)  # type: ignore[arg-type]
    assert pauses.why == {"B": "too"} == json.loads(store.kept[-1])


async def test_a_resume_that_cant_be_kept_leaves_the_lane_paused() -> None:
    """Going on must be kept first."""

    class Away(Slow):
        async def set_fact(self, name: str, value: str, deed: Deed) -> None:
            raise Unavailable("The disk is full")

    pauses = Pauses()
    pauses.why = {"A": "first"}
    with pytest.raises(Unavailable):
        await pauses.resume(Away(), "A", DEED)  # type: ignore[arg-type]
    assert pauses.why == {"A": "first"}
    with pytest.raises(Unavailable):
        await pauses.pause(Away(), "B", "holds at once", DEED)  # type: ignore[arg-type]
    assert "B" in pauses.why


async def test_a_stop_taken_back_is_kept_with_who_did_it_or_not_at_all(tmp_path: Path) -> None:
    """On a full disk neither is: the engine stays stopped, and the audit tells of nothing that wasn't done."""
    async with rig(tmp_path / "deck.sqlite3", catalogue=contents(3)) as play:
        await play.engine.pause_all("wrong prices")
        raw = play.store._writer._database.raw  # type: ignore[union-attr]
        raw.execute(f"PRAGMA max_page_count = {raw.execute('PRAGMA page_count').fetchone()[0]}")
        with pytest.raises(Unavailable, match="the disk is full"):
            for _ in range(500):
                await play.engine.resume_all("y" * 400)
                await play.engine.pause_all("y" * 400)
        raw.execute("PRAGMA max_page_count = 1073741823")
        kept = await play.store.fact(STOPPED)
        last = (await play.engine.audit(AuditQuery())).rows[0].act
        assert {"1": Act.PAUSE_ALL, "0": Act.RESUME_ALL}[kept or ""] is last
