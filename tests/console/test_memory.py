"""What is remembered from one start to the next: where one was, by which filters, in which light; never a secret."""

from __future__ import annotations

import json
import logging
import stat
from pathlib import Path

import pytest

from console.memory import Memory
from console.reopening import left, reopened
from console.screens.batch import BatchScreen
from console.screens.batches import BatchesScreen
from console.screens.catalogue import CatalogueScreen
from console.theme import DARK, LIGHT
from engine.core.model import ItemState
from tests.console.conftest import MIXED, deck_over, open_batch, picture, run, seen, until
from tests.console.desk import open_screen, search, shown
from tests.console.fake_engine import BOB, FakeEngine, sample
from tests.console.shelf import Shelf, stocked

HOME = [("batches", {"status": "", "text": ""})]
KEY = "6d430bb97413acae1fa03f9a1dbb2b7f1d62b9b3a2d6a6a1a7e1f7f5d1c0f1e201"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "console.json"


def idle(engine: FakeEngine) -> FakeEngine:
    """Return the sample with nothing under way."""
    for batch in list(engine.found.values()):
        items = [one for one in engine.of[batch.id] if one.state is not ItemState.QUEUED]
        engine.put(batch, items or engine.of[MIXED][:1])
    return engine


def test_screens_and_theme_come_back_by_place(file: Path) -> None:
    """Each database has its own screens; the theme is of the whole console; the file is its owner's alone."""
    Memory(file, "a.db").keep(HOME)
    Memory(file, "http://b").keep([("batches", {"text": "x"}), ("catalogue", {"order": "price"})])
    Memory(file, "a.db").keep_theme("batchdeck-light")
    assert Memory(file, "http://b").recall() == [("batches", {"text": "x"}), ("catalogue", {"order": "price"})]
    assert Memory(file, "a.db").recall() == HOME
    assert Memory(file, "c.db").recall() == []
    assert Memory(file, "c.db").theme() == "batchdeck-light"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [one.name for one in file.parent.iterdir()] == [file.name]


def test_what_was_recalled_is_forgotten_until_an_orderly_end(file: Path) -> None:
    """A screen that brings the console down isn't opened for ever."""
    Memory(file, "a.db").keep(HOME)
    assert Memory(file, "a.db").recall() == HOME
    assert Memory(file, "a.db").recall() == []


def test_old_places_go(file: Path) -> None:
    """The file stays small, whatever is opened; the place left last stays."""
    for number in range(30):
        Memory(file, f"{number}.db").keep(HOME)
    Memory(file, "15.db").keep(HOME)
    kept = json.loads(file.read_text())["places"]
    assert len(kept) == 20
    assert list(kept)[-1] == "15.db"


@pytest.mark.parametrize("secret", [KEY, "x" * 400, " ".join(["abandon"] * 12)])
def test_a_secret_is_never_written(file: Path, secret: str) -> None:
    """What somebody pasted into a filter by mistake stays in memory."""
    Memory(file, "a.db").keep([("batches", {"text": secret, "status": "failed"})])
    assert secret not in file.read_text()
    assert Memory(file, "a.db").recall() == [("batches", {"status": "failed"})]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"places": 7}',
        '{"places": {"a.db": 7}, "theme": 7}',
        '{"places": {"a.db": [7]}}',
        '{"places": {"a.db": [["batches", 7]]}}',
        '{"places": {"a.db": [[7, {"text": 7}]]}}',
        '{"places": {"a.db": [["__init__", {}], ["os", {}]]}}',
        '{"places": {"a.db": [["batches", {"text": "\\u001b]52;c;aGk=\\u0007", "status": "gone"}]]}}',
        "[" * 100_000,
        " " * 300_000,
    ],
    ids=lambda text: text[:40],
)
def test_a_broken_file_is_ignored(file: Path, text: str, caplog: pytest.LogCaptureFixture) -> None:
    """It opens as if for the first time; a file that is none of ours is named in the log; then it is written anew."""
    file.parent.mkdir()
    file.write_text(text)
    with caplog.at_level(logging.WARNING):
        memory = Memory(file, "a.db")
        assert memory.theme() == ""
        (home,) = reopened(memory.recall())
    assert isinstance(home, BatchesScreen)
    assert home.notes() == HOME[0][1]
    if not text.startswith('{"places": {'):
        assert str(file) in caplog.text
    memory.keep(HOME)
    assert Memory(file, "a.db").recall() == HOME


