"""Where log lines go: stderr for a headless engine, a rotated file for a console or a command, the latest to memory."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

import platformdirs

from engine.core.loglines import LogLine
from engine.errors import BadSettings
from engine.folders import APP
from engine.log_ring import LogRing
from engine.settings import Settings

_SIZE = 5_000_000  # bytes of one file
_KEPT = 3
_QUIET = ("alembic", "httpx", "httpcore", "apscheduler", "uvicorn.access", "asyncio")

_RING = LogRing()
Processor = Callable[[Any, str, Any], str]


def default_file() -> Path:
    """Return the log file in the user's state folder."""
    return platformdirs.user_state_path(APP) / "batchdeck.log"


def to_stderr(settings: Settings) -> None:
    """Log to stderr, for a person where it is a terminal, or to the file that the settings name.

    BadSettings when that file can't be written.
    """
    _use(
        _named(settings, settings.log_file) if settings.log_file else logging.StreamHandler(sys.stderr),
        settings.log_level,
    )


def to_file(settings: Settings) -> None:
    """Log to the file of the settings or the default one: stdout and stderr belong to the command.

    BadSettings when the file that the settings name can't be written.
    """
    _take(_filed(settings), settings.log_level)
    structured()


def to_file_at_first(settings: Settings) -> None:
    """The same for a console that is to be painted at once: `structured` is for the thread that opens the engine.

    What is logged until then goes through the standard library; structlog is a tenth of a second of imports.
    """
    _take(_filed(settings), settings.log_level)


def to_nowhere() -> None:
    """Log nothing: for a command that only looks, and so makes no file either."""
    _use(logging.NullHandler(), "error")


def latest() -> tuple[LogLine, ...]:
    """Return the latest lines of this process, oldest first, however little of the log itself can be read from here."""
    return _RING.lines()


def ensure() -> None:
    """Log to the default file unless something else was chosen: left alone, structlog prints locals on stdout."""
    import structlog

    if not structlog.is_configured():
        _use(_quiet(default_file()), "info")


def _filed(settings: Settings) -> logging.Handler:
    return _named(settings, settings.log_file) if settings.log_file else _quiet(default_file())


def _named(settings: Settings, path: Path) -> logging.Handler:
    """Whoever names a file relies on it: a log that goes nowhere would be missed only when it is needed."""
    try:
        return _file(path)
    except OSError as error:
        written = settings.origin("log_file")
        raise BadSettings(f"{written} is {path}: it can't be written ({error.strerror}), name another file") from error


def _quiet(path: Path) -> logging.Handler:
    """A log that nobody asked for and that can't be written must not keep anybody from working."""
    try:
        return _file(path)
    except OSError:
        return logging.NullHandler()


def _file(path: Path) -> logging.Handler:
    path.parent.mkdir(parents=True, exist_ok=True)
    return RotatingFileHandler(path, maxBytes=_SIZE, backupCount=_KEPT, encoding="utf-8", delay=False)


def _is_terminal(handler: logging.Handler) -> bool:
    return type(handler) is logging.StreamHandler and handler.stream.isatty()


def _use(handler: logging.Handler, level: str) -> None:
    _take(handler, level)
    structured()


def _take(handler: logging.Handler, level: str) -> None:
    """Let this be where all lines go, each drawn as `structured` says."""
    handler.setFormatter(_Drawn("for_people" if _is_terminal(handler) else "for_programs"))
    _RING.setFormatter(_Drawn(_RING.keep))
    logging.raiseExceptions = False  # a full disk must neither stop an engine nor write over a screen
    root = logging.getLogger()
    root.handlers[:] = [handler, _RING]
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


class _Drawn(logging.Formatter):
    """Draws lines with structlog, which is loaded with the first of them."""

    def __init__(self, last: str | Processor) -> None:
        super().__init__()
        self._last = last
        self._formatter: logging.Formatter | None = None

    def format(self, record: logging.LogRecord) -> str:
        """Draw a line as its last step does: one by name in `log_lines`, or a function."""
        if self._formatter is None:
            self._formatter = self._made()
        return self._formatter.format(record)

    def _made(self) -> logging.Formatter:
        import structlog

        from engine import log_lines

        return structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.processors.TimeStamper("iso", utc=True),
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                getattr(log_lines, self._last) if isinstance(self._last, str) else self._last,
            ],
        )


def structured() -> None:
    """Send what is logged with structlog to the same place: left alone, it prints locals on stdout."""
    import structlog

    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper("iso", utc=True),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
