"""What the engine needs of the world: a store, a chain, a clock. Real ones live in store/, node and here's users'.

Every store method that writes is one database transaction: all of it or nothing, durable when it returns.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from engine.asked import Asked
from engine.clockport import Clock
from engine.core.chain import (
    Account,
    CantTell,
    MinedCall,
    MinedTransaction,
    NodeInfo,
    NodeUnreachable,
    Sighting,
    StillReading,
    Waiting,
)
from engine.core.content_story import OnChain
from engine.core.events import HIGHER_FEE, ItemEvent, TxEvent
from engine.core.model import Batch, Content, Hold, Item, ItemState, NewBatch, Transaction
from engine.core.operations import Call
from engine.core.orders import IdempotencyKey, Signed, Wish
from engine.core.oversight import Deed, Quota
from engine.core.reports import (
    Doubt,
    LaneRecord,
    Selection,
    Traffic,
)
from engine.core.vitals import NodeSight
from engine.overseen import Overseen

__all__ = [
    "Account",
    "CantTell",
    "Chain",
    "Clock",
    "IdempotencyKey",
    "MinedCall",
    "MinedTransaction",
    "NodeInfo",
    "NodeUnreachable",
    "Sighting",
    "Signed",
    "StillReading",
    "Store",
    "Waiting",
    "Wish",
]


class Store(Asked, Overseen, Protocol):
    """The database, as the engine sees it: frozen nouns in, frozen nouns out."""

    def announce(self, url: str) -> None:
        """Leave beside the database where its owner's API is."""

    def owner(self) -> int | None:
        """Return the id of the process that works on the database, 0 when it can't be told, None when none does."""

    async def add(
        self, batches: Sequence[NewBatch], key: IdempotencyKey | None = None, quota: Quota | None = None
    ) -> list[str]:
        """Store batches, all or none, and return their ids; a known key returns the ids it gave before.

        Raises Conflict when the key is known with another digest, TooManyRequests when new ones are over the quota.
        """

    async def select_retry(self, wish: Wish) -> Selection:
        """Return what a retry would take and leave, by `applying.retryable`; NotFound for an unknown batch."""

    async def retry(self, wish: Wish, key: IdempotencyKey | None = None) -> tuple[str, Selection]:
        """Make the retry batch of what `select_retry` finds in the same transaction; Conflict if nothing is left.

        Still-queued items of a failed batch are cancelled in the same transaction.
        """

    async def select_revert(self, wish: Wish) -> Selection:
        """Return what a revert would put back and what it leaves, by `applying.revertible`."""

    async def revert(self, wish: Wish, key: IdempotencyKey | None = None) -> tuple[str, Selection]:
        """Make the revert batch; Conflict if nothing is left or the operation can't be reverted."""

    async def set_hold(self, batch_id: str, hold: Hold, now: datetime, who: str = "", why: str | None = None) -> None:
        """Pause, resume (NONE) or cancel a batch by `rules.hold_problem`; Conflict when it can't be.

        Cancelling cancels every queued item in the same transaction.
        """

    async def import_contents(self, contents: Sequence[Content], now: datetime, who: str = "") -> list[tuple[int, str]]:
        """Upsert contents in order, all or none; return (index, reason) of those that can't be, then none is.

        Refused: a removed content, one with unsettled items, an on_chain_id that another content has.
        """

    async def claim(self, now: datetime) -> int:
        """Start every due batch that nothing holds, and return how many were started."""

    async def queued(self, limit: int) -> list[Item]:
        """Return the next items to apply, in order of acceptance, of started batches that nothing holds."""

    async def apply(self, item_id: int, signer: str | None, now: datetime) -> Item | None:
        """Change the catalogue, the item and its place in catalogue order in one transaction (`applying.judge`).

        A constraint that refuses the change is the item's failure. None when it isn't the item's turn: it is no
        longer queued or its batch is held, or an earlier item of a running batch has still to change that content.
        """

    async def record(
        self, item_id: int, state: ItemState, event: ItemEvent, now: datetime, *, unread_too: bool = False
    ) -> bool:
        """Write an item event if the item is still in ``state``; False (and nothing written) if it isn't.

        What a restored copy may have sent is given up only where ``unread_too`` says so.
        """

    async def sign(self, signed: Sequence[Signed], now: datetime) -> list[bool]:
        """Store transactions with their slots, and TxSigned on their items; False for each that came too late.

        Too late: the item isn't ``applied`` any more, or the slot has a transaction that isn't refused.
        """

    async def resign(
        self,
        txid: str,
        transaction: Transaction,
        now: datetime,
        reason: str = HIGHER_FEE,
        deed: Deed | None = None,
    ) -> bool:
        """Store other bytes at the same slot in place of ``txid``: marks it REPLACED, TxReplaced on the slot's items.

        ``deed`` is who did it, where somebody did. False (and nothing written) when ``txid`` isn't the slot's current
        transaction or the slot is settled.
        """

    async def adopt(self, creator: str, signer: str) -> int:
        """Give applied items of a creator that have no signer this one; return how many there were."""

    async def answer(self, event: TxEvent, now: datetime) -> bool:
        """Write a transaction event on the transaction, its slot, and every item of the slot.

        An item whose state doesn't know the event is left as it is; False when nothing changed at all.
        """

    async def lanes(self) -> list[str]:
        """Return the signers that have unsettled slots or applied items."""

    async def lane(self, signer: str, limit: int) -> LaneRecord:
        """Return a lane: its unsettled slots by nonce, and its first ``limit`` waiting items."""

    async def served(self, txid: str) -> tuple[tuple[Batch, ...], tuple[Transaction, ...]]:
        """Return the batches whose items a transaction's slot carries, and all that was ever signed at its nonce."""

    async def tail(self, height: int, known: int = 0) -> list[Transaction]:
        """Return our own mined transactions from this block height on, by signer and nonce: a reorg may take them.

        Also those in the last ``known`` blocks in which anything of ours is known to be, wherever the tip is now.
        """

    async def adopt_mined(
        self, signer: str, mined: Sequence[MinedTransaction], contract: str, now: datetime, upto: int | None = None
    ) -> int:
        """Write what was mined at a signer's nonces; return how many of them were news.

        Our own bytes are decided; a call that is an item's very own (contract, function, arguments) is that item's;
        a slot whose nonce went to another is lost; what nobody here made is kept, so that the lane goes on after it.
        ``upto`` says that all is told that matters below this nonce: the lane goes on there, whatever was mined.
        """

    async def match_strays(self, signer: str, contract: str, now: datetime) -> tuple[int, tuple[Doubt, ...]]:
        """Give kept foreign transactions to the waiting items that made them.

        Returns how many, and of which nobody can tell whether a waiting item made them.
        """

    async def release_lane(
        self,
        signer: str,
        confirmed: int | None,
        now: datetime,
        doubts: Sequence[Doubt] = (),
        deed: Deed | None = None,
    ) -> None:
        """Let a held lane go on at the chain's nonce: what was mined before isn't ours, what others had is free again.

        The ``doubts`` are decided: no waiting item made these. Without a nonce only what a restore holds goes on.
        What was mined of our own at this nonce or above still holds it, for a reorg must give it back first: then a
        ``deed``, which is who released it, is a Conflict, and nothing was done.
        """

    async def traffic(self) -> dict[str, Traffic]:
        """Return how busy every lane is that has something to do, by signer."""

    async def orphans(self, limit: int, *, unread_too: bool = True) -> list[Item]:
        """Return applied items that have no signer; not ``unread_too``: without what a restored copy may have sent."""

    async def doubt_signed(self, now: datetime) -> int:
        """Mark every transaction that was never answered as once posted, unclear: called once at start-up."""

    async def fail_running(self, reason: str, now: datetime) -> int:
        """Put the hold CRITICAL with this error on every started batch that has queued items; return how many."""

    async def complete(self, now: datetime) -> int:
        """Write completedAt and settledAt where they are due; return how many batches were completed."""

    async def fact(self, name: str) -> str | None:
        """Return a fact about this database (network, contract, chain, ...)."""

    async def set_fact(self, name: str, value: str, deed: Deed | None = None) -> None:
        """Keep a fact about this database, and with it who made it one, if anybody did: both or neither."""

    async def prove(self) -> None:
        """Write and take back as much as a round of work does; Unavailable while that isn't possible."""

    async def hasten(self, now: datetime, longest: float) -> int:
        """Let no wait of an unsettled transaction last longer than ``longest`` seconds; return how many were cut.

        A time in a row that lies in the future says that the wall clock was set back since: its wait is over.
        """

    async def close(self) -> None:
        """Finish what is queued and let go of the file."""