def test_a_disk_that_takes_nothing_is_complained_of_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Once in the log; nothing raises, nothing is left behind."""
    (tmp_path / "taken").write_text("")
    memory = Memory(tmp_path / "taken" / "console.json", "a.db")
    with caplog.at_level(logging.WARNING):
        memory.keep_theme("batchdeck-light")
        memory.keep(HOME)
        memory.keep(HOME)
    assert caplog.text.count("nothing is remembered") == 1
    assert memory.theme() == ""


async def test_the_console_opens_where_it_was_left(engine: FakeEngine, file: Path) -> None:
    """Theme, the list's status and text, the batch with its filter: all as they were; Esc leads home."""
    app = deck_over(idle(engine), memory=Memory(file, "demo.db"))
    async with run(app) as pilot:
        await seen(pilot, "5 batches")
        await pilot.press("slash", *"autumn", "enter")
        await seen(pilot, "1 batch")
        await pilot.press("enter")
        await seen(pilot, "items shown")
        await pilot.press("4", "f9", "slash", *"-8", "enter")
        await seen(pilot, "6 of 88 items shown")
        await pilot.press("q")
        await until(pilot, lambda: engine.closed)
    again = deck_over(engine, memory=Memory(file, "demo.db"))
    async with run(again) as pilot:
        assert again.theme == LIGHT.name
        await seen(pilot, "6 of 88 items shown")
        assert isinstance(again.screen, BatchScreen)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(again.screen, BatchesScreen))
        await seen(pilot, "1 batch")
        assert "autumn" in picture(again)
        await pilot.press("f9")
    third = deck_over(engine, memory=Memory(file, "other.db"))
    async with run(third) as pilot:
        assert third.theme == DARK.name
        await seen(pilot, "5 batches")


async def test_a_catalogue_comes_back_with_its_search(file: Path) -> None:
    """Search, creator, order and removed contents."""
    app = deck_over(stocked(), memory=Memory(file, "demo.db"))
    async with run(app, size=(120, 40)) as pilot:
        await open_screen(pilot, "o", "catalogue")
        await search(pilot, "glaciers")
        shown(pilot).write_creator(BOB)
        await pilot.press("s", "x")
        await until(pilot, lambda: shown(pilot).showing and shown(pilot).showing.creator == BOB)
        notes = app.screen.notes()  # type: ignore[attr-defined]
        app.exit()
    again = deck_over(stocked(), memory=Memory(file, "demo.db"))
    async with run(again, size=(120, 40)) as pilot:
        await until(pilot, lambda: isinstance(again.screen, CatalogueScreen) and shown(pilot).showing)
        await until(pilot, lambda: shown(pilot).showing and shown(pilot).showing.search == "glaciers")
        assert again.screen.notes() == notes  # type: ignore[attr-defined]
        assert notes == {"search": "glaciers", "creator": BOB, "order": "id", "removed": "yes"}


async def test_what_is_being_made_is_not_opened_again(file: Path) -> None:
    """A half-filled form would be another one next time; the list below it is opened."""
    app = deck_over(stocked(), memory=Memory(file, "demo.db"))
    async with run(app, size=(120, 40)) as pilot:
        await open_screen(pilot, "c", "compose")
        assert left(app.screen_stack) == HOME
        app.exit()
    assert Memory(file, "demo.db").recall() == HOME


async def test_with_work_under_way_the_list_is_first(engine: FakeEngine, file: Path) -> None:
    """Whoever left a batch running sees at once what became of it."""
    app = deck_over(engine, memory=Memory(file, "demo.db"))
    async with run(app) as pilot:
        await open_batch(pilot)
        await until(pilot, lambda: app.latest.health)
        app.exit()
    assert Memory(file, "demo.db").recall() == []


async def test_a_batch_that_is_gone_leads_home(file: Path) -> None:
    """An older copy of the database was put back: it is said, and the list is there."""
    Memory(file, "demo.db").keep([*HOME, ("batch", {"batch": "01KGONE", "shown": "failed", "text": ""})])
    app = deck_over(Shelf(), memory=Memory(file, "demo.db"))
    async with run(app) as pilot:
        await seen(pilot, "isn't there any more")
        assert isinstance(app.screen, BatchesScreen)


@pytest.mark.plays("app.theme")
async def test_a_theme_that_cannot_be_remembered_is_said_once(engine: FakeEngine, tmp_path: Path) -> None:
    """The theme changes all the same; the second time nothing is said."""
    (tmp_path / "taken").write_text("")
    app = deck_over(engine, memory=Memory(tmp_path / "taken" / "console.json", "demo.db"))
    async with run(app) as pilot:
        await seen(pilot, "5 batches")
        await pilot.press("f9")
        await seen(pilot, "nothing is")
        assert app.theme == LIGHT.name
        app.clear_notifications()
        await pilot.press("f9")
        await pilot.pause()
        assert not app._notifications
        assert app.theme == DARK.name


async def test_an_export_is_as_the_last_one(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Format and head come back in another console too; which items never: those shown are meant."""
    monkeypatch.chdir(tmp_path)
    app = deck_over(idle(sample()), memory=Memory(file, "a.db"))
    async with run(app) as pilot:
        await open_batch(pilot)
        await pilot.press("5", "e")
        await seen(pilot, "Export results")
        await pilot.press("up", "space", "up", "space", "down", "down", *["backspace"] * 3, *"jsonl", "enter")
        await seen(pilot, "88 results written")
    app = deck_over(idle(sample()), memory=Memory(file, "b.db"))
    async with run(app) as pilot:
        await open_batch(pilot)
        await pilot.press("5", "e")
        await seen(pilot, f"batch-{MIXED}.jsonl")
        assert "● 3 items, shown" in picture(app)
        assert "● under a head" in picture(app)
