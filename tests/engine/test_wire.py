"""What goes out has exactly the names and forms of INTERFACE.md, because programs rely on them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest

from engine import wire
from engine.core.model import ItemState, Operation
from engine.core.reports import Changes, SignerInfo, Skipped, Started, Transition
from engine.core.summary import Thresholds
from tests.core.nouns import CREATOR, NOW, batch, content, item

LIMITS = Thresholds()
# INTERFACE.md, section HTTP API; metrics one level down
BATCH = {
    "batchId", "creator", "operationType", "status", "totalItems", "successCount", "failureCount", "cancelledCount",
    "confirmedCount", "pendingCount", "offChainCount", "catalogueOnlyCount", "contentIds", "updatePayload", "results",
    "createdAt", "startedAt", "completedAt", "settledAt", "scheduledFor", "retryOf", "revertOf", "error", "feeTotal",
    "metrics", "alerts",
}  # fmt: skip
METRICS = {
    "startTime", "endTime", "totalDuration", "itemCount", "avgTimePerItem", "successRate", "failureRate",
}  # fmt: skip
RESULT = {
    "contentId", "success", "outcome", "message", "error", "txId", "nonce", "fee", "blockHeight", "timestamp",
}  # fmt: skip
S = ItemState


def test_names_of_a_batch() -> None:
    """A batch has every name of the interface, and is JSON as it stands."""
    states = {S.CONFIRMED: 1, S.QUEUED: 1}
    body = wire.batch_json(batch(states), [item(state=S.CONFIRMED), item(content_id="c2")], NOW, LIMITS)
    assert set(body) >= BATCH
    assert set(body["metrics"]) == METRICS
    assert body["contentIds"] == ["c1", "c2"]
    assert [set(result) for result in body["results"]] == [RESULT]
    assert json.loads(json.dumps(body)) == body


def test_lists_have_no_results() -> None:
    """In a list a batch comes without results; without items also without contentIds."""
    items = [item(state=S.CONFIRMED)]
    assert BATCH - set(wire.batch_json(batch({}), items, NOW, LIMITS, results=False)) == {"results"}
    assert BATCH - set(wire.batch_json(batch({}), None, NOW, LIMITS)) == {"results", "contentIds"}


def test_counts_and_metrics() -> None:
    """Counts add up, durations are milliseconds, rates are shares of the finished items."""
    found = batch(
        {S.CONFIRMED: 2, S.SUBMITTED: 1, S.FAILED: 1, S.QUEUED: 6},
        started_at=NOW,
        scheduled_for=NOW + timedelta(seconds=1),
    )
    body = wire.batch_json(found, None, NOW + timedelta(seconds=3), LIMITS)
    counted = ("totalItems", "successCount", "failureCount", "confirmedCount", "pendingCount", "offChainCount")
    assert [body[name] for name in counted] == [10, 3, 1, 2, 1, 0]
    assert body["metrics"] == {
        "startTime": "2026-01-02T03:04:06.000Z",
        "endTime": None,
        "totalDuration": 2000,
        "itemCount": 10,
        "avgTimePerItem": 500,
        "successRate": 0.75,
        "failureRate": 0.25,
    }


PRICE, REMOVAL, METADATA = Operation.UPDATE_PRICE, Operation.REMOVE_CONTENT, Operation.UPDATE_METADATA
VALUES = {PRICE: {"price": 1_000_000}, REMOVAL: {"reason": None}, METADATA: {"title": "T", "refundable": True}}


@pytest.mark.parametrize(
    ("operation", "state", "success", "message"),
    [
        (PRICE, S.CONFIRMED, True, "Price updated to 1 STX"),
        (REMOVAL, S.CONFIRMED, True, "Content removed"),
        (PRICE, S.SUBMITTED, True, "Price updated (on-chain pending)"),
        (REMOVAL, S.SUBMITTED, True, "Content removed (on-chain pending)"),
        (PRICE, S.OFF_CHAIN, True, "Price updated (off-chain)"),
        (REMOVAL, S.OFF_CHAIN, True, "Content removed (off-chain)"),
        (PRICE, S.CATALOGUE_ONLY, True, "Price updated to 1 STX (not on the chain)"),
        (REMOVAL, S.CATALOGUE_ONLY, True, "Content removed (not on the chain)"),
        (METADATA, S.CATALOGUE_ONLY, True, "Metadata updated: refundable, title"),
        (PRICE, S.FAILED, False, None),
        (METADATA, S.CANCELLED, False, None),
    ],
)
def test_results(operation: Operation, state: ItemState, success: bool, message: str | None) -> None:
    """Each outcome reads as the table of the interface says."""
    body = wire.result_json(item(operation=operation, value=VALUES[operation], state=state))
    assert (body["success"], body["outcome"], body["message"]) == (
        success,
        "pending" if state is S.SUBMITTED else state.value,
        message,
    )


def test_forms() -> None:
    """A txid has 0x, a time is UTC with Z whatever its zone, nothing is null that is known."""
    at = datetime(2026, 1, 2, 5, 4, 5, 678_900, timezone(timedelta(hours=2)))
    given = {"txid": "ab" * 32, "nonce": 0, "fee": 2000, "block_height": 7, "error": "why"}
    body = wire.result_json(item(state=S.OFF_CHAIN, updated_at=at, **given))
    assert body["txId"] == "0x" + "ab" * 32
    assert body["timestamp"] == "2026-01-02T03:04:05.678900Z"
    assert [body[name] for name in ("nonce", "fee", "blockHeight", "error")] == [0, 2000, 7, "why"]
    assert wire.result_json(item())["outcome"] is None


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (PRICE, "Batch price update initiated"),
        (REMOVAL, "Batch removal initiated"),
        (METADATA, "Batch metadata update initiated"),
    ],
)
def test_initiated(operation: Operation, message: str) -> None:
    """The answer to a submitted batch has the words of the interface."""
    body = wire.initiated_json(batch({S.QUEUED: 3}, operation=operation))
    assert body == {"message": message, "batchId": "B1", "status": "pending", "totalItems": 3}


def test_started() -> None:
    """A retry names its parent and each item that it left out; a revert likewise."""
    skipped = (Skipped("c9", "Superseded by batch B7"),)
    body = wire.started_json(Started(batch({S.QUEUED: 1}, retry_of="B0"), skipped))
    assert body["retryOf"] == "B0"
    assert body["skipped"] == [{"contentId": "c9", "reason": "Superseded by batch B7"}]
    assert wire.started_json(Started(batch({}, revert_of="B0"), ()))["revertOf"] == "B0"


def test_other_nouns() -> None:
    """Contents, signers, stories and changes are camelCase JSON; a signer has an address and no key."""
    signer = SignerInfo(CREATOR, (CREATOR,), True, 3, 10, 1, 2)
    changes = Changes("r1", False, (batch({}),), (item(),), (content(),), (signer,))
    body = wire.changes_json(changes, NOW, LIMITS)
    assert json.loads(json.dumps(body)) == body
    assert body["items"][0]["batchId"] == "B1"
    assert body["contents"][0]["onChainId"] == 1
    assert set(body["lanes"][0]) == {
        "address", "creators", "simulated", "nonce", "balance", "inFlight", "waiting", "held", "paused",
        "removing",
    }  # fmt: skip
    assert wire.transition_json(Transition(NOW, "TxSigned", S.SIGNED, txid="ab"))["txId"] == "0xab"
