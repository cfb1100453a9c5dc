"""Opening the console: a terminal, a frame that is painted at once, and the outfit that comes after it.

Imports next to nothing: settings, screens and engine are loaded while the frame is already there.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from console import ending
from console.cli import places
from console.cli.exits import REFUSED, ended, process
from console.cli.output import complain
from engine import folders

if TYPE_CHECKING:
    from console.onward import Onward
    from console.outfit import Outfit
    from engine.settings import Settings

Fitting = Callable[[AsyncExitStack], Awaitable["Outfit"]]
"""Makes the outfit of a console; what is opened for it is closed with the stack."""


def main_own() -> None:
    """Be `batchdeck` without any word behind it."""
    _be(lambda: open_own(_load, read_only=False))


def main_demo() -> None:
    """Be `batchdeck demo`."""
    _be(lambda: open_demo(demo_settings))


def open_own(load: Callable[[], Settings], *, read_only: bool, config: Path | None = None) -> int:
    """Open the console on the database of the settings, or on the engine that they name.

    ``config`` is the settings file that was named; its keys are those of the console.
    """

    async def fit(stack: AsyncExitStack) -> Outfit:
        await _loaded()
        from console.cli import fitting

        return await fitting.own(stack, load, read_only=read_only, config=config)

    return _open(fit, folders.data())


def open_demo(load: Callable[[], Settings], *, read_only: bool = False) -> int:
    """Open the console on the demo, with the settings of it; its engine runs also while nobody may change anything."""

    async def fit(stack: AsyncExitStack) -> Outfit:
        await _loaded()
        from console.cli import fitting

        return await fitting.demo(stack, load, read_only=read_only)

    return _open(fit, places.demo())


def _open(fit: Fitting, folder: Path) -> int:
    """Run the console until somebody leaves it, and return its exit code; 2 without a terminal.

    What its fitting raises is said on the terminal as it was. A console that is left for another one is over when
    that one is. ``folder`` has the file that remembers the theme.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        complain("The console needs a terminal; batchdeck --help lists the commands that don't")
        return REFUSED
    if "NO_COLOR" in os.environ:
        os.environ.setdefault("TEXTUAL_THEME", "ansi-dark")
    if not sys.stderr.isatty():
        vars(sys)["__stderr__"] = sys.__stdout__  # Textual 8.2.8 draws on stderr, which may be a file
    left = asyncio.run(_run(fit, folder))
    return left if isinstance(left, int) else left()


async def _run(fit: Fitting, folder: Path) -> int | Onward:
    from console.app import BatchdeckApp
    from console.memory import Memory

    async with AsyncExitStack() as stack:
        app = BatchdeckApp(lambda: fit(stack), theme=Memory(places.remembered(folder)).theme())
        app.end_on_signals()
        onward = await app.run_async()
        asyncio.get_running_loop().remove_signal_handler(signal.SIGINT)  # from here on Ctrl-C cuts short what hangs
        if app.failure is not None:
            raise app.failure
        return onward or app.return_code or 0


async def _loaded() -> None:
    """Import what makes outfits beside the loop, which draws the frame meanwhile."""
    await asyncio.to_thread(import_module, "console.cli.fitting")


def _load() -> Settings:
    from engine.layers import load

    return load()


def demo_settings() -> Settings:
    """Return the settings of a demo that no flag is given to."""
    from console.cli.demo import demo_settings

    return demo_settings({})


def _be(start: Callable[[], int]) -> None:
    ending.leave_to_system()
    process(lambda: sys.exit(ended(start)))
