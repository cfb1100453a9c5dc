"""A log is for those who look later: what is written there stays one line, and hides no secret in a traceback."""

from __future__ import annotations

import json
import logging
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
import structlog

from engine import log_lines, logs
from engine.core.loglines import Level
from engine.log_ring import LogRing
from engine.settings import Settings


@pytest.fixture
def log_file(tmp_path: Path) -> Iterator[Path]:
    """A log file in use; afterwards logging is as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    path = tmp_path / "new" / "batchdeck.log"
    logs.to_file(Settings(log_file=path))
    yield path
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def test_hostile_text_stays_in_its_line(log_file: Path) -> None:
    """A title with line breaks and escapes can't forge a line nor steer the terminal of who reads the log."""
    structlog.get_logger().info("changed", title="x\nlevel='error'\x1b]0;owned\x07")
    logging.getLogger("other").warning("a\nb %s", "c\x1b")
    lines = log_file.read_text().splitlines()
    assert len(lines) == 2
    assert "\x1b" not in log_file.read_text()
    first = json.loads(lines[0])
    assert list(first)[:3] == ["timestamp", "level", "event"]
    assert (first["level"], first["event"], first["title"][0]) == ("info", "changed", "x")


def test_on_a_terminal_a_line_is_for_a_person() -> None:
    """Time, level, what happened; a traceback below, and nothing hostile in either."""
    event = {"timestamp": "2026-01-02T03:04:05Z", "level": "info", "event": "ends\n\x1b[2J", "title": "a\x07b"}
    assert log_lines.for_people(None, "", dict(event)) == "03:04:05 info     ends\\n\\x1b[2J  title='a\\x07b'"
    drawn = log_lines.for_people(None, "", event | {"exception": "Traceback\n  KeyError: '\x1b'"})
    assert drawn.splitlines()[1:] == ["    Traceback", "      KeyError: '\\x1b'"]


def test_an_engine_knows_a_terminal(tmp_path: Path) -> None:
    """The same engine writes for a person where one reads, and JSON where none does."""
    script = "from engine import logs; from engine.settings import Settings; import structlog; " \
             "logs.to_stderr(Settings()); structlog.get_logger().info('runs', chain='off')"  # fmt: skip
    environment = {**os.environ, "HOME": str(tmp_path)}
    piped = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment)
    assert json.loads(piped.stderr)["chain"] == "off"
    ours, theirs = pty.openpty()
    subprocess.run([sys.executable, "-c", script], stderr=theirs, check=True, env=environment)
    os.close(theirs)
    assert b" info     runs  chain='off'" in os.read(ours, 10_000)
    os.close(ours)


def test_levels(log_file: Path) -> None:
    """Below the level nothing is written."""
    structlog.get_logger().debug("nothing")
    assert log_file.read_text() == ""


def test_tracebacks_have_no_locals(log_file: Path) -> None:
    """An unforeseen error is whole in the log, but for the values of its variables."""
    secret = "".join(("hunter", "2"))
    try:
        raise KeyError("lost")
    except KeyError:
        structlog.get_logger().exception("internal error")
    text = log_file.read_text()
    assert "KeyError" in text
    assert secret not in text


def test_the_latest_lines_are_remembered(log_file: Path) -> None:
    """Those of structlog and of the standard library, as they are written, down to the level and no further."""
    before = max((line.no for line in logs.latest()), default=0)
    structlog.get_logger().warning("replaced by fee", nonce=41)
    structlog.get_logger().debug("nothing")
    logging.getLogger("other").error("a\nb %s", "c\x1b")
    first, second = [line for line in logs.latest() if line.no > before]
    assert (first.level, first.event, first.values) == (Level.WARNING, "replaced by fee", "nonce=41")
    assert (second.level, second.event) == (Level.ERROR, "a\\nb c\\x1b")
    written = [json.loads(line) for line in log_file.read_text().splitlines()]
    assert [line["event"] for line in written] == ["replaced by fee", "a\nb c\x1b"]
    assert abs((first.at - datetime.fromisoformat(written[0]["timestamp"])).total_seconds()) < 1


def test_tracebacks_are_remembered_without_locals(log_file: Path) -> None:
    """The same as in the file."""
    secret = "".join(("hunter", "2"))
    try:
        raise KeyError("lost")
    except KeyError:
        structlog.get_logger().exception("internal error")
    line = logs.latest()[-1]
    assert line.trace.splitlines()[-1] == "KeyError: 'lost'"
    assert secret not in line.trace


def test_memory_is_bounded() -> None:
    """Only so many lines are kept, and each counts on; what can't be drawn costs nobody a step."""
    ring = LogRing(3)
    for number in range(5):
        ring.keep(None, "", {"event": f"{number}"})
    assert [(line.no, line.event) for line in ring.lines()] == [(3, "2"), (4, "3"), (5, "4")]

    class Bad:
        def __repr__(self) -> str:
            raise ValueError("no")

    raises, logging.raiseExceptions = logging.raiseExceptions, False
    try:
        ring.setFormatter(logs._Drawn(ring.keep))
        ring.handle(logging.makeLogRecord({"msg": Bad(), "levelname": "INFO", "levelno": 20}))
    finally:
        logging.raiseExceptions = raises
    assert len(ring.lines()) == 3


def test_a_log_that_can_not_be_written_is_remembered_all_the_same(
    log_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody named a file and the usual one can't be made: what happens can be seen still."""
    monkeypatch.setattr(logs, "default_file", lambda: Path("/dev/null/batchdeck.log"))
    logs.to_file(Settings())
    structlog.get_logger().warning("seen still")
    assert logs.latest()[-1].event == "seen still"
