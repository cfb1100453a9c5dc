"""Rows become nouns, and nouns become rows: the one place that knows the order of the columns."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import bindparam, case, func, select

from engine.core.model import (
    Batch,
    Content,
    Group,
    Hold,
    Item,
    ItemState,
    NewBatch,
    Operation,
    Tally,
)
from engine.core.reports import Transition
from engine.store.queries import Connection, Query, micros, named, time, to_json, to_time
from engine.store.tables import BATCH, CONTENT, ITEM

BATCH_COLUMNS = named(
    BATCH,
    "no id operation creator payload hold created_at started_at completed_at settled_at scheduled_for "
    "retry_of revert_of error why who group_id group_place group_size",
)
ITEM_FIELDS = (
    "state updated_at replaced title on_chain_id catalogue_order error submitted signer nonce txid fee block_height"
)
"""The columns of an item that an event may change."""
ITEM_COLUMNS = [
    ITEM.c.id,
    BATCH.c.id,
    ITEM.c.position,
    ITEM.c.content_id,
    BATCH.c.creator,
    BATCH.c.operation,
    ITEM.c.value,
    *named(ITEM, ITEM_FIELDS),
]
_OF_BATCHES = (ITEM, BATCH, ITEM.c.batch_no == BATCH.c.no)
ITEMS = select(*ITEM_COLUMNS).join_from(*_OF_BATCHES)
"""What the line reads: the columns as they are."""
_IN_CATALOGUE = select(CONTENT.c.title).where(CONTENT.c.content_id == ITEM.c.content_id).scalar_subquery()
_TITLE = case((ITEM.c.title != "", ITEM.c.title), else_=func.coalesce(_IN_CATALOGUE, "")).label("title")
TITLED = select(*(_TITLE if one is ITEM.c.title else one for one in ITEM_COLUMNS)).join_from(*_OF_BATCHES)
"""What people read: an item has a title of its own from its change on, and the catalogue's before."""
CONTENT_COLUMNS = named(
    CONTENT,
    "content_id creator title price on_chain_id description content_type token_gating refundable "
    "refund_window_days url removed_at removal_reason",
)
CONTENT_NAMES = [column.name for column in CONTENT_COLUMNS]
TALLIES = Query(
    select(
        ITEM.c.batch_no,
        ITEM.c.state,
        func.count(),
        func.sum(ITEM.c.submitted),
        func.coalesce(func.sum(ITEM.c.fee), 0),
    )
    .where(ITEM.c.batch_no.in_(select(func.json_each(bindparam("numbers")).table_valued("value").c.value)))
    .group_by(ITEM.c.batch_no, ITEM.c.state)
)
_LOSABLE = (ItemState.APPLIED, ItemState.SIGNED)


def tallies(database: Connection, numbers: Iterable[int]) -> dict[int, Tally]:
    """Count the items of batches by state, in one query for all of them."""
    states: dict[int, dict[ItemState, int]] = {}
    lost: dict[int, int] = {}
    fees: dict[int, int] = {}
    for no, name, count, submitted, fee in database.all(TALLIES, numbers=to_json(list(numbers))):
        state = ItemState(name)
        states.setdefault(no, {})[state] = count
        fees[no] = fees.get(no, 0) + fee
        if state in _LOSABLE:
            lost[no] = lost.get(no, 0) + submitted
    return {no: Tally(found, lost.get(no, 0), fees[no]) for no, found in states.items()}


def to_batches(database: Connection, rows: Sequence[Any]) -> tuple[Batch, ...]:
    """Turn rows of `BATCH_COLUMNS` into batches with their counts."""
    counted = tallies(database, (row[0] for row in rows))
    return tuple(_batch(row, counted.get(row[0], Tally({}))) for row in rows)


