"""The node's own routes that read: info, accounts, fees, health; and the app of all routes together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from engine.devnet.contract_api import ContractApi
from engine.devnet.control import Control
from engine.devnet.mining import seen_fact
from engine.devnet.posting import Posting
from engine.devnet.principal_api import PrincipalApi
from engine.devnet.replies import answer, read_json, text
from engine.devnet.status_api import StatusApi
from engine.devnet.weather import Weather
from engine.stacks import CHAIN_IDS, parse_principal
from engine.stacks.payload import Payload, read_payload
from engine.stacks.reader import Reader

if TYPE_CHECKING:
    from engine.devnet.node import Devnet

VERSION = "batchdeck-devnet 0.1 (simulated)"
NOTHING = "00" * 20


def make_app(devnet: Devnet) -> Starlette:
    """Return the ASGI app of a devnet: every route waits, and may fail, as the switches say."""
    parts = (NodeApi, ContractApi, StatusApi, PrincipalApi, Control)
    routes = [route for part in parts for route in part(devnet).routes()]
    routes.append(Route("/v2/transactions", Posting(devnet).post, methods=["POST"]))
    app = Starlette(routes=routes, exception_handlers={404: _not_found, 405: _not_allowed})
    app.add_middleware(Weather, devnet=devnet)
    return app


async def _not_found(request: Request, error: Exception) -> Response:
    return text("Not Found", 404)


async def _not_allowed(request: Request, error: Exception) -> Response:
    return PlainTextResponse("Method Not Allowed", 405, headers=getattr(error, "headers", None))


class NodeApi:
    """What a Stacks node tells of itself, of accounts and of fees (FACTS.md section 2)."""

    def __init__(self, devnet: Devnet) -> None:
        self._devnet = devnet

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/v2/info", self.info),
            Route("/v2/accounts/{principal}", self.account),
            Route("/v2/fees/transaction", self.fee, methods=["POST"]),
            Route("/v2/fees/transfer", self.transfer_fee),
            Route("/v3/health", self.health),
        ]

    async def info(self, request: Request) -> Response:
        """GET /v2/info."""
        devnet = self._devnet
        tip = devnet.ledger.row("SELECT * FROM block WHERE height <= ? ORDER BY height DESC LIMIT 1", devnet.shown_tip)
        network_id = int(devnet.faults.number("network-id", CHAIN_IDS[devnet.network]))
        height, tip_hash = (tip["height"], tip["hash"]) if tip else (0, "")
        heights = ("burn_block_height", "stable_burn_block_height", "stacks_tip_height", "tenure_height")
        hashes = ("pox_consensus", "stable_pox_consensus", "stacks_tip_consensus_hash", "genesis_chainstate_hash")
        return answer(
            {
                "peer_version": 4207599105,
                "server_version": VERSION,
                "network_id": network_id,
                "parent_network_id": network_id,
                **dict.fromkeys(heights, height),
                **dict.fromkeys(hashes, NOTHING),
                "stacks_tip": tip_hash,
                "unanchored_tip": None,
                "unanchored_seq": None,
                "exit_at_block_height": None,
                "is_fully_synced": True,
                "stackerdbs": [],
            }
        )

    async def account(self, request: Request) -> Response:
        """GET /v2/accounts/{principal}: zeros for an unknown account, never 404."""
        principal = request.path_params["principal"]
        try:
            parse_principal(principal)
        except ValueError:
            return text(f"Failed to decode: invalid principal {principal[:100]!r}", 400)
        known = self._devnet.ledger.account(principal)
        balance = f"0x{known.balance:032x}"
        return answer(
            {
                "balance": balance,
                "locked": f"0x{0:032x}",
                "unlock_height": 0,
                "nonce": self._devnet.shown_nonce(principal),
            }
        )

    async def fee(self, request: Request) -> Response:
        """POST /v2/fees/transaction: an estimate for what this chain has seen mined."""
        if self._devnet.faults.standing("no-estimator"):
            return JSONResponse("Fee estimation not supported on this node", 400)
        try:
            payload, length = _asked(await read_json(request))
        except (ValueError, KeyError, TypeError, AttributeError):
            return text("Failed to decode: bad fee estimation request", 400)
        if self._devnet.ledger.fact(seen_fact(payload)) is None:
            return _no_estimate(payload)
        least = max(length, self._devnet.rules().least_fee)
        fees = [{"fee_rate": share * least / length, "fee": share * least} for share in (1, 2, 4)]
        cost = dict.fromkeys(("write_length", "write_count", "read_length", "read_count", "runtime"), 1)
        scalars = {"estimated_cost_scalar": 1, "cost_scalar_change_by_byte": 0.00476}
        return answer({"estimated_cost": cost, "estimations": fees, **scalars})

    async def transfer_fee(self, request: Request) -> Response:
        """GET /v2/fees/transfer: µSTX a byte."""
        return answer(1)

    async def health(self, request: Request) -> Response:
        """GET /v3/health: it has no peers, so it differs from where it would stand if it didn't lag."""
        tip, best = self._devnet.shown_tip, self._devnet.ledger.tip
        heights = {"max_stacks_height_of_neighbors": best, "node_stacks_tip_height": tip}
        return answer({"difference_from_max_peer": best - tip, "max_stacks_neighbor_address": None, **heights})


def _asked(body: Any) -> tuple[Payload, int]:
    """Return the payload that a fee is asked for, and the length of its transaction."""
    raw = bytes.fromhex(body["transaction_payload"].removeprefix("0x"))
    length = body.get("estimated_len") or len(raw)
    if not isinstance(length, int) or length < 1:
        raise ValueError("estimated_len is no length")
    return read_payload(Reader(raw)), length


def _no_estimate(payload: Payload) -> Response:
    data = {"message": f"No estimate available for {type(payload).__name__}"}
    told = {"error": "Estimation could not be performed", "reason": "NoEstimateAvailable", "reason_data": data}
    return JSONResponse(told, 400)
