"""Whose a mined call is: decided by its block's time, and by nothing that could be a guess."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.chain import MinedTransaction
from engine.core.claims import SKEW, Claim, claim, goes_over, since

ACCEPTED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
seconds = st.integers(-20_000, 20_000)


def mined(nonce: int, at: datetime | None) -> MinedTransaction:
    return MinedTransaction(f"{nonce:064x}", nonce, True, 7, 300, None, mined_at=at)


@given(st.none() | seconds, st.booleans(), st.booleans())
def test_a_call_is_an_items_own_or_not_or_nobody_knows(after: int | None, overtaken: bool, overwritten: bool) -> None:
    """Before the acceptance by more than two clocks can differ: never its own. Unknown or overtaken: never its own."""
    at = None if after is None else ACCEPTED + timedelta(seconds=after)
    said = claim(at, ACCEPTED, overtaken, overwritten)
    long_before = at is not None and at < ACCEPTED - SKEW
    assert (said is Claim.NOT) == long_before
    doubtful = overtaken or (overwritten and after is not None and after < 0)
    assert (said is Claim.OWN) == (at is not None and not long_before and not doubtful)


@pytest.mark.parametrize(
    ("later", "goes"),
    [
        ("A.x update-content-price 01 06", True),
        ("A.x remove-content 01", True),
        ("A.x update-content-price 01 05", False),
        ("A.x update-content-price 02 06", False),
        ("A.y update-content-price 01 06", False),
    ],
)
def test_another_value_of_the_same_content_goes_over_the_one_before(later: str, goes: bool) -> None:
    """Of the same contract and content, by whatever function."""
    assert goes_over(later, "A.x update-content-price 01 05") is goes


@given(st.lists(seconds, max_size=8), st.sets(st.integers(0, 7)), st.none() | st.just(ACCEPTED))
def test_a_list_is_believed_only_when_it_leaves_nothing_out(
    ages: list[int], missing: set[int], taken: datetime | None
) -> None:
    """Down from the account's nonce to what was certainly there before the copy, with no nonce between left out."""
    times = sorted(ACCEPTED + timedelta(seconds=age) for age in ages)
    told = {nonce: mined(nonce, at) for nonce, at in enumerate(times) if nonce not in missing}
    found = since(told, len(times), taken)
    first = sum(taken is not None and at < taken - SKEW for at in times)
    border = {first - 1} if first else set()  # the newest of the older ones shows that nothing lies between
    wanted = set(range(first, len(times)))
    if found is None:
        assert (wanted | border) & missing
    else:
        assert [one.nonce for one in found] == sorted(wanted)
