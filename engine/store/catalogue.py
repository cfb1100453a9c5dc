"""The catalogue's order: every change has its place, and what comes later on the same field is a rival."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, and_, bindparam, func, or_, select

from engine.core.applying import Past, Rival, overlaps
from engine.core.model import Content, Item, Scalar
from engine.core.operations import RULES
from engine.store.queries import Connection, Query, inserting, to_json, updating
from engine.store.rows import folded, from_content
from engine.store.tables import BATCH, CHANGE, CONTENT, ITEM

LATEST = Query(select(func.coalesce(func.max(CHANGE.c.id), 0)))
INSERT_CHANGE = inserting(CHANGE)
_ORIGIN = func.coalesce(ITEM.c.origin, ITEM.c.id)
_root, _back = ITEM.alias("root"), ITEM.alias("back")
_own, _parent = BATCH.alias("own"), BATCH.alias("parent")
_REVERTED = (
    select(func.coalesce(_back.c.origin, _back.c.id))
    .join_from(_root, _own, _own.c.no == _root.c.batch_no)
    .join(_parent, _parent.c.id == _own.c.revert_of)
    .join(_back, and_(_back.c.batch_no == _parent.c.no, _back.c.content_id == _root.c.content_id))
    .where(_root.c.id == _ORIGIN)
    .correlate(ITEM)
    .scalar_subquery()
)
"""The chain of retries that an item puts back, if it is a revert's (or a retry's of one)."""
_LATER = (
    select(ITEM.c.id, CHANGE.c.fields, CHANGE.c.by, CHANGE.c.item_id)
    .join_from(ITEM, CONTENT, CONTENT.c.content_id == ITEM.c.content_id)
    .join(CHANGE, CHANGE.c.content_no == CONTENT.c.no)
    .where(
        CHANGE.c.id > ITEM.c.catalogue_order,
        CHANGE.c.origin.is_distinct_from(_ORIGIN),
        or_(CHANGE.c.origin.is_distinct_from(func.coalesce(_REVERTED, 0)), CHANGE.c.item_id > _ORIGIN),
    )
    .order_by(CHANGE.c.id)
)
"""Later changes by others. A revert puts back whatever its own chain did, even by a retry that was accepted before
the revert and still stood in the queue then: only one accepted after it is a rival."""
RIVALS_OF_ITEM = Query(_LATER.where(ITEM.c.id == bindparam("item_id")))
RIVALS_OF_BATCH = Query(_LATER.where(ITEM.c.batch_no == bindparam("batch_no")))
_CHAIN: BindParameter[int] = bindparam("chain")
FIRST_REPLACED = Query(
    select(ITEM.c.replaced)
    .where(or_(ITEM.c.id == _CHAIN, ITEM.c.origin == _CHAIN), ITEM.c.replaced.is_not(None))
    .order_by(ITEM.c.id)
    .limit(1)
)
IMPORT = "an import"


def latest(database: Connection) -> int:
    """Return the greatest place in catalogue order that is taken; 0 when none is."""
    return int(database.value(LATEST))


def later_changes(database: Connection, item: Item) -> list[tuple[Rival, int | None]]:
    """Return the later rivals of an item, oldest first, each with the item that made it (None: an import)."""
    rows = database.all(RIVALS_OF_ITEM, item_id=item.id)
    return [(Rival(by), maker) for _, touched, by, maker in rows if _overlap(item, touched)]


def past_of(database: Connection, item: Item, origin: int) -> Past:
    """Return what went before a queued item: its newest rival, and what its chain of retries replaced first."""
    if item.order is None:
        return Past()
    rivals = later_changes(database, item)
    replaced = None if origin == item.id else database.value(FIRST_REPLACED, chain=origin)
    return Past(rivals[-1][0] if rivals else None, None if replaced is None else json.loads(replaced))


def rivals_of(database: Connection, batch_no: int, items: Mapping[int, Item]) -> dict[int, Rival]:
    """Return the newest rival of each item of a batch that has one, in one query."""
    rows = database.all(RIVALS_OF_BATCH, batch_no=batch_no)
    return {key: Rival(by) for key, touched, by, _ in rows if key in items and _overlap(items[key], touched)}


def _overlap(item: Item, touched: str) -> bool:
    """Tell whether a stored change touches the item's fields; the import of a new content touches nothing."""
    mine = RULES[item.operation].fields(item.value)
    return bool(touched) and overlaps(mine, frozenset(touched.split(",")))


def differences(old: Content, new: Content) -> dict[str, tuple[Scalar, Scalar]]:
    """Return the fields in which two contents differ, each with its old and new value as they are stored."""
    if old == new:
        return {}
    before, after = from_content(old), from_content(new)
    return {name: (before[name], after[name]) for name in before if before[name] != after[name]}


@lru_cache(maxsize=64)
def _update_content(columns: tuple[str, ...]) -> Query:
    return updating(CONTENT, (*columns, "changed_at", "folded", "revision"), CONTENT.c.no == bindparam("content_no"))


def update_content(database: Connection, content_no: int, content: Content, new: Mapping[str, Any], at: int) -> None:
    """Set the ``new`` columns of a content, which is as given after it; IntegrityError when a constraint refuses."""
    query = _update_content(tuple(sorted(new)))
    known = {"changed_at": at, "folded": folded(content), "revision": database.revision}
    database.run(query, content_no=content_no, **known, **new)


def insert_change(
    database: Connection,
    *,
    order: int,
    content_no: int,
    by: str,
    touched: frozenset[str],
    old: Mapping[str, Scalar],
    new: Mapping[str, Scalar],
    at: int | None,
    item: tuple[int, int] | None = None,
    who: str = "",
) -> None:
    """Take a place in catalogue order; ``item`` is the changing item's key and origin, None for an import."""
    item_id, origin = item or (None, None)
    database.run(
        INSERT_CHANGE,
        id=order,
        content_no=content_no,
        item_id=item_id,
        origin=origin,
        fields=",".join(sorted(touched)),
        by=by,
        who=who,
        old=to_json(old),
        new=to_json(new),
        at=at,
    )
