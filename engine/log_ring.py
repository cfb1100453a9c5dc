"""The latest log lines, in memory: fed by the same pipeline as the log itself, for whoever can't look at its file."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any

from engine.core.loglines import LogLine, line_of

KEPT = 1000
"""Lines that are remembered; each is bounded, so all of them are a few MB at the very most."""


class LogRing(logging.Handler):
    """Remembers the last lines of the process; its formatter hands each to `keep`, and draws nothing."""

    def __init__(self, kept: int = KEPT) -> None:
        super().__init__()
        self._lines: deque[LogLine] = deque(maxlen=kept)
        self._count = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Take one record; one that can't be taken in must stop nobody."""
        try:
            self.format(record)
        except Exception:
            self.handleError(record)

    def keep(self, _: object, __: str, event: MutableMapping[str, Any]) -> str:
        """Remember an event, as the last step of its way through structlog."""
        self._count += 1
        self._lines.append(line_of(self._count, event, datetime.now(UTC)))
        return ""

    def lines(self) -> tuple[LogLine, ...]:
        """Return what is remembered, oldest first."""
        self.acquire()
        try:
            return tuple(self._lines)
        finally:
            self.release()
