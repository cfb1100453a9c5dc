"""A lane's picture: every open nonce has one state, and the chain's word goes before a node's."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.model import Slot, TxStatus
from engine.core.reports import LaneRecord
from engine.core.slot_state import SlotState
from engine.core.window import Carried, Judge, LaneRows, Window, slot_state, window
from tests.core.nouns import CREATOR, NOW, item, slot, transaction

JUDGE = Judge(3, NOW, 600)


def shown(slots: list[Slot], judge: Judge = JUDGE, **given: object) -> Window:
    record = LaneRecord(CREATOR, tuple(slots), top=max((one.nonce for one in slots), default=None))
    return window(LaneRows(replace(record, **given), {3: (Carried("B1", "c1"),)}, 2, 7000), judge, 25, "held")


@pytest.mark.parametrize(
    ("nonce", "status", "age", "state"),
    [
        (3, TxStatus.SIGNED, 0, SlotState.SIGNED),
        (3, TxStatus.ACCEPTED, 0, SlotState.POSTED),
        (3, TxStatus.UNCLEAR, 0, SlotState.DOUBT),
        (3, TxStatus.REFUSED, 0, SlotState.HOLE),
        (3, TxStatus.CONFIRMED, 0, SlotState.CONFIRMED),
        (2, TxStatus.ACCEPTED, 0, SlotState.CONFIRMED),
        (2, TxStatus.REFUSED, 0, SlotState.CONFIRMED),
        (3, TxStatus.ACCEPTED, 601, SlotState.STUCK),
        (3, TxStatus.UNCLEAR, 601, SlotState.STUCK),
        (3, TxStatus.SIGNED, 601, SlotState.SIGNED),
    ],
)
def test_a_slot_has_one_state(nonce: int, status: TxStatus, age: float, state: SlotState) -> None:
    """What the chain has used is confirmed, what waits too long with a node is stuck, what nobody has is a hole."""
    made = transaction(nonce, status, created_at=NOW - timedelta(seconds=age))
    assert slot_state(Slot(CREATOR, nonce, (made,)), JUDGE) is state


def test_a_nonce_without_a_slot_is_a_hole_too() -> None:
    """Whatever lies above it waits for it, so it must be seen."""
    found = shown([slot(3), slot(6)])
    assert [(one.nonce, one.state) for one in found.slots] == [
        (3, SlotState.POSTED),
        (4, SlotState.HOLE),
        (5, SlotState.HOLE),
        (6, SlotState.POSTED),
    ]
    assert (found.next, found.slots[0].carries, found.slots[1].txid) == (7, (Carried("B1", "c1"),), None)


def test_the_newest_bytes_are_what_is_shown() -> None:
    """A raised fee is the fee, and how many were signed before is said."""
    old, new = transaction(3, TxStatus.REPLACED), transaction(3, TxStatus.ACCEPTED, fee=2501, txid="ff" * 32)
    (found,) = shown([Slot(CREATOR, 3, (old, new))]).slots
    assert (found.fee, found.txid, found.signed) == (2501, "ff" * 32, 2)


def test_sums_and_waits() -> None:
    """Open fees are of what may still be mined; the oldest waiting item says since when."""
    waiting = (item(updated_at=NOW - timedelta(minutes=5)),)
    found = shown([slot(2), slot(3), slot(4, TxStatus.REFUSED)], waiting=waiting)
    assert (found.fees_open, found.fees_paid, found.waiting, found.held) == (2000, 7000, 2, "held")
    assert found.oldest == NOW - timedelta(minutes=5)


def test_without_a_node_the_rows_say_where_it_stands() -> None:
    """No nonce was told: nothing counts as confirmed, and the next one is what the rows say."""
    nobody = replace(JUDGE, confirmed=None)
    found = shown([slot(2), slot(4)], nobody)
    assert (found.confirmed, found.next, [one.nonce for one in found.slots]) == (None, 5, [2, 3, 4])
    assert (shown([], nobody).next, shown([], nobody, top=8).next, shown([]).next) == (None, 9, 3)


@given(
    st.lists(st.tuples(st.integers(0, 30), st.sampled_from(list(TxStatus))), unique_by=lambda one: one[0]),
    st.none() | st.integers(0, 35),
)
def test_every_nonce_is_shown_once_in_order(made: list[tuple[int, TxStatus]], confirmed: int | None) -> None:
    """No mix of slots loses one, shows one twice, or gives out a nonce that is in use."""
    found = shown([slot(nonce, status) for nonce, status in made], replace(JUDGE, confirmed=confirmed))
    nonces = [one.nonce for one in found.slots]
    assert nonces == sorted(set(nonces))
    assert {nonce for nonce, _ in made} <= set(nonces)
    assert found.next is None or found.next > max(nonces, default=-1) or found.next == confirmed
