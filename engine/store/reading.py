"""Reading: batches, items, stories, as pages of frozen nouns; every list is flat however much there is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import FromClause, Select, and_, bindparam, func, or_, select
from sqlalchemy.sql.elements import ColumnElement

from engine.core.lifecycle import outcome
from engine.core.model import Batch, BatchStatus, Item, ItemState, Problem
from engine.core.reports import BatchQuery, Creator, ItemQuery, Page, Transition
from engine.core.text import storable
from engine.errors import InvalidDraft, NotFound
from engine.store.queries import Connection, Query, literal, to_json
from engine.store.rows import (
    BATCH_COLUMNS,
    TITLED,
    to_batches,
    to_item,
    to_transition,
)
from engine.store.tables import BATCH, CHANGE, CONTENT, FACT, ITEM, TRANSITION

T = TypeVar("T")
_BATCHES = select(*BATCH_COLUMNS)
BATCH_BY_ID = Query(_BATCHES.where(BATCH.c.id == bindparam("batch_id")))
ITEMS_OF_BATCH = Query(TITLED.where(ITEM.c.batch_no == bindparam("batch_no")).order_by(ITEM.c.position))
ITEM_OF_BATCH = Query(TITLED.where(BATCH.c.id == bindparam("batch_id"), ITEM.c.content_id == bindparam("content")))
ACCEPTED = Query(
    select(BATCH.c.created_at, BATCH.c.who)
    .join_from(ITEM, BATCH, ITEM.c.batch_no == BATCH.c.no)
    .where(ITEM.c.id == bindparam("item_id"))
)
STORY = Query(
    select(*(TRANSITION.c[name] for name in ("at", "event", "state", "detail", "txid", "nonce")))
    .where(TRANSITION.c.item_id == bindparam("item_id"))
    .order_by(TRANSITION.c.id)
)
CREATORS = Query(
    select(CONTENT.c.creator, func.count().filter(CONTENT.c.removed_at.is_(None)))
    .group_by(CONTENT.c.creator)
    .order_by(CONTENT.c.creator)
)
GIVEN = select(func.json_each(bindparam("ids")).table_valued("value").c.value)


def calls(change: FromClause, item: FromClause) -> ColumnElement[bool]:
    """Tell whether the chain knows of a change, or should: one of an item that calls, or an import of what it has."""
    touched = literal(",") + change.c.fields + literal(",")
    known = (func.instr(touched, f",{name},") > 0 for name in ("price", "on_chain_id"))
    return or_(item.c.state != literal(ItemState.CATALOGUE_ONLY), and_(change.c.item_id.is_(None), or_(*known)))


LAST_CALL = (
    select(func.coalesce(ITEM.c.state, "imported"))
    .outerjoin_from(CHANGE, ITEM, CHANGE.c.item_id == ITEM.c.id)
    .where(CHANGE.c.content_no == CONTENT.c.no, calls(CHANGE, ITEM))
    .order_by(CHANGE.c.id.desc())
    .limit(1)
    .correlate(CONTENT)
    .scalar_subquery()
)
"""How the last change stands that the chain knows of, or should: an import changes what it has, and calls nothing."""
CONTENT_IDS = Query(
    select(BATCH.c.id, ITEM.c.content_id)
    .join_from(BATCH, ITEM, ITEM.c.batch_no == BATCH.c.no)
    .where(BATCH.c.id.in_(GIVEN))
    .order_by(ITEM.c.batch_no, ITEM.c.position)
)
OFF_CHAIN = Query(
    select(CONTENT.c.content_id).where(CONTENT.c.content_id.in_(GIVEN), literal(ItemState.CONFIRMED) != LAST_CALL)
)
FACT_BY_NAME = Query(select(FACT.c.value).where(FACT.c.name == bindparam("of")))


def batch_row(database: Connection, batch_id: str) -> Any:
    """Return the row of a batch, its ``no`` first; NotFound."""
    row = database.one(BATCH_BY_ID, batch_id=batch_id) if storable(batch_id) else None
    if row is None:
        raise NotFound(f"There is no batch {batch_id!r:.60}: look it up in the list of batches")
    return row


def batch(database: Connection, batch_id: str) -> Batch:
    """Return one batch; NotFound."""
    return to_batches(database, [batch_row(database, batch_id)])[0]


def whole(database: Connection, batch_id: str) -> tuple[Batch, tuple[Item, ...]]:
    """Return a batch and all its items as they are at one moment; NotFound."""
    row = batch_row(database, batch_id)
    items = tuple(to_item(found) for found in database.all(ITEMS_OF_BATCH, batch_no=row[0]))
    return to_batches(database, [row])[0], items


def content_ids(database: Connection, batch_ids: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Return the contents of some batches, by batch and position; an unknown batch isn't there."""
    found: dict[str, list[str]] = {}
    for batch_id, content_id in database.all(CONTENT_IDS, ids=to_json([one for one in batch_ids if storable(one)])):
        found.setdefault(batch_id, []).append(content_id)
    return {batch_id: tuple(ids) for batch_id, ids in found.items()}


