"""Plays of the lane: stuck, foreign, drifted, reorganised, poor, and refused; nothing is ever sent twice."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from engine.core.chain import MinedCall, Sighting
from engine.core.events import TxDeferred, TxRefused, TxUnclear
from engine.core.lifecycle import outcome
from engine.core.model import Batch, Item, ItemState, Outcome, TxStatus
from engine.core.summary import counts
from engine.errors import Unavailable
from engine.line.raising import Raiser
from engine.line.signing import FeeRule
from engine.line.tail import Tail
from engine.line.tools import Limits
from engine.stacks import clarity, parse_transaction
from tests.engine.rig import CREATOR, Rig, contents, derive, price, rig
from tests.fakes import BALANCE, FakeClock, ScriptedChain

CONTRACT = "ST1PQHQKV0RJXZFY1DGX8MNSNYVE3VGZJSRTPGZGM.x"
SIGNER = derive("test-devnet", CREATOR).address("testnet")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deck.sqlite3"


def call(content: int, to: int) -> MinedCall:
    return MinedCall(CONTRACT, "update-content-price", (clarity.UInt(content), clarity.UInt(to)))


def outcomes(items: dict[str, Item]) -> dict[str, Outcome | None]:
    return {name: outcome(item) for name, item in items.items()}


async def spend(play: Rig, seconds: int) -> None:
    for _ in range(seconds):
        await play.turn()
        play.clock.pass_(1)


async def posted(play: Rig, count: int) -> None:
    """Wait until so many different bytes were posted, and every answer is written."""

    async def done() -> bool:
        slots = (await play.store.lane(SIGNER, 0)).slots
        answered = all(slot.current.status is not TxStatus.SIGNED for slot in slots)
        return len(set(play.chain.posts)) >= count and answered

    await play.until(done, mine=False, step=0.05)


async def counted(play: Rig, batch: Batch, confirmed: int) -> None:
    """Wait, without a block, until so many items of the batch are confirmed."""

    async def done() -> bool:
        return counts(await play.engine.batch(batch.id)).confirmed == confirmed

    await play.until(done, mine=False, step=0.5)


async def held(play: Rig, text: str) -> None:
    """Wait until the lane is held for this reason."""
    await play.until(lambda: text in (play.line.lanes.held(SIGNER) or ""), mine=False, step=1)


async def test_a_stuck_transaction_pays_more_at_its_own_nonce(path: Path) -> None:
    """The market went up: the same call, the same nonce, a higher fee, and mined once."""
    chain = ScriptedChain(least_fee=2400)
    async with rig(path, chain, catalogue=contents(3), limits=Limits(stuck_after=60)) as play:
        items = await play.settled(await play.engine.submit(price("c1", "c2", "c3")))
        assert outcomes(items) == dict.fromkeys(("c1", "c2", "c3"), Outcome.CONFIRMED)
        assert [(item.nonce, item.fee) for item in items.values()] == [(0, 2501), (1, 2501), (2, 2501)]
        assert chain.nonces[SIGNER] == 3


async def test_a_fee_is_raised_only_so_often(path: Path) -> None:
    """At the limit the lane says so, and what waits goes on waiting: it may still be mined."""
    chain = ScriptedChain(least_fee=2500)
    async with rig(path, chain, catalogue=contents(1), limits=Limits(stuck_after=10, bump_max=1)) as play:
        batch = await play.engine.submit(price("c1"))
        chain.least_fee = 10**9
        await held(play, "BUMP_MAX")
        assert len(set(chain.posts)) == 2
        chain.least_fee = 0
        assert outcomes(await play.settled(batch)) == {"c1": Outcome.CONFIRMED}
        await play.until(lambda: play.line.lanes.held(SIGNER) is None, mine=False)


async def test_either_of_two_fees_may_win(path: Path) -> None:
    """The cheaper bytes were mined after all: the item is confirmed by them, and pays their fee."""
    chain = ScriptedChain(least_fee=10**9)
    async with rig(path, chain, catalogue=contents(1), limits=Limits(stuck_after=10)) as play:
        batch = await play.engine.submit(price("c1"))
        await play.until(lambda: len(set(chain.posts)) == 2, mine=False, step=1)
        first, second = dict.fromkeys(chain.posts)
        chain.mempool[SIGNER, 0] = first
        chain.least_fee = 0
        item = (await play.settled(batch))["c1"]
        assert (outcome(item), item.txid, item.fee) == (Outcome.CONFIRMED, first, 2000)
        assert first != second


async def test_bytes_put_aside_are_replaced_at_once(path: Path) -> None:
    """A node that blacklists a transaction takes other bytes at the same nonce."""
    chain = ScriptedChain(
        script={0: lambda txid: TxDeferred(txid, "aside", fee_needed=2001)}, keeps=lambda post: post > 0
    )
    async with rig(path, chain, catalogue=contents(1)) as play:
        item = (await play.settled(await play.engine.submit(price("c1"))))["c1"]
        assert (outcome(item), item.nonce, item.fee) == (Outcome.CONFIRMED, 0, 2001)


async def test_a_node_that_always_wants_more_is_left_alone(path: Path) -> None:
    """Neither the fee nor the number of signatures runs away."""
    chain = ScriptedChain(keeps=lambda post: False)
    for post in range(200):
        chain.script[post] = lambda txid: TxDeferred(txid, "aside", fee_needed=_fee(chain, txid) + 1)
    async with rig(path, chain, catalogue=contents(1)) as play:
        await play.engine.submit(price("c1"))
        await held(play, "signed 20 times")
        assert len(set(chain.posts)) <= 20


def _fee(chain: ScriptedChain, txid: str) -> int:
    return parse_transaction(chain.raws[txid]).fee


async def test_a_fee_that_was_too_dear_is_forgotten_once_a_node_takes_the_bytes(path: Path) -> None:
    """Over the cap the lane says so; the same bytes taken after all, there is nothing left to say."""
    chain = ScriptedChain(keeps=lambda post: False)
    chain.script = {post: lambda txid: TxDeferred(txid, "FeeTooLow", fee_needed=60_000) for post in range(400)}
    async with rig(path, chain, catalogue=contents(1), limits=Limits(stuck_after=10**9)) as play:
        await play.engine.submit(price("c1"))
        await held(play, "FEE_MAX")
        chain.script.clear()
        await play.until(lambda: play.line.lanes.held(SIGNER) is None, mine=False)
        assert len(set(chain.posts)) == 1


async def test_a_higher_fee_without_a_key_is_asked_for_aloud(path: Path) -> None:
    """What is stuck needs the key, which isn't there any more: the lane says so until it is."""
    chain = ScriptedChain(least_fee=2400)
    async with rig(path, chain, catalogue=contents(1), limits=Limits(stuck_after=10)) as play:
        batch = await play.engine.submit(price("c1"))
        await posted(play, 1)
        assert play.line.tools.desk is not None
        keys = play.line.tools.desk.signers._keys
        key = keys.pop(SIGNER)
        await held(play, f"the key of {SIGNER} is not there any more")
        keys[SIGNER] = key
        assert outcomes(await play.settled(batch)) == {"c1": Outcome.CONFIRMED}
        await play.until(lambda: play.line.lanes.held(SIGNER) is None)


