"""Who did what, when and why, written in the transaction that does it; and what of it counts for a creator's quota."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, or_, select

from engine.core.model import NewBatch
from engine.core.oversight import Act, AuditQuery, Deed, Quota
from engine.core.reports import Page
from engine.core.text import many
from engine.errors import TooManyRequests
from engine.store.facts import set_fact
from engine.store.queries import Connection, Query, inserting, literal, named, to_json, to_micros, to_time
from engine.store.reading import batch_row, cursor, fact
from engine.store.tables import AUDIT

INSERT = inserting(AUDIT, "id")
HOUR = timedelta(hours=1)
SETTINGS = "settings"
_COLUMNS = named(AUDIT, "id at who act batch_id parent detail why")
METERED = Query(
    select(AUDIT.c.at, AUDIT.c["items"])
    .where(AUDIT.c.metered == literal("1"), AUDIT.c.creator == bindparam("of"), AUDIT.c.at > bindparam("since"))
    .order_by(AUDIT.c.at)
)
_LATER = AUDIT.c.id < bindparam("after")
_OF = or_(AUDIT.c.batch_id == bindparam("batch"), AUDIT.c.parent == bindparam("batch"))
LISTED = select(*_COLUMNS).order_by(AUDIT.c.id.desc()).limit(bindparam("most"))
ALL, ALL_AFTER = Query(LISTED), Query(LISTED.where(_LATER))
OF_BATCH, OF_BATCH_AFTER = Query(LISTED.where(_OF)), Query(LISTED.where(_OF, _LATER))
COUNT = Query(select(func.count()).select_from(AUDIT))
COUNT_OF_BATCH = Query(select(func.count()).select_from(AUDIT).where(_OF))


def note(database: Connection, deed: Deed) -> None:
    """Write that somebody did something."""
    _write(database, deed, None, 0, False)


def keep(database: Connection, name: str, value: str, deed: Deed | None) -> None:
    """Keep a fact, and with it who made it one."""
    set_fact(database, name, value)
    if deed is not None:
        note(database, deed)


def note_batch(database: Connection, batch: NewBatch, quota: Quota | None) -> None:
    """Write that a batch was accepted; it counts for the creator's quota when there is one, unless it is a retry."""
    act = Act.RETRY if batch.retry_of else Act.REVERT if batch.revert_of else Act.SUBMIT
    deed = Deed(
        at=batch.created_at,
        who=batch.who,
        act=act,
        batch_id=batch.id,
        parent=batch.retry_of or batch.revert_of,
        detail=batch.operation.value,
        why=batch.why,
    )
    _write(database, deed, batch.creator, len(batch.entries), quota is not None and act is not Act.RETRY)


def _write(database: Connection, deed: Deed, creator: str | None, items: int, metered: bool) -> None:
    database.run(
        INSERT,
        at=to_micros(deed.at),
        who=deed.who,
        act=deed.act.value,
        batch_id=deed.batch_id,
        parent=deed.parent,
        creator=creator,
        items=items,
        detail=deed.detail,
        why=deed.why,
        metered=int(metered),
    )


def must_fit(database: Connection, quota: Quota | None, batches: Sequence[NewBatch]) -> None:
    """Raise TooManyRequests when a creator has had too much within the hour, with the seconds until it may go on.

    Counted where it is stored, in the transaction that accepts: no restart forgets, no two clients slip in at once.
    """
    if quota is None or not (quota.batches or quota.items):
        return
    for creator in dict.fromkeys(batch.creator for batch in batches if not batch.retry_of):
        mine = [batch for batch in batches if batch.creator == creator]
        now = mine[0].created_at
        rows = database.all(METERED, of=creator, since=to_micros(now - HOUR))
        had = [(to_time(at), 1, items) for at, items in rows]
        items = sum(len(batch.entries) for batch in mine)
        wait = max(
            _wait([(at, one) for at, one, _ in had], len(mine), quota.batches, now),
            _wait([(at, count) for at, _, count in had], items, quota.items, now),
        )
        if wait:
            said = (
                f"{creator} may have {_allowed(quota)} an hour over the API: wait {math.ceil(wait)} s, or ask for less"
            )
            raise TooManyRequests(said, wait)


def _wait(had: Sequence[tuple[datetime, int]], wanted: int, most: int, now: datetime) -> float:
    """Return the seconds until ``wanted`` more fit; 0 when they do now, an hour when they never will."""
    over = sum(count for _, count in had) + wanted - most
    if most == 0 or over <= 0:
        return 0.0
    for at, count in had:
        over -= count
        if over <= 0:
            return min(HOUR.total_seconds(), max(1.0, (at + HOUR - now).total_seconds()))
    return HOUR.total_seconds()


def _allowed(quota: Quota) -> str:
    parts = [many(quota.batches, "batch", "batches")] if quota.batches else []
    return " and ".join([*parts, many(quota.items, "item")] if quota.items else parts)


def page(database: Connection, query: AuditQuery) -> Page[Deed]:
    """Return a page of what was done, newest first; NotFound for a batch that isn't there."""
    if query.batch_id is not None:
        batch_row(database, query.batch_id)
    listed = {(False, False): ALL, (False, True): ALL_AFTER, (True, False): OF_BATCH, (True, True): OF_BATCH_AFTER}
    values = {"batch": query.batch_id, "after": cursor(query.after)}
    found = database.all(listed[query.batch_id is not None, query.after is not None], most=query.limit + 1, **values)
    total = database.value(COUNT if query.batch_id is None else COUNT_OF_BATCH, **values)
    following = str(found[query.limit - 1][0]) if len(found) > query.limit else None
    return Page(tuple(_deed(row) for row in found[: query.limit]), int(total), following)


def _deed(row: Sequence[Any]) -> Deed:
    _, at, who, act, batch_id, parent, detail, why = row
    return Deed(to_time(at), who, Act(act), batch_id, parent, detail, why)


def note_settings(database: Connection, settings: Mapping[str, str], who: str, now: datetime) -> bool:
    """Write which settings differ from those of the last start; False when none does, or there was no start yet."""
    was = fact(database, SETTINGS)
    set_fact(database, SETTINGS, to_json(dict(settings)))
    before: dict[str, str] = json.loads(was) if was else dict(settings)
    names = [name for name in sorted({*before, *settings}) if before.get(name) != settings.get(name)]
    if not names:
        return False
    told = "; ".join(f"{name}: {before.get(name)} -> {settings.get(name)}" for name in names)
    note(database, Deed(now, who, Act.SETTINGS, detail=told))
    return True
