"""By hand: what somebody asks of one slot, now; the lane's own raiser signs it and its own poster posts it.

A turn of the lane and a hand never overlap, so both plan on rows that stand still.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from engine.core import byhand, lane
from engine.core.byhand import Ground
from engine.core.model import Slot, Transaction
from engine.core.oversight import Act, Deed
from engine.core.reports import LaneRecord
from engine.errors import Conflict, NotFound, Unavailable
from engine.line.holds import Holds
from engine.line.poster import Poster
from engine.line.raising import Raiser
from engine.line.signing import Desk
from engine.line.tools import Tools
from engine.line.unsaved import Unsaved

CAUSES = ("nonce", "doubt", "unasked")
"""What holds a whole lane; a fee that is too low, or funds that are short, are what a hand may want to mend."""


@dataclass(frozen=True, slots=True)
class Touch:
    """Which slot somebody means, who and why; ``txid`` are its newest bytes as they saw them, None for any."""

    nonce: int
    txid: str | None
    who: str
    why: str | None = None


class ByHand:
    """One lane's hand; ``turn`` is taken by a turn of the lane too."""

    def __init__(
        self,
        signer: str,
        tools: Tools,
        raiser: Raiser,
        poster: Poster,
        unsaved: Unsaved,
        turn: asyncio.Lock,
        holds: Holds,
    ) -> None:
        self._signer = signer
        self._tools = tools
        self._raiser = raiser
        self._poster = poster
        self._unsaved = unsaved
        self._turn = turn
        self._holds = holds

    async def bump(self, touch: Touch, fee: int | None) -> Transaction:
        """Sign the call of a slot again for a higher fee, the given one or the lane's own; return its new bytes."""
        async with self._turn:
            desk, slot, ground = await self._look(touch)
            refuse(byhand.unraised(slot, ground))
            estimate = await desk.fee_now(slot.current) if fee is None else 0
            step = byhand.raised(slot, ground, estimate, fee)
            if isinstance(step, str):
                raise Conflict(step)
            made = await self._raiser.pay_now(desk, step, touch.who, touch.why)
        self._tools.wake_lane(self._signer)
        return made

    async def repost(self, touch: Touch) -> Transaction:
        """Begin to post the bytes of a slot once more, whatever they wait for; return them."""
        async with self._turn:
            busy = self._poster.under_way  # what is answered while the rows are read is old in them
            _, slot, ground = await self._look(touch)
            found = byhand.again(slot, ground)
            if isinstance(found, str):
                raise Conflict(found)
            if found.txid in busy | self._poster.under_way:
                raise Conflict(f"The bytes at nonce {touch.nonce} are being posted right now")
            await self._note(touch)
            self._poster.again(found)
            return found

    async def _note(self, touch: Touch) -> None:
        """Write down who posts, before anything is posted."""
        tools, detail = self._tools, f"nonce {touch.nonce} of {self._signer}"
        await tools.store.note(Deed(tools.clock.now(), touch.who, Act.REPOST_SLOT, detail=detail, why=touch.why))

    async def _look(self, touch: Touch) -> tuple[Desk, Slot, Ground]:
        """Return the slot as it is, and where its lane stands by what the node says now."""
        tools = self._tools
        if why := resting(tools, self._signer):
            raise (Conflict if tools.stopped or self._signer in tools.pauses.why else Unavailable)(why)
        account = await tools.node.account(self._signer, fresh=True) if tools.desk else None
        if tools.desk is None or account is None:
            raise Unavailable(f"The node doesn't tell the nonce of {self._signer}: {tools.node.error or 'not met yet'}")
        await self._unsaved.catch_up(tools.clock.now())  # a refusal that isn't in the rows yet has ended its bytes
        record = await tools.store.lane(self._signer, tools.limits.window)
        slot = next((one for one in record.slots if one.nonce == touch.nonce), None)
        if slot is None:
            refuse(byhand.no_slot(record, touch.nonce, account.nonce))
            raise NotFound(f"Nothing was ever signed at nonce {touch.nonce} of {self._signer}")
        refuse(byhand.other_bytes(slot, touch.txid))
        return tools.desk, slot, ground(tools, tools.desk, record, account.nonce, self._holds)


def refuse(why: str | None) -> None:
    """Raise Conflict when there is a reason."""
    if why:
        raise Conflict(why)


def resting(tools: Tools, signer: str) -> str | None:
    """Say why nothing is signed or posted in a lane now; None when something may be."""
    if tools.stopped:
        return "The engine is stopped: nothing is signed or posted until it goes on"
    if signer in tools.pauses.why:
        return f"Nothing is signed or posted in this lane. {tools.pauses.why[signer]}"
    if tools.resting:
        return tools.refused or tools.alarms.get("database") or "The engine is ending"
    return None


def ground(tools: Tools, desk: Desk | None, record: LaneRecord, confirmed: int | None, holds: Holds | None) -> Ground:
    """Return where a lane stands: at rest, held by what was mined, or free to be touched."""
    rests = resting(tools, record.signer) or (holds.of(*CAUSES) if holds else None)
    if rests is None and confirmed is not None:
        rests = lane.astray(record, confirmed)
    if desk is None:
        return Ground(None, rests)
    return Ground(confirmed, rests, desk.signers.key(record.signer) is not None, desk.fees.rule.most)
