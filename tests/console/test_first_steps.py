"""An empty database greets: a catalogue, the demo, a running engine; each by its key, and by the command it names."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from console import actions
from console.app import BatchdeckApp
from console.greeting import WAYS
from console.onward import Onward, Ways
from console.screens.batches import BatchesScreen
from console.screens.catalogue import CatalogueScreen
from engine.core.model import ItemState
from engine.errors import Unauthorized, Unavailable
from tests.console.conftest import DEMO, deck_over, picture, run, seen, until
from tests.console.desk import shown, typed
from tests.console.fake_engine import ALICE, FakeEngine
from tests.console.shelf import Shelf, content

GREETING = "three ways on"
HEADER = "content_id,creator,title,price\n"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are named as somebody would who stands beside them."""
    monkeypatch.chdir(tmp_path)


def wrote(name: str, text: str) -> str:
    """Write a file beside us, and return its name."""
    Path(name).write_text(text)
    return name


def away() -> int:
    return 0


async def answer(pilot, text: str) -> None:  # type: ignore[no-untyped-def]
    """Take away what the field says, type another text, and confirm."""
    await pilot.press("ctrl+u")
    await typed(pilot, text)
    await pilot.press("enter")


def connecting(asked: list[tuple[str, str]], errors: list[Exception]) -> Ways:
    """Return ways whose engine elsewhere answers when every error is told."""

    async def connect(address: str, token_file: str) -> Onward:
        asked.append((address, token_file))
        if errors:
            raise errors.pop(0)
        return away

    return Ways(away, connect)


@pytest.mark.plays("list.refresh@batches")
async def test_an_empty_database_greets_with_three_ways_on() -> None:
    """Each way stands there with its key and its command, also at 80 cells; with contents or batches it is gone."""
    engine = Shelf()
    app = deck_over(engine)
    async with run(app) as pilot:
        await seen(pilot, GREETING)
        lines = picture(app).splitlines()
        for key, command in (
            ("i", "batchdeck catalogue import FILE"),
            ("d", "batchdeck demo"),
            ("n", "batchdeck --remote URL"),
        ):
            line = next(one for one in lines if command in one)
            assert line.split()[0] == key
        engine.stock(content(1))
        await pilot.press("ctrl+l")
        await seen(pilot, "Press c to compose the first one")
        engine.add("01KNEW", [ItemState.QUEUED])
        await seen(pilot, "1 batch")
        assert GREETING not in picture(app)


async def test_a_filter_that_finds_nothing_greets_nobody() -> None:
    """Whoever looks for something isn't new here."""
    app = deck_over(Shelf())
    async with run(app) as pilot:
        await seen(pilot, GREETING)
        await pilot.press("right")
        await seen(pilot, "No batch matches.")


@pytest.mark.plays("catalogue.import@batches")
async def test_a_catalogue_is_imported_by_key() -> None:
    """i asks for a file; what is imported is told, and the greeting makes way."""
    file = wrote("own.csv", HEADER + f"a,{ALICE},First,1000000\nb,{ALICE},Second,2000000\n")
    engine = Shelf()
    app = deck_over(engine)
    async with run(app, size=(120, 40)) as pilot:
        await seen(pilot, GREETING)
        await pilot.press("i")
        await seen(pilot, "batchdeck catalogue import FILE")
        await answer(pilot, file)
        await seen(pilot, "2 contents imported")
        await until(pilot, lambda: GREETING not in picture(app))
    assert set(engine.shelf) == {"a", "b"}


async def test_a_catalogue_with_mistakes_is_refused_line_by_line() -> None:
    """A bad line, an empty file, a content that the engine refuses, no file, one of no known kind: nothing stored."""
    empty = wrote("empty.csv", "\n")
    bad = wrote("bad.csv", HEADER + f"a,{ALICE},First,free\n")
    row = {"content_id": "gone", "creator": ALICE, "title": "T", "price": 1}
    refused = wrote("refused.jsonl", json.dumps(row))
    odd = wrote("own.txt", "x")
    engine = Shelf(aborting={"gone": "it is removed"})
    app = deck_over(engine)
    async with run(app, size=(120, 40)) as pilot:
        await seen(pilot, GREETING)
        for file, said in (
            (bad, "line 2, price"),
            (empty, "line 1: the file is empty"),
            (refused, "line 1, content_id: 'gone': it is removed"),
        ):
            await pilot.press("i")
            await answer(pilot, file)
            await seen(pilot, "Nothing is imported")
            assert said in picture(app)
            await pilot.press("enter")
        await pilot.press("i")
        for file, said in (("none.csv", "can't be read"), (odd, "name it .csv, .json or .jsonl")):
            await answer(pilot, file)
            await seen(pilot, said)
            assert app.focused is not None
            assert app.focused.value == file  # type: ignore[attr-defined]
    assert not engine.shelf


