"""What whoever had a copy may have sent before it was put back: it waits until its lane was read or released.

A retry is the same change as the item that it began with: another one, unknown here, may have been sent as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, bindparam, exists, func, or_, select

from engine.core.model import Item, ItemState
from engine.core.reports import Restored
from engine.store import facts, reading
from engine.store.queries import Connection, Query, literal, to_json
from engine.store.rows import ITEMS
from engine.store.tables import BATCH, FACT, ITEM

_APPLIED = ITEM.c.state == literal(ItemState.APPLIED)
_OLD = ITEM.c.id <= bindparam("upto")
_FROM_OLD = func.coalesce(ITEM.c.origin, ITEM.c.id) <= bindparam("upto")
_SHOWN = select(func.json_each(bindparam("ids")).table_valued("value").c.value)
_QUEUED = ITEM.c.state == literal(ItemState.QUEUED)
_MINE = and_(_APPLIED, or_(ITEM.c.signer.is_(None), ITEM.c.signer == bindparam("of")))
_OLD_BY_INDEX = ITEM.c.id + 0 <= bindparam("upto")  # else SQLite reads every item that was put back
_RETRIES = ITEM.c.origin <= bindparam("upto")
OLD_WAITS = Query(
    select(or_(*(exists().where(waits, old) for waits in (_QUEUED, _MINE) for old in (_OLD_BY_INDEX, _RETRIES))))
)
"""Whether an item that was put back, or a retry of one, waits: four questions, for each has an index of its own."""
OLD_OF = Query(select(ITEM.c.id).where(ITEM.c.id.in_(_SHOWN), _OLD))
ROOTS = Query(select(func.coalesce(ITEM.c.origin, ITEM.c.id)).where(ITEM.c.id.in_(_SHOWN), _FROM_OLD))
_RELEASED = exists().where(
    FACT.c.name == literal(facts.RESTORED_LANE).op("||")(BATCH.c.creator), FACT.c.value == literal(facts.RELEASED)
)
ORPHANS = Query(
    ITEMS.where(_APPLIED, ITEM.c.signer.is_(None), ~and_(_OLD, ~_RELEASED)).order_by(ITEM.c.id).limit(bindparam("most"))
)
"""Applied items without a signer that nobody but this engine can have sent."""


_LANE = func.coalesce(ITEM.c.signer, BATCH.c.creator)
_SAID = select(FACT.c.value).where(FACT.c.name == literal(facts.RESTORED_LANE).op("||")(_LANE)).scalar_subquery()
_ANY_READ = exists().where(FACT.c.name.startswith(facts.RESTORED_LANE, autoescape=True))
UNREAD = Query(
    select(_LANE, func.count())
    .join_from(ITEM, BATCH, ITEM.c.batch_no == BATCH.c.no)
    .where(
        _FROM_OLD,
        or_(
            and_(ITEM.c.state == literal(ItemState.QUEUED), ~_ANY_READ),
            and_(_APPLIED, or_(_SAID.is_(None), and_(ITEM.c.signer.is_(None), literal(facts.RELEASED) != _SAID))),
        ),
    )
    .group_by(_LANE)
    .order_by(_LANE)
)
"""By signer, or creator where that isn't known yet, how many items wait for their lane to be read."""


def waiting(database: Connection) -> tuple[tuple[str, int], ...]:
    """Return the signers, or creators, of what may have been sent since a copy was made, each with how many items."""
    upto = last(database)
    return () if upto is None else tuple((row[0], row[1]) for row in database.all(UNREAD, upto=upto))


def last(database: Connection) -> int | None:
    """Return the id of the last item that was put back; None where nothing ever was."""
    upto = reading.fact(database, facts.RESTORED_ITEMS)
    return None if upto is None else int(upto)


def taken(database: Connection) -> datetime | None:
    """Return when the first copy was made that was ever put back here; None when nobody knows."""
    since = reading.fact(database, facts.RESTORED_SINCE)
    return datetime.fromisoformat(since) if since else None


def restored(database: Connection, signer: str, waiting: Sequence[Item]) -> Restored | None:
    """Return since when others may have sent what waits here, where a copy was put back and the lane not read since."""
    upto = last(database)
    if upto is None or reading.fact(database, facts.RESTORED_LANE + signer) is not None:
        return None
    if not database.value(OLD_WAITS, upto=upto, of=signer):
        return None
    old = database.all(OLD_OF, ids=to_json([item.id for item in waiting]), upto=upto)
    return Restored(taken(database), frozenset(row[0] for row in old))


def is_unread(database: Connection, item: Item) -> bool:
    """Tell whether a waiting item may have been sent by whoever had the copy, and nobody has looked yet.

    One without a signer isn't held against what its lane has kept: only a release lets go of it.
    """
    upto = last(database)
    if upto is None or item.id > upto:
        return False
    said = reading.fact(database, facts.RESTORED_LANE + (item.signer or item.creator))
    return said is None or (item.signer is None and said != facts.RELEASED)


def roots(database: Connection, items: Sequence[Item]) -> list[int]:
    """Return the ids of the items that were put back and that some items are, or are retries of."""
    upto = last(database)
    if upto is None:
        return []
    return [row[0] for row in database.all(ROOTS, ids=to_json([item.id for item in items]), upto=upto)]
