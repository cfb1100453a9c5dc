"""The mempool: one transaction for each (sender, nonce); the dearer one stays, and all grow too old one day."""

from __future__ import annotations

from engine.devnet.ledger import Ledger
from engine.stacks import Transaction

AGE = 256 * 600
"""Seconds from receipt after which a node forgets a transaction, and a mined one's row too."""
COLLECTED = "dropped_stale_garbage_collect"
REPLACED = "dropped_replace_by_fee"


def take(ledger: Ledger, transaction: Transaction, sender: str, now: int) -> None:
    """Put a transaction in, inside a change; what it replaces is shown as dropped by it."""
    outdo(ledger, transaction, sender)
    ledger.run(
        "INSERT INTO mempool (txid, sender, nonce, fee, raw, received) VALUES (?, ?, ?, ?, ?, ?)",
        *(transaction.txid, sender, transaction.nonce, transaction.fee, transaction.raw, now),
    )


def outdo(ledger: Ledger, transaction: Transaction, sender: str) -> None:
    """Drop what else holds a transaction's slot, inside a change: it got there first, or pays more."""
    _drop(ledger, REPLACED, transaction.txid, "sender=? AND nonce=?", sender, transaction.nonce)
    ledger.run("DELETE FROM gone WHERE txid=?", transaction.txid)


def sweep(ledger: Ledger, now: int) -> int:
    """Drop what is too old, inside a change; return how many were."""
    return _drop(ledger, COLLECTED, None, "received < ?", now - AGE)


def _drop(ledger: Ledger, status: str, by: str | None, condition: str, *values: object) -> int:
    columns = "txid, sender, nonce, fee, raw, received"
    ledger.run(
        f"INSERT OR REPLACE INTO gone SELECT {columns}, ?, ? FROM mempool WHERE {condition}",  # noqa: S608 - ours
        *(status, by, *values),
    )
    return ledger.run(f"DELETE FROM mempool WHERE {condition}", *values)  # noqa: S608 - ours
