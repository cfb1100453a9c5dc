"""Plays of a hand at one slot: a fee raised and bytes posted again now, by the lane itself; nothing is sent twice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from pathlib import Path

import pytest

from engine import open_engine
from engine.core.events import TxAccepted, TxDeferred, TxRefused, TxUnclear
from engine.core.lifecycle import outcome
from engine.core.model import Batch, Outcome, TxStatus
from engine.core.oversight import Act, AuditQuery
from engine.core.window import SlotInfo, SlotState
from engine.embedded import EmbeddedEngine
from engine.errors import BatchdeckError, Conflict, NotFound, Unavailable
from engine.line.tools import Limits
from engine.settings import Settings
from engine.stacks import parse_transaction
from tests.engine.rig import CREATOR, Rig, contents, derive, price, rig
from tests.fakes import FakeClock, ScriptedChain

SIGNER = derive("test-devnet", CREATOR).address("testnet")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deck.sqlite3"


async def refused(work: Awaitable[object]) -> BatchdeckError:
    with pytest.raises(BatchdeckError) as caught:
        await work
    return caught.value


async def on_its_way(play: Rig, *ids: str) -> Batch:
    """Submit, and wait until every item is posted and answered."""
    await play.contact()
    batch = await play.engine.submit(price(*ids))

    async def posted() -> bool:
        slots = (await play.engine.slots(SIGNER)).slots
        return len(slots) >= len(ids) and all(slot.posts for slot in slots) and idle(play)

    await play.until(posted, mine=False, step=0.05)
    return batch


def idle(play: Rig) -> bool:
    """Tell whether nothing is being posted right now: an answer is written a moment before its post ends."""
    return not play.line.lanes.by_hand(SIGNER)._poster.under_way


async def slot(play: Rig, nonce: int = 0) -> SlotInfo:
    return next(one for one in (await play.engine.slots(SIGNER)).slots if one.nonce == nonce)


async def posts(play: Rig, count: int) -> None:
    await play.until(lambda: len(play.chain.posts) >= count, mine=False, step=0)


async def test_a_fee_is_raised_at_its_own_nonce(path: Path) -> None:
    """The same call and nonce, a quarter more, written down before it is posted; mined once, by the dearer bytes."""
    chain = ScriptedChain(least_fee=2400)
    async with rig(path, chain, catalogue=contents(2)) as play:
        batch = await on_its_way(play, "c1", "c2")
        seen = await slot(play, 1)
        assert (seen.fee, seen.next_fee, seen.no_bump) == (2000, 2501, None)
        made = await play.engine.bump_slot(SIGNER, 1, seen.txid, seen.next_fee, "the market went up")
        (stored,) = [one for one in (await play.store.lane(SIGNER, 0)).slots if one.nonce == 1]
        assert (stored.current.txid, stored.current.fee) == (made.txid, made.fee) == (made.txid, 2501)
        assert stored.transactions[0].status is TxStatus.REPLACED
        await posts(play, 3)
        old, new = parse_transaction(chain.raws[seen.txid or ""]), parse_transaction(chain.raws[made.txid])
        assert (new.payload, new.nonce) == (old.payload, old.nonce)
        chain.least_fee = 0
        items = await play.settled(batch)
        assert {outcome(item) for item in items.values()} == {Outcome.CONFIRMED}
        assert (items["c2"].txid, items["c2"].fee, chain.nonces[SIGNER]) == (made.txid, 2501, 2)
        assert "tester gave it a higher fee" in [line.detail for line in await play.engine.story(batch.id, "c2")]
        (deed, *_) = (await play.engine.audit(AuditQuery())).rows
        assert (deed.act, deed.why) == (Act.BUMP_SLOT, "the market went up")
        assert deed.detail == f"nonce 1 of {SIGNER}, 2501 µSTX"


async def test_the_lane_names_its_own_fee(path: Path) -> None:
    """Nobody named one: what a stuck one would pay is paid, again and again, beyond BUMP_MAX and up to FEE_MAX."""
    chain = ScriptedChain(least_fee=10**9)
    async with rig(path, chain, catalogue=contents(1), limits=Limits(bump_max=0)) as play:
        await on_its_way(play, "c1")
        fees, said = [], ""
        while not said:
            try:
                fees.append((await play.engine.bump_slot(SIGNER, 0)).fee)
            except Conflict as no:
                said = str(no)
                continue
            await posts(play, len(fees) + 1)

            async def answered() -> bool:
                return (await slot(play)).posts == 1 and idle(play)

            await play.until(answered, mine=False, step=0)
        assert fees[:3] == [2501, 3127, 3909]
        assert fees[-1] == 50_000
        assert said == "Nonce 0 pays 50000 µSTX already, and FEE_MAX allows no more"
        assert (await slot(play)).no_bump == said
        assert play.line.lanes.held(SIGNER) is None, "a refused wish holds nothing"


async def test_the_same_bytes_are_posted_again_at_once(path: Path) -> None:
    """Whatever they waited for; they are the very same, so it can't be twice."""
    chain = ScriptedChain(
        script={0: lambda txid: TxUnclear(txid, "No answer within 10 s")}, keeps=lambda post: post > 0
    )
    async with rig(path, chain, catalogue=contents(1)) as play:
        batch = await on_its_way(play, "c1")
        assert (await slot(play)).state is SlotState.DOUBT
        before = len(chain.posts)
        done = await play.engine.repost_slot(SIGNER, 0, why="they lost it")
        await posts(play, before + 1)
        assert set(chain.posts) == {done.txid}

        async def taken() -> bool:
            return (await slot(play)).state is SlotState.POSTED and idle(play)

        await play.until(taken, mine=False, step=0)
        again = await play.engine.repost_slot(SIGNER, 0, done.txid)
        await posts(play, before + 2)
        assert (again.txid, set(chain.posts)) == (done.txid, {done.txid}), "also what a node has accepted"
        assert outcome((await play.settled(batch))["c1"]) is Outcome.CONFIRMED
        acts = [(deed.act, deed.why) for deed in (await play.engine.audit(AuditQuery(limit=2))).rows]
        assert acts == [(Act.REPOST_SLOT, None), (Act.REPOST_SLOT, "they lost it")]


