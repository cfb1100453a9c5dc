"""What is accepted is stored: batches, their items, and the key under which a caller may ask again."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select

from engine.core.model import ItemState, NewBatch
from engine.core.oversight import Quota
from engine.core.reports import Skipped
from engine.errors import Conflict
from engine.ports import IdempotencyKey
from engine.store import auditing
from engine.store.queries import Connection, Query, inserting, micros, to_json
from engine.store.rows import from_new_batch
from engine.store.tables import BATCH, IDEMPOTENCY, ITEM

INSERT_BATCH = inserting(BATCH, "no")
_LATER = "replaced on_chain_id error signer nonce txid fee block_height slot_id"
INSERT_ITEM = inserting(ITEM, "id", *_LATER.split())
INSERT_KEY = inserting(IDEMPOTENCY)
KEY = Query(
    select(IDEMPOTENCY.c.digest, IDEMPOTENCY.c.batch_ids, IDEMPOTENCY.c.skipped).where(
        IDEMPOTENCY.c.key == bindparam("given")
    )
)


@dataclass(frozen=True, slots=True)
class Given:
    """What a key gave when it was first used."""

    batch_ids: list[str]
    skipped: tuple[Skipped, ...]


def add(
    database: Connection, batches: Sequence[NewBatch], key: IdempotencyKey | None, quota: Quota | None = None
) -> list[str]:
    """Store batches in order, or return what the key gave before; TooManyRequests when they don't fit the quota."""
    known = recall(database, key)
    if known:
        return known.batch_ids
    auditing.must_fit(database, quota, batches)
    for batch in batches:
        store(database, batch, quota)
    remember(database, key, batches)
    return [batch.id for batch in batches]


def store(database: Connection, batch: NewBatch, quota: Quota | None = None) -> None:
    """Store one batch with its items, all queued, and who made it; Conflict when its id is taken."""
    try:
        batch_no = database.insert(INSERT_BATCH, **from_new_batch(batch, database.revision))
        database.many(INSERT_ITEM, _items(batch, batch_no, database.revision))
    except sqlite3.IntegrityError as error:
        raise Conflict(f"Batch {batch.id} can't be stored ({error}): make a new one") from error
    auditing.note_batch(database, batch, quota)


def _items(batch: NewBatch, batch_no: int, revision: int) -> Iterator[dict[str, Any]]:
    at, given, value = micros(batch.created_at), None, ""
    for position, entry in enumerate(batch.entries):
        if entry.value is not given:  # most batches have one value for all their items
            given, value = entry.value, to_json(dict(entry.value))
        yield {
            "batch_no": batch_no,
            "position": position,
            "content_id": entry.content_id,
            "value": value,
            "state": ItemState.QUEUED.value,
            "updated_at": at,
            "title": "",
            "catalogue_order": entry.baseline,
            "submitted": 0,
            "origin": entry.origin,
            "revision": revision,
        }


def recall(database: Connection, key: IdempotencyKey | None) -> Given | None:
    """Return what a key gave before, None for a new one; Conflict when something else came with it then."""
    row = None if key is None else database.one(KEY, given=key.key)
    if row is None or key is None:
        return None
    digest, batch_ids, skipped = row
    if digest != key.digest:
        raise Conflict(f"The idempotency key {key.key!r} was used for something else: use a new key")
    return Given(json.loads(batch_ids), tuple(Skipped(*pair) for pair in json.loads(skipped)))


def remember(
    database: Connection,
    key: IdempotencyKey | None,
    batches: Sequence[NewBatch],
    skipped: Sequence[Skipped] = (),
) -> None:
    """Keep what a key gave, in the transaction that gives it."""
    if key is None or not batches:
        return
    database.run(
        INSERT_KEY,
        key=key.key,
        digest=key.digest,
        batch_ids=to_json([batch.id for batch in batches]),
        skipped=to_json([(one.content_id, one.reason) for one in skipped]),
        at=micros(batches[0].created_at),
    )
