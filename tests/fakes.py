"""Fakes for the two things a test can't have for real: the chain's will, and the time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from engine.core.content_story import OnChain
from engine.core.events import TxAccepted, TxEvent
from engine.core.operations import Call
from engine.core.vitals import NodeSight
from engine.ports import (
    Account,
    MinedCall,
    MinedTransaction,
    NodeInfo,
    NodeUnreachable,
    Sighting,
    StillReading,
    Waiting,
)
from engine.stacks import ContractCall, parse_transaction

BALANCE = 1_000_000_000


class FakeClock:
    """A clock that stands still until a test moves it; whoever sleeps is woken when their time has come."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
        self.seconds = 0.0
        self._sleepers: list[tuple[float, asyncio.Event]] = []

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return self.seconds

    def pass_(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)
        self.seconds += seconds
        for until, bell in self._sleepers:
            if until <= self.seconds:
                bell.set()
        self._sleepers = [sleeper for sleeper in self._sleepers if sleeper[0] > self.seconds]

    async def sleep(self, seconds: float) -> None:
        bell = asyncio.Event()
        self._sleepers.append((self.seconds + seconds, bell))
        await bell.wait()


Answer = Callable[[str], TxEvent]


async def has_nothing(on_chain_id: int) -> OnChain | None:
    return None


async def passes(call: Call) -> str | None:
    return None


