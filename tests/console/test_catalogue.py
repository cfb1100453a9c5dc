"""Catalogue: search, filter, sort and mark all contents, with numbers that are true, and compose from them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.events import Key
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.widgets import Input, Static

from console.content_views import ORDERS, detail_text, facts_text, natural, ordered
from console.feed import FeedUpdate
from console.screens.catalogue import CatalogueScreen
from console.screens.compose import ComposeScreen
from console.screens.help import HelpScreen
from console.widgets.list_state import state_text
from engine.core.model import Content
from engine.core.reports import ContentQuery, Page
from engine.core.search import GUIDE
from tests.console.conftest import deck_over
from tests.console.desk import drawn, open_screen, search, shown, still, text_of, typed, until
from tests.console.fake_engine import ALICE, BOB, NOW, Outage
from tests.console.screenshots import searching
from tests.console.shelf import HOSTILE, Shelf, content, stocked
from tests.console.stories import storied

SIZES = [(80, 24), (120, 40)]


def test_ids_sort_as_a_person_counts() -> None:
    """film-2 comes before film-10, whatever the letters' case."""
    ids = ["Film-10", "film-2", "9", "film-2b", "10"]
    assert sorted(ids, key=natural) == ["9", "10", "film-2", "film-2b", "Film-10"]


@given(st.lists(st.text(max_size=12)))
def test_every_id_can_be_sorted(ids: list[str]) -> None:
    """No mix of digits and letters, of any script, breaks the order."""
    assert sorted(sorted(ids, key=natural)) == sorted(ids)


def test_equal_contents_keep_the_order_of_import() -> None:
    """Sorting by price leaves what costs the same where it was."""
    contents = [content(3, price=2), content(1, price=1), content(2, price=1)]
    assert [one.content_id for one in ordered(contents, "price")] == ["content-1", "content-2", "content-3"]
    assert [ordered(contents, one)[0].content_id for one in ORDERS] == [
        "content-3",
        "content-1",
        "content-3",
        "content-1",
    ]


def test_what_is_loaded_is_never_called_all() -> None:
    """The line under the list says how many match, and how many of them are there."""
    assert state_text(500, 3200, 0, "import").plain.startswith("3,200 contents match, the first 500 loaded")
    assert "loaded" not in state_text(3200, 3200, 0, "import").plain
    assert "12 chosen" in state_text(3200, 3200, 12, "price").plain


def test_the_detail_tells_everything() -> None:
    """What the columns have no room for stands below: description, url, chain id, exact price, removal."""
    one = content(7, refundable=True, refund_window_days=14, token_gating=True, removed_at=NOW, removal_reason="rights")
    said = f"{detail_text(one)} {facts_text(one)}"
    for words in ("Basel", "ipfs://content-7", "on chain as 7", "1,070,000 µSTX", "14 days", "rights", ALICE):
        assert words in said


@pytest.mark.parametrize("size", SIZES)
async def test_marked_contents_go_to_compose(size: tuple[int, int]) -> None:
    """Marks of several searches come along, in the order in which they were made."""
    async with deck_over(stocked()).run_test(size=size) as pilot:
        await open_screen(pilot, "o", "catalogue")
        await search(pilot, "bread")
        await pilot.press("space")
        await search(pilot, "content-24")
        await pilot.press("space", "c")
        await until(pilot, lambda: isinstance(pilot.app.screen, ComposeScreen) and shown(pilot).total is not None)
        assert list(shown(pilot).picks) == ["content-3", "content-24"]
        assert "2 items of 2 creators" in text_of(pilot, "#sum")


@pytest.mark.plays("catalogue.compose")
async def test_without_marks_the_row_under_the_cursor_goes() -> None:
    """c on a row composes for that content."""
    async with deck_over(stocked()).run_test(size=(80, 24)) as pilot:
        await open_screen(pilot, "o", "catalogue")
        await pilot.press("down", "c")
        await until(pilot, lambda: isinstance(pilot.app.screen, ComposeScreen))
        await until(pilot, lambda: list(shown(pilot).picks) == ["content-2"])


@pytest.mark.plays("batches.catalogue", "catalogue.sort")
async def test_a_sort_is_over_all_that_match() -> None:
    """Half a list can't be sorted: all 1,200 are loaded first, and the marks stay."""
    engine = Shelf()
    engine.stock(*(content(number, price=10_000 - number) for number in range(1, 1201)))
    async with deck_over(engine).run_test(size=(80, 24)) as pilot:
        await open_screen(pilot, "o", "catalogue")
        await pilot.press("space")
        for order in ("id", "title", "price"):
            await pilot.press("s")
            await until(pilot, lambda: shown(pilot).loaded == 1200 and shown(pilot)._asked is None)
            assert shown(pilot).order == order
        assert shown(pilot).table.rows[0].key == "content-1200"
        assert list(shown(pilot).picks) == ["content-1"]
        assert "by price" in text_of(pilot, ".list--state")


