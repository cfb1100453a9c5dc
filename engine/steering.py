"""What an operator does with the line itself: stop and go on, as a whole or one lane alone; and how the lanes are."""

from __future__ import annotations

from engine import lanes_told
from engine.core.byhand import SlotBytes, touch_problems
from engine.core.oversight import Act, Deed
from engine.core.reports import SignerInfo
from engine.core.rules import why_problems
from engine.core.window import Window
from engine.errors import Unavailable, refuse
from engine.line.byhand import ByHand, Touch
from engine.line.line import Line
from engine.line.pausing import said
from engine.ports import Clock, Store
from engine.questions import Questions
from engine.report import Identity


class Steering(Questions):
    """The half of the Engine protocol that is about the line; ``line`` is None where there is none."""

    def __init__(self, store: Store, clock: Clock, identity: Identity, line: Line | None, carries: bool) -> None:
        super().__init__(store, clock)
        self._identity = identity
        self._line = line
        self._carries = carries and line is not None

    async def pause_all(self, why: str | None = None) -> None:
        """Set the emergency stop."""
        refuse(why_problems(why))
        await self._running().halt(True, self._deed(Act.PAUSE_ALL, why))

    async def resume_all(self, why: str | None = None) -> None:
        """Take the emergency stop back."""
        refuse(why_problems(why))
        await self._running().halt(False, self._deed(Act.RESUME_ALL, why))

    def _deed(self, act: Act, why: str | None, detail: str = "") -> Deed:
        return Deed(self._clock.now(), self._identity.who, act, detail=detail, why=why)

    def _running(self) -> Line:
        if self._line is None:
            raise Unavailable("This database is open for reading only: no engine runs here that could be asked")
        return self._line

    async def pause_lane(self, signer: str, why: str | None = None) -> None:
        """Sign and post nothing new in one lane."""
        refuse(why_problems(why))
        await self._meet()
        await lanes_told.find(self._store, self._running(), signer)
        deed = self._deed(Act.PAUSE_LANE, why, signer)
        await self._running().tools.pauses.pause(self._store, signer, said(self._identity.who, why), deed)

    async def resume_lane(self, signer: str, why: str | None = None) -> None:
        """Let a paused lane go on."""
        refuse(why_problems(why))
        await self._running().tools.pauses.resume(self._store, signer, self._deed(Act.RESUME_LANE, why, signer))
        self._poke()

    async def release_lane(self, signer: str, why: str | None = None) -> str:
        """Let a held lane go on at the chain's nonce."""
        refuse(why_problems(why))
        await self._meet()
        return await self._running().release(signer, self._deed(Act.RELEASE, why, signer))

    async def bump_slot(
        self, signer: str, nonce: int, txid: str | None = None, fee: int | None = None, why: str | None = None
    ) -> SlotBytes:
        """Sign the call at a nonce again for a higher fee."""
        refuse([*why_problems(why), *touch_problems(nonce, txid, fee)])
        hand = await self._hand(signer)
        made = await hand.bump(Touch(nonce, txid, self._identity.who, why), fee)
        return SlotBytes(nonce, made.txid, made.fee)

    async def repost_slot(self, signer: str, nonce: int, txid: str | None = None, why: str | None = None) -> SlotBytes:
        """Begin to post the same bytes at a nonce once more."""
        refuse([*why_problems(why), *touch_problems(nonce, txid)])
        hand = await self._hand(signer)
        posted = await hand.repost(Touch(nonce, txid, self._identity.who, why))
        return SlotBytes(nonce, posted.txid, posted.fee)

    async def _hand(self, signer: str) -> ByHand:
        """Return the hand of a signer's lane, where somebody carries it: its own line alone signs and posts."""
        line = self._running()
        if not self._carries:
            raise Unavailable(lanes_told.NOT_CARRIED)
        await lanes_told.find(self._store, line, signer)
        return line.lanes.by_hand(signer)

    async def signers(self) -> list[SignerInfo]:
        """Return addresses, balances and lanes; Unavailable while nobody can say who signs."""
        await self._meet()
        return await lanes_told.signers(self._store, self._running())

    async def slots(self, signer: str) -> Window:
        """Return the window of a signer's lane, slot by slot."""
        await self._meet()
        return await lanes_told.slots(self._store, self._running(), signer, carries=self._carries)

    async def _meet(self) -> None:
        """Ask the node once when nothing is carried here, so nobody else does."""
        line = self._line
        if line and line.contact and not self._carries and line.tools.desk is None and not line.tools.refused:
            await line.contact.attempt()

    def _poke(self) -> None:
        if self._line and self._carries:
            self._line.poke()
