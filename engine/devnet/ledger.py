"""The devnet's file: accounts, contents, mempool, blocks. Every change is fsynced before anybody is answered."""

from __future__ import annotations

import secrets
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import Unavailable
from engine.folders import made, secure

SCHEMA = """
CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE account (address TEXT PRIMARY KEY, nonce INTEGER NOT NULL, balance INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE content (
  id TEXT PRIMARY KEY, owner TEXT NOT NULL, price TEXT NOT NULL, removed INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE TABLE mempool (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, txid TEXT NOT NULL UNIQUE, sender TEXT NOT NULL, nonce INTEGER NOT NULL,
  fee INTEGER NOT NULL, raw BLOB NOT NULL, received INTEGER NOT NULL, shown TEXT NOT NULL DEFAULT 'pending');
CREATE INDEX mempool_slot ON mempool (sender, nonce);
CREATE TABLE gone (
  txid TEXT PRIMARY KEY, sender TEXT NOT NULL, nonce INTEGER NOT NULL, fee INTEGER NOT NULL, raw BLOB NOT NULL,
  received INTEGER NOT NULL, status TEXT NOT NULL, by TEXT) WITHOUT ROWID;
CREATE TABLE block (height INTEGER PRIMARY KEY, hash TEXT NOT NULL, time INTEGER NOT NULL);
CREATE TABLE mined (
  txid TEXT PRIMARY KEY, seq INTEGER, height INTEGER NOT NULL, tx_index INTEGER NOT NULL, sender TEXT NOT NULL,
  nonce INTEGER NOT NULL, fee INTEGER NOT NULL, raw BLOB NOT NULL, received INTEGER NOT NULL, status TEXT NOT NULL,
  result TEXT NOT NULL, undo TEXT NOT NULL);
CREATE INDEX mined_height ON mined (height, tx_index);
CREATE INDEX mined_sender ON mined (sender, height, tx_index)
"""
"""``seq`` is the order of arrival, kept through mining and reorgs."""
OURS = 0x6264766E
"""SQLite's application_id of a devnet's file ("bdvn"), so that no other database is ever taken for one."""
GENESIS = 1
MOST = 2**63 - 1
"""The largest balance: SQLite's integers end there, far beyond all STX that will ever be."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account: the next nonce to be mined, and its balance in µSTX."""

    nonce: int
    balance: int


@dataclass(frozen=True, slots=True)
class OnChain:
    """A content as the contract knows it."""

    owner: str
    price: int
    removed: bool


class Ledger:
    """One SQLite file with one connection; `change` is one durable transaction."""

    def __init__(self, path: Path, network: str, now: int) -> None:
        """Open or make the file; ValueError when it is none of ours, or another network's.

        Unavailable when it can't be opened or written now.
        """
        made(path.parent, "make it writable, or name another file for the simulated chain")
        try:
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5)
        except sqlite3.OperationalError as wrong:
            raise _unusable(path, wrong) from wrong
        self._db.row_factory = sqlite3.Row
        try:
            self._prepare(path, network, now)
        except sqlite3.DatabaseError as wrong:
            self.close()
            raise _unusable(path, wrong) from wrong
        except BaseException:
            self.close()
            raise

    def _prepare(self, path: Path, network: str, now: int) -> None:
        if self._pragma("application_id") != OURS and self.row("SELECT 1 FROM sqlite_master"):
            raise ValueError(f"{path} is not a devnet's file, or an older version's: name another, or remove it")
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        if sys.platform == "darwin":  # its fsync doesn't flush the drive
            self._db.execute("PRAGMA fullfsync=ON")
            self._db.execute("PRAGMA checkpoint_fullfsync=ON")
        with self.change():
            if self._pragma("application_id") != OURS:
                secure(path.parent)
                self._make(network, now)
        if self.fact("network") != network:
            raise ValueError(f"This devnet's chain is {self.fact('network')}, not {network}: use another database")

    def _pragma(self, name: str) -> int:
        return int(self._db.execute(f"PRAGMA {name}").fetchone()[0])

    def _make(self, network: str, now: int) -> None:
        """Make the tables and the first block, inside a change: a kill leaves all of it or nothing."""
        for statement in SCHEMA.split(";\n"):
            self._db.execute(statement)
        self._db.execute(f"PRAGMA application_id={OURS}")
        self.set_fact("id", secrets.token_hex(8))
        self.set_fact("network", network)
        self.add_block(GENESIS, now)

    @contextmanager
    def change(self) -> Iterator[None]:
        """Do everything inside as one durable transaction, or nothing of it."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:  # some errors, a full disk among them, have rolled back already
                self._db.execute("ROLLBACK")
            raise

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """Return all rows of a query."""
        return self._db.execute(sql, values).fetchall()

    def row(self, sql: str, *values: Any) -> sqlite3.Row | None:
        """Return the first row of a query, or None."""
        found: sqlite3.Row | None = self._db.execute(sql, values).fetchone()
        return found

    def run(self, sql: str, *values: Any) -> int:
        """Run a statement inside `change`; return how many rows it touched."""
        return self._db.execute(sql, values).rowcount

    def fact(self, name: str) -> str | None:
        """Return a fact about this chain."""
        found = self.row("SELECT value FROM fact WHERE name=?", name)
        return None if found is None else str(found["value"])

    def set_fact(self, name: str, value: str) -> None:
        """Keep a fact about this chain."""
        self.run("INSERT OR REPLACE INTO fact VALUES (?, ?)", name, value)

    @property
    def tip(self) -> int:
        """Return the height of the newest block."""
        found = self.row("SELECT max(height) AS height FROM block")
        return int(found["height"]) if found and found["height"] is not None else 0

    def add_block(self, height: int, now: int) -> None:
        """Write a block of this height."""
        self.run("INSERT INTO block VALUES (?, ?, ?)", height, secrets.token_hex(32), now)

    def account(self, address: str) -> Account:
        """Return an account; an unknown one is empty, as on a real node."""
        found = self.row("SELECT nonce, balance FROM account WHERE address=?", address)
        return Account(found["nonce"], found["balance"]) if found else Account(0, 0)

    def knows(self, address: str) -> bool:
        """Tell whether an account was ever written, however empty it is by now."""
        return self.row("SELECT 1 FROM account WHERE address=?", address) is not None

    def set_account(self, address: str, account: Account) -> None:
        """Write an account; its balance stays between 0 and `MOST`."""
        balance = max(0, min(MOST, account.balance))
        self.run("INSERT OR REPLACE INTO account VALUES (?, ?, ?)", address, account.nonce, balance)

    def content(self, content_id: int) -> OnChain | None:
        """Return what the contract knows of a content, removed ones too."""
        found = self.row("SELECT * FROM content WHERE id=?", str(content_id))
        return OnChain(found["owner"], int(found["price"]), bool(found["removed"])) if found else None

    def set_content(self, content_id: int, content: OnChain) -> None:
        """Write a content."""
        values = (str(content_id), content.owner, str(content.price), int(content.removed))
        self.run("INSERT OR REPLACE INTO content VALUES (?, ?, ?, ?)", *values)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()


def _unusable(path: Path, wrong: sqlite3.DatabaseError) -> Exception:
    """Return why a file can't be a chain: it never can, or it can't be opened or written as things stand."""
    if isinstance(wrong, sqlite3.OperationalError):
        remedy = "check that the file and its folder may be written and have room, or name another file"
        return Unavailable(f"The simulated chain {path} can't be used ({wrong}): {remedy}")
    return ValueError(f"{path} can't be used as a devnet's file ({wrong}): name another")
