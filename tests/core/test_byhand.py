"""By hand: what may be done to one slot now goes by the lane's own rules, and every refusal says why."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core import byhand, posting
from engine.core.byhand import Ground
from engine.core.model import Slot, TxStatus
from engine.core.reports import LaneRecord
from engine.core.window import Judge, LaneRows, window
from tests.core.nouns import CREATOR, NOW, slot, transaction

GROUND = Ground(3, cap=50_000)


def raised(one: Slot, ground: Ground = GROUND, estimate: int = 0, fee: int | None = None) -> int | str:
    step = byhand.raised(one, ground, estimate, fee)
    return step if isinstance(step, str) else step.fee


def test_the_fee_is_the_lanes_own() -> None:
    """A quarter more or the node's estimate, as a stuck one gets it, and never over the cap."""
    assert raised(slot(3)) == 2501
    assert raised(slot(3), estimate=9000) == 9000
    assert raised(slot(3), estimate=90_000) == 50_000
    own = posting.bump(slot(3), 0, posting.BumpRule(0, 3, 50_000))
    assert own
    assert raised(slot(3)) == own.fee


def test_a_hand_is_not_bound_by_how_often_the_lane_raises_by_itself() -> None:
    """That bound is for what nobody looks at; whoever asks has looked."""
    old = [transaction(3, TxStatus.REPLACED, doubtful=True, txid=f"{n:064x}") for n in range(9)]
    assert raised(Slot(CREATOR, 3, (*old, transaction(3, TxStatus.ACCEPTED, fee=4000)))) == 5001


@pytest.mark.parametrize(
    ("fee", "said"), [(2001, 2001), (50_000, 50_000), (2000, "pays 2000 µSTX already"), (50_001, "raise FEE_MAX")]
)
def test_the_fee_that_was_agreed_to_is_the_fee(fee: int, said: int | str) -> None:
    """Exactly that one; one that replaces nothing, or is over the cap, is refused."""
    found = raised(slot(3), estimate=9000, fee=fee)
    assert found == said if isinstance(said, int) else said in str(found)


@pytest.mark.parametrize(
    ("one", "ground", "said"),
    [
        (slot(2), GROUND, "Nonce 2 is mined already"),
        (slot(3), replace(GROUND, confirmed=None), "No node tells"),
        (slot(3), replace(GROUND, rests="Paused by ann"), "Paused by ann"),
        (slot(3, TxStatus.REFUSED), GROUND, "is a hole"),
        (Slot(CREATOR, 3, (transaction(3, TxStatus.FOREIGN, raw=b""),)), GROUND, "made elsewhere"),
    ],
)
def test_what_can_neither_be_raised_nor_posted_again(one: Slot, ground: Ground, said: str) -> None:
    """Mined, unknown, at rest, nothing there, or not ours: both are refused in the same words."""
    assert said in str(raised(one, ground))
    assert byhand.again(one, ground) == raised(one, ground)


@pytest.mark.parametrize(
    ("one", "ground", "said"),
    [
        (slot(3), replace(GROUND, key=False), f"The key of {CREATOR} is not here"),
        (slot(3, TxStatus.SIGNED), GROUND, "wasn't posted yet"),
        (slot(3), replace(GROUND, cap=2000), "FEE_MAX allows no more"),
    ],
)
def test_what_can_only_be_posted_again(one: Slot, ground: Ground, said: str) -> None:
    """The same bytes need no key and no money."""
    assert said in str(raised(one, ground))
    assert byhand.again(one, ground) == one.current


def test_bytes_that_nobody_saw_are_not_touched() -> None:
    """What was agreed to is frozen: other bytes by now are refused."""
    assert byhand.other_bytes(slot(3), None) is byhand.other_bytes(slot(3), slot(3).current.txid) is None
    assert "Other bytes" in (byhand.other_bytes(slot(3), "ff" * 32) or "")


def test_a_nonce_without_a_slot_says_what_became_of_it() -> None:
    """Mined, a hole, or never given out."""
    record = LaneRecord(CREATOR, (slot(3), slot(6)), top=6)
    assert byhand.no_slot(record, 2, 3) == "Nonce 2 is mined already"
    assert "is a hole" in (byhand.no_slot(record, 4, 3) or "")
    assert byhand.no_slot(record, 7, 3) is None


@pytest.mark.parametrize(
    ("nonce", "txid", "fee", "fields"),
    [
        (0, None, None, []),
        (2**63 - 1, "0f" * 32, 1, []),
        (-1, "0x" + "0f" * 31, 0, ["nonce", "fee", "txId"]),
        (2**63, "0F" * 32, 2**63, ["nonce", "fee", "txId"]),
        (True, 5, True, ["nonce", "fee", "txId"]),
        ("1", "", "1", ["nonce", "fee", "txId"]),
    ],
)
def test_nothing_is_coerced(nonce: object, txid: object, fee: object, fields: list[str]) -> None:
    """What is no nonce, fee or id is named with the remedy."""
    assert [problem.field for problem in byhand.touch_problems(nonce, txid, fee)] == fields


@given(
    st.lists(st.tuples(st.integers(0, 12), st.sampled_from(list(TxStatus))), unique_by=lambda one: one[0]),
    st.none() | st.integers(0, 12),
    st.none() | st.just("The engine is stopped"),
    st.booleans(),
)
def test_every_slot_says_what_may_be_done_to_it(
    made: list[tuple[int, TxStatus]], confirmed: int | None, rests: str | None, key: bool
) -> None:
    """Either a fee or a reason, never both or none; the picture says what the deed would answer."""
    slots = tuple(slot(nonce, status) for nonce, status in made)
    record = LaneRecord(CREATOR, slots, top=max((nonce for nonce, _ in made), default=None))
    ground = Ground(confirmed, rests, key, 50_000)
    drawn = window(LaneRows(record), Judge(confirmed, NOW, 600), 25, None)
    for told in byhand.with_choices(drawn, record, ground, lambda _: 0).slots:
        assert (told.next_fee is None) == (told.no_bump is not None)
        one = next((one for one in slots if one.nonce == told.nonce), None)
        if one is not None:
            assert raised(one, ground) == (told.no_bump or told.next_fee)
            assert (told.no_repost is None) == (not isinstance(byhand.again(one, ground), str))
        if rests:
            assert told.no_bump == told.no_repost == rests
