"""The calls about the lanes: who signs, what is on its way, and what somebody does to a lane or to one slot."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from engine import wire
from engine.core.byhand import SlotBytes
from engine.core.model import Problem
from engine.core.text import shown
from engine.errors import InvalidDraft, NotFound
from engine.web import queries
from engine.web.answers import answer
from engine.web.context import Web


class LaneCalls:
    """The lanes, by the address of their signer."""

    def __init__(self, web: Web) -> None:
        self._web = web

    async def signers(self, request: Request) -> Response:
        """List addresses, balances, nonces and lanes."""
        queries.asked(request)
        found = await self._web.engine_for(request).signers()
        return answer({"signers": [wire.signer_json(signer) for signer in found]})

    async def slots(self, request: Request) -> Response:
        """Show the window of a signer's lane, slot by slot."""
        queries.asked(request)
        found = await self._web.engine_for(request).slots(request.path_params["address"])
        return answer(wire.window_json(found))

    async def release(self, request: Request) -> Response:
        """Let a held lane go on at the chain's nonce."""
        why = (await self._web.body(request, "why")).get("why")
        address = request.path_params["address"]
        held = await self._web.engine_for(request).release_lane(address, why)
        return answer({"message": "Lane released", "address": address, "held": held})

    async def pause_lane(self, request: Request) -> Response:
        """Sign and post nothing new in one lane."""
        why = (await self._web.body(request, "why")).get("why")
        address = request.path_params["address"]
        await self._web.engine_for(request).pause_lane(address, why)
        return answer({"message": "The lane is paused", "address": address, "paused": True})

    async def resume_lane(self, request: Request) -> Response:
        """Let a paused lane go on."""
        why = (await self._web.body(request, "why")).get("why")
        address = request.path_params["address"]
        await self._web.engine_for(request).resume_lane(address, why)
        return answer({"message": "The lane goes on", "address": address, "paused": False})

    async def bump(self, request: Request) -> Response:
        """Sign the call at a nonce again for a higher fee, now."""
        body = await self._web.body(request, "txId", "fee", "why")
        address, nonce = _slot(request)
        given = (_seen(body), body.get("fee"), body.get("why"))
        made = await self._web.engine_for(request).bump_slot(address, nonce, *given)
        return answer(_done("The fee is raised", address, made))

    async def repost(self, request: Request) -> Response:
        """Begin to post the same bytes at a nonce once more."""
        body = await self._web.body(request, "txId", "why")
        address, nonce = _slot(request)
        given = (_seen(body), body.get("why"))
        posted = await self._web.engine_for(request).repost_slot(address, nonce, *given)
        return answer(_done("The same bytes are posted again", address, posted))


def _slot(request: Request) -> tuple[str, int]:
    """Return whose slot the path is about, and at which nonce; what is no nonce was never signed."""
    address, given = request.path_params["address"], request.path_params["nonce"]
    if not (given.isascii() and given.isdecimal() and len(given) < 19):
        raise NotFound(f"There is no nonce {given!r:.60}: look at the slots of {address:.60}")
    return address, int(given)


def _seen(body: Mapping[str, object]) -> str | None:
    """Read which bytes the caller saw there, as every txid is written here; None when they don't say."""
    given = body.get("txId")
    if given is None:
        return None
    if not (isinstance(given, str) and given.startswith("0x")):
        raise InvalidDraft([Problem("txId", f"{shown(given)} is no transaction id: give 0x and 64 digits of hex")])
    return given.removeprefix("0x")


def _done(message: str, address: str, found: SlotBytes) -> wire.Json:
    told: wire.Json = {"nonce": found.nonce, "txId": wire.txid(found.txid), "fee": found.fee}
    return {"message": message, "address": address, **told}
