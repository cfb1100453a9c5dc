"""The first frame: painted before settings, screens and engine are there, and what may happen until they are."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from console.app import BatchdeckApp
from console.memory import Memory
from console.outfit import Outfit
from console.screens.help import HelpScreen
from console.theme import DARK, LIGHT
from engine.errors import BadSettings
from tests.console.conftest import DEMO, picture, run, seen, until
from tests.console.fake_engine import NOW, FakeEngine, sample

ROOT = Path(__file__).parents[2]


@dataclass
class Tailor:
    """Makes an outfit once it is told to."""

    engine: FakeEngine = field(default_factory=sample)
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    memory: Memory = field(default_factory=Memory)
    refusal: Exception | None = None

    async def __call__(self) -> Outfit:
        await self.ready.wait()
        if self.refusal:
            raise self.refusal
        return Outfit(self._open, DEMO, notice="Look out: said once", memory=self.memory)

    async def _open(self) -> FakeEngine:
        return self.engine


def framed(tailor: Tailor, **given: str) -> BatchdeckApp:
    return BatchdeckApp(tailor, now=lambda: NOW, **given)


async def test_the_frame_is_there_before_anything_else_and_gives_way_to_the_screens() -> None:
    """What was typed meanwhile acts on the screens, in its order."""
    tailor = Tailor()
    app = framed(tailor)
    async with run(app) as pilot:
        await seen(pilot, "Opening ...")
        assert "Batchdeck" in picture(app)
        await pilot.press("question_mark")
        await pilot.pause(0.1)
        assert "Opening ..." in picture(app)
        tailor.ready.set()
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))


async def test_what_the_outfit_has_to_say_is_said_once() -> None:
    """A token on its way in clear is a warning on the first screen, no line that the console covers."""
    tailor = Tailor()
    tailor.ready.set()
    async with run(framed(tailor)) as pilot:
        await seen(pilot, "Look out: said once")


@pytest.mark.parametrize(("key", "code"), [("q", 0), ("ctrl+q", 0), ("escape", 0), ("ctrl+c", 130)])
async def test_nobody_waits_for_an_outfit_who_wants_to_leave(key: str, code: int) -> None:
    """An engine elsewhere may keep a console waiting: the keys that leave act at once."""
    app = framed(Tailor())
    async with run(app) as pilot:
        await seen(pilot, "Opening ...")
        await pilot.press(key)
        await until(pilot, lambda: not app.is_running)
    assert (app.return_code, app.failure) == (code, None)


async def test_an_outfit_that_does_not_come_ends_the_console_with_its_reason() -> None:
    """The reason is for the terminal as it was before: nothing is left on the screen to read."""
    tailor = Tailor(refusal=BadSettings("port is 'x': give an integer"))
    app = framed(tailor)
    async with run(app) as pilot:
        await seen(pilot, "Opening ...")
        tailor.ready.set()
        await until(pilot, lambda: not app.is_running)
    assert app.failure is tailor.refusal


async def test_the_frame_has_the_theme_that_was_chosen_last(tmp_path: Path) -> None:
    """Who works in a light room sees no dark flash; what the place remembers counts in the end."""
    memory = Memory(tmp_path / "console.json")
    memory.keep_theme(LIGHT.name)
    tailor = Tailor(memory=memory)
    app = framed(tailor, theme=memory.theme())
    async with run(app) as pilot:
        await seen(pilot, "Opening ...")
        assert app.theme == LIGHT.name
        memory.keep_theme(DARK.name)
        tailor.ready.set()
        await until(pilot, lambda: app.theme == DARK.name)


def test_the_frame_loads_neither_settings_nor_screens_nor_store() -> None:
    """The first paint waits for Textual and little else: what is heavy is loaded behind it."""
    code = "import sys, console.cli.front, console.app; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    heavy = {"typer", "pydantic", "pydantic_settings", "sqlalchemy", "structlog", "engine.settings", "engine.store"}
    heavy |= {"console.screens", "console.inside", "console.cli.fitting", "engine.core.lane", "engine.core.reports"}
    assert heavy & set(done.stdout.split()) == set()
