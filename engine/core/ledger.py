"""What an event says of one signed transaction: its status, how often it was posted, when to try again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from engine.core import events as ev
from engine.core.model import Transaction, TxStatus

FINAL = frozenset({TxStatus.CONFIRMED, TxStatus.ABORTED, TxStatus.DEAD, TxStatus.FOREIGN})
"""The statuses of a slot whose nonce was mined: nothing more can happen there but a deep reorg."""


def after(transaction: Transaction, event: ev.TxEvent, now: datetime) -> Transaction:
    """Return the transaction after the event.

    ``doubtful`` is never taken back: a refusal after an unclear answer, or after a block that a reorg took away, proves
    nothing (promise 4). A rate limit spends no attempt, so the waits don't grow by it.
    """
    match event:
        case ev.TxAccepted():
            return replace(
                _posted(transaction, now), status=TxStatus.ACCEPTED, doubtful=True, retry_at=None, answer=None
            )
        case ev.TxUnclear():
            unclear = replace(_posted(transaction, now), status=TxStatus.UNCLEAR, doubtful=True)
            return replace(unclear, retry_at=event.retry_at, answer=event.reason)
        case ev.TxDeferred():
            known = replace(transaction, retry_at=event.retry_at, answer=event.reason)
            return replace(known, doubtful=True, last_posted_at=now) if event.posted else known
        case ev.TxRefused():
            return replace(_posted(transaction, now), status=TxStatus.REFUSED, retry_at=None, answer=event.reason)
        case ev.TxDropped():
            return replace(transaction, status=TxStatus.UNCLEAR, retry_at=now, answer=event.reason)
        case ev.TxConfirmed():
            mined = replace(transaction, status=TxStatus.CONFIRMED, doubtful=True, retry_at=None, answer=None)
            return replace(mined, block_height=event.block_height)
        case ev.TxAborted():
            mined = replace(transaction, status=TxStatus.ABORTED, doubtful=True, retry_at=None, answer=event.reason)
            return replace(mined, block_height=event.block_height)
        case ev.SlotLost():
            return replace(transaction, status=TxStatus.DEAD, retry_at=None, answer=event.reason)
        case ev.TxReorged():
            back = replace(transaction, status=TxStatus.UNCLEAR, retry_at=now, answer=event.reason)
            return replace(back, block_height=None)
        case ev.TxReplaced():
            return replace(transaction, status=TxStatus.REPLACED, retry_at=None, answer=event.reason)
        case ev.TxSigned():
            return transaction


def _posted(transaction: Transaction, now: datetime) -> Transaction:
    return replace(transaction, posts=transaction.posts + 1, last_posted_at=now)
