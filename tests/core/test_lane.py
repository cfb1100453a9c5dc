"""The lane: nonces in catalogue order, a window, holes filled at once, the order of one content kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from engine.core import lane, posting
from engine.core.chain import call_name
from engine.core.model import Slot, Transaction, TxStatus
from engine.core.operations import Call
from engine.core.reports import LaneRecord, Restored
from engine.stacks import PrivateKey, sign_contract_call
from engine.stacks.clarity import UInt
from tests.core.nouns import CREATOR, NOW, item, slot, transaction

CONTRACT = "ST1PQHQKV0RJXZFY1DGX8MNSNYVE3VGZJSRTPGZGM.x"
HOLE = TxStatus.REFUSED


def record(slots=(), waiting=(), top=None) -> LaneRecord:
    nonces = [each.nonce for each in slots]
    return LaneRecord(CREATOR, tuple(slots), tuple(waiting), top if top is not None else max(nonces, default=None))


def queue(*contents: str):
    return [item(id=index, order=index, content_id=name) for index, name in enumerate(contents)]


def nonces(plan) -> list[tuple[int, str | None]]:
    return [(step.nonce, step.item.content_id if step.item else None) for step in plan]


def test_a_new_lane_starts_at_the_confirmed_nonce() -> None:
    """Nothing of ours is in the air, so the chain's own count is right."""
    assert nonces(lane.assign(record(waiting=queue("a", "b")), 7, 25)) == [(7, "a"), (8, "b")]


def test_the_window_counts_from_the_confirmed_nonce() -> None:
    """A node admits by distance from what is mined, not by how much is in its mempool."""
    plan = lane.assign(record([slot(n) for n in range(3)], queue(*"abcdef")), 0, 5)
    assert nonces(plan) == [(3, "a"), (4, "b")]
    assert len(lane.assign(record([slot(n) for n in range(3)], queue(*"abcdef")), 2, 5)) == 4


def test_a_hole_takes_the_next_waiting_item() -> None:
    """A refused nonce is used again before any higher one (promise 4)."""
    slots = [slot(0), slot(1, HOLE), slot(2, contents=("x",))]
    assert nonces(lane.assign(record(slots, queue("a", "b")), 0, 25)) == [(1, "a"), (3, "b")]


def test_a_hole_never_turns_the_order_of_one_content() -> None:
    """The earlier of two changes may not get the later nonce (promise 5)."""
    slots = [slot(0, HOLE), slot(1, contents=("x",))]
    assert nonces(lane.assign(record(slots, queue("x", "y")), 0, 25)) == [(0, "y"), (2, "x")]
    assert nonces(lane.assign(record(slots, queue("x", "x")), 0, 25)) == [(0, None), (2, "x"), (3, "x")]


def test_a_hole_that_nobody_may_take_gets_a_no_op() -> None:
    """What waits above it would never be mined otherwise."""
    assert nonces(lane.assign(record([slot(0, HOLE), slot(1)]), 0, 25)) == [(0, None)]


def test_a_hole_at_the_top_costs_nothing() -> None:
    """Nobody waits for it, so no fee is spent; the next item gets it."""
    assert lane.assign(record([slot(0), slot(1, HOLE)]), 0, 25) == []
    assert nonces(lane.assign(record([slot(0), slot(1, HOLE)], queue("a")), 0, 25)) == [(1, "a")]


def test_a_key_used_elsewhere_holds_the_lane() -> None:
    """A chain beyond every nonce signed here may hold our own transactions of another copy (promise 3)."""
    assert lane.drift(record(), 50) is None
    assert lane.drift(record([slot(3)]), 4) is None
    assert "nonce 9" in (lane.drift(record([slot(3)]), 9) or "")
    put_back = replace(record(), restored=Restored(NOW))
    assert "unknown here waits in the mempool" in (lane.drift(put_back, 0) or "")
    assert "knows no nonce" in (lane.drift(put_back, 1) or "")
    assert "unknown here waits in the mempool" in (lane.drift(replace(put_back, top=0), 1) or "")
    assert "the last one known here is 0" in (lane.drift(replace(put_back, top=0), 2) or "")


def test_what_is_posted_now() -> None:
    """Never-posted bytes at once, doubtful ones when their wait is over, accepted ones not again."""
    later = NOW + timedelta(seconds=5)
    waits = slot(2, TxStatus.UNCLEAR)
    waits = type(waits)(CREATOR, 2, (transaction(2, TxStatus.UNCLEAR, retry_at=later, posts=1, last_posted_at=NOW),))
    lane_record = record([slot(0), slot(1, TxStatus.SIGNED), waits, slot(3, HOLE)])
    assert [tx.nonce for tx in posting.due(lane_record, 0, NOW)] == [1]
    assert [tx.nonce for tx in posting.due(lane_record, 0, later)] == [1, 2]
    assert [tx.nonce for tx in posting.due(lane_record, 3, later)] == []