class Chain(Protocol):
    """A Stacks node, as the engine sees it. Reading calls raise NodeUnreachable; `broadcast` never raises."""

    @property
    def name(self) -> str:
        """Return what to call this node on a screen, without secrets."""

    def routes(self) -> str:
        """Return in a sentence by which routes transactions are looked up, as far as it is known by now."""

    def refused(self) -> tuple[str, ...]:
        """Return of each node among several that may not be used why it may not."""

    def nodes(self) -> tuple[NodeSight, ...]:
        """Return what is known of each of several nodes, in the order of preference; nothing where there is but one."""

    async def info(self) -> NodeInfo:
        """Ask who it is and where its tip stands."""

    async def account(self, address: str) -> Account:
        """Ask for an account's confirmed nonce and balance."""

    async def fee(self, call: Call, length: int) -> int | None:
        """Ask for the middle fee estimate of a contract call in µSTX; None when the node has none."""

    async def broadcast(self, raw: bytes, txid: str, now: datetime) -> TxEvent:
        """Post bytes: TxAccepted, TxUnclear, TxDeferred or TxRefused."""

    async def look_up(self, txids: Sequence[str]) -> dict[str, Sighting]:
        """Ask what became of transactions; every txid asked for is in the answer."""

    async def mined_from(
        self, address: str, nonce: int, since: datetime | None = None
    ) -> tuple[MinedTransaction, ...] | None:
        """Return the account's confirmed transactions at this nonce and above, by nonce.

        None when no node has such a list. A list may lag behind the account: compare it with the account's nonce.
        Of what was mined before ``since`` all but the newest may be left out. StillReading when it is too long for one
        turn: asked again, the reading goes on.
        """

    async def waiting(self, address: str, confirmed: int, tip: int) -> Waiting | None:
        """Return what waits of an account in any mempool that is asked; None without a node that has such a list.

        CantTell when those are behind the account's ``confirmed`` nonce, or the ``tip``, that are known.
        """

    async def preflight(self, call: Call, sender: str) -> str | None:
        """Run a call without writing: None when it would write, else why it aborts; CantTell when it can't be tried."""

    async def content(self, on_chain_id: int) -> OnChain | None:
        """Return what the contract has of a content; None when it has nothing, CantTell when it can't be read."""

    async def register(self, contents: Sequence[tuple[int, str, int]], accounts: Sequence[str]) -> None:
        """Devnet only: make contents known (on-chain id, owner's address, price) and fund accounts."""

    async def close(self) -> None:
        """Let go of the connections."""
