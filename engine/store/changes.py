"""What changed since a revision: the whole notification system, the same for every reader of the file.

A revision is one committed group of writes. A page never ends within one, so that no row of it can be lost.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BindParameter, bindparam, func, select, union_all

from engine.core.reports import Changes
from engine.errors import Gone
from engine.store.queries import Connection, Query
from engine.store.reading import fact
from engine.store.rows import BATCH_COLUMNS, CONTENT_COLUMNS, TITLED, to_batches, to_content, to_item
from engine.store.tables import BATCH, CONTENT, ITEM

DATABASE_ID = "database_id"
_TABLES = (BATCH, ITEM, CONTENT)
LATEST = [Query(select(func.max(table.c.revision))) for table in _TABLES]
_AFTER: BindParameter[int] = bindparam("after")
_UP_TO: BindParameter[int] = bindparam("up_to")
NEXT = [
    Query(select(table.c.revision).where(table.c.revision > _AFTER).order_by(table.c.revision).limit(bindparam("most")))
    for table in _TABLES
]
_TOUCHED = union_all(
    select(BATCH.c.no).where(BATCH.c.revision > _AFTER, BATCH.c.revision <= _UP_TO),
    select(ITEM.c.batch_no).where(ITEM.c.revision > _AFTER, ITEM.c.revision <= _UP_TO),
)
BATCHES = Query(select(*BATCH_COLUMNS).where(BATCH.c.no.in_(_TOUCHED)).order_by(BATCH.c.no))
ITEMS_CHANGED = Query(
    TITLED.where(ITEM.c.revision > _AFTER, ITEM.c.revision <= _UP_TO).order_by(ITEM.c.revision, ITEM.c.id)
)
CONTENTS = Query(
    select(*CONTENT_COLUMNS)
    .where(CONTENT.c.revision > _AFTER, CONTENT.c.revision <= _UP_TO)
    .order_by(CONTENT.c.revision, CONTENT.c.no)
)


def latest(database: Connection) -> int:
    """Return the newest revision; 0 in an empty database."""
    return max(int(database.value(query) or 0) for query in LATEST)


def changes(database: Connection, since: str, limit: int) -> Changes:
    """Return a page of about ``limit`` changed rows, more where one revision alone has more; Gone."""
    ours = fact(database, DATABASE_ID)
    newest = latest(database)
    if not since:
        return Changes(f"{ours}:{newest}", more=False)
    after = _read(since, ours, newest)
    up_to = _page_end(database, after, newest, max(1, limit))
    values: dict[str, Any] = {"after": after, "up_to": up_to}
    if up_to == after:
        return Changes(since, more=False)
    return Changes(
        revision=f"{ours}:{up_to}",
        more=up_to < newest,
        batches=to_batches(database, database.all(BATCHES, **values)),
        items=tuple(to_item(row) for row in database.all(ITEMS_CHANGED, **values)),
        contents=tuple(to_content(row) for row in database.all(CONTENTS, **values)),
    )


def _read(since: str, ours: str | None, newest: int) -> int:
    """Return the number in a revision of this database; Gone for any other text."""
    database_id, _, number = since.rpartition(":")
    well_formed = number.isascii() and number.isdecimal() and len(number) < 19
    if database_id != ours or not well_formed or int(number) > newest:
        raise Gone("That revision isn't known here: load everything again, and ask with an empty one")
    return int(number)


def _page_end(database: Connection, after: int, newest: int, limit: int) -> int:
    """Return the last revision whose rows still fit into the page; the first one is taken whole."""
    found: list[int] = sorted(row[0] for query in NEXT for row in database.all(query, after=after, most=limit + 1))
    if len(found) <= limit:
        return newest
    beyond = found[limit]
    return max((revision for revision in found[:limit] if revision < beyond), default=found[0])
