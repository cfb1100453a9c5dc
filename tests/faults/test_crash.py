"""Crash points: every named border is one that the line passes, and a process that is aimed at dies there for real."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from engine import crash
from tests.console.command import CREATOR, Batchdeck, catalogue

ENGINE = Path(crash.__file__).parent


def named_in_the_engine() -> set[str]:
    """Return the points that the engine passes: by name, or before and after the commit of a named write."""
    text = "\n".join(path.read_text() for path in ENGINE.rglob("*.py"))
    writes = re.findall(r'_write\(\s*"(\w+)"', text) + re.findall(r'name = "(\w+)" if .* else "(\w+)"', text)
    names = {name for found in writes for name in ([found] if isinstance(found, str) else found)}
    commits = {f"{name}-{border}-commit" for name in names for border in ("before", "after")}
    return commits | set(re.findall(r'crash\.point\("([a-z-]+)"\)', text))


def test_every_point_is_passed_somewhere() -> None:
    """A point that nobody passes would never kill, and the table would show a border that isn't there."""
    assert set(crash.POINTS) <= named_in_the_engine()


def test_nothing_happens_unless_it_is_aimed_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Off, a point is nothing; aimed at, only the named one counts, and only its N-th passing kills."""
    shots: list[int] = []
    monkeypatch.setattr(os, "kill", lambda pid, number: shots.append(number))
    crash.aim({})
    crash.point("post-before")
    assert not crash.aimed()
    try:
        crash.aim({crash.VARIABLE: "post-before:2"})
        assert crash.aimed()
        crash.point("post-after")
        crash.point("post-before")
        assert shots == []
        crash.point("post-before")
        assert shots == [signal.SIGKILL]
    finally:
        crash.aim({})


@pytest.mark.parametrize("wanted", ["nowhere", "post-before:often", "post-before:-1"])
def test_a_point_that_does_not_exist_is_refused(wanted: str) -> None:
    """A slip of the pen must not pass for a run without kills."""
    with pytest.raises(ValueError, match=crash.VARIABLE):
        crash.aim({crash.VARIABLE: wanted})


def test_a_real_command_dies_at_its_point_and_the_next_one_goes_on(tmp_path: Path) -> None:
    """`BATCHDECK_CRASH_AT` kills `batchdeck engine` as a power cut would; started again, it ends what was begun."""
    deck = Batchdeck(tmp_path, ("--chain", "devnet"))
    (tmp_path / "all.csv").write_text(catalogue(3))
    deck.run("catalogue", "import", str(tmp_path / "all.csv"))
    deck.run("submit", "update-price", "--creator", CREATOR, "--ids", "1-3", "--price", "5")
    aimed = deck.environment | {crash.VARIABLE: "post-after:2"}
    died = subprocess.run(deck.line("engine", "--no-api", "--drain"), env=aimed, cwd=tmp_path, capture_output=True)
    assert died.returncode == -signal.SIGKILL, died.stderr
    deck.run("engine", "--no-api", "--drain")
    assert {batch["confirmedCount"] for batch in deck.json("batches")["operations"]} == {3}