@pytest.mark.plays("catalogue.removed")
async def test_removed_contents_are_shown_on_demand() -> None:
    """They are hidden, then shown with the word, and never chosen by taking all."""
    engine = stocked(3)
    engine.stock(content(4, removed_at=NOW, removal_reason="rights"))
    async with deck_over(engine).run_test(size=(80, 24)) as pilot:
        await open_screen(pilot, "o", "catalogue")
        assert shown(pilot).total == 3
        await pilot.press("x")
        await until(pilot, lambda: shown(pilot).total == 4)
        assert "removed: " in drawn(pilot)
        await pilot.press("a")
        await until(pilot, lambda: len(shown(pilot).picks) == 3)


async def test_a_search_finds_by_id_and_title_in_any_case() -> None:
    """What doesn't match says so, and the way back is to change the text."""
    async with deck_over(stocked()).run_test(size=(80, 24)) as pilot:
        await open_screen(pilot, "o", "catalogue")
        await search(pilot, "CONTENT-24")
        assert [row.key for row in shown(pilot).table.rows] == ["content-24", "content-240"]
        await search(pilot, "zzz")
        assert "Nothing matches" in drawn(pilot)


async def test_a_change_of_the_catalogue_keeps_cursor_and_marks() -> None:
    """New values appear where the eye is; nothing jumps."""
    engine = stocked()
    async with deck_over(engine).run_test(size=(80, 24)) as pilot:
        await open_screen(pilot, "o", "catalogue")
        await pilot.press("down", "down", "space")
        engine.stock(replace(engine.shelf["content-4"], title="Renamed"))
        pilot.app.screen.fed(FeedUpdate(contents=True))  # type: ignore[attr-defined]
        await until(pilot, lambda: "Renamed" in drawn(pilot))
        assert shown(pilot).table.cursor_key == "content-4"
        assert list(shown(pilot).picks) == ["content-3"]
        assert shown(pilot).known["content-4"].creator == BOB


@pytest.mark.plays("catalogue.refresh")
async def test_a_load_that_fails_leaves_the_last_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error while loading is said; the list stays."""
    engine = stocked()

    async def broken(query: ContentQuery) -> Page[Content]:
        raise Outage("no answer")

    async with deck_over(engine).run_test(size=(80, 24), notifications=True) as pilot:
        await open_screen(pilot, "o", "catalogue")
        monkeypatch.setattr(engine, "contents", broken)
        await pilot.press("ctrl+l")
        await until(pilot, lambda: "Loading the catalogue: no answer" in drawn(pilot))
        assert isinstance(pilot.app.screen, CatalogueScreen)
        assert "content-1" in drawn(pilot)


async def test_an_answer_in_another_order_is_not_taken_for_the_one_asked_for() -> None:
    """Loaded again and sorted at once: the first answer finds the same, in the order of before, and is left."""
    engine = Shelf()
    engine.stock(content(3), content(1), content(2))
    async with deck_over(engine).run_test(size=(80, 24)) as pilot:
        await open_screen(pilot, "o", "catalogue")
        pilot.app.screen.do_refresh()  # type: ignore[attr-defined]
        pilot.app.screen.do_by_id()  # type: ignore[attr-defined]
        await until(pilot, lambda: shown(pilot).table.rows[0].key == "content-1")


async def test_a_mark_behind_a_search_falls_on_what_it_finds() -> None:
    """Search, Enter, Space in one burst, and an engine that takes its time: no row of the list before is marked."""

    class Slow(Shelf):
        async def contents(self, query: ContentQuery) -> Page[Content]:
            await asyncio.sleep(0.4 if query.search else 0)
            return await super().contents(query)

    engine = Slow()
    engine.stock(content(1), content(2), content(3))
    async with deck_over(engine).run_test(size=(80, 24)) as pilot:
        await open_screen(pilot, "o", "catalogue")
        for key in ("slash", *"content-3", "enter", "space"):
            pilot.app.post_message(
                Key(_character_to_key(key) if len(key) == 1 else key, key if len(key) == 1 else None)
            )
        await until(pilot, lambda: shown(pilot).picks)
        assert list(shown(pilot).picks) == ["content-3"]


async def test_changes_while_the_list_is_loaded_become_one_load_after_it() -> None:
    """A slow engine under a busy feed isn't asked for the same page over and over, and the last change is shown."""
    free, asked = asyncio.Event(), []

    class Slow(Shelf):
        async def contents(self, query: ContentQuery) -> Page[Content]:
            asked.append(query)
            found = await super().contents(query)
            await free.wait()
            return found

    engine = Slow()
    engine.stock(content(1))
    free.set()
    async with deck_over(engine).run_test(size=(80, 24)) as pilot:
        await open_screen(pilot, "o", "catalogue")
        await pilot.pause(0.1)
        free.clear()
        asked.clear()
        for number in range(2, 7):
            engine.stock(content(number))
            pilot.app.screen.fed(FeedUpdate(contents=True))  # type: ignore[attr-defined]
            await pilot.pause(0.02)
        assert len(asked) == 1
        free.set()
        await until(pilot, lambda: len(shown(pilot).table.rows) == 6)
        await pilot.pause(0.1)
        assert len(asked) == 2


