"""What an API knows of an account beyond its confirmed nonce: what waits in the mempool. A plain node can't tell."""

from __future__ import annotations

from urllib.parse import quote

from engine.node.answers import Answer, JsonObject, is_number, number
from engine.node.routes import RouteGone, present
from engine.node.wire import Question, Wire, told_tip
from engine.ports import CantTell, Waiting

ROUTES = (
    ("/extended/v3/principals/{}/nonces", "next_nonce", "last_confirmed_nonce"),
    ("/extended/v1/address/{}/nonces", "possible_next_nonce", "last_executed_tx_nonce"),
)
"""Newest first, each with its fields for the nonce after the highest that was mined or waits, and the last mined."""
MOST = 1000


async def waiting(wire: Wire, address: str, confirmed: int, tip: int) -> Waiting | None:
    """Return what waits of an account; None where no such route is.

    CantTell when the view is older than the account's ``confirmed`` nonce or the ``tip`` that are known already:
    whoever lags in blocks lags in what waits.
    """
    for path, following, last in ROUTES:
        try:
            answer = present(await wire.read(Question("GET", path.format(quote(address, safe="")))))
        except RouteGone:
            continue
        told = answer.object()
        executed = number(told, last) + 1 if told.get(last) is not None else 0
        if executed < confirmed or _below(answer, tip):
            raise CantTell(f"The node is behind: it knows the nonces of {address} up to {executed} of {confirmed}")
        return Waiting(number(told, following), _missing(told))
    return None


def _missing(told: JsonObject) -> frozenset[int]:
    """Read the nonces below the highest that the mempool lacks: the older form has them at the top."""
    mempool = told.get("mempool")
    listed = mempool.get("missing_nonces") if isinstance(mempool, dict) else told.get("detected_missing_nonces")
    return frozenset(one for one in listed[:MOST] if is_number(one)) if isinstance(listed, list) else frozenset()


def _below(answer: Answer, tip: int) -> bool:
    height = told_tip(answer)
    return height is not None and height < tip
