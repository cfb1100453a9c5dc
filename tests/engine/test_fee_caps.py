"""Plays of FEE_MAX_BATCH: whoever raises a fee, and in the same moment too, a batch never pays more."""

from __future__ import annotations

import asyncio
from pathlib import Path

from engine.core.events import TxAccepted, TxDeferred, TxEvent
from engine.line.tools import Limits
from tests.engine.rig import CREATOR, contents, derive, price, rig
from tests.fakes import ScriptedChain

SIGNER = derive("test-devnet", CREATOR).address("testnet")
IDS = ("c1", "c2", "c3", "c4")


def dearer(txid: str) -> TxEvent:
    return TxDeferred(txid, "FeeTooLow: 3000 wanted", fee_needed=3000)


async def test_a_node_that_wants_more_for_all_at_once_gets_no_more_than_the_cap(tmp_path: Path) -> None:
    """Four answers come in the same moment, and the cap has room for one of them."""
    chain = ScriptedChain(script=dict.fromkeys(range(4), dearer), keeps=lambda post: post > 3, least_fee=10**9)
    limits = Limits(fee_max_batch=9000)
    async with rig(tmp_path / "deck.sqlite3", chain, catalogue=contents(4), limits=limits) as play:
        batch = await play.engine.submit(price(*IDS))
        capped = "raise FEE_MAX_BATCH"
        await play.until(lambda: len(chain.posts) > 4 and capped in str(play.line.lanes.held(SIGNER)), mine=False)
        await play.until(lambda: not play.line.lanes._runner(SIGNER)._poster.under_way, mine=False)
        assert (await play.engine.batch(batch.id)).tally.fee_total == 9000


async def test_a_hand_and_a_node_that_wants_more_share_one_cap(tmp_path: Path) -> None:
    """Somebody raises one slot while another's answer asks for more: there is room for one of them."""
    chain = ScriptedChain(least_fee=10**9)
    async with rig(tmp_path / "deck.sqlite3", chain, catalogue=contents(2), limits=Limits(fee_max_batch=5000)) as play:
        batch = await play.engine.submit(price("c1", "c2"))
        await play.until(lambda: len(chain.posts) == 2, mine=False)

        async def posted() -> bool:
            return all(slot.posts for slot in (await play.engine.slots(SIGNER)).slots)

        await play.until(posted, mine=False)
        first, second = (slot.current for slot in (await play.store.lane(SIGNER, 0)).slots)
        raiser = play.line.lanes._runner(SIGNER)._raiser
        done = await asyncio.gather(
            raiser.pay(first, 3000, "FeeTooLow"), play.engine.bump_slot(SIGNER, 1, second.txid, 3000),
            return_exceptions=True,
        )  # fmt: skip
        assert sum(one is True or not isinstance(one, bool | Exception) for one in done) == 1
        assert (await play.engine.batch(batch.id)).tally.fee_total == 5000


async def test_nothing_new_is_signed_into_the_room_that_a_raise_takes(tmp_path: Path) -> None:
    """The lane gives a nonce to the second item while the first one's answer asks for more."""
    chain = ScriptedChain(script={0: TxAccepted}, least_fee=10**9)
    limits = Limits(fee_max_batch=4500, window=1)
    async with rig(tmp_path / "deck.sqlite3", chain, catalogue=contents(2), limits=limits) as play:
        batch = await play.engine.submit(price("c1", "c2"))
        await play.until(lambda: len(chain.posts) == 1, mine=False)
        runner, read, go = play.line.lanes._runner(SIGNER), asyncio.Event(), asyncio.Event()
        capped = runner._capped

        async def slowly(*given: object) -> object:
            found = await capped(*given)  # type: ignore[arg-type]
            read.set()
            await go.wait()
            return found

        runner._capped = slowly  # type: ignore[assignment,method-assign]
        (slot,) = (await play.store.lane(SIGNER, 0)).slots
        limits_now = play.line.tools.limits
        play.line.tools.limits = type(limits_now)(fee_max_batch=4500, window=2)
        play.line.poke()
        await read.wait()
        paying = asyncio.create_task(runner._raiser.pay(slot.current, 3000, "FeeTooLow"))
        await asyncio.sleep(0.05)
        go.set()
        await paying
        await play.until(lambda: len(chain.posts) > 1, mine=False)
        assert (await play.engine.batch(batch.id)).tally.fee_total == 4000


async def test_a_stop_that_comes_while_a_raise_waits_for_its_turn_signs_nothing(tmp_path: Path) -> None:
    """Somebody else is just spending of the same batch; the stop is there before it is known what is left."""
    chain = ScriptedChain(least_fee=10**9)
    async with rig(tmp_path / "deck.sqlite3", chain, catalogue=contents(1)) as play:
        await play.engine.submit(price("c1"))
        await play.until(lambda: len(chain.posts) == 1, mine=False)
        (slot,) = (await play.store.lane(SIGNER, 0)).slots
        raiser = play.line.lanes._runner(SIGNER)._raiser
        async with raiser.purse:
            paying = asyncio.create_task(raiser.pay(slot.current, 3000, "FeeTooLow"))
            await asyncio.sleep(0)
            await play.engine.pause_all()
        assert await paying is False
        (slot,) = (await play.store.lane(SIGNER, 0)).slots
        assert len(slot.transactions) == 1
