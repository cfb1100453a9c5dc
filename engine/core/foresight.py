"""What a review foresees, added up: how many calls would abort and why, what they cost, what the signer can pay.

A paused contract gives a hundred equal warnings, so reasons are counted; what nobody tried is counted as that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.core.operations import stx
from engine.core.reports import Foreseen, Review, ReviewRow
from engine.core.rules import MAX_ITEMS

NAMED = 3


@dataclass(frozen=True, slots=True)
class Foresight:
    """Verdicts counted; ``reasons`` are why calls would abort, the most frequent first, ``fees`` what those cost."""

    passes: int = 0
    aborts: int = 0
    untried: int = 0
    reasons: tuple[tuple[str, int], ...] = ()
    fees: int = 0

    @property
    def asked(self) -> int:
        """Return how many calls a node should have been asked about."""
        return self.passes + self.aborts + self.untried

    def __add__(self, other: Foresight) -> Foresight:
        reasons = Counter(dict(self.reasons)) + Counter(dict(other.reasons))
        return Foresight(
            self.passes + other.passes,
            self.aborts + other.aborts,
            self.untried + other.untried,
            tuple(reasons.most_common()),
            self.fees + other.fees,
        )


@dataclass(frozen=True, slots=True)
class Funds:
    """What calls cost against what the signer has, in µSTX; ``balance`` None when nobody knows.

    ``reserved`` of it is spoken for; ``payable`` calls could be paid, the first ones; ``capped`` ones would wait, as
    their batch would cost more than ``cap``.
    """

    needs: int
    balance: int | None
    reserved: int
    payable: int
    capped: int
    cap: int | None

    @property
    def short(self) -> bool:
        """Tell whether the signer can't pay for all of it."""
        return self.balance is not None and self.balance - self.reserved < self.needs


def foresight(rows: Iterable[ReviewRow], fee_each: int) -> Foresight:
    """Count the verdicts of some rows."""
    kept = list(rows)
    counts = Counter(row.foreseen for row in kept)
    reasons = Counter(row.warning or "" for row in kept if row.foreseen is Foreseen.ABORTS)
    aborts = counts[Foreseen.ABORTS]
    return Foresight(
        counts[Foreseen.PASSES], aborts, counts[Foreseen.UNTRIED], tuple(reasons.most_common()), aborts * fee_each
    )


def funds(review: Review, rows: Sequence[ReviewRow]) -> Funds:
    """Hold what some rows of a review cost, batch by batch, against the signer's balance and the cap of a batch."""
    fee, cap = review.fee_each, review.fee_cap
    calls = [sum(row.calls for row in rows[start : start + MAX_ITEMS]) for start in range(0, len(rows), MAX_ITEMS)]
    most = cap // fee if cap is not None and fee else MAX_ITEMS
    signable = sum(min(count, most) for count in calls)
    payable = signable
    if review.balance is not None and fee:
        payable = min(signable, max(0, review.balance - review.reserved) // fee)
    return Funds(signable * fee, review.balance, review.reserved, payable, sum(calls) - signable, cap)


def counted(reasons: Sequence[tuple[str, int]], most: int = NAMED) -> str:
    """Write reasons with their numbers and without their remedies: ``90 x the contract is paused (u507)``."""
    said = [f"{count:,} x {reason.partition(': ')[0]}" for reason, count in reasons[:most]]
    rest = sum(count for _, count in reasons[most:])
    return ", ".join([*said, *([f"{rest:,} for other reasons"] if rest else [])])


def abort_line(found: Foresight) -> str:
    """Say how many calls would abort, and at what fees; empty when no call was tried."""
    tried = found.passes + found.aborts
    if not tried:
        return ""
    if not found.aborts:
        return f"none of {_calls(tried)} would abort, as things stand"
    return f"{found.aborts:,} of {_calls(tried)} would abort, and cost {stx(found.fees)} all the same"


def untried_line(found: Foresight, why: str | None) -> str:
    """Say what no node was asked about, and why; empty when that is nothing."""
    if not found.untried:
        return ""
    amount = "" if found.untried == found.asked else f"{_calls(found.untried)} "
    return f"{amount}not preflighted: {why or 'nobody says why'}"


def short_line(held: Funds) -> str:
    """Say what is missing, and how far it goes; empty when there is enough, or nobody knows."""
    if not held.short or held.balance is None:
        return ""
    aside = f", {stx(held.reserved)} of it for what is under way" if held.reserved else ""
    first = f"only the first {_calls(held.payable)}" if held.payable else "none"
    return f"needs {stx(held.needs)}, has {stx(held.balance)}{aside}: {first} could be paid"


def cap_line(held: Funds) -> str:
    """Say how many calls would wait for the cap of a batch; empty for none."""
    if not held.capped or held.cap is None:
        return ""
    return f"{_calls(held.capped)} would wait: a batch may cost {stx(held.cap)} (FEE_MAX_BATCH)"


def _calls(count: int) -> str:
    return f"{count:,} call{'' if count == 1 else 's'}"