async def test_a_failure_in_another_order_leaves_the_one_asked_for() -> None:
    """The old order's page didn't come, but the new one's is on its way: it is taken."""
    engine = Shelf()
    engine.stock(content(3), content(1), content(2))
    async with deck_over(engine).run_test(size=(80, 24)) as pilot:
        await open_screen(pilot, "o", "catalogue")
        pilot.app.screen.do_by_id()  # type: ignore[attr-defined]
        shown(pilot).failed(shown(pilot).query_now, "import")
        await until(pilot, lambda: shown(pilot).table.rows[0].key == "content-1")


async def test_hostile_contents_stay_text() -> None:
    """Whatever a title or a description holds, the screen shows harmless signs."""
    engine = Shelf()
    engine.stock(*(content(number, title=text, description=text, url=text) for number, text in enumerate(HOSTILE)))
    async with deck_over(engine).run_test(size=(120, 40)) as pilot:
        await open_screen(pilot, "o", "catalogue")
        for _ in HOSTILE:
            await pilot.press("down")
            assert drawn(pilot).replace("\n", "").isprintable()
        assert "[/x] unbalanced" in drawn(pilot)


@pytest.mark.parametrize("size", SIZES)
def test_the_picture_of_the_catalogue(size: tuple[int, int], snap_compare: Callable[..., bool]) -> None:
    """List, marks, honest total and the detail of one content, at both sizes."""

    async def before(pilot: Pilot[None]) -> None:
        await searching(pilot)
        await pilot.pause()

    assert snap_compare(deck_over(storied()), terminal_size=size, run_before=before)


async def test_a_search_in_its_own_language() -> None:
    """Terms are joined, turned round, and told apart from words; what matches is counted."""
    async with deck_over(stocked()).run_test(size=(80, 24)) as pilot:
        await open_screen(pilot, "o", "catalogue")
        await search(pilot, "bread price:>1.4stx")
        assert shown(pilot).total == 4
        await search(pilot, f"!bread creator:{BOB[:8].lower()} price:1.04stx")
        assert {shown(pilot).known[row.key].creator for row in shown(pilot).table.rows} == {BOB}


async def test_what_a_search_cant_mean_stands_beside_it() -> None:
    """A term that nobody knows finds nothing, says why, chooses nothing, and is gone when it is mended."""
    engine = stocked()
    async with deck_over(engine).run_test(size=(80, 24), notifications=True) as pilot:
        await open_screen(pilot, "o", "catalogue")
        field = pilot.app.screen.query_one("#search", Input)
        field.focus()
        await typed(pilot, "price:>2.5")
        await until(pilot, lambda: shown(pilot).total == 0)
        assert "write 2.5stx if you mean STX" in " ".join(text_of(pilot, ".list--problem").split())
        assert "Nothing is searched for" in drawn(pilot)
        assert text_of(pilot, ".list--state") == "Nothing is searched for"
        await pilot.press("f4")
        await until(pilot, lambda: drawn(pilot).count("'price:>2.5'") == 2)
        assert not shown(pilot).picks
        await typed(pilot, "stx")
        await until(pilot, lambda: not pilot.app.screen.query_one(".list--problem").display)
        assert all(query.search in ("", "price:>2.5stx") for query in engine.named("contents"))  # type: ignore[attr-defined]


async def test_the_search_explains_itself() -> None:
    """An empty search hints at its language, and the help has an example of every kind of term."""
    async with deck_over(stocked()).run_test(size=(80, 24)) as pilot:
        await open_screen(pilot, "o", "catalogue")
        assert "price:>2stx, changed:<7d" in drawn(pilot)
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        await until(pilot, lambda: str(pilot.app.screen.query_one("#keys", Static).render()))
        said = " ".join(str(pilot.app.screen.query_one("#keys", Static).render()).split())
        assert all(example in said and meaning in said for example, meaning in GUIDE)


@pytest.mark.parametrize("size", SIZES)
def test_the_picture_of_a_search_that_cant_be(size: tuple[int, int], snap_compare: Callable[..., bool]) -> None:
    """Every problem stands under the search, and nothing is found by the rest of it."""

    async def before(pilot: Pilot[None]) -> None:
        await open_screen(pilot, "o", "catalogue")
        pilot.app.screen.query_one("#search", Input).focus()
        await typed(pilot, "bread colour:red price:>2.5")
        await until(pilot, lambda: shown(pilot).total == 0)
        still(pilot)
        await pilot.pause()

    assert snap_compare(deck_over(stocked()), terminal_size=size, run_before=before)


@pytest.mark.parametrize("key", ["o", "c"])
async def test_the_dearest_price_is_whole(key: str) -> None:
    """A price is read to its last digit at 80 columns, in Catalogue as in Compose."""
    engine = stocked()
    engine.stock(content(1, price=2**63 - 1))
    app = deck_over(engine)
    async with app.run_test(size=SIZES[0], notifications=True) as pilot:
        await open_screen(pilot, key, "catalogue" if key == "o" else "compose")
        await until(pilot, lambda: "9,223,372,036,854.775807 STX " in drawn(pilot))
        assert "content-1" in drawn(pilot)
