"""Plays of a hand that comes at the worst moment: an answer that isn't stored yet, a write that fails half-way."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.core.events import TxRefused
from engine.core.lifecycle import outcome
from engine.core.model import Outcome
from engine.errors import BatchdeckError
from tests.engine.rig import CREATOR, contents, derive, price, rig
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