def _batch(row: Any, tally: Tally) -> Batch:
    _, key, operation, creator, payload, hold, created, started, completed, settled, scheduled, *rest = row
    retry_of, revert_of, error, why, who, *group = rest
    return Batch(
        id=key,
        operation=Operation(operation),
        creator=creator,
        payload=json.loads(payload),
        hold=Hold(hold),
        tally=tally,
        created_at=to_time(created),
        started_at=time(started),
        completed_at=time(completed),
        settled_at=time(settled),
        scheduled_for=time(scheduled),
        retry_of=retry_of,
        revert_of=revert_of,
        error=error,
        why=why,
        who=who,
        group=None if group[0] is None else Group(*group),
    )


def from_new_batch(batch: NewBatch, revision: int) -> dict[str, Any]:
    """Return the row of a batch that is accepted now."""
    return {
        "id": batch.id,
        "operation": batch.operation,
        "creator": batch.creator,
        "payload": to_json(batch.payload),
        "hold": Hold.NONE,
        "created_at": micros(batch.created_at),
        "started_at": None,
        "completed_at": None,
        "settled_at": None,
        "scheduled_for": micros(batch.scheduled_for),
        "retry_of": batch.retry_of,
        "revert_of": batch.revert_of,
        "error": None,
        "why": batch.why,
        "who": batch.who,
        "held_by": "",
        "group_id": batch.group.id if batch.group else None,
        "group_place": batch.group.place if batch.group else None,
        "group_size": batch.group.size if batch.group else None,
        "revision": revision,
    }


def to_item(row: Any) -> Item:
    """Turn a row of `ITEM_COLUMNS` into an item."""
    key, batch, position, content, creator, operation, value, state, updated, replaced, title, chain, *rest = row
    order, error, submitted, signer, nonce, txid, fee, height = rest
    return Item(
        id=key,
        batch_id=batch,
        position=position,
        content_id=content,
        creator=creator,
        operation=Operation(operation),
        value=json.loads(value),
        state=ItemState(state),
        updated_at=to_time(updated),
        replaced=None if replaced is None else json.loads(replaced),
        title=title,
        on_chain_id=None if chain is None else int(chain),
        order=order,
        error=error,
        submitted=bool(submitted),
        signer=signer,
        nonce=nonce,
        txid=txid,
        fee=fee,
        block_height=height,
    )


def from_item(item: Item) -> dict[str, Any]:
    """Return the columns of an item that an event may change."""
    return {
        "state": item.state.value,
        "updated_at": micros(item.updated_at),
        "replaced": None if item.replaced is None else to_json(item.replaced),
        "title": item.title,
        "on_chain_id": None if item.on_chain_id is None else str(item.on_chain_id),
        "catalogue_order": item.order,
        "error": item.error,
        "submitted": int(item.submitted),
        "signer": item.signer,
        "nonce": item.nonce,
        "txid": item.txid,
        "fee": item.fee,
        "block_height": item.block_height,
    }


def to_content(row: Any) -> Content:
    """Turn a row of `CONTENT_COLUMNS` into a content."""
    key, creator, title, price, chain, description, kind, gating, refundable, days, url, removed, reason = row
    return Content(
        content_id=key,
        creator=creator,
        title=title,
        price=price,
        on_chain_id=None if chain is None else int(chain),
        description=description,
        content_type=kind,
        token_gating=bool(gating),
        refundable=bool(refundable),
        refund_window_days=days,
        url=url,
        removed_at=time(removed),
        removal_reason=reason,
    )


def from_content(content: Content) -> dict[str, Any]:
    """Return the columns of a content."""
    columns = {name: getattr(content, name) for name in CONTENT_NAMES}
    columns["on_chain_id"] = None if content.on_chain_id is None else str(content.on_chain_id)
    columns["removed_at"] = micros(content.removed_at)
    return columns


def folded(content: Content) -> str:
    """Return what a search for words looks into: id and title, without their case in any script."""
    return f"{content.content_id}\x1f{content.title}".casefold()


def to_transition(row: Any) -> Transition:
    """Turn a row of (at, event, state, detail, txid, nonce) into a line of the story."""
    at, event, state, detail, txid, nonce = row
    return Transition(to_time(at), event, ItemState(state), detail, txid, nonce)
