"""PURE: JSON becomes selections, reviews, stories, changes, health and the audit again."""

from __future__ import annotations

from engine.core.attempts import Attempt, Retries
from engine.core.content_story import ContentChange, ContentStory, OnChain
from engine.core.model import BatchStatus, ItemState, Operation, Outcome
from engine.core.oversight import Act, Deed, KeptAlert
from engine.core.reports import (
    Alert,
    Changes,
    Creator,
    Foreseen,
    Health,
    Part,
    Review,
    ReviewRow,
    Selection,
    SignerInfo,
    Skipped,
    Transition,
)
from engine.remote import nouns
from engine.remote.nouns import Json, many, moment, time, txid


def skipped(body: Json) -> Skipped:
    """Read what was left out, and why."""
    return Skipped(body["contentId"], body["reason"])


def selection(body: Json) -> Selection:
    """Read what a retry or revert would take and leave."""
    rows = body["items"]
    values = tuple(nouns.snake(row["newValue"]) for row in rows)
    return Selection(body["batchId"], many(nouns.item, rows), values, many(skipped, body["skipped"]))


def retries(body: Json) -> Retries:
    """Read a chain of retries."""
    batches, attempts = many(nouns.batch, body["batches"]), many(_attempt, body["attempts"])
    return Retries(batches, attempts, many(_attempt, body["last"]), body["total"])


def _attempt(body: Json) -> Attempt:
    ended = None if body["outcome"] is None else Outcome(body["outcome"])
    return Attempt(body["contentId"], body["batchId"], body["title"], ended, body["error"])


def transition(body: Json) -> Transition:
    """Read one line of an item's story."""
    at, state = moment(body["at"]), ItemState(body["state"])
    return Transition(at, body["event"], state, body["detail"], txid(body["txId"]), body["nonce"])


def creator(body: Json) -> Creator:
    """Read a creator."""
    return Creator(body["address"], body["contents"])


def content_story(body: Json) -> ContentStory:
    """Read a content with its changes, and what the contract has of it."""
    told = body["onChain"]
    on_chain = None if told is None else OnChain(str(told["creator"]), int(told["price"]), bool(told["foreign"]))
    changes = many(_change, body["changes"])
    found, total = nouns.content(body["content"]), int(body["total"])
    return ContentStory(found, changes, total, on_chain, body["unknown"], body["waits"])


def _change(body: Json) -> ContentChange:
    item = None if body["item"] is None else nouns.item(body["item"])
    old, new = nouns.snake(body["old"]), nouns.snake(body["new"])
    return ContentChange(moment(body["at"]), body["who"], old, new, item, body["why"])


def signer(body: Json) -> SignerInfo:
    """Read a signer and its lane."""
    return SignerInfo(
        address=body["address"],
        creators=tuple(body["creators"]),
        simulated=body["simulated"],
        nonce=body["nonce"],
        balance=body["balance"],
        in_flight=body["inFlight"],
        waiting=body["waiting"],
        held=body["held"],
        paused=bool(body.get("paused", False)),
        removing=body.get("removing", 0),
    )


def alert(body: Json) -> Alert:
    """Read an alert."""
    return Alert(body["key"], body["message"], moment(body["since"]))


def kept_alert(body: Json) -> KeptAlert:
    """Read an alert as it is kept."""
    return KeptAlert(
        id=body["alertId"],
        key=body["key"],
        message=body["message"],
        since=moment(body["since"]),
        batch_id=body["batchId"],
        ended_at=time(body["endedAt"]),
        acknowledged_at=time(body["acknowledgedAt"]),
        acknowledged_by=body["acknowledgedBy"],
        why=body["why"],
    )


def deed(body: Json) -> Deed:
    """Read one line of the audit."""
    at, act = moment(body["at"]), Act(body["act"])
    return Deed(at, body["who"], act, body["batchId"], body["parent"], body["detail"], body["why"])


def changes(body: Json) -> Changes:
    """Read what changed after a revision."""
    return Changes(
        revision=body["revision"],
        more=body["more"],
        batches=many(nouns.batch, body["batches"]),
        items=many(nouns.item, body["items"]),
        contents=many(nouns.content, body["contents"]),
        lanes=many(signer, body["lanes"]),
        alerts=many(alert, body["alerts"]),
    )


def health(body: Json) -> Health:
    """Read how every part is."""
    average = body["averageDuration"]
    return Health(
        ok=body["ok"],
        network=body["network"],
        chain=body["chain"],
        simulated=body["simulated"],
        database=body["database"],
        paused=body["paused"],
        parts=many(_part, body["parts"]),
        statuses={BatchStatus(name): int(count) for name, count in body["statuses"].items()},
        average_duration=None if average is None else average / 1000,
        success_rate=body["successRate"],
    )


def _part(body: Json) -> Part:
    return Part(body["name"], body["ok"], body["detail"])


def review(body: Json) -> Review:
    """Read what a draft would do."""
    return Review(
        operation=Operation(body["operationType"]),
        creator=body["creator"],
        rows=many(_review_row, body["items"]),
        batches=body["batches"],
        calls=body["calls"],
        fee_each=body["feeEach"],
        fee_total=body["feeTotal"],
        signer=body["signer"],
        balance=body["balance"],
        chain=body["chain"],
        reserved=body["funds"]["reserved"],
        fee_cap=body["funds"]["feeMaxBatch"],
        untried=body["preflight"]["why"],
        refused=body["refused"],
    )


def _review_row(body: Json) -> ReviewRow:
    return ReviewRow(
        content_id=body["contentId"],
        title=body["title"],
        old=body["old"],
        new=body["new"],
        unchanged=body["unchanged"],
        problem=body["problem"],
        warning=body["warning"],
        calls=body["calls"],
        foreseen=None if body["preflight"] is None else Foreseen(body["preflight"]),
        waits=body["waits"],
    )
