"""What the contract has of a content is asked of a node for a while, and never guessed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from engine.content_told import PATIENCE, story
from engine.core.content_story import OnChain
from engine.line.preflight import READS_ONLY
from tests.engine.rig import contents, rig
from tests.fakes import ScriptedChain


async def test_a_node_that_says_nothing_is_not_waited_for(tmp_path: Path) -> None:
    """Somebody looks at the content: after some seconds the answer says that the chain's side isn't known."""
    asked = asyncio.Event()

    async def never(on_chain_id: int) -> OnChain | None:
        asked.set()
        await asyncio.Event().wait()
        return None

    async with rig(tmp_path / "d.sqlite3", ScriptedChain(tell_content=never), catalogue=contents(1)) as play:
        await play.contact()
        looking = asyncio.create_task(play.engine.content("c1"))
        await asked.wait()
        await asyncio.sleep(0)
        play.clock.pass_(PATIENCE)
        found = await looking
        assert (found.on_chain, found.unknown) == (None, "the node said nothing within 5 s")
        assert found.total == 1


async def test_nobody_is_asked_who_could_not_know(tmp_path: Path) -> None:
    """A content without a number there isn't asked for; one that could be says why nobody is asked."""

    async def never(on_chain_id: int) -> OnChain | None:
        raise AssertionError("nobody should be asked")

    nowhere, known = contents(2)
    catalogue = [replace(nowhere, on_chain_id=None), known]
    chain = ScriptedChain(tell_content=never, down=True)
    async with rig(tmp_path / "d.sqlite3", chain, catalogue=catalogue) as play:
        found = await play.engine.content("c1")
        assert (found.on_chain, found.unknown) == (None, None)
        await play.turn()
        assert (await play.engine.content("c2")).unknown == "Node unreachable: connection refused"
        assert (await story(play.store, None, "c2", 9)).unknown == READS_ONLY
        play.line.tools.refused = "another chain"
        assert (await play.engine.content("c2")).unknown == "another chain"
