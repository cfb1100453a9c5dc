"""The scenes that snapshots compare and screenshots show: an engine, the keys to press, what to wait for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from textual.pilot import Pilot
from textual.widgets import Input

from console.app import BatchdeckApp
from console.banner import Banner
from console.screens.creators import CreatorsDialog
from console.screens.dialogs import Sentence
from console.screens.item import ItemScreen
from console.theme import LIGHT
from engine.core.model import ItemState as S
from engine.core.model import Operation
from engine.core.reports import Creator
from engine.door import Engine
from tests.console.conftest import DEMO, MAINNET, MIXED, deck_over, open_batch, seen, until
from tests.console.desk import open_screen, still
from tests.console.engine_desk import tended
from tests.console.fake_engine import ALICE, BOB, NOW, FakeEngine, sample
from tests.console.lanes_desk import laned
from tests.console.stories import storied

Play = Callable[[Pilot[None]], Awaitable[None]]
SIZES = ((80, 24), (120, 40))


@dataclass(frozen=True)
class Scene:
    """One picture: its name, what is played before it is taken, over which engine and banner."""

    name: str
    play: Play
    engine: Callable[[], Engine] = sample
    banner: Banner = DEMO

    def app(self) -> BatchdeckApp:
        """Make the app of this scene."""
        return deck_over(self.engine(), self.banner)


async def batches(pilot: Pilot[None]) -> None:
    await seen(pilot, "5 batches")
    await until(pilot, lambda: pilot.app.latest.health)  # type: ignore[attr-defined]
    await pilot.press("down")


async def nothing(pilot: Pilot[None]) -> None:
    await seen(pilot, "No batch yet.")
    await until(pilot, lambda: pilot.app.latest.health)  # type: ignore[attr-defined]


async def batch(pilot: Pilot[None]) -> None:
    await open_batch(pilot)


async def compared(pilot: Pilot[None]) -> None:
    await open_batch(pilot)
    await pilot.press("h", "2")
    await seen(pilot, "12 of 100 contents shown")
    await pilot.press("down")


async def light(pilot: Pilot[None]) -> None:
    await open_batch(pilot)
    pilot.app.theme = LIGHT.name


async def failed(pilot: Pilot[None]) -> None:
    await open_batch(pilot)
    await pilot.press("4", "space", "space")
    await seen(pilot, "2 marked")


async def reasons(pilot: Pilot[None]) -> None:
    await open_batch(pilot)
    await pilot.press("w", "space")
    await seen(pilot, "9 marked")


async def exporting(pilot: Pilot[None]) -> None:
    await open_batch(pilot)
    await pilot.press("4", "e")
    await seen(pilot, "9 items, shown")
    pilot.app.screen.query_one(Input).cursor_blink = False


async def retry(pilot: Pilot[None]) -> None:
    await open_batch(pilot)
    await pilot.press("r")
    await seen(pilot, "Retry 12 items?")


async def item(pilot: Pilot[None]) -> None:
    await open_batch(pilot)
    pilot.app.push_screen(ItemScreen(MIXED, "content-2", ["content-1", "content-2"]))
    await seen(pilot, "What happened")


async def changed(pilot: Pilot[None]) -> None:
    await open_screen(pilot, "o", "catalogue")
    await pilot.press("down", "h")
    await seen(pilot, "Changes   5")


async def help_(pilot: Pilot[None]) -> None:
    await open_batch(pilot)
    await pilot.press("question_mark")
    await seen(pilot, "Keys")


async def leaving(pilot: Pilot[None]) -> None:
    await batches(pilot)
    await pilot.press("q")
    await seen(pilot, "Leave with work under way?")


async def stopping(pilot: Pilot[None]) -> None:
    await batches(pilot)
    await pilot.press("exclamation_mark")
    await seen(pilot, "Stop the whole engine?")
    still(pilot)


async def importing(pilot: Pilot[None]) -> None:
    await nothing(pilot)
    await pilot.press("i")
    await seen(pilot, "Import a catalogue")
    still(pilot)


async def problems(pilot: Pilot[None]) -> None:
    await nothing(pilot)
    lines = ["catalogue.csv: 2 problems", "", "line 12, price: 'free' is no price: give µSTX, such as 1500000"]
    await pilot.app.push_screen(Sentence("Nothing is imported", [*lines, "line 200, content_id: film-4 is on line 5"]))
    await pilot.pause()


async def creators(pilot: Pilot[None]) -> None:
    await nothing(pilot)
    await pilot.app.push_screen(CreatorsDialog([Creator(ALICE, 912), Creator(BOB, 7)], ALICE))
    await pilot.pause()


async def lanes(pilot: Pilot[None]) -> None:
    await until(pilot, lambda: pilot.app.latest.health)  # type: ignore[attr-defined]
    await pilot.press("l")
    await seen(pilot, "content-65")


async def lanes_light(pilot: Pilot[None]) -> None:
    await lanes(pilot)
    pilot.app.theme = LIGHT.name


async def held(pilot: Pilot[None]) -> None:
    await lanes(pilot)
    await pilot.press("down")
    await seen(pilot, "! Held:")
    await seen(pilot, "Nothing of this lane")


async def release(pilot: Pilot[None]) -> None:
    await held(pilot)
    await pilot.press("r")
    await seen(pilot, "Release this lane?")
    still(pilot)


async def bump(pilot: Pilot[None]) -> None:
    await lanes(pilot)
    await pilot.press("enter", "down", "down", "f")
    await seen(pilot, "Raise this fee?")
    still(pilot)


def beaten(pilot: Pilot[None]) -> None:
    """Let the console have seen a pace that rises and falls."""
    pulse, done = pilot.app.pulse, 0  # type: ignore[attr-defined]
    for point in range(60):
        done += point * 7 % 23
        pulse.note(done, NOW - timedelta(seconds=2 * (60 - point)))
    pulse.note(done + 9, NOW)


async def engine(pilot: Pilot[None]) -> None:
    await until(pilot, lambda: pilot.app.latest.health)  # type: ignore[attr-defined]
    beaten(pilot)
    await pilot.press("e")
    await seen(pilot, "Throughput")


async def engine_light(pilot: Pilot[None]) -> None:
    await engine(pilot)
    pilot.app.theme = LIGHT.name


async def engine_log(pilot: Pilot[None]) -> None:
    await engine(pilot)
    await pilot.press("6")
    await seen(pilot, "6 lines")
    await pilot.press("down", "down")
    await seen(pilot, "KeyError: 'lost'  2026")


async def engine_alerts(pilot: Pilot[None]) -> None:
    await engine(pilot)
    await pilot.press("2")
    await seen(pilot, "4 alerts")


def removal() -> FakeEngine:
    """Make the sample with its mixed batch as a removal on mainnet."""
    engine = sample()
    value = {"reason": "Licence ended"}
    items = [replace(one, operation=Operation.REMOVE_CONTENT, value=value) for one in engine.of[MIXED]]
    payload = {"removalReason": "Licence ended"}
    engine.put(replace(engine.found[MIXED], operation=Operation.REMOVE_CONTENT, payload=payload), items)
    return engine


def chain() -> FakeEngine:
    """Make the sample with two retries of its mixed batch: all that failed, then what failed again."""
    engine = sample()
    bad = engine.of[MIXED][76:85] + engine.of[MIXED][85:88]
    poor, gone = "NotEnoughFunds: balance 0, fee 2000", "Content not found"
    retries = (
        ("01KDEMO0000000000000000006", MIXED, [S.CONFIRMED] * 6 + [S.OFF_CHAIN] * 3 + [S.FAILED] * 3, bad),
        ("01KDEMO0000000000000000007", "01KDEMO0000000000000000006", [S.CONFIRMED] * 2 + [S.SUBMITTED], bad[6:9]),
    )
    for batch_id, parent, states, of in retries:
        batch = engine.add(batch_id, states, retry_of=parent)
        made = zip(engine.of[batch_id], of, strict=True)
        error = {S.OFF_CHAIN: poor, S.FAILED: gone}
        items = [
            replace(one, content_id=old.content_id, title=old.title, error=error.get(one.state)) for one, old in made
        ]
        engine.put(batch, items)
    return engine


SCENES = (
    Scene("batches", batches),
    Scene("empty", nothing, FakeEngine),
    Scene("batch", batch),
    Scene("retries", compared, chain),
    Scene("batch-light", light),
    Scene("batch-marked", failed),
    Scene("batch-reasons", reasons),
    Scene("export", exporting),
    Scene("retry", retry),
    Scene("retry-mainnet", retry, removal, MAINNET),
    Scene("item", item),
    Scene("content", changed, storied),
    Scene("help", help_),
    Scene("leaving", leaving),
    Scene("stopping", stopping),
    Scene("importing", importing, FakeEngine),
    Scene("problems", problems, FakeEngine),
    Scene("creators", creators, FakeEngine),
    Scene("engine", engine, tended),
    Scene("engine-light", engine_light, tended),
    Scene("engine-alerts", engine_alerts, tended, MAINNET),
    Scene("engine-log", engine_log, tended),
    Scene("lanes", lanes, laned),
    Scene("lanes-light", lanes_light, laned),
    Scene("lanes-held", held, laned),
    Scene("lanes-release", release, laned, MAINNET),
    Scene("lanes-bump", bump, laned),
)
