"""What comes out: the nouns of the API as schemas, field by field as `engine.wire` writes them."""

from __future__ import annotations

from engine.core.attempts import MOST_RETRIES
from engine.core.model import BatchStatus, Hold, ItemState, Operation, Outcome
from engine.core.oversight import Act
from engine.core.reports import Foreseen
from engine.web.openapi.engine_nouns import ENGINE_NOUNS, TXID
from engine.web.openapi.forms import Schema, flag, integer, many, maybe, moment, named, noun, number, text, words

_SCALARS: Schema = {
    "type": "object",
    "description": "Catalogue fields and their values.",
    "additionalProperties": {"type": ["string", "integer", "boolean", "null"]},
}
_COUNTS = (
    "totalItems",
    "successCount",
    "failureCount",
    "cancelledCount",
    "confirmedCount",
    "pendingCount",
    "offChainCount",
    "catalogueOnlyCount",
)
_BATCH_HEAD: dict[str, Schema] = {
    "batchId": text(1),
    "creator": text(1),
    "operationType": words(Operation),
    "status": words(BatchStatus),
    **{name: integer() for name in _COUNTS},
}
_GROUP = noun(
    {"groupId": text(1), "place": integer(1), "size": integer(2)},
    description="Which of several batches that were submitted as one it is.",
)
_BATCH_TAIL: dict[str, Schema] = {
    "updatePayload": {"type": "object", "description": "What was asked for: a value for all, or items with one each."},
    "createdAt": moment(),
    **{name: maybe(moment()) for name in ("startedAt", "completedAt", "settledAt", "scheduledFor")},
    **{name: maybe(text()) for name in ("retryOf", "revertOf", "error", "why")},
    "who": text(),
    "group": maybe(_GROUP),
    "feeTotal": integer(description="µSTX"),
    "metrics": named("Metrics"),
    "alerts": many(text()),
    "hold": words(Hold),
    "states": {"type": "object", "propertyNames": words(ItemState), "additionalProperties": integer()},
    "lost": integer(description="Items in applied or signed that had been submitted before."),
}
_RESULT: dict[str, Schema] = {
    "contentId": text(1),
    "success": maybe(flag()),
    "outcome": maybe(words(Outcome)),
    "message": maybe(text()),
    "error": maybe(text()),
    "txId": TXID,
    "nonce": maybe(integer()),
    "fee": maybe(integer(description="µSTX")),
    "blockHeight": maybe(integer()),
    "timestamp": moment(),
}
_ITEM: dict[str, Schema] = _RESULT | {
    "batchId": text(1),
    "itemId": integer(),
    "position": integer(),
    "creator": text(1),
    "operationType": words(Operation),
    "state": words(ItemState),
    "value": _SCALARS,
    "replaced": maybe(_SCALARS),
    "title": text(),
    "onChainId": maybe(integer()),
    "order": maybe(integer(description="Place in catalogue order.")),
    "submitted": flag(),
    "signer": maybe(text()),
}
_CHANGE = noun(
    {
        "at": moment(),
        "who": text(),
        "old": _SCALARS,
        "new": _SCALARS,
        "item": maybe(named("Item")),
        "why": maybe(text(description="The reason that was given for its batch.")),
    },
    description="One change of a content; without an item it was an import.",
)
_ON_CHAIN = noun(
    {"creator": text(1), "price": integer(description="µSTX"), "foreign": flag()},
    description="What the contract has; foreign: of another creator than the catalogue's.",
)
WAITS = text(description="What another batch, accepted and not applied yet, is to make of it.")
_REVIEW_ROW = noun(
    {
        "contentId": text(1),
        "title": text(),
        "old": text(),
        "new": text(),
        "unchanged": flag(),
        "problem": maybe(text()),
        "warning": maybe(text()),
        "calls": flag(),
        "preflight": maybe(words(Foreseen)),
        "waits": maybe(WAITS),
    }
)
_PREFLIGHT = noun(
    {name: integer() for name in ("asked", "passes", "aborts", "notTried")}
    | {"why": maybe(text()), "abortFees": integer(), "reasons": many(noun({"reason": text(), "count": integer()}))}
)
_FUNDS = noun(
    {
        "needs": integer(),
        "reserved": integer(),
        "payableCalls": maybe(integer()),
        "enough": maybe(flag()),
        "feeMaxBatch": maybe(integer()),
        "callsOverFeeMaxBatch": integer(),
    }
)

