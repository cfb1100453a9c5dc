"""PURE: a batch, a review or a list in words and rows, as commands print them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from console.cli.output import table
from console.forms import many
from engine.core.foresight import abort_line, cap_line, foresight, funds, short_line, untried_line
from engine.core.lifecycle import outcome
from engine.core.model import Batch, BatchStatus, Item, Outcome
from engine.core.operations import RULES, stx
from engine.core.oversight import Deed, KeptAlert
from engine.core.reports import Foreseen, Review, ReviewRow, SignerInfo, Skipped
from engine.core.summary import Thresholds, alerts, counts, is_settled, metrics, status
from engine.wire import time, txid

BATCH_HEADERS = ("BATCH", "STATUS", "OPERATION", "ITEMS", "RESULTS", "CREATED", "CREATOR")
ITEM_HEADERS = ("CONTENT", "OUTCOME", "CHANGE", "TXID", "SAYS", "TITLE")
SIGNER_HEADERS = ("ADDRESS", "BALANCE", "NONCE", "IN FLIGHT", "WAITING", "NOTE")
DEED_HEADERS = ("WHEN", "WHO", "DID", "TO", "WHY")
ALERT_HEADERS = ("ALERT", "SINCE", "STATE", "SAYS")
REVIEW_HEADERS = ("CONTENT", "OLD", "NEW", "NOTE", "TITLE")


def outcomes(batch: Batch) -> str:
    """Return e.g. ``98 confirmed, 2 off-chain``; empty while there is no result."""
    found = counts(batch)
    return ", ".join(f"{found.of(one)} {one}" for one in Outcome if found.of(one))


def batch_row(batch: Batch) -> Sequence[object]:
    """Return a batch as a row under `BATCH_HEADERS`."""
    found = counts(batch)
    done = f"{found.done}/{found.total}"
    created = time(batch.created_at)
    return batch.id, status(batch), batch.operation, done, outcomes(batch) or "-", created, batch.creator


def batch_lines(batch: Batch, now: datetime, limits: Thresholds, chain: str, retryable: int) -> list[str]:
    """Return all that is known of a batch, a fact a line, and how many items of it a retry would take."""
    measured, found = metrics(batch, now), counts(batch)
    rate = "" if measured.success_rate is None else f", {measured.success_rate:.0%} succeeded"
    facts = [
        ("Status", _status(batch)),
        ("Creator", batch.creator),
        ("Change", _change(batch)),
        ("Items", f"{found.total}: {outcomes(batch) or 'no result yet'}"),
        ("Chain", chain),
        ("Fees", stx(batch.tally.fee_total)),
        ("Took", f"{measured.duration:.1f} s{rate}" if found.done else ""),
        ("Part", f"{batch.group.place} of {batch.group.size} of group {batch.group.id}" if batch.group else ""),
        ("Retry of", batch.retry_of or ""),
        ("Revert of", batch.revert_of or ""),
        ("Scheduled", time(batch.scheduled_for) or ""),
        ("Created", f"{time(batch.created_at)} by {batch.who or 'somebody'}"),
        ("Started", time(batch.started_at) or ""),
        ("Completed", time(batch.completed_at) or ""),
        ("Settled", time(batch.settled_at) or ""),
        ("Why", batch.why or ""),
        ("Error", batch.error or ""),
        *(("Alert", alert) for alert in alerts(batch, now, limits)),
    ]
    lines = [f"Batch {batch.id}", *(f"{name + ':':11}{text}" for name, text in facts if text)]
    return [*lines, *([f"{retryable} can be tried again: batchdeck retry {batch.id}"] if retryable else [])]


def _status(batch: Batch) -> str:
    now = status(batch)
    unsettled = now in (BatchStatus.COMPLETED, BatchStatus.CANCELLED) and not is_settled(batch)
    return f"{now}, and the chain is still at work" if unsettled else now


def _change(batch: Batch) -> str:
    rule = RULES[batch.operation]
    value, problems = rule.read(batch.payload, "")
    return f"{batch.operation}, a value for each item" if problems else f"{batch.operation}: {rule.diff(value)}"


def item_row(item: Item) -> Sequence[object]:
    """Return an item as a row under `ITEM_HEADERS`; without an outcome its state stands there."""
    ended, rule = outcome(item), RULES[item.operation]
    said = item.error or (rule.sentence(item.value, ended) if ended else None) or ""
    return item.content_id, ended or item.state, rule.diff(item.value), txid(item.txid) or "-", said, item.title


def deed_lines(deeds: Iterable[Deed]) -> list[str]:
    """Return a line for each thing that somebody did."""
    rows = [(time(deed.at), deed.who or "somebody", deed.act, _about(deed), deed.why or "") for deed in deeds]
    return table(DEED_HEADERS, rows)


def alert_row(alert: KeptAlert) -> Sequence[object]:
    """Return an alert as a row under `ALERT_HEADERS`."""
    seen = f"seen by {alert.acknowledged_by or 'somebody'}" if alert.acknowledged_at else ""
    ended = "ended" if alert.ended_at else ""
    return alert.id, time(alert.since), ", ".join(filter(None, (ended, seen))) or "open", alert.message


def _about(deed: Deed) -> str:
    parent = f"of {deed.parent}" if deed.parent else ""
    return " ".join(part for part in (deed.detail, deed.batch_id, parent) if part)


def skipped_lines(skipped: Iterable[Skipped]) -> list[str]:
    """Return a line for each item that was left out."""
    return [f"Left out {one.content_id}: {one.reason}" for one in skipped]


def review_rows(review: Review) -> list[Sequence[object]]:
    """Return the rows of a review under `REVIEW_HEADERS`."""
    return [(row.content_id, row.old, row.new, _note(row), row.title) for row in review.rows]


def _note(row: ReviewRow) -> str:
    said = row.problem or ("unchanged" if row.unchanged else "")
    if row.warning and not row.problem:
        said = f"{'would abort: ' if row.foreseen is Foreseen.ABORTS else ''}{row.warning}"
    return ", ".join(filter(None, (said, f"another change waits: {row.waits}" if row.waits else "")))


def review_lines(review: Review, chain: str) -> list[str]:
    """Return what a draft would cost, who would pay, and on which chain."""
    bad = sum(row.problem is not None for row in review.rows)
    return [
        f"{many(len(review.rows), 'item')}, {bad} of which would fail, in {many(review.batches, 'batch', 'batches')}",
        f"Chain: {chain}",
        _cost(review),
        *foresight_lines(review),
        "Nothing was stored.",
    ]


def _cost(review: Review) -> str:
    if review.chain == "off":
        return "No chain is configured: what has a call to make would stay off-chain"
    calls = many(review.calls, "contract call")
    if review.calls and review.signer is None:
        return f"{calls}, fees unknown: nobody would sign them as things stand"
    payer = f", signed by {review.signer}" if review.signer else ""
    balance = "" if review.balance is None else f", which has {stx(review.balance)}"
    return f"{calls}, {stx(review.fee_total)} of fees{payer}{balance}"


def foresight_lines(review: Review) -> list[str]:
    """Return what would keep a draft from being submitted, aborted by the contract, or paid; a reason a line."""
    if review.refused:
        return [f"Nothing can be submitted: {review.refused}"]
    found, held = foresight(review.rows, review.fee_each), funds(review, review.rows)
    aborts, untried = abort_line(found), untried_line(found, review.untried)
    short, cap = short_line(held), cap_line(held)
    return [
        *([f"Preflight: {aborts}"] if aborts else []),
        *(f"  {count} x {reason}" for reason, count in found.reasons),
        *([untried[:1].upper() + untried[1:]] if untried else []),
        *([f"Not enough funds: {short}"] if short else []),
        *([cap] if cap else []),
    ]


def signer_row(signer: SignerInfo) -> Sequence[object]:
    """Return a signer as a row under `SIGNER_HEADERS`."""
    balance = "unknown" if signer.balance is None else stx(signer.balance)
    nonce = "unknown" if signer.nonce is None else signer.nonce
    plays = f"simulated, plays {', '.join(signer.creators)}" if signer.simulated else ""
    return signer.address, balance, nonce, signer.in_flight, signer.waiting, signer.held or plays
