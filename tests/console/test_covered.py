"""Answers that come late: to a screen over which another one stands, that is gone, or whose parts aren't made yet."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from textual.widgets import Button

from console.feed import FeedUpdate
from console.memory import Left, Memory
from console.news import Fed
from console.screens.catalogue import CatalogueScreen
from console.screens.compose import ComposeScreen
from console.screens.dialogs import Confirm
from console.screens.review import ReviewScreen
from engine.core.model import Batch, Draft
from tests.console.conftest import deck_over, run
from tests.console.desk import fill, open_screen, shown, text_of, until
from tests.console.fake_engine import ItemState
from tests.console.shelf import Shelf, content


@dataclass
class Slow(Shelf):
    """A shelf that answers a submission or a cancellation only when its gate is open."""

    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def submit_all(self, drafts: Sequence[Draft], key: str | None = None) -> list[Batch]:
        await self.gate.wait()
        return await super().submit_all(drafts, key)

    async def cancel(self, batch_id: str, why: str | None = None) -> Batch:
        await self.gate.wait()
        if self.refusal is not None:
            raise self.refusal
        return await super().cancel(batch_id)


def slow() -> Slow:
    engine = Slow()
    engine.stock(*(content(number) for number in range(1, 10)))
    engine.add("01KBUSY0000000000000000001", [ItemState.QUEUED] * 2)
    return engine


async def reviewed(pilot) -> None:  # type: ignore[no-untyped-def]
    """Compose one item, and go to Review."""
    await open_screen(pilot, "c", "compose")
    await fill(pilot, "newPrice", "1.5stx")
    await fill(pilot, "contentIds", "content-1")
    await until(pilot, lambda: "1 item" in text_of(pilot, "#sum"))
    await pilot.press("ctrl+r")
    await until(pilot, lambda: isinstance(pilot.app.screen, ReviewScreen))


async def submitted(pilot) -> None:  # type: ignore[no-untyped-def]
    """Submit what is shown in Review, as somebody who agrees."""
    await until(pilot, lambda: not pilot.app.screen.query_one("#submit", Button).disabled)
    await pilot.press("ctrl+s")
    await until(pilot, lambda: pilot.app.screen.query("#confirm"))
    await pilot.press("tab", "enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, ReviewScreen))


async def leaving(pilot) -> None:  # type: ignore[no-untyped-def]
    """Ask to leave, with work under way."""
    await pilot.press("ctrl+q")
    await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))


@pytest.mark.parametrize("made", [ComposeScreen, CatalogueScreen])
async def test_news_may_come_before_a_screen_has_its_parts(made: type[ComposeScreen | CatalogueScreen]) -> None:
    """A catalogue that changes all the while doesn't end a console whose list is just being opened."""
    app = deck_over(slow())
    async with run(app) as pilot:
        await until(pilot, lambda: app.engine is not None)
        app.push_screen(made())
        app.post_message(Fed(FeedUpdate(contents=True)))
        await until(pilot, lambda: shown(pilot).total == 9)


async def test_a_signal_may_come_before_a_screen_has_its_parts() -> None:
    """The console ends all the same, and remembers what the list was to be searched for."""
    memory = Memory()
    kept: list[Left] = []
    memory.keep = kept.extend  # type: ignore[method-assign]
    app = deck_over(slow(), memory=memory)
    async with run(app) as pilot:
        await until(pilot, lambda: app.engine is not None)
        app.engine.found.clear()  # type: ignore[union-attr]  # nothing is under way, so screens are remembered
        await until(pilot, lambda: app.latest.health and not any(app.latest.health.statuses.values()))
        app.push_screen(CatalogueScreen({"search": "bread"}))
        app.exit()
    assert kept[-1] == ("catalogue", {"search": "bread"})
