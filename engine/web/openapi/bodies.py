"""What goes in: the bodies and the parameters of the calls as schemas."""

from __future__ import annotations

from engine.core.asking import MAX_AT_ONCE, MAX_CHANGES, MAX_DRAFTS, MAX_PAGE, MAX_SKIP
from engine.core.byhand import MOST_NONCE
from engine.core.model import BatchStatus, Operation, Outcome
from engine.core.operations.price import MAX_PRICE
from engine.core.operations.remove import MAX_REASON
from engine.core.rules import MAX_ITEMS, MAX_WHY
from engine.web.bodies import TIME
from engine.web.openapi.forms import SAFE_TEXT, Schema, flag, integer, many, maybe, noun, text, words

PRINTABLE = r"^[^\x00-\x1f\x7f-\x9f]*$"
CREATOR = text(28, 41, pattern="^S[0-9A-HJKMNP-TV-Z]{27,40}$", description="A Stacks address of the engine's network.")
CONTENT_ID: Schema = {"anyOf": [text(1, 128, pattern=PRINTABLE), {"type": "integer"}]}
PRICE = integer(1, MAX_PRICE, description="µSTX; 1 STX = 1000000")
REASON = maybe(text(0, MAX_REASON, pattern=SAFE_TEXT))
WHY = maybe(text(0, MAX_WHY, pattern=SAFE_TEXT, description="A note for the audit."))
UPDATES: Schema = noun(
    {},
    {
        "title": text(1, 255, pattern=SAFE_TEXT),
        "description": text(0, 10_000, pattern=SAFE_TEXT),
        "contentType": text(3, 50, pattern=SAFE_TEXT),
        "tokenGating": flag(),
        "refundable": flag(),
        "refundWindowDays": integer(0, 365),
    },
    minProperties=1,
)
_SCHEDULE = maybe(text(pattern=TIME, format="date-time", description="A time with its zone, from 1970 to 9998."))
_SHARED: dict[str, Schema] = {"scheduledFor": _SCHEDULE, "why": WHY}
_IDS = many(CONTENT_ID, 1, uniqueItems=True)
_VALUES: dict[Operation, tuple[str, Schema, bool]] = {
    Operation.UPDATE_PRICE: ("newPrice", PRICE, True),
    Operation.REMOVE_CONTENT: ("removalReason", REASON, False),
    Operation.UPDATE_METADATA: ("updates", UPDATES, True),
}


def draft(operation: Operation, named: bool = False, most: int = MAX_ITEMS, **more: Schema) -> Schema:
    """The body of a draft: one value for all its contents, or each with its own.

    A bound that is far is told in words: tools that make examples would try to reach it.
    """
    field, value, needed = _VALUES[operation]
    head: dict[str, Schema] = ({"operationType": {"const": operation.value}} if named else {}) | {"creator": CREATOR}
    own, optional = ({field: value}, {}) if needed else ({}, {field: value})
    bound: Schema = {"maxItems": most} if most == MAX_ITEMS else {"description": f"At most {most}."}
    for_all = noun(head | {"contentIds": _IDS | bound} | own, _SHARED | more | optional)
    one = noun({"contentId": CONTENT_ID} | own, optional)
    return {"anyOf": [for_all, noun(head | {"items": many(one, 1) | bound}, _SHARED | more)]}


def any_draft(most: int, **more: Schema) -> Schema:
    """The body of a draft that names its operation."""
    return {"oneOf": [draft(operation, named=True, most=most, **more) for operation in Operation]}


