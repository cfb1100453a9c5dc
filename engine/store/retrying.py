"""A batch out of another one: what a retry or revert takes is chosen and stored in the same transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import bindparam, func, select

from engine.core.applying import retryable, revertible
from engine.core.events import Cancelled
from engine.core.model import Batch, Entry, Hold, Item, ItemState, NewBatch, Value
from engine.core.operations import RULES
from engine.core.oversight import Quota
from engine.core.reports import Selection, Skipped
from engine.door import RETRYABLE
from engine.errors import Conflict
from engine.ports import IdempotencyKey, Wish
from engine.store import accepting, auditing, catalogue
from engine.store.moving import finish, move
from engine.store.queries import Connection, Query, literal
from engine.store.reading import ITEMS_OF_BATCH, batch_row
from engine.store.rows import to_batches, to_item
from engine.store.tables import BATCH, ITEM

_ENDED_BADLY = [literal(state) for state in (ItemState.FAILED, ItemState.OFF_CHAIN, ItemState.CANCELLED)]
_first = ITEM.alias("first")
_again = ITEM.alias("again")
_ROOT = func.coalesce(_first.c.origin, _first.c.id)
TAKEN = Query(
    select(_first.c.id, BATCH.c.id)
    .join_from(_first, _again, _again.c.origin == _ROOT)
    .join(BATCH, BATCH.c.no == _again.c.batch_no)
    .where(_first.c.batch_no == bindparam("batch_no"), _again.c.id > _first.c.id)
    .where(_again.c.state.not_in(_ENDED_BADLY))
    .order_by(_again.c.id)
)
ORIGINS = Query(
    select(ITEM.c.id, func.coalesce(ITEM.c.origin, ITEM.c.id)).where(ITEM.c.batch_no == bindparam("batch_no"))
)
NOT_THERE = "It isn't in this batch"


def select_retry(database: Connection, wish: Wish) -> Selection:
    """Choose what a retry would send; NotFound."""
    return _choose_retry(database, *_parent(database, wish.parent), wish)


def retry(database: Connection, wish: Wish, key: IdempotencyKey | None) -> tuple[str, Selection]:
    """Store the retry; Conflict when nothing is left. Its items know their origin and where the catalogue stood."""
    batch_no, parent = _parent(database, wish.parent)
    known = accepting.recall(database, key)
    if known:
        return _again_given(database, batch_no, parent, known)
    selection = _choose_retry(database, batch_no, parent, wish)
    _refuse_empty(selection, "retry")
    origins = dict(database.all(ORIGINS, batch_no=batch_no))
    for item in selection.items:
        if item.state is ItemState.QUEUED:
            move(database, item, Cancelled(catalogue.latest(database)), wish.now)
    finish(database, parent.id, wish.now)
    entries = _entries(database, selection, [origins[item.id] for item in selection.items])
    batch = replace(_new(parent, wish, entries), retry_of=parent.id, payload=_shown(parent, selection))
    return _store(database, batch, selection, key, wish.quota)


def select_revert(database: Connection, wish: Wish) -> Selection:
    """Choose what a revert would put back; NotFound."""
    return _choose_revert(database, *_parent(database, wish.parent), wish)


def revert(database: Connection, wish: Wish, key: IdempotencyKey | None) -> tuple[str, Selection]:
    """Store the revert; Conflict when nothing can be put back."""
    batch_no, parent = _parent(database, wish.parent)
    known = accepting.recall(database, key)
    if known:
        return _again_given(database, batch_no, parent, known)
    selection = _choose_revert(database, batch_no, parent, wish)
    _refuse_empty(selection, "put back")
    entries = _entries(database, selection, [None] * len(selection.items))
    batch = replace(_new(parent, wish, entries), revert_of=parent.id, payload=_shown(parent, selection))
    return _store(database, batch, selection, key, wish.quota)


def _parent(database: Connection, batch_id: str) -> tuple[int, Batch]:
    row = batch_row(database, batch_id)
    return row[0], to_batches(database, [row])[0]


def _items(database: Connection, batch_no: int, wish: Wish) -> tuple[list[Item], tuple[Skipped, ...]]:
    """Return the items that are meant, and the wished contents that the batch doesn't have."""
    items = [to_item(row) for row in database.all(ITEMS_OF_BATCH, batch_no=batch_no)]
    if wish.content_ids is None:
        return items, ()
    stray = wish.content_ids - {item.content_id for item in items}
    meant = [item for item in items if item.content_id in wish.content_ids]
    return meant, tuple(Skipped(content_id, NOT_THERE) for content_id in sorted(stray))


