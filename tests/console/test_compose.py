"""Compose, by pilot: from a typed search to exactly the drafts that the engine gets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot

from console.screens.compose import ComposeScreen
from console.screens.review import ReviewScreen
from engine.core.model import Draft, Problem
from engine.core.operations import stx
from engine.core.reports import Review
from engine.errors import InvalidDraft
from tests.console.conftest import deck_over
from tests.console.desk import beside, drawn, fill, open_screen, search, shown, still, text_of, typed, until
from tests.console.fake_engine import ALICE, BOB
from tests.console.shelf import HOSTILE, Shelf, content, stocked

SIZES = [(80, 24), (120, 40)]


async def to_review(pilot: Pilot[None]) -> None:
    await pilot.press("ctrl+r")
    await until(pilot, lambda: isinstance(pilot.app.screen, ReviewScreen))


async def submit(pilot: Pilot[None], engine: Shelf) -> list[Draft]:
    await pilot.press("ctrl+s")
    await until(pilot, lambda: pilot.app.screen.query("#confirm"))
    await pilot.press("tab", "enter")
    await until(pilot, lambda: engine.submitted)
    return engine.submitted[0]


@pytest.mark.parametrize("size", SIZES)
async def test_a_search_becomes_a_submitted_draft(size: tuple[int, int]) -> None:
    """Search, choose all that match, price, review, submit: the engine gets this draft, and its screen opens."""
    engine = stocked()
    async with deck_over(engine).run_test(size=size) as pilot:
        await open_screen(pilot, "c", "compose")
        await fill(pilot, "newPrice", "1.5stx")
        await fill(pilot, "why", "autumn")
        await search(pilot, "BREAD")
        await pilot.press("a")
        await until(pilot, lambda: len(shown(pilot).picks) == 24)
        assert "24 items of 1 creator → 1 batch" in text_of(pilot, "#sum")
        await to_review(pilot)
        drafts = await submit(pilot, engine)
        ids = tuple(f"content-{number}" for number in range(3, 240, 10))
        assert drafts == [Draft("update-price", ALICE, ids, {"newPrice": 1_500_000}, why="autumn")]
        await until(pilot, lambda: getattr(pilot.app.screen, "NAME", "") == "batch")


async def test_a_draft_may_begin_later() -> None:
    """A time with its zone is read back in Review, and goes along with the draft."""
    engine = stocked()
    async with deck_over(engine).run_test(size=(120, 40)) as pilot:
        await open_screen(pilot, "c", "compose")
        await fill(pilot, "newPrice", "1.5stx")
        await fill(pilot, "scheduledFor", "2026-12-24T09:30+01:00")
        await fill(pilot, "contentIds", "content-1")
        await to_review(pilot)
        assert "2026-12-24 08:30:00 UTC" in drawn(pilot)
        (draft,) = await submit(pilot, engine)
        assert draft.scheduled_for == datetime(2026, 12, 24, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize("begins", ["9999-12-31T23:59-14:00", "9999-12-31T23:59Z", "0001-01-01T00:00+14:00"])
async def test_a_time_beyond_all_calendars_is_told_beside_its_field(begins: str) -> None:
    """In UTC the first would be in the year 10000, which no clock can write: it is a problem, not a crash."""
    async with deck_over(stocked()).run_test(size=(80, 24)) as pilot:
        await open_screen(pilot, "c", "compose")
        await fill(pilot, "scheduledFor", begins)
        said, problem = beside(pilot, "scheduledFor")
        assert problem
        assert "give one from 1970 to 9998" in said


async def test_101_items_are_split_in_two_and_it_is_said() -> None:
    """A batch holds a hundred: the rest goes into a second one, in order, and both screens say so."""
    engine = Shelf()
    engine.stock(*(content(number) for number in range(1, 102)))
    async with deck_over(engine).run_test(size=(80, 24)) as pilot:
        await open_screen(pilot, "c", "compose")
        await fill(pilot, "newPrice", "7")
        await pilot.press("f4")
        await until(pilot, lambda: len(shown(pilot).picks) == 101)
        assert "→ 2 batches, split in order" in text_of(pilot, "#sum")
        await to_review(pilot)
        assert "2 batches of 100, 1, split in order" in text_of(pilot, "#facts")
        drafts = await submit(pilot, engine)
        assert [len(draft.content_ids) for draft in drafts] == [100, 1]
        assert drafts[1].content_ids == ("content-101",)
        await until(pilot, lambda: getattr(pilot.app.screen, "NAME", "") == "batches")
        await until(pilot, lambda: "2 batches as one · 0/101 items done" in drawn(pilot))


async def test_leaving_the_console_asks_before_a_draft_is_lost() -> None:
    """^q stands beside ^r: what was typed and chosen was gone at once, from Compose and from its Review."""
    engine = stocked()
    async with deck_over(engine).run_test(size=(80, 24)) as pilot:
        await open_screen(pilot, "c", "compose")
        await fill(pilot, "newPrice", "1.5stx")
        await fill(pilot, "contentIds", "content-1")
        for way in ("ctrl+q", "ctrl+r", "ctrl+q"):
            await pilot.press(way)
            if way == "ctrl+r":
                await until(pilot, lambda: isinstance(pilot.app.screen, ReviewScreen))
                continue
            await until(pilot, lambda: "Leave without submitting?" in drawn(pilot))
            assert not engine.closed
            await pilot.press("enter")
            await until(pilot, lambda: "Leave without submitting?" not in drawn(pilot))
        await pilot.press("ctrl+q", "tab", "enter")
        await until(pilot, lambda: engine.closed)


async def test_several_creators_are_reviewed_at_once() -> None:
    """A node that answers slowly is waited for once, not once for each creator."""

    class Slow(Shelf):
        async def review(self, draft: Draft, patience: float = 10, again: Collection[str] = ()) -> Review:
            found = await super().review(draft, patience)
            while len(self.named("review")) < 2:
                await asyncio.sleep(0.01)
            return found

    engine = Slow(balance=900_000_000)
    engine.stock(content(1), content(4, BOB))
    async with deck_over(engine).run_test(size=(80, 24)) as pilot:
        await open_screen(pilot, "c", "compose")
        await fill(pilot, "newPrice", "7")
        await fill(pilot, "contentIds", "content-1,content-4")
        await until(pilot, lambda: "2 items of 2 creators" in text_of(pilot, "#sum"))
        await to_review(pilot)
        assert [review.creator for review in pilot.app.screen._plan.reviews] == [ALICE, BOB]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("0", "least price is 1"),
        ("-1", "neither % nor a unit"),
        ("+ten", "no change of a price"),
        ("-100%", "less than 100%"),
        ("~0", "write a step"),
        ("1.5", "write 1.5stx"),
        ("9223372036854775808", "out of range"),
        ("text", "is not a price"),
    ],
)
async def test_a_bad_price_is_told_beside_its_field(typed: str, words: str) -> None:
    """The problem stands beside the price as it is typed, and Review refuses with the same words."""
    engine = stocked()
    async with deck_over(engine).run_test(size=(80, 24)) as pilot:
        await open_screen(pilot, "c", "compose")
        await fill(pilot, "newPrice", typed)
        said, problem = beside(pilot, "newPrice")
        assert problem
        assert words in said
        await pilot.press("ctrl+r")
        await pilot.pause()
        assert isinstance(pilot.app.screen, ComposeScreen)
        assert engine.named("review") == []


@pytest.mark.parametrize(
    ("typed", "prices"),
    [("+10%", (1_111_000, 1_122_000)), ("-0.5stx ~0.1stx", (500_000, 500_000)), ("~0.05stx", (1_000_000, 1_000_000))],
)
async def test_a_price_told_by_how_it_differs_is_each_items_own(typed: str, prices: tuple[int, int]) -> None:
    """Each content gets a price of its own; the review shows every one, and exactly those are submitted."""
    engine = stocked()
    async with deck_over(engine).run_test(size=(80, 24)) as pilot:
        await open_screen(pilot, "c", "compose")
        await fill(pilot, "newPrice", typed)
        await fill(pilot, "contentIds", "content-1,content-2")
        assert beside(pilot, "newPrice") == (f"from the price that each has: {typed}", False)
        await to_review(pilot)
        assert f"Update price of 2 items, from what it is now: {typed}" in text_of(pilot, "#facts")
        assert stx(prices[1]) in drawn(pilot)
        (draft,) = await submit(pilot, engine)
        assert (draft.payload, draft.content_ids) == ({}, ())
        assert [(item.content_id, item.payload) for item in draft.items] == [
            (f"content-{at}", {"newPrice": price}) for at, price in enumerate(prices, 1)
        ]


async def test_a_price_that_cant_be_is_named_with_its_item() -> None:
    """What would fall to nothing is named before anything is reviewed, and goes when the item leaves the choice."""
    engine = Shelf()
    engine.stock(content(1, price=2_000_000), content(2, price=400_000))
    async with deck_over(engine).run_test(size=(80, 24)) as pilot:
        await open_screen(pilot, "c", "compose")
        await fill(pilot, "newPrice", "-0.5stx")
        await fill(pilot, "contentIds", "content-1,content-2")
        await until(pilot, lambda: beside(pilot, "newPrice")[1])
        said = " ".join(beside(pilot, "newPrice")[0].split())
        assert "1 of 2 can't have it: content-2: 0.4 STX would become -0.1 STX" in said
        await pilot.press("ctrl+r")
        await pilot.pause()
        assert engine.named("review") == []
        await fill(pilot, "contentIds", "content-1")
        await to_review(pilot)


async def test_prices_are_reckoned_from_the_catalogue_as_it_is_now() -> None:
    """A price that changed since the list was loaded is the one that is raised."""
    engine = stocked()
    async with deck_over(engine).run_test(size=(80, 24)) as pilot:
        await open_screen(pilot, "c", "compose")
        await fill(pilot, "newPrice", "+1stx")
        await pilot.press("tab")
        shown(pilot).table.focus()
        await pilot.press("space")
        engine.stock(replace(engine.shelf["content-1"], price=7_000_000))
        await to_review(pilot)
        assert "7 STX" in drawn(pilot)
        assert "8 STX" in drawn(pilot)
        (draft,) = await submit(pilot, engine)
        assert draft.items[0].payload == {"newPrice": 8_000_000}


@pytest.mark.plays("compose.all")
async def test_all_that_match_goes_beyond_what_is_loaded() -> None:
    """One key takes all 1,200, of which 500 are loaded, and the numbers never say less or more."""
    engine = Shelf()
    engine.stock(*(content(number) for number in range(1, 1201)))
    async with deck_over(engine).run_test(size=(80, 24)) as pilot:
        await open_screen(pilot, "c", "compose")
        assert "1,200 contents match, the first 500 loaded" in text_of(pilot, ".list--state")
        await pilot.press("f4")
        await until(pilot, lambda: len(shown(pilot).picks) == 1200)
        assert "1,200 items of 1 creator → 12 batches" in text_of(pilot, "#sum")


async def test_the_end_of_the_list_brings_the_next_page() -> None:
    """Scrolling down loads page after page, and nothing twice."""
    engine = Shelf()
    engine.stock(*(content(number) for number in range(1, 1201)))
    async with deck_over(engine).run_test(size=(80, 24)) as pilot:
        await open_screen(pilot, "c", "compose")
        shown(pilot).table.focus()
        await pilot.press("end")
        await until(pilot, lambda: shown(pilot).loaded == 1000)
        await pilot.press("end")
        await until(pilot, lambda: shown(pilot).loaded == 1200)
        assert [row.key for row in shown(pilot).table.rows] == [f"content-{number}" for number in range(1, 1201)]


async def test_a_paste_of_lines_keeps_every_id() -> None:
    """A column pasted from a table is taken whole; marked ones count once; other creators get their own draft."""
    engine = stocked()
    async with deck_over(engine).run_test(size=(80, 24)) as pilot:
        await open_screen(pilot, "c", "compose")
        await fill(pilot, "newPrice", "3stx")
        shown(pilot).table.focus()
        await pilot.press("space")
        await fill(pilot, "contentIds", "")
        pilot.app.screen.focused.post_message(events.Paste("content-1\r\ncontent-4\ncontent-6\n"))  # type: ignore[union-attr]
        await until(pilot, lambda: "3 items of 2 creators" in text_of(pilot, "#sum"))
        assert "1 of them marked too" in beside(pilot, "contentIds")[0]
        await to_review(pilot)
        drafts = await submit(pilot, engine)
        assert [(draft.creator, draft.content_ids) for draft in drafts] == [
            (ALICE, ("content-1", "content-6")),
            (BOB, ("content-4",)),
        ]


@pytest.mark.parametrize(
    ("typed", "words"),
    [("7,8,7", "given twice"), ("25-20", "ends before"), ("nobody-1", "Not in the catalogue: nobody-1")],
)
async def test_bad_ids_are_told_beside_their_field(typed: str, words: str) -> None:
    """Repeated, reversed or unknown ids are named beside the field, and nothing is submitted."""
    async with deck_over(stocked()).run_test(size=(80, 24)) as pilot:
        await open_screen(pilot, "c", "compose")
        await fill(pilot, "contentIds", typed)
        await until(pilot, lambda: words in beside(pilot, "contentIds")[0].replace("\n", " "))
        assert beside(pilot, "contentIds")[1]


@pytest.mark.plays("compose.drop")
async def test_ids_that_nobody_has_are_left_out_by_one_key() -> None:
    """A bad id in the middle of a long paste had to be found and deleted in a field of one line."""
    async with deck_over(stocked()).run_test(size=(80, 24), notifications=True) as pilot:
        await open_screen(pilot, "c", "compose")
        await fill(pilot, "contentIds", "content-9, nobody-1, content-2, nobody-2")
        await until(pilot, lambda: "Leave out (^o)" in beside(pilot, "contentIds")[0].replace("\n", " "))
        assert "; 2 unknown" in text_of(pilot, "#sum")
        await pilot.press("ctrl+o")
        await until(pilot, lambda: beside(pilot, "contentIds") == ("2 ids", False))
        assert pilot.app.screen.form.ids.text == "content-9, content-2"  # type: ignore[attr-defined]
        await until(pilot, lambda: "2 ids left out: nobody-1, nobody-2" in drawn(pilot))
        await pilot.press("ctrl+o")
        await until(pilot, lambda: "No id that is unknown or removed is typed" in drawn(pilot))


@pytest.mark.plays("compose.file")
async def test_ids_of_a_file_are_chosen(tmp_path: Path) -> None:
    """A file's ids are chosen in its order; what the catalogue lacks is left in the field, to be mended."""
    names = tmp_path / "ids.txt"
    names.write_text("content-9\ncontent-2, content-3\nnobody-1\n")
    async with deck_over(stocked()).run_test(size=(80, 24)) as pilot:
        await open_screen(pilot, "c", "compose")
        await pilot.press("f3")
        await until(pilot, lambda: pilot.app.screen.query("#answer"))
        await typed(pilot, str(names))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ComposeScreen) and shown(pilot).picks)
        assert list(shown(pilot).picks) == ["content-9", "content-2", "content-3"]
        assert "nobody-1" in beside(pilot, "contentIds")[0]


