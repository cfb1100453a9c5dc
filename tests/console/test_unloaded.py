"""What couldn't be loaded though the engine is well: told once, tried again by itself, ever more seldom."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from console import unloaded
from console.screens.item import ItemScreen
from console.unloaded import Unloaded, passes
from engine.core.model import Content
from engine.core.reports import ContentQuery, Page
from engine.errors import Conflict, Forbidden, NotFound, TooManyRequests, Unavailable
from tests.console.conftest import MIXED, deck_over, open_batch, picture, run, seen, until
from tests.console.desk import open_screen, search, shown
from tests.console.fake_engine import FakeEngine, item
from tests.console.shelf import Shelf, content

BLIP = Unavailable("the line is busy: try again")


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two seconds are long in a test."""
    monkeypatch.setattr(unloaded, "SOON", 0.1)


def failing(monkeypatch: pytest.MonkeyPatch, engine: FakeEngine, name: str, error: Exception) -> list[int]:
    """Let one question fail for as long as the list that is returned is empty; the others are answered."""
    well: list[int] = []
    answer: Callable[..., object] = getattr(engine, name)

    async def answered(*given: object) -> object:
        engine.calls.append((f"{name} tried", given))
        if not well:
            raise error
        return await answer(*given)  # type: ignore[misc]

    monkeypatch.setattr(engine, name, answered)
    return well


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (Unavailable("busy"), True),
        (TooManyRequests("slow down", 1), True),
        (OSError("no route"), True),
        (NotFound("no such item"), False),
        (Forbidden("not yours"), False),
        (Conflict("not now"), False),
    ],
)
def test_only_what_may_pass_is_tried_again(error: Exception, again: bool) -> None:
    """What the asker got wrong stays wrong however often it is asked."""
    assert passes(error) is again


def test_it_is_tried_ever_more_seldom() -> None:
    """An engine that can't answer isn't asked all the time; what succeeded begins anew."""
    of = Unloaded()
    assert not of
    assert of.add("Item")
    assert [of.pause() for _ in range(6)] == [2, 4, 8, 16, 30, 30]
    assert not of.add("Item")
    of.add("Lanes")
    of.remove("Item")
    assert of
    assert of.pause() == 30
    of.remove("Lanes")
    assert not of
    assert of.pause() == 2
    of.clear()
    assert of.add("Item")


async def test_an_item_that_failed_once_comes_by_itself(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, soon: None
) -> None:
    """The engine is well, nothing happens to the item, and no key loads it: it isn't loading for ever."""
    well = failing(monkeypatch, engine, "item", BLIP)
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_batch(pilot)
        await app.push_screen(ItemScreen(MIXED, "content-2"))
        await seen(pilot, "Item: the line is busy")
        assert "try again" not in picture(app)
        assert "Loading" in picture(app)
        well.append(1)
        await seen(pilot, "What happened")
        tried = len(engine.named("item tried"))
        await pilot.pause(0.5)
        assert len(engine.named("item tried")) == tried  # what has come isn't asked for again


async def test_what_goes_on_failing_is_told_once(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, soon: None
) -> None:
    """No screen full of the same notice; whoever asks by a key is told anew."""
    failing(monkeypatch, engine, "batches", BLIP)
    told: list[str] = []
    app = deck_over(engine)
    monkeypatch.setattr(app, "tell", lambda text, severity: told.append(text))
    async with run(app) as pilot:
        await until(pilot, lambda: len(engine.named("batches tried")) >= 3)
        assert told == ["Batches: the line is busy"]
        await pilot.press("ctrl+l")
        await until(pilot, lambda: len(told) == 2)
        assert set(told) == {"Batches: the line is busy"}


async def test_what_is_not_there_is_not_asked_for_again(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, soon: None
) -> None:
    """A refusal is said as it is, and stands."""
    failing(monkeypatch, engine, "item", NotFound("There is no such item"))
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_batch(pilot)
        await app.push_screen(ItemScreen(MIXED, "content-2"))
        await seen(pilot, "Item: There is no such item")
        await pilot.pause()
        tried = len(engine.named("item tried"))
        await pilot.pause(0.5)
        assert len(engine.named("item tried")) == tried