@pytest.mark.parametrize(
    ("part", "step", "key"), [(Raiser, "unstick", "raising fees of"), (Tail, "young", "watching the tail")], ids=str
)
async def test_a_side_step_that_breaks_stops_nobody(
    path: Path, monkeypatch: pytest.MonkeyPatch, part: type, step: str, key: str
) -> None:
    """Neither raising fees nor the look back at what was final keeps a batch from its end; an alarm names it."""

    async def breaks(*_: object) -> None:
        raise ArithmeticError

    monkeypatch.setattr(part, step, breaks)
    async with rig(path, catalogue=contents(2)) as play:
        items = await play.settled(await play.engine.submit(price("c1", "c2")))
        assert set(outcomes(items).values()) == {Outcome.CONFIRMED}
        await play.engine.submit(price("c1", to=5))
        await play.until(lambda: any(name.startswith(key) for name in play.line.tools.alarms), mine=False)


async def test_a_nonce_used_by_another_wallet_is_lost_and_the_item_goes_again(path: Path) -> None:
    """Mined by another transaction: ours can never be, so new bytes at a new nonce are safe."""
    chain = ScriptedChain(least_fee=10**9)
    async with rig(path, chain, catalogue=contents(2)) as play:
        batch = await play.engine.submit(price("c1", "c2"))
        await posted(play, 2)
        chain.foreign(SIGNER)
        chain.least_fee = 0
        items = await play.settled(batch)
        assert outcomes(items) == {"c1": Outcome.CONFIRMED, "c2": Outcome.CONFIRMED}
        assert {name: item.nonce for name, item in items.items()} == {"c1": 2, "c2": 1}
        assert "SlotLost" in [line.event for line in await play.engine.story(batch.id, "c1")]
        assert (await play.engine.batch(batch.id)).completed_at is not None


async def test_a_lost_item_is_not_signed_over_a_newer_value(path: Path) -> None:
    """Its content has a later change signed already: sent now, the older value would go over the newer."""
    chain = ScriptedChain(least_fee=10**9)
    async with rig(path, chain, catalogue=contents(1)) as play:
        old = await play.engine.submit(price("c1", to=5))
        new = await play.engine.submit(price("c1", to=6))
        await posted(play, 2)
        chain.foreign(SIGNER)
        chain.least_fee = 0
        await play.settled(new)
        assert outcomes(await play.settled(old)) == {"c1": Outcome.OFF_CHAIN}
        assert (await play.items(old))["c1"].error == f"Superseded by batch {new.id}"
        assert chain.prices == {1: 6}


