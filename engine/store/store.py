"""SqliteStore: the Store protocol on one SQLite file; each method names the closure that does its work."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from engine.core.attempts import Retries
from engine.core.chain import MinedTransaction
from engine.core.content_story import ContentStory
from engine.core.events import HIGHER_FEE, ItemEvent, TxEvent
from engine.core.model import Batch, Content, Hold, Item, ItemState, NewBatch, Transaction
from engine.core.oversight import Deed, Quota
from engine.core.reports import (
    BatchQuery,
    Changes,
    ContentQuery,
    Creator,
    Doubt,
    ItemQuery,
    LaneRecord,
    Page,
    Selection,
    Traffic,
    Transition,
)
from engine.core.waiting import Waiting
from engine.ports import IdempotencyKey, Signed, Wish
from engine.store import (
    accepting,
    auditing,
    changes,
    content_story,
    facts,
    holding,
    importing,
    line,
    lineage,
    moving,
    reading,
    retrying,
    searching,
    traffic,
    waiting,
)
from engine.store.ledger import answering, foreign, hastening, lanes, signing
from engine.store.lock import Lock, owner
from engine.store.overseeing import Overseeing
from engine.store.writer import Writer

T = TypeVar("T")


class SqliteStore(Overseeing):
    """The database of one engine; read-only when it has no writer, beside an engine that has."""

    def __init__(self, path: Path, writer: Writer | None, lock: Lock | None) -> None:
        super().__init__(path, writer)
        self._lock = lock

    @property
    def commits(self) -> int:
        """Return how many groups of writes were made durable so far."""
        return self._writer.commits if self._writer else 0

    def announce(self, url: str) -> None:
        """Leave in the lock file where its owner's API is; a reader owns nothing, and says nothing."""
        if self._lock is not None:
            self._lock.announce(url)

    def owner(self) -> int | None:
        """Return the id of the process that has the lock, 0 when it can't be told, None when nobody has it."""
        return owner(self._path)

    async def add(
        self, batches: Sequence[NewBatch], key: IdempotencyKey | None = None, quota: Quota | None = None
    ) -> list[str]:
        """Store batches, all or none, and return their ids; a known key returns the ids it gave before."""
        return await self._write("accept", partial(accepting.add, batches=batches, key=key, quota=quota))

    async def select_retry(self, wish: Wish) -> Selection:
        """Return what a retry would take and leave, by `applying.retryable`; NotFound for an unknown batch."""
        return await self._read(partial(retrying.select_retry, wish=wish))

    async def retry(self, wish: Wish, key: IdempotencyKey | None = None) -> tuple[str, Selection]:
        """Make the retry batch of what `select_retry` finds in the same transaction; Conflict if nothing is left."""
        return await self._write("accept", partial(retrying.retry, wish=wish, key=key))

    async def select_revert(self, wish: Wish) -> Selection:
        """Return what a revert would put back and what it leaves, by `applying.revertible`."""
        return await self._read(partial(retrying.select_revert, wish=wish))

    async def revert(self, wish: Wish, key: IdempotencyKey | None = None) -> tuple[str, Selection]:
        """Make the revert batch; Conflict if nothing is left or the operation can't be reverted."""
        return await self._write("accept", partial(retrying.revert, wish=wish, key=key))

    async def set_hold(self, batch_id: str, hold: Hold, now: datetime, who: str = "", why: str | None = None) -> None:
        """Pause, resume (NONE) or cancel a batch by `rules.hold_problem`; Conflict when it can't be."""
        work = partial(holding.set_hold, batch_id=batch_id, hold=hold, now=now, who=who, why=why)
        await self._write("set_hold", work)

    async def batch(self, batch_id: str) -> Batch:
        """Return one batch; NotFound."""
        return await self._read(partial(reading.batch, batch_id=batch_id))

    async def whole(self, batch_id: str) -> tuple[Batch, tuple[Item, ...]]:
        """Return a batch and all its items as they are at one moment; NotFound."""
        return await self._read(partial(reading.whole, batch_id=batch_id))

    async def content_ids(self, batch_ids: Collection[str]) -> dict[str, tuple[str, ...]]:
        """Return the contents of some batches, by batch and position; an unknown batch isn't there."""
        return await self._read(partial(reading.content_ids, batch_ids=batch_ids))

    async def batches(self, query: BatchQuery) -> Page[Batch]:
        """Return batches newest first."""
        return await self._read(partial(reading.batches, query=query))

    async def items(self, batch_id: str, query: ItemQuery) -> Page[Item]:
        """Return items of a batch by position; NotFound."""
        return await self._read(partial(reading.items, batch_id=batch_id, query=query))

    async def item(self, batch_id: str, content_id: str) -> Item:
        """Return one item; NotFound."""
        return await self._read(partial(reading.item, batch_id=batch_id, content_id=content_id))

    async def story(self, item_id: int) -> list[Transition]:
        """Return every transition of an item, oldest first, beginning with its acceptance."""
        return await self._read(partial(reading.story, item_id=item_id))

    async def retries(self, batch_id: str) -> Retries:
        """Return the chain of retries that a batch is in; NotFound."""
        return await self._read(partial(lineage.retries, batch_id=batch_id))

    async def contents(self, query: ContentQuery) -> Page[Content]:
        """Return contents in import order."""
        return await self._read(partial(searching.contents, query=query))

    async def content_story(self, content_id: str, limit: int) -> ContentStory:
        """Return a content with its newest changes; the chain's side isn't asked here. NotFound."""
        return await self._read(partial(content_story.content_story, content_id=content_id, limit=limit))

    async def creators(self) -> list[Creator]:
        """Return the creators of the catalogue by address."""
        return await self._read(reading.creators)

    async def off_chain_contents(self, content_ids: Collection[str]) -> frozenset[str]:
        """Return those whose last change isn't confirmed: equal in the catalogue, perhaps not on chain."""
        return await self._read(partial(reading.off_chain_contents, content_ids=content_ids))

    async def waiting(self, content_ids: Collection[str]) -> dict[str, Waiting]:
        """Return what was accepted last and isn't applied yet, by content; one that nothing waits for isn't there."""
        return await self._read(partial(waiting.waiting, content_ids=content_ids))

    async def changes(self, since: str, limit: int) -> Changes:
        """Return what changed after the revision (empty: nothing yet, from now); Gone when it isn't ours."""
        return await self._read(partial(changes.changes, since=since, limit=limit))

    async def claim(self, now: datetime) -> int:
        """Start every due batch that nothing holds, and return how many were started."""
        return await self._write("claim", partial(line.claim, now=now))

    async def queued(self, limit: int) -> list[Item]:
        """Return the next items to apply, in order of acceptance, of started batches that nothing holds."""
        return await self._read(partial(line.queued, limit=limit))

    async def apply(self, item_id: int, signer: str | None, now: datetime) -> Item | None:
        """Change the catalogue, the item and its place in catalogue order in one transaction; None: not its turn."""
        return await self._write("apply", partial(line.apply, item_id=item_id, signer=signer, now=now))

    async def record(
        self, item_id: int, state: ItemState, event: ItemEvent, now: datetime, *, unread_too: bool = False
    ) -> bool:
        """Write an item event if the item is still in ``state``; False (and nothing written) if it isn't."""
        work = partial(line.record, item_id=item_id, state=state, event=event, now=now, unread_too=unread_too)
        return await self._write("record", work)

    async def sign(self, signed: Sequence[Signed], now: datetime) -> list[bool]:
        """Store transactions with their slots, and TxSigned on their items; False for each that came too late."""
        return await self._write("sign", partial(signing.sign, signed=signed, now=now))

    async def resign(
        self,
        txid: str,
        transaction: Transaction,
        now: datetime,
        reason: str = HIGHER_FEE,
        deed: Deed | None = None,
    ) -> bool:
        """Store other bytes at the same slot in place of ``txid``, if that is the slot's newest transaction."""
        work = partial(signing.resign, txid=txid, transaction=transaction, now=now, reason=reason, deed=deed)
        return await self._write("replace", work)

    async def adopt(self, creator: str, signer: str) -> int:
        """Give applied items of a creator that have no signer this one; return how many there were."""
        return await self._write("adopt", partial(line.adopt, creator=creator, signer=signer))

    async def answer(self, event: TxEvent, now: datetime) -> bool:
        """Write a transaction event on the transaction, its slot, and every item of the slot."""
        name = "settle" if isinstance(event, answering.DECISIVE) else "answer"
        return await self._write(name, partial(answering.answer, event=event, now=now))

    async def lanes(self) -> list[str]:
        """Return the signers that have unsettled slots or applied items."""
        return await self._read(lanes.lanes)

    async def lane(self, signer: str, limit: int) -> LaneRecord:
        """Return a lane: its unsettled slots by nonce, and its first ``limit`` waiting items."""
        return await self._read(partial(lanes.lane, signer=signer, limit=limit))

    async def served(self, txid: str) -> tuple[tuple[Batch, ...], tuple[Transaction, ...]]:
        """Return the batches whose items a transaction's slot carries, and all that was ever signed at its nonce."""
        return await self._read(partial(lanes.served, txid=txid))

    async def tail(self, height: int, known: int = 0) -> list[Transaction]:
        """Return our own mined transactions from this height on, and in the last ``known`` blocks known here."""
        return await self._read(partial(lanes.tail, height=height, known=known))

    async def adopt_mined(
        self, signer: str, mined: Sequence[MinedTransaction], contract: str, now: datetime, upto: int | None = None
    ) -> int:
        """Write what was mined at a signer's nonces, up to where the lane goes on; return how many were news."""
        work = partial(foreign.adopt, signer=signer, mined=mined, contract=contract, now=now, upto=upto)
        return await self._write("settle", work)

    async def match_strays(self, signer: str, contract: str, now: datetime) -> tuple[int, tuple[Doubt, ...]]:
        """Give kept foreign transactions to the waiting items that made them; return how many, and the doubtful."""
        return await self._write("settle", partial(foreign.match, signer=signer, contract=contract, now=now))

    async def release_lane(
        self,
        signer: str,
        confirmed: int | None,
        now: datetime,
        doubts: Sequence[Doubt] = (),
        deed: Deed | None = None,
    ) -> None:
        """Let a held lane go on at the chain's nonce, whatever was mined before, and whatever was doubtful of it."""
        work = partial(foreign.release, signer=signer, confirmed=confirmed, now=now, doubts=doubts, deed=deed)
        await self._write("settle", work)

    async def traffic(self) -> dict[str, Traffic]:
        """Return how busy every lane is that has something to do, by signer."""
        return await self._read(traffic.traffic)

    async def orphans(self, limit: int, *, unread_too: bool = True) -> list[Item]:
        """Return applied items that have no signer."""
        return await self._read(partial(line.orphans, limit=limit, unread_too=unread_too))

    async def doubt_signed(self, now: datetime) -> int:
        """Mark every transaction that was never answered as once posted, unclear: called once at start-up."""
        return await self._write("doubt", partial(answering.doubt_signed, now=now))

    async def fail_running(self, reason: str, now: datetime) -> int:
        """Put the hold CRITICAL with this error on every started batch that has queued items; return how many."""
        return await self._write("fail_running", partial(line.fail_running, reason=reason, now=now))

    async def complete(self, now: datetime) -> int:
        """Write completedAt and settledAt where they are due; return how many batches were completed."""
        return await self._write("sweep", partial(moving.sweep, now=now))

    async def fact(self, name: str) -> str | None:
        """Return a fact about this database (network, contract, chain, ...)."""
        return await self._read(partial(reading.fact, name=name))

    async def set_fact(self, name: str, value: str, deed: Deed | None = None) -> None:
        """Keep a fact about this database, and with it who made it one."""
        await self._write("set_fact", partial(auditing.keep, name=name, value=value, deed=deed))

    async def prove(self) -> None:
        """Write and take back as much as a round of work does; Unavailable while that isn't possible."""
        await self._write("prove", facts.fill)
        await self._write("prove", facts.clear)

    async def hasten(self, now: datetime, longest: float) -> int:
        """Let no wait in the ledger last longer than ``longest`` seconds, nor begin in the future."""
        return await self._write("hasten", partial(hastening.hasten, now=now, longest=longest))

    async def import_contents(self, contents: Sequence[Content], now: datetime, who: str = "") -> list[tuple[int, str]]:
        """Upsert contents in order, all or none; return (index, reason) of those that can't be, then none is."""
        try:
            await self._write(
                "import_contents", partial(importing.import_contents, contents=contents, now=now, who=who)
            )
        except importing.Refused as refused:
            return refused.problems
        return []

    async def close(self) -> None:
        """Finish what is queued and let go of the file."""
        await self._readers.close()
        ended = True if self._writer is None else await self._writer.close()
        if self._lock is not None and ended:  # else the writer may yet write: only the end of the process frees it
            self._lock.release()
            self._lock = None
