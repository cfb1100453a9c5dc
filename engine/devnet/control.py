"""The devnet's own routes, which no real node has: who it is, what it knows, and the switches."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from engine.devnet.faults import MEANINGS, Fault
from engine.devnet.replies import answer, read_json
from engine.stacks import ContractCall, clarity, parse_principal, parse_transaction

if TYPE_CHECKING:
    from engine.devnet.node import Devnet

MAX_BLOCKS = 1000
UINT_MAX = 2**128 - 1
MAX_BALANCE = 10**18
MAX_NONCE = 2**62
"""What SQLite's 64-bit integers still hold after anything that can be added."""


class Control:
    """Routes under /devnet; latency and outages don't touch them."""

    def __init__(self, devnet: Devnet) -> None:
        self._devnet = devnet

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/devnet/info", self.info),
            Route("/devnet/register", self._reading(self.register), methods=["POST"]),
            Route("/devnet/fund", self._reading(self.fund), methods=["POST"]),
            Route("/devnet/contents/{content_id}", self.content),
            Route("/devnet/contract", self._reading(self.contract), methods=["POST"]),
            Route("/devnet/faults", self.faults, methods=["GET"]),
            Route("/devnet/faults", self._reading(self.set_faults), methods=["POST"]),
            Route("/devnet/mine", self._reading(self.mine), methods=["POST"]),
            Route("/devnet/foreign", self._reading(self.foreign), methods=["POST"]),
            Route("/devnet/reorg", self._reading(self.reorg), methods=["POST"]),
            Route("/devnet/transactions", self.transactions),
        ]

    def _reading(self, route: Any) -> Any:
        """Wrap a route that takes a JSON object: what is wrong with it is a 400 with a sentence."""

        async def guarded(request: Request) -> Response:
            try:
                body = await read_json(request)
                if not isinstance(body, dict):
                    raise ValueError("give a JSON object")
                return answer(route(body))
            except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as wrong:
                return JSONResponse({"error": f"{type(wrong).__name__}: {wrong}"}, 400)

        return guarded

    async def info(self, request: Request) -> Response:
        """Say who this chain is, and that it is simulated."""
        devnet = self._devnet
        known = {"id": devnet.id, "network": devnet.network, "contract": devnet.contract}
        return answer({**known, "simulated": True, "block_seconds": devnet.block_seconds, "tip": devnet.ledger.tip})

    def register(self, body: dict[str, Any]) -> dict[str, Any]:
        """Make contents known and fund accounts."""
        contents = [_content(*row) for row in body.get("contents", [])]
        accounts = [_principal(address) for address in body.get("accounts", [])]
        return {"registered": self._devnet.register(contents, accounts)}

    def fund(self, body: dict[str, Any]) -> dict[str, Any]:
        """Set a balance, and a next nonce if one is given."""
        balance = _integer("balance", body["balance"], MAX_BALANCE)
        nonce = None if body.get("nonce") is None else _integer("nonce", body["nonce"], MAX_NONCE)
        self._devnet.fund(_principal(body["address"]), balance, nonce)
        return {"balance": balance}

    async def content(self, request: Request) -> Response:
        """Tell what the contract knows of a content."""
        named = request.path_params["content_id"]
        digits = named.isascii() and named.isdecimal() and len(named) <= len(str(UINT_MAX))
        found = self._devnet.ledger.content(int(named)) if digits else None
        if found is None:
            return JSONResponse({"error": "unknown content"}, 404)
        return answer({"owner": found.owner, "price": found.price, "removed": found.removed})

    def contract(self, body: dict[str, Any]) -> dict[str, Any]:
        """Pause the contract, or let it go on."""
        if not isinstance(body["paused"], bool):
            raise ValueError("paused is true or false")
        self._devnet.pause_contract(body["paused"])
        return {"paused": self._devnet.paused}

    async def faults(self, request: Request) -> Response:
        """List the switches: what each does, which are on, how often each has struck."""
        faults = self._devnet.faults
        on = {
            name: {"probability": fault.probability, "count": fault.count, "value": fault.value}
            for name, fault in list(faults.on.items())
            if faults.standing(name)
        }
        return answer({"on": on, "struck": faults.struck, "meanings": dict(MEANINGS)})

    def set_faults(self, body: dict[str, Any]) -> dict[str, Any]:
        """Set switches: ``{NAME: null | {probability, count, value}}``, ``seed``, ``latencies`` in order of arrival."""
        faults = self._devnet.faults
        body = dict(body)
        if "seed" in body:
            faults.chance.seed(int(body.pop("seed")))
        if "latencies" in body:
            latencies = [_seconds(one) for one in body.pop("latencies")]
            faults.latencies.clear()
            faults.latencies.extend(latencies)
        for name, given in body.items():
            faults.set(name, None if given is None else _fault(given))
        return {"on": sorted(faults.on)}

    def mine(self, body: dict[str, Any]) -> dict[str, Any]:
        """Make blocks now."""
        blocks = _integer("blocks", body.get("blocks", 1), MAX_BLOCKS)
        return {"mined": self._devnet.mine(blocks), "tip": self._devnet.ledger.tip}

    def foreign(self, body: dict[str, Any]) -> dict[str, Any]:
        """Use an account's next nonce from another wallet: a transfer, or ``function`` with ``args`` (uints)."""
        args = [_integer("args", arg, UINT_MAX) for arg in body.get("args", [])]
        return {"txid": self._devnet.mine_foreign(_principal(body["address"]), body.get("function"), args)}

    def reorg(self, body: dict[str, Any]) -> dict[str, Any]:
        """Take blocks back."""
        blocks = _integer("blocks", body.get("blocks", 1), MAX_BLOCKS)
        return {"returned": self._devnet.reorg(blocks), "tip": self._devnet.ledger.tip}

    async def transactions(self, request: Request) -> Response:
        """Tell the whole mined history in order: the truth that an audit goes by."""
        rows = self._devnet.ledger.rows("SELECT * FROM mined ORDER BY height, tx_index")
        return answer([_told(row) for row in rows])


def _integer(name: str, value: object, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise ValueError(f"{name} is {value!r}: give an integer from 0 to {most}")
    return value


def _seconds(value: object) -> float:
    if not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise ValueError(f"{value!r} is no latency: give seconds")
    return float(value)


def _principal(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no address")
    parse_principal(value)
    return value


def _content(content_id: object, owner: object, price: object) -> tuple[int, str, int]:
    return _integer("on-chain id", content_id, UINT_MAX), _principal(owner), _integer("price", price, UINT_MAX)


def _fault(given: dict[str, Any]) -> Fault:
    count = given.get("count")
    return Fault(float(given.get("probability", 1)), None if count is None else int(count), str(given.get("value", "")))


def _told(row: Any) -> dict[str, Any]:
    payload = parse_transaction(row["raw"]).payload
    told = {name: row[name] for name in ("txid", "height", "tx_index", "sender", "nonce", "fee", "status")}
    if isinstance(payload, ContractCall):
        args = [arg.value if isinstance(arg, clarity.UInt) else clarity.to_repr(arg) for arg in payload.args]
        return {**told, "function": payload.function, "args": args}
    return {**told, "function": None, "args": []}