async def test_what_another_copy_replaced_is_the_items_own(path: Path) -> None:
    """At its nonce the very same call was mined, by bytes that this copy never knew: confirmed, not sent again."""
    chain = ScriptedChain(least_fee=10**9)
    async with rig(path, chain, catalogue=contents(1)) as play:
        batch = await play.engine.submit(price("c1", to=5))
        await posted(play, 1)
        mined = chain.foreign(SIGNER, call(1, 5))
        item = (await play.settled(batch))["c1"]
        assert (outcome(item), item.txid, item.nonce) == (Outcome.CONFIRMED, mined.txid, 0)
        assert len(set(chain.posts)) == 1


async def test_an_old_backup_never_sends_twice_what_was_mined(path: Path, tmp_path: Path) -> None:
    """Put back from before the batch was carried: its items find their own transactions, and nothing is posted."""
    chain, clock, backup = ScriptedChain(), FakeClock(), tmp_path / "backup.sqlite3"
    async with rig(path, chain, clock, catalogue=contents(4)) as play:
        await play.settled(await play.engine.submit(price("c4", to=9)))
        await play.engine.pause_all()
        batch = await play.engine.submit(price("c1", "c2", "c3"))
        await play.store.close()
        shutil.copy(path, backup)
    chain.down = False
    async with rig(path, chain, clock) as play:
        await play.engine.resume_all()
        assert outcomes(await play.settled(batch)) == dict.fromkeys(("c1", "c2", "c3"), Outcome.CONFIRMED)
    before, chain.down = len(chain.posts), False
    async with rig(backup, chain, clock) as play:
        await play.engine.resume_all()
        items = await play.settled(batch)
        assert outcomes(items) == dict.fromkeys(("c1", "c2", "c3"), Outcome.CONFIRMED)
        assert [item.nonce for item in items.values()] == [1, 2, 3]
        assert len(chain.posts) == before
        again = await play.settled(await play.engine.submit(price("c1", to=7)))
        assert (outcome(again["c1"]), again["c1"].nonce) == (Outcome.CONFIRMED, 4)


async def test_what_a_newer_copy_put_at_our_nonce_is_not_sent_again(path: Path, tmp_path: Path) -> None:
    """The old backup gave the nonce to another item; whose call was mined there is confirmed when its turn comes."""
    chain, clock, backup = ScriptedChain(), FakeClock(), tmp_path / "backup.sqlite3"
    async with rig(path, chain, clock, catalogue=contents(3)) as play:
        await play.settled(await play.engine.submit(price("c3")))
        await play.engine.pause_all()
        batch = await play.engine.submit(price("c1"))
        await play.engine.pause(batch.id)
        await play.store.close()
        shutil.copy(path, backup)
    chain.down, chain.least_fee = False, 10**9
    async with rig(path, chain, clock) as play:
        await play.engine.resume_all()
        await play.engine.resume(batch.id)
        await posted(play, 2)
    chain.down, chain.keeps = False, lambda post: False
    async with rig(backup, chain, clock) as play:
        await play.engine.resume_all()
        other = await play.engine.submit(price("c2", to=4))
        await posted(play, 3)
        chain.least_fee, chain.keeps = 0, lambda post: True
        await play.settled(other)
        await play.engine.resume(batch.id)
        item = (await play.settled(batch))["c1"]
        assert (outcome(item), item.nonce) == (Outcome.CONFIRMED, 1)
        calls = [mined.call.name for mined in chain.history[SIGNER]]
        assert len(calls) == len(set(calls)) == 3


async def test_bytes_of_a_former_owner_prove_nothing_for_the_next(path: Path) -> None:
    """A nonce came back and was given away again; mined are the old bytes: who has it now has lost it, and goes on."""
    chain = ScriptedChain(least_fee=10**9)
    async with rig(path, chain, catalogue=contents(2), limits=Limits(stuck_after=60, bump_max=0)) as play:
        await play.engine.submit(price("c1"))
        await posted(play, 1)
        old = chain.posts[0]
        chain.foreign(SIGNER)
        await posted(play, 2)
        chain.reorg(1)
        chain.keeps = lambda post: False
        await held(play, "was mined already")
        batch = await play.engine.submit(price("c2", to=5))

        async def given_away() -> bool:
            return (await play.items(batch))["c2"].nonce == 0

        await play.until(given_away, mine=False, step=1)
        chain.mempool[SIGNER, 0], chain.least_fee = old, 0
        chain.mine()
        chain.keeps = lambda post: True
        item = (await play.settled(batch))["c2"]
        assert (outcome(item), item.nonce, chain.prices[2]) == (Outcome.CONFIRMED, 2, 5)


