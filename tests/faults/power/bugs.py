"""Bugs planted on purpose: a harness that never turns red proves nothing."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from engine.devnet import ledger
from engine.store import opening


def _store_normal() -> None:
    """The database as most people set it up: WAL with synchronous=NORMAL."""
    connect = opening.connect  # type: ignore[attr-defined]

    def careless(path: Path, read_only: bool) -> sqlite3.Connection:
        raw = connect(path, read_only)
        raw.execute("PRAGMA synchronous = NORMAL")
        return raw

    opening.connect = careless  # type: ignore[attr-defined]


def _chain_normal() -> None:
    """A devnet that answers before its disk has it."""
    prepare = ledger.Ledger._prepare

    def careless(self: ledger.Ledger, path: Path, network: str, now: int) -> None:
        prepare(self, path, network, now)
        self._db.execute("PRAGMA synchronous = NORMAL")

    ledger.Ledger._prepare = careless  # type: ignore[method-assign]


def _normal() -> None:
    _store_normal()
    _chain_normal()


def _folders() -> None:
    """New folders are made, and nobody sees to it that their names last."""
    opening.secure = ledger.secure = lambda folder: None  # type: ignore[attr-defined]


BUGS = {"normal": _normal, "folders": _folders}
