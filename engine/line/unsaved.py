"""Answers of a node that the database couldn't take: kept until it can, before anything else is done."""

from __future__ import annotations

from datetime import datetime

import structlog

from engine.core.events import TxEvent
from engine.errors import Unavailable
from engine.ports import Store

log = structlog.get_logger()


class Unsaved:
    """The answers of one lane that aren't stored yet, by transaction.

    Without them an outage of the database would make a lane post again what was answered, and take a later refusal
    for the first one. If the process ends first, the next one takes those transactions for posted, unclear.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._events: dict[str, TxEvent] = {}

    async def write(self, event: TxEvent, now: datetime) -> None:
        """Store an answer; Unavailable when it has to wait here."""
        try:
            await self._store.answer(event, now)
        except Unavailable:
            self._events[event.txid] = event
            raise

    async def catch_up(self, now: datetime) -> None:
        """Store what waits here, oldest first; Unavailable when that still can't be done.

        One that can't be stored for another reason is let go: its bytes are posted again, and answered again.
        """
        for txid, event in list(self._events.items()):
            try:
                await self._store.answer(event, now)
            except Unavailable:
                raise
            except Exception:
                log.exception("an answer can't be stored", txid=txid)
            del self._events[txid]