NOUNS: dict[str, Schema] = ENGINE_NOUNS | {
    "Batch": noun(_BATCH_HEAD | {"contentIds": many(text(1)), "results": many(named("Result"))} | _BATCH_TAIL),
    "ListedBatch": noun(_BATCH_HEAD | {"contentIds": many(text(1))} | _BATCH_TAIL),
    "ChangedBatch": noun(_BATCH_HEAD | _BATCH_TAIL),
    "Metrics": noun(
        {
            "startTime": moment(),
            "endTime": maybe(moment()),
            "totalDuration": integer(description="ms"),
            "itemCount": integer(),
            "avgTimePerItem": maybe(integer(description="ms")),
            "successRate": maybe(number(minimum=0, maximum=1)),
            "failureRate": maybe(number(minimum=0, maximum=1)),
        }
    ),
    "Result": noun(_RESULT),
    "Item": noun(_ITEM),
    "SelectedItem": noun(_ITEM | {"newValue": _SCALARS}),
    "Skipped": noun({"contentId": text(), "reason": text()}),
    "Retries": noun(
        {
            "batchId": text(1, description="The batch that begins the chain."),
            "total": integer(description=f"Every retry; the newest {MOST_RETRIES} are told one by one."),
            "batches": many(named("ChangedBatch"), 1),
            "attempts": many(named("Attempt"), description="Those of these batches."),
            "last": many(named("Attempt"), description="What each content came to; a cancelled retry counts for none."),
        }
    ),
    "Attempt": noun(
        {
            "contentId": text(1),
            "batchId": text(1),
            "title": text(),
            "outcome": maybe(words(Outcome)),
            "error": maybe(text()),
        }
    ),
    "Initiated": noun(
        {
            "message": text(1),
            "batchId": text(1),
            "status": {"type": "string", "enum": ["pending", "scheduled"]},
            "totalItems": integer(1),
        }
    ),
    "Transition": noun(
        {
            "at": moment(),
            "event": text(1),
            "state": words(ItemState),
            "detail": text(),
            "txId": TXID,
            "nonce": maybe(integer()),
        }
    ),
    "Content": noun(
        {
            "contentId": text(1, 128),
            "onChainId": maybe(integer()),
            "creator": text(1),
            "title": text(),
            "description": text(),
            "contentType": text(),
            "price": integer(1, description="µSTX"),
            "tokenGating": flag(),
            "refundable": flag(),
            "refundWindowDays": integer(),
            "url": text(),
            "removedAt": maybe(moment()),
            "removalReason": maybe(text()),
        }
    ),
    "ContentStory": noun(
        {
            "content": named("Content"),
            "total": integer(description="All changes, also those that aren't listed."),
            "changes": many(_CHANGE),
            "onChain": maybe(_ON_CHAIN),
            "unknown": maybe(text(description="Why nobody can tell what the contract has; null when it is told.")),
            "waits": maybe(WAITS),
        }
    ),
    "Signer": noun(
        {
            "address": text(1),
            "creators": many(text(1)),
            "simulated": flag(),
            "nonce": maybe(integer()),
            "balance": maybe(integer(description="µSTX")),
            "inFlight": integer(),
            "waiting": integer(),
            "held": maybe(text(description="Why the lane is held.")),
            "paused": flag(description="Somebody paused it."),
            "removing": integer(description="Of the waiting items those that remove their content."),
        }
    ),
    "Alert": noun({"key": text(1), "message": text(1), "since": moment()}),
    "KeptAlert": noun(
        {
            "alertId": integer(1),
            "key": text(1),
            "message": text(1),
            "since": moment(),
            "batchId": maybe(text()),
            "endedAt": maybe(moment()),
            "acknowledgedAt": maybe(moment()),
            "acknowledgedBy": maybe(text()),
            "why": maybe(text()),
        }
    ),
    "Deed": noun(
        {
            "at": moment(),
            "who": text(),
            "act": words(Act),
            "batchId": maybe(text()),
            "parent": maybe(text()),
            "detail": text(),
            "why": maybe(text()),
        }
    ),
    "Review": noun(
        {
            "operationType": words(Operation),
            "creator": text(),
            "totalItems": integer(),
            "batches": integer(),
            "calls": integer(),
            "feeEach": integer(),
            "feeTotal": integer(),
            "signer": maybe(text()),
            "balance": maybe(integer()),
            "chain": text(),
            "refused": maybe(text()),
            "preflight": _PREFLIGHT,
            "funds": _FUNDS,
            "items": many(_REVIEW_ROW),
        }
    ),
    "Health": noun(
        {
            "message": text(1),
            "ok": flag(),
            "network": text(1),
            "chain": text(1, description="off, devnet, or of each node scheme, host and port; never its path"),
            "simulated": flag(),
            "database": text(1),
            "paused": flag(),
            "parts": many(noun({"name": text(1), "ok": flag(), "detail": text()})),
            "statuses": {"type": "object", "propertyNames": words(BatchStatus), "additionalProperties": integer()},
            "averageDuration": maybe(integer(description="ms")),
            "successRate": maybe(number()),
            "node": maybe(noun({"ok": flag(), "detail": text()})),
            "signers": many(named("Signer")),
        }
    ),
    "Refusal": noun({"message": text(1), "code": text(1)}),
    "Problems": noun(
        {
            "message": text(1),
            "code": {"const": "invalid"},
            "errors": many(noun({"field": text(), "message": text(1)}), 1),
        },
        {"submitted": integer(), "allowed": integer()},
    ),
}
