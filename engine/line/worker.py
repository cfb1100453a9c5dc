"""SIGN: one runner a signer gives nonces in catalogue order, stores the bytes, and lets them be posted."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from datetime import datetime

from engine.core import lane, posting
from engine.core.events import SigningFailed
from engine.core.model import ItemState, Transaction
from engine.core.operations import Call
from engine.core.reports import Doubt, LaneRecord
from engine.line.byhand import ByHand
from engine.line.contact import CONTRACT
from engine.line.holds import Holds
from engine.line.mishaps import Mishaps
from engine.line.patience import FOREVER, Patience, hindrance
from engine.line.poster import Poster
from engine.line.raising import Raiser, over_batch
from engine.line.signing import Desk, FeeSpan
from engine.line.station import Station
from engine.line.stopwatch import Stopwatch
from engine.line.tools import Tools
from engine.line.unsaved import Unsaved
from engine.ports import Account
from engine.stacks import PrivateKey

NO_KEY = "The key of this signer is not there any more: add it and retry"


class LaneRunner(Station):
    """Carries one signer's lane: a round reads the rows, plans, signs, and starts the posts that are due."""

    def __init__(self, signer: str, tools: Tools) -> None:
        super().__init__(tools)
        self.signer = signer
        self.holds = Holds()
        self._watch = Stopwatch(tools.clock)
        self._patience = Patience(tools, self._watch)
        self._raiser = Raiser(signer, tools, self.holds, self._watch)
        self._unsaved = Unsaved(tools.store)
        self._mishaps = Mishaps(tools, self._unsaved.write)
        self._poster = Poster(tools, self.holds, self._patience, self._raiser, self._mishaps, self.wake)
        self._turn = asyncio.Lock()
        self.by_hand = ByHand(signer, tools, self._raiser, self._poster, self._unsaved, self._turn, self.holds)
        self.name = f"lane {signer}"
        self._kept_back = 0
        self._spare: dict[str, int] = {}
        self._doubts = tuple[Doubt, ...]()

    async def round(self) -> None:
        """Do all that can be done in this lane right now, while no hand is at it."""
        async with self._turn:
            await self._take_turn()

    async def _take_turn(self) -> None:
        tools = self._tools
        await self._unsaved.catch_up(tools.clock.now())
        if tools.rests(self.signer):
            return
        busy = self._poster.under_way  # what is answered while the rows are read would look unposted in them
        record = await tools.store.lane(self.signer, tools.limits.window + self._kept_back)
        self._mishaps.only(record.slots)
        if not record.waiting and not lane.in_flight(record.slots):
            self.holds.clear()
            self._watch.keep(())
            self._kept_back = 0
            return
        if await self._match(record):
            record = await tools.store.lane(self.signer, tools.limits.window + self._kept_back)
        account = None if tools.desk is None else await tools.node.account(self.signer)
        self._remember(record, account)
        if tools.desk is None or account is None:
            await self._without_node(record)
            return
        self.holds.put("unasked", None)
        self.holds.put("unkept", posting.unkept(record, account.nonce))
        if await self._sign(tools.desk, record, account) or await self._raise(tools.desk, record, account):
            busy |= self._poster.under_way
            record = await tools.store.lane(self.signer, tools.limits.window)
        self._poster.post(posting.due(record, account.nonce, tools.clock.now()), busy)

    async def _raise(self, desk: Desk, record: LaneRecord, account: Account) -> bool:
        """Raise the fees of what is stuck; whatever goes wrong there, the rest is posted all the same.

        What waits above a nonce that was mined already waits for the node to know it again: no fee helps there.
        """
        if lane.behind(record, account.nonce):
            return False
        trouble = f"What is stuck in the lane of {self.signer} gets no higher fee"
        work = self._raiser.unstick(desk, record, account)
        return await self._mishaps.aside(f"raising fees of {self.signer}", trouble, work, False)

    def _remember(self, record: LaneRecord, account: Account | None) -> None:
        """Keep the time of what still waits, and forget the rest."""
        txids = [slot.current.txid for slot in record.slots]
        things = [item.id for item in record.waiting] + txids
        causes = ["desk", "funds", "behind", ("nonce", account.nonce if account else None)]
        self._watch.keep([*things, *causes, *map(hindrance, txids)])
        for thing in things:
            self._watch.age(thing)
        self.holds.keep_fees({slot.nonce for slot in record.slots})

    async def _without_node(self, record: LaneRecord) -> None:
        """No node answers, or none is configured: patience ends some time, at once where there is no chain."""
        tools = self._tools
        chain = tools.chain.name != "off"
        told = record.restored and tools.node.error  # before the first answer there is nothing to tell
        self.holds.put("unasked", lane.unasked(self.signer, chain=chain) if told else None)
        if chain:
            waited = self._watch.age("desk") if tools.desk is None else tools.node.outage
            reason = f"Node unreachable: {tools.node.error or 'no answer yet'}"
        else:
            waited, reason = FOREVER, tools.node.error or "No chain configured"
        await self._patience.give_up(record, waited, reason, self._unclaimed(record))

    async def _sign(self, desk: Desk, record: LaneRecord, account: Account) -> bool:
        """Give nonces and store signed bytes; tell whether the lane has changed."""
        self._watch.drop("desk")
        if await self._held(record, account) or self._doubts:
            return False
        self._look_past(record)
        if not lane.assign(record, account.nonce, self._tools.limits.window):
            return False
        for item in record.waiting[:1]:
            desk.signers.address_for(item.creator)  # a simulated key is known only once it was asked for
        key = desk.signers.key(self.signer)
        if key is None:
            return await self._fail_waiting(record, NO_KEY)
        calls = await self._mishaps.calls(desk.mint.call, record.waiting)
        fee = max([await desk.fees.of(call) for call in _distinct(calls)], default=desk.fees.rule.default)
        unfit = {item.id for item in record.waiting if item.id not in calls}
        async with self._raiser.purse:
            return await self._spend(desk, key, record, account, fee, unfit)

    async def _spend(
        self, desk: Desk, key: PrivateKey, record: LaneRecord, account: Account, fee: int, unfit: set[int]
    ) -> bool:
        """Sign what the batches and the balance can pay at this fee, but for ``unfit`` items."""
        tools, limits = self._tools, self._tools.limits
        capped = await self._capped(record, fee) | unfit
        self._look_past(record, capped)
        plan = self._fillable(record, lane.assign(record, account.nonce, limits.window, capped))
        payable = lane.affordable(record, plan, lane.Purse(account.balance, fee, account.nonce))
        await self._mind_funds(record, account, fee, enough=bool(payable) or not plan)
        if tools.rests(self.signer):  # a stop came while the node was asked
            return False
        now = tools.clock.now()
        return await self._mishaps.sign(payable, lambda step: self._made(desk, key, record, step, fee, now))

    def _made(
        self, desk: Desk, key: PrivateKey, record: LaneRecord, step: lane.Assignment, fee: int, now: datetime
    ) -> Transaction:
        """Sign a step with bytes that were never signed at its nonce, within what its batch may still pay."""
        taken = {one.txid for slot in record.slots if slot.nonce == step.nonce for one in slot.transactions}
        wanted, batch = lane.fee_of(record, step, fee), step.item.batch_id if step.item else ""
        most = min(desk.fees.rule.most, wanted + self._spare.get(batch, 0))
        made = desk.mint.apart(key, step, FeeSpan(wanted, most), taken, now)
        self._spare[batch] = self._spare.get(batch, 0) - (made.fee - wanted)
        return made

    async def _match(self, record: LaneRecord) -> int:
        """Give the waiting items what they made already; hold the lane where nobody can tell whether they did.

        No node is needed for it, and it comes before anything is sent or given up.
        """
        tools, matched, doubts = self._tools, 0, tuple[Doubt, ...]()
        if record.strays and (contract := await tools.store.fact(CONTRACT)):
            matched, doubts = await tools.store.match_strays(self.signer, contract, tools.clock.now())
        self._doubts = doubts
        self.holds.put("doubt", lane.doubtful(self.signer, doubts) if doubts else None)
        return matched

    def _unclaimed(self, record: LaneRecord) -> set[int]:
        doubted = {(doubt.batch_id, doubt.content_id) for doubt in self._doubts}
        return {item.id for item in record.waiting if (item.batch_id, item.content_id) in doubted}

    def _look_past(self, record: LaneRecord, capped: Collection[int] = ()) -> None:
        """Read on by as many items as must wait here: a window full of them would hold everybody behind them."""
        kept_back = len(record.waiting) - len(lane.ready(record, capped))
        if kept_back > self._kept_back:
            self._kept_back = kept_back
            self.wake()

    async def _held(self, record: LaneRecord, account: Account) -> bool:
        """Hold the lane while the chain's nonce isn't where it should be.

        One that went back for good, and only over what others made there, is taken as it is after `STUCK_AFTER`.
        """
        tools = self._tools
        behind = lane.behind(record, account.nonce)
        held = lane.drift(record, account.nonce) or behind
        self.holds.put("nonce", held)
        if behind is None:
            self._watch.drop("behind")
        elif self._watch.age("behind") > tools.limits.stuck_after and record.restored is None:
            self._watch.drop("behind")
            await tools.store.release_lane(self.signer, account.nonce, tools.clock.now())
        return held is not None

    async def _capped(self, record: LaneRecord, fee: int) -> set[int]:
        """Return the items whose batch would pay more than `FEE_MAX_BATCH`: they wait, with an alert."""
        most = self._tools.limits.fee_max_batch
        spent: dict[str, int] = {}
        capped: set[int] = set()
        over: str | None = None
        for item in record.waiting:
            if item.batch_id not in spent:
                spent[item.batch_id] = (await self._tools.store.batch(item.batch_id)).tally.fee_total
            if spent[item.batch_id] + fee > most:
                capped.add(item.id)
                over = over_batch(item.batch_id, most)
            else:
                spent[item.batch_id] += fee
        self.holds.put("batch", over)
        self._spare = {batch_id: most - fees for batch_id, fees in spent.items()}
        return capped

    def _fillable(self, record: LaneRecord, plan: list[lane.Assignment]) -> list[lane.Assignment]:
        """Cut a plan before a hole that nothing can fill: what is signed above it would wait for ever."""
        refused = lane.refused_noop(record, plan)
        self.holds.put("no-op", refused)
        if refused is None:
            return plan
        first = min(step.nonce for step in plan if step.item is None)
        return [step for step in plan if step.nonce < first]

    async def _fail_waiting(self, record: LaneRecord, reason: str) -> bool:
        now = self._tools.clock.now()
        for item in record.waiting:
            await self._tools.store.record(item.id, ItemState.APPLIED, SigningFailed(reason), now)
        return False

    async def _mind_funds(self, record: LaneRecord, account: Account, fee: int, enough: bool) -> None:
        """Hold the lane while the balance can't pay the next fee; what waits too long goes off-chain."""
        if enough:
            self._watch.drop("funds")
            self.holds.put("funds", None)
            return
        short = f"Not enough funds: {account.balance} µSTX, the next fee is {fee} µSTX; fund {self.signer}"
        self.holds.put("funds", short)
        await self._patience.give_up(record, self._watch.age("funds"), short)

    async def drain(self) -> None:
        """Wait for the posts under way."""
        await self._poster.drain()


def _distinct(calls: Mapping[int, Call]) -> list[Call]:
    """Return one call for each function: they cost about the same."""
    return list({call.function: call for call in calls.values()}.values())
