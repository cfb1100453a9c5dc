"""Paying more: the same call signed again at its own nonce with a higher fee, within the caps."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog

from engine.core import posting
from engine.core.model import Batch, Slot, Transaction, TxStatus
from engine.core.oversight import Act, Deed
from engine.core.reports import LaneRecord
from engine.errors import Conflict
from engine.line.holds import Holds
from engine.line.signing import Desk
from engine.line.stopwatch import Stopwatch
from engine.line.tools import Tools
from engine.ports import Account
from engine.stacks import PrivateKey

MOST_SIGNED = 20
"""Transactions at one nonce: a node that refuses every one of them would else never let it rest."""
log = structlog.get_logger()


class Raiser:
    """Replaces by fee what a node wants more for, and what waits too long for a block.

    ``purse`` is held from reading what a batch has spent until more of it is stored as spent: answers come many at
    once, and each would else find the same room under `FEE_MAX_BATCH`.
    """

    def __init__(self, signer: str, tools: Tools, holds: Holds, watch: Stopwatch) -> None:
        self._signer = signer
        self._tools = tools
        self._holds = holds
        self._watch = watch
        self.purse = asyncio.Lock()

    async def pay(self, transaction: Transaction, fee: int, reason: str) -> bool:
        """Sign a transaction's call again for ``fee`` µSTX; False, and the lane is held, over a cap or without a key.

        A stop that came while the node answered signs nothing more: the bytes are asked about again after it.
        """
        tools = self._tools
        desk = tools.desk
        if desk is None or tools.rests(self._signer):
            return False
        key = desk.signers.key(self._signer)
        async with self.purse:
            made = await self._made(desk, key, transaction, fee) if key else _no_key(self._signer, transaction)
            self._holds.put(f"fee {transaction.nonce}", made if isinstance(made, str) else None)
            if isinstance(made, str) or tools.rests(self._signer):
                return False
            return await self._put(transaction, made, reason)

    async def pay_now(self, desk: Desk, step: posting.Bump, who: str, why: str | None) -> Transaction:
        """Do the same because somebody asked for it: Conflict says why it isn't done, and holds nothing."""
        tools, old = self._tools, step.transaction
        key = desk.signers.key(self._signer)
        async with self.purse:
            made = await self._made(desk, key, old, step.fee) if key else _no_key(self._signer, old)
            if isinstance(made, str):
                raise Conflict(made)
            if tools.rests(self._signer):
                raise Conflict(f"A stop came while nonce {old.nonce} was looked at: nothing was signed")
            detail = f"nonce {old.nonce} of {self._signer}, {made.fee} µSTX"
            deed = Deed(tools.clock.now(), who, Act.BUMP_SLOT, detail=detail, why=why)
            if not await self._put(old, made, f"{who} gave it a higher fee", deed):
                raise Conflict(f"Nonce {old.nonce} is mined, or other bytes stand there by now: look again")
        self._holds.put(f"fee {old.nonce}", None)
        log.warning("replaced by fee, by hand", signer=self._signer, nonce=old.nonce, fee=made.fee)
        return made

    async def _made(self, desk: Desk, key: PrivateKey, transaction: Transaction, fee: int) -> Transaction | str:
        """Return bytes of their own at the transaction's nonce for this fee, or which cap they would pass."""
        batches, known = await self._tools.store.served(transaction.txid)
        now, taken = self._tools.clock.now(), {one.txid for one in known}
        made = desk.mint.again(key, transaction, fee, now)
        while made.txid in taken:  # a former owner's bytes: an item's transaction is its own
            made = desk.mint.again(key, transaction, made.fee + 1, now)
        return self._over(desk, transaction, made.fee, batches, known) or made

    async def _put(self, old: Transaction, made: Transaction, reason: str, deed: Deed | None = None) -> bool:
        """Store the bytes in place of the old ones, before anybody posts them."""
        return await self._tools.store.resign(old.txid, made, self._tools.clock.now(), reason, deed)

    def _over(
        self, desk: Desk, transaction: Transaction, fee: int, batches: Sequence[Batch], known: Sequence[Transaction]
    ) -> str | None:
        """Say which cap a fee would pass; None when it may be paid."""
        most = desk.fees.rule.most
        if fee > most:
            return f"Nonce {transaction.nonce} needs a fee of {fee} µSTX, over the cap of {most} µSTX: raise FEE_MAX"
        signed = sum(one.status is not TxStatus.REFUSED for one in known)  # refused: of who had it before
        if signed >= MOST_SIGNED:
            return f"Nonce {transaction.nonce} was signed {signed} times and no node keeps it: look at the node"
        for batch in batches:
            if batch.tally.fee_total - transaction.fee + fee > self._tools.limits.fee_max_batch:
                return over_batch(batch.id, self._tools.limits.fee_max_batch)
        return None

    async def unstick(self, desk: Desk, record: LaneRecord, account: Account) -> bool:
        """Raise the fee of what has waited for a block longer than `STUCK_AFTER`; tell whether anything was signed."""
        limits = self._tools.limits
        ages = {slot.current.txid: self._watch.age(slot.current.txid) for slot in record.slots}
        waited = self._watch.age(("nonce", account.nonce))
        late = posting.stuck(record, account.nonce, ages, limits.stuck_after) if waited > limits.stuck_after else []
        rule = posting.BumpRule(limits.stuck_after, limits.bump_max, desk.fees.rule.most)
        raised, limited = False, []
        for slot in late:
            step = posting.bump(slot, await desk.fee_now(slot.current), rule)
            if step is None:
                limited.append(slot)
            elif await self.pay(step.transaction, step.fee, f"No block took it for {waited:.0f} s: a higher fee"):
                log.warning("replaced by fee", signer=self._signer, nonce=slot.nonce, fee=step.fee)
                raised = True
        self._holds.put("stuck", _stuck(limited, waited) if limited else None)
        return raised


def over_batch(batch_id: str, most: int) -> str:
    """Return what to say of a batch whose fees would pass `FEE_MAX_BATCH`."""
    return f"The fees of batch {batch_id} would pass the cap of {most} µSTX: raise FEE_MAX_BATCH"


def _no_key(signer: str, transaction: Transaction) -> str:
    return (
        f"Nonce {transaction.nonce} needs a higher fee, and the key of {signer} is not there any more: put it back "
        "into the signer keys file, or what has a higher nonce waits"
    )


def _stuck(slots: list[Slot], waited: float) -> str:
    first = slots[0]
    return (
        f"Stuck: nonce {first.nonce} has waited {waited:.0f} s for a block with a fee of {first.current.fee} µSTX, "
        "and may not be raised further: see FEE_MAX and BUMP_MAX"
    )
