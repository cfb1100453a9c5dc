"""Rows of the ledger become transactions, and transactions become rows."""

from __future__ import annotations

from typing import Any

from engine.core.model import Transaction, TxStatus
from engine.store.queries import micros, named, time, to_time
from engine.store.tables import SLOT, TRANSACTION

TRANSACTION_FIELDS = (
    "fee raw status created_at posts doubtful last_posted_at retry_at answer block_height call mined_at"
)
TRANSACTION_COLUMNS = [
    TRANSACTION.c.txid,
    SLOT.c.signer,
    SLOT.c.nonce,
    *named(TRANSACTION, TRANSACTION_FIELDS),
]


def to_transaction(row: Any) -> Transaction:
    """Turn a row of `TRANSACTION_COLUMNS` into a transaction."""
    txid, signer, nonce, fee, raw, status, created, posts, doubtful, posted, retry, answer, height, call, at = row
    return Transaction(
        txid=txid,
        signer=signer,
        nonce=nonce,
        fee=fee,
        raw=raw,
        status=TxStatus(status),
        created_at=to_time(created),
        posts=posts,
        doubtful=bool(doubtful),
        last_posted_at=time(posted),
        retry_at=time(retry),
        answer=answer,
        block_height=height,
        call=call,
        mined_at=time(at),
    )


def from_transaction(transaction: Transaction) -> dict[str, Any]:
    """Return the columns of a transaction, its slot apart."""
    return {
        "txid": transaction.txid,
        "fee": transaction.fee,
        "raw": transaction.raw,
        "status": transaction.status.value,
        "created_at": micros(transaction.created_at),
        "posts": transaction.posts,
        "doubtful": transaction.doubtful,
        "last_posted_at": micros(transaction.last_posted_at),
        "retry_at": micros(transaction.retry_at),
        "answer": transaction.answer,
        "block_height": transaction.block_height,
        "call": transaction.call,
        "mined_at": micros(transaction.mined_at),
    }
