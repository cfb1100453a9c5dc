"""No chain at all: what CHAIN_URL=off stands for. Items end off-chain and can be retried later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from engine.core.content_story import OnChain
from engine.core.events import TxDeferred, TxEvent
from engine.core.operations import Call
from engine.core.vitals import NodeSight
from engine.ports import Account, MinedTransaction, NodeInfo, NodeUnreachable, Sighting, Waiting

WHY = "No chain configured"


class OffChain:
    """A chain that isn't there: every question is answered with why."""

    name = "off"

    def routes(self) -> str:
        """No routes to nowhere."""
        return WHY

    def refused(self) -> tuple[str, ...]:
        """Nobody to refuse."""
        return ()

    def nodes(self) -> tuple[NodeSight, ...]:
        """Nobody to know of."""
        return ()

    async def info(self) -> NodeInfo:
        """Nobody to ask."""
        raise NodeUnreachable(WHY)

    async def account(self, address: str) -> Account:
        """Nobody to ask."""
        raise NodeUnreachable(WHY)

    async def fee(self, call: Call, length: int) -> int | None:
        """Nobody to ask."""
        raise NodeUnreachable(WHY)

    async def broadcast(self, raw: bytes, txid: str, now: datetime) -> TxEvent:
        """Nobody to take it; bytes signed when there was a chain wait for it."""
        return TxDeferred(txid, WHY, unreachable=True)

    async def look_up(self, txids: Sequence[str]) -> dict[str, Sighting]:
        """Nobody to ask."""
        raise NodeUnreachable(WHY)

    async def mined_from(
        self, address: str, nonce: int, since: datetime | None = None
    ) -> tuple[MinedTransaction, ...] | None:
        """Nobody to ask."""
        raise NodeUnreachable(WHY)

    async def waiting(self, address: str, confirmed: int, tip: int) -> Waiting | None:
        """Nobody to ask."""
        raise NodeUnreachable(WHY)

    async def preflight(self, call: Call, sender: str) -> str | None:
        """Nobody to ask."""
        raise NodeUnreachable(WHY)

    async def content(self, on_chain_id: int) -> OnChain | None:
        """Nobody to ask."""
        raise NodeUnreachable(WHY)

    async def register(self, contents: Sequence[tuple[int, str, int]], accounts: Sequence[str]) -> None:
        """Nobody to tell."""
        raise NodeUnreachable(WHY)

    async def close(self) -> None:
        """Nothing to let go of."""