async def test_a_drifted_lane_is_held_until_somebody_decides(path: Path) -> None:
    """A node without a list of the account's transactions: nothing is signed, and an operator may release the lane."""
    chain = ScriptedChain()
    async with rig(path, chain, catalogue=contents(2)) as play:
        await play.settled(await play.engine.submit(price("c1")))
        chain.foreign(SIGNER)
        chain.foreign(SIGNER)
        chain.history = None
        play.clock.pass_(31)
        batch = await play.engine.submit(price("c2"))
        await held(play, "nonce 3")
        assert [item.state for item in (await play.items(batch)).values()] == [ItemState.APPLIED]
        await play.engine.release_lane(SIGNER)
        item = (await play.settled(batch))["c2"]
        assert (outcome(item), item.nonce) == (Outcome.CONFIRMED, 3)


async def test_what_a_stranger_did_doesnt_hold_the_lane(path: Path) -> None:
    """Read from the account's list and matched with nothing of ours: the lane goes on after it."""
    chain = ScriptedChain()
    async with rig(path, chain, catalogue=contents(2)) as play:
        await play.settled(await play.engine.submit(price("c1")))
        chain.foreign(SIGNER)
        chain.foreign(SIGNER, call(1, 77))
        play.clock.pass_(31)
        item = (await play.settled(await play.engine.submit(price("c2"))))["c2"]
        assert (outcome(item), item.nonce) == (Outcome.CONFIRMED, 3)


async def test_a_result_that_nobody_can_read_stays_pending(path: Path) -> None:
    """Mined, but by what and how this node can't tell: never a guess."""
    chain = ScriptedChain(least_fee=10**9)
    async with rig(path, chain, catalogue=contents(1)) as play:
        batch = await play.engine.submit(price("c1"))
        await posted(play, 1)
        chain.foreign(SIGNER)
        chain.history = None

        async def told() -> bool:
            return (await play.items(batch))["c1"].error == "mined, result unreadable on this node"

        await play.until(told, mine=False, step=1)
        assert outcomes(await play.items(batch)) == {"c1": Outcome.PENDING}


@pytest.mark.parametrize("back", [True, False], ids=["returned", "forgotten"])
async def test_a_reorg_deeper_than_final_goes_back_to_watching(path: Path, back: bool) -> None:
    """Called confirmed, taken back, posted again as the same bytes, and confirmed once more; the batch stays done."""
    chain = ScriptedChain()
    async with rig(path, chain, catalogue=contents(2)) as play:
        batch = await play.engine.submit(price("c1", "c2"))
        await posted(play, 2)
        chain.mine()
        await counted(play, batch, confirmed=2)
        completed = (await play.engine.batch(batch.id)).completed_at
        chain.reorg(1, back)
        await counted(play, batch, confirmed=0)
        assert "reorg" in play.line.tools.alarms
        items = await play.settled(batch)
        assert outcomes(items) == {"c1": Outcome.CONFIRMED, "c2": Outcome.CONFIRMED}
        assert len(set(chain.posts)) == 2
        assert (await play.engine.batch(batch.id)).completed_at == completed

        async def calm() -> bool:
            return "reorg" not in play.line.tools.alarms

        await play.until(calm)


async def test_a_reorg_while_nobody_watched_is_found_at_the_next_start(path: Path) -> None:
    """The engine was away, the chain took a block back and went far on: what was called confirmed is sent again."""
    chain, clock = ScriptedChain(), FakeClock()
    async with rig(path, chain, clock, catalogue=contents(2)) as play:
        batch = await play.engine.submit(price("c1", "c2"))
        await posted(play, 2)
        chain.mine()
        await counted(play, batch, confirmed=2)
    chain.down = False
    chain.reorg(1, back=False)
    chain.foreign(SIGNER)
    for _ in range(20):
        chain.mine()
    async with rig(path, chain, clock) as play:
        await counted(play, batch, confirmed=0)
        assert outcomes(await play.settled(batch)) == {"c1": Outcome.CONFIRMED, "c2": Outcome.CONFIRMED}
    assert chain.prices == {1: 2_000_000, 2: 2_000_000}


async def test_a_reorg_that_moves_it_to_a_later_block_counts_anew(path: Path) -> None:
    """Three deep, then in the newest block: pending again until that is three deep, and the block told is that one."""
    chain = ScriptedChain()
    async with rig(path, chain, catalogue=contents(1), limits=Limits(confirmations=3)) as play:
        batch = await play.engine.submit(price("c1"))
        await posted(play, 1)
        for _ in range(3):
            chain.mine()
        await counted(play, batch, confirmed=1)
        assert (await play.items(batch))["c1"].block_height == 2
        chain.reorg(3)
        chain.height = 3
        chain.mine()
        await counted(play, batch, confirmed=0)
        item = (await play.settled(batch))["c1"]
        assert (outcome(item), item.block_height) == (Outcome.CONFIRMED, 4)
        assert chain.height >= 6


