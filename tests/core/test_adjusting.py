"""Prices told by how they differ: exact to the last µSTX, rounded half up once, and never out of range."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.adjusting import Adjustment, adjusted, is_adjustment, read_adjustment
from engine.core.operations.price import MAX_PRICE

PRICES = st.integers(1, MAX_PRICE)


def change(text: str) -> Adjustment:
    found = read_adjustment(text)
    assert isinstance(found, Adjustment), found
    return found


@pytest.mark.parametrize(
    ("text", "price", "new"),
    [
        ("+10%", 1_000_000, 1_100_000),
        ("-12.5%", 1_000_000, 875_000),
        ("+0.5stx", 1_000_000, 1_500_000),
        ("- 0.5 STX", 1_000_000, 500_000),
        ("+250000ustx", 1_000_000, 1_250_000),
        ("+10% ~0.1stx", 1_230_000, 1_400_000),
        ("+10%~0.1stx", 1_180_000, 1_300_000),
        ("~0.1stx", 1_249_999, 1_200_000),
        ("~0.1stx", 1_250_000, 1_300_000),
        ("~100000", 1_250_000, 1_300_000),
        ("+50%", 1, 2),
        ("+49.999999%", 1, 1),
        ("+33.333333%", 3, 4),
        ("+0%", MAX_PRICE, MAX_PRICE),
        ("-1ustx", MAX_PRICE, MAX_PRICE - 1),
    ],
)
def test_a_price_is_changed_as_it_is_said(text: str, price: int, new: int) -> None:
    """Percent, amounts and steps, the half rounded up, all at once and not one after the other."""
    assert adjusted(price, change(text)) == new


@pytest.mark.parametrize(
    ("text", "price", "words"),
    [
        ("-0.5stx", 500_000, "0.5 STX would become 0 STX, and the least price is 1 µSTX"),
        ("-1stx", 400_000, "would become -0.6 STX"),
        ("~1stx", 499_999, "would become 0 STX"),
        ("+1ustx", MAX_PRICE, "the highest price is"),
        ("+9999999%", MAX_PRICE, "the highest price is"),
    ],
)
def test_a_price_that_cant_be_says_what_it_would_be(text: str, price: int, words: str) -> None:
    """Nothing is given away by a discount, and nothing wraps around."""
    assert words in str(adjusted(price, change(text)))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("+10", "write +10%, +10stx or +10ustx"),
        ("-1", "neither % nor a unit"),
        ("+", "no change of a price"),
        ("+ten%", "no change of a price"),
        ("+1.5%%", "no change of a price"),
        ("-100%", "less than 100%"),
        ("+10% ~", "write a step"),
        ("+10% ~0stx", "write a step"),
        ("~0.1", "write a step"),
        ("+10% ~0.1stx ~1stx", "write a step"),
        ("5 ~0.1stx", "no change"),
    ],
)
def test_what_is_no_change_says_what_to_write(text: str, words: str) -> None:
    """A bare number may be percent or money: that is asked, never guessed."""
    found = read_adjustment(text)
    assert isinstance(found, str)
    assert words in found


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    """Whatever is typed is a change or a reason why not."""
    assert isinstance(read_adjustment(text), Adjustment | str)
    assert isinstance(is_adjustment(text), bool)


@given(PRICES, st.integers(0, 9_999_999), st.integers(0, 999_999), st.sampled_from("+-"), st.integers(1, 10**13))
def test_it_is_what_exact_decimals_say(price: int, whole: int, part: int, sign: str, step: int) -> None:
    """No float is in between: a hundred digits of decimal arithmetic come to the same."""
    found = read_adjustment(f"{sign}{whole}.{part:06d}% ~{step}")
    if isinstance(found, str):
        assert sign == "-"
        assert whole >= 100
        return
    with localcontext() as context:
        context.prec = 100
        share = Decimal(f"{sign}{whole}.{part:06d}") / 100
        exact = (price * (1 + share) / step).to_integral_value(ROUND_HALF_UP) * step
    new = adjusted(price, found)
    assert new == exact if 1 <= exact <= MAX_PRICE else isinstance(new, str)


@given(PRICES, st.integers(1, MAX_PRICE))
def test_a_rise_taken_back_is_where_it_began(price: int, plus: int) -> None:
    """Adding and taking away the same amount changes nothing, as nothing is lost on the way."""
    risen = adjusted(price, change(f"+{plus}ustx"))
    if isinstance(risen, int):
        assert adjusted(risen, change(f"-{plus}ustx")) == price
