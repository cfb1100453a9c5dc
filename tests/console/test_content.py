"""A content on both sides: its price beside the chain's in Catalogue, and the screen of all its changes."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from textual.pilot import Pilot

from console import unhurried
from console.app import BatchdeckApp
from console.memory import Left
from console.reopening import left, reopened
from console.screens.batch import BatchScreen
from console.screens.catalogue import CatalogueScreen
from console.screens.content import IMPORTED, ContentScreen
from console.screens.item import ItemScreen
from console.widgets.row_table import RowTable
from engine.core.content_story import MOST_CHANGES, ContentStory, OnChain
from engine.core.model import ItemState as S
from tests.console.conftest import deck_over, picture, run, seen, until
from tests.console.desk import open_screen, search, text_of
from tests.console.fake_engine import NOW, Outage, txid
from tests.console.shelf import Shelf, content, stocked
from tests.console.stories import NEW_TITLE, OLD, SALE, both, imported, storied
from tests.engine.doors import DOORS
from tests.engine.doors import opened as opened_door
from tests.engine.rig import CREATOR, contents, price
from tests.fakes import ScriptedChain


async def opened(pilot: Pilot[None], downs: int = 1) -> None:
    """Go from Batches over Catalogue to the changes of a content."""
    await open_screen(pilot, "o", "catalogue")
    await pilot.press(*["down"] * downs, "h")
    await until(pilot, lambda: isinstance(pilot.app.screen, ContentScreen) and cells(pilot))


def cells(pilot: Pilot[None]) -> list[list[str]]:
    """Return the cells of the changes that a narrow screen shows."""
    table = pilot.app.screen.query_one("#changes", RowTable)
    shown = [at for at, column in enumerate(table.columns) if column.shown_at(80)]
    return [[str(row.cells[at]) for at in shown] for row in table.rows]


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was copied, in place of the terminal's clipboard."""
    found: list[str] = []
    monkeypatch.setattr(BatchdeckApp, "copy_to_clipboard", lambda self, text: found.append(text))
    return found


async def test_the_chains_price_and_the_last_change_stand_beside_the_row_at_rest() -> None:
    """Equal, different, on its way; by which batch; and for what nobody ever changed, that too."""
    engine = storied()
    engine.stock(content(6, on_chain_id=None))
    async with deck_over(engine).run_test(size=(80, 24)) as pilot:
        await open_screen(pilot, "o", "catalogue")
        for chain, last in (
            ("2.5 STX on both sides", "price by batch 01KDEM…000004 30s ago ✓ confirmed (+4 earlier)"),
            ("catalogue 2.5 STX, chain 1.2 STX", "price by batch 01KDEM…000004 30s ago ◌ off-chain (+4 earlier)"),
            ("catalogue 2.5 STX, chain 1.2 STX: the change is on its way", "◷ pending (+4 earlier)"),
        ):
            await until(pilot, lambda chain=chain: chain in text_of(pilot, "#beside"))
            assert last in text_of(pilot, "#beside")
            await pilot.press("down")
        await pilot.press("down", "down")
        await until(pilot, lambda: text_of(pilot, "#beside") == "Changed   no change of it is known")