@dataclass
class ScriptedChain:
    """A chain that does what a test's script says, and remembers all that it was given.

    ``script`` maps the n-th post (from 0) to an answer; every other post is accepted. `mine` makes a block.
    ``history`` is what each account did, by address; None for a node that keeps no such list. ``foresee`` answers
    preflights, and ``tried`` keeps what they were about. Without a ``clock`` it tells no block's time. So often as
    ``pages`` says, a list is too long to be told at once.
    """

    network_id: int = 0x80000000
    script: dict[int, Answer] = field(default_factory=dict)
    abort: Callable[[ContractCall], str | None] = lambda call: None
    keeps: Callable[[int], bool] = lambda post: True
    down: bool = False
    name: str = "scripted"
    posts: list[str] = field(default_factory=list)
    raws: dict[str, bytes] = field(default_factory=dict)
    mempool: dict[tuple[str, int], str] = field(default_factory=dict)
    mined: dict[str, Sighting] = field(default_factory=dict)
    nonces: dict[str, int] = field(default_factory=dict)
    prices: dict[int, int] = field(default_factory=dict)
    history: dict[str, list[MinedTransaction]] | None = field(default_factory=dict)
    clock: FakeClock | None = None
    tells_time: bool = True
    pages: int = 0
    height: int = 1
    forks: int = 0
    balance: int = BALANCE
    least_fee: int = 0
    foresee: Callable[[Call], Awaitable[str | None]] = passes
    tell_content: Callable[[int], Awaitable[OnChain | None]] = has_nothing
    tried: list[tuple[Call, str]] = field(default_factory=list)

    def routes(self) -> str:
        return "scripted"

    def refused(self) -> tuple[str, ...]:
        return ()

    def nodes(self) -> tuple[NodeSight, ...]:
        return ()

    async def info(self) -> NodeInfo:
        self._answer()
        contract = "ST1PQHQKV0RJXZFY1DGX8MNSNYVE3VGZJSRTPGZGM.x"
        return NodeInfo(self.network_id, self.height, "scripted", "test-devnet", contract)

    async def account(self, address: str) -> Account:
        self._answer()
        return Account(self.nonces.get(address, 0), self.balance)

    async def fee(self, call: Call, length: int) -> int | None:
        self._answer()
        return None

    async def broadcast(self, raw: bytes, txid: str, now: datetime) -> TxEvent:
        post = len(self.posts)
        self.posts.append(txid)
        self.raws[txid] = raw
        answer = self.script.get(post, TxAccepted)(txid)
        if self.keeps(post):
            transaction = parse_transaction(raw)
            self.mempool[(transaction.sender_address("testnet"), transaction.nonce)] = txid
        return answer

    def mine(self) -> None:
        """Mine all that is next in line, as a node does: nonce after nonce, within one block."""
        self.height += 1
        for sender, nonce in sorted(self.mempool):
            txid = self.mempool[sender, nonce]
            if nonce == self.nonces.get(sender, 0) and parse_transaction(self.raws[txid]).fee >= self.least_fee:
                self._mine_one(sender, nonce, self.mempool.pop((sender, nonce)))

    def reorg(self, blocks: int, back: bool = True) -> None:
        """Take the last blocks off the chain; what was mined there is pending again, or (not ``back``) forgotten."""
        self.height -= blocks
        self.forks += 1
        gone = {txid: seen for txid, seen in self.mined.items() if (seen.block_height or 0) > self.height}
        for txid in gone:
            del self.mined[txid]
            if txid in self.raws:
                transaction = parse_transaction(self.raws[txid])
                place = transaction.sender_address("testnet"), transaction.nonce
                self.nonces[place[0]] = min(self.nonces[place[0]], place[1])
                if back:
                    self.mempool[place] = txid
        for signer, done in (self.history or {}).items():
            done[:] = [mined for mined in done if mined.txid not in gone]
            self.nonces[signer] = len(done)

    def _mine_one(self, sender: str, nonce: int, txid: str) -> None:
        self.nonces[sender] = nonce + 1
        payload = parse_transaction(self.raws[txid]).payload
        why = self.abort(payload) if isinstance(payload, ContractCall) else None
        status = "aborted" if why else "success"
        self.mined[txid] = Sighting(txid, status, self.height, why or "", f"{self.height} of {self.forks}")
        self._remember(sender, nonce, txid, why)
        if isinstance(payload, ContractCall) and not why and payload.function == "update-content-price":
            content, price = (argument.value for argument in payload.args)
            self.prices[content] = price

    def _remember(self, sender: str, nonce: int, txid: str, why: str | None) -> None:
        if self.history is None:
            return
        transaction = parse_transaction(self.raws[txid])
        payload = transaction.payload
        called = isinstance(payload, ContractCall)
        call = MinedCall(payload.contract, payload.function, payload.args) if called else None
        mined = MinedTransaction(txid, nonce, not why, self.height, transaction.fee, call, why or "", self._time())
        self.history.setdefault(sender, []).append(mined)

    def _time(self) -> datetime | None:
        return self.clock.now() if self.clock else None

    def foreign(self, sender: str, call: MinedCall | None = None, why: str = "") -> MinedTransaction:
        """Let another wallet with the same key use the account's next nonce."""
        self.height += 1
        nonce = self.nonces.get(sender, 0)
        txid = sha256(f"foreign {sender} {nonce}".encode()).hexdigest()
        self.nonces[sender] = nonce + 1
        self.mempool.pop((sender, nonce), None)
        mined = MinedTransaction(txid, nonce, not why, self.height, 1000, call, why, self._time())
        self.mined[txid] = Sighting(txid, "aborted" if why else "success", self.height, why)
        if self.history is not None:
            self.history.setdefault(sender, []).append(mined)
        return mined

    async def look_up(self, txids: Sequence[str]) -> dict[str, Sighting]:
        self._answer()
        pending = set(self.mempool.values())
        return {
            txid: self.mined.get(txid, Sighting(txid, "pending" if txid in pending else "unknown")) for txid in txids
        }

    async def mined_from(
        self, address: str, nonce: int, since: datetime | None = None
    ) -> tuple[MinedTransaction, ...] | None:
        self._answer()
        if self.history is None:
            return None
        if self.pages:
            self.pages -= 1
            raise StillReading("the list is long")
        done = sorted((one for one in self.history.get(address, ()) if one.nonce >= nonce), key=lambda one: one.nonce)
        old = [one for one in done if since and one.mined_at and one.mined_at < since]
        return tuple(one for one in done if one not in old[:-1])

    async def waiting(self, address: str, confirmed: int, tip: int) -> Waiting | None:
        self._answer()
        if self.history is None:
            return None
        waits, nonce = {nonce for sender, nonce in self.mempool if sender == address}, self.nonces.get(address, 0)
        following = max([nonce, *(one + 1 for one in waits)])
        return Waiting(following, frozenset(set(range(nonce, following)) - waits))

    async def preflight(self, call: Call, sender: str) -> str | None:
        self._answer()
        self.tried.append((call, sender))
        return await self.foresee(call)

    async def content(self, on_chain_id: int) -> OnChain | None:
        self._answer()
        return await self.tell_content(on_chain_id)

    async def register(self, contents: Sequence[tuple[int, str, int]], accounts: Sequence[str]) -> None:
        self._answer()

    async def close(self) -> None:
        self.down = True

    def _answer(self) -> None:
        if self.down:
            raise NodeUnreachable("connection refused")
