"""Only what is chosen: it can be looked at and taken back one by one, whatever the search shows and is loaded."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from console.composing import without
from console.feed import FeedUpdate
from console.news import Fed
from console.screens.compose import ComposeScreen
from console.screens.review import ReviewScreen
from tests.console.conftest import deck_over, run, seen
from tests.console.desk import drawn, fill, open_screen, search, shown, still, text_of, typed, until
from tests.console.shelf import Shelf, content, stocked

STATE = ".list--state"


@pytest.mark.parametrize(
    ("text", "gone", "left"),
    [
        ("content-1,7,20-25", {"22"}, "content-1, 7, 20-21, 23-25"),
        ("1-3", {"1", "3"}, "2"),
        ("20-25", {"20", "21", "22", "23", "24", "25"}, ""),
        ("a  b\nc", {"b"}, "a, c"),
        ("5-1, x", {"x"}, "5-1"),
        ("1-4", set(), "1-4"),
        ("", {"1"}, ""),
    ],
)
def test_ids_leave_what_was_typed(text: str, gone: set[str], left: str) -> None:
    """A range is cut around them; what can't be read, or isn't meant, stays as it was typed."""
    assert without(text, gone) == left


async def composing(pilot: Pilot[None]) -> None:
    """Open Compose, and stand in the list."""
    await open_screen(pilot, "c", "compose")
    shown(pilot).table.focus()


def rows(pilot: Pilot[None]) -> list[str]:
    return [row.key for row in shown(pilot).table.rows]


def chosen(pilot: Pilot[None]) -> list[str]:
    return [pick.content_id for pick in pilot.app.screen.picks]  # type: ignore[attr-defined]


def ids_text(pilot: Pilot[None]) -> str:
    return str(pilot.app.screen.form.texts["contentIds"])  # type: ignore[attr-defined]


@pytest.mark.plays("compose.chosen")
@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_what_another_search_chose_is_seen_and_taken_back(size: tuple[int, int]) -> None:
    """F7 shows what was marked under two searches, and says so; Space takes out and puts back; Escape leads back."""
    async with run(deck_over(stocked()), size) as pilot:
        await open_screen(pilot, "c", "compose")
        await search(pilot, "bread")
        await pilot.press("space", "space")
        await search(pilot, "harbour")
        await pilot.press("space", "down", "down")
        before, cursor = rows(pilot), shown(pilot).table.cursor_key
        await pilot.press("f7")
        await until(pilot, lambda: shown(pilot).only)
        assert rows(pilot) == ["content-3", "content-13", "content-9"]
        await seen(pilot, "Only chosen")
        assert text_of(pilot, STATE) == "Only what is chosen: 3 · f7 shows the search"
        await pilot.press("down", "space")
        await until(pilot, lambda: chosen(pilot) == ["content-3", "content-9"])
        assert rows(pilot) == ["content-3", "content-13", "content-9"]
        assert "1 taken out: Space puts back" in text_of(pilot, STATE)
        await pilot.press("a")
        await until(pilot, lambda: len(chosen(pilot)) == 3)
        await pilot.press("home", "space", "escape")
        await until(pilot, lambda: not shown(pilot).only)
        assert isinstance(pilot.app.screen, ComposeScreen)
        assert (rows(pilot), shown(pilot).table.cursor_key) == (before, cursor)
        assert sorted(chosen(pilot)) == ["content-13", "content-9"]
        assert "Only chosen" not in drawn(pilot)
        await pilot.press("f7")
        await until(pilot, lambda: sorted(rows(pilot)) == ["content-13", "content-9"])


async def test_more_than_is_loaded_is_shown_and_the_search_goes_on_where_it_was() -> None:
    """1,200 chosen of which 500 are loaded: all stand there; back in the search the next page still comes."""
    engine = Shelf()
    engine.stock(*(content(number) for number in range(1, 1201)))
    async with run(deck_over(engine)) as pilot:
        await composing(pilot)
        await pilot.press("f4")
        await until(pilot, lambda: len(chosen(pilot)) == 1200)
        await pilot.press("f7")
        await until(pilot, lambda: len(rows(pilot)) == 1200)
        await pilot.press("end", "space")
        await until(pilot, lambda: len(chosen(pilot)) == 1199)
        await pilot.press("f7")
        await until(pilot, lambda: len(rows(pilot)) == 500)
        assert "content-1200" not in chosen(pilot)
        assert "the first 500 loaded" in text_of(pilot, STATE)
        await pilot.press("end")
        await until(pilot, lambda: len(rows(pilot)) == 1000)


async def test_typed_ids_are_there_too_and_leave_their_field() -> None:
    """A range, a mark and an id that nobody has: each is a row; what loses its mark is cut out of what was typed."""
    engine = Shelf()
    engine.stock(*(content(number, content_id=str(number)) for number in range(1, 801)))
    async with run(deck_over(engine), (120, 40)) as pilot:
        await composing(pilot)
        await pilot.press("space")
        await fill(pilot, "newPrice", "5stx")
        await fill(pilot, "contentIds", "700-703,ghost")
        await until(pilot, lambda: "Not in the catalogue: ghost" in drawn(pilot))
        await pilot.press("f7")
        await until(pilot, lambda: rows(pilot) == ["1", "700", "701", "702", "703", "ghost"])
        assert shown(pilot).table.marks == frozenset(rows(pilot))
        assert list(shown(pilot).picks) == ["1"]
        assert "not in the catalogue" in drawn(pilot)
        await pilot.press("end", "space")
        await until(pilot, lambda: ids_text(pilot) == "700-703")
        assert "Not in the catalogue: ghost" not in drawn(pilot)
        shown(pilot).table.move_to("701")
        await pilot.press("space")
        await until(pilot, lambda: ids_text(pilot) == "700, 702-703")
        assert chosen(pilot) == ["1", "700", "702", "703"]
        shown(pilot).table.move_to("701")
        await pilot.press("space")
        await until(pilot, lambda: ids_text(pilot) == "700, 702-703, 701")
        await pilot.press("f7")
        await until(pilot, lambda: not shown(pilot).only)
        assert shown(pilot).table.marks == frozenset({"1"})
        assert chosen(pilot) == ["1", "700", "702", "703", "701"]


async def test_f8_takes_back_all_that_is_looked_at() -> None:
    """Where only what is chosen is shown, no mark means that nothing is chosen: the field is empty too."""
    async with run(deck_over(stocked())) as pilot:
        await composing(pilot)
        await pilot.press("space")
        await fill(pilot, "contentIds", "content-9,content-10")
        await until(pilot, lambda: len(chosen(pilot)) == 3)
        await pilot.press("f7")
        await until(pilot, lambda: len(rows(pilot)) == 3)
        await pilot.press("f8")
        await until(pilot, lambda: not chosen(pilot) and not ids_text(pilot))
        assert len(rows(pilot)) == 3
        await pilot.press("escape", "f7")
        await seen(pilot, "Nothing is chosen")
        assert not shown(pilot).only


async def test_a_search_that_is_typed_is_shown() -> None:
    """Whoever types sees what it finds, not what is chosen; the choice stays."""
    async with run(deck_over(stocked())) as pilot:
        await composing(pilot)
        await pilot.press("space", "f7")
        await until(pilot, lambda: len(rows(pilot)) == 1)
        await search(pilot, "harbour")
        assert not shown(pilot).only
        assert len(rows(pilot)) == 24
        assert chosen(pilot) == ["content-1"]


async def test_ids_that_are_typed_meanwhile_join_what_is_shown() -> None:
    """The field and the rows say the same at any moment."""
    async with run(deck_over(stocked()), (120, 40)) as pilot:
        await composing(pilot)
        await pilot.press("space", "f7")
        await until(pilot, lambda: len(rows(pilot)) == 1)
        await fill(pilot, "contentIds", "content-7")
        await until(pilot, lambda: rows(pilot) == ["content-1", "content-7"])
        assert shown(pilot).table.marks == {"content-1", "content-7"}
        await pilot.press("backspace")
        await typed(pilot, "8")
        await until(pilot, lambda: rows(pilot) == ["content-1", "content-8"])
        assert shown(pilot).table.marks == {"content-1", "content-8"}
        assert chosen(pilot) == ["content-1", "content-8"]


async def test_news_of_the_catalogue_renews_the_rows_and_brings_no_others() -> None:
    """A price that changes is drawn where it stands; the search's rows don't push in."""
    engine = stocked()
    async with run(deck_over(engine)) as pilot:
        await composing(pilot)
        await pilot.press("space", "space", "f7")
        await until(pilot, lambda: len(rows(pilot)) == 2)
        engine.stock(content(2, price=77_000_000))
        pilot.app.post_message(Fed(FeedUpdate(contents=True)))
        await seen(pilot, "77 STX")
        assert rows(pilot) == ["content-1", "content-2"]
        await pilot.press("f7")
        await until(pilot, lambda: len(rows(pilot)) == 240)
        assert "77 STX" in drawn(pilot)


async def test_a_range_that_was_begun_ends_with_its_list() -> None:
    """It would mark what lies between two rows of another list."""
    async with run(deck_over(stocked())) as pilot:
        await composing(pilot)
        await pilot.press("space", "down", "down", "v", "f7")
        await until(pilot, lambda: shown(pilot).only)
        await pilot.press("f7")
        await until(pilot, lambda: not shown(pilot).only)
        before = chosen(pilot)
        await pilot.press("down", "down", "down")
        await pilot.pause()
        assert chosen(pilot) == before


async def test_what_is_shown_is_what_is_reviewed() -> None:
    """Review begins from there as well, with exactly what is marked."""
    async with run(deck_over(stocked())) as pilot:
        await composing(pilot)
        await pilot.press("space", "space", "space")
        await fill(pilot, "newPrice", "5stx")
        await pilot.press("f7")
        await until(pilot, lambda: len(rows(pilot)) == 3)
        await pilot.press("space", "ctrl+r")
        await until(pilot, lambda: isinstance(pilot.app.screen, ReviewScreen))
        lines = pilot.app.screen._plan.lines  # type: ignore[attr-defined]
        assert [line.row.content_id for line in lines] == ["content-2", "content-3"]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_the_picture_of_what_is_chosen(size: tuple[int, int], snap_compare: Callable[..., bool]) -> None:
    """The title and the line under the rows say that it isn't all there is; a row that was taken out is still there."""

    async def before(pilot: Pilot[None]) -> None:
        await open_screen(pilot, "c", "compose")
        await search(pilot, "bread")
        await pilot.press("space", "space")
        await fill(pilot, "contentIds", "content-99,content-100")
        await until(pilot, lambda: len(chosen(pilot)) == 4)
        await pilot.press("f7")
        await until(pilot, lambda: shown(pilot).only)
        await pilot.press("space")
        await until(pilot, lambda: len(chosen(pilot)) == 3)
        still(pilot)
        await pilot.pause()

    assert snap_compare(deck_over(stocked()), terminal_size=size, run_before=before)
