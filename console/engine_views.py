"""PURE: the engine's health, pace, alerts, schedule, audit and settings become lines and rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal

from rich.text import Text

from console.forms import age, brief, clock, duration, many
from console.pulse import Pulse
from console.text import display_text, glyphs
from console.views import STATUS_STYLES, change
from console.widgets.columns import Column, Row
from engine.core.model import Batch, BatchStatus, ItemState, Outcome
from engine.core.operations import RULES
from engine.core.oversight import Deed, KeptAlert
from engine.core.reports import Health
from engine.core.summary import status
from engine.core.vitals import NodeSight, NodeStanding, Setting, Times, Vitals

View = Literal["health", "alerts", "schedule", "audit", "settings", "log"]
VIEWS: tuple[View, ...] = ("health", "alerts", "schedule", "audit", "settings", "log")
NODE_COLUMNS = (
    Column("name", "Node", 20, most=40),
    Column("standing", "State", 15),
    Column("tip", "Tip", 9, align="right"),
    Column("took", "Answered in", 12, align="right"),
)
ALERT_COLUMNS = (
    Column("state", "State", 8),
    Column("age", "Age", 4, align="right"),
    Column("message", "Alert", 40, grow=5),
    Column("by", "Seen by", 10, grow=1, min_screen=100),
)
SCHEDULE_COLUMNS = (
    Column("in", "In", 6, align="right"),
    Column("due", "Begins (UTC)", 19),
    Column("operation", "Operation", 15),
    Column("change", "Sets", 12, grow=2),
    Column("creator", "Creator", 12, grow=2, cut="middle"),
    Column("items", "Items", 5, align="right"),
)
AUDIT_COLUMNS = (
    Column("at", "When (UTC)", 19),
    Column("who", "Who", 10, grow=1),
    Column("act", "Did", 11),
    Column("what", "What", 20, grow=4),
    Column("why", "Why", 12, grow=2),
)
SETTING_COLUMNS = (
    Column("name", "Setting", 22),
    Column("value", "Value", 24, grow=3, cut="middle"),
    Column("origin", "From", 16, grow=2),
)
STANDING_STYLES: Mapping[NodeStanding, str] = {
    NodeStanding.USED: "good",
    NodeStanding.READY: "",
    NodeStanding.BEHIND: "warning",
    NodeStanding.AWAY: "bad",
    NodeStanding.REFUSED: "bad",
    NodeStanding.UNASKED: "muted",
}
_STATE_WORDS: Mapping[ItemState, str] = {
    ItemState.QUEUED: "queued",
    ItemState.APPLIED: "applied",
    ItemState.SIGNED: "signed",
}
_LABEL = 13
_LONG = 400


def health_lines(health: Health) -> list[Text]:
    """Say part by part how the engine is; what isn't well says what to do."""
    good = glyphs().outcomes[Outcome.CONFIRMED]
    lines = []
    for part in health.parts:
        sign, style = (good, "good") if part.ok else ("!", "bad")
        text = Text.assemble((f"{sign} ", style), f"{display_text(part.name):{_LABEL - 2}}")
        lines.append(text.append(display_text(part.detail, _LONG), "" if part.ok else "warning"))
    if health.paused:
        lines.append(Text("! The engine is stopped: nothing new is applied, signed or posted", "warning"))
    return lines


def work_line(vitals: Vitals) -> Text:
    """Say how much is on its way."""
    parts = [f"{count:,} {_STATE_WORDS.get(state, state)}" for state, count in vitals.under_way.items() if count]
    if pending := vitals.outcomes.get(Outcome.PENDING, 0):
        parts.append(f"{pending:,} pending on the chain")
    return _labelled("Queue", f" {glyphs().separator} ".join(parts) or "empty: nothing is on its way")


def pace_line(pulse: Pulse, now: datetime) -> Text:
    """Say how fast items end, as far as it was seen from here."""
    if pulse.now is None or pulse.since is None:
        return _labelled("Throughput", "being measured ...")
    seen = duration((now - pulse.since).total_seconds())
    return _labelled("Throughput", f"{pulse.now:.1f} items/s now, {pulse.best or 0:.1f} at most, seen here for {seen}")


def writer_line(vitals: Vitals) -> Text:
    """Say how the one writer of the database does."""
    said = f"{many(vitals.writing, 'write waits', 'writes wait')}, {commits(vitals.commits)}"
    return _labelled("Writer", said)


def commits(times: Times) -> str:
    """Say how many commits there were, and how long they took."""
    return many(times.count, "commit") + taken(times)


def taken(times: Times) -> str:
    """Say how long something took: the mean, and what 95 of 100 stayed under; nothing when nobody measured."""
    if times.mean is None:
        return ""
    most = "more than 10 s" if times.most is None else f"at most {quick(times.most)}"
    return f", {quick(times.mean)} each (95% {most})"


def quick(seconds: float | None) -> str:
    """Write a short duration: ``3.8 ms``, ``118 ms``, ``1.2 s``."""
    if seconds is None:
        return ""
    if seconds >= 1:
        return f"{seconds:.1f} s"
    return f"{seconds * 1000:.1f} ms" if seconds < 0.01 else f"{seconds * 1000:.0f} ms"


def call_lines(vitals: Vitals) -> list[Text]:
    """Say how the calls to the node went, kind by kind."""
    lines = []
    for place, call in enumerate(vitals.calls):
        label = "Node calls" if place == 0 else ""
        said = f"{call.name.replace('_', ' '):11} {call.times.count:>7,}{taken(call.times)}"
        line = _labelled(label, said)
        lines.append(line.append(f", {call.errors:,} unclear" if call.errors else "", "warning"))
    return lines


