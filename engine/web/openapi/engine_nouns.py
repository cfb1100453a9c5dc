"""What comes out about lanes and the engine itself, as schemas: field by field as `engine.wire` writes them."""

from __future__ import annotations

from engine.core.loglines import CUT, MOST_EVENT, MOST_VALUES, Level
from engine.core.model import ItemState, Outcome
from engine.core.slot_state import SlotState
from engine.core.vitals import NodeStanding
from engine.core.window import RECENT
from engine.web.openapi.forms import Schema, integer, many, maybe, moment, noun, number, text, words

TXID = maybe(text(pattern="^0x[0-9a-f]{64}$"))
_SLOT = noun(
    {
        "nonce": integer(),
        "state": words(SlotState),
        "txId": TXID,
        "fee": maybe(integer(description="µSTX")),
        "signedAt": maybe(moment()),
        "postedAt": maybe(moment()),
        "posts": integer(),
        "signed": integer(description="Transactions signed at this nonce."),
        "answer": maybe(text(description="What a node said last.")),
        "items": many(noun({"batchId": text(1), "contentId": text(1)})),
        "nextFee": maybe(integer(description="µSTX that it would pay if somebody raised it now.")),
        "noBump": maybe(text(description="Why nobody can raise it now.")),
        "noRepost": maybe(text(description="Why its bytes can't be posted again now.")),
    }
)
_TIMES: dict[str, Schema] = {
    "count": integer(),
    "mean": maybe(number(description="ms")),
    "most": maybe(number(description="ms that 95 of 100 stayed under; null when it was more than any bound.")),
}
_NODE = noun(
    {
        "name": text(1),
        "standing": words(NodeStanding),
        "tip": maybe(integer()),
        "took": maybe(number(description="ms of its last answer")),
        "trouble": maybe(text(description="Why it gave no answer, or may not be used.")),
    }
)

ENGINE_NOUNS: dict[str, Schema] = {
    "Window": noun(
        {
            "address": text(1),
            "window": integer(1, description="How far the lane may run ahead of the confirmed nonce."),
            "nonce": maybe(integer(description="The chain's nonce; null while no node told it.")),
            "nextNonce": maybe(integer()),
            "slots": many(_SLOT),
            "waiting": integer(description="Items without a nonce."),
            "oldestWaiting": maybe(moment()),
            "feesOpen": integer(description="µSTX of what may still be mined."),
            "feesPaid": integer(description=f"µSTX of what was mined of the last {RECENT} nonces."),
            "held": maybe(text(description="Why the lane is held.")),
        }
    ),
    "LogLine": noun(
        {
            "number": integer(1, description="Counts the lines of the process."),
            "at": moment(),
            "level": words(Level),
            "event": text(0, MOST_EVENT + len(CUT)),
            "values": text(0, MOST_VALUES + len(CUT), description="Its fields, in one text."),
            "trace": text(description="The end of a traceback, without the values of variables."),
        }
    ),
    "Vitals": noun(
        {
            "version": text(1),
            "startedAt": maybe(moment()),
            "who": text(),
            "network": text(1),
            "chain": text(1),
            "database": text(1),
            "contract": maybe(text()),
            "nodes": many(_NODE),
            "calls": many(noun({"call": text(1), "errors": integer()} | _TIMES)),
            "underWay": {"type": "object", "propertyNames": words(ItemState), "additionalProperties": integer()},
            "outcomes": {"type": "object", "propertyNames": words(Outcome), "additionalProperties": integer()},
            "openAlerts": integer(),
            "writing": integer(description="Writes that wait for their commit."),
            "commits": noun(_TIMES),
            "settings": many(noun({"name": text(1), "value": text(), "origin": text(1)})),
        }
    ),
}
