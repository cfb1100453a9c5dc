"""When the bytes of a lane are posted, posted again, or replaced by others with a higher fee: pure.

Same bytes again is always safe (FACTS.md section 3); other bytes go only to the same nonce (promise 3).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.core.chain import call_name
from engine.core.lane import is_hole
from engine.core.model import Slot, Transaction, TxStatus
from engine.core.operations import Call
from engine.core.reports import LaneRecord
from engine.stacks import ContractCall, parse_transaction

FIRST_DELAY = 1.0
LONGEST_DELAY = 30.0
RISE = 1.25
POSTABLE = (TxStatus.SIGNED, TxStatus.UNCLEAR)
PATIENT = (TxStatus.ACCEPTED, TxStatus.UNCLEAR)


def due(record: LaneRecord, confirmed: int, now: datetime) -> list[Transaction]:
    """Return the transactions to post now, by nonce: never posted ones, and doubtful ones whose wait is over."""
    own = [newest_kept(slot) for slot in record.slots if slot.nonce >= confirmed]
    return [one for one in own if one and one.status in POSTABLE and is_due(one, now)]


def newest_kept(slot: Slot) -> Transaction | None:
    """Return the newest bytes of a slot that may be posted: where others made its newest, ours of the very same call.

    Bytes that were refused and nothing else belong to whoever had the nonce before, and are off-chain for good.
    """
    if slot.current.raw:
        return slot.current
    own = (one for one in reversed(slot.transactions) if one.raw and one.doubtful and one.status in PATIENT)
    return next((one for one in own if _call_of(one.raw) == slot.current.call), None)


def _call_of(raw: bytes) -> str | None:
    payload = parse_transaction(raw).payload
    if not isinstance(payload, ContractCall):
        return None
    return call_name(payload.contract, Call(payload.function, payload.args))


def is_due(transaction: Transaction, now: datetime) -> bool:
    """Tell whether bytes may be posted (again); a clock that was set back delays nothing."""
    last = transaction.last_posted_at or transaction.created_at
    return next_post(transaction) <= now or last > now


def next_post(transaction: Transaction) -> datetime:
    """Return when bytes may be posted (again): what the node asked for, else a growing delay after the last post."""
    if transaction.retry_at is not None:
        return transaction.retry_at
    if transaction.last_posted_at is None:
        return transaction.created_at
    return transaction.last_posted_at + timedelta(seconds=backoff(transaction.posts))


def backoff(posts: int) -> float:
    """Return the seconds to wait after so many posts: 1, 2, 4 ... at most 30."""
    return float(min(LONGEST_DELAY, FIRST_DELAY * 2 ** max(0, min(posts, 10) - 1)))


def unseen(transaction: Transaction, now: datetime, after: float) -> bool:
    """Tell whether accepted bytes weren't seen for so many seconds: a 200 is no proof."""
    last = transaction.last_posted_at
    if transaction.status is not TxStatus.ACCEPTED or last is None:
        return False
    return last > now or now - last > timedelta(seconds=after)


@dataclass(frozen=True, slots=True)
class BumpRule:
    """When a stuck transaction gets a higher fee: after seconds, so often at most, up to µSTX."""

    after: float
    most: int
    cap: int


@dataclass(frozen=True, slots=True)
class Bump:
    """Bytes to replace at their nonce by the same call with this fee in µSTX."""

    transaction: Transaction
    fee: int


def stuck(record: LaneRecord, confirmed: int, ages: Mapping[str, float], after: float) -> list[Slot]:
    """Return the slots whose bytes have waited for a block too long; ``ages`` are seconds since signing, by txid."""
    return [
        slot
        for slot in record.slots
        if slot.nonce >= confirmed and not is_hole(slot) and slot.current.status in PATIENT and slot.current.raw
        if ages.get(slot.current.txid, 0) > after
    ]


def unkept(record: LaneRecord, confirmed: int) -> str | None:
    """Say which nonces wait for bytes that aren't here: mined once, then taken back by a reorg.

    They are watched as all others are, for whoever made them may post them again.
    """
    lost = [slot for slot in record.slots if slot.nonce >= confirmed and not is_hole(slot) and not newest_kept(slot)]
    if not lost:
        return None
    first = lost[0]
    more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
    return (
        f"A reorg took back nonce {first.nonce}{more} of {record.signer}, mined by bytes that another copy of the "
        f"database or another wallet made (0x{first.current.txid}): they can't be posted again from here, and whatever "
        "has a higher nonce waits for them. Post them from where they were made, or use the nonce there"
    )


def bump(slot: Slot, estimate: int, rule: BumpRule) -> Bump | None:
    """Return the next fee of a stuck slot: a quarter more, or the node's estimate; None at a limit.

    Only bytes that a node may have had were raised; what was refused, or signed again as too cheap, doesn't count.
    """
    fee = slot.current.fee
    wanted = min(rule.cap, max(int(fee * RISE) + 1, estimate))
    if sum(one.doubtful for one in slot.transactions[:-1]) >= rule.most or wanted <= fee:
        return None
    return Bump(slot.current, wanted)
