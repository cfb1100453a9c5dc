"""The whole line as one thing: started, poked, stopped."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine

import structlog

from engine.core import lane
from engine.core.oversight import Deed
from engine.core.reports import Doubt, LaneRecord
from engine.errors import Conflict, NotFound, Unavailable
from engine.line.applier import Applier
from engine.line.confirmer import Confirmer
from engine.line.contact import Contact
from engine.line.lanes import Lanes
from engine.line.mishaps import Mishaps
from engine.line.signing import Desk
from engine.line.tools import Tools
from engine.line.wall import LONGEST_WAIT

GRACE = 6.0
"""Seconds for the steps under way when the line ends: what comes after them must end within 10 s as well."""
STOPPED = "stopped"
WAKING = "waking the lanes"
"""The step's key among the mishaps."""
log = structlog.get_logger()


class Line:
    """Carries every accepted batch from the stored rows onward; starting it is recovery."""

    def __init__(self, tools: Tools, contact: Contact | None) -> None:
        self.tools = tools
        self.contact = contact
        self.applier = Applier(tools)
        self.confirmer = Confirmer(tools)
        self.lanes = Lanes(tools)
        self._mishaps = Mishaps(tools, tools.store.answer)
        self._tasks: list[asyncio.Task[None]] = []
        self._poking: asyncio.Task[None] | None = None
        self._keeping = asyncio.Lock()
        self._asked = 0

    async def start(self) -> None:
        """Go on where the last process stopped."""
        tools = self.tools
        tools.stopped = await tools.store.fact(STOPPED) == "1"
        await tools.pauses.recall(tools.store)
        await tools.store.doubt_signed(tools.clock.now())
        await tools.store.hasten(tools.clock.now(), LONGEST_WAIT)
        await tools.store.complete(tools.clock.now())
        self._spawn(self.applier.run(), "applier")
        self._spawn(self.confirmer.run(), "confirmer")
        if self.contact and tools.desk is None and tools.refused is None:
            self._spawn(self.contact.run(self._met), "contact")
        self.poke()

    def _spawn(self, work: Coroutine[None, None, None], name: str) -> None:
        self._tasks.append(asyncio.create_task(work, name=name))

    def _met(self) -> None:
        """The node is known: look at once at what it may have taken back while nobody watched."""
        self.confirmer.wake()
        self.poke()

    def poke(self) -> None:
        """Let every station look at its rows; costs next to nothing when there is nothing to do."""
        self.applier.wake()
        if self._poking is None or self._poking.done():
            self._poking = asyncio.create_task(self._poke_lanes())

    async def _poke_lanes(self) -> None:
        try:
            if self.confirmer.in_flight == 0 and await self.tools.store.lanes():
                self.confirmer.wake()
            await self.lanes.wake_all()
        except Unavailable as lost:
            self.tools.database_lost(lost)
        except Exception as wrong:
            self._mishaps.name(WAKING, "The lanes can't be woken, so nothing new is signed", wrong)
        else:
            self._mishaps.well(WAKING)

    async def halt(self, stopped: bool, deed: Deed) -> None:
        """Set or take back the emergency stop, for this and every later process; ``deed`` is written with it.

        It holds here at once, also when the database can't keep it; going on must be kept first. What is asked for
        last is kept last, and no going on that is under way undoes a stop asked for since.
        """
        self.tools.stopped = self.tools.stopped or stopped
        self._asked += 1
        mine = self._asked
        async with self._keeping:
            await self.tools.store.set_fact(STOPPED, "1" if stopped else "0", deed)
        if mine == self._asked:
            self.tools.stopped = stopped
        if self._tasks:
            self.poke()

    async def release(self, signer: str, deed: Deed) -> str:
        """Let a held lane go on after the chain's nonce: an operator decides that the rest isn't ours.

        Returns why it was held; ``deed`` is written with it.
        """
        tools = self.tools
        if tools.desk is None and tools.chain.name == "off":
            return await self._release_unasked(signer, deed)
        if tools.desk is None:
            raise Unavailable(tools.refused or f"The node doesn't tell the nonce of {signer}: {tools.node.error}")
        record = await tools.store.lane(signer, tools.limits.window)
        if tools.desk.signers.key(signer) is None and not record.waiting:
            raise NotFound(f"There is no signer {signer}: see batchdeck signers")
        account = await tools.node.account(signer, fresh=True)
        if account is None:
            raise Unavailable(f"The node doesn't tell the nonce of {signer}: {tools.node.error}")
        doubts = await self._doubts(record, tools.desk)
        held = lane.astray(record, account.nonce) or (lane.doubtful(signer, doubts) if doubts else None)
        if held is None:
            raise Conflict(f"The lane of {signer} isn't held by what was mined up to the chain's nonce {account.nonce}")
        await tools.store.release_lane(signer, account.nonce, tools.clock.now(), doubts, deed)
        log.warning("lane released by an operator", signer=signer, nonce=account.nonce, held=held)
        if self._tasks:
            tools.wake_lane(signer)
        return held

    async def _release_unasked(self, signer: str, deed: Deed) -> str:
        """Let go of what a restored copy may have sent, where no chain is configured that could tell."""
        store = self.tools.store
        if signer not in {*await store.lanes(), *(creator.address for creator in await store.creators())}:
            raise NotFound(f"There is no creator or signer {signer}")
        if (await store.lane(signer, 0)).restored is None:
            raise Conflict(f"The lane of {signer} isn't held: see batchdeck signers")
        await store.release_lane(signer, None, self.tools.clock.now(), deed=deed)
        log.warning("lane released by an operator", signer=signer)
        if self._tasks:
            self.poke()
        return lane.unasked(signer, chain=False)

    async def _doubts(self, record: LaneRecord, desk: Desk) -> tuple[Doubt, ...]:
        if not record.strays:
            return ()
        tools = self.tools
        _, doubts = await tools.store.match_strays(record.signer, desk.mint.contract, tools.clock.now())
        return doubts

    async def stop(self) -> None:
        """Start no new step, give those under way at most `GRACE`, end."""
        self.tools.closing = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GRACE):
                await self._under_way()
        tasks = [*self._tasks, *self.lanes.stop(), *([self._poking] if self._poking else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _under_way(self) -> None:
        """Wait until every place at the gate is free: nothing is in a step any more."""
        await self.lanes.drain()
        for _ in range(self.tools.limits.concurrency):
            await self.tools.gate.acquire()
