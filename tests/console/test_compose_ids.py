"""Compose while typed ids are looked up, and what is said of those that nothing can be done with, by pilot."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from console.screens.compose import ComposeScreen
from console.screens.help import HelpScreen
from console.screens.review import ReviewScreen
from console.starting import take_up
from engine.core.model import Content, ItemState
from engine.core.reports import ContentQuery, Page
from engine.errors import Unavailable
from tests.console.conftest import deck_over
from tests.console.desk import beside, drawn, fill, open_screen, shown, typed, until
from tests.console.fake_engine import ALICE, NOW
from tests.console.shelf import Shelf, stocked

Deed = Callable[[Pilot[None]], Awaitable[object]]


class Slow(Shelf):
    """A shelf of more than a page; its answers about ids come when they may, and not while it is ``away``."""

    def __init__(self) -> None:
        super().__init__(balance=900_000_000)
        self.stock(*stocked(600).shelf.values())
        self.may, self.away = asyncio.Event(), False

    async def contents(self, query: ContentQuery) -> Page[Content]:
        if query.content_ids:
            await self.may.wait()
            if self.away:
                raise Unavailable("Nobody answers")
        return await super().contents(query)


async def waiting(pilot: Pilot[None], ids: str) -> None:
    """Type ids, and ask for the review while they are looked up still."""
    await open_screen(pilot, "c", "compose")
    await fill(pilot, "newPrice", "5stx")
    await fill(pilot, "contentIds", ids)
    await pilot.press("ctrl+r")
    await until(pilot, lambda: "still being looked up: Review opens then" in drawn(pilot))
    assert isinstance(pilot.app.screen, ComposeScreen)


async def settled(pilot: Pilot[None]) -> None:
    """Wait until nothing is looked up any more."""
    screen = pilot.app.screen
    assert isinstance(screen, ComposeScreen)
    await until(pilot, lambda: not screen._ids.unknown)


async def test_a_review_waits_for_the_ids() -> None:
    """Whoever pastes ids and presses ^r at once was sent away, and had to press it again."""
    engine = Slow()
    async with deck_over(engine).run_test(size=(80, 24), notifications=True) as pilot:
        await waiting(pilot, "content-598,content-599")
        engine.may.set()
        await until(pilot, lambda: isinstance(pilot.app.screen, ReviewScreen))
        await until(pilot, lambda: "Set the price of 2 items" in drawn(pilot))


async def test_a_review_that_waited_tells_what_is_wrong_with_the_ids() -> None:
    """What can't be reviewed after all is told as if the key were pressed now."""
    engine = Slow()
    async with deck_over(engine).run_test(size=(120, 40), notifications=True) as pilot:
        await waiting(pilot, "content-599,nobody-1")
        shown(pilot).table.focus()
        engine.may.set()
        await until(pilot, lambda: drawn(pilot).count("Not in the catalogue: nobody-1") == 2)
        assert pilot.app.focused is pilot.app.screen.form.ids.query_one("SafeInput")  # type: ignore[attr-defined]
        assert engine.named("review") == []


@pytest.mark.parametrize(
    "deed",
    [
        lambda pilot: typed(pilot, ",content-597"),
        lambda pilot: fill(pilot, "newPrice", "6stx"),
        lambda pilot: pilot.press("f6"),
        lambda pilot: _mark(pilot),
    ],
    ids=["ids", "price", "operation", "mark"],
)
async def test_a_draft_that_changed_meanwhile_is_not_reviewed(deed: Deed) -> None:
    """A review of something else than was there when the key was pressed is nobody's wish."""
    engine = Slow()
    async with deck_over(engine).run_test(size=(80, 24), notifications=True) as pilot:
        await waiting(pilot, "content-598,content-599")
        await deed(pilot)
        engine.may.set()
        await settled(pilot)
        await pilot.pause(0.1)
        assert engine.named("review") == []
        assert isinstance(pilot.app.screen, ComposeScreen)


async def _mark(pilot: Pilot[None]) -> None:
    shown(pilot).table.focus()
    await pilot.press("space")


async def test_ids_without_an_answer_are_asked_for_again() -> None:
    """When the engine is back the ids are looked up, and the review that waits for them opens."""
    engine = Slow()
    app = deck_over(engine)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await waiting(pilot, "content-598,content-599")
        engine.away = True
        engine.may.set()
        await until(pilot, lambda: "Looking up ids: Nobody answers" in drawn(pilot))
        engine.away = False
        pilot.app.screen.reload()  # type: ignore[attr-defined]
        await until(pilot, lambda: isinstance(pilot.app.screen, ReviewScreen))