async def test_a_reorg_that_moves_it_to_another_block_as_high_is_noticed(path: Path) -> None:
    """The same transaction at the same height of another fork: what was counted on top of it is gone."""
    chain = ScriptedChain()
    async with rig(path, chain, catalogue=contents(1)) as play:
        batch = await play.engine.submit(price("c1"))
        await posted(play, 1)
        chain.mine()
        await counted(play, batch, confirmed=1)
        item = (await play.items(batch))["c1"]
        asked, look_up = list[str](), chain.look_up

        async def counted_up(txids: Sequence[str]) -> dict[str, Sighting]:
            asked.extend(txids)
            return await look_up(txids)

        chain.look_up = counted_up
        await play.until(lambda: len(asked) >= 2, mine=False, step=0.05)
        chain.reorg(1)
        chain.mine()

        async def noticed() -> bool:
            return "TxReorged" in [line.event for line in await play.engine.story(batch.id, "c1")]

        await play.until(noticed, mine=False, step=0.05)
        again = (await play.settled(batch))["c1"]
        assert (outcome(again), again.block_height, again.txid) == (Outcome.CONFIRMED, item.block_height, item.txid)


async def test_confirmations_say_how_deep_is_final(path: Path) -> None:
    """Three blocks deep: one and two are still pending."""
    chain = ScriptedChain()
    async with rig(path, chain, catalogue=contents(1), limits=Limits(confirmations=3)) as play:
        batch = await play.engine.submit(price("c1"))
        await posted(play, 1)
        for _ in range(2):
            chain.mine()
            await spend(play, 10)
            assert outcomes(await play.items(batch)) == {"c1": Outcome.PENDING}
        assert outcomes(await play.settled(batch)) == {"c1": Outcome.CONFIRMED}
        assert chain.height >= 4


async def test_a_chain_that_went_back_gets_nothing_new(path: Path) -> None:
    """A node that lags by more than any reorg: the lane is held, and nothing is signed at a used nonce."""
    chain = ScriptedChain()
    async with rig(path, chain, catalogue=contents(3)) as play:
        await play.settled(await play.engine.submit(price("c1", "c2")))
        await spend(play, 100)
        chain.nonces[SIGNER] = 0
        play.clock.pass_(31)
        batch = await play.engine.submit(price("c3"))
        await held(play, "nonce 1 was mined already")
        assert [item.state for item in (await play.items(batch)).values()] == [ItemState.APPLIED]
        chain.nonces[SIGNER] = 2
        assert (await play.settled(batch))["c3"].nonce == 2


async def test_a_chain_that_went_back_gets_no_higher_fee_either(path: Path) -> None:
    """What waits above a nonce that was mined already waits for the node, not for its fee: nothing is signed."""
    chain = ScriptedChain()
    async with rig(path, chain, catalogue=contents(2), limits=Limits(stuck_after=30)) as play:
        await play.settled(await play.engine.submit(price("c1")))
        chain.least_fee = 10**9
        batch = await play.engine.submit(price("c2"))
        await posted(play, 2)
        chain.nonces[SIGNER] = 0
        await held(play, "nonce 0 was mined already")
        await spend(play, 100)
        assert len(set(chain.posts)) == 2
        chain.nonces[SIGNER], chain.least_fee = 1, 0
        assert outcomes(await play.settled(batch)) == {"c2": Outcome.CONFIRMED}


async def test_a_poor_signer_waits_and_goes_on_when_funded(path: Path) -> None:
    """The lane adds up what it owes, says what is missing, and signs the rest when the money is there."""
    chain = ScriptedChain(balance=4500)
    async with rig(path, chain, catalogue=contents(3)) as play:
        await play.engine.pause_all()
        batch = await play.engine.submit(price("c1", "c2", "c3"))
        await play.engine.resume_all()
        await held(play, "Not enough funds")
        await posted(play, 2)
        assert len(chain.posts) == 2
        chain.balance = BALANCE
        play.clock.pass_(31)
        assert set(outcomes(await play.settled(batch)).values()) == {Outcome.CONFIRMED}
        await play.until(lambda: play.line.lanes.held(SIGNER) is None, mine=False)


async def test_a_signer_that_stays_poor_leaves_the_rest_off_chain(path: Path) -> None:
    """Unsigned after CHAIN_PATIENCE: never posted, so off-chain is the truth."""
    chain = ScriptedChain(balance=1000)
    async with rig(path, chain, catalogue=contents(2), limits=Limits(chain_patience=30)) as play:
        items = await play.settled(await play.engine.submit(price("c1", "c2")))
        assert set(outcomes(items).values()) == {Outcome.OFF_CHAIN}
        assert "Not enough funds" in (items["c2"].error or "")
        assert chain.posts == []


