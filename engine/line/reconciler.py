"""Nonces that were mined by bytes unknown here: what the account really did is read from the chain, and written down.

A key used elsewhere, an older copy of the database put back, or a replacement that only another copy knows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog

from engine.core import claims, lane
from engine.core.chain import Account, MinedTransaction
from engine.core.events import TxUnclear
from engine.core.model import Slot, TxStatus
from engine.core.reports import LaneRecord
from engine.line.tools import Tools
from engine.ports import CantTell, NodeUnreachable

SHOWN = ("pending", "success", "aborted")
UNREADABLE = "mined, result unreadable on this node"
log = structlog.get_logger()


class Reconciler:
    """Settles the slots of a lane that the look-up of our own transactions left open."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def settle(self, signer: str, account: Account) -> None:
        """Read what was mined from the first open nonce on, and give each nonce its due."""
        tools = self._tools
        record = await tools.store.lane(signer, 0)
        first = first_open(record, account.nonce)
        if first is None or tools.desk is None:
            return
        known = _known(record, account.nonce)
        try:
            if known and not await self._all_known(record, account):
                return
            mined = () if first == account.nonce else await tools.chain.mined_from(signer, first, _cut(record))
        except CantTell as later:
            log.info("the account can't be told yet; it is asked again", signer=signer, why=str(later))
            return
        except NodeUnreachable as away:
            tools.node.down(str(away), away.retry_after)
            return
        if mined is None:
            await self._unreadable(record, account.nonce)
            return
        deep = self._deep(mined, account.nonce)
        sure = _sure(deep, record.top) if record.top is not None else _whole(deep, record, account.nonce)
        if sure is None:
            return
        upto = account.nonce if known else None
        news = await tools.store.adopt_mined(signer, sure, tools.desk.mint.contract, tools.clock.now(), upto)
        if news:
            log.warning("matched what was mined at nonces of this signer", signer=signer, first=first, news=news)

    async def _all_known(self, record: LaneRecord, account: Account) -> bool:
        """Tell whether nothing of an account waits for a block but what is known here, as far as any node can say."""
        waiting = await self._tools.chain.waiting(record.signer, account.nonce, self._tools.node.tip)
        if waiting is None:
            return True
        ours = account.nonce if record.top is None else max(account.nonce, record.top + 1)
        return waiting.following <= ours and await self._ours(
            [slot for slot in record.slots if slot.nonce >= account.nonce and not waiting.lacks(slot.nonce)]
        )

    async def _ours(self, slots: Sequence[Slot]) -> bool:
        """Tell whether what waits at the lane's own nonces is what was signed here: others may have them since."""
        txids = [one.txid for slot in slots for one in slot.transactions]
        seen = await self._tools.chain.look_up(txids) if txids else {}
        return all(any(seen[one.txid].status in SHOWN for one in slot.transactions) for slot in slots)

    def _deep(self, mined: Sequence[MinedTransaction], confirmed: int) -> dict[int, MinedTransaction]:
        """Return by nonce what is deep enough to be final."""
        limits, tip = self._tools.limits, self._tools.node.tip
        return {
            one.nonce: one
            for one in mined
            if one.nonce < confirmed and tip - one.block_height + 1 >= limits.confirmations
        }

    async def _unreadable(self, record: LaneRecord, confirmed: int) -> None:
        """Say of what was mined that nobody here can tell the result: it stays pending."""
        for slot in record.slots:
            if slot.nonce < confirmed and _is_news(slot):
                await self._tools.store.answer(TxUnclear(slot.current.txid, UNREADABLE), self._tools.clock.now())


def first_open(record: LaneRecord, confirmed: int) -> int | None:
    """Return the first mined nonce of which the lane doesn't know by what; None when it knows all.

    That is the chain's own nonce for a lane that has to be looked at for what waits there.
    """
    mined = [slot.nonce for slot in record.slots if slot.nonce < confirmed]
    if mined:
        return min(mined)
    if not lane.drift(record, confirmed):
        return None
    if record.top is None:
        return 0
    return min(record.top + 1, confirmed)


def _known(record: LaneRecord, confirmed: int) -> bool:
    """Tell whether a lane that was put back knows all that was mined, or is about to read it whole."""
    mined = any(slot.nonce < confirmed for slot in record.slots)
    return record.restored is not None and not mined and not lane.beyond(record, confirmed)


def _cut(record: LaneRecord) -> datetime | None:
    """Return since when a lane that knows nothing has to be read; one with nonces is read as far down as those."""
    taken = record.restored.taken if record.restored and record.top is None else None
    return None if taken is None else taken - claims.SKEW


def _sure(deep: Mapping[int, MinedTransaction], top: int) -> list[MinedTransaction]:
    """Return what may be written; beyond the lane's own nonces only what leaves none out: a list may lag."""
    found = [one for nonce, one in sorted(deep.items()) if nonce <= top]
    nonce = top + 1
    while nonce in deep:
        found.append(deep[nonce])
        nonce += 1
    return found


def _whole(deep: Mapping[int, MinedTransaction], record: LaneRecord, confirmed: int) -> list[MinedTransaction] | None:
    """Return all that was mined since the copy was made; None while it isn't told whole, and deep enough."""
    return claims.since(deep, confirmed, record.restored.taken if record.restored else None)


def _is_news(slot: Slot) -> bool:
    return not (slot.current.status is TxStatus.UNCLEAR and slot.current.answer == UNREADABLE)
