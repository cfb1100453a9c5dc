"""The tail: what was mined in the last few blocks and called final, watched for a reorg that takes it back."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import structlog

from engine.core.events import TxReorged
from engine.core.model import Transaction, TxStatus
from engine.line.stopwatch import Stopwatch
from engine.line.tools import Tools
from engine.ports import Account, CantTell, NodeUnreachable, Sighting

DEPTH = 6
"""How many blocks deep a final transaction is still looked at."""
SECONDS = 90.0
"""How long, where the chain makes no further block."""
VERDICTS = {TxStatus.CONFIRMED: "success", TxStatus.ABORTED: "aborted"}
log = structlog.get_logger()


class Tail:
    """Knows which final transactions are still young, and gives those that left the chain back to their lanes."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._watch = Stopwatch(tools.clock)
        self._gone: set[str] = set()
        self._blocks: dict[str, str] = {}
        self._missed = True

    async def young(self) -> list[Transaction]:
        """Return what is to be watched now; after a start also what was young when the last process ended."""
        tip, known = self._tools.node.tip, DEPTH if self._missed else 0
        found = await self._tools.store.tail(tip - DEPTH + 1, known) if tip else []
        self._watch.keep(transaction.txid for transaction in found)
        self._gone -= {transaction.txid for transaction in found}
        self._blocks = {one.txid: self._blocks[one.txid] for one in found if one.txid in self._blocks}
        if not self._gone:
            self._tools.alarms.pop("reorg", None)
        return [transaction for transaction in found if self._watch.age(transaction.txid) <= SECONDS]

    async def check(self, young: Sequence[Transaction]) -> None:
        """Look at each once."""
        lanes = groupby(young, key=lambda transaction: transaction.signer)
        looked = [await self._check(signer, list(mine)) for signer, mine in lanes]
        if looked and all(looked):
            self._missed = False

    async def _check(self, signer: str, mine: Sequence[Transaction]) -> bool:
        """Look at the young transactions of a lane; False when the node doesn't tell."""
        tools = self._tools
        account = await tools.node.account(signer, fresh=True)
        if account is None:
            return False
        try:
            seen = await tools.chain.look_up([transaction.txid for transaction in mine])
            gone = [one for one in mine if await self._left(one, seen[one.txid], account)]
        except CantTell:
            return False
        except NodeUnreachable as away:
            tools.node.down(str(away), away.retry_after)
            return False
        for transaction in gone:
            await self._give_back(transaction)
        if gone:
            tools.wake_lane(signer)
        return True

    async def _left(self, transaction: Transaction, seen: Sighting, account: Account) -> bool:
        """Tell whether it left its block for certain: its nonce is free, or another result, block or bytes took it."""
        if seen.status in VERDICTS.values():
            return seen.status != VERDICTS[transaction.status] or self._moved(transaction, seen)
        if account.nonce <= transaction.nonce:
            return True
        mined = await self._tools.chain.mined_from(transaction.signer, transaction.nonce) or ()
        return any(one.nonce == transaction.nonce and one.txid != transaction.txid for one in mined)

    def _moved(self, transaction: Transaction, seen: Sighting) -> bool:
        """Tell whether it is in another block now: what was counted on top of the one before says nothing of it."""
        before = self._blocks.setdefault(transaction.txid, seen.block)
        self._blocks[transaction.txid] = seen.block or before
        return seen.block_height != transaction.block_height or bool(seen.block and before and seen.block != before)

    async def _give_back(self, transaction: Transaction) -> None:
        tools = self._tools
        if await tools.store.answer(TxReorged(transaction.txid), tools.clock.now()):
            self._gone.add(transaction.txid)
            log.warning("a final transaction left the chain", txid=transaction.txid, nonce=transaction.nonce)
            tools.alarms["reorg"] = (
                f"A reorg took back {len(self._gone)} transactions that were called final; they are watched again. "
                "CONFIRMATIONS says how deep is final"
            )
