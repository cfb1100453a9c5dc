"""What the answer to a post means: accepted, unclear, deferred or refused. Pure; every answer has a meaning."""

from __future__ import annotations

from datetime import datetime, timedelta

from engine.core.events import TxAccepted, TxDeferred, TxEvent, TxRefused, TxUnclear
from engine.node.answers import REMEDIES, Answer, mapping, string
from engine.node.patience import TOO_MANY, too_many
from engine.node.reasons import Rejection, rule
from engine.node.wire import Lost, Question
from engine.node.wording import clean
from engine.ports import NodeUnreachable

RECONNECT = 2.0
UNDECODABLE = "Failed to decode"


def post(raw: bytes) -> Question:
    """Return the request that posts a transaction's bytes."""
    return Question("POST", "/v2/transactions", content=raw, kind="application/octet-stream")


def lost(loss: Lost, txid: str, now: datetime) -> TxEvent:
    """Say what a post without an answer means."""
    if loss.sent:
        return TxUnclear(txid, f"{loss}: it may have arrived")
    return TxDeferred(txid, str(loss), now + timedelta(seconds=RECONNECT), unreachable=True)


def held(rest: float, txid: str, now: datetime) -> TxEvent:
    """Say what a post means that wasn't tried, because the node wants to be left alone for ``rest`` seconds."""
    again = now + timedelta(seconds=rest)
    return TxDeferred(txid, "The node's rate limit is used up: posted when that is over", again, unreachable=True)


def answered(answer: Answer, raw: bytes, txid: str, now: datetime) -> TxEvent:
    """Say what an answer to a post of these bytes means; a status that proves nothing leaves them in doubt."""
    again = None if answer.wait is None else now + timedelta(seconds=answer.wait)
    if answer.status == 200:
        return _taken(answer, txid)
    if answer.status == TOO_MANY:
        return TxDeferred(txid, too_many(answer.headers), again, posted=True)
    if answer.status == 400:
        return _rejected(answer, raw, txid, now)
    if answer.status in REMEDIES:
        return TxDeferred(txid, f"Nothing was posted. {answer.closed}", again, unreachable=True)
    return TxUnclear(txid, f"{answer.complaint}; it may have arrived", again)


def _taken(answer: Answer, txid: str) -> TxEvent:
    try:
        said = answer.json()
    except NodeUnreachable:
        return TxUnclear(txid, "The node's acceptance can't be read; it may have arrived")
    if isinstance(said, str) and _same(said, txid):
        return TxAccepted(txid)
    return TxUnclear(txid, f"The node accepted something else: {clean(said, 80) or 'no transaction id'}")


def _rejected(answer: Answer, raw: bytes, txid: str, now: datetime) -> TxEvent:
    if not answer.is_json:
        return _plain(answer, txid)
    try:
        fields = answer.object()
        reason = string(fields, "reason")
        data = mapping(fields.get("reason_data") or {}, "reason_data")
    except NodeUnreachable:
        return TxUnclear(txid, f"The node refused, and its reason can't be read: {answer.text}")
    about = fields.get("txid")
    if isinstance(about, str) and not _same(about, txid):
        return TxUnclear(txid, f"The node refused another transaction: {clean(about, 80)}")
    return rule(Rejection(raw, txid, reason, data, now))


def _plain(answer: Answer, txid: str) -> TxEvent:
    """Only the node's own words for bytes it can't read are a definite no; a proxy may say anything else."""
    if answer.text.startswith(UNDECODABLE):
        return TxRefused(txid, f"The node can't read the transaction: {answer.text}")
    return TxUnclear(txid, f"{answer.complaint}; it may have arrived")


def _same(said: str, txid: str) -> bool:
    return said.strip().lower().removeprefix("0x") == txid
