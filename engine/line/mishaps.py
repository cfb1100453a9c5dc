"""What nobody foresaw: a step that raises harms its own item or transaction, never the rest of the line.

Twice running is enough to be set aside and named. An item that was never posted goes off-chain (promise 4); what may
be with a node stays pending, with the error on it and an alert. Counts live in memory: a kill counts against nobody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import structlog

from engine.core.events import SigningFailed, TxDeferred, TxEvent, TxUnclear
from engine.core.lane import Assignment
from engine.core.model import Item, ItemState, Slot, Transaction
from engine.core.operations import Call
from engine.core.posting import backoff
from engine.errors import Unavailable
from engine.line.tools import Tools
from engine.ports import Signed

LAST_STRIKE = 2
NOT_OURS = (Unavailable, MemoryError)
"""Troubles of the machine, which are no item's fault."""
Made = list[tuple[Assignment, Signed]]
T = TypeVar("T")
log = structlog.get_logger()


def internal(wrong: Exception, step: str) -> str:
    """Return the sentence for an error that nobody foresaw."""
    return f"Internal error while {step} ({type(wrong).__name__}); the log has the whole story"


class Mishaps:
    """The strikes of one station and its alarms about them; ``answer`` writes what is known of a transaction."""

    def __init__(self, tools: Tools, answer: Callable[[TxEvent, datetime], Awaitable[object]]) -> None:
        self._tools = tools
        self.answer = answer
        self._strikes: Counter[str] = Counter()

    def strike(self, key: str, wrong: Exception) -> bool:
        """Count, and tell whether it was the last one; the whole story goes to the log."""
        self._strikes[key] += 1
        log.error("a step went wrong", step=key, strike=self._strikes[key], exc_info=wrong)
        return self._strikes[key] >= LAST_STRIKE

    def name(self, key: str, trouble: str, wrong: Exception) -> None:
        """Count what went wrong beside items and transactions; from the second time running an alarm names it.

        ``key`` begins with what was being done: "watching lane ST1...".
        """
        if self.strike(key, wrong):
            self._tools.alarms[key] = f"{trouble}: {internal(wrong, key.partition(' ')[0])}"

    def well(self, key: str) -> None:
        """A step went well: what counts is twice running."""
        self._strikes.pop(key, None)
        self._tools.alarms.pop(key, None)

    def only(self, slots: Iterable[Slot]) -> None:
        """Forget the transactions that aren't in flight any more."""
        alive = {transaction.txid for slot in slots for transaction in slot.transactions}
        for key in [key for key in self._strikes if _txid(key) and _txid(key) not in alive]:
            self.well(key)

    async def unsignable(self, item: Item, wrong: Exception) -> None:
        """An item can't be signed: at the second time running it goes off-chain, since nothing of it was posted."""
        key = f"signing item {item.id}"
        if self.strike(key, wrong):
            failed = SigningFailed(internal(wrong, "signing"))
            await self._tools.store.record(item.id, ItemState.APPLIED, failed, self._tools.clock.now())
            self.well(key)

    async def calls(self, make: Callable[[Item], Call], items: Sequence[Item]) -> dict[int, Call]:
        """Return by item the calls that can be made; each of the others counts a strike."""
        made: dict[int, Call] = {}
        for item in items:
            try:
                made[item.id] = make(item)
            except NOT_OURS:
                raise
            except Exception as wrong:
                await self.unsignable(item, wrong)
        return made

    async def sign(self, steps: Sequence[Assignment], make: Callable[[Assignment], Transaction]) -> bool:
        """Sign and store in order, up to the first step that goes wrong; tell whether anything was stored.

        The rest waits for the next round: a later change of the same content must not get ahead.
        """
        made: Made = []
        for step in steps:
            try:
                made.append((step, Signed(step.item.id if step.item else None, make(step))))
            except NOT_OURS:
                raise
            except Exception as wrong:
                stored = await self._store(made)
                await self._aside(step, wrong)
                return stored
        return await self._store(made)

    async def _store(self, made: Made) -> bool:
        """Store all at once; if that goes wrong, one by one to find out whose fault it is."""
        try:
            return await self._stored(made)
        except NOT_OURS:
            raise
        except Exception as wrong:
            if len(made) == 1:
                await self._aside(made[0][0], wrong)
                return False
        stored = False
        for one in made:
            try:
                stored |= await self._stored([one])
            except NOT_OURS:
                raise
            except Exception as wrong:
                await self._aside(one[0], wrong)
                break
        return stored

    async def _stored(self, made: Made) -> bool:
        if not made:
            return False
        done = await self._tools.store.sign([signed for _, signed in made], self._tools.clock.now())
        for step, _ in made:
            self.well(_key(step))
        return any(done)

    async def _aside(self, step: Assignment, wrong: Exception) -> None:
        """A no-op has no item that could be set aside: its nonce stays a hole, with an alarm."""
        if step.item is not None:
            await self.unsignable(step.item, wrong)
        elif self.strike(_key(step), wrong):
            self._tools.alarms[_key(step)] = (
                f"The hole at nonce {step.nonce} can't be filled: {internal(wrong, 'signing')}"
            )

    def posted(self, txid: str) -> None:
        """Posting went well, and so did writing the answer."""
        self.well(f"posting {txid}")

    async def unposted(self, transaction: Transaction, wrong: Exception) -> float:
        """Posting went wrong, nobody knows how far: in doubt, posted again after the seconds that are returned."""
        key = f"posting {transaction.txid}"
        last, pause = self.strike(key, wrong), backoff(self._strikes[key])
        again = self._tools.clock.now() + timedelta(seconds=pause)
        await self._name(key, TxUnclear(transaction.txid, internal(wrong, "posting"), again), transaction, last)
        return pause

    async def watch(self, transaction: Transaction, work: Coroutine[None, None, None]) -> None:
        """Look after one transaction; a mishap leaves it as it is, named at the second time running."""
        key = f"watching {transaction.txid}"
        try:
            await work
        except NOT_OURS:
            raise
        except Exception as wrong:
            if self.strike(key, wrong):
                event = TxDeferred(transaction.txid, internal(wrong, "watching"))
                await self._name(key, event, transaction, True)
        else:
            self.well(key)

    async def watch_lane(self, signer: str, work: Coroutine[None, None, None]) -> None:
        """Look after one lane; a mishap there keeps nobody from looking after the others."""
        await self.aside(f"watching lane {signer}", f"The lane of {signer} can't be watched", work, None)

    async def aside(self, key: str, trouble: str, work: Coroutine[None, None, T], otherwise: T) -> T:
        """Do what the rest of a round doesn't hang on; a mishap there is named at the second time running."""
        try:
            found = await work
        except NOT_OURS:
            raise
        except Exception as wrong:
            self.name(key, trouble, wrong)
            return otherwise
        self.well(key)
        return found

    async def _name(self, key: str, event: TxDeferred | TxUnclear, transaction: Transaction, alarm: bool) -> None:
        """Write a mishap where an operator sees it: on the items of the transaction, and as an alarm."""
        try:
            await self.answer(event, self._tools.clock.now())
        except Unavailable as lost:
            self._tools.database_lost(lost)
        except Exception:
            log.exception("a mishap can't be written on its items", txid=transaction.txid)
        if alarm:
            where = f"nonce {transaction.nonce} of {transaction.signer}"
            self._tools.alarms[key] = f"The transaction 0x{transaction.txid} ({where}) is in doubt: {event.reason}"


def _key(step: Assignment) -> str:
    return f"signing item {step.item.id}" if step.item else f"signing nonce {step.nonce}"


def _txid(key: str) -> str | None:
    """Return the transaction that a key is about; None when it is about an item or a lane."""
    verb, _, about = key.partition(" ")
    return about if verb in ("posting", "watching") and " " not in about else None
