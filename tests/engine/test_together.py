"""What is chosen and submitted together, by the real engine: groups, searches that know the time, own values."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.core.lifecycle import outcome
from engine.core.model import Draft, DraftItem, Group, Outcome
from engine.core.reports import BatchQuery, ContentQuery
from engine.errors import InvalidDraft
from tests.engine.rig import CREATOR, Rig, contents, price, rig


@pytest.fixture
async def play(tmp_path: Path) -> AsyncIterator[Rig]:
    async with rig(tmp_path / "d.sqlite3", catalogue=contents(3)) as opened:
        yield opened


async def found(play: Rig, search: str) -> list[str]:
    return [one.content_id for one in (await play.engine.contents(ContentQuery(search=search))).rows]


async def test_batches_submitted_together_know_it(play: Rig) -> None:
    """Each is told its place among them for good, and they are listed by what they have in common; one alone isn't."""
    alone = await play.engine.submit(price("c1"))
    made = await play.engine.submit_all([price(one) for one in ("c1", "c2", "c3")])
    assert alone.group is None
    assert [batch.group for batch in made] == [Group(made[0].id, place, 3) for place in (1, 2, 3)]
    page = await play.engine.batches(BatchQuery(group=made[0].id))
    assert ([batch.id for batch in page.rows], page.total) == ([batch.id for batch in reversed(made)], 3)
    await play.settled(made[2])
    assert (await play.engine.batch(made[2].id)).group == Group(made[0].id, 3, 3)


async def test_a_search_reckons_from_the_engines_time(play: Rig) -> None:
    """What a batch changed now is found by its age, and what stayed off-chain by that."""
    play.chain.abort = lambda call: "u507"
    ended = await play.settled(await play.engine.submit(price("c2")))
    assert outcome(ended["c2"]) is Outcome.OFF_CHAIN
    assert await found(play, "changed:<1h") == await found(play, "off-chain") == ["c2"]
    assert await found(play, "!off-chain changed:>1h") == ["c1", "c3"]
    with pytest.raises(InvalidDraft, match="price:>2stx"):
        await found(play, "price:")


async def test_every_item_reaches_the_chain_with_its_own_value(play: Rig) -> None:
    """One batch, three prices: each is in the catalogue, in the review before it, and on the chain."""
    items = [DraftItem(f"c{number}", {"newPrice": number * 1_100_000}) for number in (1, 2, 3)]
    draft = replace(Draft("update-price", CREATOR), items=items)
    review = await play.engine.review(draft)
    assert [row.new for row in review.rows] == ["1.1 STX", "2.2 STX", "3.3 STX"]
    await play.settled(await play.engine.submit(draft))
    assert play.chain.prices == {1: 1_100_000, 2: 2_200_000, 3: 3_300_000}
