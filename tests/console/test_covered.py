"""Answers that come late: to a screen over which another one stands, that is gone, or whose parts aren't made yet."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Button

from console.feed import FeedUpdate
from console.memory import Left, Memory
from console.news import Fed
from console.screens.asking import Ask
from console.screens.batch import BatchScreen
from console.screens.batches import BatchesScreen
from console.screens.catalogue import CatalogueScreen
from console.screens.compose import ComposeScreen
from console.screens.dialogs import Confirm, Sentence
from console.screens.review import ReviewScreen
from engine.core.model import Batch, Draft, Outcome, Problem
from engine.core.reports import Selection
from engine.door import RETRYABLE
from engine.errors import Conflict, InvalidDraft, Unavailable
from tests.console.conftest import deck_over, open_batch, run, seen
from tests.console.desk import fill, open_screen, shown, text_of, until
from tests.console.fake_engine import FakeEngine, ItemState, Outage
from tests.console.shelf import Shelf, content


@dataclass
class Slow(Shelf):
    """A shelf that answers a submission, a cancellation or a preview only when its gate is open."""

    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def submit_all(self, drafts: Sequence[Draft], key: str | None = None) -> list[Batch]:
        await self.gate.wait()
        return await super().submit_all(drafts, key)

    async def select_retry(
        self, batch_id: str, outcomes: frozenset[Outcome] = RETRYABLE, content_ids: Sequence[str] | None = None
    ) -> Selection:
        await self.gate.wait()
        return await super().select_retry(batch_id, outcomes, content_ids)

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


@pytest.mark.parametrize("refusal", [None, InvalidDraft([Problem("newPrice", "too dear")])])
async def test_a_question_about_leaving_that_an_answer_takes_away_can_be_asked_again(
    refusal: InvalidDraft | None,
) -> None:
    """What was submitted is accepted or refused meanwhile: it is shown, and the console can still be left."""
    engine = slow()
    engine.refusal = refusal
    app = deck_over(engine)
    async with run(app, (120, 40)) as pilot:
        await reviewed(pilot)
        await submitted(pilot)
        await leaving(pilot)
        engine.gate.set()
        await until(pilot, lambda: isinstance(app.screen, ComposeScreen if refusal else BatchScreen))
        await leaving(pilot)
        await pilot.press("tab", "enter")
        await until(pilot, lambda: engine.closed)


async def test_a_submission_that_fails_on_a_lost_engine_is_told() -> None:
    """A load needn't repeat what the banner says; whether a batch was accepted nobody may be left to guess."""
    engine = slow()
    app = deck_over(engine)
    async with run(app, (120, 40)) as pilot:
        await reviewed(pilot)
        await submitted(pilot)
        engine.broken = Outage("the line is cut")
        await seen(pilot, "Engine lost")
        engine.refusal = Unavailable("nobody can say whether it was done")
        engine.gate.set()
        await seen(pilot, "Submit: ")


async def test_a_plan_that_is_submitted_again_is_accepted_once() -> None:
    """When the answer was lost the batch may be there: from one Review it goes under one key."""
    engine = slow()
    engine.gate.set()
    engine.refusal = Unavailable("the answer was lost")
    app = deck_over(engine)
    async with run(app, (120, 40)) as pilot:
        await reviewed(pilot)
        for tries in (1, 2):
            await submitted(pilot)
            await until(pilot, lambda: len(engine.keys) == tries)  # noqa: B023
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, ComposeScreen))
        await pilot.press("ctrl+r")
        await until(pilot, lambda: isinstance(app.screen, ReviewScreen))
        await submitted(pilot)
        await until(pilot, lambda: len(engine.keys) == 3)
    first, second, other = engine.keys
    assert first
    assert first == second != other


@pytest.mark.parametrize(("refusal", "said"), [(None, "Cancel: done"), (Conflict("It is over"), "Cancel: It is over")])
async def test_what_a_screen_asked_for_is_told_when_it_is_gone(refusal: Conflict | None, said: str) -> None:
    """Whoever went on before the engine answered still hears that it was done, or why it wasn't."""
    engine = slow()
    engine.refusal = refusal
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_batch(pilot, "01KBUSY0000000000000000001")
        await pilot.press("x")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("tab", "enter")
        await until(pilot, lambda: isinstance(app.screen, BatchScreen))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, BatchesScreen))
        engine.gate.set()
        await seen(pilot, said)


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


