"""Fitting a console out: settings, keys, what the header says, and an engine in a thread of its own.

Loaded and run behind the first frame; what takes its time is done beside the loop that draws it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import cast

from console import actions
from console.banner import Banner
from console.cli import afar, front, places
from console.cli import demo as sample
from console.cli.about import version
from console.keymap import Keymap, judged
from console.memory import Memory
from console.onward import Onward, Ways
from console.outfit import Outfit
from engine import garbage, logs
from engine.door import Engine
from engine.layers import keys_section
from engine.settings import Settings

log = logging.getLogger("batchdeck.console")
Opener = Callable[[], AbstractAsyncContextManager[Engine]]


async def own(stack: AsyncExitStack, load: Callable[[], Settings], *, read_only: bool, config: Path | None) -> Outfit:
    """Return the outfit for the database of the settings, or for the engine that they name."""
    settings, notice = await asyncio.to_thread(load), ""
    if settings.remote:
        from engine.remote import overheard

        notice, settings = overheard(settings) or "", await afar.theirs(settings)
    else:
        await asyncio.to_thread(places.placed, settings)

    async def connect(address: str, token_file: str) -> Onward:
        found = await afar.elsewhere(settings, address, token_file)
        return lambda: front.open_own(lambda: found, read_only=read_only, config=config)

    def opener() -> AbstractAsyncContextManager[Engine]:
        if settings.remote:
            from engine.remote import open_remote

            return open_remote(settings)
        from engine.assemble import open_engine

        return open_engine(settings, read_only=read_only)

    shown = await afar.banner(settings, read_only) if settings.remote else _banner(settings, read_only=read_only)
    memory = Memory(places.remembered(_folder(settings)), settings.remote or str(settings.database_path))
    ways = Ways(lambda: front.open_demo(front.demo_settings), connect)
    return await asyncio.to_thread(_outfit, stack, settings, opener, shown, config, memory, ways, notice)


async def demo(stack: AsyncExitStack, load: Callable[[], Settings], *, read_only: bool = False) -> Outfit:
    """Return the outfit for the demo."""
    settings = await asyncio.to_thread(load)
    await asyncio.to_thread(sample.make_folder)
    memory = Memory(places.remembered(places.demo()), str(settings.database_path))
    shown = replace(_banner(settings, read_only=read_only), demo=True)

    def opener() -> AbstractAsyncContextManager[Engine]:
        return sample.demo_engine(settings, read_only=read_only)

    return await asyncio.to_thread(_outfit, stack, settings, opener, shown, None, memory)


def keys_of(config: Path | None) -> Keymap:
    """Return the keys of the settings file; without any, not every screen has to be loaded for them."""
    where, given = keys_section(config)
    if given == {}:
        return Keymap()
    found = judged(given, where, actions.every_screen())
    for problem in found.problems:
        log.warning(problem)
    return found


def _outfit(
    stack: AsyncExitStack,
    settings: Settings,
    opener: Opener,
    shown: Banner,
    config: Path | None,
    memory: Memory,
    ways: Ways = Ways(),  # noqa: B008 (frozen)
    notice: str = "",
) -> Outfit:
    logs.to_file_at_first(settings)  # before what is logged of keys
    keys = keys_of(config)

    async def engine() -> Engine:
        await asyncio.to_thread(logs.structured)
        threaded = await asyncio.to_thread(import_module, "engine.threaded")
        opened = _Owned(await stack.enter_async_context(threaded.in_thread(opener)), stack)
        garbage.loaded()
        return cast(Engine, opened)

    return Outfit(engine, shown, keys.keys, keys.problems, notice, ways, memory)


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


def _folder(settings: Settings) -> Path:
    """Return where a console remembers its looks: the demo's stays in the demo's own folder."""
    own = places.demo()
    return own if settings.database_path.parent == own and not settings.remote else own.parent


def _banner(settings: Settings, *, read_only: bool) -> Banner:
    return Banner(
        network=settings.network,
        chain=settings.chain_told,
        database=str(settings.database_path),
        simulated=settings.simulated,
        read_only=read_only,
        version=version(),
        thresholds=settings.thresholds,
    )
