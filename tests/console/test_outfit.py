"""The first frame: painted before settings, screens and engine are there, and what may happen until they are."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pty
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from textual.widgets import Input

from console.app import BatchdeckApp
from console.memory import Memory
from console.outfit import Outfit
from console.screens.help import HelpScreen
from console.theme import DARK, LIGHT
from engine.errors import BadSettings
from tests.console.command import Batchdeck
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


async def test_letters_behind_others_are_part_of_what_is_typed() -> None:
    """A filter typed ahead may have a q in it: it leaves nothing."""
    tailor = Tailor()
    app = framed(tailor)
    async with run(app) as pilot:
        await seen(pilot, "Opening ...")
        await pilot.press("slash", "q")
        tailor.ready.set()
        await until(pilot, lambda: isinstance(app.focused, Input) and app.focused.value == "q")


async def test_told_twice_to_end_what_was_open_at_first_is_remembered(tmp_path: Path) -> None:
    """A supervisor's second SIGTERM finds no screen any more."""
    memory = Memory(tmp_path / "console.json")
    tailor = Tailor(engine=FakeEngine(), memory=memory)
    app = framed(tailor)
    async with run(app) as pilot:
        tailor.ready.set()
        await until(pilot, lambda: app.engine)
        app.exit()
        await until(pilot, lambda: not app.is_running)
    app.exit()
    assert [name for name, _ in memory.recall()] == ["batches"]


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


async def test_screens_that_cannot_be_put_up_end_the_console_with_their_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody sits before a frame that opens nothing, and isn't told."""
    from console.inside import Inside

    def broken(_: Inside) -> None:
        raise RuntimeError("a screen is broken")

    monkeypatch.setattr(Inside, "furnish", broken)
    tailor = Tailor()
    tailor.ready.set()
    app = framed(tailor)
    async with run(app) as pilot:
        await until(pilot, lambda: not app.is_running)
    assert str(app.failure) == "a screen is broken"


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


SIGNALLED = """
import os, signal, sys
from textual.drivers.linux_driver import LinuxDriver
start = LinuxDriver.start_application_mode
def taken(driver):
    start(driver)
    os.kill(os.getpid(), signal.SIGTERM)
LinuxDriver.start_application_mode = taken
sys.argv[1:] = ["demo"]
from console.__main__ import main
main()
"""


def in_terminal(home: Path, code: str) -> tuple[int, bytes]:
    """Run a program in a terminal of its own; return how it ended, and all that it wrote there."""
    leader, follower = pty.openpty()
    environment = Batchdeck(home).environment | {"TERM": "xterm-256color", "XDG_DATA_HOME": str(home)}
    line = [sys.executable, "-c", code]
    with subprocess.Popen(line, stdin=follower, stdout=follower, stderr=follower, cwd=home, env=environment) as program:
        os.close(follower)
        shown = b""
        with contextlib.suppress(OSError):  # so Linux says that nobody writes there any more
            while more := os.read(leader, 65536):
                shown += more
    os.close(leader)
    return program.returncode, shown


def test_a_signal_before_the_first_frame_gives_the_terminal_back_too(tmp_path: Path) -> None:
    """The terminal is taken before anything is drawn; and what remembers badly is no line on the terminal."""
    remembered = tmp_path / "batchdeck" / "demo" / "console.json"
    remembered.parent.mkdir(parents=True)
    remembered.write_text("[")
    code, shown = in_terminal(tmp_path, SIGNALLED)
    assert (code, shown.count(b"\x1b[?1049h"), shown.count(b"\x1b[?1049l")) == (0, 1, 1)
    assert b"never awaited" not in shown
    assert b"ignored" not in shown


def test_what_is_wrong_with_keys_is_in_the_log_too(tmp_path: Path) -> None:
    """The dialog is closed and gone; the log has its sentences, and nothing else tells where they went."""
    (tmp_path / "config.toml").write_text(f'log_file = "{tmp_path}/deck.log"\n[keys]\nnope = "x"\n')
    code = (
        "import asyncio, pathlib, sys; from contextlib import AsyncExitStack; from console.cli import fitting\n"
        "from engine.layers import load; file = pathlib.Path(sys.argv[1])\n"
        "own = fitting.own(AsyncExitStack(), lambda: load({}, file), read_only=False, config=file)\n"
        "print(asyncio.run(own).warnings)"
    )
    line = [sys.executable, "-c", code, str(tmp_path / "config.toml")]
    environment = Batchdeck(tmp_path).environment
    done = subprocess.run(line, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "keys.nope" in done.stdout
    assert "keys.nope" in (tmp_path / "deck.log").read_text()
