"""Devnet: one simulated node, its file, its miner, its switches, and the app that answers for it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from starlette.applications import Starlette

from engine.devnet import admission, foreign, mempool, mining
from engine.devnet.admission import Refusal
from engine.devnet.api import make_app
from engine.devnet.faults import Faults
from engine.devnet.ledger import Account, Ledger, OnChain
from engine.devnet.options import contract_of, deployer
from engine.stacks import Transaction

AMPLE = 1_000_000_000_000
log = structlog.get_logger()


@dataclass(slots=True)
class Devnet:
    """A simulated node on one file; `closing` ends the hangs of a served one when it is told to end."""

    ledger: Ledger
    network: str
    block_seconds: float
    faults: Faults
    wall: Callable[[], float] = time.time
    paused: bool = False
    blacklisted: dict[str, float] = field(default_factory=dict)
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    _miner: asyncio.Task[None] | None = None

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        network: str = "testnet",
        block_seconds: float = 2.0,
        faults: Faults | None = None,
        wall: Callable[[], float] = time.time,
    ) -> Devnet:
        """Open or make the chain in this file; ValueError when it belongs to another network.

        ``block_seconds`` between blocks; ``wall`` gives seconds since 1970. Raises Unavailable when the file can't be
        opened or written now. Several nodes may share one file, as real ones share a chain.
        """
        ledger = Ledger(Path(path), network, int(wall()))
        return cls(ledger, network, block_seconds, faults or Faults(), wall, paused=ledger.fact("paused") == "1")

    @property
    def id(self) -> str:
        """Return the id of this chain, made when its file was made."""
        return self.ledger.fact("id") or ""

    @property
    def contract(self) -> str:
        """Return the contract that it models."""
        return contract_of(self.network)

    @property
    def now(self) -> int:
        """Return the wall clock's time in whole seconds since 1970."""
        return int(self.wall())

    @property
    def app(self) -> Starlette:
        """Return the ASGI app of this node."""
        return make_app(self)

    @property
    def shown_tip(self) -> int:
        """Return the height at which the node says it stands: it may lag."""
        return max(0, self.ledger.tip - int(self.faults.number("node-lag")))

    def shown_nonce(self, address: str) -> int:
        """Return an account's next nonce at the height at which the node says it stands."""
        unseen = self.ledger.row(
            "SELECT count(*) AS n FROM mined WHERE sender=? AND height > ?", address, self.shown_tip
        )
        return self.ledger.account(address).nonce - (unseen["n"] if unseen else 0)

    @property
    def least_fee(self) -> int:
        """Return the least fee in µSTX that the market admits; 0 when the transaction's length decides."""
        return int(self.faults.number("market"))

    def rules(self) -> mining.Rules:
        """Return what the miner goes by right now."""
        least = max(self.least_fee, int(self.faults.number("mining-fee")))
        return mining.Rules(self.network, self.contract, deployer(self.network), self.paused, least)

    def admit(self, transaction: Transaction) -> Refusal | None:
        """Take a transaction into the mempool, durably, or say why not; a known one is simply taken again."""
        if self.knows(transaction.txid):
            return None
        if self.blacklisted.get(transaction.txid, 0) > self.wall():
            return admission.BLACKLISTED
        refusal = admission.check(self.ledger, transaction, self.network, self.contract, self.least_fee)
        if refusal is None:
            with self.ledger.change():
                mempool.take(self.ledger, transaction, transaction.sender_address(self.network), self.now)
        return refusal

    def knows(self, txid: str) -> bool:
        """Tell whether the node has a row for a transaction: rows stay after mining until they are too old."""
        if self.ledger.row("SELECT 1 FROM mempool WHERE txid=?", txid):
            return True
        mined = self.ledger.row("SELECT received FROM mined WHERE txid=?", txid)
        young = mined is not None and mined["received"] >= self.now - mempool.AGE
        return young and not self.faults.standing("forgets-mined")

    def blacklist(self, txid: str, seconds: float) -> None:
        """Refuse these bytes from now on for so many seconds; other bytes are welcome."""
        self.blacklisted[txid] = self.wall() + seconds

    def forget(self, txid: str) -> None:
        """Lose a transaction that was taken."""
        with self.ledger.change():
            self.ledger.run("DELETE FROM mempool WHERE txid=?", txid)

    def show_as(self, txid: str, status: str) -> None:
        """Let the status calls tell something else of a transaction in the mempool than that it is pending."""
        with self.ledger.change():
            self.ledger.run("UPDATE mempool SET shown=? WHERE txid=?", status, txid)

    def register(self, contents: list[tuple[int, str, int]], accounts: list[str]) -> int:
        """Make contents known that aren't yet, fund new accounts amply; return how many contents were new."""
        new = 0
        with self.ledger.change():
            for content_id, owner, price in contents:
                if self.ledger.content(content_id) is None:
                    self.ledger.set_content(content_id, OnChain(owner, price, False))
                    new += 1
            for address in accounts:
                if not self.ledger.knows(address):
                    self.ledger.set_account(address, Account(0, AMPLE))
        return new

    def fund(self, address: str, balance: int, nonce: int | None = None) -> None:
        """Set an account's balance, and its next nonce if one is given."""
        with self.ledger.change():
            known = self.ledger.account(address)
            self.ledger.set_account(address, Account(known.nonce if nonce is None else nonce, balance))

    def pause_contract(self, paused: bool) -> None:
        """Pause the contract (u507), or let it go on."""
        with self.ledger.change():
            self.ledger.set_fact("paused", "1" if paused else "0")
        self.paused = paused

    def mine(self, blocks: int = 1, always: bool = True) -> int:
        """Make blocks now; return how many transactions they hold."""
        total = 0
        for _ in range(blocks):
            with self.ledger.change():
                total += mining.mine(self.ledger, self.rules(), self.now, always)
        return total

    def mine_foreign(self, address: str, function: str | None = None, args: Sequence[int] = ()) -> str:
        """Mine a transaction of somebody else with an account's key; return its txid."""
        with self.ledger.change():
            return foreign.mine_foreign(self.ledger, self.rules(), address, function, args, self.now)

    def reorg(self, blocks: int) -> int:
        """Take blocks back; their transactions are pending again."""
        with self.ledger.change():
            return mining.reorg(self.ledger, blocks)

    async def start(self) -> None:
        """Begin to make blocks, unless it does already."""
        self._miner = self._miner or asyncio.create_task(self._mine_for_ever(), name="devnet miner")

    async def _mine_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self.block_seconds)
            if not self.faults.standing("stall"):
                try:
                    self.mine(always=False)
                except Exception:
                    log.exception("the devnet could not make a block")

    async def close(self) -> None:
        """Stop mining and let go of the file."""
        await self.stop()
        self.ledger.close()

    async def stop(self) -> None:
        """Make no more blocks by itself."""
        miner, self._miner = self._miner, None
        if miner:
            miner.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await miner
