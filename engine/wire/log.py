"""A line of the log as JSON."""

from __future__ import annotations

from engine.core.loglines import LogLine
from engine.wire.forms import Json, time


def log_line_json(line: LogLine) -> Json:
    """Write one line of the log."""
    return {
        "number": line.no,
        "at": time(line.at),
        "level": line.level,
        "event": line.event,
        "values": line.values,
        "trace": line.trace,
    }
