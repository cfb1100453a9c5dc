"""What a review foresees, added up: reasons counted, fees held against what is left, nothing glossed over."""

from __future__ import annotations

import pytest

from engine.core.foresight import (
    Foresight,
    abort_line,
    cap_line,
    counted,
    foresight,
    funds,
    short_line,
    untried_line,
)
from engine.core.model import Operation
from engine.core.reports import Foreseen, Review, ReviewRow
from tests.core.nouns import CREATOR

PAUSED = "the contract is paused (u507): retry when it runs again"
STRANGER = "the signer is not the creator (u401): sign with the creator's key"


def row(verdict: Foreseen | None = Foreseen.PASSES, why: str | None = None, calls: bool = True) -> ReviewRow:
    return ReviewRow("c", "C", "1 STX", "2 STX", warning=why, calls=calls, foreseen=verdict)


def review(rows: int = 100, **given: object) -> Review:
    dull: dict[str, object] = {"fee_cap": 2_000_000, "reserved": 0}
    made = [row() for _ in range(rows)]
    return Review(
        Operation.UPDATE_PRICE, CREATOR, tuple(made), -(-rows // 100), rows, 2000, 2000 * rows, CREATOR,
        **{"balance": 1_000_000_000, "chain": "x", **dull, **given},  # type: ignore[arg-type]
    )  # fmt: skip


def test_a_hundred_equal_warnings_are_one_reason() -> None:
    """A paused contract is said once, with its number; rarer reasons come after, the rest is a sum."""
    paused = [row(Foreseen.ABORTS, PAUSED)] * 100
    found = foresight([row(Foreseen.ABORTS, STRANGER), *paused, row(), row(None)], 2000)
    assert (found.asked, found.aborts, found.fees) == (102, 101, 202_000)
    assert counted(found.reasons) == "100 x the contract is paused (u507), 1 x the signer is not the creator (u401)"
    assert counted((("a", 3), ("b", 2), ("c", 1), ("d", 1), ("e", 1))) == "3 x a, 2 x b, 1 x c, 2 for other reasons"
    assert abort_line(found) == "101 of 102 calls would abort, and cost 0.202 STX all the same"


def test_what_was_not_tried_is_never_fine() -> None:
    """Only what was tried is counted as passing; the rest has its number and its reason."""
    some = foresight([row(), row(Foreseen.UNTRIED), row(Foreseen.UNTRIED)], 2000)
    assert abort_line(some) == "none of 1 call would abort, as things stand"
    assert untried_line(some, "rate limit") == "2 calls not preflighted: rate limit"
    none = foresight([row(Foreseen.UNTRIED)], 2000)
    assert abort_line(none) == ""
    assert untried_line(none, "away") == "not preflighted: away"
    assert (abort_line(foresight([row(None)], 1)), untried_line(foresight([row(None)], 1), "away")) == ("", "")


def test_foresights_add_up() -> None:
    """Several creators are one choice: equal reasons are counted together."""
    one = foresight([row(Foreseen.ABORTS, PAUSED), row()], 2000)
    two = foresight([row(Foreseen.ABORTS, PAUSED), row(Foreseen.UNTRIED)], 3000)
    assert one + two == Foresight(1, 2, 1, ((PAUSED, 2),), 5000)


@pytest.mark.parametrize(
    ("balance", "reserved", "payable", "says"),
    [
        (200_000, 0, 100, ""),
        (199_999, 0, 99, "needs 0.2 STX, has 0.199999 STX: only the first 99 calls could be paid"),
        (200_000, 2000, 99, "needs 0.2 STX, has 0.2 STX, 0.002 STX of it for what is under way: only the first 99"),
        (5000, 9000, 0, "needs 0.2 STX, has 0.005 STX, 0.009 STX of it for what is under way: none could be paid"),
        (None, 0, 100, ""),
    ],
)
def test_what_is_under_way_is_paid_first(balance: int | None, reserved: int, payable: int, says: str) -> None:
    """A node tests each transaction alone against the balance, so what the lane has in flight is taken off it."""
    asked = review(balance=balance, reserved=reserved)
    held = funds(asked, asked.rows)
    assert held.payable == payable
    assert short_line(held).startswith(says)
    assert bool(short_line(held)) == bool(says)


def test_the_cap_of_a_batch_is_told_before() -> None:
    """Calls beyond FEE_MAX_BATCH wait in each batch of a hundred; what waits needs no money yet."""
    asked = review(150, fee_cap=120_000, balance=220_000)
    held = funds(asked, asked.rows)
    assert (held.capped, held.needs, held.payable, held.short) == (40, 220_000, 110, False)
    assert cap_line(held) == "40 calls would wait: a batch may cost 0.12 STX (FEE_MAX_BATCH)"
    assert cap_line(funds(asked, asked.rows[:60])) == ""
    unknown = review(150, fee_cap=None)
    assert funds(unknown, unknown.rows).capped == 0


def test_only_calls_cost() -> None:
    """What makes no call takes a place in its batch, and no fee."""
    asked = review(2)
    held = funds(asked, [row(calls=False), row()])
    assert (held.needs, held.payable) == (2000, 1)
