"""What somebody may do by hand to one slot of a lane, now: a higher fee, or the very same bytes again. Pure.

It goes by the functions that the lane itself goes by (`posting.bump`, `posting.newest_kept`): a hand only says when.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from engine.core import posting
from engine.core.lane import holes, is_hole
from engine.core.model import Problem, Slot, Transaction
from engine.core.reports import LaneRecord
from engine.core.text import shown
from engine.core.window import SlotInfo, Window

MOST_NONCE = 2**63 - 1
"""The highest nonce or fee that a row can hold."""
_TXID = 64
_HEX = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class SlotBytes:
    """The bytes that stand at a nonce after somebody did something there."""

    nonce: int
    txid: str
    fee: int


@dataclass(frozen=True, slots=True)
class Ground:
    """Where a lane stands, as far as it decides what may be done to a slot of it.

    ``confirmed`` is the chain's nonce (None: nobody told it), ``rests`` says why nothing is signed or posted in the
    lane now, ``key`` tells whether its key is here, ``cap`` is `FEE_MAX` in µSTX.
    """

    confirmed: int | None
    rests: str | None = None
    key: bool = True
    cap: int = MOST_NONCE


def touch_problems(nonce: object, txid: object, fee: object = None) -> list[Problem]:
    """Check of which slot somebody speaks, and the fee; None is whatever bytes stand there, and the lane's own fee."""
    problems = []
    if not _counts(nonce, 0):
        problems.append(Problem("nonce", f"{shown(nonce)} is no nonce: give an integer from 0 to {MOST_NONCE}"))
    if fee is not None and not _counts(fee, 1):
        problems.append(Problem("fee", f"{shown(fee)} is no fee: give an integer of µSTX from 1 to {MOST_NONCE}"))
    if txid is not None and not (isinstance(txid, str) and len(txid) == _TXID and set(txid) <= _HEX):
        problems.append(Problem("txId", f"{shown(txid)} is no transaction id: give 64 digits of lower-case hex"))
    return problems


def _counts(given: object, least: int) -> bool:
    return isinstance(given, int) and not isinstance(given, bool) and least <= given <= MOST_NONCE


def no_slot(record: LaneRecord, nonce: int, confirmed: int) -> str | None:
    """Say why there is no slot at a nonce that was given out once; None where it never was."""
    if nonce < confirmed:
        return _mined(nonce)
    return _hole(nonce) if nonce in holes(record, confirmed) else None


def unposted(slot: Slot, ground: Ground) -> str | None:
    """Say why the bytes of a slot can't be posted again now; None when they can."""
    if not_now := _not_now(slot.nonce, ground):
        return not_now
    if is_hole(slot):
        return _hole(slot.nonce)
    return None if posting.newest_kept(slot) else f"The bytes at nonce {slot.nonce} were made elsewhere: not kept here"


def unraised(slot: Slot, ground: Ground) -> str | None:
    """Say why a slot gets no higher fee now, whatever the fee; None when it may."""
    if unposted_for := unposted(slot, ground):
        return unposted_for
    newest = slot.current
    if not ground.key:
        return f"The key of {slot.signer} is not here: put it back into the signer keys file"
    if not newest.raw:
        return f"The newest bytes at nonce {slot.nonce} were made elsewhere: they can't be signed again here"
    if newest.status not in posting.PATIENT:
        return f"Nonce {slot.nonce} wasn't posted yet, so no fee was too low: it goes out by itself"
    if newest.fee >= ground.cap:
        return f"Nonce {slot.nonce} pays {newest.fee} µSTX already, and FEE_MAX allows no more"
    return None


def raised(slot: Slot, ground: Ground, estimate: int, fee: int | None = None) -> posting.Bump | str:
    """Return the higher fee that a slot gets now, the one that was asked for or the lane's own; or why it gets none.

    `BUMP_MAX` bounds what the lane does by itself, not a hand.
    """
    if why := unraised(slot, ground):
        return why
    if fee is None:
        own = posting.bump(slot, estimate, posting.BumpRule(0, len(slot.transactions), ground.cap))
        return own or f"Nonce {slot.nonce} can't be raised within FEE_MAX ({ground.cap} µSTX)"
    if fee > ground.cap:
        return f"A fee of {fee} µSTX is over the cap of {ground.cap} µSTX: raise FEE_MAX"
    if fee <= slot.current.fee:
        return f"Nonce {slot.nonce} pays {slot.current.fee} µSTX already: only a higher fee replaces it"
    return posting.Bump(slot.current, fee)


def again(slot: Slot, ground: Ground) -> Transaction | str:
    """Return the bytes of a slot to post again now, or why there are none."""
    return unposted(slot, ground) or posting.newest_kept(slot) or _hole(slot.nonce)


def other_bytes(slot: Slot, txid: str | None) -> str | None:
    """Say that a slot isn't as somebody saw it; None when it is, or nobody said what they saw."""
    if txid is None or slot.current.txid == txid:
        return None
    return f"Other bytes stand at nonce {slot.nonce} by now (0x{slot.current.txid}): look again"


def with_choices(window: Window, record: LaneRecord, ground: Ground, estimate: Callable[[Slot], int]) -> Window:
    """Return the picture of a lane with what may be done by hand to each slot, and why not."""
    slots = {slot.nonce: slot for slot in record.slots}
    return replace(window, slots=tuple(_told(one, slots.get(one.nonce), ground, estimate) for one in window.slots))


def _told(told: SlotInfo, slot: Slot | None, ground: Ground, estimate: Callable[[Slot], int]) -> SlotInfo:
    if slot is None:
        why = _not_now(told.nonce, ground) or _hole(told.nonce)
        return replace(told, no_bump=why, no_repost=why)
    step = unraised(slot, ground) or raised(slot, ground, estimate(slot))
    told = replace(told, no_repost=unposted(slot, ground))
    return replace(told, no_bump=step) if isinstance(step, str) else replace(told, next_fee=step.fee)


def _not_now(nonce: int, ground: Ground) -> str | None:
    if ground.rests:
        return ground.rests
    if ground.confirmed is None:
        return f"No node tells where the chain stands, so nobody knows whether nonce {nonce} is mined"
    return _mined(nonce) if nonce < ground.confirmed else None


def _mined(nonce: int) -> str:
    return f"Nonce {nonce} is mined already"


def _hole(nonce: int) -> str:
    return f"Nonce {nonce} is a hole: there are no bytes to post, and the lane fills it by itself"