async def test_a_definite_no_to_bytes_posted_again_proves_nothing(path: Path) -> None:
    """A node had them: the item stays pending, whatever another one says (promise 4)."""
    chain = ScriptedChain(least_fee=10**9, script={1: lambda txid: TxRefused(txid, "no such contract")})
    async with rig(path, chain, catalogue=contents(1)) as play:
        batch = await on_its_way(play, "c1")
        await play.engine.repost_slot(SIGNER, 0)
        await posts(play, 2)

        async def told() -> bool:
            return (await slot(play)).state is SlotState.DOUBT

        await play.until(told, mine=False, step=0)
        assert outcome((await play.items(batch))["c1"]) is Outcome.PENDING
        chain.least_fee = 0
        assert outcome((await play.settled(batch))["c1"]) is Outcome.CONFIRMED


async def test_what_is_being_posted_is_not_posted_beside(path: Path) -> None:
    """One post of the same bytes at a time."""
    chain, go = ScriptedChain(least_fee=10**9), asyncio.Event()
    async with rig(path, chain, catalogue=contents(1)) as play:
        await on_its_way(play, "c1")
        broadcast = chain.broadcast

        async def slow(*given: object) -> object:
            await go.wait()
            return await broadcast(*given)  # type: ignore[arg-type]

        chain.broadcast = slow  # type: ignore[assignment,method-assign]
        await play.engine.repost_slot(SIGNER, 0)
        assert "being posted right now" in str(await refused(play.engine.repost_slot(SIGNER, 0)))
        go.set()
        await posts(play, 2)


