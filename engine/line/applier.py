"""APPLY: takes queued items in order of acceptance and changes the catalogue, one transaction an item."""

from __future__ import annotations

import asyncio

from engine.core import lane
from engine.core.events import ApplyFailed, ChainGivenUp, SigningFailed
from engine.core.model import Item, ItemState
from engine.errors import Unavailable
from engine.line import memory
from engine.line.contact import CHAIN
from engine.line.mishaps import NOT_OURS, Mishaps, internal
from engine.line.signing import Desk
from engine.line.station import Station
from engine.line.stopwatch import Stopwatch
from engine.line.tools import Tools
from engine.line.wall import Wall

HANDFUL = 100
UNASKED = "restored"


class Applier(Station):
    """The first station: woken by every accepted batch and by the tick."""

    probes = True

    def __init__(self, tools: Tools) -> None:
        super().__init__(tools)
        self._mishaps = Mishaps(tools, tools.store.answer)
        self._wall = Wall(tools.clock)
        self._watch = Stopwatch(tools.clock)
        self._desk: Desk | None = None

    async def round(self) -> None:
        """Apply whatever is queued, until nothing is."""
        tools = self._tools
        await self._back_again()
        await self._wall.look(tools.store)
        if tools.resting:
            return
        await tools.store.claim(tools.clock.now())
        self._desk = tools.desk  # one for the whole round: no newer item finds its signer before an older one
        placed = await self._place_orphans()
        while placed and not tools.resting:
            await self._relieve()
            items = await tools.store.queued(HANDFUL)
            if not items:
                return
            broken = asyncio.Event()
            carried = (self._carry(item, broken) for item in items)
            for result in await asyncio.gather(*carried, return_exceptions=True):
                if isinstance(result, BaseException):
                    raise result

    async def _relieve(self) -> None:
        """Give the machine a moment when this process has taken more memory than it may."""
        tools = self._tools
        if not memory.short(tools.limits.memory):
            tools.alarms.pop("memory", None)
            return
        share = f"{tools.limits.memory:.0%} of {memory.available() / 2**20:.0f} MB"
        tools.alarms["memory"] = f"More memory is in use than {share}: work pauses 100 ms again and again"
        await memory.relieve(tools.clock)

    async def _carry(self, item: Item, broken: asyncio.Event) -> None:
        """Apply one item, unless the handful is ``broken``: one went wrong, so what comes after it is read afresh.

        What nobody foresaw is that item's failure at the second strike, never the batch's.
        """
        tools = self._tools
        async with tools.gate:
            if tools.resting or broken.is_set():
                return
            try:
                applied = await tools.store.apply(item.id, self._signer(item), tools.clock.now())
            except Unavailable as lost:
                broken.set()
                tools.database_lost(lost)
                raise
            except MemoryError:
                broken.set()
                raise
            except Exception as wrong:
                broken.set()
                await self._unapplied(item, wrong)
                return
        if applied is not None and applied.state is ItemState.APPLIED:
            await self._hand_on(applied)

    def _signer(self, item: Item) -> str | None:
        return self._desk.signers.address_for(item.creator) if self._desk else None

    async def _hand_on(self, item: Item) -> None:
        if item.signer is not None:
            self._tools.wake_lane(item.signer)
        else:
            await self._place(item)

    async def _place_orphans(self) -> bool:
        """Find a signer for applied items that have none, or let them be off-chain with the reason.

        False when that went wrong: what is applied now, with a signer, would get ahead of them.
        """
        await self._tell_unasked()
        while orphans := await self._tools.store.orphans(HANDFUL, unread_too=self._desk is not None):
            self._watch.keep(item.id for item in orphans)
            for item in orphans:
                try:
                    await self._place(item)
                except NOT_OURS:
                    raise
                except Exception as wrong:
                    await self._mishaps.unsignable(item, wrong)
                    return False
            if self._desk is None:
                break
        return True

    async def _tell_unasked(self) -> None:
        """Say of what waits for its signer that nobody gives it up, where a restored copy may have sent it."""
        tools = self._tools
        untold = self._desk is None and tools.node.error is not None
        first = await tools.store.orphans(1) if untold else []
        if first and first != await tools.store.orphans(1, unread_too=False):
            tools.alarms[UNASKED] = lane.unasked(first[0].creator, chain=tools.chain.name != "off")
        else:
            tools.alarms.pop(UNASKED, None)

    async def _place(self, item: Item) -> None:
        """Give an item its signer, or let it be off-chain; what a restored copy may have sent waits in its own lane."""
        tools = self._tools
        now = tools.clock.now()
        if tools.desk is None:
            patience = tools.limits.chain_patience
            waited = min(tools.node.outage, self._watch.age(item.id))
            if waited > patience:
                reason = f"Node unreachable for {patience:g} s: {tools.node.error or 'no answer yet'}"
                await tools.store.record(item.id, ItemState.APPLIED, ChainGivenUp(reason), now)
            return
        signer = tools.desk.signers.address_for(item.creator)
        if signer is None:
            event = SigningFailed(tools.desk.signers.why_none(item.creator))
            if await tools.store.record(item.id, ItemState.APPLIED, event, now, unread_too=await self._never_had_one()):
                return
            signer = item.creator  # an account is read without a key
        await tools.store.adopt(item.creator, signer)
        tools.wake_lane(signer)

    async def _never_had_one(self) -> bool:
        """Tell whether neither this engine nor the database ever had a chain: a copy of it had none to send to.

        Whoever gave it one since is found all the same: a retry waits until its lane is read.
        """
        return self._tools.chain.name == "off" and await self._tools.store.fact(CHAIN) is None

    async def _unapplied(self, item: Item, wrong: Exception) -> None:
        if self._mishaps.strike(f"applying item {item.id}", wrong):
            failed = ApplyFailed(internal(wrong, "applying"), 0)  # the store knows its place in catalogue order
            await self._tools.store.record(item.id, ItemState.QUEUED, failed, self._tools.clock.now())

    async def _back_again(self) -> None:
        """After an outage: a long one fails the batches under way before anything else is written."""
        tools = self._tools
        if tools.lost_since is None:
            return
        await tools.store.prove()  # it may wait here for the rest of the outage
        outage = tools.clock.monotonic() - tools.lost_since
        if outage > tools.limits.database_patience:
            reason = f"The database was unavailable for {outage:.0f} s; resume the batch, or retry it"
            await tools.store.fail_running(reason, tools.clock.now())
        else:
            await tools.store.complete(tools.clock.now())
        tools.database_back()
