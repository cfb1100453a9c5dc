"""A lane's window as a person wants to see it, slot by slot: what holds each nonce, for how long, at what fee. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from engine.core.lane import committed, fresh, holes, is_hole
from engine.core.model import Slot, TxStatus
from engine.core.posting import PATIENT
from engine.core.reports import LaneRecord
from engine.core.slot_state import SlotState

RECENT = 1000
"""Nonces back from the highest one, over which the fees that were paid are added up."""


@dataclass(frozen=True, slots=True)
class Carried:
    """An item that a slot carries."""

    batch_id: str
    content_id: str


@dataclass(frozen=True, slots=True)
class SlotInfo:
    """One nonce: its newest transaction, and the items that it carries (none for a no-op).

    ``signed_at`` is when its newest bytes were made, ``signed`` how many were so far, ``answer`` what a node said
    last. A hole that nothing was ever signed for has none of it. ``next_fee`` is what it would pay if somebody raised
    it now, ``no_bump`` why nobody can, ``no_repost`` why its bytes can't be posted again now.
    """

    nonce: int
    state: SlotState
    txid: str | None = None
    fee: int | None = None
    signed_at: datetime | None = None
    posted_at: datetime | None = None
    posts: int = 0
    signed: int = 0
    answer: str | None = None
    carries: tuple[Carried, ...] = ()
    next_fee: int | None = None
    no_bump: str | None = None
    no_repost: str | None = None


@dataclass(frozen=True, slots=True)
class LaneRows:
    """What the store knows of a lane for its picture; ``record`` has the first waiting item, ``waiting`` counts all."""

    record: LaneRecord
    carries: Mapping[int, tuple[Carried, ...]] = field(default_factory=dict)
    waiting: int = 0
    fees_paid: int = 0

    @property
    def known(self) -> bool:
        """Tell whether the lane ever had a nonce or an item."""
        return self.record.top is not None or self.waiting > 0


@dataclass(frozen=True, slots=True)
class Window:
    """A lane as a picture: the slots that aren't settled, and the free ones up to ``size`` past the confirmed nonce.

    ``confirmed`` is the chain's nonce, ``next`` the one that is given out next; both None while no node told them and
    nothing was signed. ``oldest`` is since when the first waiting item waits. Fees are µSTX: ``fees_open`` of what may
    still be mined, ``fees_paid`` of what was mined of the last `RECENT` nonces.
    """

    signer: str
    size: int
    confirmed: int | None
    next: int | None
    slots: tuple[SlotInfo, ...] = ()
    waiting: int = 0
    oldest: datetime | None = None
    fees_open: int = 0
    fees_paid: int = 0
    held: str | None = None


@dataclass(frozen=True, slots=True)
class Judge:
    """By what a slot is judged: the chain's nonce (None: nobody told it), the time, the seconds until it is stuck."""

    confirmed: int | None
    now: datetime
    stuck_after: float


def window(rows: LaneRows, judge: Judge, size: int, held: str | None) -> Window:
    """Return the picture of a lane."""
    record = rows.record
    base = judge.confirmed if judge.confirmed is not None else _lowest(record.slots, record.top)
    return Window(
        signer=record.signer,
        size=size,
        confirmed=judge.confirmed,
        next=None if base is None else fresh(record, base),
        slots=tuple(sorted(_slots(rows, judge, base), key=lambda slot: slot.nonce)),
        waiting=rows.waiting,
        oldest=record.waiting[0].updated_at if record.waiting else None,
        fees_open=committed(record, base or 0),
        fees_paid=rows.fees_paid,
        held=held,
    )


def _lowest(slots: Iterable[Slot], top: int | None) -> int | None:
    """Return where a lane stands by its own rows alone: at its lowest open nonce, or after the highest one used."""
    return min((slot.nonce for slot in slots), default=None if top is None else top + 1)


def _slots(rows: LaneRows, judge: Judge, base: int | None) -> Iterable[SlotInfo]:
    record = rows.record
    for slot in record.slots:
        yield _told(slot, slot_state(slot, judge), rows.carries.get(slot.nonce, ()))
    signed = {slot.nonce for slot in record.slots}
    for nonce in holes(record, base) if base is not None else ():
        if nonce not in signed:
            yield SlotInfo(nonce, SlotState.HOLE)


def _told(slot: Slot, state: SlotState, carries: tuple[Carried, ...]) -> SlotInfo:
    newest = slot.current
    return SlotInfo(
        nonce=slot.nonce,
        state=state,
        txid=newest.txid,
        fee=newest.fee,
        signed_at=newest.created_at,
        posted_at=newest.last_posted_at,
        posts=newest.posts,
        signed=len(slot.transactions),
        answer=newest.answer,
        carries=carries,
    )


def slot_state(slot: Slot, judge: Judge) -> SlotState:
    """Say how a slot is; that the chain used its nonce goes before whatever a node said of it."""
    newest = slot.current
    if judge.confirmed is not None and slot.nonce < judge.confirmed:
        return SlotState.CONFIRMED
    if is_hole(slot):
        return SlotState.HOLE
    if newest.status in PATIENT and judge.now - newest.created_at > timedelta(seconds=judge.stuck_after):
        return SlotState.STUCK
    return _BY_STATUS.get(newest.status, SlotState.DOUBT)


_BY_STATUS = {
    TxStatus.SIGNED: SlotState.SIGNED,
    TxStatus.ACCEPTED: SlotState.POSTED,
    TxStatus.CONFIRMED: SlotState.CONFIRMED,
    TxStatus.ABORTED: SlotState.CONFIRMED,
}
