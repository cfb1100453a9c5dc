"""Waits are kept in rows as times of the wall clock; when that is set back, they would last for as long as it was."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, bindparam, case, func, or_, select, update

from engine.core.model import TxStatus
from engine.store.queries import Connection, Query, literal, to_micros
from engine.store.tables import SLOT, TRANSACTION

_T = TRANSACTION.c
_NOW: BindParameter[Any] = bindparam("now")
_FURTHEST: BindParameter[Any] = bindparam("furthest")
_ACCEPTED = _T.status == literal(TxStatus.ACCEPTED)
_OPEN = [literal(status) for status in (TxStatus.SIGNED, TxStatus.UNCLEAR, TxStatus.ACCEPTED)]
_UNSETTLED = select(SLOT.c.id).where(SLOT.c.settled_at.is_(None))
HASTEN = Query(
    update(TRANSACTION)
    .where(_T.slot_id.in_(_UNSETTLED), _T.status.in_(_OPEN))
    .where(or_(_T.retry_at > _FURTHEST, _T.last_posted_at > _NOW, _T.created_at > _NOW))
    .values(
        retry_at=case((_ACCEPTED, _T.retry_at), else_=_NOW),  # an accepted one isn't posted, but looked for
        last_posted_at=func.min(_T.last_posted_at, _NOW),
    )
)


def hasten(database: Connection, now: datetime, longest: float) -> int:
    """Make due what would wait for more than ``longest`` seconds, or was begun in what is now the future."""
    return database.run(HASTEN, now=to_micros(now), furthest=to_micros(now + timedelta(seconds=longest)))