DRAFTS = noun({"drafts": many(any_draft(MAX_ITEMS), 1, MAX_DRAFTS)})
REVIEWED = any_draft(
    MAX_AT_ONCE,
    again=many(text(), description="Contents whose own removal is repeated: that they are gone is no obstacle."),
)
_AGAIN = {"type": "string", "enum": ["failed", "off-chain", "cancelled"]}
_SOME = maybe(many(CONTENT_ID, 1, uniqueItems=True, description=f"At most {MAX_AT_ONCE}."))
RETRY = noun({}, {"outcomes": maybe(many(_AGAIN, 1)), "contentIds": _SOME, "why": WHY})
REVERT = noun({}, {"contentIds": _SOME, "why": WHY})
ONLY_WHY = noun({}, {"why": WHY})
_SEEN = maybe(text(pattern="^0x[0-9a-f]{64}$", description="The newest bytes there as you saw them; others: 409."))
_FEE = maybe(integer(1, MOST_NONCE, description="µSTX, exactly; null: what the lane itself would pay."))
BUMP = noun({}, {"txId": _SEEN, "fee": _FEE, "why": WHY})
REPOST = noun({}, {"txId": _SEEN, "why": WHY})
_ROW = noun(
    {"contentId": CONTENT_ID, "creator": CREATOR, "title": text(1, 255, pattern=SAFE_TEXT), "price": PRICE},
    {
        "onChainId": maybe(integer(0, 2**128 - 1)),
        "description": maybe(text(0, 10_000, pattern=SAFE_TEXT)),
        "contentType": maybe(text(0, 50, pattern=SAFE_TEXT)),
        "tokenGating": maybe(flag()),
        "refundable": maybe(flag()),
        "refundWindowDays": maybe(integer(0, 365)),
        "url": maybe(text(0, 2048, pattern=SAFE_TEXT)),
        "removedAt": {"type": "null"},
        "removalReason": {"type": "null"},
    },
)
IMPORT = noun({"rows": many(_ROW, 1)})


def query(name: str, schema: Schema, description: str, **more: object) -> Schema:
    """A parameter of a query."""
    return {"name": name, "in": "query", "schema": schema, "description": description, **more}


def path(name: str, description: str, pattern: str = "^[^/]+$") -> Schema:
    """A parameter of a path."""
    return {
        "name": name,
        "in": "path",
        "required": True,
        "schema": text(1, pattern=pattern),
        "description": description,
    }


BATCH_ID = path("batchId", "The batch's id.")
CREATOR_PATH = {**path("creator", "A Stacks address of the engine's network."), "schema": CREATOR}
ADDRESS = path("address", "The signer's address.")
NONCE = path("nonce", "A nonce of the lane.", "^[0-9]{1,18}$")
KEY: Schema = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": text(1, 255, pattern="^[!-~]+$"),
    "description": "The same key and body give the same answer and batch; the same key with another body is refused.",
}
_CURSOR = text(1, 18, pattern="^[0-9]+$")
AFTER = query("after", _CURSOR, "A cursor: the `next` of the page before.")
LIMIT = query("limit", integer(1, MAX_PAGE), "How many rows.")
SKIP = query("skip", integer(0, MAX_SKIP), "How many of the newest to leave out; not with `after`.")
TEXT = query("q", text(pattern=SAFE_TEXT), "Text to look for.")
SEARCH = query("search", text(0, 2000, pattern=SAFE_TEXT), "Terms like `bread price:>2stx !type:video changed:<7d`.")
GROUP = query("group", text(pattern=SAFE_TEXT), "Only batches submitted as one, by their group's id.")
STATUS = query("status", words(BatchStatus), "Only batches of this status.")
OF_CREATOR = query("creator", CREATOR, "Only this creator's.")
CONTENT = query("contentId", text(pattern=SAFE_TEXT), "The content's id.", required=True)
CONTENTS = query("contentId", many(text(pattern=SAFE_TEXT), 0, 500), "Only these contents; once for each.")
SINCE = query("since", text(), "A revision of an earlier answer; empty: from now.")
CHANGES = query("limit", integer(1, MAX_CHANGES), "About how many rows.")
REMOVED = query("removed", flag(), "Removed contents too.")
OUTCOMES = query("outcome", many(words(Outcome)), "Only these, by comma.", style="form", explode=False)
RETRYABLE = query("outcomes", many(_AGAIN), "Which to take, by comma.", style="form", explode=False)
ALERT_ID = path("alertId", "The alert's id.", "^[0-9]{1,18}$")
OPEN = query("open", flag(), "Only those that stand or are about a batch, and that nobody has acknowledged.")
