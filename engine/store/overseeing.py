"""The audit, the alerts and the counts of a SQLite store, on its readers and its one writer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from engine.core.model import Batch
from engine.core.oversight import AlertQuery, AuditQuery, Cause, Deed, KeptAlert, Stored
from engine.core.reports import Page
from engine.core.spread import Meter, Spread
from engine.core.window import LaneRows
from engine.errors import Unavailable
from engine.store import alerting, auditing, measuring
from engine.store.connect import Readers
from engine.store.ledger.picture import picture
from engine.store.queries import Connection
from engine.store.writer import Writer

T = TypeVar("T")


class Overseeing:
    """Reads and writes a SQLite file, and knows what oversight wants of it; read-only when it has no writer."""

    def __init__(self, path: Path, writer: Writer | None) -> None:
        self._path = path
        self._writer = writer
        self._readers = Readers(path)

    async def _read(self, work: Callable[[Connection], T]) -> T:
        return await self._readers.read(work)

    async def _write(self, name: str, work: Callable[[Connection], T]) -> T:
        if self._writer is None:
            raise Unavailable(f"{self._path} is open for reading only: write through the engine that owns it")
        return await self._writer.write(work, name)

    async def note(self, deed: Deed) -> None:
        """Write that somebody did something to the engine as a whole."""
        await self._write("note", partial(auditing.note, deed=deed))

    async def note_settings(self, settings: Mapping[str, str], who: str, now: datetime) -> bool:
        """Write which settings differ from those of the last start; False when none does."""
        return await self._write("note", partial(auditing.note_settings, settings=settings, who=who, now=now))

    async def stored(self) -> Stored:
        """Return what the database holds, counted."""
        return await self._read(measuring.stored)

    async def lane_rows(self, signer: str) -> LaneRows:
        """Return a lane as it is at one moment, for its picture."""
        return await self._read(partial(picture, signer=signer))

    def writing(self) -> tuple[int, Spread]:
        """Return how many writes wait, and how long the commits took."""
        return (self._writer.waiting, self._writer.took.spread()) if self._writer else (0, Meter().spread())

    async def under_watch(self, after: int) -> tuple[tuple[Batch, ...], int]:
        """Return the batches that run or changed after a revision, and the newest revision of them."""
        return await self._read(partial(alerting.under_watch, after=after))

    async def raise_alerts(self, causes: Sequence[Cause], now: datetime) -> list[Cause]:
        """Keep each cause that isn't kept yet, and end those that are gone; return the new ones."""
        return await self._write("alert", partial(alerting.raise_alerts, causes=causes, now=now))

    async def alerts(self, query: AlertQuery) -> Page[KeptAlert]:
        """Return kept alerts, newest first."""
        return await self._read(partial(alerting.page, query=query))

    async def acknowledge(self, alert_id: int, who: str, why: str | None, now: datetime) -> KeptAlert:
        """Write who has seen an alert; NotFound, Conflict when somebody has already."""
        return await self._write("alert", partial(alerting.acknowledge, alert_id=alert_id, who=who, why=why, now=now))

    async def audit(self, query: AuditQuery) -> Page[Deed]:
        """Return who did what, newest first; NotFound for a batch that isn't there."""
        return await self._read(partial(auditing.page, query=query))
