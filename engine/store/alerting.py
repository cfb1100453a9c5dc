"""Alerts as rows: raised once for a cause, ended with it, and acknowledged by whoever has seen them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, or_, select, text

from engine.core.model import Batch, BatchStatus
from engine.core.oversight import Act, AlertQuery, Cause, Deed, KeptAlert
from engine.core.reports import Page
from engine.errors import Conflict, NotFound
from engine.store import auditing
from engine.store.changes import latest
from engine.store.queries import Connection, Query, inserting, literal, named, time, to_micros, to_time, updating
from engine.store.reading import cursor
from engine.store.rows import BATCH_COLUMNS, to_batches
from engine.store.tables import ALERT, BATCH, OPEN_ALERT

LATELY = 256
"""Commits that a new watch looks back: what happened while no engine ran needs no more."""
INSERT = inserting(ALERT, "id")
STANDING = Query(select(ALERT.c.id, ALERT.c.key).where(ALERT.c.ended_at.is_(None), ALERT.c.batch_id.is_(None)))
KNOWN = Query(select(ALERT.c.id).where(ALERT.c.key == bindparam("of")).limit(1))
END = updating(ALERT, ("ended_at",), ALERT.c.id == bindparam("alert"))
ACKNOWLEDGE = updating(ALERT, ("acknowledged_at", "acknowledged_by", "why"), ALERT.c.id == bindparam("alert"))
_COLUMNS = named(ALERT, "id key message since batch_id ended_at acknowledged_at acknowledged_by why")
BY_ID = Query(select(*_COLUMNS).where(ALERT.c.id == bindparam("alert")))
_OPEN = text(OPEN_ALERT)
_LISTED = select(*_COLUMNS).order_by(ALERT.c.id.desc()).limit(bindparam("most"))
_LATER = ALERT.c.id < bindparam("after")
LISTED = {
    (False, False): Query(_LISTED),
    (False, True): Query(_LISTED.where(_LATER)),
    (True, False): Query(_LISTED.where(_OPEN)),
    (True, True): Query(_LISTED.where(_OPEN, _LATER)),
}
_COUNT = select(func.count()).select_from(ALERT)
COUNT, COUNT_OPEN = Query(_COUNT), Query(_COUNT.where(_OPEN))
UNDER_WATCH = Query(
    select(*BATCH_COLUMNS, BATCH.c.revision).where(
        or_(BATCH.c.status == literal(BatchStatus.PROCESSING), BATCH.c.revision > bindparam("after"))
    )
)


def under_watch(database: Connection, after: int) -> tuple[tuple[Batch, ...], int]:
    """Return the batches that run, and those whose row changed after a revision; with the newest revision of them.

    A negative revision means the beginning of a watch: what changed lately, not all that ever did.
    """
    after = after if after >= 0 else max(0, latest(database) - LATELY)
    rows = database.all(UNDER_WATCH, after=after)
    return to_batches(database, [row[:-1] for row in rows]), max((row[-1] for row in rows), default=after)


def raise_alerts(database: Connection, causes: Sequence[Cause], now: datetime) -> list[Cause]:
    """Keep each cause that isn't kept yet, and end those that are gone; return the new ones."""
    standing = {key: number for number, key in database.all(STANDING)}
    engine_wide = {cause.key for cause in causes if cause.batch_id is None}
    for key, number in standing.items():
        if key not in engine_wide:
            database.run(END, alert=number, ended_at=to_micros(now))
    fresh = [cause for cause in causes if not _is_kept(database, cause, standing)]
    for cause in fresh:
        database.run(
            INSERT,
            key=cause.key,
            message=cause.message,
            batch_id=cause.batch_id,
            since=to_micros(now),
            ended_at=None,
            acknowledged_at=None,
            acknowledged_by=None,
            why=None,
        )
    return fresh


def _is_kept(database: Connection, cause: Cause, standing: dict[str, int]) -> bool:
    if cause.batch_id is None:
        return cause.key in standing
    return database.one(KNOWN, of=cause.key) is not None


def page(database: Connection, query: AlertQuery) -> Page[KeptAlert]:
    """Return a page of alerts, newest first."""
    values = {"after": cursor(query.after)}
    rows = database.all(LISTED[query.open, query.after is not None], most=query.limit + 1, **values)
    total = int(database.value(COUNT_OPEN if query.open else COUNT))
    following = str(rows[query.limit - 1][0]) if len(rows) > query.limit else None
    return Page(tuple(_alert(row) for row in rows[: query.limit]), total, following)


def acknowledge(database: Connection, alert_id: int, who: str, why: str | None, now: datetime) -> KeptAlert:
    """Write who has seen an alert; NotFound, Conflict when somebody has already."""
    row = database.one(BY_ID, alert=alert_id)
    if row is None:
        raise NotFound(f"There is no alert {alert_id}: look at the list of alerts")
    found = _alert(row)
    if found.acknowledged_at is not None:
        raise Conflict(f"{found.acknowledged_by} has acknowledged alert {alert_id} already")
    at = to_micros(now)
    database.run(ACKNOWLEDGE, alert=alert_id, acknowledged_at=at, acknowledged_by=who, why=why)
    auditing.note(database, Deed(now, who, Act.ACKNOWLEDGE, found.batch_id, detail=found.key, why=why))
    return _alert(database.one(BY_ID, alert=alert_id) or row)


def _alert(row: Sequence[Any]) -> KeptAlert:
    number, key, message, since, batch_id, ended, acknowledged, by, why = row
    return KeptAlert(
        int(number),
        str(key),
        str(message),
        to_time(since),
        batch_id,
        time(ended),
        time(acknowledged),
        by,
        why,
    )
