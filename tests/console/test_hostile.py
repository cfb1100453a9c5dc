"""Every screen and dialog with hostile text in every place that text can come from: nothing acts, nothing is lost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from importlib import import_module
from itertools import cycle
from pkgutil import iter_modules

import pytest
from textual import events
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input

import console.screens
from console.banner import Banner
from console.notices import Dialog
from console.screens.asking import Ask
from console.screens.attempt import Attempt
from console.screens.base import DeckScreen
from console.screens.batch import BatchScreen
from console.screens.batches import BatchesScreen
from console.screens.catalogue import CatalogueScreen
from console.screens.compose import ComposeScreen
from console.screens.content import ContentScreen
from console.screens.creators import CreatorsDialog
from console.screens.dialogs import Confirm, Sentence
from console.screens.engine import EngineScreen
from console.screens.export_dialog import ExportDialog, Wish
from console.screens.help import HelpScreen
from console.screens.item import ItemScreen
from console.screens.lanes import LanesScreen
from console.screens.retries import RetriesScreen
from console.screens.review import ReviewScreen
from console.text import display_text, glyphs
from engine.core.content_story import OnChain
from engine.core.loglines import Level, LogLine
from engine.core.model import ItemState as S
from engine.core.oversight import Act, Deed, KeptAlert
from engine.core.reports import Alert, Creator, Part, ReviewRow, SignerInfo, Skipped, Transition
from engine.core.vitals import NodeSight, NodeStanding, Setting
from engine.core.window import Carried, SlotInfo, SlotState, Window
from engine.errors import Conflict
from tests.console.conftest import deck_over, open_batch, picture, run, seen, until
from tests.console.engine_desk import PLAIN, TendedEngine
from tests.console.fake_engine import NOW, STX, FakeEngine, txid
from tests.console.fake_engine import item as one_item
from tests.console.hostile import CORPUS, harmful
from tests.console.lanes_desk import LanesEngine
from tests.console.shelf import Shelf, content
from tests.console.stories import both, imported, made
from tests.console.test_review import PRICE, review
from tests.console.wire import Wire

BATCH = "01KHOSTILE"
SIZE = (160, 48)
EVERY = "".join(text for text in CORPUS if len(text) < 100)
EVIL = CORPUS[1] + CORPUS[8]
SHORT = cycle(text for text in CORPUS if len(text) < 100)
Look = Callable[[], None]


def hostile_engine(*texts: str) -> FakeEngine:
    """Put texts wherever the world outside can put text, one for each batch and item."""
    engine = FakeEngine()
    for at, text in enumerate(texts):
        engine.add(f"01K{at:02}", [S.FAILED], creator=text, why=text, who=text, error=text)
        engine.stories[text] = [Transition(NOW, text[:40] or "x", S.FAILED, text)]
    batch = engine.add(BATCH, [S.FAILED, S.OFF_CHAIN] * len(texts), creator=texts[0], why=texts[0])
    items = [
        replace(one, content_id=text if at < len(texts) else f"content-{at}", title=text, creator=text, error=text)
        for at, (one, text) in enumerate(zip(engine.of[BATCH], texts * 2, strict=True))
    ]
    engine.put(batch, items)
    engine.alarms = tuple(Alert("node", text, NOW) for text in texts)
    return engine


def stocked() -> Shelf:
    engine = Shelf()
    given = enumerate(CORPUS)
    engine.stock(*(content(at, title=text, description=text, url=text, content_type=text) for at, text in given))
    for at, text in enumerate(CORPUS):
        engine.told[f"content-{at}"] = both(engine.shelf[f"content-{at}"], unknown=text)
    return engine


def changing() -> Shelf:
    """Let everybody who changed a content, and every value that they gave it, be hostile."""
    engine, one = stocked(), content(0, title=EVERY, removed_at=NOW, removal_reason=EVIL)
    failed = [made(one_item(text, at, S.FAILED, error=text), text, text) for at, text in enumerate(CORPUS)]
    new = [imported(NOW, {"title": ""}, {"title": text, text: text}, text) for text in CORPUS]
    engine.told["content-0"] = both(one, *failed, *new, on_chain=OnChain(EVIL, 1, foreign=True))
    return engine


def laned() -> LanesEngine:
    engine = LanesEngine()
    at, name = NOW - timedelta(seconds=9), "ST1SIGNER{:02}"
    for no, text in enumerate([*CORPUS, EVERY]):
        signer = name.format(no)
        engine.lanes.append(SignerInfo(signer, (text,), True, 40, STX, 1, 2, text))
        slot = SlotInfo(40, SlotState.POSTED, txid(no), 2000, at, at, 1, 1, text, (Carried(text, text),), 2501)
        slot = replace(slot, no_repost=text)
        engine.windows[signer] = Window(signer, 25, 40, 41, (slot,), 0, held=text)
    return engine


def tended() -> TendedEngine:
    engine = TendedEngine()
    engine.parts = tuple(Part(text[:20], False, text) for text in CORPUS)
    engine.kept = [KeptAlert(no, text, text, NOW, acknowledged_by=text, why=text) for no, text in enumerate(CORPUS)]
    engine.done = [Deed(NOW, text, Act.IMPORT, None, None, text, text) for text in CORPUS]
    engine.lines = [
        LogLine(no, NOW, Level.ERROR, text, text, f"{text}\n{text}") for no, text in enumerate([*CORPUS, EVERY])
    ]
    nodes = tuple(NodeSight(text, NodeStanding.AWAY, None, None, text) for text in CORPUS)
    settings = tuple(Setting(text, text, text) for text in CORPUS)
    engine.told = replace(PLAIN, who=CORPUS[0], contract=CORPUS[1], nodes=nodes, settings=settings)
    return engine


def opens(make: Callable[[], Screen[object]], *keys: str) -> Play:
    """Open a dialog, press keys to see the rest of it, and paste each text into each of its fields."""

    async def play(pilot: Pilot[None], look: Look) -> None:
        await pilot.app.push_screen(make())
        await pilot.pause()
        look()
        for key in keys:
            await pilot.press(key)
            look()
        for field in pilot.app.screen.query(Input):
            for text in CORPUS:
                field.value = ""
                field.post_message(events.Paste(text))
                await pilot.pause()
                look()

    return play


async def batches(pilot: Pilot[None], look: Look) -> None:
    await seen(pilot, f"{len(CORPUS) + 1} batches")
    for text in CORPUS:
        await pilot.press("down")
        pilot.app.tell(text)  # type: ignore[attr-defined]
        await pilot.pause()
        look()
    pilot.app.engine.broken = Conflict("".join(CORPUS[:-1]))  # type: ignore[attr-defined]
    await until(pilot, lambda: pilot.app.latest.lost is not None)  # type: ignore[attr-defined]
    look()


async def batch(pilot: Pilot[None], look: Look) -> None:
    await open_batch(pilot, BATCH)
    look()
    await pilot.press("w")
    await seen(pilot, "2 x")
    look()
    await pilot.press("w", "r")
    await seen(pilot, f"Retry {2 * len(CORPUS)} items?")
    look()


async def retries(pilot: Pilot[None], look: Look) -> None:
    await open_batch(pilot, BATCH)
    await pilot.press("h")
    await seen(pilot, "contents shown")
    look()
    await pilot.press("end")
    look()


async def item(pilot: Pilot[None], look: Look) -> None:
    await open_batch(pilot, BATCH)
    await pilot.app.push_screen(ItemScreen(BATCH, CORPUS[0], CORPUS))
    for text in CORPUS:
        await until(pilot, lambda text=text: (one := pilot.app.screen._item) and one.content_id == text)
        look()
        await pilot.press("n")


async def lanes(pilot: Pilot[None], look: Look) -> None:
    await until(pilot, lambda: pilot.app.latest.health)  # type: ignore[attr-defined]
    await pilot.press("l")
    for _ in CORPUS:
        await pilot.pause()
        look()
        await pilot.press("down")
    await pilot.press("enter", "s")
    look()
    await pilot.press("f")
    await seen(pilot, "Raise this fee?")
    look()


async def engine(pilot: Pilot[None], look: Look) -> None:
    await until(pilot, lambda: pilot.app.latest.health)  # type: ignore[attr-defined]
    await pilot.press("e")
    for key in "12456":
        await pilot.press(key)
        await until(pilot, lambda: pilot.app.screen._picture and not pilot.app.screen._asked)  # type: ignore[attr-defined]
        look()
        await pilot.press("end")
        look()
    await pilot.press("home", "enter")
    await seen(pilot, "A line of the log")
    look()


def contents(key: str) -> Play:
    async def play(pilot: Pilot[None], look: Look) -> None:
        await until(pilot, lambda: pilot.app.engine is not None)  # type: ignore[attr-defined]
        await pilot.press(key)
        await seen(pilot, f"{len(CORPUS)} contents match")
        pilot.app.screen.query_one("#contents").focus()
        for _ in CORPUS:
            look()
            await pilot.press("down")

    return play


async def beside(pilot: Pilot[None], look: Look) -> None:
    await contents("o")(pilot, look)
    await pilot.press("home")
    for text in CORPUS:
        await seen(pilot, f"unknown: {display_text(text, 100).removesuffix(glyphs().ellipsis)}")
        look()
        await pilot.press("down")


async def changes(pilot: Pilot[None], look: Look) -> None:
    await contents("o")(pilot, look)
    await pilot.press("home", "h")
    await seen(pilot, f"Changes   {2 * len(CORPUS)}")
    for _ in range(2 * len(CORPUS)):
        look()
        await pilot.press("down")


async def reviewed(pilot: Pilot[None], look: Look) -> None:
    rows = tuple(
        ReviewRow(f"content-{at}", text, text, text, problem=text if at % 2 else None, warning=text)
        for at, text in enumerate(CORPUS)
    )
    await until(pilot, lambda: pilot.app.engine is not None)  # type: ignore[attr-defined]
    await pilot.app.push_screen(ReviewScreen(PRICE, [review(rows=rows)], lambda _: None))
    for _ in rows:
        await pilot.press("n")
        look()


async def none_written(wish: Wish) -> int:
    raise OSError(f"{wish.name}: {EVIL}")


Play = Callable[[Pilot[None], Look], Awaitable[None]]


@dataclass(frozen=True)
class Visit:
    """How to get to a screen with hostile text in it, and over which engine."""

    play: Play
    engine: Callable[[], FakeEngine] = FakeEngine


VISITS: dict[type[Screen], Visit] = {
    BatchesScreen: Visit(batches, lambda: hostile_engine(*CORPUS)),
    BatchScreen: Visit(batch, lambda: hostile_engine(*CORPUS)),
    RetriesScreen: Visit(retries, lambda: hostile_engine(*CORPUS)),
    ItemScreen: Visit(item, lambda: hostile_engine(*CORPUS)),
    LanesScreen: Visit(lanes, laned),
    EngineScreen: Visit(engine, tended),
    CatalogueScreen: Visit(beside, stocked),
    ContentScreen: Visit(changes, changing),
    ComposeScreen: Visit(contents("c"), stocked),
    ReviewScreen: Visit(reviewed, stocked),
    Confirm: Visit(opens(lambda: Confirm(EVERY, CORPUS, EVIL, "7", asks_why=True, no=EVIL))),
    Sentence: Visit(opens(lambda: Sentence(EVERY, CORPUS, EVIL))),
    Ask: Visit(opens(lambda: Ask(EVERY, CORPUS, EVERY, EVIL, none_written))),
    ExportDialog: Visit(opens(lambda: ExportDialog(none_written, Wish(EVERY), 1, 2, marked=True))),
    CreatorsDialog: Visit(opens(lambda: CreatorsDialog([Creator(text, 1) for text in CORPUS], ""), "end")),
    HelpScreen: Visit(opens(lambda: HelpScreen("batch", lambda action: f"{next(SHORT)} -"), "pagedown", "pagedown")),
}


def screens() -> Iterator[type[Screen]]:
    """Return every class that console/screens opens: those with a name of their own, and the dialogs."""
    for module in iter_modules(console.screens.__path__):
        for one in vars(import_module(f"console.screens.{module.name}")).values():
            named = isinstance(one, type) and issubclass(one, DeckScreen) and one.__dict__.get("NAME")
            if named or (isinstance(one, type) and issubclass(one, Dialog) and one not in (Dialog, Attempt)):
                yield one


def test_every_screen_is_visited() -> None:
    """A new screen or dialog fails here until it has met hostile text: give it a visit above."""
    assert set(screens()) == set(VISITS)


def forms(text: str) -> list[str]:
    """Return how a text may be drawn: as it is, or with the lines of a paste joined."""
    return [display_text(text), display_text(" ".join(text.replace("\r", "").split("\n")))]


@pytest.mark.parametrize("kind", VISITS, ids=lambda kind: kind.__name__)
async def test_hostile_text_on_every_screen(kind: type[Screen], monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing unprintable reaches the terminal, nothing is run, and each short text can be read in full."""
    wire, visit, drawn = Wire(monkeypatch), VISITS[kind], set()
    app = deck_over(visit.engine(), Banner("testnet", CORPUS[1], CORPUS[2], simulated=True))
    async with run(app, size=SIZE) as pilot:

        def look() -> None:
            drawn.add(picture(app))
            assert app.is_running

        await visit.play(pilot, look)
        assert (app.is_running, app._leaving, app.clipboard) == (True, False, "")
    every = "\n".join(drawn)
    assert harmful(every) == []
    assert wire.harm(CORPUS) == []
    assert [text for text in CORPUS if len(text) < 100 and not any(form in every for form in forms(text))] == []


async def test_a_click_on_markup_runs_nothing() -> None:
    """``[@click=app.quit]`` in a title is text, wherever it is clicked."""
    app = deck_over(hostile_engine("[@click=app.quit]click me[/]"))
    async with run(app, size=(120, 40)) as pilot:
        await open_batch(pilot, BATCH)
        for y, line in enumerate(picture(app).splitlines()):
            if "click me" in line and y < 36:
                await pilot.click(offset=(line.index("click me") + 2, y))
                await pilot.pause()
        assert app.is_running
        assert not app._leaving


def test_reasons_of_skipped_items_are_harmless() -> None:
    """What an engine says of items it leaves out is shown in one line each."""
    from console.item_views import skipped_lines

    lines = skipped_lines([Skipped(text, text) for text in CORPUS], most=99)
    assert harmful("".join(lines)) == []
    assert not any("\n" in line for line in lines)
