"""What a database says of itself: its schema, how much is in it, what it is bound to."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import func, select

from engine.core.posting import PATIENT
from engine.store import migrate
from engine.store.facts import TAKEN
from engine.store.ledger import unread
from engine.store.queries import Connection, Query, literal
from engine.store.tables import BATCH, CONTENT, FACT, SLOT, TRANSACTION

BATCHES = Query(select(func.count()).select_from(BATCH))
CONTENTS = Query(select(func.count()).select_from(CONTENT))
CREATORS = Query(select(CONTENT.c.creator).where(CONTENT.c.removed_at.is_(None)).distinct().order_by(CONTENT.c.creator))
UNKEPT = Query(
    select(SLOT.c.signer, SLOT.c.nonce)
    .join_from(SLOT, TRANSACTION, TRANSACTION.c.slot_id == SLOT.c.id)
    .where(
        SLOT.c.settled_at.is_(None),
        func.length(TRANSACTION.c.raw) == 0,
        TRANSACTION.c.status.in_([literal(status) for status in PATIENT]),
    )
    .order_by(SLOT.c.signer, SLOT.c.nonce)
)
"""Nonces that wait for bytes which aren't here: mined once, then taken back by a reorg."""
FACTS = Query(select(FACT.c.name, FACT.c.value))


@dataclass(frozen=True, slots=True)
class Inventory:
    """What is in a database; ``facts`` are what it keeps about itself, e.g. its network, contract and chain.

    ``unkept`` are the signers and nonces that wait for bytes which aren't here, ``unread`` those whose items a copy
    that was put back may have sent, with how many.
    """

    schema: str
    batches: int
    contents: int
    creators: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    unkept: tuple[tuple[str, int], ...] = ()
    unread: tuple[tuple[str, int], ...] = ()

    @property
    def taken(self) -> str | None:
        """Return when the backup that this is, or came from, was made; None for a database that never was one."""
        return self.facts.get(TAKEN)


def inventory(raw: sqlite3.Connection) -> Inventory:
    """Read it, also from a database of an older schema."""
    database = Connection(raw)
    return Inventory(
        schema=migrate.version(raw) or "",
        batches=database.value(BATCHES),
        contents=database.value(CONTENTS),
        creators=tuple(row[0] for row in database.all(CREATORS)),
        facts={row[0]: row[1] for row in database.all(FACTS)},
        unkept=tuple((row[0], row[1]) for row in database.all(UNKEPT)),
        unread=unread.waiting(database),
    )
