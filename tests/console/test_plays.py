"""Plays of what no other test does by its key: small things, each with what is seen of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.pilot import Pilot

from console import actions
from console.app import BatchdeckApp
from console.screens.catalogue import CatalogueScreen
from console.screens.compose import ComposeScreen
from console.screens.item import ItemScreen
from engine.core.model import ItemState
from tests.console.conftest import MIXED, deck_over, open_batch, run, seen, until
from tests.console.desk import open_screen, shown
from tests.console.fake_engine import FakeEngine
from tests.console.lanes_desk import laned
from tests.console.shelf import Shelf, content, stocked


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was copied, in place of the terminal's clipboard."""
    found: list[str] = []
    monkeypatch.setattr(BatchdeckApp, "copy_to_clipboard", lambda self, text: found.append(text))
    return found


async def by_palette(pilot: Pilot[None], action_id: str) -> None:
    """Find an action by its own words, and do it."""
    await pilot.press(actions.get("app.palette").keys)
    await until(pilot, lambda: pilot.app.screen.query("CommandInput"))
    field = pilot.app.screen.query("CommandInput").first()
    field.value = action_id  # type: ignore[attr-defined]
    listed = pilot.app.screen.query("CommandList").first()
    await until(pilot, lambda: listed.option_count and action_id in str(listed.get_option_at_index(0).prompt))  # type: ignore[attr-defined]
    await pilot.press("enter")


@pytest.mark.plays("batch.all", "batch.confirmed", "batch.pending", "batch.off-chain", "batch.failed", "batch.others")
async def test_each_outcome_has_its_key(engine: FakeEngine) -> None:
    """Every key shows as many items as its filter says."""
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_batch(pilot)
        for name, count in (
            ("confirmed", 64),
            ("pending", 12),
            ("off-chain", 9),
            ("failed", 3),
            ("others", 12),
            ("all", 100),
        ):
            await pilot.press(actions.get(f"batch.{name}").keys)
            await seen(pilot, f"{count} of 100 items shown")


@pytest.mark.plays("batch.copy-id")
async def test_the_id_of_a_batch_is_copied(engine: FakeEngine, copied: list[str]) -> None:
    """y copies it whole."""
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_batch(pilot)
        await pilot.press("y")
        await until(pilot, lambda: copied == [MIXED])


@pytest.mark.plays("batch.parent")
async def test_a_retry_leads_to_its_batch(engine: FakeEngine) -> None:
    """b opens the batch that this one retries; one that is no retry says so."""
    engine.add("01KRETRY", [ItemState.CONFIRMED] * 2, retry_of=MIXED)
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_batch(pilot, "01KRETRY")
        await pilot.press("b")
        await seen(pilot, "100 items shown")
        await pilot.press("b")
        await seen(pilot, "neither a retry nor a revert")


@pytest.mark.plays("item.previous")
async def test_the_item_before_is_a_key_away(engine: FakeEngine) -> None:
    """p goes up the list that the item was opened from; at its top it says so."""
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_batch(pilot)
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, ItemScreen))
        await pilot.press("p")
        await until(pilot, lambda: app.screen.content_id == "content-1")  # type: ignore[attr-defined]
        await pilot.press("p")
        await seen(pilot, "This is the first item")


@pytest.mark.plays("list.refresh@batch")
async def test_a_batch_is_loaded_again_by_key(engine: FakeEngine) -> None:
    """What nobody told of is there after ctrl+l."""
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_batch(pilot)
        engine.of[MIXED] = [replace(one, title="Renamed") for one in engine.of[MIXED]]
        await pilot.press("ctrl+l")
        await seen(pilot, "Renamed")


@pytest.mark.plays("list.refresh@lanes")
async def test_lanes_are_loaded_again_by_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without waiting for the next look."""
    monkeypatch.setattr("console.screens.lanes_picture.EVERY", 3600.0)
    engine = laned()
    app = deck_over(engine)
    async with run(app, size=(120, 40)) as pilot:
        await until(pilot, lambda: app.engine is not None)
        await pilot.press("l")
        await until(pilot, lambda: app.screen.NAME == "lanes" and app.screen.lanes.rows)  # type: ignore[attr-defined]
        engine.lanes = tuple(engine.lanes[:1])
        await pilot.press("ctrl+l")
        await until(pilot, lambda: len(app.screen.lanes.rows) == 1)  # type: ignore[attr-defined]


@pytest.mark.plays("compose.search", "compose.none", "compose.price", "compose.remove", "compose.metadata")
async def test_compose_by_key_and_by_palette() -> None:
    """F5 goes to the search, F8 takes the marks away; each operation is found by its words."""
    app = deck_over(stocked())
    async with run(app, size=(120, 40)) as pilot:
        await open_screen(pilot, "c", "compose")
        await pilot.press("f5")
        await until(pilot, lambda: app.focused and app.focused.id == "search")
        await pilot.press("enter", "space", "space")
        await until(pilot, lambda: len(shown(pilot).picks) == 2)
        await pilot.press("f8")
        await until(pilot, lambda: not shown(pilot).picks)
        for name, operation in (
            ("remove", "remove-content"),
            ("metadata", "update-metadata"),
            ("price", "update-price"),
        ):
            await by_palette(pilot, f"compose.{name}")
            await until(pilot, lambda: isinstance(app.screen, ComposeScreen))
            await until(pilot, lambda operation=operation: app.screen.form.operation == operation)  # type: ignore[attr-defined]


@pytest.mark.plays("catalogue.search", "catalogue.creator", "catalogue.all", "catalogue.none")
async def test_the_catalogue_by_key() -> None:
    """F5 goes to the search, F2 to the creators, F4 marks all that match, F8 takes the marks away."""
    app = deck_over(stocked())
    async with run(app, size=(120, 40)) as pilot:
        await open_screen(pilot, "o", "catalogue")
        await pilot.press("f5")
        await until(pilot, lambda: app.focused and app.focused.id == "search")
        await pilot.press("enter", "f4")
        await until(pilot, lambda: len(shown(pilot).picks) == 240)
        await pilot.press("f8")
        await until(pilot, lambda: not shown(pilot).picks)
        await pilot.press("f2")
        await seen(pilot, "Whose contents?")


@pytest.mark.plays("catalogue.by-import", "catalogue.by-id", "catalogue.by-title", "catalogue.by-price")
async def test_every_order_is_found_by_its_words() -> None:
    """The palette sorts as well as the key, to any order at once."""
    engine = Shelf()
    engine.stock(content(3, title="C", price=1), content(2, title="A", price=3), content(1, title="B", price=2))
    app = deck_over(engine)
    async with run(app, size=(120, 40)) as pilot:
        await open_screen(pilot, "o", "catalogue")
        for name, first in (("id", 1), ("title", 2), ("price", 3), ("id", 1), ("import", 3)):
            await by_palette(pilot, f"catalogue.by-{name}")
            await until(pilot, lambda: isinstance(app.screen, CatalogueScreen))
            await until(pilot, lambda first=first: shown(pilot).table.rows[0].key == f"content-{first}")
