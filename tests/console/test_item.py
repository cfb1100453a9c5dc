"""One item: its whole story, and nothing that matters cut off."""

from __future__ import annotations

from datetime import timedelta

import pytest

from console.app import BatchdeckApp
from console.screens.item import ItemScreen
from engine.core.model import ItemState as S
from engine.core.model import Operation
from engine.errors import Unavailable
from tests.console.conftest import MIXED, deck_over, open_batch, picture, run, seen, until
from tests.console.fake_engine import NOW, FakeEngine, txid


async def open_item(pilot: object, content_id: str) -> None:
    app: BatchdeckApp = pilot.app  # type: ignore[attr-defined]
    await open_batch(pilot)  # type: ignore[arg-type]
    app.push_screen(ItemScreen(MIXED, content_id))
    await seen(pilot, "What happened")  # type: ignore[arg-type]


async def test_the_story_is_whole(engine: FakeEngine) -> None:
    """Old and new value, nonce, fee, the whole txid on one line, and each step with its time and answer."""
    app = deck_over(engine)
    async with run(app, size=(80, 50)) as pilot:
        await open_item(pilot, "content-2")
        shown = picture(app)
    for part in ("1.05 STX", "2.5 STX", f"0x{txid(1)}", "2,000 µSTX", "41", "Next: Nothing"):
        assert part in shown
    for part in ("Signed and stored", "No clear answer", "+10.4 s", "posted again, the same bytes", "block 1200"):
        assert part in shown


@pytest.mark.plays("item.copy")
async def test_the_whole_txid_is_copied(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """y copies all 66 characters, though a table shows thirteen."""
    copied: list[str] = []
    monkeypatch.setattr(BatchdeckApp, "copy_to_clipboard", lambda self, text: copied.append(text))
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_item(pilot, "content-2")
        await pilot.press("y")
        await until(pilot, lambda: copied)
    assert copied == [f"0x{txid(1)}"]


async def test_no_txid_no_copy(engine: FakeEngine) -> None:
    """A key that doesn't apply says why."""
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_item(pilot, "content-86")
        await pilot.press("y")
        await seen(pilot, "This item has no transaction")


async def test_an_error_is_told_in_full_with_what_to_do(engine: FakeEngine) -> None:
    """A long reason wraps instead of being cut, and the next step stands above it."""
    reason = "ContractCall aborted: " + " ".join(f"word{number}" for number in range(40)) + " THE-END"
    engine.move(MIXED, "content-77", error=reason)
    app = deck_over(engine)
    async with run(app, size=(80, 40)) as pilot:
        await open_item(pilot, "content-77")
        assert "THE-END" in picture(app)
        assert "retry (r in the" in picture(app)


async def test_it_follows_the_engine(engine: FakeEngine) -> None:
    """An item that moves on is seen to."""
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_item(pilot, "content-100")
        await seen(pilot, "queued")
        engine.move(MIXED, "content-100", state=S.FAILED, error="Content not found")
        await seen(pilot, "failed")


async def test_nothing_of_one_item_stands_under_the_name_of_another(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the next one is on its way neither its story nor its transaction is that of the one before."""
    copied: list[str] = []
    app = deck_over(engine)
    monkeypatch.setattr(app, "copy_to_clipboard", copied.append)
    async with run(app) as pilot:
        await open_batch(pilot)
        await pilot.press("enter")
        await seen(pilot, f"0x{txid(0)}")
        engine.broken = Unavailable("the line is cut")
        await pilot.press("n", "y")
        await seen(pilot, "The item isn't loaded yet")
        assert f"0x{txid(0)}" not in picture(app)
        await seen(pilot, "Engine lost")  # what the feed never saw cut is not loaded again by itself
        engine.broken = None
        await seen(pilot, f"0x{txid(1)}")
    assert copied == []


async def test_its_age_is_true_while_it_is_looked_at(engine: FakeEngine) -> None:
    """Nothing comes from the engine, and the seconds since the last change go on all the same."""
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_item(pilot, "content-2")
        app.now = lambda: NOW + timedelta(hours=5)
        await seen(pilot, "5 h 00 min ago")


async def test_what_is_not_known_of_the_chain_is_not_told(engine: FakeEngine) -> None:
    """Whether the chain has a content is known when it is applied: until then nothing denies it."""
    app = deck_over(engine)
    async with run(app) as pilot:
        engine.move(MIXED, "content-100", state=S.QUEUED, on_chain_id=None)
        await open_item(pilot, "content-100")
        assert "not on the chain" not in picture(app)
        engine.move(MIXED, "content-100", state=S.CATALOGUE_ONLY, replaced={"price": 1}, on_chain_id=None)
        await seen(pilot, "not on the chain, as far as is known")


async def test_a_change_without_a_call_denies_no_chain(engine: FakeEngine) -> None:
    """Metadata goes to no contract: the item never learns the content's id there, which says nothing about it."""
    app = deck_over(engine)
    async with run(app) as pilot:
        old, new = {"description": "Indexes"}, {"description": ""}
        sets = {"operation": Operation.UPDATE_METADATA, "replaced": old, "value": new}
        engine.move(MIXED, "content-100", state=S.CATALOGUE_ONLY, on_chain_id=None, **sets)
        await open_item(pilot, "content-100")
        await seen(pilot, 'description = ""')
        assert "not on the chain" not in picture(app)
