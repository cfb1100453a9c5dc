"""What oversight needs of the store: the audit, the alerts, and the counts for monitoring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from engine.core.model import Batch
from engine.core.oversight import AlertQuery, AuditQuery, Cause, Deed, KeptAlert, Stored
from engine.core.reports import Page
from engine.core.spread import Spread
from engine.core.window import LaneRows


class Overseen(Protocol):
    """The part of the store that nothing on the line needs."""

    async def note(self, deed: Deed) -> None:
        """Write that somebody did something to the engine as a whole; what is done to a batch is written with it."""

    async def note_settings(self, settings: Mapping[str, str], who: str, now: datetime) -> bool:
        """Write which settings differ from those of the last start; False when none does, or there was none yet."""

    async def stored(self) -> Stored:
        """Return what the database holds, counted."""

    async def lane_rows(self, signer: str) -> LaneRows:
        """Return a lane as it is at one moment, for its picture; an unknown one is empty."""

    def writing(self) -> tuple[int, Spread]:
        """Return how many writes wait, and how long the commits took."""

    async def under_watch(self, after: int) -> tuple[tuple[Batch, ...], int]:
        """Return the batches that run or changed after a revision (negative: lately), with the newest revision."""

    async def raise_alerts(self, causes: Sequence[Cause], now: datetime) -> list[Cause]:
        """Keep each cause that isn't kept yet, and end those that are gone; return the new ones."""

    async def alerts(self, query: AlertQuery) -> Page[KeptAlert]:
        """Return kept alerts, newest first."""

    async def acknowledge(self, alert_id: int, who: str, why: str | None, now: datetime) -> KeptAlert:
        """Write who has seen an alert; NotFound, Conflict when somebody has already."""

    async def audit(self, query: AuditQuery) -> Page[Deed]:
        """Return who did what, newest first; NotFound for a batch that isn't there."""
