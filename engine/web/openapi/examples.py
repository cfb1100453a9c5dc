"""Examples for the page, written by the same functions that write the answers, so that they can't tell lies."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from engine import wire
from engine.core.attempts import Attempt, Retries
from engine.core.content_story import ContentChange, ContentStory, OnChain
from engine.core.loglines import Level, LogLine
from engine.core.model import Batch, BatchStatus, Content, Hold, Item, ItemState, Operation, Outcome, Tally
from engine.core.oversight import Act, Deed, KeptAlert
from engine.core.reports import (
    Alert,
    Changes,
    Health,
    Part,
    Review,
    ReviewRow,
    SignerInfo,
    Skipped,
    Started,
    Transition,
)
from engine.core.slot_state import SlotState
from engine.core.summary import Thresholds
from engine.core.vitals import NodeCall, NodeSight, NodeStanding, Setting, Times, Vitals
from engine.core.window import Carried, SlotInfo, Window

NOW = datetime(2026, 12, 24, 8, 0, tzinfo=UTC)
CREATOR = "ST1PQHQKV0RJXZFY1DGX8MNSNYVE3VGZJSRTPGZGM"
BATCH_ID = "01KDCEZ8T0B7S5N3QJY4W2X6VA"
_OLDER = "01KDCEWJD0M8R6P4TKZ5X3Y7WB"
_LIMITS = Thresholds()

_batch = Batch(
    id=BATCH_ID,
    operation=Operation.UPDATE_PRICE,
    creator=CREATOR,
    payload={"newPrice": 1_500_000},
    hold=Hold.NONE,
    tally=Tally({ItemState.CONFIRMED: 1}, fee_total=2000),
    created_at=NOW,
    started_at=NOW,
    completed_at=NOW + timedelta(seconds=2),
    settled_at=NOW + timedelta(seconds=4),
    who="shop",
)
_item = Item(
    id=7,
    batch_id=BATCH_ID,
    position=0,
    content_id="content-1",
    creator=CREATOR,
    operation=Operation.UPDATE_PRICE,
    value={"price": 1_500_000},
    replaced={"price": 1_000_000},
    state=ItemState.CONFIRMED,
    updated_at=NOW + timedelta(seconds=4),
    title="A first title",
    on_chain_id=1,
    order=12,
    submitted=True,
    signer=CREATOR,
    nonce=0,
    txid="ab" * 32,
    fee=2000,
    block_height=42,
)
_content = Content("content-1", CREATOR, "A first title", 1_500_000, 1, content_type="video")
_signer = SignerInfo(CREATOR, (CREATOR,), True, 1, 9_998_000, 0, 0)
_skipped = Skipped("content-2", "It is confirmed on the chain: there is nothing to do again")

INITIATED = wire.initiated_json(_batch)
RETRIED = wire.started_json(Started(replace(_batch, retry_of=_OLDER), (_skipped,)))
REVERTED = wire.started_json(Started(replace(_batch, revert_of=_OLDER), (_skipped,)))
BATCH = wire.whole_batch_json(_batch, [_item], NOW, _LIMITS)
LISTED = {
    "creator": CREATOR,
    "total": 1,
    "operations": [wire.whole_batch_json(_batch, None, NOW, _LIMITS) | {"contentIds": ["content-1"]}],
    "limit": 50,
    "skip": 0,
    "next": None,
}
ITEM = wire.item_json(_item)
ITEMS = {"total": 1, "items": [ITEM], "limit": 500, "next": None}
STORY = {
    "contentId": "content-1",
    "story": [wire.transition_json(Transition(NOW, "Accepted", ItemState.QUEUED, "By shop"))],
}
SELECTED = {
    "batchId": BATCH_ID,
    "totalItems": 1,
    "items": [ITEM | {"newValue": {"price": 1_000_000}}],
    "skipped": [wire.skipped_json(_skipped)],
}
_first = Attempt("content-1", BATCH_ID, "A first title", Outcome.OFF_CHAIN, "No chain configured")
_again = replace(_first, batch_id=_OLDER, outcome=Outcome.CONFIRMED, error=None)
RETRIES = wire.retries_json(
    Retries((_batch, replace(_batch, id=_OLDER, retry_of=BATCH_ID)), (_first, _again), (_again,), 1), NOW, _LIMITS
)
CONTENT = wire.content_json(_content)
CONTENTS = {"total": 1, "contents": [CONTENT], "limit": 500, "next": None}
_change = ContentChange(NOW, "shop", {"price": 1_000_000}, {"price": 1_500_000}, _item, "New season")
CONTENT_STORY = wire.content_story_json(ContentStory(_content, (_change,), 1, OnChain(CREATOR, 1_500_000)))
_slot = SlotInfo(1, SlotState.POSTED, "ab" * 32, 2000, NOW, NOW, 1, 1, None, (Carried(BATCH_ID, "content-1"),), 2501)
WINDOW = wire.window_json(Window(CREATOR, 25, 1, 2, (_slot,), 1, NOW, 2000, 4000))
LOG_LINES = {
    "total": 1,
    "lines": [wire.log_line_json(LogLine(812, NOW, Level.WARNING, "replaced by fee", "nonce=41  fee=2501"))],
    "limit": 50,
    "next": None,
}
VITALS = wire.vitals_json(
    Vitals(
        "0.1.0",
        NOW,
        "shop",
        "testnet",
        "api.testnet.hiro.so",
        "/var/lib/batchdeck/deck.sqlite3",
        f"{CREATOR}.pay-per-view",
        (NodeSight("api.testnet.hiro.so", NodeStanding.USED, 182_223, 0.118),),
        (NodeCall("broadcast", Times(118, 0.0412, 0.1), 1),),
        {ItemState.QUEUED: 12},
        {Outcome.CONFIRMED: 4800},
        commits=Times(900, 0.0038, 0.005),
        settings=(Setting("window", "25", "default"),),
    )
)
SIGNERS = {"signers": [wire.signer_json(_signer)]}
ALERT = Alert("node", "Node unreachable: connection refused", NOW)
CHANGES = wire.changes_json(
    Changes("c0ffee:12", False, (_batch,), (_item,), (_content,), (_signer,), (ALERT,)), NOW, _LIMITS
)
KEPT_ALERT = wire.kept_alert_json(KeptAlert(3, ALERT.key, ALERT.message, NOW, None, None, NOW, "ann", "Seen"))
ALERTS = {"total": 1, "alerts": [KEPT_ALERT], "limit": 50, "next": None}
DEEDS = {
    "total": 1,
    "deeds": [wire.deed_json(Deed(NOW, "shop", Act.SUBMIT, BATCH_ID, detail="update-price", why="Winter sale"))],
    "limit": 50,
    "next": None,
}
HEALTH = (
    {"message": "Everything works"}
    | wire.health_json(
        Health(
            True,
            "testnet",
            "devnet",
            True,
            "/var/lib/batchdeck/batchdeck.sqlite3",
            False,
            (Part("database", True, "answers"),),
            {BatchStatus.COMPLETED: 1},
            2.0,
            1.0,
        )
    )
    | {"node": {"ok": True, "detail": "devnet (simulated), tip at 42"}}
    | SIGNERS
)
REVIEW = wire.review_json(
    Review(
        Operation.UPDATE_PRICE,
        CREATOR,
        (ReviewRow("content-1", "A first title", "1 STX", "1.5 STX", calls=True),),
        1,
        1,
        2000,
        2000,
        CREATOR,
        10_000_000,
        "devnet",
    )
)
