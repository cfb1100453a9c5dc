"""What people complain of in consoles like this one: README.md beside this names the test for each."""

from __future__ import annotations

import ast
import re
from itertools import pairwise
from pathlib import Path

import pytest

from console import actions
from console.feed import SETTLED
from console.screens.batch import BatchScreen
from console.screens.batches import BatchesScreen
from console.widgets.row_table import RowTable
from tests.console.conftest import deck_over, open_batch, run, seen, until
from tests.console.fake_engine import FakeEngine

HERE = Path(__file__).parent
COMPLAINTS = (
    "temporal#5133", "Hangfire#4", "oban_web#36", "dolphie#86", "k9s#87", "lazygit#2291", "k9s#410", "k9s#3209",
    "harlequin#950", "Textual#5599", "harlequin#928", "good_job#585", "sidekiq#4390", "k9s#1290", "lazygit#440",
    "posting#289", "harlequin#1026",
)  # fmt: skip
SENT = {"retry", "revert", "cancel", "pause_all", "resume_all"}


def test_every_complaint_names_tests_that_exist() -> None:
    """A table that names a test nobody wrote would keep us from nothing."""
    lines = (HERE / "README.md").read_text().splitlines()
    heads = {above for above, below in pairwise(lines) if below.startswith("|---")}
    rows = [line for line in lines if line.startswith("| ") and line not in heads]
    told = "".join(line.split("|")[2] for line in rows)
    assert [one for one in COMPLAINTS if not re.search(rf"{re.escape(one)}\b", told)] == []
    for row in rows:
        named = re.findall(r"`((?:\.\./\w+/)?test_\w+\.py)::(test_\w+)`", row)
        assert named, row
        for file, name in named:
            found = {node.name for node in ast.parse((HERE / file).read_text()).body if hasattr(node, "name")}
            assert name in found, f"{file}::{name}"


async def test_a_slip_of_the_finger_changes_nothing(
    engine: FakeEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever key of a batch is hit in place of its neighbour, twice, and Enter behind it: nothing is sent."""
    monkeypatch.chdir(tmp_path)  # an export harms nobody, and is written
    app = deck_over(engine)
    async with run(app) as pilot:
        await open_batch(pilot)
        for action in actions.on_screen("batch"):
            key = action.keys.split(",")[0]
            if action.id in ("batch.pause", "app.palette", "app.quit", "app.theme"):
                continue  # pausing harms nobody, and going on is asked about; the others touch no batch
            await pilot.press(key, key, "enter")
            for _ in range(6):
                if isinstance(app.screen, BatchScreen):
                    break
                if isinstance(app.screen, BatchesScreen):
                    await open_batch(pilot)
                    break
                await pilot.press("escape")
            await until(pilot, lambda: isinstance(app.screen, BatchScreen))
    assert SENT & {name for name, _ in engine.calls} == set()


async def test_an_idle_console_rests(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """While nothing happens no list is loaded and no line of it drawn: only what changed is asked for, and seldom."""
    drawn: list[int] = []
    render = RowTable.render_line
    app = deck_over(engine)
    async with run(app) as pilot:
        await seen(pilot, "5 batches")
        await until(pilot, lambda: app.latest.health)
        await pilot.pause(0.2)
        monkeypatch.setattr(RowTable, "render_line", lambda self, y: (drawn.append(y), render(self, y))[1])
        engine.calls.clear()
        polls: list[str] = []
        changes = engine.changes
        monkeypatch.setattr(engine, "changes", lambda since: (polls.append(since), changes(since))[1])
        await until(pilot, lambda: len(polls) >= 6)
        assert drawn == []
        assert {name for name, _ in engine.calls} <= {"health"}
        assert len(engine.named("health")) <= 1 + len(polls) // SETTLED  # wherever its turn fell as we began to count