async def test_two_hands_at_once_sign_once(path: Path) -> None:
    """Both saw the same bytes: the second one is told that they changed, and may look again."""
    async with rig(path, ScriptedChain(least_fee=10**9), catalogue=contents(1)) as play:
        await on_its_way(play, "c1")
        seen = await slot(play)
        wishes = [play.engine.bump_slot(SIGNER, 0, seen.txid, fee) for fee in (3000, 4000)]
        done = await asyncio.gather(*wishes, return_exceptions=True)
        (no,) = [str(one) for one in done if isinstance(one, Conflict)]
        assert "Other bytes stand at nonce 0 by now" in no
        assert (await slot(play)).signed == 2


async def test_the_lane_and_a_hand_raise_the_same_slot_once(path: Path) -> None:
    """It is stuck, and somebody presses the key in the same moment: one of them comes first, and nothing is lost."""
    chain = ScriptedChain(least_fee=2600)
    async with rig(path, chain, catalogue=contents(1), limits=Limits(stuck_after=30)) as play:
        batch = await on_its_way(play, "c1")
        seen = await slot(play)
        play.clock.pass_(31)
        play.line.poke()
        done = await asyncio.gather(play.engine.bump_slot(SIGNER, 0, seen.txid), play.turn(), return_exceptions=True)
        assert not isinstance(done[0], Exception) or isinstance(done[0], Conflict)
        item = (await play.settled(batch))["c1"]
        assert (outcome(item), item.nonce, chain.nonces[SIGNER]) == (Outcome.CONFIRMED, 0, 1)


async def test_what_rests_is_left_alone(path: Path) -> None:
    """Stopped, paused, or held: nothing is signed or posted by hand either, and the slot says why beforehand."""
    async with rig(path, ScriptedChain(least_fee=10**9), catalogue=contents(1)) as play:
        await on_its_way(play, "c1")
        before = len(play.chain.posts)

        async def says(words: str, kind: type[BatchdeckError] = Conflict) -> None:
            for work in (play.engine.bump_slot(SIGNER, 0), play.engine.repost_slot(SIGNER, 0)):
                error = await refused(work)
                assert isinstance(error, kind)
                assert words in str(error)

        await play.engine.pause_all()
        await says("The engine is stopped")
        assert "The engine is stopped" in str((await slot(play)).no_bump)
        await play.engine.resume_all()
        await play.engine.pause_lane(SIGNER, "odd fees")
        await says("Paused by tester: odd fees")
        assert "odd fees" in str((await slot(play)).no_repost)
        await play.engine.resume_lane(SIGNER)
        play.chain.down = True
        await says("doesn't tell the nonce", Unavailable)
        play.chain.down = False
        assert ((await slot(play)).signed, len(play.chain.posts)) == (1, before)
        acts = {deed.act for deed in (await play.engine.audit(AuditQuery())).rows}
        assert not acts & {Act.BUMP_SLOT, Act.REPOST_SLOT}, "what wasn't done is no deed"


async def test_a_lane_that_is_held_is_left_alone(path: Path) -> None:
    """The chain went back behind what was mined: nothing is signed there, by nobody."""
    chain, clock = ScriptedChain(), FakeClock()
    async with rig(path, chain, clock, catalogue=contents(2)) as play:
        await play.settled(await play.engine.submit(price("c1")))
        chain.least_fee = 10**9
        await on_its_way(play, "c2")
        chain.nonces[SIGNER] = 0
        error = await refused(play.engine.bump_slot(SIGNER, 1))
        assert isinstance(error, Conflict)
        assert "nonce 0 was mined already" in str(error)


async def test_a_nonce_that_can_not_be_touched_says_what_became_of_it(path: Path) -> None:
    """Mined while somebody looked, a hole, or never signed."""
    chain = ScriptedChain(script={1: lambda txid: TxRefused(txid, "no such contract")}, keeps=lambda post: post != 1)
    chain.script[3] = chain.script[2] = chain.script[1]
    async with rig(path, chain, catalogue=contents(1)) as play:
        await on_its_way(play, "c1")
        chain.mine()
        error = await refused(play.engine.bump_slot(SIGNER, 0))
        assert (type(error), str(error)) == (Conflict, "Nonce 0 is mined already")
        error = await refused(play.engine.repost_slot(SIGNER, 1))
        assert (type(error), "Nothing was ever signed at nonce 1" in str(error)) == (NotFound, True)
        await play.settled(await play.engine.submit(price("c1", to=7)))
        assert "is a hole" in str(await refused(play.engine.repost_slot(SIGNER, 1)))