@pytest.mark.plays("compose.operation")
async def test_metadata_and_removal_have_their_own_fields() -> None:
    """Each operation asks for its own; what was typed for another one is neither sent nor lost."""
    engine = stocked()
    async with deck_over(engine).run_test(size=(80, 24)) as pilot:
        await open_screen(pilot, "c", "compose")
        await fill(pilot, "newPrice", "5stx")
        await pilot.press("f6", "f6")
        await fill(pilot, "updates.refundWindowDays", "30")
        await fill(pilot, "updates.tokenGating", "true")
        await fill(pilot, "contentIds", "content-1")
        await to_review(pilot)
        await pilot.press("escape")
        await pilot.press("f6")
        await pilot.pause()
        assert pilot.app.screen.form.texts["newPrice"] == "5stx"  # type: ignore[attr-defined]
        await pilot.press("f6", "f6")
        await to_review(pilot)
        drafts = await submit(pilot, engine)
        updates = {"tokenGating": True, "refundWindowDays": 30}
        assert drafts == [Draft("update-metadata", ALICE, ("content-1",), {"updates": updates})]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_diff_of_several_fields_is_read_whole(size: tuple[int, int]) -> None:
    """Columns are cut; under them the line at the cursor says every old and new value before anything is submitted."""
    engine = stocked()
    engine.stock(replace(content(1), description="As it was told when the film came out, " * 2))
    async with deck_over(engine).run_test(size=size) as pilot:
        await open_screen(pilot, "c", "compose")
        await pilot.press("f6", "f6")
        await fill(pilot, "updates.description", "A new description of what is told in it, " * 2)
        await fill(pilot, "updates.refundWindowDays", "30")
        await fill(pilot, "updates.tokenGating", "true")
        await fill(pilot, "contentIds", "content-1")
        await to_review(pilot)
        line = pilot.app.screen.query_one("#line")
        rows = drawn(pilot).splitlines()[line.region.y : line.region.bottom]
        said = " ".join(row.strip() for row in rows)
        assert "refundWindowDays = 30, tokenGating = true" in said