async def test_a_review_comes_over_no_other_screen() -> None:
    """Who has gone to the help meanwhile reads on there, and presses the key again."""
    engine = Slow()
    async with deck_over(engine).run_test(size=(80, 24), notifications=True) as pilot:
        await waiting(pilot, "content-599")
        screen = pilot.app.screen
        assert isinstance(screen, ComposeScreen)
        await pilot.press("f1")
        await until(pilot, lambda: pilot.app.screen is not screen)
        engine.may.set()
        await until(pilot, lambda: not screen._ids.unknown)
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen)
        assert beside(pilot, "contentIds") == ("1 id", False)
        assert engine.named("review") == []


def thinned() -> Shelf:
    """Make a shelf of which two contents were removed."""
    engine = stocked()
    engine.stock(*(replace(engine.shelf[f"content-{number}"], removed_at=NOW) for number in (5, 6)))
    return engine


@pytest.mark.parametrize("creator", ["", ALICE])
@pytest.mark.plays("compose.drop")
async def test_removed_contents_are_named_and_left_out_by_one_key(creator: str) -> None:
    """A content that was removed went on to Review, and was called not found there; naming its creator doesn't help."""
    async with deck_over(thinned()).run_test(size=(80, 24), notifications=True) as pilot:
        await open_screen(pilot, "c", "compose")
        await fill(pilot, "newPrice", "5stx")
        shown(pilot).write_creator(creator)
        await fill(pilot, "contentIds", "content-5, content-9, content-6")
        named = ("Already removed: content-5, content-6. Leave out (^o)", True)
        await until(pilot, lambda: (beside(pilot, "contentIds")[0].replace("\n", " "), True) == named)
        await pilot.press("ctrl+r", "ctrl+o")
        await until(pilot, lambda: beside(pilot, "contentIds") == ("1 id", False))
        assert pilot.app.screen.form.ids.text == "content-9"  # type: ignore[attr-defined]
        await until(pilot, lambda: "2 ids left out: content-5, content-6" in drawn(pilot))


async def test_what_is_lost_and_what_is_removed_are_told_apart() -> None:
    """Each is named by its kind, and the one key takes both."""
    async with deck_over(thinned()).run_test(size=(120, 40)) as pilot:
        await open_screen(pilot, "c", "compose")
        await fill(pilot, "contentIds", "content-5,nobody-1,content-9")
        said = "Not in the catalogue: nobody-1. Already removed: content-5. Leave out (^o)"
        await until(pilot, lambda: beside(pilot, "contentIds")[0].replace("\n", " ") == said)
        await pilot.press("ctrl+o")
        await until(pilot, lambda: beside(pilot, "contentIds") == ("1 id", False))


async def test_removed_contents_of_a_file_are_left_to_be_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a file names in vain stands in the field, whatever the reason, and the rest is chosen."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ids.txt").write_text("content-9\ncontent-5\nnobody-1\n")
    async with deck_over(thinned()).run_test(size=(120, 40), notifications=True) as pilot:
        await open_screen(pilot, "c", "compose")
        await pilot.press("f3")
        await until(pilot, lambda: pilot.app.screen.query("#answer"))
        await typed(pilot, "ids.txt")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ComposeScreen) and shown(pilot).picks)
        assert list(shown(pilot).picks) == ["content-9"]
        await until(pilot, lambda: "; 2 unknown or removed: see Ids" in drawn(pilot))
        said = beside(pilot, "contentIds")[0]
        assert "Not in the catalogue: nobody-1" in said
        assert "Already removed: content-5" in said


async def test_a_batch_whose_contents_were_removed_begins_a_draft_without_them() -> None:
    """What nothing can be done with any more isn't chosen, but named where it can be left out."""
    engine = thinned()
    engine.add("01KDONE", [ItemState.CONFIRMED] * 6)
    start = await take_up(engine, "01KDONE")
    assert [one.content_id for one in start.contents] == [f"content-{number}" for number in range(1, 5)]
    assert start.texts["contentIds"] == "content-5, content-6"


async def test_a_review_that_comes_behind_a_dialog_waits_for_its_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The help was opened while the review was made: it is read to its end, and Review stands behind it."""
    engine, gate = stocked(), asyncio.Event()
    made = engine.review

    async def slow(*given: object, **more: object) -> object:
        await gate.wait()
        return await made(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(engine, "review", slow)
    async with deck_over(engine).run_test(size=(80, 24)) as pilot:
        await open_screen(pilot, "c", "compose")
        await fill(pilot, "newPrice", "2stx")
        await fill(pilot, "contentIds", "content-1")
        await pilot.press("ctrl+r", "f1")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        gate.set()
        await pilot.pause(0.3)
        assert isinstance(pilot.app.screen, HelpScreen)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, ReviewScreen))
