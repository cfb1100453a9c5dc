"""What is known of one transaction only ever becomes more certain."""

from __future__ import annotations

from datetime import timedelta

from engine.core import events as ev
from engine.core.ledger import after
from engine.core.model import TxStatus
from tests.core.nouns import NOW, transaction

LATER = NOW + timedelta(seconds=9)
TXID = transaction().txid


def test_doubt_is_never_taken_back() -> None:
    """A refusal after an unclear answer proves nothing (promise 4)."""
    doubtful = after(transaction(), ev.TxUnclear(TXID, "time-out"), NOW)
    assert (doubtful.status, doubtful.doubtful, doubtful.posts) == (TxStatus.UNCLEAR, True, 1)
    for event in (ev.TxAccepted(TXID), ev.TxRefused(TXID, "no"), ev.TxDeferred(TXID, "429")):
        assert after(doubtful, event, LATER).doubtful


def test_a_429_counts_as_unclear_but_a_closed_door_does_not() -> None:
    """A retried proxy may have taken it; a refused connection took nothing."""
    assert after(transaction(), ev.TxDeferred(TXID, "429", LATER, posted=True), NOW).doubtful
    waiting = after(transaction(), ev.TxDeferred(TXID, "connection refused", LATER), NOW)
    assert (waiting.doubtful, waiting.posts, waiting.retry_at) == (False, 0, LATER)
    assert waiting.status is TxStatus.SIGNED


def test_dropped_is_not_an_end() -> None:
    """It may still be mined, so the same bytes go out again at once."""
    dropped = after(transaction(0, TxStatus.ACCEPTED), ev.TxDropped(TXID, "garbage collected"), NOW)
    assert (dropped.status, dropped.retry_at) == (TxStatus.UNCLEAR, NOW)


def test_what_is_mined_waits_for_nothing() -> None:
    """No retry is left behind."""
    unclear = after(transaction(), ev.TxUnclear(TXID, "time-out", LATER), NOW)
    assert after(unclear, ev.TxConfirmed(TXID, 5), LATER).status is TxStatus.CONFIRMED
    aborted = after(unclear, ev.TxAborted(TXID, 5, "u401"), LATER)
    assert (aborted.status, aborted.answer, aborted.retry_at) == (TxStatus.ABORTED, "u401", None)
