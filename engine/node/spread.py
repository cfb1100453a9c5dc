"""Which node gets which bytes, and what their answers amount to together (promise 4). No I/O."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from engine.core.events import TxAccepted, TxDeferred, TxEvent, TxRefused, TxUnclear

KEPT = 10_000
_SIGNER_AND_NONCE = slice(7, 35)


def slot_of(raw: bytes) -> bytes:
    """Return what names the slot of a transaction's bytes: signer and nonce, at fixed places (FACTS.md section 1)."""
    return raw[_SIGNER_AND_NONCE]


def passed_over(event: TxEvent) -> bool:
    """Tell whether the next node is asked at once: this one was away, or has said 429."""
    return isinstance(event, TxDeferred) and (event.unreachable or event.posted)


@dataclass(slots=True)
class Posted:
    """How often each node had a slot's bytes, and whether any answer left open if they arrived."""

    times: Counter[int] = field(default_factory=Counter)
    doubtful: bool = False


class Spread:
    """Remembers the posts of each slot, the latest ones; what is older or from before a start the store remembers."""

    def __init__(self) -> None:
        self._posted: OrderedDict[bytes, Posted] = OrderedDict()

    def times(self, raw: bytes) -> Mapping[int, int]:
        """Return how often each node had bytes of this slot, by its place."""
        known = self._posted.get(slot_of(raw))
        return known.times if known else {}

    def answered(self, raw: bytes, place: int, event: TxEvent) -> TxEvent:
        """Take note of an answer; return what it proves beside all answers before it.

        A refusal proves nothing when other bytes or another node may have the slot already.
        """
        if isinstance(event, TxDeferred) and event.unreachable and not event.posted:
            return event
        slot = slot_of(raw)
        known = self._posted.setdefault(slot, Posted())
        self._posted.move_to_end(slot)
        while len(self._posted) > KEPT:
            self._posted.popitem(last=False)
        known.times[place] += 1
        known.doubtful |= isinstance(event, TxAccepted | TxUnclear) or (isinstance(event, TxDeferred) and event.posted)
        if isinstance(event, TxRefused) and known.doubtful:
            return TxUnclear(event.txid, f"{event.reason}; another node may have it")
        return event


def together(passed: Sequence[tuple[str, TxDeferred]], last: TxEvent | None, txid: str) -> TxEvent:
    """Return what one turn of posts amounts to: those that passed it on, by node, and the one that didn't."""
    posted = any(event.posted for _, event in passed)
    if isinstance(last, TxDeferred):
        return replace(last, posted=last.posted or posted)
    if last is not None:
        return last
    if len(passed) == 1:
        return passed[0][1]
    times = [event.retry_at for _, event in passed if event.retry_at is not None]
    reason = "; ".join(f"{name}: {event.reason}" for name, event in passed)
    return TxDeferred(
        txid,
        reason or "None of the nodes may be used: check CHAIN_URL and NETWORK",
        min(times, default=None),
        posted=posted,
        unreachable=not passed or any(event.unreachable for _, event in passed),
    )