def identity_lines(vitals: Vitals, health: Health, now: datetime) -> list[Text]:
    """Say which engine this is: release, since when, in whose name, network, contract, database."""
    up = f"up for {duration((now - vitals.started_at).total_seconds())}" if vitals.started_at else "nothing runs here"
    chain = display_text(vitals.chain, 100)
    played = health.simulated and "simulated" not in chain
    network = f"{vitals.network.upper()}, {chain}{' (simulated)' if played else ''}"
    return [
        _labelled(
            "Engine", f"Batchdeck {display_text(vitals.version, 40)}, {up}, acts as {display_text(vitals.who, 60)}"
        ),
        _labelled("Network", network),
        _labelled("Contract", display_text(vitals.contract or "none", 200)),
        _labelled("Database", display_text(vitals.database, _LONG)),
    ]


def _labelled(label: str, said: str) -> Text:
    return Text.assemble((f"{label:{_LABEL}}", "muted"), said)


def node_rows(nodes: Iterable[NodeSight]) -> list[Row]:
    """Return the nodes as rows under `NODE_COLUMNS`."""
    dash = glyphs().dash
    return [
        Row(
            f"{place} {node.name}",
            (
                node.name,
                Text(node.standing, STANDING_STYLES[node.standing]),
                dash if node.tip is None else f"{node.tip:,}",
                quick(node.took) or dash,
            ),
        )
        for place, node in enumerate(nodes)
    ]


def trouble_lines(nodes: Iterable[NodeSight]) -> list[Text]:
    """Say of each node that isn't well why it isn't."""
    return [
        Text(f"! {display_text(node.name, 60)}: {display_text(node.trouble, _LONG)}", "warning")
        for node in nodes
        if node.trouble
    ]


def alert_state(alert: KeptAlert) -> Text:
    """Say whether an alert wants an eye still."""
    if alert.acknowledged_at is not None:
        return Text("seen", "muted")
    return Text("ended", "muted") if alert.ended_at is not None else Text("! open", "bad")


def alert_rows(alerts: Iterable[KeptAlert], now: datetime) -> list[Row]:
    """Return alerts as rows under `ALERT_COLUMNS`."""
    return [
        Row(str(one.id), (alert_state(one), age(one.since, now), one.message, one.acknowledged_by or ""))
        for one in alerts
    ]


def alert_text(alert: KeptAlert) -> Text:
    """Say all of one alert: when it began and ended, who has seen it, and why."""
    text = Text(display_text(alert.message, _LONG), "warning" if alert.acknowledged_at is None else "")
    told = [f"since {clock(alert.since)}"]
    if alert.ended_at:
        told.append(f"ended {clock(alert.ended_at)}")
    if alert.acknowledged_at:
        told.append(f"seen by {display_text(alert.acknowledged_by or '', 60)} {clock(alert.acknowledged_at)}")
    if alert.why:
        told.append(display_text(alert.why, _LONG))
    return text.append(f"  {f' {glyphs().separator} '.join(told)}", "muted")


def schedule_rows(batches: Iterable[Batch], now: datetime) -> list[Row]:
    """Return scheduled batches as rows under `SCHEDULE_COLUMNS`, the next one first; what is paused says so."""
    due = sorted((one for one in batches if one.scheduled_for), key=lambda one: (str(one.scheduled_for), one.id))
    return [
        Row(
            one.id,
            (
                _until(one, now),
                clock(one.scheduled_for).removesuffix(" UTC"),
                RULES[one.operation].title,
                change(one),
                one.creator,
                f"{one.tally.total:,}",
            ),
        )
        for one in due
    ]


def _until(batch: Batch, now: datetime) -> Text | str:
    if status(batch) is BatchStatus.PAUSED:
        return Text(BatchStatus.PAUSED, STATUS_STYLES[BatchStatus.PAUSED])
    return brief((batch.scheduled_for - now).total_seconds()) if batch.scheduled_for else ""


def audit_rows(deeds: Sequence[Deed]) -> list[Row]:
    """Return deeds as rows under `AUDIT_COLUMNS`; what they were done to is the batch, or what the deed says."""
    rows, seen = [], Counter[str]()
    for one in deeds:
        key = f"{one.at.isoformat()} {one.who} {one.act} {what(one)}"
        seen[key] += 1
        cells = (clock(one.at).removesuffix(" UTC"), one.who, one.act.value, what(one), one.why or "")
        rows.append(Row(f"{key} {seen[key]}", cells))
    return rows


def what(deed: Deed) -> str:
    """Say what somebody did something to."""
    return "  ".join(part for part in (deed.batch_id or "", deed.detail) if part)


def deed_text(deed: Deed) -> Text:
    """Say all of one deed."""
    text = Text.assemble(
        (f"{display_text(deed.who, 60)} ", "strong"), f"{deed.act.value} {display_text(what(deed), _LONG)}"
    )
    text.append(f"  {clock(deed.at)}", "muted")
    return text.append(f"  {display_text(deed.why, _LONG)}" if deed.why else "", "accent")


def setting_rows(settings: Iterable[Setting]) -> list[Row]:
    """Return settings as rows under `SETTING_COLUMNS`; what somebody has set stands out."""
    return [
        Row(one.name, (one.name.upper(), one.value, one.origin), "muted" if one.origin == "default" else "")
        for one in settings
    ]


def counted(shown: int, total: int, noun: str, plural: str = "") -> str:
    """Say how many there are; what is shown is never called all."""
    return (
        many(total, noun, plural) if shown >= total else f"{shown:,} of {many(total, noun, plural)} shown, newest first"
    )