@pytest.mark.plays("catalogue.import@catalogue")
async def test_the_catalogue_screen_imports_too() -> None:
    """Empty it says how; what is imported stands in the list at once."""
    file = wrote("own.csv", HEADER + f"a,{ALICE},The first of all,1000000\n")
    app = deck_over(Shelf())
    async with run(app, size=(120, 40)) as pilot:
        await seen(pilot, GREETING)
        await pilot.press("o")
        await until(pilot, lambda: isinstance(app.screen, CatalogueScreen) and shown(pilot).total is not None)
        await seen(pilot, "Press i to import your own")
        await pilot.press("i")
        await answer(pilot, file)
        await seen(pilot, "The first of all")


async def test_read_only_imports_nothing() -> None:
    """A console that may change nothing says so."""
    app = deck_over(Shelf(), replace(DEMO, read_only=True))
    async with run(app) as pilot:
        await seen(pilot, GREETING)
        await pilot.press("i")
        await seen(pilot, "This console is read-only")


async def left_for(play: Callable, ways: Ways) -> tuple[BatchdeckApp, FakeEngine]:  # type: ignore[type-arg]
    """Play until the console ends; return it with its engine."""
    engine = Shelf()
    app = deck_over(engine, ways=ways)
    async with run(app, size=(120, 40)) as pilot:
        await seen(pilot, GREETING)
        await play(pilot)
        await until(pilot, lambda: engine.closed)
    return app, engine


@pytest.mark.plays("batches.demo")
async def test_the_demo_is_one_key_away() -> None:
    """d ends this console in order, its engine closed, and says what opens next."""
    app, engine = await left_for(lambda pilot: pilot.press("d"), Ways(away))
    assert app.return_value is away
    assert engine.calls.count(("close", None)) == 1


async def test_leaving_for_the_demo_asks_like_leaving(engine: FakeEngine) -> None:
    """Work under way is as dear on the way to a demo as on the way out."""
    app = deck_over(engine, ways=Ways(away))
    async with run(app) as pilot:
        await until(pilot, lambda: app.latest.health)
        await pilot.press("d")
        await seen(pilot, "Leave with work under way?")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, BatchesScreen))
        assert not engine.closed


@pytest.mark.plays("batches.connect")
async def test_a_running_engine_is_asked_before_this_one_is_left() -> None:
    """A bad address, nobody there: a sentence, and nothing is left; then a token is asked for, and it goes on."""
    asked: list[tuple[str, str]] = []
    errors = [Unavailable("Nobody answers there"), Unauthorized("asks for a token")]

    async def play(pilot) -> None:  # type: ignore[no-untyped-def]
        await pilot.press("n")
        await seen(pilot, "batchdeck --remote URL")
        for address, said in (
            ("ftp://x", "give an address like"),
            ("http://10.9.9.9:1", "Nobody answers there"),
            ("http://127.0.0.1:8420", "It asks for a token"),
        ):
            await answer(pilot, address)
            await seen(pilot, said)
        await seen(pilot, "It asks for a token")
        await answer(pilot, "token.txt")

    app, _ = await left_for(play, connecting(asked, errors))
    assert app.return_value is away
    here = "http://127.0.0.1:8420"
    assert asked == [("http://10.9.9.9:1", ""), (here, ""), (here, "token.txt")]


async def test_a_console_without_ways_says_how_to_get_there() -> None:
    """The demo leads nowhere else; its keys say what to start instead."""
    app = deck_over(Shelf())
    async with run(app) as pilot:
        await seen(pilot, GREETING)
        await pilot.press("d")
        await seen(pilot, "start it with batchdeck demo")
        await pilot.press("n")
        await seen(pilot, "start one with batchdeck")


def test_the_readme_names_the_same_keys_and_commands() -> None:
    """The first ten minutes of the README are those of the greeting."""
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    told = readme[readme.index("three ways on") :].split("\n\n")[0]
    for action, _, command in WAYS:
        assert f"`{actions.get(action).keys}`" in told
        assert command.rpartition(" ")[0] in readme
