"""Opening the console: a terminal, an engine in a thread of its own, and a header that says what it works on."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast

from console.banner import Banner
from console.cli import afar, demo
from console.cli.about import version
from console.cli.output import complain
from console.memory import Memory
from console.onward import Onward, Ways
from engine import logs
from engine.door import Engine
from engine.layers import keys_section
from engine.settings import Settings

if TYPE_CHECKING:
    from console.keymap import Keymap

REFUSED = 2
log = logging.getLogger("batchdeck.console")
Opener = Callable[[], AbstractAsyncContextManager[Engine]]


def open_console(
    settings: Settings,
    opener: Opener,
    *,
    read_only: bool,
    first: Callable[[], None] = lambda: None,
    ways: Ways = Ways(),  # noqa: B008 (frozen)
    config: Path | None = None,
) -> int:
    """Run the console until somebody leaves it, and return its exit code; 2 without a terminal.

    ``first`` is done before anything is shown: what it raises is said on the terminal as it was. A console that is
    left for another one, by one of ``ways``, is over when that one is. Keys are bound as ``config`` says.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        complain("The console needs a terminal; batchdeck --help lists the commands that don't")
        return REFUSED
    if "NO_COLOR" in os.environ:
        os.environ.setdefault("TEXTUAL_THEME", "ansi-dark")
    first()
    logs.to_file_at_first(settings)
    ended = asyncio.run(_run(settings, opener, read_only, ways, _keys(config)))
    return ended if isinstance(ended, int) else ended()


def _keys(config: Path | None) -> Keymap:
    """Return the keys of the settings file; without any, no screen has to be loaded before the first is painted."""
    from console import actions
    from console.keymap import Keymap, judged

    where, given = keys_section(config)
    if given == {}:
        return Keymap()
    found = judged(given, where, actions.every_screen())
    for problem in found.problems:
        log.warning(problem)
    return found


class _Owned:
    """The engine, whose close lets go, once, of all that was opened for it, while the console is still there."""

    def __init__(self, engine: Engine, stack: AsyncExitStack) -> None:
        self._engine = engine
        self._stack = stack

    def __getattr__(self, name: str) -> object:
        return getattr(self._engine, name)

    async def close(self) -> None:
        """End the engine and its thread, and free the database."""
        await self._stack.aclose()


async def _run(settings: Settings, opener: Opener, read_only: bool, ways: Ways, keys: Keymap) -> int | Onward:
    from console.app import BatchdeckApp

    async with AsyncExitStack() as stack:

        async def engine() -> Engine:
            # The first screen is painted by now: half a second of imports no longer delays it.
            await asyncio.to_thread(logs.structured)
            threaded = await asyncio.to_thread(import_module, "engine.threaded")
            return cast(Engine, _Owned(await stack.enter_async_context(threaded.in_thread(opener)), stack))

        shown = await afar.banner(settings, read_only) if settings.remote else _banner(settings, read_only)
        app = BatchdeckApp(engine, shown, ways=ways, keymap=keys.keys, warnings=keys.problems, memory=_memory(settings))
        onward = await app.run_async()
        return onward or app.return_code or 0


def _memory(settings: Settings) -> Memory:
    """Return what is remembered of this database or engine; the demo's stays in the demo's own folder."""
    place = settings.remote or str(settings.database_path)
    own = demo.folder()
    folder = own if settings.database_path.parent == own and not settings.remote else own.parent
    return Memory(folder / "console.json", place)


def _banner(settings: Settings, read_only: bool) -> Banner:
    return Banner(
        network=settings.network,
        chain=settings.chain_told,
        database=str(settings.database_path),
        simulated=settings.simulated,
        read_only=read_only,
        version=version(),
        thresholds=settings.thresholds,
    )
