"""Looking into a devnet's file without being its node: it may be open elsewhere, and nothing is written."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from engine.devnet.ledger import OURS, Account
from engine.setting_rules import DEVNET_SUFFIX

_PATIENCE = 5


@dataclass(frozen=True, slots=True)
class ChainFile:
    """What is in a devnet's file: which chain, of which network, how high, and the accounts that were asked for."""

    id: str
    network: str
    tip: int
    accounts: Mapping[str, Account] = field(default_factory=dict)


def chain_path(database: Path) -> Path:
    """Return where the chain of an engine with the devnet inside lies: beside its database."""
    return database.with_name(database.name + DEVNET_SUFFIX)


def read_chain_file(path: Path, addresses: Iterable[str] = ()) -> ChainFile | None:
    """Read the file at ``path``; None when there is none, ValueError when it can't be read as a devnet's."""
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=_PATIENCE)) as raw:
            return _read(raw, addresses)
    except (sqlite3.Error, KeyError, TypeError) as wrong:
        raise ValueError(f"{path} can't be read as the file of a simulated chain ({wrong})") from wrong


def _read(raw: sqlite3.Connection, addresses: Iterable[str]) -> ChainFile:
    if raw.execute("PRAGMA application_id").fetchone()[0] != OURS:
        raise sqlite3.DatabaseError("it is another program's")
    facts = dict(raw.execute("SELECT name, value FROM fact WHERE name IN ('id', 'network')"))
    tip = raw.execute("SELECT max(height) FROM block").fetchone()[0]
    accounts = {address: _account(raw, address) for address in addresses}
    return ChainFile(facts["id"], facts["network"], int(tip), accounts)


def _account(raw: sqlite3.Connection, address: str) -> Account:
    row = raw.execute("SELECT nonce, balance FROM account WHERE address = ?", (address,)).fetchone()
    return Account(*row) if row else Account(0, 0)
