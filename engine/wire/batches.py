"""Batches and results as JSON, and the answers to what starts a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from engine.core.lifecycle import outcome
from engine.core.model import Batch, BatchStatus, Group, Item, Operation, Outcome
from engine.core.operations import RULES
from engine.core.reports import (
    Skipped,
    Started,
)
from engine.core.summary import Metrics, Thresholds, alerts, counts, metrics, status
from engine.wire.forms import Json, milliseconds, time, txid

_INITIATED: Mapping[Operation, str] = {
    Operation.UPDATE_PRICE: "Batch price update initiated",
    Operation.REMOVE_CONTENT: "Batch removal initiated",
    Operation.UPDATE_METADATA: "Batch metadata update initiated",
}


def batch_json(
    batch: Batch, items: Sequence[Item] | None, now: datetime, limits: Thresholds, *, results: bool = True
) -> Json:
    """Write a batch; without ``items`` it has no contentIds and no results, nor with ``results=False``."""
    found = counts(batch)
    body: Json = {
        "batchId": batch.id,
        "creator": batch.creator,
        "operationType": batch.operation,
        "status": status(batch),
        "totalItems": found.total,
        "successCount": found.success,
        "failureCount": found.failure,
        "cancelledCount": found.cancelled,
        "confirmedCount": found.confirmed,
        "pendingCount": found.pending,
        "offChainCount": found.off_chain,
        "catalogueOnlyCount": found.catalogue_only,
    }
    if items is not None:
        body["contentIds"] = [item.content_id for item in items]
    body["updatePayload"] = dict(batch.payload)
    if items is not None and results:
        body["results"] = [result_json(item) for item in items if outcome(item)]
    return body | _history(batch) | _measures(batch, now, limits)


def _history(batch: Batch) -> Json:
    return {
        "createdAt": time(batch.created_at),
        "startedAt": time(batch.started_at),
        "completedAt": time(batch.completed_at),
        "settledAt": time(batch.settled_at),
        "scheduledFor": time(batch.scheduled_for),
        "retryOf": batch.retry_of,
        "revertOf": batch.revert_of,
        "error": batch.error,
        "why": batch.why,
        "who": batch.who,
        "group": _group_json(batch.group),
    }


def _group_json(group: Group | None) -> Json | None:
    return None if group is None else {"groupId": group.id, "place": group.place, "size": group.size}


def _measures(batch: Batch, now: datetime, limits: Thresholds) -> Json:
    return {
        "feeTotal": batch.tally.fee_total,
        "metrics": _metrics_json(metrics(batch, now)),
        "alerts": list(alerts(batch, now, limits)),
    }


def _metrics_json(measured: Metrics) -> Json:
    return {
        "startTime": time(measured.start),
        "endTime": time(measured.end),
        "totalDuration": milliseconds(measured.duration),
        "itemCount": measured.items,
        "avgTimePerItem": milliseconds(measured.average),
        "successRate": measured.success_rate,
        "failureRate": measured.failure_rate,
    }


def result_json(item: Item) -> Json:
    """Write the result of an item; outcome and what hangs on it are null while it has none."""
    ended = outcome(item)
    succeeded = None if ended is None else ended not in (Outcome.FAILED, Outcome.CANCELLED)
    return {
        "contentId": item.content_id,
        "success": succeeded,
        "outcome": ended,
        "message": RULES[item.operation].sentence(item.value, ended) if ended else None,
        "error": item.error,
        "txId": txid(item.txid),
        "nonce": item.nonce,
        "fee": item.fee,
        "blockHeight": item.block_height,
        "timestamp": time(item.updated_at),
    }


def initiated_json(batch: Batch) -> Json:
    """Write the answer to a batch that was accepted: as it was then, also when it is given again much later."""
    return {
        "message": _INITIATED[batch.operation],
        "batchId": batch.id,
        "status": BatchStatus.SCHEDULED if batch.scheduled_for else BatchStatus.PENDING,
        "totalItems": batch.tally.total,
    }


def started_json(started: Started) -> Json:
    """Write the answer to a retry or revert that was accepted, with what was left out of it."""
    batch = started.batch
    parent = {"retryOf": batch.retry_of} if batch.retry_of else {"revertOf": batch.revert_of}
    return initiated_json(batch) | parent | {"skipped": [skipped_json(one) for one in started.skipped]}


def skipped_json(skipped: Skipped) -> Json:
    """Write an item that was left out, and why."""
    return {"contentId": skipped.content_id, "reason": skipped.reason}
