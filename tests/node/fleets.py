"""Several servers on loopback and one fleet over them, with a clock that the test moves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from engine.node import Fleet, HttpNode
from tests.node.loopback import TXID, Loopback, Reply, loopback, ok, text
from tests.stacks.support import CONTRACT

INFO = "/v2/info"
POST = "/v2/transactions"
MULTIPLE = "/extended/v1/tx/multiple"
DOWN = text("Service Unavailable", 503)
TESTNET, MAINNET = 0x80000000, 1


class Ticking:
    """Monotonic seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def info(tip: int = 50, network_id: int = TESTNET) -> Reply:
    """What a node says of itself."""
    told = {"network_id": network_id, "stacks_tip_height": tip, "server_version": "stacks-node 3.1"}
    return ok(told, x_canonical_stacks_tip_height=str(tip))


def account(nonce: int, tip: int = 50) -> Reply:
    """An account as a node at this height sees it."""
    return ok({"nonce": nonce, "balance": "0x10"}, x_canonical_stacks_tip_height=str(tip))


def status(status: str | None, **more: object) -> Reply:
    """What the batch call says of our transaction; None: it doesn't have it."""
    if status is None:
        return ok({f"0x{TXID}": {"found": False, "result": {"tx_id": f"0x{TXID}"}}})
    return ok({f"0x{TXID}": {"found": True, "result": {"tx_id": f"0x{TXID}", "tx_status": status, **more}}})


@dataclass
class Town:
    """The servers by their place, the fleet over them, and the clock."""

    fleet: Fleet
    clock: Ticking
    servers: list[Loopback]
    urls: list[str]
    _seen: dict[int, int] = field(default_factory=dict)

    def name(self, place: int) -> str:
        """Return host and port of a server."""
        return self.urls[place].removeprefix("http://")

    def news(self, place: int) -> list[str]:
        """Return the paths that a server was asked for since the last time this was asked."""
        paths = self.servers[place].paths()
        start, self._seen[place] = self._seen.get(place, 0), len(paths)
        return paths[start:]

    def heard(self) -> list[list[str]]:
        """Return the news of every server."""
        return [self.news(place) for place in range(len(self.servers))]


@asynccontextmanager
async def town(*infos: Reply, timeout: float = 5.0) -> AsyncIterator[Town]:
    """Run a server for each answer to /v2/info, and a fleet over all."""
    async with AsyncExitStack() as stack:
        served = [await stack.enter_async_context(loopback()) for _ in infos]
        for (server, _), said in zip(served, infos, strict=True):
            server.routes[INFO] = said
        nodes = [HttpNode(url, timeout=timeout, api_key=None, concurrency=4, contract=CONTRACT) for _, url in served]
        clock = Ticking()
        fleet = Fleet(nodes, "testnet", clock)
        stack.push_async_callback(fleet.close)
        yield Town(fleet, clock, [server for server, _ in served], [url for _, url in served])
