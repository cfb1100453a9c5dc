"""The table tells the truth about the runs: what is red, and what was never tried."""

from __future__ import annotations

from collections import Counter

from engine.crash import POINTS
from tests.faults.audit import Finding, Kind
from tests.faults.report import Report
from tests.faults.scenario import Scenario
from tests.faults.table import EACH, WANTED, gaps, red, table

FOUND = [Finding(Kind.HOLE, "nonce 3 is free")]


def report(*, plant: str | None = None, found: list[Finding] | None = None) -> Report:
    kills, struck = Counter(dict.fromkeys(POINTS, EACH) | {"at a random moment": 200}), Counter(WANTED)
    return Report(Scenario("a run", 1, plant=plant, guilty="hole"), kills, struck, findings=found or [])


def test_red_is_a_finding_and_a_planted_bug_that_was_not_found() -> None:
    """A run with a bug in it must be guilty, every other one clean."""
    assert red([report(), report(plant="hole-left", found=FOUND)]) == []
    guilty, blind = report(found=FOUND), report(plant="hole-left")
    broken = report(plant="hole-left", found=[*FOUND, Finding(Kind.BROKEN, "no devnet")])
    assert red([guilty, blind, broken]) == [guilty, blind, broken]


def test_what_was_not_tried_is_not_passed_off_as_clean() -> None:
    """Too few kills at a point, or a fault that never struck, are told."""
    assert list(gaps([report()])) == []
    lame = report()
    lame.kills["post-after"] -= 1
    del lame.struck["drop"]
    assert list(gaps([lame])) == [f"{EACH - 1} kills at post-after are fewer than {EACH}", "drop never happened"]


def test_findings_of_planted_bugs_do_not_count_as_ours() -> None:
    """The four columns are about the engine as it is shipped."""
    lines = list(table([report(), report(plant="hole-left", found=FOUND)]))
    assert "duplicates 0, lost 0, holes 0, wrong outcomes 0, broken runs 0" in lines
    assert "planted bugs found 1 of 1" in lines