def batches(database: Connection, query: BatchQuery) -> Page[Batch]:
    """Return a page of batches, newest first."""
    listed, counted = _batch_queries(
        bool(query.creator), query.status, bool(query.text), query.after is not None, bool(query.group)
    )
    values = {"of": query.creator, "text": query.text.casefold(), "after": cursor(query.after), "group": query.group}
    rows = database.all(listed, most=query.limit + 1, skip=query.skip, **values)
    found = to_batches(database, rows[: query.limit])
    following = str(rows[query.limit - 1][0]) if len(rows) > query.limit > 0 else None
    return Page(found, int(database.value(counted, **values)), following)


@lru_cache(maxsize=128)
def _batch_queries(
    creator: bool, status: BatchStatus | None, text: bool, after: bool, group: bool
) -> tuple[Query, Query]:
    """Return the query of a page and that of its total, for these filters."""
    where: list[ColumnElement[bool]] = []
    if creator:
        where.append(BATCH.c.creator == bindparam("of"))
    if status:
        where.append(BATCH.c.status == literal(status))
    if group:
        where.append(BATCH.c.group_id == bindparam("group"))
    if text:
        where.append(_holds(BATCH.c.id, BATCH.c.creator, BATCH.c.why))
    more = [*where, BATCH.c.no < bindparam("after")] if after else where
    listed = _BATCHES.where(*more).order_by(BATCH.c.no.desc()).limit(bindparam("most")).offset(bindparam("skip"))
    return Query(listed), Query(count(BATCH.c.no, where))


def count(column: ColumnElement[Any], where: Iterable[ColumnElement[bool]]) -> Select[int]:
    """Count the rows of a column's table for which all of these hold."""
    return select(func.count()).select_from(column.table).where(*where)


def _holds(*columns: ColumnElement[Any]) -> ColumnElement[bool]:
    """Tell whether a text is in any of the columns, without regard to case in any script."""
    return or_(*(func.instr(func.fold(func.coalesce(column, "")), bindparam("text")) > 0 for column in columns))


def cursor(given: str | None) -> int:
    """Read a cursor of ours; InvalidDraft for anything else."""
    if given is None:
        return 0
    if not (given.isascii() and given.isdecimal() and len(given) < 19):
        raise InvalidDraft([Problem("after", f"{given!r:.60} is not a cursor: give the `next` of a page")])
    return int(given)


def items(database: Connection, batch_id: str, query: ItemQuery) -> Page[Item]:
    """Return a page of a batch's items by position; a batch is small, so the filters need no index."""
    batch_no = batch_row(database, batch_id)[0]
    after = -1 if query.after is None else cursor(query.after)
    found = [to_item(row) for row in database.all(ITEMS_OF_BATCH, batch_no=batch_no)]
    found = [item for item in found if _matches(item, query)]
    left = [item for item in found if item.position > after]
    return _page(left, len(found), query.limit, lambda item: item.position)


def _page(rows: Sequence[T], total: int, limit: int, position: Callable[[T], int]) -> Page[T]:
    following = str(position(rows[limit - 1])) if len(rows) > limit > 0 else None
    return Page(tuple(rows[:limit]), total, following)


def _matches(item: Item, query: ItemQuery) -> bool:
    if query.outcomes and outcome(item) not in query.outcomes:
        return False
    if query.content_ids and item.content_id not in query.content_ids:
        return False
    text = query.text.casefold()
    return any(text in field.casefold() for field in (item.content_id, item.title, item.error or ""))


def item(database: Connection, batch_id: str, content_id: str) -> Item:
    """Return one item of a batch; NotFound."""
    known = storable(batch_id) and storable(content_id)
    row = database.one(ITEM_OF_BATCH, batch_id=batch_id, content=content_id) if known else None
    if row is None:
        raise NotFound(f"There is no content {content_id!r:.60} in a batch {batch_id!r:.60}: look at its items")
    return to_item(row)


def story(database: Connection, item_id: int) -> list[Transition]:
    """Return what happened to an item, oldest first; NotFound."""
    accepted = database.one(ACCEPTED, item_id=item_id)
    if accepted is None:
        raise NotFound(f"There is no item {item_id}: look at the items of its batch")
    at, who = accepted
    begin = (at, "Accepted", ItemState.QUEUED, f"By {who}" if who else "", None, None)
    return [to_transition(row) for row in (begin, *database.all(STORY, item_id=item_id))]


def creators(database: Connection) -> list[Creator]:
    """Return the creators by address."""
    return [Creator(address, count) for address, count in database.all(CREATORS)]


def off_chain_contents(database: Connection, content_ids: Collection[str]) -> frozenset[str]:
    """Return those whose last change with a contract call isn't confirmed, or was overtaken by an import."""
    return frozenset(row[0] for row in database.all(OFF_CHAIN, ids=to_json(list(content_ids))))


def fact(database: Connection, name: str) -> str | None:
    """Return a fact."""
    found: str | None = database.value(FACT_BY_NAME, of=name)
    return found