async def test_what_the_engine_refuses_stands_beside_the_fields() -> None:
    """A refusal at the last moment comes back to Compose, beside its field, with everything as it was typed."""
    engine = stocked()
    engine.refusal = InvalidDraft([Problem("newPrice", "Not today"), Problem("moon", "is full")])
    async with deck_over(engine).run_test(size=(80, 24)) as pilot:
        await open_screen(pilot, "c", "compose")
        await fill(pilot, "newPrice", "5stx")
        await fill(pilot, "contentIds", "content-1,content-2")
        await to_review(pilot)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: pilot.app.screen.query("#confirm"))
        await pilot.press("tab", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ComposeScreen))
        assert beside(pilot, "newPrice") == ("Not today", True)
        assert pilot.app.screen.form.texts["newPrice"] == "5stx"  # type: ignore[attr-defined]
        assert "2 items" in text_of(pilot, "#sum")
        await fill(pilot, "newPrice", "6stx")
        assert not beside(pilot, "newPrice")[1]


@pytest.mark.plays("batches.compose", "compose.creator")
async def test_a_creator_is_typed_or_chosen() -> None:
    """A wrong address is named as it is typed; the list of creators offers the right ones."""
    engine = stocked()
    async with deck_over(engine).run_test(size=(80, 24)) as pilot:
        await open_screen(pilot, "c", "compose")
        await pilot.press("f2")
        await until(pilot, lambda: pilot.app.screen.query("#creators-table"))
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ComposeScreen) and shown(pilot).total == 60)
        assert shown(pilot).creator == BOB
        shown(pilot).write_creator("SP000000000000000000002Q6VF78")
        await until(pilot, lambda: "mainnet" in text_of(pilot, ".list--problem"))
        assert engine.named("contents")[-1].creator == BOB  # type: ignore[attr-defined]


