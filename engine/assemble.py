"""open_engine: every part of the engine is named once, here."""

from __future__ import annotations

import asyncio
import getpass
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from engine.clock import SystemClock
from engine.core.vitals import Setting
from engine.embedded import EmbeddedEngine
from engine.errors import Unavailable
from engine.folders import made
from engine.keyring import forbid_core_dump, read_api_key, read_keys
from engine.layers import sources
from engine.line.contact import Contact, Wanted
from engine.line.line import Line
from engine.line.nodestate import NodeState
from engine.line.off import WHY, OffChain
from engine.line.signers import NoSigners, OwnSigners
from engine.line.signing import Desk, FeeRule, Fees, Mint
from engine.line.tools import Limits, Tools
from engine.metered import NodeMeters, metered
from engine.ports import Chain, Clock, Store
from engine.report import Identity
from engine.setting_rules import DEVNET_SUFFIX
from engine.settings import Settings

_PASSING = frozenset({"database_url", "remote", "remote_token_file", "port", "log_level", "log_file"})


@asynccontextmanager
async def open_engine(
    settings: Settings, *, run: bool = True, read_only: bool = False, asks: bool = False, clock: Clock | None = None
) -> AsyncIterator[EmbeddedEngine]:
    """Open an engine in this process, and close it at the end.

    ``run=False`` accepts batches but carries none; ``read_only`` needs no lock and refuses every write, and only with
    ``asks`` does it speak to the node. Raises Unavailable when another engine owns the database or it can't be used,
    BadSettings for settings that don't fit.
    """
    from engine.store import open_store

    clock = clock or SystemClock()
    async with AsyncExitStack() as stack:
        if settings.origin("database_url") == "default" and not read_only:
            made(settings.database_path.parent, "make it writable, or name another database", 0o700)
        store: Store = await open_store(settings.database_path, read_only=read_only)
        stack.push_async_callback(store.close)
        line, meters = None, NodeMeters()
        if asks or not read_only:
            line = await _line(settings, store, clock, stack, meters, run=run and not read_only, looks=read_only)
        carries = run and not read_only
        engine = EmbeddedEngine(store, clock, _identity(settings), line, carries=carries, meters=meters)
        stack.push_async_callback(engine.close)
        await engine.start()
        if run and not read_only:
            await store.note_settings(told(settings), engine.who, clock.now())
        yield engine


async def _line(
    settings: Settings,
    store: Store,
    clock: Clock,
    stack: AsyncExitStack,
    meters: NodeMeters,
    *,
    run: bool,
    looks: bool,
) -> Line:
    """Return the line; one that only ``looks`` keeps nothing of what it learns in the database."""
    own = _own_signers(settings)
    found = await _chain(settings, stack, run)
    chain = metered(found, meters)
    tools = Tools(
        store=store,
        chain=chain,
        clock=clock,
        limits=_limits(settings),
        node=NodeState(chain, clock),
        gate=asyncio.Semaphore(settings.concurrency),
    )
    await tools.pauses.recall(store)
    if isinstance(found, OffChain):
        tools.desk = _no_desk(settings, tools)
        return Line(tools, None)
    contact = Contact(tools, _wanted(settings, own), keeps=not looks)
    if settings.simulated and run:
        await contact.attempt()
    return Line(tools, contact)


def told(settings: Settings) -> dict[str, str]:
    """Return the settings as the audit keeps them, without secrets; those of one process alone say nothing."""
    return {source.name: source.value for source in sources(settings) if source.name not in _PASSING}


def _own_signers(settings: Settings) -> OwnSigners | None:
    if settings.signer_keys_file is None:
        return None
    forbid_core_dump()
    return OwnSigners(read_keys(settings.signer_keys_file, settings.network))


async def _chain(settings: Settings, stack: AsyncExitStack, run: bool) -> Chain:
    """Return the node to speak to; the simulated one lives in this process, its chain beside the database."""
    if not settings.simulated and not settings.nodes:
        return OffChain()
    from engine.node import Fleet, HttpNode

    if not settings.simulated:
        key = read_api_key(settings.node_api_key_file) if settings.node_api_key_file else None
        nodes = [
            HttpNode(
                url,
                timeout=settings.chain_timeout,
                api_key=key,
                concurrency=settings.concurrency,
                contract=settings.contract,
            )
            for url in settings.nodes
        ]
        return Fleet(nodes, settings.network)
    import httpx

    from engine.devnet import Devnet

    path = settings.database_path.with_name(settings.database_path.name + DEVNET_SUFFIX)
    try:
        devnet = Devnet.open(path, network=settings.network, block_seconds=settings.block_seconds)
    except ValueError as wrong:
        raise Unavailable(str(wrong)) from wrong
    stack.push_async_callback(devnet.close)
    if run:
        await devnet.start()
    return HttpNode(
        "http://devnet",
        timeout=settings.chain_timeout,
        api_key=None,
        concurrency=settings.concurrency,
        transport=httpx.ASGITransport(devnet.app),
    )


def _limits(settings: Settings) -> Limits:
    return Limits(
        concurrency=settings.concurrency,
        window=settings.window,
        confirmations=settings.confirmations,
        chain_patience=settings.chain_patience,
        unseen_after=settings.unseen_after,
        stuck_after=settings.stuck_after,
        bump_max=settings.bump_max,
        database_patience=settings.database_patience,
        memory=settings.memory_limit,
        fee_max_batch=settings.fee_max_batch,
    )


def _fee_rule(settings: Settings) -> FeeRule:
    return FeeRule(settings.fee_default, settings.fee_max)


def _wanted(settings: Settings, own: OwnSigners | None) -> Wanted:
    from engine.devnet.keys import creator_key

    return Wanted(
        network=settings.network,
        contract=settings.contract,
        noop_address=settings.noop_recipient,
        fees=_fee_rule(settings),
        own=own,
        derive=creator_key,
    )


def _no_desk(settings: Settings, tools: Tools) -> Desk:
    mint = Mint(settings.network, "", settings.noop_recipient)
    return Desk(NoSigners(WHY), mint, Fees(tools.node, _fee_rule(settings), ""))


def _identity(settings: Settings) -> Identity:
    return Identity(
        network=settings.network,
        chain=settings.chain_told,
        database=str(settings.database_path),
        who=user(),
        simulated=settings.simulated,
        thresholds=settings.thresholds,
        contract=settings.contract,
        settings=_in_force(settings),
    )


def _in_force(settings: Settings) -> tuple[Setting, ...]:
    """Return the settings for whoever may read."""
    return tuple(Setting(one.name, one.value, one.origin) for one in sources(settings))


def user() -> str:
    """Return the name of the process's user, for the audit."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
