"""POST /v2/transactions: decode, check, take durably, answer; with every way in which that can go wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from engine.devnet.admission import BLACKLISTED, Refusal
from engine.devnet.cutting import cut, hang
from engine.devnet.mempool import COLLECTED
from engine.devnet.replies import answer, read_body, read_json, text, too_many
from engine.stacks import Transaction, parse_transaction
from engine.stacks.transaction import MAX_TRANSACTION_BYTES

if TYPE_CHECKING:
    from engine.devnet.node import Devnet

BEFORE = ("429", "503", "hang-before", "reset-before")
REFUSING = ("blacklist", "estimator", "server-failure", "refuse")
AFTER = ("502-after", "hang-after", "reset-after", "lost-after", "conflict-after")
FOR_EVER = 3600.0
FAILURES: dict[str, dict[str, object] | None] = {
    "Database": {"message": "the database is busy"},
    "NoSuchChainTip": None,
    "Other": {"message": "not supported in this epoch"},
}


class Posting:
    """The one route that takes transactions."""

    def __init__(self, devnet: Devnet) -> None:
        self._devnet = devnet

    async def post(self, request: Request) -> Response:
        """Take a transaction, or say why not, or fail as the switches say."""
        faults = self._devnet.faults
        struck = faults.first(BEFORE)
        if struck:
            return await self._fail(request, *struck)
        try:
            transaction = await _read(request)
        except ValueError as wrong:
            return text(f"Failed to decode: {wrong}", 400)
        refusal = self._take(transaction)
        if refusal is not None:
            return _rejected(transaction, refusal)
        struck = faults.first(AFTER)
        if struck is None:
            return answer(transaction.txid)
        if struck[0] == "lost-after":
            self._devnet.forget(transaction.txid)
            return answer(transaction.txid)
        if struck[0] == "conflict-after":
            return _rejected(transaction, Refusal("ConflictingNonceInMempool"))
        return await self._fail(request, *struck)

    def _take(self, transaction: Transaction) -> Refusal | None:
        """Take it, or return why not; what the node has already is never refused, for it looks there first."""
        devnet = self._devnet
        if devnet.knows(transaction.txid):
            return None
        struck = devnet.faults.first(REFUSING)
        refusal = self._refusal(transaction, *struck) if struck else devnet.admit(transaction)
        if refusal is None and devnet.faults.strikes("drop") is not None:
            devnet.show_as(transaction.txid, COLLECTED)
        return refusal

    def _refusal(self, transaction: Transaction, name: str, value: str) -> Refusal:
        if name == "blacklist":
            self._devnet.blacklist(transaction.txid, float(value or 0))
            return BLACKLISTED
        if name == "estimator":
            return Refusal("EstimatorError")
        if name == "server-failure":
            failure = value or "Database"
            return Refusal(f"ServerFailure{failure}", FAILURES[failure])
        return Refusal(value, {"message": "refused by a switch"})

    async def _fail(self, request: Request, name: str, value: str) -> Response:
        if name == "429":
            return too_many(value)
        if name == "503":
            return text("Service Unavailable", 503)
        if name == "502-after":
            return text("Bad Gateway", 502)
        if name.startswith("hang"):
            return await hang(request, float(value or FOR_EVER), self._devnet.closing)
        return await cut(request)


async def _read(request: Request) -> Transaction:
    """Return the transaction of a body in either form; ValueError says what is wrong with it."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await read_body(request)
    if not body:
        raise ValueError("empty body")
    if kind == "application/octet-stream":
        raw = body
    elif kind == "application/json":
        raw = _from_json(await read_json(request))
    else:
        raise ValueError(f"unsupported content type {kind[:60]!r}")
    return parse_transaction(raw[: MAX_TRANSACTION_BYTES + 1], ignore_trailing=True)


def _from_json(body: object) -> bytes:
    if not isinstance(body, dict) or not isinstance(body.get("tx"), str):
        raise ValueError("no tx in the body")
    return bytes.fromhex(body["tx"])


def _rejected(transaction: Transaction, refusal: Refusal) -> Response:
    body: dict[str, object] = {"error": "transaction rejected", "reason": refusal.reason, "txid": transaction.txid}
    if refusal.data is not None:
        body["reason_data"] = dict(refusal.data)
    return JSONResponse(body, 400)