async def test_running_over_rows_asks_for_none_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what is rested on is asked for: a node answers each of these questions."""
    engine = stocked()
    async with deck_over(engine).run_test(size=(80, 24)) as pilot:
        await open_screen(pilot, "o", "catalogue")
        await until(pilot, lambda: engine.named("content") == ["content-1"])
        monkeypatch.setattr(unhurried, "REST", 1.5)  # a busy machine may take longer than a reader from key to key
        await pilot.press(*["down"] * 9)
        await until(pilot, lambda: "1.1 STX on both sides" in text_of(pilot, "#beside"))
        assert engine.named("content") == ["content-1", "content-10"]


async def test_nothing_of_one_row_stands_under_another() -> None:
    """An answer that comes late is that of a row left by then; until the right one is there, nothing is said."""

    class Late(Shelf):
        async def content(self, content_id: str, limit: int = MOST_CHANGES) -> ContentStory:
            self._asked("content", content_id)
            await gates[content_id].wait()
            return both(self.shelf[content_id])

    engine = Late()
    engine.stock(content(1), content(2))
    gates = {name: asyncio.Event() for name in engine.shelf}
    async with deck_over(engine).run_test(size=(80, 24)) as pilot:
        await open_screen(pilot, "o", "catalogue")
        await until(pilot, lambda: engine.named("content") == ["content-1"])
        await pilot.press("down")
        await until(pilot, lambda: engine.named("content")[-1:] == ["content-2"])
        gates["content-1"].set()
        await pilot.pause(0.1)
        assert text_of(pilot, "#beside") == ""
        gates["content-2"].set()
        await until(pilot, lambda: "1.02 STX on both sides" in text_of(pilot, "#beside"))
        await pilot.press("up")
        assert text_of(pilot, "#beside") == ""
        await search(pilot, "nothing-like-it")
        assert text_of(pilot, "#beside") == ""


async def test_a_lost_engine_shows_nothing_wrong() -> None:
    """What was known stands as the last picture, of another row nothing is told; both come when it is back."""
    engine = storied()
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_screen(pilot, "o", "catalogue")
        await seen(pilot, "2.5 STX on both sides")
        engine.broken = Outage("the node room is dark")
        await seen(pilot, "Engine lost")
        assert "2.5 STX on both sides" in picture(app)
        await pilot.press("down")
        await pilot.pause(0.5)
        assert text_of(pilot, "#beside") == ""
        engine.broken = None
        await seen(pilot, "catalogue 2.5 STX, chain 1.2 STX")


async def test_who_cannot_be_asked_is_said_without_a_notice() -> None:
    """A content that nobody tells of is no reason to cry at each row."""

    class Deaf(Shelf):
        async def content(self, content_id: str, limit: int = MOST_CHANGES) -> ContentStory:
            raise Outage("no [/x] answer")

    engine = Deaf()
    engine.stock(content(1))
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_screen(pilot, "o", "catalogue")
        await until(pilot, lambda: text_of(pilot, "#beside") == "Chain     unknown: no [/x] answer")
        assert not app._notifications


async def test_the_line_follows_the_batch_that_made_the_last_change() -> None:
    """The catalogue stays as it is while the chain's answer comes in."""
    engine = storied()
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_screen(pilot, "o", "catalogue")
        await pilot.press("down", "down")
        await seen(pilot, "the change is on its way")
        engine.move(SALE, "content-3", state=S.CONFIRMED)
        newest = replace(engine.told["content-3"].changes[0], item=engine.of[SALE][2])
        engine.told["content-3"] = both(engine.shelf["content-3"], newest)
        await seen(pilot, "2.5 STX on both sides")
        assert "✓ confirmed" in text_of(pilot, "#beside")


@pytest.mark.plays("catalogue.changes", "content.open", "content.batch")
async def test_every_change_by_which_batch_and_what_became_of_it() -> None:
    """Newest first, imports among them; Enter opens the item, b the batch; an import has neither, and says so."""
    app = deck_over(storied())
    async with run(app) as pilot:
        await opened(pilot)
        assert [row[1:] for row in cells(pilot)] == [
            ["price", "1.2 → 2.5 STX", "◌ off-chain", SALE, "NotEnoughFunds: balance 0, fee 2000"],
            ["metadata", f"title = Indexes → title = {NEW_TITLE}", "■ catalogue-only", cells(pilot)[1][4], "bob"],
            ["import", "1.05 → 1.2 STX, url", "–", "–", "alice"],
            ["price", "1 → 1.05 STX", "✓ confirmed", OLD, "console"],
            ["import", "1 STX", "–", "–", "alice"],
        ]
        for said in (
            "1.2 STX (1,200,000 µSTX) as 2  another price",
            "the same on the chain",
            f"Batch {SALE} by console",
            "Why: The winter sale",
        ):
            assert said in picture(app)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ItemScreen))
        assert (app.screen.batch_id, app.screen.content_id) == (SALE, "content-2")  # type: ignore[attr-defined]
        await pilot.press("escape", "b")
        await until(pilot, lambda: isinstance(app.screen, BatchScreen))
        assert app.screen.batch_id == SALE  # type: ignore[attr-defined]
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, ContentScreen))
        await pilot.press("end", "enter")
        await seen(pilot, IMPORTED)
        assert "Imported by alice, 2026-10-14 08:15:00 UTC" in picture(app)
        assert "1 STX, title = Indexes" in picture(app)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, CatalogueScreen))


@pytest.mark.plays("content.copy", "content.copy-txid")
async def test_ids_are_copied_whole(copied: list[str]) -> None:
    """Of the batch by y, of the transaction by t; what has none says so."""
    app = deck_over(storied())
    async with run(app) as pilot:
        await opened(pilot, 0)
        await pilot.press("y", "t")
        assert copied == [SALE, f"0x{txid(0)}"]
        await pilot.press("down", "t")
        await seen(pilot, "This change has no transaction")


