"""Fleet: the `Chain` over several nodes. Reads go on with the next that answers, unseen bytes go to another."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import reduce
from operator import or_
from typing import TypeVar

from engine.core.content_story import OnChain
from engine.core.events import TxDeferred, TxEvent
from engine.core.operations import Call
from engine.core.vitals import NodeSight
from engine.node.client import HttpNode
from engine.node.members import Member
from engine.node.muster import Muster
from engine.node.spread import Spread, passed_over, together
from engine.ports import Account, CantTell, MinedTransaction, NodeInfo, NodeUnreachable, Sighting, Waiting

T = TypeVar("T")
RANKS = {"unknown": 1, "dropped": 2, "pending": 3, "unreadable": 4, "success": 5, "aborted": 5}
"""How much a sighting says: of two nodes the one that says more is believed."""
OPEN = ("unknown", "dropped", "unreadable")
"""What another node may know better."""


class Fleet:
    """Several addresses as one chain: reads raise NodeUnreachable and nothing else, `broadcast` never raises."""

    def __init__(self, nodes: Sequence[HttpNode], network: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._muster = Muster(nodes, network, clock)
        self._spread = Spread()

    @property
    def name(self) -> str:
        """Return host and port of the node in use, and which of how many it is."""
        current, many = self._muster.current, len(self._muster.members)
        return current.name + (f" ({current.place + 1} of {many})" if many > 1 else "")

    def routes(self) -> str:
        """Return by which routes each node looks transactions up, or why it isn't used."""
        members = self._muster.members
        if len(members) == 1:
            return members[0].node.routes()
        return "; ".join(f"{one.name}: {one.wrong or one.node.routes()}" for one in members)

    def refused(self) -> tuple[str, ...]:
        """Return of each node that may not be used why, once another is."""
        return tuple(one.wrong for one in self._muster.members if one.wrong) if self._muster.met else ()

    def nodes(self) -> tuple[NodeSight, ...]:
        """Return what is known of each node."""
        now, muster = self._muster.clock(), self._muster
        return tuple(one.sight(used=muster.met and one is muster.current, now=now) for one in muster.members)

    async def info(self) -> NodeInfo:
        """Ask the node in use where it stands; while all are of another network, what the first says of itself."""
        muster = self._muster
        await muster.look_round()
        told = [one.info for one in muster.members if one.wrong and one.info]
        if muster.met:
            return await muster.ask(muster.meet)
        if len(told) == len(muster.members):
            return told[0]
        raise muster.nobody()

    async def account(self, address: str) -> Account:
        """Ask for an account's confirmed nonce and balance."""
        return await self._muster.ask(lambda member: member.node.account(address))

    async def fee(self, call: Call, length: int) -> int | None:
        """Ask for the middle fee estimate in µSTX; None when the node has none."""
        return await self._muster.ask(lambda member: member.node.fee(call, length))

    async def look_up(self, txids: Sequence[str]) -> dict[str, Sighting]:
        """Ask what became of transactions; all nodes about those that one doesn't have or can't read."""
        asked: list[Member] = []

        async def first(member: Member) -> dict[str, Sighting]:
            asked.append(member)
            return await member.node.look_up(txids)

        seen = await self._muster.ask(first)
        for member in self._muster.order():
            wanted = [txid for txid, one in seen.items() if self._is_open(one, asked[-1])]
            if wanted and member not in asked and not member.resting(self._muster.clock()):
                seen |= await self._more(member, wanted, seen)
        return seen

    def _is_open(self, seen: Sighting, told_by: Member) -> bool:
        """Tell whether another node may know better: one that stands higher, of what waits by this one's word."""
        return seen.status in OPEN or (seen.status == "pending" and told_by.tip < self._muster.best())

    async def _more(self, member: Member, wanted: list[str], seen: dict[str, Sighting]) -> dict[str, Sighting]:
        """Return what another node knows better."""
        found = await self._muster.try_one(member, lambda one: one.node.look_up(wanted))
        if found is None:
            return {}
        return {txid: one for txid, one in found[0].items() if _says(one) > _says(seen[txid])}

    async def mined_from(
        self, address: str, nonce: int, since: datetime | None = None
    ) -> tuple[MinedTransaction, ...] | None:
        """Return what the account did from this nonce on, as the first node tells that keeps such a list.

        None only when every node has said that it keeps none.
        """
        silent = False

        async def told(member: Member) -> tuple[MinedTransaction, ...] | CantTell | None:
            try:
                return await member.node.mined_from(address, nonce, since)
            except CantTell as later:  # a long list is no reason to begin with another node's
                return later

        for member in self._muster.order():
            found = await self._muster.try_one(member, told)
            if found is None:
                silent = True
            elif isinstance(found[0], CantTell):
                raise found[0]
            elif found[0] is not None:
                return found[0]
        if silent:
            raise self._muster.nobody()
        return None

    async def waiting(self, address: str, confirmed: int, tip: int) -> Waiting | None:
        """Return what waits in any of the nodes' mempools, for each has its own; None when none can tell.

        One that is behind tells nothing; CantTell when all are that could.
        """
        told: list[Waiting] = []
        untold: NodeUnreachable | None = None

        async def asked(member: Member) -> Waiting | CantTell | None:
            try:
                return await member.node.waiting(address, confirmed, tip)
            except CantTell as behind:
                return behind

        for member in self._muster.order():
            found = await self._muster.try_one(member, asked)
            if found is None:
                untold = untold or self._muster.nobody()
            elif isinstance(found[0], CantTell):
                untold = found[0]
            elif found[0] is not None:
                told.append(found[0])
        if untold and not told:
            raise untold
        return reduce(or_, told) if told else None

    async def broadcast(self, raw: bytes, txid: str, now: datetime) -> TxEvent:
        """Post bytes to one node: the one that had this slot least often, if it is well."""
        passed: list[tuple[str, TxDeferred]] = []
        for member in self._muster.order(self._spread.times(raw)):
            if member.info is None and await self._muster.try_one(member, self._muster.meet) is None:
                passed.append((member.name, _not_met(member, txid)))
                continue
            event = self._spread.answered(raw, member.place, await member.node.broadcast(raw, txid, now))
            if not (isinstance(event, TxDeferred) and passed_over(event)):
                return together(passed, event, txid)
            if event.unreachable:
                member.failed(event.reason, self._muster.clock())
            passed.append((member.name, event))
        return together(passed, None, txid)

    async def preflight(self, call: Call, sender: str) -> str | None:
        """Run a call without writing; None when it would have written, else why it would abort."""
        return await self._if_it_can(lambda member: member.node.preflight(call, sender))

    async def content(self, on_chain_id: int) -> OnChain | None:
        """Return what the contract has of a content, as the node in use tells it."""
        return await self._if_it_can(lambda member: member.node.content(on_chain_id))

    async def _if_it_can(self, question: Callable[[Member], Awaitable[T]]) -> T:
        """Ask for what a node may be unable to tell: no reason to leave one that carries transactions well."""

        async def told(member: Member) -> T | CantTell:
            try:
                return await question(member)
            except CantTell as untold:
                return untold

        found = await self._muster.ask(told)
        if isinstance(found, CantTell):
            raise found
        return found

    async def register(self, contents: Sequence[tuple[int, str, int]], accounts: Sequence[str]) -> None:
        """Make contents and accounts known to a simulated node."""
        await self._muster.ask(lambda member: member.node.register(contents, accounts))

    async def close(self) -> None:
        """Let go of the connections."""
        await self._muster.close()


def _says(seen: Sighting) -> int:
    return RANKS.get(seen.status, 0)


def _not_met(member: Member, txid: str) -> TxDeferred:
    return TxDeferred(txid, member.wrong or member.trouble or "No answer yet", unreachable=True)