async def test_a_lane_with_nothing_left_is_held_by_nothing(path: Path) -> None:
    """What it waited for was given up: neither a free nonce at its top nor an empty lane keeps the old alert alive."""
    chain = ScriptedChain(script={0: lambda txid: TxRefused(txid, "no such contract")}, keeps=lambda post: post > 0)
    async with rig(path, chain, catalogue=contents(2), limits=Limits(chain_patience=30)) as play:
        await play.settled(await play.engine.submit(price("c1")))
        chain.balance = 1000
        play.clock.pass_(31)
        assert outcomes(await play.settled(await play.engine.submit(price("c2")))) == {"c2": Outcome.OFF_CHAIN}
        await play.until(lambda: play.line.lanes.held(SIGNER) is None, mine=False)


async def test_a_refused_no_op_holds_the_lane_and_makes_no_noise(path: Path) -> None:
    """The hole can't be filled, with a higher fee neither: said once, not signed and posted for ever."""
    chain = ScriptedChain(keeps=lambda post: post not in (0, 2, 3))
    chain.script = {0: lambda txid: TxRefused(txid, "no such contract")} | {
        post: lambda txid: TxRefused(txid, "recipient is sender") for post in range(2, 400)
    }
    async with rig(path, chain, catalogue=contents(2)) as play:
        await play.engine.submit(price("c1", "c2"))
        await held(play, "NOOP_ADDRESS")
        await spend(play, 60)
        assert len(chain.posts) <= 4


async def test_a_no_op_that_was_refused_is_tried_once_more(path: Path) -> None:
    """With more of a fee, so that it isn't the same bytes; taken, the lane goes on."""
    chain = ScriptedChain(keeps=lambda post: post not in (0, 2))
    chain.script = {0: lambda txid: TxRefused(txid, "no such contract"), 2: lambda txid: TxRefused(txid, "not now")}
    async with rig(path, chain, catalogue=contents(2)) as play:
        items = await play.settled(await play.engine.submit(price("c1", "c2")))
        assert outcomes(items) == {"c1": Outcome.OFF_CHAIN, "c2": Outcome.CONFIRMED}
        assert [_fee(chain, txid) for txid in chain.posts] == [2000, 2000, 2000, 2001]
        await play.until(lambda: play.line.lanes.held(SIGNER) is None, mine=False)


async def refused_twice(path: Path, chain: ScriptedChain, rule: FeeRule) -> tuple[Item, Item]:
    """Let a call be refused, and the very same one go at the nonce that is free again."""
    async with rig(path, chain, catalogue=contents(1)) as play:
        await play.contact()
        assert play.line.tools.desk is not None
        play.line.tools.desk.fees.rule = rule
        one, two = [(await play.settled(await play.engine.submit(price("c1", to=5))))["c1"] for _ in range(2)]
        assert [outcome(item) for item in (one, two)] == [Outcome.OFF_CHAIN, Outcome.CONFIRMED]
        assert (one.nonce, two.nonce) == (0, 0)
        return one, two


@pytest.mark.parametrize(("most", "fee"), [(50_000, 2001), (2000, 1999)], ids=["more", "capped"])
async def test_an_equal_call_is_a_transaction_of_its_own(path: Path, most: int, fee: int) -> None:
    """At a nonce and fee where it was refused before: the same bytes would be two items'. One µSTX more or less."""
    chain = ScriptedChain(script={0: lambda txid: TxRefused(txid, "no such contract")}, keeps=lambda post: post > 0)
    one, two = await refused_twice(path, chain, FeeRule(2000, most))
    assert (two.fee, len(set(chain.posts))) == (fee, 2)
    assert one.txid != two.txid


async def test_a_higher_fee_is_no_former_owners_bytes(path: Path) -> None:
    """The first had its fee raised before it was refused; raised to the same, the second pays one µSTX more."""
    chain = ScriptedChain(keeps=lambda post: post > 2)
    chain.script = {
        0: lambda txid: TxDeferred(txid, "FeeTooLow", fee_needed=3000),
        1: lambda txid: TxRefused(txid, "no such contract"),
        2: lambda txid: TxDeferred(txid, "FeeTooLow", fee_needed=3000),
    }
    one, two = await refused_twice(path, chain, FeeRule(2000, 50_000))
    assert [_fee(chain, txid) for txid in chain.posts] == [2000, 3000, 2001, 3001]
    assert (two.fee, two.txid) == (3001, chain.posts[3])
    assert one.txid != two.txid


async def test_a_lost_database_stops_posting(path: Path) -> None:
    """What can't be written down isn't asked for again and again."""
    chain = ScriptedChain()
    async with rig(path, chain, catalogue=contents(1)) as play:
        await play.contact()
        real = play.store.answer

        async def full(*_: object) -> bool:
            raise Unavailable("database or disk is full")

        play.store.answer = full
        batch = await play.engine.submit(price("c1"))
        for _ in range(100):
            await play.turn()
        assert len(chain.posts) <= 2
        play.store.answer = real
        assert outcomes(await play.settled(batch)) == {"c1": Outcome.CONFIRMED}
        assert len(set(chain.posts)) == 1


