"""No field of a noun is lost on the way: what is written in JSON and read again is equal, whatever it holds."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import pytest

from engine import wire
from engine.core.model import Batch, BatchStatus, Content, Group, Hold, Item, ItemState, Operation, Outcome, Tally
from engine.core.oversight import Act, Deed, KeptAlert
from engine.core.reports import (
    Alert,
    Changes,
    Foreseen,
    Health,
    Part,
    Review,
    ReviewRow,
    SignerInfo,
    Skipped,
    Transition,
)
from engine.core.slot_state import SlotState
from engine.core.summary import Thresholds
from engine.core.vitals import NodeCall, NodeSight, NodeStanding, Setting, Times, Vitals
from engine.core.window import Carried, SlotInfo, Window
from engine.remote import lanes, nouns, reports, vitals

AT = datetime(2026, 1, 2, 3, 4, 5, 678_901, UTC)
LATER = datetime(2026, 1, 2, 3, 4, 6, tzinfo=UTC)
TXID = "ab" * 32
VALUE = {"title": "Ü", "content_type": "video", "refund_window_days": 3, "token_gating": True}
ITEM = Item(
    7, "B1", 3, "c/1", "ST1", Operation.UPDATE_METADATA, VALUE, ItemState.SUBMITTED, AT,
    {"title": "", "content_type": "x"}, "Title", 2**70, 12, "in doubt", True, "ST2", 4, TXID, 2000, 99,
)  # fmt: skip
BATCH = Batch(
    "B1", Operation.REMOVE_CONTENT, "ST1", {"removalReason": "gone"}, Hold.CRITICAL,
    Tally({ItemState.SIGNED: 2, ItemState.FAILED: 1}, 1, 4000), AT, LATER, AT, LATER, AT, "B0", "B9", "lost", "why",
    "alice", Group("B0", 2, 3),
)  # fmt: skip
CONTENT = Content("c1", "ST1", "T", 2**63 - 1, 2**128 - 1, "d\n", "video", True, True, 9, "https://x", AT, "gone")
SIGNER = SignerInfo("ST2", ("ST1", "ST3"), True, 5, 6, 7, 8, "held", True, 3)
ALERT = Alert("node", "away", AT)
ROW = ReviewRow("c1", "T", "1 STX", "2 STX", True, "problem", "warning", True, Foreseen.UNTRIED)
REVIEW = Review(Operation.UPDATE_PRICE, "ST1", (ROW,), 1, 2, 3, 4, "ST2", 5, "node", 6, 7, "no answer", "refused")
HEALTH = Health(
    False, "mainnet", "node", True, "db", True, (Part("node", False, "away"),), {BatchStatus.PAUSED: 3}, 1.234, 0.3
)
DEED = Deed(AT, "alice", Act.RETRY, "B2", "B1", "update-price", "why")
KEPT = KeptAlert(
    id=3, key="slow", message="Slow", since=AT, batch_id="B1", ended_at=LATER, acknowledged_at=AT,
    acknowledged_by="bob", why="seen",
)  # fmt: skip
TRANSITION = Transition(AT, "TxAccepted", ItemState.SUBMITTED, "said", TXID, 4)
SLOT = SlotInfo(4, SlotState.DOUBT, TXID, 2000, AT, LATER, 3, 2, "no answer", (Carried("B1", "c/1"),))
WINDOW = Window("ST2", 25, 4, 5, (SLOT,), 2, AT, 2000, 4000, "held")
VITALS = Vitals(
    "1.2", AT, "alice", "mainnet", "node", "db", "ST1.c", (NodeSight("n", NodeStanding.BEHIND, 9, 0.1234, "slow"),),
    (NodeCall("broadcast", Times(3, 0.0123, 0.05), 1),), {ItemState.QUEUED: 2}, {Outcome.FAILED: 1}, 4, 5,
    Times(6, 0.0042, 0.01), (Setting("window", "25", "default"),),
)  # fmt: skip
CHANGES = Changes("r1", True, (BATCH,), (ITEM,), (CONTENT,), (SIGNER,), (ALERT,))


@pytest.mark.parametrize(
    ("noun", "write", "read"),
    [
        (ITEM, wire.item_json, nouns.item),
        (BATCH, lambda one: wire.whole_batch_json(one, None, LATER, Thresholds()), nouns.batch),
        (CONTENT, wire.content_json, nouns.content),
        (SIGNER, wire.signer_json, reports.signer),
        (ALERT, wire.alert_json, reports.alert),
        (REVIEW, wire.review_json, reports.review),
        (HEALTH, wire.health_json, reports.health),
        (KEPT, wire.kept_alert_json, reports.kept_alert),
        (DEED, wire.deed_json, reports.deed),
        (TRANSITION, wire.transition_json, reports.transition),
        (Skipped("c1", "superseded"), wire.skipped_json, reports.skipped),
        (WINDOW, wire.window_json, lanes.window),
        (VITALS, wire.vitals_json, vitals.vitals),
        (CHANGES, lambda one: wire.changes_json(one, LATER, Thresholds()), reports.changes),
    ],
    ids=lambda one: type(one).__name__,
)
def test_nothing_is_lost(noun: Any, write: Callable[[Any], Any], read: Callable[[Any], Any]) -> None:
    """Every field has a value here that its default isn't, so one that is forgotten is seen."""
    assert all(getattr(noun, field.name) != field.default for field in fields(noun))
    assert read(json.loads(json.dumps(write(noun)))) == noun
