"""Contents, signers, reviews, stories, health and changes as JSON."""

from __future__ import annotations

from datetime import datetime

from engine.core.foresight import foresight, funds
from engine.core.model import Content
from engine.core.oversight import Deed, KeptAlert
from engine.core.reports import Alert, Changes, Health, Review, ReviewRow, SignerInfo, Transition
from engine.core.summary import Thresholds
from engine.wire.forms import Json, milliseconds, time, txid
from engine.wire.whole import item_json, whole_batch_json


def content_json(content: Content) -> Json:
    """Write an item of the catalogue."""
    return {
        "contentId": content.content_id,
        "onChainId": content.on_chain_id,
        "creator": content.creator,
        "title": content.title,
        "description": content.description,
        "contentType": content.content_type,
        "price": content.price,
        "tokenGating": content.token_gating,
        "refundable": content.refundable,
        "refundWindowDays": content.refund_window_days,
        "url": content.url,
        "removedAt": time(content.removed_at),
        "removalReason": content.removal_reason,
    }


def signer_json(signer: SignerInfo) -> Json:
    """Write a signer and its lane: an address, never a key."""
    return {
        "address": signer.address,
        "creators": list(signer.creators),
        "simulated": signer.simulated,
        "nonce": signer.nonce,
        "balance": signer.balance,
        "inFlight": signer.in_flight,
        "waiting": signer.waiting,
        "held": signer.held,
        "paused": signer.paused,
        "removing": signer.removing,
    }


def review_json(review: Review) -> Json:
    """Write what a draft would do."""
    return {
        "operationType": review.operation,
        "creator": review.creator,
        "totalItems": len(review.rows),
        "batches": review.batches,
        "calls": review.calls,
        "feeEach": review.fee_each,
        "feeTotal": review.fee_total,
        "signer": review.signer,
        "balance": review.balance,
        "chain": review.chain,
        "refused": review.refused,
        "preflight": _preflight_json(review),
        "funds": _funds_json(review),
        "items": [review_row_json(row) for row in review.rows],
    }


def review_row_json(row: ReviewRow) -> Json:
    """Write one content of a review."""
    return {
        "contentId": row.content_id,
        "title": row.title,
        "old": row.old,
        "new": row.new,
        "unchanged": row.unchanged,
        "problem": row.problem,
        "warning": row.warning,
        "calls": row.calls,
        "preflight": row.foreseen,
        "waits": row.waits,
    }


def _preflight_json(review: Review) -> Json:
    found = foresight(review.rows, review.fee_each)
    return {
        "asked": found.asked,
        "passes": found.passes,
        "aborts": found.aborts,
        "notTried": found.untried,
        "why": review.untried if found.untried else None,
        "abortFees": found.fees,
        "reasons": [{"reason": reason, "count": count} for reason, count in found.reasons],
    }


def _funds_json(review: Review) -> Json:
    held = funds(review, review.rows)
    return {
        "needs": held.needs,
        "reserved": held.reserved,
        "payableCalls": held.payable,
        "enough": None if held.balance is None else not held.short,
        "feeMaxBatch": held.cap,
        "callsOverFeeMaxBatch": held.capped,
    }


def transition_json(transition: Transition) -> Json:
    """Write one line of an item's story."""
    return {
        "at": time(transition.at),
        "event": transition.event,
        "state": transition.state,
        "detail": transition.detail,
        "txId": txid(transition.txid),
        "nonce": transition.nonce,
    }


def health_json(health: Health) -> Json:
    """Write how the engine is."""
    return {
        "ok": health.ok,
        "network": health.network,
        "chain": health.chain,
        "simulated": health.simulated,
        "database": health.database,
        "paused": health.paused,
        "parts": [{"name": part.name, "ok": part.ok, "detail": part.detail} for part in health.parts],
        "statuses": {str(name): number for name, number in health.statuses.items()},
        "averageDuration": milliseconds(health.average_duration),
        "successRate": health.success_rate,
    }


def alert_json(alert: Alert) -> Json:
    """Write an alert."""
    return {"key": alert.key, "message": alert.message, "since": time(alert.since)}


def kept_alert_json(alert: KeptAlert) -> Json:
    """Write an alert as it is kept, with who has seen it."""
    return {
        "alertId": alert.id,
        "key": alert.key,
        "message": alert.message,
        "since": time(alert.since),
        "batchId": alert.batch_id,
        "endedAt": time(alert.ended_at),
        "acknowledgedAt": time(alert.acknowledged_at),
        "acknowledgedBy": alert.acknowledged_by,
        "why": alert.why,
    }


def deed_json(deed: Deed) -> Json:
    """Write one line of the audit."""
    return {
        "at": time(deed.at),
        "who": deed.who,
        "act": deed.act,
        "batchId": deed.batch_id,
        "parent": deed.parent,
        "detail": deed.detail,
        "why": deed.why,
    }


def changes_json(changes: Changes, now: datetime, limits: Thresholds) -> Json:
    """Write what changed after a revision; batches without their contents, items whole."""
    return {
        "revision": changes.revision,
        "more": changes.more,
        "batches": [whole_batch_json(batch, None, now, limits) for batch in changes.batches],
        "items": [item_json(item) for item in changes.items],
        "contents": [content_json(content) for content in changes.contents],
        "lanes": [signer_json(lane) for lane in changes.lanes],
        "alerts": [alert_json(alert) for alert in changes.alerts],
    }