def test_which_bytes_go_again_where_the_newest_are_not_here() -> None:
    """Ours of the very same call, if a node may have had them; never those of whoever lost the nonce or was refused."""

    def signed(to: int, **more: object) -> Transaction:
        key = PrivateKey.from_hex("11" * 32 + "01")
        args = [UInt(1), UInt(to)]
        made = sign_contract_call(key, network="testnet", contract=CONTRACT, function="f", args=args, nonce=0, fee=300)
        return replace(transaction(0, TxStatus.UNCLEAR, raw=made.raw, doubtful=True), **more)

    def kept(*earlier: Transaction) -> Transaction | None:
        call = call_name(CONTRACT, Call("f", (UInt(1), UInt(5))))
        return posting.newest_kept(Slot(CREATOR, 0, (*earlier, transaction(0, TxStatus.UNCLEAR, raw=b"", call=call))))

    assert kept(signed(4), signed(5)) == signed(5)
    assert kept(signed(5), signed(4)) == signed(5)
    assert kept(signed(4)) is None
    assert kept(signed(5, doubtful=False)) is None
    assert kept(signed(5, status=TxStatus.REFUSED)) is None
    assert kept() is None


def test_the_wait_grows_and_ends() -> None:
    """A node in trouble is not hammered, nor forgotten."""
    assert [posting.backoff(posts) for posts in (0, 1, 2, 3, 6, 99)] == [1, 1, 2, 4, 30, 30]


def test_a_lane_adds_up_what_it_owes() -> None:
    """A node tests each transaction alone; only we can see that they can't all be paid."""
    waiting = queue("a", "b", "c")
    state = record([slot(0), slot(1)], waiting)
    plan = lane.assign(state, 0, 25)
    assert len(lane.affordable(state, plan, lane.Purse(4000 + 4001, 2000, 0))) == 2
    assert lane.affordable(state, plan, lane.Purse(3999, 2000, 0)) == []


def test_a_lane_owes_no_more_what_was_mined() -> None:
    """Mined and not deep enough yet, or never to be read: its fee has left the balance, and isn't counted twice."""
    state = record([slot(0), slot(1), slot(2)], queue("a", "b", "c"))
    plan = lane.assign(state, 2, 25)
    assert len(lane.affordable(state, plan, lane.Purse(4000, 2000, 2))) == 1


def test_only_what_a_node_had_counts_as_raised() -> None:
    """A nonce that others were refused at, and a first fee that was too low, leave every raise to be used."""
    rule = posting.BumpRule(after=60, most=2, cap=50_000)
    had = transaction(0, TxStatus.REPLACED, doubtful=True)
    never = [transaction(0, TxStatus.REFUSED), transaction(0, TxStatus.REPLACED)]
    now = transaction(0, TxStatus.ACCEPTED, doubtful=True)
    found = [
        posting.bump(Slot(CREATOR, 0, tuple(earlier)), 0, rule)
        for earlier in ([*never, now], [*never, had, now], [*never, had, had, now])
    ]
    assert [step is not None for step in found] == [True, True, False]


STATUSES = st.sampled_from([TxStatus.ACCEPTED, TxStatus.SIGNED, TxStatus.UNCLEAR, TxStatus.REFUSED])
CONTENTS = st.sampled_from("abcd")


@given(
    st.lists(st.tuples(STATUSES, CONTENTS), max_size=8),
    st.lists(CONTENTS, max_size=12),
    st.integers(0, 8),
    st.integers(1, 12),
)
def test_whatever_comes_the_plan_is_sound(held, waits, confirmed, window) -> None:
    """No nonce twice, none outside the window, no hole below a live one, no content turned round."""
    slots = [slot(n, status, (name,)) for n, (status, name) in enumerate(held) if n >= confirmed]
    state = record(slots, queue(*waits), top=len(held) - 1 if held else None)
    plan = lane.assign(state, confirmed, window)
    given_nonces = [step.nonce for step in plan]
    live = {each.nonce for each in slots if not lane.is_hole(each)}
    assert given_nonces == sorted(set(given_nonces))
    assert not live & set(given_nonces)
    fresh = lane.fresh(state, confirmed)
    assert all(confirmed <= nonce < max(fresh, confirmed + window) for nonce in given_nonces)
    taken = live | set(given_nonces)
    if taken:
        assert set(range(confirmed, max(taken))) <= taken
    order = [(nonce, each.contents, -1) for each in slots if (nonce := each.nonce) in live]
    order += [(step.nonce, {step.item.content_id}, step.item.order) for step in plan if step.item]
    for name in "abcd":
        places = [place for _, names, place in sorted(order, key=lambda row: row[0]) if name in names]
        assert places == sorted(places)
    chosen = {step.item.id for step in plan if step.item}
    for each in state.waiting:
        if each.id not in chosen:
            assert not any(
                step.item and step.item.content_id == each.content_id and (step.item.order or 0) > (each.order or 0)
                for step in plan
            )
