"""Retries, reverts and reviews, seen from both sides: what the catalogue has, the chain ends with as well."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.core.lifecycle import outcome
from engine.core.model import Draft, Item, Outcome
from engine.core.reports import ContentQuery
from tests.engine.rig import CREATOR, Rig, contents, price, rig
from tests.fakes import ScriptedChain


@pytest.fixture
async def play(tmp_path: Path) -> AsyncIterator[Rig]:
    async with rig(tmp_path / "d.sqlite3", catalogue=contents(1)) as opened:
        yield opened


async def sides(play: Rig) -> tuple[int, int | None]:
    """Return the price of c1 in the catalogue and on the chain."""
    (content,) = (await play.engine.contents(ContentQuery())).rows
    return content.price, play.chain.prices.get(1)


def aborting(chain: ScriptedChain, why: str | None) -> None:
    chain.abort = lambda call: why


async def off_chain(play: Rig) -> Item:
    """Return an item whose price the contract refused, and let the contract go on."""
    aborting(play.chain, "u507")
    found = await play.settled(await play.engine.submit(price("c1")))
    aborting(play.chain, None)
    assert outcome(found["c1"]) is Outcome.OFF_CHAIN
    return found["c1"]


async def test_the_revert_of_a_retry_reaches_both_sides(play: Rig) -> None:
    """The retry brought its value to the chain; the revert takes it back there, not only its fee."""
    item = await off_chain(play)
    again = await play.engine.retry(item.batch_id)
    await play.settled(again.batch)
    assert await sides(play) == (2_000_000, 2_000_000)
    back = await play.engine.revert(again.batch.id)
    assert back.batch.payload == {"newPrice": 1_000_000}
    await play.settled(back.batch)
    assert await sides(play) == (1_000_000, 1_000_000)


async def test_a_revert_behind_a_queued_retry_has_the_last_word(play: Rig) -> None:
    """Both wait while the engine is stopped; then each goes in its turn."""
    item = await off_chain(play)
    await play.engine.pause_all()
    again, back = await play.engine.retry(item.batch_id), await play.engine.revert(item.batch_id)
    await play.engine.resume_all()
    found = [await play.settled(started.batch) for started in (again, back)]
    assert [outcome(one["c1"]) for one in found] == [Outcome.CONFIRMED] * 2
    assert await sides(play) == (1_000_000, 1_000_000)


async def test_a_removal_that_failed_signs_nothing_when_it_is_retried(play: Rig) -> None:
    """Another batch had removed the content: the retry fails as the first try did, and costs no fee."""
    removal = Draft("remove-content", CREATOR, ["c1"], {})
    first, second = await play.engine.submit(removal), await play.engine.submit(removal)
    assert outcome((await play.settled(first))["c1"]) is Outcome.CONFIRMED
    assert (await play.settled(second))["c1"].error == "Content not found"
    again = await play.engine.retry(second.id)
    assert (await play.settled(again.batch))["c1"].error == "Content not found"
    assert len(play.chain.posts) == 1


async def test_a_review_knows_that_an_import_left_the_chain_behind(play: Rig) -> None:
    """The catalogue has the price already, the chain hasn't: sending it is no waste."""
    await play.settled(await play.engine.submit(price("c1")))
    (content,) = (await play.engine.contents(ContentQuery())).rows
    assert (await play.engine.review(price("c1", to=2_000_000))).rows[0].unchanged
    assert await play.engine.import_contents([replace(content, price=3_000_000)]) == []
    assert await sides(play) == (3_000_000, 2_000_000)
    assert not (await play.engine.review(price("c1", to=3_000_000))).rows[0].unchanged
    await play.settled(await play.engine.submit(price("c1", to=3_000_000)))
    assert await sides(play) == (3_000_000, 3_000_000)
    assert (await play.engine.review(price("c1", to=3_000_000))).rows[0].unchanged
