"""Whatever happens in whatever order, the rows keep the promises of DESIGN.md section 1."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Coroutine
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from engine.core import events as ev
from engine.core.lane import is_hole
from engine.core.lifecycle import ENDS
from engine.core.model import Hold, Item, ItemState, Transaction, TxStatus
from engine.core.reports import BatchQuery, ContentQuery, ItemQuery
from engine.core.summary import is_complete, is_settled
from engine.errors import Conflict
from engine.ports import Wish
from engine.store import SqliteStore, open_store
from tests.store.support import NOW, SIGNER, contents, later, new_batch, signed, transaction

T = TypeVar("T")
IDS = ["c1", "c2", "c3"]
EVENTS = [
    lambda txid: ev.TxAccepted(txid),
    lambda txid: ev.TxUnclear(txid, "time-out"),
    lambda txid: ev.TxDeferred(txid, "429", posted=True),
    lambda txid: ev.TxDeferred(txid, "TooMuchChaining"),
    lambda txid: ev.TxRefused(txid, "BadNonce"),
    lambda txid: ev.TxDropped(txid, "gone"),
    lambda txid: ev.TxConfirmed(txid, 5),
    lambda txid: ev.TxAborted(txid, 5, "u401"),
    lambda txid: ev.SlotLost(txid, "another was mined"),
]
picks = st.integers(min_value=0, max_value=10_000)


class StoreMachine(RuleBasedStateMachine):
    """Batches, workers, nodes, operators and restarts, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "machine.db"
        self.store: SqliteStore = self.do(open_store(self.path))
        self.sent: list[Transaction] = []
        self.doubted: set[str] = set()
        self.refused: set[str] = set()
        self.completed: dict[str, datetime] = {}
        self.ticks = 0

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run(work)

    def now(self) -> datetime:
        self.ticks += 1
        return later(self.ticks)

    def teardown(self) -> None:
        self.do(self.store.close())
        self.loop.close()
        self.folder.cleanup()

    @initialize()
    def fill(self) -> None:
        self.do(self.store.import_contents([*contents(2), *contents(1, first=3, on_chain_id=None)], NOW))

    @rule(price=st.integers(min_value=1, max_value=9), ids=st.sets(st.sampled_from(IDS), min_size=1))
    def accept(self, price: int, ids: set[str]) -> None:
        self.do(self.store.add([new_batch(sorted(ids), {"price": price})]))
        self.do(self.store.claim(self.now()))

    @rule(pick=picks)
    def apply(self, pick: int) -> None:
        queued = self.do(self.store.queued(10))
        if queued:
            self.do(self.store.apply(queued[pick % len(queued)].id, SIGNER, self.now()))

    @rule(hole=st.booleans())
    def sign(self, hole: bool) -> None:
        lane = self.do(self.store.lane(SIGNER, 1))
        nonce = (-1 if lane.top is None else lane.top) + (0 if hole and lane.top is not None else 1)
        if lane.waiting:
            one = signed(lane.waiting[0], nonce, fee=2000 + self.ticks)
            if self.do(self.store.sign([one], self.now())) == [True]:
                self.sent.append(one.transaction)

    @precondition(lambda self: self.sent)
    @rule(pick=picks, tell=st.sampled_from(EVENTS))
    def answer(self, pick: int, tell: Any) -> None:
        sent = self.sent[pick % len(self.sent)]
        event = tell(sent.txid)
        if isinstance(event, ev.TxAccepted | ev.TxUnclear) or getattr(event, "posted", False):
            self.doubted |= {sent.txid} - self.refused - self.given_up()  # those are never posted again
        elif isinstance(event, ev.TxRefused):
            self.refused |= {sent.txid} - self.doubted
        self.do(self.store.answer(event, self.now()))

    def given_up(self) -> set[str]:
        """Return what lies in holes: refused, or never posted and replaced by what was refused."""
        slots = self.do(self.store.lane(SIGNER, 1)).slots
        return {one.txid for slot in slots if is_hole(slot) for one in slot.transactions}

    @precondition(lambda self: self.sent)
    @rule(pick=picks)
    def bump(self, pick: int) -> None:
        old = self.sent[pick % len(self.sent)]
        new = transaction(old.nonce, old.fee + 1 + self.ticks)
        if self.do(self.store.resign(old.txid, new, self.now())):
            self.sent.append(new)

    @rule(pick=picks, hold=st.sampled_from([Hold.PAUSED, Hold.NONE, Hold.CANCELLED]))
    def hold(self, pick: int, hold: Hold) -> None:
        batches = self.do(self.store.batches(BatchQuery())).rows
        if batches:
            try:
                self.do(self.store.set_hold(batches[pick % len(batches)].id, hold, self.now()))
            except Conflict:
                return

    @rule(pick=picks)
    def retry(self, pick: int) -> None:
        batches = self.do(self.store.batches(BatchQuery())).rows
        if batches:
            parent = batches[pick % len(batches)].id
            try:
                self.do(self.store.retry(Wish(parent, f"R{self.ticks}", self.now())))
            except Conflict:
                return
            self.do(self.store.claim(self.now()))

    @rule()
    def restart(self) -> None:
        self.doubted |= self.unanswered()
        self.do(self.store.close())
        self.store = self.do(open_store(self.path))
        self.do(self.store.doubt_signed(self.now()))
        assert self.do(self.store.complete(self.now())) == 0

    def unanswered(self) -> set[str]:
        slots = self.do(self.store.lane(SIGNER, 1)).slots
        return {one.txid for slot in slots for one in slot.transactions if one.status is TxStatus.SIGNED}

    def items(self) -> list[Item]:
        batches = self.do(self.store.batches(BatchQuery())).rows
        return [item for one in batches for item in self.do(self.store.items(one.id, ItemQuery())).rows]

    @invariant()
    def batches_end_once_and_rightly(self) -> None:
        for batch in self.do(self.store.batches(BatchQuery())).rows:
            assert is_complete(batch) <= (batch.completed_at is not None)
            assert is_settled(batch) == (batch.settled_at is not None)
            if batch.completed_at is not None:
                assert self.completed.setdefault(batch.id, batch.completed_at) == batch.completed_at

    @invariant()
    def the_story_ends_where_the_item_stands(self) -> None:
        for item in self.items():
            told = self.do(self.store.story(item.id))
            assert told[-1].state is item.state
            assert [line.at for line in told] == sorted(line.at for line in told)

    @invariant()
    def the_newest_change_is_the_catalogues_value(self) -> None:
        newest: dict[str, Item] = {}
        for item in self.items():
            if item.replaced is not None:
                known = newest.get(item.content_id)
                assert known is None or known.order != item.order
                if known is None or (item.order or 0) > (known.order or 0):
                    newest[item.content_id] = item
        for content in self.do(self.store.contents(ContentQuery())).rows:
            if content.content_id in newest:
                assert content.price == newest[content.content_id].value["price"]

    @invariant()
    def off_chain_by_refusal_is_a_proof(self) -> None:
        for item in self.items():
            last = self.do(self.store.story(item.id))[-1]
            if item.state is ItemState.OFF_CHAIN and last.event == "TxRefused":
                nonce = next(sent for sent in self.sent if sent.txid == last.txid).nonce
                told = {line.txid for line in self.do(self.store.story(item.id))}
                mine = {sent.txid for sent in self.sent if sent.nonce == nonce and sent.txid in told}
                assert not mine & self.doubted

    @invariant()
    def a_slot_serves_who_is_in_it(self) -> None:
        lane = self.do(self.store.lane(SIGNER, 99))
        assert [slot.nonce for slot in lane.slots] == sorted({slot.nonce for slot in lane.slots})
        live = [item for item in self.items() if item.state in (ItemState.SIGNED, ItemState.SUBMITTED)]
        assert sorted(item.nonce for item in live if item.nonce is not None) == sorted(
            slot.nonce for slot in lane.slots if slot.contents
        )
        waiting = [item for item in self.items() if item.state is ItemState.APPLIED]
        assert {item.id for item in lane.waiting} == {item.id for item in waiting}
        assert all(item.nonce is None for item in waiting)
        assert all(item.order is not None for item in self.items() if item.state in ENDS)


StoreMachine.TestCase.settings = settings(max_examples=20, stateful_step_count=30, deadline=None)
TestStore = StoreMachine.TestCase
