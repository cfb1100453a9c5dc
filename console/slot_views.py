"""PURE: what is asked before something is done to one slot by hand, and what is said after it."""

from __future__ import annotations

from console.forms import listed, many, micro
from console.text import display_text
from engine.core.byhand import SlotBytes
from engine.core.reports import SignerInfo
from engine.core.window import SlotInfo

_NAMED = 3


def bump_lines(lane: SignerInfo, slot: SlotInfo, network: str) -> list[str]:
    """Say what a higher fee at a nonce does: which, for what, from what to what."""
    more = (slot.next_fee or 0) - (slot.fee or 0)
    return [
        *_head(lane, slot, network),
        f"Fee: {micro(slot.fee)} µSTX now, {micro(slot.next_fee)} µSTX then ({micro(more)} more)",
        "",
        "The same call is signed again at the same nonce: a block takes one of the two, never both.",
    ]


def repost_lines(lane: SignerInfo, slot: SlotInfo, network: str) -> list[str]:
    """Say what posting a slot's bytes again does: nothing is signed, and nothing costs more."""
    return [
        *_head(lane, slot, network),
        f"Fee: {micro(slot.fee)} µSTX, as it is; posted {many(slot.posts, 'time')} so far",
        f"Transaction: 0x{slot.txid}",
        "",
        "The very same bytes are posted once more, now: a block takes them once, however often they are posted.",
    ]


def _head(lane: SignerInfo, slot: SlotInfo, network: str) -> list[str]:
    answer = [f"Last answer: {display_text(slot.answer, 200)}"] if slot.answer else []
    return [
        f"Nonce: {slot.nonce:,} of {display_text(lane.address, 60)}",
        f"Network: {network}",
        f"It carries: {_carried(slot)}",
        *answer,
    ]


def _carried(slot: SlotInfo) -> str:
    """Name the items, with the batch of the first one."""
    if not slot.carries:
        return "no item, it fills a hole"
    named = display_text(listed((one.content_id for one in slot.carries), _NAMED), 120)
    return f"{named} (batch {display_text(slot.carries[0].batch_id, 40)})"


def bumped_text(done: SlotBytes) -> str:
    """Say that a fee was raised."""
    return f"Nonce {done.nonce:,} pays {micro(done.fee)} µSTX now"


def reposted_text(done: SlotBytes) -> str:
    """Say that bytes are on their way again."""
    return f"The same bytes at nonce {done.nonce:,} are posted again"
