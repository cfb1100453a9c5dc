"""What the API tells of an account: its nonces, what it did, and what of it waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.devnet.gates import behind
from engine.devnet.replies import answer, api_error
from engine.devnet.telling import v1, v3
from engine.devnet.view import Seen, View

if TYPE_CHECKING:
    from engine.devnet.node import Devnet

MOST = 50


class PrincipalApi:
    """The routes under /extended that name an address (FACTS.md section 2)."""

    def __init__(self, devnet: Devnet) -> None:
        self._faults = devnet.faults
        self._view = View(devnet)

    def routes(self) -> list[Route]:
        """Return the routes, each behind the switch that takes its family away."""
        account = "/extended/v3/principals/{address}"
        return [
            Route("/extended/v1/address/{address}/nonces", behind(self._faults, "v1", self.v1_nonces)),
            Route(f"{account}/nonces", behind(self._faults, "v3", self.v3_nonces)),
            Route(f"{account}/transactions", behind(self._faults, "v3", self.confirmed)),
            Route(f"{account}/mempool/transactions", behind(self._faults, "v3", self.waiting)),
            Route("/extended/v2/addresses/{address}/transactions", behind(self._faults, "v1", self.v2_confirmed)),
        ]

    async def v1_nonces(self, request: Request) -> Response:
        """GET v1 nonces."""
        nonces = self._view.nonces(request.path_params["address"])
        return answer(
            {
                "last_mempool_tx_nonce": nonces.highest,
                "last_executed_tx_nonce": nonces.executed,
                "possible_next_nonce": nonces.following,
                "detected_missing_nonces": nonces.missing,
                "detected_mempool_nonces": nonces.pending,
            }
        )

    async def v3_nonces(self, request: Request) -> Response:
        """GET v3 nonces."""
        nonces = self._view.nonces(request.path_params["address"])
        held = {"pending_nonces": nonces.pending, "missing_nonces": nonces.missing}
        mempool = {"last_nonce": nonces.highest, **held}
        return answer({"next_nonce": nonces.following, "last_confirmed_nonce": nonces.executed, "mempool": mempool})

    async def confirmed(self, request: Request) -> Response:
        """GET the confirmed transactions of an account, newest first."""
        return _page(request, self._view.confirmed(request.path_params["address"]))

    async def v2_confirmed(self, request: Request) -> Response:
        """GET the older form of the same list: each row a v1 transaction in a wrapper, paged by offset."""
        found = self._view.confirmed(request.path_params["address"])
        try:
            limit, offset = _asked(request, "offset")
        except ValueError:
            return api_error(400, "Bad Request", "bad limit or offset")
        results = [{"tx": v1(seen)} for seen in found[offset : offset + limit]]
        return answer({"limit": limit, "offset": offset, "total": len(found), "results": results})

    async def waiting(self, request: Request) -> Response:
        """GET the mempool's transactions of an account, newest first."""
        return _page(request, self._view.waiting(request.path_params["address"]))


def _asked(request: Request, start: str) -> tuple[int, int]:
    """Return how many rows are asked for, and from which on; ValueError for what is no number."""
    limit = max(1, min(MOST, int(request.query_params.get("limit", 20))))
    return limit, max(0, int(request.query_params.get(start, 0)))


def _page(request: Request, found: list[Seen]) -> Response:
    try:
        limit, start = _asked(request, "cursor")
    except ValueError:
        return api_error(400, "Bad Request", "bad limit or cursor")
    following = str(start + limit) if start + limit < len(found) else None
    previous = str(max(0, start - limit)) if start else None
    cursor = {"next": following, "previous": previous, "current": str(start)}
    results = [v3(seen) for seen in found[start : start + limit]]
    return answer({"limit": limit, "total": len(found), "cursor": cursor, "results": results})
