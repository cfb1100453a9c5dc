"""The end of patience: after `CHAIN_PATIENCE` unsigned items go off-chain, signed ones count as in doubt."""

from __future__ import annotations

import math
from collections.abc import Collection
from datetime import timedelta

from engine.core import posting
from engine.core.events import ChainGivenUp, TxDeferred, TxEvent, TxUnclear
from engine.core.model import ItemState, Transaction, TxStatus
from engine.core.reports import LaneRecord
from engine.line.stopwatch import Stopwatch
from engine.line.tools import Tools

FOREVER = math.inf


class Patience:
    """Knows how long each item and each signed transaction of a lane has waited for the chain."""

    def __init__(self, tools: Tools, watch: Stopwatch) -> None:
        self._tools = tools
        self._watch = watch

    async def give_up(self, record: LaneRecord, waited: float, reason: str, unclaimed: Collection[int] = ()) -> None:
        """Let go of what has waited too long for a cause that has lasted ``waited`` seconds (FOREVER: no hope).

        What comes into view then has its turn at once: it has waited as long, behind the others. What a restored
        copy may have sent stays, and so do ``unclaimed`` ones, of which nobody can tell whether they were mined.
        """
        tools, now = self._tools, self._tools.clock.now()
        moved = False
        kept = {*unclaimed, *(record.restored.items if record.restored else ())}
        for item in record.waiting:
            if item.id not in kept and self._spent(item.id, waited, (now - item.updated_at).total_seconds()):
                moved |= await tools.store.record(item.id, ItemState.APPLIED, ChainGivenUp(reason), now)
        for slot in record.slots:
            current = slot.current
            if current.status is TxStatus.SIGNED and self._spent(current.txid, waited):
                again = now + timedelta(seconds=posting.backoff(current.posts))
                await tools.store.answer(TxUnclear(current.txid, f"In doubt: {reason}", again), now)
        if moved:
            tools.wake_lane(record.signer)

    def _spent(self, thing: int | str, waited: float, known: float = 0) -> bool:
        age = max(self._watch.age(thing), known)
        return waited == FOREVER or min(waited, age) > self._tools.limits.chain_patience

    def doubted(self, transaction: Transaction, event: TxEvent) -> TxEvent:
        """Return the answer to a post, or that it is in doubt when it kept its item from being posted too long.

        Waiting for the window never counts (INTERFACE.md), and ends what was waited before.
        """
        if not isinstance(event, TxDeferred) or transaction.status is not TxStatus.SIGNED:
            return event
        if not (event.unreachable or event.unfunded):
            self._watch.drop(hindrance(transaction.txid))
            return event
        if self._watch.age(hindrance(transaction.txid)) <= self._tools.limits.chain_patience:
            return event
        return TxUnclear(transaction.txid, f"In doubt: {event.reason}", event.retry_at)


def hindrance(txid: str) -> tuple[str, str]:
    """Return under which name the time is kept in which the node or the funds kept bytes from being posted."""
    return ("hindered", txid)
