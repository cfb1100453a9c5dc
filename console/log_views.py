"""PURE: the engine's latest log lines become rows and sentences; how much a line matters is word and colour."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rich.text import Text

from console.forms import clock, many
from console.text import display_text
from console.widgets.columns import Column, Row
from engine.core.loglines import Level, LogLine

LOG_COLUMNS = (
    Column("at", "Time UTC", 8),
    Column("level", "Level", 10),
    Column("event", "What", 24, grow=3),
    Column("values", "Values", 24, grow=4),
)
LEVEL_STYLES: Mapping[Level, str] = {
    Level.DEBUG: "muted",
    Level.INFO: "",
    Level.WARNING: "warning",
    Level.ERROR: "bad",
    Level.CRITICAL: "bad",
}
ALARMING = frozenset({Level.WARNING, Level.ERROR, Level.CRITICAL})
_LONG = 400


def log_rows(lines: Iterable[LogLine]) -> list[Row]:
    """Return log lines as rows under `LOG_COLUMNS`."""
    return [
        Row(str(one.no), (clock(one.at)[11:19], _level(one.level), one.event, one.values or _last(one)))
        for one in lines
    ]


def _level(level: Level) -> Text:
    return Text(f"{'!' if level in ALARMING else ' '} {level}", LEVEL_STYLES[level])


def _last(line: LogLine) -> str:
    """Return what a traceback ends with: which error it was."""
    return line.trace.splitlines()[-1] if line.trace else ""


def log_text(line: LogLine) -> Text:
    """Say all of one line but its traceback, of which only the error is named."""
    text = Text.assemble((f"{line.level} ", LEVEL_STYLES[line.level]), (display_text(line.event, _LONG), "strong"))
    values = "  ".join(part for part in (line.values, _last(line)) if part)
    text.append(f"  {display_text(values, _LONG)}" if values else "")
    return text.append(f"  {clock(line.at)}", "muted")


def log_dialog_lines(line: LogLine) -> list[Text]:
    """Say all of one line, the traceback too."""
    head = Text.assemble((f"{line.level}", LEVEL_STYLES[line.level]), f"  {clock(line.at)}, line {line.no:,}")
    lines = [head, Text(""), Text(display_text(line.event, 1000), "strong")]
    if line.values:
        lines.append(Text(display_text(line.values, 2000), "muted"))
    if line.trace:
        lines += [Text(""), *(Text(display_text(one, _LONG)) for one in line.trace.splitlines())]
    return lines


def log_foot(shown: int, total: int, text: str) -> Text:
    """Say how many lines are shown of those that the engine remembers; what is shown is never called all."""
    count = many(total, "line") + (f" with {display_text(text, 60)}" if text else "")
    if shown < total:
        return Text(f"{shown:,} of {count} shown, newest first")
    return Text(f"{count}, newest first: what the engine remembers; its log has the rest")
