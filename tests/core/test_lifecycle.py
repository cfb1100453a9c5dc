"""The table of the line: every state with every event, and what each event leaves on the item."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from typing import get_args

import pytest

from engine.core import events as ev
from engine.core.lifecycle import (
    ENDS,
    OPEN,
    STEPS,
    TRANSITIONS,
    UNSETTLED,
    IllegalEvent,
    Step,
    advance,
    outcome,
)
from engine.core.model import ItemState, Outcome
from tests.core.nouns import NOW, item

S = ItemState
LATER = NOW + timedelta(seconds=1)
EVENTS: dict[type, ev.Event] = {
    ev.CatalogueChanged: ev.CatalogueChanged(7, {"price": 1}, "One", 1, "ST1"),
    ev.CatalogueOnlyChanged: ev.CatalogueOnlyChanged(7, {"price": 1}, "One"),
    ev.ApplyFailed: ev.ApplyFailed("Content not found", 7),
    ev.Superseded: ev.Superseded("batch B9"),
    ev.Cancelled: ev.Cancelled(7),
    ev.SigningFailed: ev.SigningFailed("No chain configured"),
    ev.ChainGivenUp: ev.ChainGivenUp("Node unreachable"),
    ev.TxSigned: ev.TxSigned("aa", "ST1", 4, 2000),
    ev.TxReplaced: ev.TxReplaced("bb", 3000),
    ev.TxAccepted: ev.TxAccepted("aa"),
    ev.TxUnclear: ev.TxUnclear("aa", "time-out"),
    ev.TxDeferred: ev.TxDeferred("aa", "429"),
    ev.TxRefused: ev.TxRefused("aa", "no such contract"),
    ev.TxDropped: ev.TxDropped("aa", "dropped"),
    ev.TxConfirmed: ev.TxConfirmed("aa", 12),
    ev.TxAborted: ev.TxAborted("aa", 12, "u401"),
    ev.SlotLost: ev.SlotLost("aa", "nonce 4 was used elsewhere"),
    ev.TxReorged: ev.TxReorged("aa"),
}
# The picture of DESIGN.md section 4, line by line, written out once more and by hand.
EXPECTED = {
    S.QUEUED: {
        "CatalogueChanged": S.APPLIED,
        "CatalogueOnlyChanged": S.CATALOGUE_ONLY,
        "ApplyFailed": S.FAILED,
        "Superseded": S.FAILED,
        "Cancelled": S.CANCELLED,
    },
    S.APPLIED: {
        "TxSigned": S.SIGNED,
        "SigningFailed": S.OFF_CHAIN,
        "ChainGivenUp": S.OFF_CHAIN,
        "Superseded": S.OFF_CHAIN,
    },
    S.SIGNED: {
        "TxAccepted": S.SUBMITTED,
        "TxUnclear": S.SUBMITTED,
        "TxDeferred": S.SIGNED,
        "TxReplaced": S.SIGNED,
        "TxRefused": S.OFF_CHAIN,
        "SlotLost": S.APPLIED,
    },
    S.SUBMITTED: {
        "TxAccepted": S.SUBMITTED,
        "TxUnclear": S.SUBMITTED,
        "TxDeferred": S.SUBMITTED,
        "TxReplaced": S.SUBMITTED,
        "TxDropped": S.SUBMITTED,
        "TxConfirmed": S.CONFIRMED,
        "TxAborted": S.OFF_CHAIN,
        "TxRefused": S.OFF_CHAIN,
        "SlotLost": S.APPLIED,
    },
    S.CONFIRMED: {"TxReorged": S.SUBMITTED},
    S.OFF_CHAIN: {"TxReorged": S.SUBMITTED},
    S.CATALOGUE_ONLY: {},
    S.FAILED: {},
    S.CANCELLED: {},
}


def test_every_event_is_tried() -> None:
    """A new event can't be forgotten here."""
    assert set(EVENTS) == set(get_args(ev.ItemEvent)) | set(get_args(ev.TxEvent))


@pytest.mark.parametrize("state", ItemState)
@pytest.mark.parametrize("kind", EVENTS)
def test_every_state_with_every_event(state: ItemState, kind: type) -> None:
    """The table decides; an event that it lacks raises and changes nothing."""
    before = item(state=state)
    expected = EXPECTED[state].get(kind.__name__)
    if expected is None:
        with pytest.raises(IllegalEvent, match=kind.__name__):
            advance(before, EVENTS[kind], LATER)
    else:
        after = advance(before, EVENTS[kind], LATER)
        assert after.state is expected
        assert after.updated_at == LATER
    assert before == item(state=state)


def test_the_state_alone_gives_the_next_step() -> None:
    """Recovery needs nothing but the row: every state has a step or is an end, never both."""
    assert set(STEPS) | ENDS == set(ItemState)
    assert not set(STEPS) & ENDS
    assert [STEPS[state] for state in (S.QUEUED, S.APPLIED, S.SIGNED, S.SUBMITTED)] == list(Step)
    assert set(STEPS) == OPEN | UNSETTLED


def test_only_a_lost_slot_and_a_reorg_go_back() -> None:
    """Everything else moves an item forward, so no loop can keep one from its result."""
    rank = {S.QUEUED: 0, S.APPLIED: 1, S.SIGNED: 2, S.SUBMITTED: 3}
    back = {
        kind.__name__
        for state, row in TRANSITIONS.items()
        for kind, target in row.items()
        if rank.get(target, 9) < rank.get(state, 9)
    }
    assert back == {"SlotLost", "TxReorged"}


def test_an_item_that_lost_its_slot_stays_pending() -> None:
    """What a node had in hand once is never silently without a result again."""
    submitted = advance(item(state=S.SIGNED), EVENTS[ev.TxAccepted], LATER)
    lost = advance(submitted, EVENTS[ev.SlotLost], LATER)
    assert (lost.state, lost.nonce, lost.txid) == (S.APPLIED, None, None)
    assert outcome(lost) is Outcome.PENDING
    assert outcome(item(state=S.APPLIED)) is None


def test_a_superseded_item_keeps_its_place_and_names_the_other() -> None:
    """The error says which batch stands in the way."""
    after = advance(item(order=5), ev.Superseded("batch B9"), LATER)
    assert (after.error, after.order) == ("Superseded by batch B9", 5)


def test_the_signed_bytes_are_on_the_item_before_anything_is_posted() -> None:
    """Nonce, txid and fee are known from TxSigned on."""
    after = advance(item(state=S.APPLIED, error="waits"), EVENTS[ev.TxSigned], LATER)
    assert (after.nonce, after.txid, after.fee, after.signer, after.error) == (4, "aa", 2000, "ST1", None)


def test_every_reason_reaches_the_item() -> None:
    """What a node said is never dropped on the way to the operator."""
    for kind, event in EVENTS.items():
        if "reason" in {field.name for field in fields(event)}:  # type: ignore[arg-type]
            state = next(state for state, row in TRANSITIONS.items() if kind in row)
            assert advance(item(state=state), event, LATER).error == event.reason  # type: ignore[union-attr]
