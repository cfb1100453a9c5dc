"""A line of the engine's log as it is remembered: bounded and printable, whatever was logged. Pure.

It is loaded with the first line of a process, so it needs little itself; `logquery` tells which lines are asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

MOST_EVENT, MOST_VALUES, MOST_TRACE = 300, 1500, 4000
"""Characters of a line that are remembered."""
CUT = "..."
"""What stands where something was cut off."""


class Level(StrEnum):
    """How much a line wants somebody's eye."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class LogLine:
    """What was logged: ``values`` are its fields in one text, ``trace`` the end of a traceback, line by line.

    ``no`` counts the lines of the process from 1.
    """

    no: int
    at: datetime
    level: Level
    event: str
    values: str = ""
    trace: str = ""


def line_of(no: int, fields: Mapping[str, object], now: datetime) -> LogLine:
    """Make a line of what was logged, as structlog has it: event, level, timestamp, exception, and any other field."""
    known = {"event", "level", "timestamp", "exception"}
    values = "  ".join(f"{name}={value!r}" for name, value in fields.items() if name not in known)
    trace = str(fields.get("exception", ""))
    return LogLine(
        no,
        _time(fields.get("timestamp"), now),
        _level(str(fields.get("level", ""))),
        _head(plain(fields.get("event", "")), MOST_EVENT),
        _head(plain(values), MOST_VALUES),
        _tail("\n".join(plain(line) for line in trace[-MOST_TRACE - 1 :].splitlines()), MOST_TRACE),
    )


def _level(name: str) -> Level:
    return next((level for level in Level if level == name), Level.INFO)


def _time(given: object, now: datetime) -> datetime:
    try:
        return datetime.fromisoformat(str(given)).astimezone(UTC)
    except ValueError:
        return now


def _head(text: str, most: int) -> str:
    return text if len(text) <= most else text[:most] + CUT


def _tail(text: str, most: int) -> str:
    return text if len(text) <= most else CUT + text[-most:]


def plain(text: object) -> str:
    """Escape what isn't printable, as repr does."""
    said = str(text)
    return said if said.isprintable() else "".join(one if one.isprintable() else repr(one)[1:-1] for one in said)
