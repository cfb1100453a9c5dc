"""Finding out what became of transactions, by the best route a node has: the API's batch call down to a plain node.

A plain node without txindex tells that a nonce is mined, and not by what. The contract's map entry is no proof there:
a price that is right may have been right before, or be the work of the same key elsewhere, and one that is wrong may
have been set after ours; contracts name that map as they like, too. So the result stays unreadable (promise 4).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum

from engine.node import reads, sightings
from engine.node.answers import JsonObject, mapping, string, unreadable
from engine.node.routes import RouteGone, absent, good
from engine.node.wire import Question, Wire
from engine.ports import NodeUnreachable, Sighting
from engine.stacks import parse_transaction

BATCH = 50
AT_ONCE = 4
RELEARN = 600.0
_NOBODYS = "00" * 32


class Way(StrEnum):
    """How a node tells what became of a transaction, best first."""

    API_MANY = "API, batch look-ups"
    API_V3 = "API v3, one look-up for each transaction"
    API_V1 = "API v1, one look-up for each transaction"
    INDEXED = "plain node with txindex, one look-up for each transaction"
    PLAIN = "plain node without txindex: results can stay unreadable"


Route = Callable[[Sequence[str]], Awaitable[list[Sighting]]]
One = Callable[[str], Awaitable[Sighting]]


class Lookup:
    """Remembers which route this node has, and looks again from the best one every ten minutes."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._routes: tuple[Route, ...] = (self._batch, _each(self._v3), _each(self._v1), _each(self._plain))
        self._route = 0
        self._learned_at = time.monotonic()
        self._indexed = True
        self._learned = False
        self._nonces: dict[str, int] = {}

    @property
    def routes(self) -> str:
        """Return in a sentence what kind of node this has turned out to be."""
        return self._way() if self._learned else "not known before a transaction is looked up"

    def _way(self) -> Way:
        ways = (Way.API_MANY, Way.API_V3, Way.API_V1, Way.INDEXED if self._indexed else Way.PLAIN)
        return ways[self._route]

    async def look_up(self, txids: Sequence[str]) -> dict[str, Sighting]:
        """Return what the node knows of each; raises NodeUnreachable."""
        if time.monotonic() - self._learned_at > RELEARN:
            self._route, self._indexed, self._learned_at = 0, True, time.monotonic()
        self._nonces.clear()
        seen: dict[str, Sighting] = {}
        wanted = list(dict.fromkeys(txids))
        for start in range(0, len(wanted), BATCH):
            seen |= await self._chunk(wanted[start : start + BATCH])
        return seen

    async def way(self) -> Way:
        """Find out which way this node has, by asking for a transaction that nobody made; NodeUnreachable."""
        await self.look_up([_NOBODYS])
        return self._way()

    async def _chunk(self, txids: Sequence[str]) -> dict[str, Sighting]:
        for index in range(self._route, len(self._routes)):
            try:
                found = await self._routes[index](txids)
            except RouteGone:
                continue
            self._route, self._learned = index, True
            return {sighting.txid: sighting for sighting in found}
        raise NodeUnreachable("The node has no route to look a transaction up: check CHAIN_URL")

    async def _batch(self, txids: Sequence[str]) -> list[Sighting]:
        params = tuple(("tx_id", f"0x{txid}") for txid in txids)
        answer = await self._wire.read(Question("GET", "/extended/v1/tx/multiple", params))
        if answer.status in (404, 410, 501):
            raise RouteGone
        found = {str(key).lower(): value for key, value in good(answer).object().items()}
        return [_entry(txid, found.get(f"0x{txid}")) for txid in txids]

    async def _v3(self, txid: str) -> Sighting:
        question = Question("GET", f"/extended/v3/transactions/0x{txid}", (("include", "result"),))
        answer = await self._wire.read(question)
        return _unknown(txid) if absent(answer) else sightings.from_v3(txid, good(answer).object())

    async def _v1(self, txid: str) -> Sighting:
        answer = await self._wire.read(Question("GET", f"/extended/v1/tx/0x{txid}"))
        return _unknown(txid) if absent(answer) else sightings.from_v1(txid, good(answer).object())

    async def _plain(self, txid: str) -> Sighting:
        if self._indexed:
            answer = await self._wire.read(Question("GET", f"/v3/transaction/{txid}"))
            if answer.status == 501:
                self._indexed = False
            elif answer.status != 404:
                return sightings.from_node(txid, good(answer).object())
        return await self._mempool(txid)

    async def _mempool(self, txid: str) -> Sighting:
        answer = await self._wire.read(Question("GET", f"/v2/transactions/unconfirmed/{txid}"))
        if answer.status == 404:
            return _unknown(txid)
        told = good(answer).object()
        if not self._indexed and await self._mined(told):
            reason = "Its nonce is mined, but this node keeps no results: set txindex = true there, or use an API"
            return Sighting(txid, "unreadable", reason=reason)
        return Sighting(txid, sightings.PENDING)

    async def _mined(self, told: JsonObject) -> bool:
        """Tell whether the nonce of a transaction is used: a node shows mempool rows long after they were mined."""
        try:
            transaction = parse_transaction(bytes.fromhex(string(told, "tx").removeprefix("0x")))
        except ValueError as wrong:
            raise unreadable("tx", told.get("tx")) from wrong
        sender = transaction.sender_address()
        if sender not in self._nonces:
            self._nonces[sender] = reads.read_account(await self._wire.read(reads.ask_account(sender))).nonce
        return self._nonces[sender] > transaction.nonce


def _each(one: One) -> Route:
    """Make a route for many of a route for one, a few at once."""

    async def many(txids: Sequence[str]) -> list[Sighting]:
        gate = asyncio.Semaphore(AT_ONCE)

        async def gated(txid: str) -> Sighting:
            async with gate:
                return await one(txid)

        results = await asyncio.gather(*(gated(txid) for txid in txids), return_exceptions=True)
        found = [result for result in results if isinstance(result, Sighting)]
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return found

    return many


def _unknown(txid: str) -> Sighting:
    return Sighting(txid, sightings.UNKNOWN)


def _entry(txid: str, entry: object) -> Sighting:
    """Read one entry of the batch call; one that is left out is one that the API doesn't have."""
    if entry is None:
        return _unknown(txid)
    fields = mapping(entry, "tx/multiple entry")
    if fields.get("found") is not True:
        return _unknown(txid)
    return sightings.from_v1(txid, mapping(fields.get("result"), "result"))
