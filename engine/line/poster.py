"""BROADCAST: posts the stored bytes of one lane in parallel, and writes down what each answer means."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from engine import crash
from engine.core import posting
from engine.core.events import TxAccepted, TxDeferred, TxEvent, TxUnclear
from engine.core.model import Transaction
from engine.errors import Unavailable
from engine.line.holds import Holds
from engine.line.mishaps import Mishaps
from engine.line.patience import Patience
from engine.line.raising import Raiser
from engine.line.tools import Tools


class Poster:
    """Posts what is due. A wait is kept twice: in the row for the next process, and here by a clock nobody sets."""

    def __init__(
        self,
        tools: Tools,
        holds: Holds,
        patience: Patience,
        raiser: Raiser,
        mishaps: Mishaps,
        wake: Callable[[], None],
    ) -> None:
        self._tools = tools
        self._holds = holds
        self._patience = patience
        self._raiser = raiser
        self._mishaps = mishaps
        self._wake = wake
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._rests: dict[str, float] = {}

    @property
    def under_way(self) -> set[str]:
        """Return the txids that are being posted right now."""
        return set(self._tasks)

    def post(self, due: Sequence[Transaction], busy: Collection[str]) -> None:
        """Start to post what is due, but for what is under way, or was when the rows were read (``busy``)."""
        now = self._tools.clock.monotonic()
        self._rests = {txid: until for txid, until in self._rests.items() if until > now}
        for transaction in due:
            txid = transaction.txid
            if txid not in busy and txid not in self._tasks and txid not in self._rests:
                self._tasks[txid] = asyncio.create_task(self._post(transaction))

    def again(self, transaction: Transaction) -> bool:
        """Start to post bytes once more, whatever they wait for; False while they are being posted."""
        if transaction.txid in self._tasks:
            return False
        self._rests.pop(transaction.txid, None)
        self._tasks[transaction.txid] = asyncio.create_task(self._post(transaction))
        return True

    async def _post(self, transaction: Transaction) -> None:
        tools = self._tools
        try:
            async with tools.gate:
                if tools.rests(transaction.signer):
                    return
                crash.point("post-before")
                asked = tools.clock.now()
                event = await tools.chain.broadcast(transaction.raw, transaction.txid, asked)
                crash.point("post-after")
                await self._answered(transaction, event, asked)
            self._mishaps.posted(transaction.txid)
            self._wake()
        except Unavailable as lost:
            self._rest(transaction.txid, posting.backoff(transaction.posts + 1))
            tools.database_lost(lost)
        except Exception as wrong:
            self._rest(transaction.txid, await self._mishaps.unposted(transaction, wrong))
        finally:
            self._tasks.pop(transaction.txid, None)

    async def _answered(self, transaction: Transaction, event: TxEvent, asked: datetime) -> None:
        if isinstance(event, TxDeferred | TxUnclear):
            event = self._timed(transaction, event, asked)
        self._learn(transaction, event)
        await self._mishaps.answer(self._patience.doubted(transaction, event), self._tools.clock.now())
        if isinstance(event, TxDeferred) and event.fee_needed:
            await self._raiser.pay(transaction, event.fee_needed, event.reason)

    def _timed(
        self, transaction: Transaction, event: TxDeferred | TxUnclear, asked: datetime
    ) -> TxDeferred | TxUnclear:
        """Say when the bytes go again, where the node didn't, and rest until then.

        The node's time counts from when it was ``asked``; the clock may have been set back since.
        """
        told = event.retry_at
        wait = posting.backoff(transaction.posts + 1) if told is None else (told - asked).total_seconds()
        self._rest(transaction.txid, wait)
        return replace(event, retry_at=self._tools.clock.now() + timedelta(seconds=wait))

    def _rest(self, txid: str, seconds: float) -> None:
        self._rests[txid] = self._tools.clock.monotonic() + seconds

    def _learn(self, transaction: Transaction, event: TxEvent) -> None:
        """Take from an answer what it says of the node and of the signer's funds."""
        if isinstance(event, TxDeferred) and event.unreachable:
            self._tools.node.down(event.reason)
        elif not isinstance(event, TxUnclear):
            self._tools.node.up()
        if isinstance(event, TxDeferred) and event.unfunded:
            self._holds.put("funds", event.reason)
        elif isinstance(event, TxAccepted):
            self._holds.put("funds", None)
            self._holds.put(f"fee {transaction.nonce}", None)

    async def drain(self) -> None:
        """Wait for the posts under way."""
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
