"""A lane's window as JSON, slot by slot."""

from __future__ import annotations

from engine.core.window import SlotInfo, Window
from engine.wire.forms import Json, time, txid


def window_json(window: Window) -> Json:
    """Write the picture of a lane."""
    return {
        "address": window.signer,
        "window": window.size,
        "nonce": window.confirmed,
        "nextNonce": window.next,
        "slots": [_slot_json(slot) for slot in window.slots],
        "waiting": window.waiting,
        "oldestWaiting": time(window.oldest),
        "feesOpen": window.fees_open,
        "feesPaid": window.fees_paid,
        "held": window.held,
    }


def _slot_json(slot: SlotInfo) -> Json:
    return {
        "nonce": slot.nonce,
        "state": slot.state,
        "txId": txid(slot.txid),
        "fee": slot.fee,
        "signedAt": time(slot.signed_at),
        "postedAt": time(slot.posted_at),
        "posts": slot.posts,
        "signed": slot.signed,
        "answer": slot.answer,
        "items": [{"batchId": one.batch_id, "contentId": one.content_id} for one in slot.carries],
        "nextFee": slot.next_fee,
        "noBump": slot.no_bump,
        "noRepost": slot.no_repost,
    }