async def test_an_answer_that_cant_be_written_is_no_reason_to_hammer(path: Path) -> None:
    """What nobody foresaw rests too, is named to the operator, and ends well."""
    chain = ScriptedChain()
    async with rig(path, chain, catalogue=contents(2)) as play:
        await play.contact()
        real = play.store.answer

        async def broken(*_: object) -> bool:
            raise RuntimeError("nobody foresaw this")

        play.store.answer = broken
        batch = await play.engine.submit(price("c1", "c2"))
        await play.until(lambda: len(chain.posts) == 2, mine=False, step=0)
        for _ in range(50):
            await play.turn()
        assert len(chain.posts) == 2
        await play.until(lambda: any(key.startswith("posting ") for key in play.line.tools.alarms), mine=False)
        play.store.answer = real
        assert set(outcomes(await play.settled(batch)).values()) == {Outcome.CONFIRMED}


async def test_a_post_that_breaks_is_in_doubt_and_named(path: Path) -> None:
    """An unforeseen exception proves nothing: the same bytes go again."""
    chain = ScriptedChain(keeps=lambda post: post > 1)

    def breaks(txid: str) -> TxUnclear:
        raise ZeroDivisionError

    chain.script = {0: breaks, 1: breaks}
    async with rig(path, chain, catalogue=contents(1)) as play:
        batch = await play.engine.submit(price("c1"))

        async def named() -> bool:
            item = (await play.items(batch))["c1"]
            return outcome(item) is Outcome.PENDING and "ZeroDivisionError" in (item.error or "")

        await play.until(named, mine=False, step=0.05)
        assert outcomes(await play.settled(batch)) == {"c1": Outcome.CONFIRMED}
        assert len(set(chain.posts)) == 1


