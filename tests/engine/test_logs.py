"""A log is for those who look later: what is written there stays one line, and hides no secret in a traceback."""

from __future__ import annotations

import json
import logging
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from engine import log_lines, logs
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
