"""HttpNode: the `Chain` of engine.ports over HTTP, for real nodes, APIs in front of them, and our simulated node."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import httpx

from engine.core.content_story import OnChain
from engine.core.events import TxEvent
from engine.core.operations import Call
from engine.core.vitals import NodeSight
from engine.node import broadcast, nonces, reads
from engine.node.history import History
from engine.node.lookup import Lookup, Way
from engine.node.wire import Lost, Wire, name_of
from engine.ports import Account, MinedTransaction, NodeInfo, NodeUnreachable, Sighting, Waiting


class HttpNode:
    """One node at one address. Reads raise NodeUnreachable and nothing else; `broadcast` never raises.

    ``timeout`` is in seconds for one call as a whole. ``contract`` (ADDRESS.NAME) is the one that fees and
    preflights are asked for: without it there is no estimate; a simulated node sets it by itself.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout: float,
        api_key: str | None,
        concurrency: int,
        transport: httpx.AsyncBaseTransport | None = None,
        contract: str | None = None,
    ) -> None:
        self.contract = contract
        self._name = name_of(url) if transport is None else f"{name_of(url)} (simulated)"
        self._wire = Wire(url, timeout, api_key, concurrency, transport)
        self._lookup = Lookup(self._wire)
        self._history = History(self._wire)

    @property
    def name(self) -> str:
        """Return host and port of the node, without credentials."""
        return self._name

    @property
    def tip_height(self) -> int | None:
        """Return the height of the tip by the last answer that told it."""
        return self._wire.tip_height

    def routes(self) -> str:
        """Return by which routes transactions are looked up here."""
        return self._lookup.routes

    def refused(self) -> tuple[str, ...]:
        """One node alone is used, or refused at first contact."""
        return ()

    def nodes(self) -> tuple[NodeSight, ...]:
        """One node alone is known by what the line hears of it."""
        return ()

    async def info(self) -> NodeInfo:
        """Ask who the node is and where its tip stands; a simulated one also says its id and contract."""
        info = reads.read_info(await self._wire.read(reads.INFO))
        if info.version.startswith(reads.DEVNET):
            devnet, contract = reads.read_devnet(await self._wire.read(reads.DEVNET_INFO))
            info = replace(info, devnet_id=devnet, contract=contract)
            self.contract = self.contract or contract
        return info

    async def account(self, address: str) -> Account:
        """Ask for an account's confirmed nonce and balance."""
        return reads.read_account(await self._wire.read(reads.ask_account(address)))

    async def fee(self, call: Call, length: int) -> int | None:
        """Ask for the middle fee estimate in µSTX; None when the node has none or no contract is known yet."""
        if self.contract is None:
            return None
        return reads.read_fee(await self._wire.read(reads.ask_fee(self.contract, call, length)))

    async def broadcast(self, raw: bytes, txid: str, now: datetime) -> TxEvent:
        """Post bytes and say what the answer means; ``now`` is what times to wait count from."""
        try:
            async with self._wire.posts:
                rest = self._wire.rest()
                if rest:
                    return broadcast.held(rest, txid, now)
                answer = await self._wire.exchange(broadcast.post(raw))
        except Lost as lost:
            return broadcast.lost(lost, txid, now)
        return broadcast.answered(answer, raw, txid, now)

    async def look_up(self, txids: Sequence[str]) -> dict[str, Sighting]:
        """Ask what became of transactions (64 hex digits each); every one is in the answer."""
        return await self._lookup.look_up(txids)

    async def way(self) -> Way:
        """Find out how this node tells what became of a transaction."""
        return await self._lookup.way()

    async def functions(self, contract: str) -> frozenset[str] | None:
        """Return the public functions of a contract (ADDRESS.NAME); None when it isn't there."""
        return reads.read_interface(await self._wire.read(reads.ask_interface(contract)))

    async def mined_from(
        self, address: str, nonce: int, since: datetime | None = None
    ) -> tuple[MinedTransaction, ...] | None:
        """Return what the account did from this nonce on, by nonce; None when this node keeps no such list."""
        return await self._history.mined_from(address, nonce, since)

    async def waiting(self, address: str, confirmed: int, tip: int) -> Waiting | None:
        """Return what waits of an account in this node's mempool; None when this node has no way to tell it."""
        return await nonces.waiting(self._wire, address, confirmed, tip)

    async def preflight(self, call: Call, sender: str) -> str | None:
        """Run a call without writing; None when it would have written, else why it would abort."""
        if self.contract is None:
            raise NodeUnreachable("No contract is known yet, so no call can be tried")
        return reads.read_preflight(await self._wire.read(reads.ask_preflight(self.contract, call, sender)))

    async def content(self, on_chain_id: int) -> OnChain | None:
        """Return what the contract has of a content; None when it has nothing, CantTell when it can't be read."""
        if self.contract is None:
            raise NodeUnreachable("No contract is known yet, so nobody can be asked what it has")
        return reads.read_content(await self._wire.read(reads.ask_content(self.contract, on_chain_id)))

    async def register(self, contents: Sequence[tuple[int, str, int]], accounts: Sequence[str]) -> None:
        """Make contents and accounts known to a simulated node."""
        for question in reads.ask_register(contents, accounts):
            answer = await self._wire.read(question)
            if answer.status >= 300:
                raise NodeUnreachable(answer.closed, answer.wait)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._wire.close()
