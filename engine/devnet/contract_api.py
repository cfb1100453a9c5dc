"""The node's routes about the contract: read-only calls, its interface, its map of contents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.devnet import contract
from engine.devnet.replies import answer, read_json, text
from engine.stacks import clarity

if TYPE_CHECKING:
    from engine.devnet.node import Devnet

MAP = "contents"


class ContractApi:
    """What a node tells of the pay-per-view contract (FACTS.md section 2)."""

    def __init__(self, devnet: Devnet) -> None:
        self._devnet = devnet

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/v2/contracts/call-read/{address}/{name}/{function}", self.call_read, methods=["POST"]),
            Route("/v2/contracts/interface/{address}/{name}", self.interface),
            Route("/v2/map_entry/{address}/{name}/{map}", self.map_entry, methods=["POST"]),
        ]

    async def call_read(self, request: Request) -> Response:
        """POST call-read: runs any function until it would write."""
        function = request.path_params["function"]
        try:
            body = await read_json(request)
            args = tuple(clarity.deserialize(_hex(arg)) for arg in body["arguments"])
            sender = str(body["sender"])
        except (ValueError, KeyError, TypeError, AttributeError):
            return text("Failed to decode: bad call-read request", 400)
        if not self._is_ours(request) or function not in contract.ARGUMENTS:
            return _no(f"UndefinedFunction({function[:128]!r})")
        wrong = contract.argument_problem(function, args)
        if wrong:
            return _no(wrong)
        rules = self._devnet.rules()
        world = contract.World(sender, rules.owner, rules.paused, self._devnet.ledger.content)
        effect = contract.call(world, function, args)
        if effect.ok and effect.content_id is not None:
            return answer({"okay": False, "cause": "NotReadOnly"})
        return answer({"okay": True, "result": f"0x{clarity.serialize(effect.result).hex()}"})

    def _is_ours(self, request: Request) -> bool:
        return f"{request.path_params['address']}.{request.path_params['name']}" == self._devnet.contract

    async def interface(self, request: Request) -> Response:
        """GET the contract's interface."""
        if not self._is_ours(request):
            return text("No contract interface data found", 404)
        functions = [_described(name, args) for name, args in contract.ARGUMENTS.items()]
        kept: dict[str, Any] = {"variables": [], "fungible_tokens": [], "non_fungible_tokens": []}
        kept["maps"] = [{"name": MAP, "key": "uint128", "value": {"tuple": _ENTRY}}]
        return answer({"functions": functions, **kept, "epoch": "Epoch34", "clarity_version": "Clarity4"})

    async def map_entry(self, request: Request) -> Response:
        """POST map_entry of the map ``contents``: key uint, value a tuple of creator and price."""
        try:
            key = clarity.deserialize(_hex(await read_json(request)))
        except (ValueError, AttributeError):
            return text("Failed to decode: bad map key", 400)
        if not self._is_ours(request) or request.path_params["map"] != MAP:
            return text("Data not found", 404)
        found = self._devnet.ledger.content(key.value) if isinstance(key, clarity.UInt) else None
        if found is None or found.removed:
            return answer({"data": "0x09"})
        entry = clarity.Tuple({"creator": clarity.Principal(found.owner), "price": clarity.UInt(found.price)})
        return answer({"data": f"0x{clarity.serialize(clarity.Some(entry)).hex()}"})


_ENTRY = [{"name": "creator", "type": "principal"}, {"name": "price", "type": "uint128"}]


def _hex(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def _no(cause: str) -> Response:
    return answer({"okay": False, "cause": f"Unchecked({cause})"})


def _described(name: str, args: tuple[str, ...]) -> dict[str, Any]:
    public = name in contract.PUBLIC
    result: Any = {"response": {"ok": "bool" if public else "uint128", "error": "uint128"}}
    if name == "get-content-info":
        result = {"optional": {"tuple": _ENTRY}}
    return {
        "name": name,
        "access": "public" if public else "read_only",
        "args": [{"name": arg, "type": "uint128"} for arg in args],
        "outputs": {"type": result},
    }