async def test_another_order_of_a_long_list_comes_by_itself(monkeypatch: pytest.MonkeyPatch, soon: None) -> None:
    """More than a page is loaded, so news only bring it up to date: an order that failed was never asked for again."""
    engine = Shelf()
    engine.stock(*(content(number, price=10_000 - number) for number in range(1200, 0, -1)))
    async with deck_over(engine).run_test(size=(80, 24), notifications=True) as pilot:
        await open_screen(pilot, "o", "catalogue")
        await pilot.press("end")
        await until(pilot, lambda: shown(pilot).loaded == 1000)
        well = failing(monkeypatch, engine, "contents", BLIP)
        await pilot.press("s")
        await seen(pilot, "Loading the catalogue: the line is busy")
        assert shown(pilot).order == "id"
        assert shown(pilot).table.rows[0].key == "content-1200"
        well.append(1)
        await until(pilot, lambda: shown(pilot).loaded == 1200)
        assert shown(pilot).table.rows[0].key == "content-1"


async def test_the_next_page_comes_by_itself(monkeypatch: pytest.MonkeyPatch, soon: None) -> None:
    """At the end of what is loaded the cursor can't move on, and so asked for nothing more."""
    engine = Shelf()
    engine.stock(*(content(number) for number in range(1, 701)))
    async with deck_over(engine).run_test(size=(80, 24), notifications=True) as pilot:
        await open_screen(pilot, "o", "catalogue")
        well = failing(monkeypatch, engine, "contents", BLIP)
        await pilot.press("end")
        await seen(pilot, "the catalogue: the line is busy")
        well.append(1)
        await until(pilot, lambda: shown(pilot).loaded == 700)


async def test_what_failed_behind_a_dialog_is_loaded_when_it_closes(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, soon: None
) -> None:
    """A screen that isn't in front asks for nothing; it isn't forgotten either."""
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_batch(pilot)
        well = failing(monkeypatch, engine, "batch", BLIP)
        await pilot.press("ctrl+l")
        await seen(pilot, "Batch: the line is busy")
        await pilot.press("question_mark")
        await until(pilot, lambda: "Batch: the line" not in picture(app) and "Esc closes" in picture(app))
        tried = len(engine.named("batch tried"))
        await pilot.pause(0.5)
        assert len(engine.named("batch tried")) == tried
        engine.put(engine.found[MIXED], [item(MIXED, 0, engine.of[MIXED][0].state)])
        well.append(1)
        await pilot.press("escape")
        await seen(pilot, "1 of 1 item shown")


@pytest.mark.parametrize("pages", [1, 2])
async def test_a_next_page_that_goes_on_failing_is_told_once(
    monkeypatch: pytest.MonkeyPatch, soon: None, pages: int
) -> None:
    """Each try brings up to date what is shown too; that this succeeds is no news of the page that still fails."""
    engine = Shelf()
    engine.stock(*(content(number) for number in range(1, 500 * pages + 201)))
    answer = engine.contents
    told: list[str] = []
    tried: list[ContentQuery] = []

    async def contents(query: ContentQuery) -> Page[Content]:
        if query.after == str(500 * pages):
            tried.append(query)
            raise BLIP
        return await answer(query)

    async with deck_over(engine).run_test(size=(80, 24), notifications=True) as pilot:
        await open_screen(pilot, "o", "catalogue")
        monkeypatch.setattr(engine, "contents", contents)
        monkeypatch.setattr(pilot.app, "tell", lambda text, severity: told.append(text))
        if pages > 1:
            await pilot.press("end")
            await until(pilot, lambda: shown(pilot).loaded == 1000)
        await pilot.press("end")
        await until(pilot, lambda: len(tried) >= 3)
        assert told == ["Loading more of the catalogue: the line is busy"]
        cursor = shown(pilot).table.cursor_key
        monkeypatch.setattr(engine, "contents", answer)
        await until(pilot, lambda: shown(pilot).loaded == 500 * pages + 200)
        assert shown(pilot).table.cursor_key == cursor


async def test_the_next_page_of_another_search_is_told_of_too(monkeypatch: pytest.MonkeyPatch, soon: None) -> None:
    """A page that failed belongs to its search: nobody waits for it after another one, nor knows of that one's."""
    engine = Shelf()
    engine.stock(*(content(number) for number in range(1, 701)))
    answer = engine.contents
    told: list[str] = []

    async def contents(query: ContentQuery) -> Page[Content]:
        if query.after:
            raise BLIP
        return await answer(query)

    async with deck_over(engine).run_test(size=(80, 24), notifications=True) as pilot:
        await open_screen(pilot, "o", "catalogue")
        monkeypatch.setattr(engine, "contents", contents)
        monkeypatch.setattr(pilot.app, "tell", lambda text, severity: told.append(text))
        await pilot.press("end")
        await until(pilot, lambda: len(told) == 1)
        await search(pilot, "part")
        assert shown(pilot).loaded == 500
        await pilot.press("end")
        await until(pilot, lambda: len(told) == 2)
        assert set(told) == {"Loading more of the catalogue: the line is busy"}