def _choose_retry(database: Connection, batch_no: int, parent: Batch, wish: Wish) -> Selection:
    items, stray = _items(database, batch_no, wish)
    rivals = catalogue.rivals_of(database, batch_no, {item.id: item for item in items})
    taken = dict(database.all(TAKEN, batch_no=batch_no))
    failed = parent.hold is Hold.CRITICAL
    found = retryable(parent.id, items, wish.outcomes or RETRYABLE, rivals, taken, failed)
    return replace(found, skipped=found.skipped + stray)


def _choose_revert(database: Connection, batch_no: int, parent: Batch, wish: Wish) -> Selection:
    items, stray = _items(database, batch_no, wish)
    rivals = catalogue.rivals_of(database, batch_no, {item.id: item for item in items})
    found = revertible(parent.id, items, rivals)
    return replace(found, skipped=found.skipped + stray)


def _refuse_empty(selection: Selection, verb: str) -> None:
    if not selection.items:
        reasons = Counter(one.reason for one in selection.skipped)
        told = "; ".join(f"{reason} ({count} of its contents)" for reason, count in reasons.most_common(3))
        raise Conflict(f"Nothing of batch {selection.parent} is left to {verb}: {told or 'it has no items'}")


def _entries(database: Connection, selection: Selection, origins: Sequence[int | None]) -> tuple[Entry, ...]:
    baseline = catalogue.latest(database)
    return tuple(
        Entry(item.content_id, value, baseline, origin)
        for item, value, origin in zip(selection.items, selection.values, origins, strict=True)
    )


def _new(parent: Batch, wish: Wish, entries: tuple[Entry, ...]) -> NewBatch:
    return NewBatch(
        id=wish.new_id,
        operation=parent.operation,
        creator=parent.creator,
        payload={},
        entries=entries,
        created_at=wish.now,
        why=wish.why,
        who=wish.who,
    )


def _shown(parent: Batch, selection: Selection) -> dict[str, object]:
    """Return the batch's payload: the value of all, or each item's own, as a draft would have it."""
    rule = RULES[parent.operation]

    def payload(value: Value) -> dict[str, object]:
        return dict(rule.payload(value))

    first, *others = [payload(value) for value in selection.values]
    if all(other == first for other in others):
        return first
    pairs = zip(selection.items, selection.values, strict=True)
    return {"items": [{"contentId": item.content_id, **payload(value)} for item, value in pairs]}


def _store(
    database: Connection, batch: NewBatch, selection: Selection, key: IdempotencyKey | None, quota: Quota | None
) -> tuple[str, Selection]:
    auditing.must_fit(database, quota, [batch])
    accepting.store(database, batch, quota)
    accepting.remember(database, key, [batch], selection.skipped)
    return batch.id, selection


def _again_given(database: Connection, batch_no: int, parent: Batch, known: accepting.Given) -> tuple[str, Selection]:
    """Return what the key gave: the batch, and the selection as it was then."""
    child_no = batch_row(database, known.batch_ids[0])[0]
    children = [to_item(row) for row in database.all(ITEMS_OF_BATCH, batch_no=child_no)]
    items = {row[3]: to_item(row) for row in database.all(ITEMS_OF_BATCH, batch_no=batch_no)}
    chosen = tuple(items[child.content_id] for child in children)
    values = tuple(child.value for child in children)
    return known.batch_ids[0], Selection(parent.id, chosen, values, known.skipped)