async def test_leaving_with_something_typed_is_asked() -> None:
    """Escape leaves a field first, then asks; Cancel keeps everything."""
    async with deck_over(stocked()).run_test(size=(80, 24)) as pilot:
        await open_screen(pilot, "c", "compose")
        await fill(pilot, "newPrice", "5stx")
        await pilot.press("escape", "escape")
        await until(pilot, lambda: pilot.app.screen.query("#confirm"))
        await pilot.press("enter")
        await pilot.pause()
        assert pilot.app.screen.form.texts["newPrice"] == "5stx"  # type: ignore[attr-defined]


async def test_the_mouse_reaches_everything() -> None:
    """Operation, row, marks, the list of creators and Review are all there for a click."""
    async with deck_over(stocked()).run_test(size=(80, 24)) as pilot:
        await open_screen(pilot, "c", "compose")
        await fill(pilot, "newPrice", "5stx")
        await pilot.click("#contents", offset=(1, 3))
        await pilot.pause()
        assert list(shown(pilot).picks) == ["content-3"]
        await pilot.click("#operation", offset=(20, 0))
        await pilot.pause()
        assert pilot.app.screen.form.operation == "remove-content"  # type: ignore[attr-defined]
        await pilot.click("#creators")
        await until(pilot, lambda: pilot.app.screen.query("#creators-table"))
        await pilot.press("escape")
        await pilot.click("#review")
        await until(pilot, lambda: isinstance(pilot.app.screen, ReviewScreen))


