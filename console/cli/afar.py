"""The engine that a command talks to when it isn't in this process: the one named with --remote, or the owner."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from console.cli.output import complain
from engine.door import Engine
from engine.errors import BadSettings, Owned, Unavailable

if TYPE_CHECKING:
    from console.banner import Banner
    from engine.settings import Settings

Work = Callable[[Engine], Awaitable[int]]


def agreed(settings: Settings) -> Settings:
    """Return the settings as `theirs`, and warn on stderr of a token that others may read on its way.

    Raises what `open_remote` raises: an engine that isn't there, or one of another network than was asked for.
    """
    from engine.remote import overheard

    if said := overheard(settings):  # others may read the token on its way; what was asked for is done all the same
        complain(said)
    return asyncio.run(theirs(settings))


async def theirs(settings: Settings) -> Settings:
    """Return the settings with the network and the thresholds of the engine that --remote names: only it has them."""
    from engine.remote import open_remote

    async with open_remote(settings) as engine:
        limits = engine.about.thresholds
        told = {
            "network": engine.about.network,
            "slow_batch": limits.slow,
            "failure_rate": limits.failure_rate,
            "off_chain_rate": limits.off_chain_rate,
        }
        return settings.model_copy(update=told)


async def elsewhere(settings: Settings, address: str, token_file: str) -> Settings:
    """Return settings that name another engine, once it has answered; the network asked for by name still counts."""
    from engine.setting_rules import file

    try:
        named = file(Path(token_file)) if token_file else None
    except ValueError as wrong:
        raise BadSettings(f"The token's file: {wrong}") from None
    return await theirs(settings.model_copy(update={"remote": address, "remote_token_file": named}))


async def through_remote(settings: Settings, work: Work) -> int:
    """Let ``work`` use the engine that --remote names."""
    from engine.remote import open_remote

    async with open_remote(settings) as engine:
        return await work(engine)


async def through_owner(settings: Settings, owned: Owned, work: Work) -> int:
    """Let ``work`` use the API of the engine that owns the database; Owned when it has none."""
    from engine.remote import open_at
    from engine.setting_rules import web_address

    if owned.url is None:
        raise owned
    named = f"The engine with process id {owned.pid or 'unknown'} works on {settings.database_path}"
    async with AsyncExitStack() as stack:
        try:
            opened = open_at(web_address(owned.url), settings.remote_token_file)
            engine = await stack.enter_async_context(opened)
        except Unavailable as silent:
            raise Unavailable(f"{named}, and can't be asked: {silent}") from None
        if engine.about.network != settings.network:
            raise BadSettings(
                f"{named} for {engine.about.network}, and these settings say {settings.network}: give "
                f"--network {engine.about.network}"
            )
        return await work(engine)


async def banner(settings: Settings, read_only: bool) -> Banner:
    """Return what the console's header says of an engine elsewhere: its address, network and chain."""
    from console.banner import Banner
    from console.cli.about import version
    from engine.remote import open_remote

    async with open_remote(settings) as engine:
        health = await engine.health()
        return Banner(
            network=engine.about.network,
            chain=health.chain,
            database=engine.address,
            simulated=health.simulated,
            read_only=read_only or engine.about.read_only,
            reader=engine.about.who if engine.about.read_only else "",
            version=version(),
            embedded=False,
            thresholds=engine.about.thresholds,
        )
