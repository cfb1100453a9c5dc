"""Plays of a hand that comes at the worst moment: an answer that isn't stored yet, a write that fails half-way."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.core.events import TxRefused
from engine.core.lifecycle import outcome
from engine.core.model import Outcome
from engine.core.oversight import Act, AuditQuery
from engine.errors import BatchdeckError, Unavailable
from tests.engine.rig import CREATOR, Rig, contents, derive, price, rig
from tests.engine.test_outage import Outage
from tests.fakes import ScriptedChain

SIGNER = derive("test-devnet", CREATOR).address("testnet")


async def test_a_refusal_that_waits_for_the_database_is_known_to_a_hand(tmp_path: Path) -> None:
    """A node's no came while the database was away: those bytes are over, and posted again they would be sent twice."""
    chain = ScriptedChain(script={0: lambda txid: TxRefused(txid, "no such contract")}, keeps=lambda post: post > 0)
    async with rig(tmp_path / "deck.sqlite3", chain, catalogue=contents(1)) as play:
        await play.contact()
        outage = Outage(play)
        outage.over = True
        broadcast = chain.broadcast

        async def away(*given: object) -> object:
            outage.over = False
            return await broadcast(*given)  # type: ignore[arg-type]

        chain.broadcast = away  # type: ignore[assignment,method-assign]
        batch = await play.engine.submit(price("c1"))
        await play.until(lambda: play.line.tools.lost_since is not None, mine=False)
        chain.broadcast = broadcast  # type: ignore[method-assign]
        outage.over = True
        play.line.tools.database_back()
        with pytest.raises(BatchdeckError, match="is a hole"):
            await play.engine.repost_slot(SIGNER, 0)
        items = await play.settled(batch)
        assert (outcome(items["c1"]), len(chain.posts)) == (Outcome.OFF_CHAIN, 1)


async def on_its_way(play: Rig) -> None:
    await play.contact()
    await play.engine.submit(price("c1"))

    async def posted() -> bool:
        idle = not play.line.lanes.by_hand(SIGNER)._poster.under_way
        return idle and any(slot.posts for slot in (await play.engine.slots(SIGNER)).slots)

    await play.until(posted, mine=False, step=0.05)


def without_audit(play: Rig) -> None:
    """Nothing can be written in the audit alone any more."""

    async def lost(_: object) -> None:
        raise Unavailable("The disk is full")

    play.store.note = lost  # type: ignore[assignment,method-assign]


async def test_a_higher_fee_and_who_gave_it_are_one_write(tmp_path: Path) -> None:
    """What is signed for somebody is never without them, whatever fails or dies between the two."""
    async with rig(tmp_path / "deck.sqlite3", ScriptedChain(least_fee=10**9), catalogue=contents(1)) as play:
        await on_its_way(play)
        without_audit(play)
        made = await play.engine.bump_slot(SIGNER, 0, why="slow")
        (slot,) = (await play.engine.slots(SIGNER)).slots
        assert (slot.txid, slot.fee) == (made.txid, 2501)
        deed = (await play.engine.audit(AuditQuery())).rows[0]
        assert (deed.who, deed.act, deed.why) == ("tester", Act.BUMP_SLOT, "slow")
        assert deed.detail == f"nonce 0 of {SIGNER}, 2501 µSTX"


async def test_bytes_whose_poster_can_not_be_written_down_are_not_posted(tmp_path: Path) -> None:
    """Who asked is stored first: what fails half-way has done nothing."""
    async with rig(tmp_path / "deck.sqlite3", ScriptedChain(least_fee=10**9), catalogue=contents(1)) as play:
        await on_its_way(play)
        without_audit(play)
        with pytest.raises(Unavailable, match="disk is full"):
            await play.engine.repost_slot(SIGNER, 0)
        await play.turn()
        assert len(play.chain.posts) == 1
