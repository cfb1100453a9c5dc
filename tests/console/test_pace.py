"""How long it still takes: told from what comes in now, or not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from console.cli import following
from console.pace import MOST, Pace, held_lanes
from console.views import progress_parts
from console.widgets.batch_head import head_lines
from engine.core.model import Batch
from engine.core.model import ItemState as S
from engine.core.reports import Alert, SignerInfo
from engine.core.summary import Thresholds
from tests.console.fake_engine import NOW, FakeEngine


def at(done: int, total: int = 100, started: datetime = NOW) -> Batch:
    """Return a batch with this many results, that started then."""
    states = [S.SUBMITTED] * done + [S.APPLIED] * (total - done)
    return replace(FakeEngine().add("01K", states), started_at=started, created_at=started)


def watched(*looks: tuple[float, int]) -> Pace:
    """Watch a batch that had so many results so many seconds after now."""
    pace = Pace()
    for seconds, done in looks:
        pace.note(at(done), NOW + timedelta(seconds=seconds))
    return pace


def left(pace: Pace, seconds: float, done: int) -> float | None:
    found = pace.left(at(done), NOW + timedelta(seconds=seconds))
    return None if found is None else round(found.total_seconds())


def test_the_waiting_before_the_first_result_does_not_count() -> None:
    """A batch that waited ten minutes behind others of its signer, then has ten results in five seconds: 40 s left."""
    pace = watched((0, 0), (600, 10), (605, 20))
    assert left(pace, 605, 20) == 40
    assert progress_parts(at(20), NOW + timedelta(seconds=605), pace)[1:] == ["2.0 items/s", "40 s left"]


def test_what_stands_still_has_no_pace_and_says_why() -> None:
    """Results came, then somebody paused the signer: no time is promised, and the head tells the reason."""
    pace = watched((0, 0), (600, 10), (605, 20))
    lane = SignerInfo("ST1", (at(20).creator, "ST2"), True, 1, 1, 0, 80, held="Paused by ops: [audit]", paused=True)
    pace.note_still(held_lanes([lane, replace(lane, creators=("ST3",), held=None, paused=False)]))
    assert left(pace, 605, 20) is None
    assert "left" not in str(progress_parts(at(20), NOW + timedelta(seconds=605), pace))
    lines = [line.plain for line in head_lines(at(20), NOW, Thresholds(), pace, 80)]
    assert "! Its lane stands still: Paused by ops: [audit]" in lines
    settled = replace(FakeEngine().add("01L", [S.SUBMITTED] * 3), started_at=NOW)
    assert pace.still(settled) is None, "nothing of it waits for the lane any more"
    pace.note_still(())
    assert left(pace, 605, 20) == 40
    pace.note_still((), stopped=True)
    assert left(pace, 605, 20) is None
    assert any("The engine is stopped" in line.plain for line in head_lines(at(20), NOW, Thresholds(), pace, 80))
    assert pace.still(settled) is None


def test_nobody_knows_before_a_second_look() -> None:
    """One burst tells no pace: neither a guess nor a minus is shown."""
    assert left(watched((0, 0)), 600, 0) is None
    assert left(watched((0, 0), (600, 25)), 601, 25) is None
    assert left(watched((0, 0), (600, 24), (600.2, 25)), 601, 25) is None
    assert "left" not in str(progress_parts(at(25), NOW + timedelta(seconds=601), watched((0, 0), (600, 25))))


def test_a_standstill_makes_it_longer() -> None:
    """What doesn't come in counts too, and what came in long ago no longer does."""
    pace = watched((0, 0), (10, 20), (20, 40))
    assert left(pace, 20, 40) == 30
    assert left(pace, 40, 40) == 90
    for seconds, done in ((200, 50), (261, 60)):
        pace.note(at(done), NOW + timedelta(seconds=seconds))
    assert left(pace, 261, 60) == 244


def test_a_batch_met_on_its_way_is_told_by_its_average() -> None:
    """Until something comes in: a console that was opened just now has seen nothing yet."""
    assert left(Pace(), 50, 50) == 50
    assert left(watched((50, 50)), 50, 50) == 50
    assert left(watched((50, 50), (54, 60)), 54, 60) == 16


def test_a_batch_behind_others_of_its_creator_is_not_told_by_its_average() -> None:
    """Met on its way, it waits while another one gets the results: hours since its start are no pace."""
    waiting, other = at(2), replace(at(60), id="01L")
    pace, soon = Pace(), NOW + timedelta(hours=1, seconds=4)
    for batch in (waiting, other):
        pace.note(batch, NOW + timedelta(hours=1))
    for batch in (waiting, replace(at(80), id="01L")):
        pace.note(batch, soon)
    assert pace.left(waiting, soon) is None
    assert pace.left(replace(at(80), id="01L"), soon) == timedelta(seconds=4)
    elsewhere = replace(waiting, id="01M", creator="ST2")
    assert pace.left(elsewhere, soon) is not None, "another creator's results are no sign that it waits"


def test_an_end_and_a_clock_set_back_are_no_pace() -> None:
    """A batch that is retried or settled, and a wall clock that jumps, leave nothing false behind."""
    assert left(watched((0, 0), (10, 50), (20, 100)), 20, 100) is None
    assert left(watched((0, 0), (100, 10), (50, 20)), 50, 20) is None


@pytest.mark.parametrize("begun", [0, 1])
def test_what_is_never_seen_again_is_forgotten(begun: int) -> None:
    """A console that is open for months meets no end of batches: those looked at last are remembered, and no more."""
    pace, waiting = Pace(), at(begun)
    for number in range(MOST - 1):
        pace.note(replace(waiting, id=f"early-{number}"), NOW)
    pace.note(waiting, NOW)
    assert left(pace, 0, begun) is None, "it is remembered among a thousand"
    for number in range(MOST):
        pace.note(replace(waiting, id=f"late-{number}", creator=f"ST{number}"), NOW)
    assert max(len(known) for known in vars(pace).values() if isinstance(known, dict)) == MOST
    assert left(pace, 50, 50) == 50, "forgotten: its average since the start is all that is left"


def test_waiting_in_a_command_says_what_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """`--wait` names the alarm in the place of the bar, in one line of the terminal that there is."""
    monkeypatch.setattr(following, "now", lambda: NOW + timedelta(seconds=50))
    alarm = Alert("lane", "The node is unreachable \x1b[31m" + "and so on " * 30, NOW)
    said = following._line(at(50), Pace(), (alarm,))
    assert said.startswith("50/100 ")
    assert "! The node is unreachable" in said
    assert len(said) < 80
    assert said.isprintable()
    monkeypatch.setattr(following, "_terminal", lambda: 120)
    assert "about 50 s left" in following._line(at(50), Pace(), ())
