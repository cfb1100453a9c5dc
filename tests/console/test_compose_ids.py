"""Compose while typed ids are looked up, and what is said of those that nothing can be done with, by pilot."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from textual.pilot import Pilot

from console.screens.compose import ComposeScreen
from console.screens.review import ReviewScreen
from engine.core.model import Content
from engine.core.reports import ContentQuery, Page
from engine.errors import Unavailable
from tests.console.conftest import deck_over
from tests.console.desk import beside, drawn, fill, open_screen, shown, typed, until
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
