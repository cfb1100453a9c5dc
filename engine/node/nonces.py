"""What an API knows of an account beyond its confirmed nonce: what waits in the mempool. A plain node can't tell."""

from __future__ import annotations

from urllib.parse import quote

from engine.node.answers import number
from engine.node.routes import RouteGone, present
from engine.node.wire import Question, Wire

ROUTES = (
    ("/extended/v3/principals/{}/nonces", "next_nonce"),
    ("/extended/v1/address/{}/nonces", "possible_next_nonce"),
)
"""Newest first, each with its field for the nonce after the highest that was mined or waits."""


async def following(wire: Wire, address: str) -> int | None:
    """Return the nonce after all that is mined or waits; None where no such route is."""
    for path, field in ROUTES:
        try:
            told = present(await wire.read(Question("GET", path.format(quote(address, safe=""))))).object()
        except RouteGone:
            continue
        return number(told, field)
    return None