async def test_what_a_batch_may_cost_binds_a_hand_too(path: Path) -> None:
    """The caps of the lane are everybody's."""
    async with rig(
        path, ScriptedChain(least_fee=10**9), catalogue=contents(2), limits=Limits(fee_max_batch=5000)
    ) as play:
        await on_its_way(play, "c1", "c2")
        assert "raise FEE_MAX_BATCH" in str(await refused(play.engine.bump_slot(SIGNER, 0, fee=3001)))
        assert (await play.engine.bump_slot(SIGNER, 0, fee=3000)).fee == 3000
        assert play.line.lanes.held(SIGNER) is None


async def test_a_stop_that_comes_meanwhile_signs_nothing(path: Path) -> None:
    """Somebody stops the engine while the node is asked what it should cost."""
    chain = ScriptedChain(least_fee=10**9)
    async with rig(path, chain, catalogue=contents(1)) as play:
        await on_its_way(play, "c1")
        play.clock.pass_(31)

        async def dear(*_: object) -> int:
            play.line.tools.stopped = True
            return 9000

        chain.fee = dear  # type: ignore[assignment,method-assign]
        assert "A stop came" in str(await refused(play.engine.bump_slot(SIGNER, 0)))
        assert (await slot(play)).signed == 1


async def test_a_key_that_was_taken_away_signs_nothing(path: Path) -> None:
    """Its bytes are here, so they can be posted again; a higher fee needs the key."""
    async with rig(path, ScriptedChain(least_fee=10**9), catalogue=contents(1)) as play:
        await on_its_way(play, "c1")
        play.line.tools.desk.signers._keys.clear()  # type: ignore[union-attr,attr-defined]
        assert f"The key of {SIGNER} is not here" in str(await refused(play.engine.bump_slot(SIGNER, 0)))
        seen = await slot(play)
        assert (seen.next_fee, seen.no_repost) == (None, None)
        await play.engine.repost_slot(SIGNER, 0)
        await posts(play, 2)


async def test_a_node_that_wants_more_gets_it_from_the_lane(path: Path) -> None:
    """The answer to bytes that a hand posted is taken as any other: other bytes, the same nonce, within the caps."""
    chain = ScriptedChain(script={1: lambda txid: TxDeferred(txid, "FeeTooLow", fee_needed=2700)}, least_fee=10**9)
    async with rig(path, chain, catalogue=contents(1)) as play:
        batch = await on_its_way(play, "c1")
        await play.engine.repost_slot(SIGNER, 0)
        await posts(play, 3)
        chain.least_fee = 0
        item = (await play.settled(batch))["c1"]
        assert (outcome(item), item.nonce, item.fee) == (Outcome.CONFIRMED, 0, 2700)


async def test_where_nothing_is_carried_nothing_is_touched(path: Path) -> None:
    """An engine that only accepts or reads has no line that could sign: it says where one is."""
    async with rig(path, ScriptedChain(script={0: TxAccepted}, least_fee=10**9), catalogue=contents(1)) as play:
        await on_its_way(play, "c1")
        aside = EmbeddedEngine(play.store, play.clock, play.engine._identity, play.line, carries=False)
        assert "start batchdeck engine" in str(await refused(aside.bump_slot(SIGNER, 0)))
        assert "start batchdeck engine" in str((await aside.slots(SIGNER)).slots[0].no_repost)
    async with open_engine(Settings(database_url=f"sqlite:///{path}"), read_only=True) as reader:
        assert isinstance(await refused(reader.repost_slot(SIGNER, 0)), Unavailable)
