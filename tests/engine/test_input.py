"""What a program hands to the engine: a refusal names the field, the value and the remedy, and nothing is stored."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from engine.core.model import Batch, Content, Draft, DraftItem, Outcome
from engine.core.reports import BatchQuery, ContentQuery, ItemQuery
from engine.errors import InvalidDraft, NotFound
from tests.engine.rig import CREATOR, Rig, contents, price, rig

HALF = "\ud800"
Call = Callable[[Rig, Batch], Awaitable[Any]]


@pytest.fixture
async def play(tmp_path: Path) -> AsyncIterator[Rig]:
    async with rig(tmp_path / "d.sqlite3", catalogue=contents(2)) as opened:
        await opened.engine.pause_all()
        yield opened


@pytest.mark.parametrize(
    ("field", "call"),
    [
        ("why", lambda play, batch: play.engine.retry(batch.id, why=HALF)),
        ("why", lambda play, batch: play.engine.retry(batch.id, why="x" * 501)),
        ("why", lambda play, batch: play.engine.revert(batch.id, why="x" * 501)),
        ("outcomes", lambda play, batch: play.engine.retry(batch.id, frozenset({Outcome.CONFIRMED}))),
        ("outcomes", lambda play, batch: play.engine.select_retry(batch.id, frozenset())),
        ("contentIds", lambda play, batch: play.engine.retry(batch.id, content_ids="c1")),
        ("contentIds", lambda play, batch: play.engine.select_revert(batch.id, content_ids="c1")),
        ("contentIds[0]", lambda play, batch: play.engine.select_retry(batch.id, content_ids=[HALF])),
        ("contentIds[1]", lambda play, batch: play.engine.revert(batch.id, content_ids=[1, "1"])),
        ("contentIds", lambda play, batch: play.engine.submit(Draft("update-price", CREATOR, "c1", {"newPrice": 5}))),
        ("limit", lambda play, batch: play.engine.batches(BatchQuery(limit=-5))),
        ("limit", lambda play, batch: play.engine.items(batch.id, ItemQuery(limit=0))),
        ("limit", lambda play, batch: play.engine.contents(ContentQuery(limit=501))),
        ("limit", lambda play, batch: play.engine.changes("", 0)),
        ("text", lambda play, batch: play.engine.batches(BatchQuery(text=HALF))),
        ("creator", lambda play, batch: play.engine.contents(ContentQuery(creator=HALF))),
    ],
)
async def test_what_cannot_be_meant_is_refused(play: Rig, field: str, call: Call) -> None:
    """The caller reads which field is wrong; nothing raises out of the database."""
    batch = await play.engine.submit(price("c1"))
    with pytest.raises(InvalidDraft) as refused:
        await call(play, batch)
    assert [problem.field for problem in refused.value.problems] == [field]
    assert (await play.engine.batches(BatchQuery())).total == 1


@pytest.mark.parametrize(
    "call",
    [
        lambda play, batch: play.engine.batch(HALF),
        lambda play, batch: play.engine.pause("a\x00b"),
        lambda play, batch: play.engine.items(HALF, ItemQuery()),
        lambda play, batch: play.engine.item(batch.id, HALF),
        lambda play, batch: play.engine.story(HALF, "c1"),
        lambda play, batch: play.engine.retry(HALF),
        lambda play, batch: play.engine.select_revert(HALF),
    ],
)
async def test_an_id_that_can_be_nobodys_is_not_found(play: Rig, call: Call) -> None:
    """No id has half a character."""
    batch = await play.engine.submit(price("c1"))
    with pytest.raises(NotFound, match="There is no"):
        await call(play, batch)


async def test_an_import_is_judged_as_a_file_is(play: Rig) -> None:
    """A price of 1.5 or a screen-clearing id never gets into the catalogue, and nothing beside it does."""
    fine = Content("fine", CREATOR, "Fine", 1)
    bad = [Content("f", "nobody", "t", 1.5), Content("g\x1b[2J", CREATOR, "t", 1)]  # type: ignore[arg-type]
    refused = dict(await play.engine.import_contents([fine, *bad]))
    assert sorted(refused) == [1, 2]
    assert "creator: address 'nobody', character 1" in refused[1]
    assert "price: 1.5 isn't an integer" in refused[1]
    assert "control character" in refused[2]
    assert (await play.engine.contents(ContentQuery())).total == 2
    assert await play.engine.import_contents([fine]) == []


async def test_a_read_only_payload_is_as_good_as_another(play: Rig) -> None:
    """A mapping is a mapping, with a key and without one, at the top and inside."""
    cases = [
        ("update-price", {"newPrice": 5}, {"newPrice": 5}),
        ("update-metadata", {"updates": {"title": "New"}}, {"updates": MappingProxyType({"title": "New"})}),
    ]
    for operation, payload, inner in cases:
        draft = Draft(operation, CREATOR, ["c1"], MappingProxyType(inner))
        assert (await play.engine.submit(draft)).tally.total == 1
        first = await play.engine.submit(draft, key=operation)
        plain = Draft(operation, CREATOR, ["c1"], payload)
        assert (await play.engine.submit(plain, key=operation)).id == first.id


async def test_ids_are_compared_as_text_under_a_key(play: Rig) -> None:
    """1 and "1" are the same content, so a repeated call with either gives the same batch."""
    many = [Draft("update-price", CREATOR, [given], {"newPrice": 5}) for given in (1, "1")]
    each = [Draft("update-price", CREATOR, items=[DraftItem(given, {"newPrice": 5})]) for given in (1, "1")]
    for key, drafts in (("many", many), ("each", each)):
        assert len({(await play.engine.submit(draft, key=key)).id for draft in drafts}) == 1


async def test_a_retry_is_the_same_under_its_key_however_its_contents_are_named(play: Rig) -> None:
    """A set has no order, and an id no type."""
    batch = await play.engine.submit(price("1", "2"))
    await play.engine.cancel(batch.id)
    cancelled = frozenset({Outcome.CANCELLED})
    first = await play.engine.retry(batch.id, cancelled, ["1", "2"], key="k")
    again = await play.engine.retry(batch.id, cancelled, [2, 1], key="k")  # type: ignore[list-item]
    assert again.batch.id == first.batch.id


async def test_the_last_time_that_can_be_planned_is_kept(play: Rig) -> None:
    """What is accepted can be read again, to the microsecond."""
    when = datetime(9998, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    batch = await play.engine.submit(Draft("update-price", CREATOR, ["c1"], {"newPrice": 5}, scheduled_for=when))
    assert (await play.engine.batch(batch.id)).scheduled_for == when