@pytest.mark.plays("item.changes")
async def test_an_item_leads_to_every_change_of_its_content_and_back() -> None:
    """Opened from the changes, the same key goes back to them: nothing is stacked twice."""
    app = deck_over(storied())
    async with run(app) as pilot:
        await seen(pilot, "3 batches")
        app.push_screen(ItemScreen(SALE, "content-2"))
        await seen(pilot, "What happened")
        await pilot.press("h")
        await until(pilot, lambda: isinstance(app.screen, ContentScreen) and cells(pilot))
        depth = len(app.screen_stack)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ItemScreen))
        await pilot.press("h")
        await until(pilot, lambda: isinstance(app.screen, ContentScreen))
        assert len(app.screen_stack) == depth


@pytest.mark.plays("content.refresh")
async def test_it_follows_the_engine_and_is_loaded_again_by_a_key() -> None:
    """A new change comes on top, the cursor stays with its own; what nobody told of is found by the key."""
    engine = storied()
    app = deck_over(engine)
    async with run(app) as pilot:
        await opened(pilot)
        story = engine.told["content-2"]
        await pilot.press("down")
        more = imported(NOW, {"price": 2_500_000}, {"price": 3_000_000})
        engine.told["content-2"] = replace(story, changes=(more, *story.changes), total=6)
        engine.move(SALE, "content-1", state=S.CONFIRMED)
        await until(pilot, lambda: len(cells(pilot)) == 6)
        assert pilot.app.screen.current.item.batch_id != SALE  # type: ignore[attr-defined]
        assert pilot.app.screen.current == story.changes[1]  # type: ignore[attr-defined]
        engine.told["content-2"] = story
        await pilot.press("ctrl+l")
        await until(pilot, lambda: len(cells(pilot)) == 5)


async def test_what_is_not_told_is_counted_and_nothing_says_what_to_do() -> None:
    """500 of 812 is never the total; a content without a change leads on; one that is gone says so."""
    engine = storied()
    many = [imported(NOW - timedelta(hours=one), {"price": one + 1}, {"price": one + 2}) for one in range(500)]
    engine.told["content-1"] = replace(both(engine.shelf["content-1"], *many), total=812)
    app = deck_over(engine)
    async with run(app) as pilot:
        await opened(pilot, 0)
        await seen(pilot, "Changes   500 of 812 changes: the newest")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, CatalogueScreen))
        await pilot.press(*["down"] * 7, "h")
        await seen(pilot, "Press esc to go back to the catalogue; c there composes one.")
        await pilot.press("b")
        await seen(pilot, "There is no change under the cursor")
        app.push_screen(ContentScreen("gone"))
        await seen(pilot, "There is no content 'gone'")


async def test_it_is_opened_again() -> None:
    """The content that was looked at when the console was left, over the catalogue."""
    app = deck_over(storied())
    async with run(app) as pilot:
        await opened(pilot)
        notes: list[Left] = left(app.screen_stack)
    assert notes[-1] == ("content", {"content": "content-2"})
    assert [type(one) for one in reopened(notes)][1:] == [CatalogueScreen, ContentScreen]
    assert reopened(notes)[-1].notes() == notes[-1][1]


@pytest.mark.parametrize("kind", DOORS)
async def test_over_a_real_engine(kind: str, tmp_path: Path) -> None:
    """The console over either door: what the store has of the changes, what the node tells of the contract."""

    async def tell(on_chain_id: int) -> OnChain | None:
        return OnChain(CREATOR, 1_000_000) if on_chain_id == 1 else None

    node = ScriptedChain(abort=lambda call: "u507", tell_content=tell)
    async with opened_door(kind, tmp_path / "d.sqlite3", contents(2), node) as door:
        batch = await door.engine.submit(price("c1"))
        await door.rig.settled(batch)
        app = deck_over(door.engine)
        app.now = lambda: datetime.now(UTC)
        async with run(app) as pilot:
            await open_screen(pilot, "o", "catalogue")
            await seen(pilot, "catalogue 2 STX, chain 1 STX")
            assert "◌ off-chain" in text_of(pilot, "#beside")
            await pilot.press("down")
            await seen(pilot, "not on the contract, though the catalogue has it there as 2")
            await pilot.press("up", "h")
            await until(pilot, lambda: isinstance(app.screen, ContentScreen) and cells(pilot))
            assert [row[1:5] for row in cells(pilot)] == [
                ["price", "1 → 2 STX", "◌ off-chain", batch.id],
                ["import", "1 STX", "–", "–"],
            ]
            await pilot.press("enter")
            await seen(pilot, "What happened (UTC)")
            await pilot.press("escape")
            assert "Waits" not in picture(app)
            due = door.rig.clock.now() + timedelta(days=1)
            later = await door.engine.submit(replace(price("c1", to=9), scheduled_for=due))
            await pilot.press("ctrl+l")
            await seen(pilot, "Waits     0.000009 STX, in batch")
            await door.engine.cancel(later.id)
            await until(pilot, lambda: "Waits" not in picture(app))
