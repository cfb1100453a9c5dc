"""What the status API sees: the chain as the node has it, or as it was some blocks ago when the API lags."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.devnet.node import Devnet

_MINED = "SELECT m.*, b.hash, b.time FROM mined m JOIN block b ON b.height = m.height"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a transaction was mined, when (seconds since 1970), and its result as hex."""

    height: int
    hash: str
    time: int
    index: int
    result: str


@dataclass(frozen=True, slots=True)
class Seen:
    """A transaction as the API sees it; without a place it isn't mined. Fee in µSTX, times in seconds since 1970."""

    txid: str
    status: str
    sender: str
    nonce: int
    fee: int
    raw: bytes
    received: int
    replaced_by: str | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Nonces:
    """An account's last executed nonce, the highest in the mempool, those below it, and those missing between."""

    executed: int | None
    highest: int | None
    pending: list[int]
    missing: list[int]

    @property
    def following(self) -> int:
        """Return the highest that is known and one: gaps are not filled."""
        return max(-1 if known is None else known for known in (self.executed, self.highest)) + 1


class View:
    """Reads a devnet's ledger as its API does."""

    def __init__(self, devnet: Devnet) -> None:
        self._devnet = devnet

    @property
    def horizon(self) -> int:
        """Return the height up to which the API knows the chain."""
        return self._devnet.shown_tip - int(self._devnet.faults.number("api-lag"))

    def transaction(self, txid: str) -> Seen | None:
        """Return a transaction by its txid without 0x; None when the API doesn't know it."""
        ledger = self._devnet.ledger
        mined = ledger.row(f"{_MINED} WHERE txid=?", txid)
        if mined is not None:
            return self._told(mined)
        waiting = ledger.row("SELECT * FROM mempool WHERE txid=?", txid)
        if waiting is not None:
            return _seen(waiting, waiting["shown"])
        gone = ledger.row("SELECT * FROM gone WHERE txid=?", txid)
        return _seen(gone, gone["status"], gone["by"]) if gone else None

    def _told(self, mined: sqlite3.Row) -> Seen:
        if mined["height"] > self.horizon:
            return _seen(mined, "pending")
        place = Place(mined["height"], mined["hash"], mined["time"], mined["tx_index"], mined["result"])
        return _seen(mined, mined["status"], None, place)

    def confirmed(self, address: str) -> list[Seen]:
        """Return the mined transactions of an account, newest first."""
        rows = self._devnet.ledger.rows(
            f"{_MINED} WHERE sender=? AND m.height <= ? ORDER BY m.height DESC, tx_index DESC", address, self.horizon
        )
        return [self._told(row) for row in rows]

    def waiting(self, address: str) -> list[Seen]:
        """Return an account's transactions in the mempool, newest first; what counts as dropped is left out."""
        ledger = self._devnet.ledger
        unseen = ledger.rows(f"{_MINED} WHERE sender=? AND m.height > ?", address, self.horizon)
        held = ledger.rows("SELECT * FROM mempool WHERE sender=? AND shown='pending'", address)
        found = [_seen(row, "pending") for row in (*unseen, *held)]
        return sorted(found, key=lambda seen: (seen.received, seen.nonce), reverse=True)

    def nonces(self, address: str) -> Nonces:
        """Return an account's nonces by the API's own rule: no lists for one that never executed anything."""
        node = self._devnet.ledger.account(address).nonce
        unseen = self._devnet.ledger.rows("SELECT 1 FROM mined WHERE sender=? AND height > ?", address, self.horizon)
        executed = node - len(unseen) - 1
        held = sorted(seen.nonce for seen in self.waiting(address))
        highest = held[-1] if held else None
        if executed < 0:
            return Nonces(None, highest, [], [])
        missing = set(range(executed + 1, held[-1])) - set(held) if held else set()
        return Nonces(executed, highest, held[:-1], sorted(missing, reverse=True))


def _seen(row: sqlite3.Row, status: str, by: str | None = None, place: Place | None = None) -> Seen:
    known = (row["sender"], row["nonce"], row["fee"], row["raw"], row["received"])
    return Seen(row["txid"], status, *known, replaced_by=by, place=place)
