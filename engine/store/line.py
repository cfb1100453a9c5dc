"""The line's first half: start what is due, hand out what is queued, change the catalogue, record what happened."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import bindparam, exists, func, select

from engine.core.applying import Change, judge
from engine.core.events import (
    ApplyFailed,
    Cancelled,
    CatalogueChanged,
    CatalogueOnlyChanged,
    ChainGivenUp,
    ItemEvent,
    SigningFailed,
    Superseded,
)
from engine.core.lifecycle import OPEN
from engine.core.model import Content, Hold, Item, ItemState
from engine.core.operations import RULES
from engine.store import catalogue
from engine.store.ledger import unread
from engine.store.moving import find, finish, move
from engine.store.queries import Connection, Query, literal, to_micros, updating
from engine.store.refusals import REFUSALS, refusal
from engine.store.rows import CONTENT_COLUMNS, ITEM_COLUMNS, ITEMS, to_content, to_item
from engine.store.tables import BATCH, CONTENT, ITEM

_FREE = BATCH.c.hold == literal(Hold.NONE)
_NOT_STARTED = BATCH.c.started_at.is_(None)
_QUEUED = ITEM.c.state == literal(ItemState.QUEUED)
_APPLIED = ITEM.c.state == literal(ItemState.APPLIED)
_HAS_QUEUED = exists().where(ITEM.c.batch_no == BATCH.c.no, _QUEUED)
_START = ("started_at", "revision")
CLAIM_PENDING = updating(BATCH, _START, BATCH.c.status == literal("pending"))
CLAIM_SCHEDULED = updating(BATCH, _START, _NOT_STARTED, _FREE, BATCH.c.scheduled_for <= bindparam("now"))
PROCESSING = (
    select(BATCH.c.no)
    .where(BATCH.c.status == literal("processing"), _HAS_QUEUED)
    .order_by(BATCH.c.no)
    .limit(bindparam("most"))
)
QUEUED = Query(
    ITEMS.where(_QUEUED, ITEM.c.batch_no.in_(PROCESSING)).order_by(ITEM.c.batch_no, ITEM.c.id).limit(bindparam("most"))
)
_earlier = ITEM.alias("earlier")
_theirs = BATCH.alias("theirs")
_RUNS = exists().where(_theirs.c.no == _earlier.c.batch_no, _theirs.c.hold == literal(Hold.NONE))
_HAS_A_FORERUNNER = exists().where(
    _earlier.c.content_id == ITEM.c.content_id,
    _earlier.c.id < ITEM.c.id,
    _earlier.c.state == literal(ItemState.QUEUED),
    _RUNS.where(_theirs.c.started_at.is_not(None)),
)
"""An item accepted earlier waits to change the same content (promise 5): one lookup in the index of what is queued."""
TO_APPLY = Query(
    select(*ITEM_COLUMNS, func.coalesce(ITEM.c.origin, ITEM.c.id), CONTENT.c.no, *CONTENT_COLUMNS)
    .join_from(ITEM, BATCH, ITEM.c.batch_no == BATCH.c.no)
    .outerjoin(CONTENT, CONTENT.c.content_id == ITEM.c.content_id)
    .where(ITEM.c.id == bindparam("item_id"), _QUEUED, _FREE, ~_HAS_A_FORERUNNER)
)
_WIDTH = len(ITEM_COLUMNS)
ORPHANS = Query(ITEMS.where(_APPLIED, ITEM.c.signer.is_(None)).order_by(ITEM.c.id).limit(bindparam("most")))
ADOPT = updating(
    ITEM,
    ("signer", "revision"),
    _APPLIED,
    ITEM.c.signer.is_(None),
    ITEM.c.batch_no.in_(select(BATCH.c.no).where(BATCH.c.creator == bindparam("of_creator"))),
)
FAIL_RUNNING = updating(
    BATCH, ("hold", "error", "held_by", "revision"), BATCH.c.status == literal("processing"), _HAS_QUEUED
)


def claim(database: Connection, now: datetime) -> int:
    """Start every due batch that nothing holds; return how many."""
    at, revision = to_micros(now), database.revision
    started = database.run(CLAIM_PENDING, started_at=at, revision=revision)
    return started + database.run(CLAIM_SCHEDULED, started_at=at, now=at, revision=revision)


def queued(database: Connection, limit: int) -> list[Item]:
    """Return the next items to apply."""
    return [to_item(row) for row in database.all(QUEUED, most=limit)]


def apply(database: Connection, item_id: int, signer: str | None, now: datetime) -> Item | None:
    """Take the item's change into the catalogue, or write why not; None when it isn't its turn.

    It isn't when the item isn't queued, its batch is held, or an earlier item of the same content is still to come.
    """
    row = database.one(TO_APPLY, item_id=item_id)
    if row is None:
        return None
    item, origin, content_no = to_item(row[:_WIDTH]), row[_WIDTH], row[_WIDTH + 1]
    content = None if content_no is None else to_content(row[_WIDTH + 2 :])
    last = catalogue.latest(database)
    verdict = judge(item, content, catalogue.past_of(database, item, origin), last + 1, signer, now)
    event = _event(database, item, origin, (content_no, content), verdict, now)
    moved = move(database, item, event, now)
    if moved.state not in OPEN:
        finish(database, item.batch_id, now)
    return moved


def _event(
    database: Connection,
    item: Item,
    origin: int,
    target: tuple[int, Content | None],
    verdict: Change | ApplyFailed | Superseded,
    now: datetime,
) -> CatalogueChanged | CatalogueOnlyChanged | ApplyFailed | Superseded:
    """Do what was judged, and return what is to be recorded; a refused change takes no place in the order."""
    if isinstance(verdict, ApplyFailed):
        return ApplyFailed(verdict.reason, verdict.order - 1)
    if isinstance(verdict, Superseded):
        return Superseded(verdict.by)  # it keeps its baseline, so that it stays superseded
    content_no, content = target
    assert content is not None
    try:
        _change(database, item, origin, content_no, content, verdict, now)
    except REFUSALS as error:
        return ApplyFailed(refusal(error, verdict.content), verdict.event.order - 1)
    return verdict.event


def _change(
    database: Connection,
    item: Item,
    origin: int,
    content_no: int,
    old: Content,
    change: Change,
    now: datetime,
) -> None:
    rule, differing = RULES[item.operation], catalogue.differences(old, change.content)
    if differing:
        new = {name: after for name, (_, after) in differing.items()}
        catalogue.update_content(database, content_no, change.content, new, to_micros(now))
    catalogue.insert_change(
        database,
        order=change.event.order,
        content_no=content_no,
        item=(item.id, origin),
        by=f"batch {item.batch_id}",
        touched=rule.fields(item.value),
        old=rule.replaced(old, item.value),
        new=item.value,
        at=to_micros(now),
    )


def record(
    database: Connection,
    item_id: int,
    state: ItemState,
    event: ItemEvent,
    now: datetime,
    *,
    unread_too: bool = False,
) -> bool:
    """Write an event on an item that is still in ``state``.

    What a copy may have sent is given up by nobody, unless ``unread_too`` says that it can't have been.
    """
    item = find(database, item_id)
    if item is None or item.state is not state:
        return False
    gives_up = isinstance(event, ChainGivenUp | SigningFailed)
    if gives_up and not unread_too and unread.is_unread(database, item):
        return False
    if isinstance(event, ApplyFailed | Cancelled):
        event = replace(event, order=catalogue.latest(database))
    if move(database, item, event, now).state not in OPEN:
        finish(database, item.batch_id, now)
    return True


def orphans(database: Connection, limit: int, *, unread_too: bool = True) -> list[Item]:
    """Return applied items without a signer; without those that a copy may have sent, if they aren't wanted."""
    if unread_too:
        return [to_item(row) for row in database.all(ORPHANS, most=limit)]
    return [to_item(row) for row in database.all(unread.ORPHANS, most=limit, upto=unread.last(database) or 0)]


def adopt(database: Connection, creator: str, signer: str) -> int:
    """Give a creator's applied items that have no signer this one."""
    return database.run(ADOPT, of_creator=creator, signer=signer, revision=database.revision)


def fail_running(database: Connection, reason: str, now: datetime) -> int:
    """Hold every running batch that has queued items as critical; the items stay queued."""
    hold = Hold.CRITICAL.value
    return database.run(FAIL_RUNNING, hold=hold, error=reason, held_by="", revision=database.revision)