async def test_hostile_text_stays_text() -> None:
    """Control bytes and markup in titles, ids and pastes are drawn as harmless signs, and nothing acts on them."""
    engine = Shelf()
    engine.stock(*(content(number, title=title, description=title) for number, title in enumerate(HOSTILE)))
    async with deck_over(engine).run_test(size=(120, 40)) as pilot:
        await open_screen(pilot, "c", "compose")
        await fill(pilot, "newPrice", "5stx")
        for title in HOSTILE:
            await fill(pilot, "why", "")
            pilot.app.screen.focused.post_message(events.Paste(title))  # type: ignore[union-attr]
            await pilot.pause()
            assert drawn(pilot).replace("\n", "").isprintable()
        await fill(pilot, "why", "")
        await pilot.press("f4")
        await until(pilot, lambda: len(shown(pilot).picks) == len(HOSTILE))
        await to_review(pilot)
        assert drawn(pilot).replace("\n", "").isprintable()
        assert "[@click=app.quit]click[/]" in drawn(pilot)
        assert "price [ETH] [bold]" in drawn(pilot)


async def test_an_empty_catalogue_says_what_to_do() -> None:
    """Whoever has no contents reads how to bring them in."""
    async with deck_over(Shelf()).run_test(size=(80, 24)) as pilot:
        await open_screen(pilot, "c", "compose")
        assert "batchdeck catalogue import FILE" in drawn(pilot)


