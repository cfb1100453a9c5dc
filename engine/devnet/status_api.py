"""What became of transactions: the API's v3, v1 and batch calls, and the plain node's; they may lag or be missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from engine.devnet.gates import behind
from engine.devnet.replies import answer, api_error, text
from engine.devnet.telling import result_repr, v1, v3
from engine.devnet.view import View

if TYPE_CHECKING:
    from engine.devnet.node import Devnet

MOST = 200


class StatusApi:
    """The routes that tell of one transaction, or of some by their txids (FACTS.md section 2)."""

    def __init__(self, devnet: Devnet) -> None:
        self._devnet = devnet
        self._view = View(devnet)

    def routes(self) -> list[Route]:
        """Return the routes, each behind the switch that takes its family away."""
        faults = self._devnet.faults
        return [
            Route("/extended/v1/tx/multiple", behind(faults, "batch", self.multiple)),
            Route("/extended/v1/tx/{txid}", behind(faults, "v1", self.v1_one)),
            Route("/extended/v3/transactions/{txid}", behind(faults, "v3", self.v3_one)),
            Route("/v2/transactions/unconfirmed/{txid}", self.unconfirmed),
            Route("/v3/transaction/{txid}", self.plain),
        ]

    async def multiple(self, request: Request) -> Response:
        """GET tx/multiple: the batch status call."""
        names = [name for given in request.query_params.getlist("tx_id") for name in given.split(",") if name]
        return answer({name: self._found(name) for name in names[:MOST]})

    def _found(self, name: str) -> dict[str, Any]:
        seen = self._view.transaction(_bare(name))
        if seen is None:
            return {"found": False, "result": {"tx_id": name}}
        return {"found": True, "result": v1(seen)}

    async def v1_one(self, request: Request) -> Response:
        """GET v1 tx: deprecated, and still served; 302 to the form with 0x."""
        name = request.path_params["txid"]
        if not name.startswith("0x"):
            return RedirectResponse(f"/extended/v1/tx/0x{name}", 302)
        seen = self._view.transaction(_bare(name))
        return answer(v1(seen)) if seen else _unknown(name)

    async def v3_one(self, request: Request) -> Response:
        """GET v3 transaction, with what ``include`` asks for."""
        name = request.path_params["txid"]
        include = request.query_params.get("include", "").split(",")
        seen = self._view.transaction(_bare(name))
        return answer(v3(seen, include)) if seen else _unknown(name)

    async def unconfirmed(self, request: Request) -> Response:
        """GET unconfirmed: "Mempool" doesn't mean unmined, rows stay after mining."""
        txid = request.path_params["txid"]
        row = self._devnet.ledger.row(
            "SELECT raw FROM mempool WHERE txid=? UNION SELECT raw FROM mined WHERE txid=?", txid, txid
        )
        return answer({"tx": row["raw"].hex(), "status": "Mempool"}) if row else text("not found", 404)

    async def plain(self, request: Request) -> Response:
        """GET /v3/transaction of a node with txindex."""
        if self._devnet.faults.standing("no-txindex"):
            return text("Not Implemented", 501)
        row = self._devnet.ledger.row(
            "SELECT m.*, b.hash FROM mined m JOIN block b ON b.height = m.height WHERE txid=? AND m.height <= ?",
            request.path_params["txid"],
            self._devnet.shown_tip,
        )
        if row is None:
            return text("not found", 404)
        found = {"index_block_hash": row["hash"], "tx": row["raw"].hex(), "result": result_repr(row["result"])}
        return answer({**found, "block_height": row["height"], "is_canonical": True})


def _bare(name: str) -> str:
    return name.removeprefix("0x").lower()


def _unknown(name: str) -> Response:
    return api_error(404, "Not Found", f"could not find transaction by ID {name[:80]}")
