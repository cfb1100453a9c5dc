"""The line an item walks: one table of states and events, and what each event writes on the item.

The stored state alone gives the next step, so recovery is the normal path. An event that the table lacks raises
`IllegalEvent` and changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from engine.core import events as ev
from engine.core.model import Item, ItemState, Outcome


class Step(StrEnum):
    """What is to be done next with an item."""

    APPLY = "apply"
    SIGN = "sign"
    BROADCAST = "broadcast"
    WATCH = "watch"


class IllegalEvent(Exception):
    """An event came that the item's state doesn't know; nothing was changed."""

    def __init__(self, state: ItemState, event: type[ev.Event]) -> None:
        super().__init__(f"{event.__name__} can't happen to an item that is {state}")


S = ItemState
TRANSITIONS: Mapping[ItemState, Mapping[type[ev.Event], ItemState]] = {
    S.QUEUED: {
        ev.CatalogueChanged: S.APPLIED,
        ev.CatalogueOnlyChanged: S.CATALOGUE_ONLY,
        ev.ApplyFailed: S.FAILED,
        ev.Superseded: S.FAILED,
        ev.Cancelled: S.CANCELLED,
    },
    S.APPLIED: {
        ev.TxSigned: S.SIGNED,
        ev.SigningFailed: S.OFF_CHAIN,
        ev.ChainGivenUp: S.OFF_CHAIN,
        ev.Superseded: S.OFF_CHAIN,
    },
    S.SIGNED: {
        ev.TxAccepted: S.SUBMITTED,
        ev.TxUnclear: S.SUBMITTED,
        ev.TxDeferred: S.SIGNED,
        ev.TxReplaced: S.SIGNED,
        ev.TxRefused: S.OFF_CHAIN,
        ev.SlotLost: S.APPLIED,
    },
    S.SUBMITTED: {
        ev.TxAccepted: S.SUBMITTED,
        ev.TxUnclear: S.SUBMITTED,
        ev.TxDeferred: S.SUBMITTED,
        ev.TxReplaced: S.SUBMITTED,
        ev.TxDropped: S.SUBMITTED,
        ev.TxConfirmed: S.CONFIRMED,
        ev.TxAborted: S.OFF_CHAIN,
        ev.TxRefused: S.OFF_CHAIN,
        ev.SlotLost: S.APPLIED,
    },
    S.CONFIRMED: {ev.TxReorged: S.SUBMITTED},
    S.OFF_CHAIN: {ev.TxReorged: S.SUBMITTED},
    S.CATALOGUE_ONLY: {},
    S.FAILED: {},
    S.CANCELLED: {},
}
STEPS: Mapping[ItemState, Step] = {
    S.QUEUED: Step.APPLY,
    S.APPLIED: Step.SIGN,
    S.SIGNED: Step.BROADCAST,
    S.SUBMITTED: Step.WATCH,
}
ENDS = frozenset(state for state in ItemState if state not in STEPS)
OPEN = frozenset({S.QUEUED, S.APPLIED, S.SIGNED})
"""The states that keep a batch from being completed."""
UNSETTLED = frozenset({S.APPLIED, S.SIGNED, S.SUBMITTED})
"""The states in which the catalogue has changed and the chain's answer isn't known."""

_OUTCOMES = {
    S.SUBMITTED: Outcome.PENDING,
    S.CONFIRMED: Outcome.CONFIRMED,
    S.OFF_CHAIN: Outcome.OFF_CHAIN,
    S.CATALOGUE_ONLY: Outcome.CATALOGUE_ONLY,
    S.FAILED: Outcome.FAILED,
    S.CANCELLED: Outcome.CANCELLED,
}


def outcome(item: Item) -> Outcome | None:
    """Return what the item ended with; None while it has no result.

    An item that came back from submitted (its slot was lost) keeps the outcome pending.
    """
    if item.state in (S.APPLIED, S.SIGNED):
        return Outcome.PENDING if item.submitted else None
    return _OUTCOMES.get(item.state)


def target(state: ItemState, event: ev.Event) -> ItemState:
    """Return the state that the event leads to, or raise `IllegalEvent`."""
    try:
        return TRANSITIONS[state][type(event)]
    except KeyError:
        raise IllegalEvent(state, type(event)) from None


def advance(item: Item, event: ev.Event, now: datetime) -> Item:
    """Return the item after the event: its new state, and all that the event says of it."""
    state = target(item.state, event)
    moved = replace(item, state=state, updated_at=now, submitted=item.submitted or state is S.SUBMITTED)
    match event:
        case ev.CatalogueChanged():
            return replace(
                moved,
                order=event.order,
                replaced=event.replaced,
                title=event.title,
                on_chain_id=event.on_chain_id,
                signer=event.signer,
            )
        case ev.CatalogueOnlyChanged():
            return replace(moved, order=event.order, replaced=event.replaced, title=event.title)
        case ev.ApplyFailed() | ev.Cancelled():
            return replace(moved, order=event.order, error=event.reason)
        case ev.Superseded():
            return replace(moved, order=event.order or item.order, error=event.reason)
        case ev.SigningFailed() | ev.ChainGivenUp():
            return replace(moved, error=event.reason)
        case ev.TxSigned():
            known = replace(moved, signer=event.signer, nonce=event.nonce, txid=event.txid)
            return replace(known, fee=event.fee, error=None)
        case ev.TxReplaced():
            return replace(moved, txid=event.txid, fee=event.fee, error=event.reason)
        case ev.TxAccepted():
            return replace(moved, error=None)
        case ev.TxConfirmed():
            return replace(moved, txid=event.txid, block_height=event.block_height, error=None)
        case ev.TxAborted():
            return replace(moved, txid=event.txid, block_height=event.block_height, error=event.reason)
        case ev.SlotLost():
            return replace(moved, nonce=None, txid=None, fee=None, error=event.reason)
        case ev.TxReorged():
            return replace(moved, block_height=None, error=event.reason)
        case ev.TxRefused():
            return replace(moved, fee=None, error=event.reason)  # what was never mined was never paid
        case ev.TxUnclear() | ev.TxDeferred() | ev.TxDropped():
            return replace(moved, error=event.reason)