@pytest.mark.parametrize("size", SIZES)
def test_the_picture_of_compose(size: tuple[int, int], snap_compare: Callable[..., bool]) -> None:
    """The form, a problem beside its field, the list and the sum, at both sizes."""

    async def before(pilot: Pilot[None]) -> None:
        await open_screen(pilot, "c", "compose")
        await fill(pilot, "newPrice", "1.5")
        await search(pilot, "bread")
        await pilot.press("space", "space", "space")
        still(pilot)
        await pilot.pause()

    assert snap_compare(deck_over(stocked()), terminal_size=size, run_before=before)


async def test_the_palette_and_help_reach_every_action() -> None:
    """What has no key of its own is found by its words; help opens over Compose and closes again."""
    async with deck_over(stocked()).run_test(size=(80, 24)) as pilot:
        await open_screen(pilot, "c", "compose")
        await pilot.press("ctrl+p")
        await until(pilot, lambda: pilot.app.screen.query("CommandInput"))
        await pilot.press(*"compose a removal")
        await until(pilot, lambda: pilot.app.screen.query("CommandList").first().option_count)  # type: ignore[attr-defined]
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ComposeScreen))
        await until(pilot, lambda: pilot.app.screen.form.operation == "remove-content")  # type: ignore[attr-defined]
        await pilot.press("f1")
        await until(pilot, lambda: not isinstance(pilot.app.screen, ComposeScreen))
        assert "Choose all contents that match" in drawn(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, ComposeScreen))


@pytest.mark.parametrize("size", SIZES)
def test_the_picture_of_prices_of_their_own(size: tuple[int, int], snap_compare: Callable[..., bool]) -> None:
    """The review of +10% ~0.05stx: each old price with the new one that comes of it."""

    async def before(pilot: Pilot[None]) -> None:
        await open_screen(pilot, "c", "compose")
        await fill(pilot, "newPrice", "+10% ~0.05stx")
        await search(pilot, "bread price:>1.1stx")
        await pilot.press("space", "space", "space")
        await to_review(pilot)

    assert snap_compare(deck_over(stocked()), terminal_size=size, run_before=before)


async def test_a_key_waits_for_a_screen_that_an_answer_has_just_opened() -> None:
    """A batch taken as a draft opens when the engine has answered: a key in that moment ended the console."""
    app = deck_over(stocked())
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.engine)
        app.push_screen(ComposeScreen())
        app.post_message(events.Key("ctrl+r", None))
        await until(pilot, lambda: isinstance(app.screen, ComposeScreen) and app.screen._tried)
        assert app.is_running
