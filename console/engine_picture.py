"""EnginePicture: what the engine said of itself at one moment, as rows and lines for each view of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from rich.text import Text

from console.engine_views import (
    View,
    alert_rows,
    alert_text,
    audit_rows,
    counted,
    deed_text,
    schedule_rows,
    setting_rows,
)
from console.forms import many
from console.loading import first
from console.log_views import log_foot, log_rows, log_text
from console.text import display_text
from console.widgets.columns import Row
from engine.core.loglines import LogLine
from engine.core.logquery import LogQuery
from engine.core.model import Batch, BatchStatus
from engine.core.oversight import AlertQuery, AuditQuery, Deed, KeptAlert
from engine.core.reports import BatchQuery, Health
from engine.core.vitals import Vitals
from engine.door import Engine

MOST = 200
"""Rows of a list that are shown; the foot says how many there are."""


@dataclass(frozen=True, slots=True)
class EnginePicture:
    """The engine as it is now; of the lists only the one that its view shows, ``total`` counts all of that.

    ``paused`` are the batches that were paused before their time, at every view; ``text`` is what the lines
    of the log were looked for.
    """

    health: Health
    vitals: Vitals
    alerts: tuple[KeptAlert, ...] = ()
    schedule: tuple[Batch, ...] = ()
    paused: tuple[Batch, ...] = ()
    audit: tuple[Deed, ...] = ()
    log: tuple[LogLine, ...] = ()
    total: int = 0
    text: str = ""

    def rows(self, view: View, now: datetime) -> list[Row]:
        """Return the rows of a view that is a list."""
        if view == "alerts":
            return alert_rows(self.alerts, now)
        if view == "schedule":
            return schedule_rows((*self.schedule, *self.paused), now)
        if view == "log":
            return log_rows(self.log)
        return audit_rows(self.audit) if view == "audit" else setting_rows(self.vitals.settings)

    def alert(self, key: str | None) -> KeptAlert | None:
        """Return the alert of a row."""
        return next((one for one in self.alerts if str(one.id) == key), None)

    def deed(self, key: str | None) -> Deed | None:
        """Return the deed of a row."""
        keys = [row.key for row in audit_rows(self.audit)]
        return self.audit[keys.index(key)] if key in keys else None

    def line(self, key: str | None) -> LogLine | None:
        """Return the log line of a row."""
        return next((one for one in self.log if str(one.no) == key), None)

    def foot(self, view: View, key: str | None) -> list[Text]:
        """Say all of the row under the cursor, and how many rows there are."""
        if view == "alerts":
            alert = self.alert(key)
            return [*([alert_text(alert)] if alert else []), Text(counted(len(self.alerts), self.total, "alert"))]
        if view == "audit":
            deed = self.deed(key)
            return [*([deed_text(deed)] if deed else []), Text(counted(len(self.audit), self.total, "deed"))]
        if view == "schedule":
            return [self._due()]
        if view == "log":
            line = self.line(key)
            return [*([log_text(line)] if line else []), log_foot(len(self.log), self.total, self.text)]
        if view == "settings":
            return [Text("In force since the engine was started. Secrets are never shown.")]
        return [self._verdict()]

    def _due(self) -> Text:
        held, shown = len(self.paused), len(self.schedule) + len(self.paused)
        said = counted(shown, self.total + held, "scheduled batch", "scheduled batches")
        note = f"; {many(held, 'is paused: it begins', 'are paused: they begin')} only once resumed" if held else ""
        return Text.assemble(said, (note, "warning"))

    def _verdict(self) -> Text:
        bad = [display_text(part.name, 40) for part in self.health.parts if not part.ok]
        if bad:
            return Text(f"! Not well: {', '.join(bad)}", "warning")
        if opened := self.vitals.open_alerts:
            return Text(f"Every part is well; {many(opened, 'alert is', 'alerts are')} open", "warning")
        return Text("Everything works", "good")


async def load(engine: Engine, view: View, text: str = "") -> EnginePicture:
    """Return what a view shows, the log filtered by a text; health and pace are always among it."""
    health, vitals = await engine.health(), await engine.vitals()
    picture = EnginePicture(health, vitals, paused=await _paused(engine, health))
    if view == "alerts":
        alerts = await engine.alerts(AlertQuery(limit=MOST))
        return replace(picture, alerts=alerts.rows, total=alerts.total)
    if view == "schedule":
        batches = await engine.batches(BatchQuery(status=BatchStatus.SCHEDULED, limit=MOST))
        return replace(picture, schedule=batches.rows, total=batches.total)
    if view == "audit":
        deeds = await engine.audit(AuditQuery(limit=MOST))
        return replace(picture, audit=deeds.rows, total=deeds.total)
    if view == "log":
        lines = await engine.log_lines(LogQuery(text, limit=MOST))
        return replace(picture, log=lines.rows, total=lines.total, text=text)
    return picture


async def _paused(engine: Engine, health: Health) -> tuple[Batch, ...]:
    """Return the batches that were paused before their time: by their status alone the schedule would seem empty."""
    count = health.statuses.get(BatchStatus.PAUSED, 0)
    found = (await first(engine.batches, BatchQuery(status=BatchStatus.PAUSED), count)).rows if count else ()
    return tuple(one for one in found if one.scheduled_for and not one.started_at)
