"""What the engine says of one content: its history from the store, and what the contract has of it from a node."""

from __future__ import annotations

from dataclasses import replace

from engine.core.content_story import ContentStory, OnChain
from engine.core.model import Content
from engine.line.preflight import READS_ONLY, within
from engine.line.signing import Desk
from engine.line.tools import Tools
from engine.ports import NodeUnreachable, Store

PATIENCE = 5.0
"""Seconds that a node may take to tell of one content: somebody looks at it, and waits."""


async def story(store: Store, tools: Tools | None, content_id: str, limit: int) -> ContentStory:
    """Return a content with its changes and the contract's side; what no node told in time is said to be unknown."""
    found = await store.content_story(content_id, limit)
    number = found.content.on_chain_id
    if number is None:
        return found
    if tools is None or tools.refused or tools.desk is None:
        return replace(found, unknown=_unasked(tools))
    told: list[OnChain | None] = []
    why = [f"the node said nothing within {PATIENCE:g} s"]

    async def ask(tools: Tools) -> None:
        try:
            told.append(await tools.chain.content(number))
        except NodeUnreachable as away:
            why[0] = str(away)

    await within(tools.clock, PATIENCE, ask(tools))
    if not told:
        return replace(found, unknown=why[0])
    return replace(found, on_chain=told[0] and _owned(told[0], found.content, tools.desk))


def _unasked(tools: Tools | None) -> str:
    if tools is None:
        return READS_ONLY
    return tools.refused or f"Node unreachable: {tools.node.error or 'no answer yet'}"


def _owned(told: OnChain, content: Content, desk: Desk) -> OnChain:
    """Say whether the contract names another creator than the catalogue, or than the key that plays it here."""
    return replace(told, foreign=told.creator not in (content.creator, desk.signers.address_for(content.creator)))
