"""The whole engine under operators, a lying network, reorgs, restarts and clocks, in any order: the promises hold."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import tempfile
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from engine.core.chain import MinedTransaction
from engine.core.events import TxAccepted, TxDeferred, TxEvent, TxRefused, TxUnclear
from engine.core.lane import is_hole
from engine.core.lifecycle import ENDS, TRANSITIONS, outcome
from engine.core.model import Batch, BatchStatus, Item, ItemState, Outcome
from engine.core.reports import BatchQuery, ItemQuery
from engine.core.summary import counts, status
from engine.errors import Conflict, NotFound, Unavailable
from engine.line.tools import Limits
from engine.stacks import parse_transaction
from tests.engine.rig import CREATOR, Rig, contents, derive, price, rig
from tests.engine.test_recovery import kill
from tests.fakes import FakeClock, ScriptedChain

T = TypeVar("T")
SIGNER = derive("test-devnet", CREATOR).address("testnet")
IDS = ["c1", "c2", "c3"]
MOODS = ("good", "loses", "doubts and keeps", "doubts and loses", "429 and keeps", "later", "refuses", "wants more")
LIMITS = Limits(chain_patience=40, unseen_after=5, stuck_after=30, window=6)
FEE_MAX = 50_000
STORED = 'SELECT fee FROM "transaction" WHERE txid = ?'
TRIES = 40
BLOCKS = 30
LONG = os.environ.get("BATCHDECK_FAULTS") == "full"


@dataclass
class TruthfulChain(ScriptedChain):
    """A node with moods: what it says may leave us in doubt, but a definite no is true."""

    mood: str = "good"
    height: int = 1
    others: set[int] = field(default_factory=set)
    unwritten: list[str] = field(default_factory=list)
    kept: Callable[[str, int], bool] = lambda txid, fee: True
    """Tells whether these bytes are in the file already, with the fee that they pay."""
    returning: bool = False
    """The other wallet sends again what a reorg took of it: only it can fill that nonce, and the lane is held."""

    def foreign(self, sender: str, *called: Any) -> MinedTransaction:
        self.others.add(self.nonces.get(sender, 0))
        return super().foreign(sender, *called)

    def mine(self) -> None:
        while self.returning and self.nonces.get(SIGNER, 0) in self.others:
            super().foreign(SIGNER)
        super().mine()

    async def broadcast(self, raw: bytes, txid: str, now: datetime) -> TxEvent:
        transaction = parse_transaction(raw)
        place = transaction.sender_address("testnet"), transaction.nonce
        self.posts.append(txid)
        self.raws[txid] = raw
        if not self.kept(txid, transaction.fee):
            self.unwritten.append(txid)
        held = self.mempool.get(place)
        if transaction.nonce < self.nonces.get(place[0], 0):
            return TxUnclear(txid, "BadNonce")
        if held is not None and held != txid and parse_transaction(self.raws[held]).fee >= transaction.fee:
            return TxUnclear(txid, "ConflictingNonceInMempool")
        said, keeps = self._answers(txid, transaction.fee, held == txid)
        if keeps:
            self.mempool[place] = txid
        return said

    def _answers(self, txid: str, fee: int, known: bool) -> tuple[TxEvent, bool]:
        answers: Mapping[str, tuple[TxEvent, bool]] = {
            "good": (TxAccepted(txid), True),
            "loses": (TxAccepted(txid), False),
            "doubts and keeps": (TxUnclear(txid, "time-out"), True),
            "doubts and loses": (TxUnclear(txid, "reset"), False),
            "429 and keeps": (TxDeferred(txid, "429", posted=True), True),
            "later": (TxDeferred(txid, "TooMuchChaining"), False),
            "refuses": (TxRefused(txid, "NoSuchContract"), False),
            "wants more": (TxDeferred(txid, "FeeTooLow", fee_needed=fee + 100), False),
        }
        return (TxAccepted(txid), True) if known else answers[self.mood]


class EngineMachine(RuleBasedStateMachine):
    """Submit, pause, resume, cancel, retry, crash, chain events and clock."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "deck.sqlite3"
        self.chain, self.clock = TruthfulChain(kept=self.kept), FakeClock()
        self.stack = AsyncExitStack()
        self.play: Rig
        self.completed: dict[str, datetime] = {}
        self.shaken = False

    def kept(self, txid: str, fee: int) -> bool:
        """Look with eyes of one's own whether bytes are stored, within FEE_MAX."""
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as file:
            found = file.execute(STORED, (txid,)).fetchone()
        return found == (fee,) and fee <= FEE_MAX

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run(work)

    def teardown(self) -> None:
        try:
            self.settle()
            self.audit_at_the_end()
        finally:
            self.do(self.stack.aclose())
            self.loop.close()
            self.folder.cleanup()

    @initialize()
    def open(self) -> None:
        self.do(self._open(catalogue=True))

    async def _open(self, catalogue: bool = False) -> None:
        self.chain.down = False
        shelf = contents(3) if catalogue else None
        self.stack = AsyncExitStack()
        opened = rig(self.path, self.chain, self.clock, LIMITS, shelf)
        self.play = await self.stack.enter_async_context(opened)
        await self.play.contact()

    @rule(ids=st.sets(st.sampled_from(IDS), min_size=1), to=st.integers(1, 9))
    def submit(self, ids: set[str], to: int) -> None:
        self.do(self.play.engine.submit(price(*sorted(ids), to=to)))

    @rule(turns=st.integers(1, 12))
    def work(self, turns: int) -> None:
        self.do(self._turns(turns, 0.5))

    async def _turns(self, count: int, step: float) -> None:
        for _ in range(count):
            await self.play.turn()
            self.clock.pass_(step)

    @rule(blocks=st.integers(1, 3))
    def mine(self, blocks: int) -> None:
        for _ in range(blocks):
            self.chain.mine()
        self.do(self._turns(3, 1))

    @rule(mood=st.sampled_from(MOODS))
    def feel(self, mood: str) -> None:
        self.chain.mood = mood

    @rule()
    def vanish_or_come_back(self) -> None:
        self.chain.down = not self.chain.down
        self.clock.pass_(5)

    @precondition(lambda self: not self.chain.down)
    @rule()
    def another_wallet(self) -> None:
        self.chain.foreign(SIGNER)
        self.do(self._turns(3, 1))

    @rule(blocks=st.integers(1, 2), back=st.booleans())
    def reorg(self, blocks: int, back: bool) -> None:
        if self.chain.height > blocks:  # no precondition: how many blocks there are depends on threads
            self.chain.reorg(blocks, back)
            self.shaken = True

    @rule(seconds=st.sampled_from([-3600, 31, 3600, 604_800]))
    def clock_jumps(self, seconds: int) -> None:
        self.clock.time += timedelta(seconds=seconds)

    @rule(pick=st.integers(0, 99), what=st.sampled_from(["pause", "resume", "cancel", "retry"]))
    def operate(self, pick: int, what: str) -> None:
        batches = self.batches()
        if batches:
            call = getattr(self.play.engine, what)
            try:
                self.do(call(batches[pick % len(batches)].id))
            except Conflict:
                return

    @rule(to=st.integers(1, 9), whats=st.lists(st.sampled_from(["bump_slot", "repost_slot"]), min_size=1, max_size=4))
    def by_hand(self, to: int, whats: list[str]) -> None:
        """Somebody who sees transactions wait touches them one after the other."""
        self.do(self.play.engine.submit(price("c1", to=self.priced(to))))
        self.do(self._turns(4, 0.5))
        for what in whats:
            self.do(self._touch(what))

    def priced(self, to: int) -> int:
        """Return the price to ask for."""
        return to

    async def _touch(self, what: str) -> None:
        for slot in (await self.play.engine.slots(SIGNER)).slots:
            try:
                await getattr(self.play.engine, what)(SIGNER, slot.nonce)
            except (Conflict, NotFound, Unavailable):
                continue

    @rule()
    def crash(self) -> None:
        self.do(self._crash())

    async def _crash(self) -> None:
        await kill(self.play)
        down = self.chain.down
        await self.stack.aclose()
        await self._open()
        self.chain.down = down

    def settle(self) -> None:
        """Let everything come to its end: a good node, nobody holds anything, and blocks."""
        self.chain.mood, self.chain.down, self.chain.returning = "good", False, True
        try:
            self.do(self._settle())
        except AssertionError:
            self.do(self._tell())
            raise
        for _ in range(BLOCKS):
            self.chain.mine()
        self.shaken = False

    async def _tell(self) -> None:
        """Print how everything stands, for whoever has to find out why it never came to its end."""
        print("held:", self.play.line.lanes.held(SIGNER), "alarms:", self.play.line.tools.alarms)
        print("chain nonce:", self.chain.nonces, "mempool:", self.chain.mempool, "height:", self.chain.height)
        record = await self.play.store.lane(SIGNER, 99)
        print("lane: top", record.top, "base", record.base, "settled", record.settled)
        for slot in record.slots:
            print("slot", slot.nonce, sorted(slot.contents))
            for one in slot.transactions:
                print("  ", one.txid[:8], one.status, one.fee, one.posts, one.retry_at, one.answer)
        for item in record.waiting:
            print("waiting", item.id, item.content_id, item.value, item.error)

    async def _settle(self) -> None:
        for batch in await self._batches():
            if status(batch) is BatchStatus.PAUSED:
                await self.play.engine.resume(batch.id)

        async def all_settled() -> bool:
            return all(batch.settled_at for batch in await self._batches())

        await self._turns(8, 2)
        await self.play.until(all_settled, step=1)
        await self._turns(8, 2)
        await self.play.until(all_settled, step=1)

    def batches(self) -> Sequence[Batch]:
        return self.do(self._batches())

    async def _batches(self) -> Sequence[Batch]:
        return (await self.play.engine.batches(BatchQuery(limit=500))).rows

    def items(self) -> list[Item]:
        found = []
        for batch in reversed(self.batches()):
            found += self.do(self.play.engine.items(batch.id, ItemQuery())).rows
        return found

    def signed(self, item: Item) -> set[str]:
        """Return every txid ever signed for an item."""
        story = self.do(self.play.engine.story(item.batch_id, item.content_id))
        return {line.txid for line in story if line.txid and line.event in ("TxSigned", "TxReplaced")}

    def mined(self) -> list[str]:
        """Return what was mined and did what it should, in the chain's order."""
        assert self.chain.history is not None
        return [one.txid for one in self.chain.history.get(SIGNER, []) if one.succeeded]

    @invariant()
    def each_item_is_mined_at_most_once_and_in_order(self) -> None:
        mined = self.mined()
        places: dict[str, list[tuple[int, int]]] = {}
        for item in self.items():
            own = [txid for txid in mined if txid in self.signed(item)]
            assert len(own) <= 1, f"{item.content_id} of {item.batch_id} was mined {len(own)} times"
            if own:
                places.setdefault(item.content_id, []).append((mined.index(own[0]), item.order or 0))
        for content, rows in places.items():
            orders = [order for _, order in sorted(rows)]
            assert orders == sorted(orders), f"the changes of {content} were mined as {orders}"

    @invariant()
    def what_is_said_is_true(self) -> None:
        if self.shaken:
            return
        items = self.items()
        mined = set(self.mined())
        assert {item.txid for item in items if item.state is ItemState.CONFIRMED} <= mined
        for item in items:
            if item.state is ItemState.OFF_CHAIN:
                assert not self.signed(item) & mined

    @invariant()
    def nothing_is_posted_that_is_not_written_down(self) -> None:
        assert self.chain.unwritten == []

    @invariant()
    def a_transaction_belongs_to_one_item(self) -> None:
        owned = [txid for item in self.items() for txid in self.signed(item)]
        assert len(owned) == len(set(owned))

    def steady(self, check: Callable[[], None]) -> None:
        """Check what takes several reads: the engine goes on between them, so only the last try counts."""
        for _ in range(TRIES):
            try:
                return check()
            except AssertionError:
                self.do(asyncio.sleep(0.05))
        return check()

    @invariant()
    def counts_are_sums_and_done_stays_done(self) -> None:
        self.steady(self._counts)

    def _counts(self) -> None:
        for batch in self.batches():
            items = self.do(self.play.engine.items(batch.id, ItemQuery())).rows
            found = counts(batch)
            assert {one: found.of(one) for one in Outcome} == {
                one: sum(outcome(item) is one for item in items) for one in Outcome
            }
            if batch.completed_at is not None:
                assert self.completed.setdefault(batch.id, batch.completed_at) == batch.completed_at

    @invariant()
    def every_story_is_a_walk_through_the_table(self) -> None:
        self.steady(self._stories)

    def _stories(self) -> None:
        events = {event.__name__: event for table in TRANSITIONS.values() for event in table}
        for item in self.items():
            state = ItemState.QUEUED
            for line in self.do(self.play.engine.story(item.batch_id, item.content_id))[1:]:
                state = TRANSITIONS[state][events[line.event]]
                assert state is line.state
            assert state is item.state

    def audit_at_the_end(self) -> None:
        """Post every byte string ever signed once more, mine on, and nothing changes.

        Apart from bytes that were definitely refused at the top of the lane: nobody has them, nobody but us could
        post them, and their nonce is the next one to be used (promise 4).
        """
        self.each_item_is_mined_at_most_once_and_in_order()
        self.what_is_said_is_true()
        assert all(item.state in ENDS for item in self.items())
        before = self.mined()
        slots = self.do(self.play.store.lane(SIGNER, 0)).slots
        refused = {one.txid for slot in slots if is_hole(slot) for one in slot.transactions}
        for txid in self.chain.raws.keys() - refused:
            self.do(self.chain.broadcast(self.chain.raws[txid], txid, self.clock.now()))
        for _ in range(BLOCKS):
            self.chain.mine()
        assert self.mined() == before


EngineMachine.TestCase.settings = settings(
    max_examples=60 if LONG else 8,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],  # threads make no two runs alike, so there is nothing to shrink or to replay
    database=None,
)
TestEngine = EngineMachine.TestCase
