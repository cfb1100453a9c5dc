"""WATCH: asks the node what became of the transactions in flight, and writes down only what is proved."""

from __future__ import annotations

import asyncio

import structlog

from engine.core import lane, posting
from engine.core.events import TxAborted, TxAccepted, TxConfirmed, TxDropped, TxEvent, TxUnclear
from engine.core.model import Slot, Transaction, TxStatus
from engine.core.reports import LaneRecord
from engine.line.mishaps import Mishaps
from engine.line.reconciler import Reconciler, first_open
from engine.line.station import Station
from engine.line.tail import Tail
from engine.line.tools import Tools
from engine.ports import NodeUnreachable, Sighting

TAIL = "Nobody looks whether a reorg takes back what was final"
log = structlog.get_logger()


class Confirmer(Station):
    """The last station: sweeps over the lanes in flight at the pace of the chain's blocks."""

    def __init__(self, tools: Tools) -> None:
        super().__init__(tools)
        self.in_flight = 0
        self._reconciler = Reconciler(tools)
        self._tail = Tail(tools)
        self._mishaps = Mishaps(tools, tools.store.answer)

    async def run(self) -> None:
        """Sweep while anything is in flight; rest until woken when nothing is."""
        while True:
            await self.safe_round()
            if self.in_flight == 0:
                await self._wake.wait()
            self._wake.clear()
            await self._tools.clock.sleep(self._tools.node.poll_interval)

    async def round(self) -> None:
        """Sweep once."""
        self.in_flight = await self.sweep()

    async def sweep(self) -> int:
        """Look at every lane once; return how many slots are in flight, or young enough to be taken back."""
        tools = self._tools
        records = [await tools.store.lane(signer, 0) for signer in await tools.store.lanes()]
        active = [record for record in records if lane.in_flight(record.slots) or self._drifts(record)]
        young = await self._mishaps.aside("watching the tail", TAIL, self._tail.young(), [])
        self._mishaps.only(slot for record in active for slot in record.slots)
        if (active or young) and not tools.refused and await tools.node.refresh():
            try:
                await self._tail.check(young)  # first: whoever waits for the rest to be settled may end right after it
            finally:
                for record in active:
                    await self._mishaps.watch_lane(record.signer, self._watch(record))
        return sum(len(record.slots) for record in active) + len(active) + len(young)

    def _drifts(self, record: LaneRecord) -> bool:
        account = self._tools.node.accounts.get(record.signer)
        return account is not None and lane.drift(record, account.nonce) is not None

    async def _watch(self, record: LaneRecord) -> None:
        tools = self._tools
        account = await tools.node.account(record.signer, fresh=True)
        if account is None:
            return
        if asked := self._questions(record, account.nonce):
            try:
                sightings = await tools.chain.look_up([transaction.txid for transaction in asked])
            except NodeUnreachable as away:
                tools.node.down(str(away), away.retry_after)
                return
            writes = (
                self._mishaps.watch(transaction, self._write(transaction, sightings[transaction.txid], account.nonce))
                for transaction in asked
            )
            _report(await asyncio.gather(*writes, return_exceptions=True))
        if first_open(record, account.nonce) is not None:
            await self._reconciler.settle(record.signer, account)
        tools.wake_lane(record.signer)

    def _questions(self, record: LaneRecord, confirmed: int) -> list[Transaction]:
        """Return what to ask about: all that was signed at mined nonces, what was long not seen, what is in doubt."""
        asked: list[Transaction] = []
        for slot in record.slots:
            if slot.nonce < confirmed:
                asked += slot.transactions
            elif self._doubtful(slot):
                asked.append(slot.current)
        return asked

    def _doubtful(self, slot: Slot) -> bool:
        current = slot.current
        if current.status is TxStatus.UNCLEAR:
            return current.doubtful
        return posting.unseen(current, self._tools.clock.now(), self._tools.limits.unseen_after)

    async def _write(self, transaction: Transaction, seen: Sighting, confirmed: int) -> None:
        event = self._event(transaction, seen, confirmed)
        if event is not None:
            await self._tools.store.answer(event, self._tools.clock.now())

    def _event(self, transaction: Transaction, seen: Sighting, confirmed: int) -> TxEvent | None:
        """Turn a sighting into an event; None when it proves nothing new."""
        txid, doubted = transaction.txid, transaction.status is TxStatus.UNCLEAR
        if seen.status in ("success", "aborted"):
            height = seen.block_height or 0
            if self._tools.node.tip - height + 1 < self._tools.limits.confirmations:
                return None
            return TxConfirmed(txid, height) if seen.status == "success" else TxAborted(txid, height, seen.reason)
        if transaction.nonce < confirmed or seen.status == "unreadable":
            return None  # mined by what the reconciler finds out
        if seen.status == "pending":
            return TxAccepted(txid) if doubted else None
        if doubted:
            return None  # it is posted again anyway, at its own pace
        if seen.status == "dropped":
            return TxDropped(txid, f"{seen.reason or 'Dropped by the node'}; posted again")
        return TxUnclear(txid, "Accepted, but not seen since; posted again", self._tools.clock.now())


def _report(results: list[BaseException | None]) -> None:
    """Let one transaction's trouble keep nobody else's answer from being written; then tell of it."""
    for result in results:
        if isinstance(result, BaseException):
            raise result
