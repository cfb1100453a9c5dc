"""What monitoring wants to know of the database: batches by status, items by outcome, how long batches took."""

from __future__ import annotations

from sqlalchemy import case, func, literal_column, select

from engine.core.model import BatchStatus, ItemState, Outcome
from engine.core.oversight import Stored
from engine.core.spread import SLOW, Spread
from engine.store.alerting import COUNT_OPEN
from engine.store.queries import Connection, Query
from engine.store.tables import BATCH, ITEM

_MICRO = 1_000_000
STATUSES = Query(select(BATCH.c.status, func.count()).group_by(BATCH.c.status))
_STATE = (ITEM.c.state, ITEM.c.submitted)
_BY_BATCH = select(*_STATE, func.count().label("count")).group_by(ITEM.c.batch_no, *_STATE).subquery()
STATES = Query(
    select(_BY_BATCH.c.state, _BY_BATCH.c.submitted, func.sum(_BY_BATCH.c.count)).group_by(
        _BY_BATCH.c.state, _BY_BATCH.c.submitted
    )
)
"""Batch by batch first, in the order of an index: sorting a million items by their state would take twice as long."""
_START = func.max(BATCH.c.created_at, func.coalesce(BATCH.c.scheduled_for, BATCH.c.created_at))
_TOOK = func.max(BATCH.c.completed_at - _START, literal_column("0"))
"""One that was cancelled before its hour took no time."""
_BUCKET = case(
    *(
        (literal_column(str(int(bound * _MICRO))) >= _TOOK, literal_column(str(place)))
        for place, bound in enumerate(SLOW)
    ),
    else_=literal_column(str(len(SLOW))),
)
TOOK = Query(select(_BUCKET, func.count(), func.sum(_TOOK)).where(BATCH.c.completed_at.is_not(None)).group_by(_BUCKET))
_ENDS = {
    ItemState.SUBMITTED: Outcome.PENDING,
    ItemState.CONFIRMED: Outcome.CONFIRMED,
    ItemState.OFF_CHAIN: Outcome.OFF_CHAIN,
    ItemState.CATALOGUE_ONLY: Outcome.CATALOGUE_ONLY,
    ItemState.FAILED: Outcome.FAILED,
    ItemState.CANCELLED: Outcome.CANCELLED,
}


def stored(database: Connection) -> Stored:
    """Return the counts as they are now."""
    statuses = dict.fromkeys(BatchStatus, 0) | {BatchStatus(name): count for name, count in database.all(STATUSES)}
    outcomes, under_way = dict.fromkeys(Outcome, 0), {state: 0 for state in ItemState if state not in _ENDS}
    for name, submitted, count in database.all(STATES):
        state = ItemState(name)
        ended = _ENDS.get(state, Outcome.PENDING if submitted else None)
        if ended is None:
            under_way[state] += count
        else:
            outcomes[ended] += count
    return Stored(statuses, outcomes, under_way, _took(database), int(database.value(COUNT_OPEN)))


def _took(database: Connection) -> Spread:
    counts, total = [0] * (len(SLOW) + 1), 0
    for place, count, micros in database.all(TOOK):
        counts[place] += count
        total += micros
    return Spread(SLOW, tuple(counts), total / _MICRO)