async def test_work_that_ends_under_another_dialog_waits_for_its_turn() -> None:
    """What was asked for over it keeps its place, and is answered; then so is the dialog below."""
    gate, taken, left = asyncio.Event(), [], []

    async def work(text: str) -> str:
        await gate.wait()
        return text

    app = deck_over(FakeEngine())
    async with run(app) as pilot:
        await seen(pilot, "No batch yet.")
        app.push_screen(Ask("Name?", [], "a", "Take", work), taken.append)
        await until(pilot, lambda: isinstance(app.screen, Ask))
        await pilot.press("enter")
        await seen(pilot, "One moment")
        app.push_screen(Confirm("Leave?", [], "Leave"), left.append)
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        gate.set()
        await pilot.pause(0.1)
        assert isinstance(app.screen, Confirm)
        assert taken == []
        await pilot.press("escape")
        await until(pilot, lambda: taken == ["a"])
        assert left == [False]
        assert isinstance(app.screen, BatchesScreen)


async def pressed_twice(pilot: Pilot[None], button_id: str) -> Screen[object]:
    """Press a button twice before its screen is gone, and return the screen that is in front when all is done."""
    pressed = pilot.app.screen
    button = pressed.query_one(button_id, Button)
    button.post_message(Button.Pressed(button))
    button.post_message(Button.Pressed(button))
    await until(pilot, lambda: pilot.app.screen is not pressed)
    await pilot.pause(0.1)
    return pilot.app.screen


async def test_a_second_press_of_a_button_closes_nothing_more() -> None:
    """Both may be on their way before the dialog is gone; what stands under it isn't answered by that."""
    app = deck_over(FakeEngine())
    async with run(app) as pilot:
        await seen(pilot, "No batch yet.")
        app.push_screen(Sentence("Below", []))
        await pilot.pause()
        app.push_screen(Confirm("Above?", [], "Yes"))
        await until(pilot, lambda: app.screen.query("#cancel"))
        assert isinstance(await pressed_twice(pilot, "#cancel"), Sentence)


async def test_a_second_press_of_back_leaves_what_was_composed() -> None:
    """Review goes back to Compose, never past it: what was typed there is dropped only after a question."""
    engine = slow()
    app = deck_over(engine)
    async with run(app, (120, 40)) as pilot:
        await reviewed(pilot)
        assert isinstance(await pressed_twice(pilot, "#back"), ComposeScreen)


@pytest.mark.parametrize("refusal", [False, True])
async def test_a_key_that_is_pressed_again_while_the_engine_answers_opens_one_dialog(refusal: bool) -> None:
    """Under the one that is answered there is no other, stale by then; when it can't be made it may be asked again."""
    engine = slow()
    engine.add("01KFAIL0000000000000000002", [ItemState.FAILED] * 2)
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_batch(pilot, "01KFAIL0000000000000000002")
        await pilot.press("r", "r")
        engine.broken = Unavailable("it is gone") if refusal else None
        engine.gate.set()
        if refusal:
            await seen(pilot, "Retry: it is gone")
            engine.broken = None
            await until(pilot, lambda: not app.latest.lost)
            await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, BatchScreen))
        await pilot.pause(0.1)
        assert isinstance(app.screen, BatchScreen)
        assert sum(isinstance(screen, BatchScreen) for screen in app.screen_stack) == 1


async def test_what_nobody_foresaw_in_a_dialog_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """The dialog says that the log has more, and it has."""

    async def work(_: str) -> str:
        raise ZeroDivisionError("nobody foresaw it")

    app = deck_over(FakeEngine())
    async with run(app) as pilot:
        await seen(pilot, "No batch yet.")
        app.push_screen(Ask("Name?", [], "a", "Take", work))
        await until(pilot, lambda: isinstance(app.screen, Ask))
        await pilot.press("enter")
        await seen(pilot, "the log has more")
    assert [one.exc_info[0] for one in caplog.records if one.exc_info] == [ZeroDivisionError]