async def test_one_item_that_cant_be_signed_doesnt_stop_its_lane(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set aside at the second try and named; never posted, so off-chain is the truth."""
    async with rig(path, catalogue=contents(3)) as play:
        await play.contact()
        mint = play.line.tools.desk.mint
        real = type(mint).sign

        def sign(self: object, key: object, step: object, *rest: object) -> object:
            if step.item and step.item.content_id == "c2":
                raise ArithmeticError
            return real(self, key, step, *rest)

        monkeypatch.setattr(type(mint), "sign", sign)
        items = await play.settled(await play.engine.submit(price("c1", "c2", "c3")))
        assert outcomes(items) == {"c1": Outcome.CONFIRMED, "c2": Outcome.OFF_CHAIN, "c3": Outcome.CONFIRMED}
        assert "ArithmeticError" in (items["c2"].error or "")
        assert [items[name].nonce for name in ("c1", "c3")] == [0, 1]


async def test_patience_ends_also_when_the_node_was_never_met(path: Path) -> None:
    """Restarted with the node away: what waits for its signer's lane isn't forgotten."""
    chain, clock = ScriptedChain(), FakeClock()
    async with rig(path, chain, clock, catalogue=contents(2)) as play:
        await play.contact()
        chain.down = True
        clock.pass_(31)
        batch = await play.engine.submit(price("c1"))

        async def applied() -> bool:
            return (await play.items(batch))["c1"].state is ItemState.APPLIED

        await play.until(applied, mine=False)
    chain = ScriptedChain(down=True)
    async with rig(path, chain, clock, limits=Limits(chain_patience=5)) as play:
        items = await play.settled(batch)
        assert outcomes(items) == {"c1": Outcome.OFF_CHAIN}
        assert "Node unreachable" in (items["c1"].error or "")


async def test_patience_ends_also_when_only_posting_is_broken(path: Path) -> None:
    """Reading works, posting is shut: the item counts as in doubt, and the batch completes."""
    chain = ScriptedChain(keeps=lambda post: False)
    for post in range(500):
        chain.script[post] = lambda txid: TxDeferred(txid, "403", unreachable=True)
    async with rig(path, chain, catalogue=contents(1), limits=Limits(chain_patience=20)) as play:
        batch = await play.engine.submit(price("c1"))

        async def completed() -> bool:
            return (await play.engine.batch(batch.id)).completed_at is not None

        await play.until(completed, mine=False, step=1)
        assert outcomes(await play.items(batch)) == {"c1": Outcome.PENDING}


async def test_patience_ends_for_all_of_a_lane_at_once(path: Path) -> None:
    """What stands behind the first window has waited for the node as long as what stands before it."""
    async with rig(path, catalogue=contents(12), limits=Limits(chain_patience=30, window=3)) as play:
        await play.settled(await play.engine.submit(price("c12")))
        play.chain.down = True
        play.clock.pass_(31)
        batch = await play.engine.submit(price(*(f"c{n}" for n in range(1, 12))))
        before = play.clock.seconds
        assert set(outcomes(await play.settled(batch)).values()) == {Outcome.OFF_CHAIN}
        assert play.clock.seconds - before < 45


async def test_patience_ends_also_when_the_clock_is_set_back(path: Path) -> None:
    """The node was never met, and the rows are from an hour that is still to come."""
    async with rig(path, ScriptedChain(down=True), catalogue=contents(1), limits=Limits(chain_patience=30)) as play:
        batch = await play.engine.submit(price("c1"))

        async def applied() -> bool:
            return (await play.items(batch))["c1"].state is ItemState.APPLIED

        await play.until(applied)
        play.clock.time = play.clock.time.replace(hour=play.clock.time.hour - 1)
        before = play.clock.seconds
        assert outcomes(await play.settled(batch)) == {"c1": Outcome.OFF_CHAIN}
        assert play.clock.seconds - before < 60


async def test_waiting_for_the_window_never_counts(path: Path) -> None:
    """The node had no room for longer than CHAIN_PATIENCE, then it is away for a moment: that is no doubt yet."""
    chain = ScriptedChain(keeps=lambda post: False)
    for post in range(500):
        chain.script[post] = lambda txid: TxDeferred(txid, "TooMuchChaining")
    async with rig(path, chain, catalogue=contents(1), limits=Limits(chain_patience=20)) as play:
        batch = await play.engine.submit(price("c1"))
        await spend(play, 60)
        away = len(chain.posts)
        chain.script[away] = lambda txid: TxDeferred(txid, "403", unreachable=True)
        await play.until(lambda: len(chain.posts) > away + 1, mine=False, step=1)
        await spend(play, 3)
        assert outcomes(await play.items(batch)) == {"c1": None}


async def test_a_stop_signs_nothing_more(path: Path) -> None:
    """The node wants a higher fee just as the engine is stopped: the same call is signed again only after that."""
    chain = ScriptedChain(keeps=lambda post: post > 1)
    async with rig(path, chain, catalogue=contents(1)) as play:
        await play.contact()

        def stops(txid: str) -> TxDeferred:
            play.line.tools.stopped = True
            return TxDeferred(txid, "FeeTooLow", fee_needed=5000)

        chain.script = {0: stops, 1: lambda txid: TxDeferred(txid, "FeeTooLow", fee_needed=5000)}
        batch = await play.engine.submit(price("c1"))
        await play.until(lambda: len(chain.posts) == 1, mine=False)
        await spend(play, 5)
        (slot,) = (await play.store.lane(SIGNER, 0)).slots
        assert len(slot.transactions) == 1
        await play.engine.resume_all()
        item = (await play.settled(batch))["c1"]
        assert (outcome(item), item.nonce, item.fee) == (Outcome.CONFIRMED, 0, 5000)


async def test_one_batch_at_its_cap_holds_nobody_else(path: Path) -> None:
    """Its own items wait, with an alert; the next batch of the same signer goes on, but not over the same content."""
    async with rig(path, catalogue=contents(4), limits=Limits(fee_max_batch=4000)) as play:
        dear = await play.engine.submit(price("c1", "c2", "c3"))
        after = await play.engine.submit(price("c3", "c4", to=7))

        async def as_far_as_it_goes() -> bool:
            found = {**await play.items(dear), "c4": (await play.items(after))["c4"]}
            return [outcome(found[name]) for name in ("c1", "c2", "c4")] == [Outcome.CONFIRMED] * 3

        await play.until(as_far_as_it_goes)
        assert outcomes(await play.items(dear)) == {"c1": Outcome.CONFIRMED, "c2": Outcome.CONFIRMED, "c3": None}
        assert outcomes(await play.items(after)) == {"c3": None, "c4": Outcome.CONFIRMED}
        assert "FEE_MAX_BATCH" in (play.line.lanes.held(SIGNER) or "")


async def test_a_window_full_of_capped_items_holds_nobody_else(path: Path) -> None:
    """More of them wait than the lane looks at in a turn: the next batch is found behind them all the same."""
    async with rig(path, catalogue=contents(9), limits=Limits(fee_max_batch=4000, window=3)) as play:
        dear = await play.engine.submit(price(*(f"c{n}" for n in range(1, 9))))
        items = await play.settled(await play.engine.submit(price("c9", to=7)))
        assert outcomes(items) == {"c9": Outcome.CONFIRMED}
        assert counts(await play.engine.batch(dear.id)).confirmed == 2


async def test_a_clock_set_back_keeps_nobody_waiting(path: Path) -> None:
    """The times in the rows are an hour away, and the bytes go all the same."""
    chain = ScriptedChain(script={0: lambda txid: TxUnclear(txid, "reset")}, keeps=lambda post: post > 0)
    async with rig(path, chain, catalogue=contents(1)) as play:
        batch = await play.engine.submit(price("c1"))
        await posted(play, 1)
        play.clock.time = play.clock.time.replace(hour=play.clock.time.hour - 1)
        before = play.clock.seconds
        await play.settled(batch)
        assert play.clock.seconds - before < 60
