"""Gathers the facts of the chain: every node at once, each for itself, or the file of the simulated chain."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from engine.checkup.facts import Chain, NodeFacts, SimulatedFacts
from engine.devnet import chain_path, read_chain_file
from engine.errors import BadSettings
from engine.keyring import read_api_key
from engine.node import HttpNode
from engine.ports import NodeUnreachable
from engine.settings import Settings
from engine.stacks import CHAIN_IDS

T = TypeVar("T")


def nodes_of(settings: Settings) -> list[HttpNode]:
    """Return a client for each node of the settings; without its key where the key's file can't be used."""
    key = _api_key(settings)
    return [
        HttpNode(url, timeout=settings.chain_timeout, api_key=key, concurrency=2, contract=settings.contract)
        for url in settings.nodes
    ]


def _api_key(settings: Settings) -> str | None:
    try:
        return read_api_key(settings.node_api_key_file) if settings.node_api_key_file else None
    except BadSettings:
        return None


async def look_at_chain(settings: Settings, nodes: list[HttpNode]) -> Chain:
    """Ask every node, or read the simulated chain's file; an engine may be at work on either."""
    return Chain(
        network=settings.network,
        network_id=CHAIN_IDS[settings.network],
        contract=settings.contract,
        patience=settings.chain_patience,
        nodes=tuple(await asyncio.gather(*(_node(node, settings) for node in nodes))),
        simulated=_simulated(settings) if settings.simulated else None,
    )


async def _node(node: HttpNode, settings: Settings) -> NodeFacts:
    info, info_error = await _asked(node.info())
    if info is None:
        return NodeFacts(node.name, info_error=info_error)
    way, way_error = await _asked(node.way())
    contract = settings.contract or info.contract
    functions, contract_error = await _asked(node.functions(contract)) if contract else (None, "")
    return NodeFacts(node.name, info, "", way, way_error, contract, functions, contract_error)


async def _asked(question: Awaitable[T]) -> tuple[T | None, str]:
    """Return the answer, or why there is none."""
    try:
        return await question, ""
    except NodeUnreachable as away:
        return None, str(away)


def _simulated(settings: Settings) -> SimulatedFacts:
    path = chain_path(settings.database_path)
    try:
        found = read_chain_file(path)
    except ValueError as wrong:
        return SimulatedFacts(path, problem=str(wrong))
    return SimulatedFacts(path, found.id, found.network, found.tip) if found else SimulatedFacts(path)
