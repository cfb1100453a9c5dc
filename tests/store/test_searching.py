"""Searching the catalogue in SQL: the same terms find the same contents as one by one, however many there are."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.model import Content, NewBatch, Operation, Value
from engine.core.reports import ContentQuery
from engine.core.search import Creator, Kind, Price, Search, Term, What, Words, parse, write
from engine.errors import InvalidDraft
from engine.store import SqliteStore, searching
from engine.store.searching import FEW
from tests.store.support import CREATOR, NOW, applied, contents, later, new_batch, off_chain

OTHER = "SP2J6ZY48GV1EZ5V2V5RB9MP66SW86PYKKNRV9EJ7"
SHELF = (
    Content("Film-1", CREATOR, "ÜBER Brot", 1_000_000, content_type="video"),
    Content("film-2", OTHER, "50% off_now", 2_000_000, content_type="Video/mp4"),
    Content("song-1", OTHER, "Bread & Wine", 2_000_001, content_type="audio"),
    Content("100%", CREATOR, "夜明け", 2**63 - 1, content_type="50%_\\x"),
)
WHATS: st.SearchStrategy[What] = st.one_of(
    st.sampled_from(["film", "BREAD", "über", "brot", "%", "_", "夜", "-1", "nowhere"]).map(Words),
    st.sampled_from(["S", "ST", "SP2J6", CREATOR, OTHER]).map(Creator),
    st.sampled_from(["video", "V", "50%", "%", "_", "50%_\\x", "audio "]).map(Kind),
    st.sampled_from([Price(0, 1_000_000), Price(1_000_001, 2_000_000), Price(2_000_001, 2**63 - 1)]),
)


def holds(content: Content, what: What) -> bool:
    match what:
        case Words(text):
            return any(text.casefold() in field.casefold() for field in (content.content_id, content.title))
        case Creator(prefix):
            return content.creator.startswith(prefix)
        case Kind(prefix):
            return content.content_type.lower().startswith(prefix.lower())
        case Price(low, high):
            return low <= content.price <= high
    raise AssertionError(what)


async def ids(store: SqliteStore, search: str, **more: object) -> list[str]:
    page = await store.contents(ContentQuery(search=search, now=later(0), **more))  # type: ignore[arg-type]
    assert page.total == len(page.rows)
    return [content.content_id for content in page.rows]


@given(st.lists(st.builds(Term, WHATS, st.booleans()), max_size=4))
async def test_sql_finds_what_the_terms_say(terms: Iterable[Term]) -> None:
    """Every mix of terms and opposites finds exactly the contents for which each of them holds."""
    terms = tuple(terms)
    expected = [one.content_id for one in SHELF if all(holds(one, term.what) != term.negated for term in terms)]
    assert await ids(await shelf(), write(Search(terms))) == expected


_shelf: list[SqliteStore] = []


async def shelf() -> SqliteStore:
    return _shelf[0]


@pytest.fixture(autouse=True)
async def _stocked(store: SqliteStore) -> None:
    _shelf[:] = [store]
    assert await store.import_contents(SHELF, later(-3600 * 24 * 30)) == []


async def test_a_change_is_found_by_its_age(store: SqliteStore) -> None:
    """The first import is no change; a batch's or an import's is one, until it is longer ago than asked for."""
    await applied(store, new_batch(["Film-1"]))
    await store.import_contents([contents(1)[0]], NOW)
    assert await ids(store, "changed:<1h") == ["Film-1"]
    await store.import_contents([Content("song-1", OTHER, "Bread only", 5)], NOW - timedelta(days=6))
    assert await ids(store, "changed:<1w") == ["Film-1", "song-1"]
    assert await ids(store, "changed:<5d") == ["Film-1"]
    assert await ids(store, "changed:>5d") == ["film-2", "song-1", "100%", "c1"]
    assert await ids(store, 'changed:<1w "bread only"') == ["song-1"]


async def test_off_chain_is_the_last_change_that_has_a_call(store: SqliteStore) -> None:
    """Metadata changed since calls nothing and hides nothing; a change that is under way does."""
    await store.import_contents(contents(3), NOW)
    items = await applied(store, new_batch(["c1", "c2", "c3"]))
    await off_chain(store, *items)
    metadata = new_batch(["c1"], {"title": "New"}, Operation.UPDATE_METADATA)
    await applied(store, metadata, new_batch(["c2"], {"price": 7}))
    assert await ids(store, "off-chain") == ["c1", "c3"]
    assert await ids(store, "!off-chain c") == ["c2"]
    assert await ids(store, "off-chain new") == ["c1"]


async def test_off_chain_after_every_history(store: SqliteStore) -> None:
    """Whatever came in whatever order, the last change that the chain knows of, or should, decides."""
    kinds = ("off-chain", "under way", "metadata", "price imported", "title imported")
    histories = [one for length in (1, 2, 3) for one in product(kinds, repeat=length) if _possible(one)]
    shelf = contents(len(histories))
    await store.import_contents(shelf, NOW)
    for step in range(3):
        begun = {
            kind: [one for one, past in zip(shelf, histories, strict=True) if past[step:][:1] == (kind,)]
            for kind in kinds
        }
        left = await applied(store, *_batches(begun["off-chain"], {"price": 2 + step}))
        await off_chain(store, *left)
        await applied(store, *_batches(begun["under way"], {"price": 20 + step}))
        title = {"title": f"Metadata {step}"}
        await applied(store, *_batches(begun["metadata"], title, Operation.UPDATE_METADATA))
        assert (
            await store.import_contents([replace(one, price=200 + step) for one in begun["price imported"]], NOW) == []
        )
        assert await store.import_contents(await _renamed(store, begun["title imported"], f"Import {step}"), NOW) == []
    callers = [[kind for kind in past if kind in ("off-chain", "under way", "price imported")] for past in histories]
    expected = [one.content_id for one, known in zip(shelf, callers, strict=True) if known[-1:] == ["off-chain"]]
    assert 20 < len(expected) < len(shelf)
    assert await ids(store, "off-chain !creator:SP") == expected
    assert set(await ids(store, "!off-chain creator:ST2CY c")) == {one.content_id for one in shelf} - set(expected)


def _possible(history: tuple[str, ...]) -> bool:
    """Nothing that is under way can be imported."""
    return all("imported" not in kind or "under way" not in history[:at] for at, kind in enumerate(history))


def _batches(chosen: list[Content], value: Value, operation: Operation = Operation.UPDATE_PRICE) -> list[NewBatch]:
    return [new_batch([one.content_id for one in chosen], value, operation)] if chosen else []


async def _renamed(store: SqliteStore, chosen: list[Content], title: str) -> list[Content]:
    """Return contents as they are now, but for their titles."""
    names = frozenset(one.content_id for one in chosen)
    assert names
    found = await store.contents(ContentQuery(content_ids=names))
    return [replace(one, title=title) for one in found.rows]


async def test_pages_and_totals_are_true_on_both_ways(store: SqliteStore) -> None:
    """Few matches come from the index and many from the rows: both page alike, with the same total."""
    await store.import_contents(contents(FEW + 50, title="Many"), NOW)
    for search, expected in (("many", FEW + 50), ("many !off-chain", FEW + 50), ("many c19", 111)):
        seen: list[str] = []
        after: str | None = None
        while True:
            page = await store.contents(ContentQuery(search=search, after=after, limit=500))
            assert page.total == expected
            seen += [content.content_id for content in page.rows]
            after = page.next
            if after is None:
                break
        assert len(seen) == len(set(seen)) == expected
        assert seen == sorted(seen, key=lambda one: int(one[1:]))


async def test_other_filters_hold_beside_a_search(store: SqliteStore) -> None:
    """A creator, named ids and what was removed are filters of their own."""
    assert await ids(store, "film", creator=OTHER) == ["film-2"]
    assert await ids(store, "!film", content_ids=frozenset({"song-1", "Film-1"})) == ["song-1"]
    await applied(store, new_batch(["song-1"], {"reason": None}, Operation.REMOVE_CONTENT, creator=OTHER))
    assert await ids(store, "bread") == []
    assert await ids(store, "bread", removed=True) == ["song-1"]


async def test_what_cant_be_read_is_refused(store: SqliteStore) -> None:
    """Nothing is guessed: a search with a problem finds nothing and says why."""
    with pytest.raises(InvalidDraft, match="colour"):
        await store.contents(ContentQuery(search="colour:red bread"))


@pytest.mark.parametrize("search", ["", "bread", "!type:video price:>1stx", "creator:ST2 changed:<7d", "!off-chain"])
def test_a_search_goes_through_the_index_alone(search: str, path: Path) -> None:
    """A hundred thousand contents are searched as one types: counting them never reads their descriptions."""
    shapes = tuple((type(term.what), term.negated) for term in parse(search).terms)
    queries = searching._queries(False, False, False, shapes)
    with closing(sqlite3.connect(path)) as database:
        for query in (queries.few, queries.total):
            plan = [row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {query.sql}", defaultdict(int))]
            assert any("COVERING INDEX ix_content_search" in step for step in plan), plan
