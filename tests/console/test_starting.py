"""A batch taken as the start of a new draft: nothing is typed again, and everything can still be changed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.pilot import Pilot

from console.screens.batch import BatchScreen
from console.screens.compose import ComposeScreen
from console.screens.review import ReviewScreen
from console.starting import begin, why_not
from engine.core.model import Hold, ItemState, Operation
from tests.console.conftest import DEMO, deck_over, seen
from tests.console.desk import beside, drawn, fill, shown, text_of, until
from tests.console.fake_engine import ALICE
from tests.console.shelf import Shelf, stocked

S = ItemState
DONE = "01KDONE"


def done(**given: object) -> Shelf:
    """Return an engine with a finished batch of three."""
    engine = stocked()
    engine.add(DONE, [S.CONFIRMED, S.OFF_CHAIN, S.FAILED], **given)
    return engine


def own_prices(engine: Shelf) -> None:
    """Give each item of the batch a price of its own."""
    items = [replace(one, value={"price": (at + 1) * 1_500_000}) for at, one in enumerate(engine.of[DONE])]
    payload = {"items": [{"contentId": one.content_id, "newPrice": one.value["price"]} for one in items]}
    engine.put(replace(engine.found[DONE], payload=payload), items)


async def take(pilot: Pilot[None]) -> ComposeScreen:
    """Take the batch under the cursor, and wait for the form."""
    await seen(pilot, "completed")
    await pilot.press("t")
    await until(pilot, lambda: isinstance(pilot.app.screen, ComposeScreen) and shown(pilot).total is not None)
    assert isinstance(pilot.app.screen, ComposeScreen)
    return pilot.app.screen


async def to_review(pilot: Pilot[None]) -> None:
    await pilot.press("ctrl+r")
    await until(pilot, lambda: isinstance(pilot.app.screen, ReviewScreen))


@pytest.mark.plays("batches.draft", "compose.review")
async def test_a_finished_batch_begins_a_draft() -> None:
    """t on the list: operation, price, contents and note stand in the form, ready to be reviewed."""
    engine = done(why="autumn")
    async with deck_over(engine).run_test(size=(80, 24)) as pilot:
        screen = await take(pilot)
        assert (screen.form.texts["newPrice"], screen.form.texts["why"]) == ("2.5 STX", "autumn")
        assert list(shown(pilot).picks) == ["content-1", "content-2", "content-3"]
        await to_review(pilot)
        assert "Set the price of 3 items to 2.5 STX" in text_of(pilot, "#facts")


@pytest.mark.plays("batch.draft")
async def test_marked_items_alone_begin_one() -> None:
    """On the batch's own screen only what is marked is taken."""
    async with deck_over(done()).run_test(size=(80, 24)) as pilot:
        await seen(pilot, "completed")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, BatchScreen))
        await seen(pilot, "content-3")
        await pilot.press("down", "space", "t")
        await until(pilot, lambda: isinstance(pilot.app.screen, ComposeScreen) and shown(pilot).total is not None)
        assert list(shown(pilot).picks) == ["content-2"]


async def test_values_of_their_own_stay_until_one_is_typed() -> None:
    """Each content keeps its price of that batch; others have none there and are named; one for all replaces them."""
    engine = done()
    own_prices(engine)
    async with deck_over(engine).run_test(size=(80, 24)) as pilot:
        await take(pilot)
        assert beside(pilot, "newPrice") == ("each its own, as in 1KDONE; type one for all", False)
        await fill(pilot, "contentIds", "content-9")
        await until(pilot, lambda: beside(pilot, "newPrice")[1])
        assert "content-9 has none in that batch" in " ".join(beside(pilot, "newPrice")[0].split())
        await fill(pilot, "contentIds", "")
        await to_review(pilot)
        assert "Update price of 3 items, each to its own value" in text_of(pilot, "#facts")
        assert "4.5 STX" in drawn(pilot)
        await pilot.press("escape")
        await fill(pilot, "newPrice", "+10%")
        await to_review(pilot)
        assert "from what it is now: +10%" in text_of(pilot, "#facts")


async def test_what_is_under_way_or_read_only_begins_none() -> None:
    """A batch that runs would be changed twice; a console that may change nothing composes nothing."""
    engine = stocked()
    engine.add("01KRUNS", [S.QUEUED])
    async with deck_over(engine).run_test(size=(80, 24), notifications=True) as pilot:
        await seen(pilot, "processing")
        await pilot.press("t")
        await seen(pilot, "take it when it is finished")
    async with deck_over(done(), replace(DEMO, read_only=True)).run_test(size=(80, 24), notifications=True) as pilot:
        await seen(pilot, "completed")
        await pilot.press("t")
        await seen(pilot, "This console is read-only")


def test_every_operation_is_written_as_somebody_would_type_it() -> None:
    """Texts, numbers and switches of metadata, an emptied text, a reason; and ids that the catalogue lost."""
    engine = stocked()
    batch = engine.add("B", [S.CONFIRMED], operation=Operation.UPDATE_METADATA, creator=ALICE)
    value = {"description": "", "refundable": False, "refund_window_days": 30, "title": "New"}
    items = [replace(one, operation=Operation.UPDATE_METADATA, value=value) for one in engine.of["B"]]
    start = begin(batch, items, [])
    assert start.texts == {
        "contentIds": "content-1",
        "why": "",
        "updates.title": "New",
        "updates.description": '""',
        "updates.refundable": "false",
        "updates.refundWindowDays": "30",
    }
    removal = replace(batch, operation=Operation.REMOVE_CONTENT, hold=Hold.CANCELLED)
    gone = [replace(one, operation=Operation.REMOVE_CONTENT, value={"reason": "rights"}) for one in items]
    assert begin(removal, gone, []).texts["removalReason"] == "rights"
    assert why_not(removal) is None
