"""Which of several nodes is asked: the one in use, else the next that answers; never one of another chain."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

import structlog

from engine.core.chain import wrong_network
from engine.node.client import HttpNode
from engine.node.members import Member
from engine.ports import NodeInfo, NodeUnreachable

LAG = 3
LOOK = 10.0
RETURN = 30.0
T = TypeVar("T")
log = structlog.get_logger()


class Muster:
    """Keeps to the node that answers, and returns to an earlier address that has been well for `RETURN` seconds.

    A node that is more than `LAG` blocks below the best is believed only when no better one answers.
    """

    def __init__(self, nodes: Sequence[HttpNode], network: str, clock: Callable[[], float]) -> None:
        self.members = [Member(node, place) for place, node in enumerate(nodes)]
        self.current = self.members[0]
        self.clock = clock
        self.met = False
        self._network = network
        self._chain: str | None = None
        self._looks: set[asyncio.Task[None]] = set()

    def order(self, served: Mapping[int, int] | None = None) -> list[Member]:
        """Return the members by who is asked first; ``served`` says by place how often each had its turn already."""
        now = self.clock()
        fit = [one for one in self.members if not one.wrong]
        turns = served or {}

        def rank(one: Member) -> tuple[object, ...]:
            return (one.resting(now), turns.get(one.place, 0), one.behind, one is not self.current, one.place)

        return sorted(fit, key=rank)

    async def ask(self, question: Callable[[Member], Awaitable[T]]) -> T:
        """Ask until one answers whose tip is up with the best; else return the answer of the highest."""
        best: tuple[int, T] | None = None
        for member in self.order():
            found = await self.try_one(member, question)
            if found is None:
                continue
            if not member.behind:
                self._keep_to(member)
                return found[0]
            if best is None or member.tip > best[0]:
                best = (member.tip, found[0])
        if best is None:
            raise self.nobody()
        return best[1]

    async def try_one(self, member: Member, question: Callable[[Member], Awaitable[T]]) -> tuple[T] | None:
        """Ask one node, about itself first if it was never heard; None when it gives no answer, or may not be used."""
        began = self.clock()
        try:
            if member.info is None:
                await self.meet(member)
                began = self.clock()
            value = await question(member)
        except NodeUnreachable as lost:
            member.away(lost, self.clock())
            return None
        member.answered(self.clock(), self.clock() - began)
        member.behind = self.best() - member.tip > LAG
        return (value,)

    async def meet(self, member: Member) -> NodeInfo:
        """Ask a node who it is; NodeUnreachable when it is of another network or chain than it should be."""
        info = member.said(await member.node.info(), self.clock())
        chain = f"devnet {info.devnet_id}" if info.devnet_id else f"stacks {info.network_id:#010x}"
        wrong = wrong_network(member.name, info.network_id, self._network)
        if wrong is None and self._chain not in (None, chain):
            wrong = f"The node {member.name} is on the chain {chain}, the others on {self._chain}: set CHAIN_URL right"
        if wrong and wrong != member.wrong:
            log.error("node refused", reason=wrong)
        member.wrong = wrong
        if wrong:
            raise NodeUnreachable(wrong)
        self.met, self._chain = True, chain
        return info

    async def look_round(self) -> None:
        """Look at all nodes while none may be used; else, in the background, at those that aren't in use."""
        if not self.met or not self.order():
            for member in self.members:  # one by one: the first address says which chain it is
                await self._look(member)
            return
        for member in self.members:
            if member.asked_at + LOOK <= self.clock() and (member is not self.current or member.wrong):
                member.asked_at = self.clock()
                task = asyncio.create_task(self._look(member))
                self._looks.add(task)
                task.add_done_callback(self._looks.discard)

    async def _look(self, member: Member) -> None:
        """See whether a node is well; return to it when it stands before the one in use and has been well for long."""
        if await self.try_one(member, self.meet) is None or member.behind:
            return
        well = 0.0 if member.well_since is None else self.clock() - member.well_since
        if member.place < self.current.place and well >= RETURN:
            self._keep_to(member)

    def _keep_to(self, member: Member) -> None:
        if member is not self.current:
            log.warning("node changed", left=self.current.name, why=self.current.trouble, now=member.name)
            self.current = member

    def best(self) -> int:
        """Return the highest tip of those that are well."""
        now = self.clock()
        well = [one.tip for one in self.members if one.info and not one.wrong and not one.resting(now)]
        return max(well, default=0)

    def nobody(self) -> NodeUnreachable:
        """Return why no node answers: of each its own reason; patience is asked for only when all ask for it."""
        now = self.clock()
        silent = [one for one in self.members if one.wrong or one.trouble]
        asked = [one.rest_until - now for one in self.members if one.rest_asked and not one.wrong]
        wait = min(asked) if asked and len(asked) == sum(not one.wrong for one in self.members) else None
        reasons = [f"{one.name}: {one.wrong or one.trouble}" for one in silent]
        if len(self.members) == 1 and silent:
            reasons = [silent[0].wrong or silent[0].trouble or ""]
        return NodeUnreachable("; ".join(reasons) or "No node has answered yet", wait)

    async def close(self) -> None:
        """Let go of everything."""
        for task in tuple(self._looks):
            task.cancel()
        await asyncio.gather(*self._looks, return_exceptions=True)
        for member in self.members:
            await member.node.close()
