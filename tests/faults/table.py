"""The table that `make faults` prints: runs, kills by point, faults by kind, and the four columns that must be 0."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from engine.crash import POINTS
from tests.faults.audit import Kind
from tests.faults.report import Report

SHOWN = 3
MOST_WANTED = 200
EACH = 10
WANTED = (
    "latency", "429=seconds", "429=date", "429=reset", "429=none", "503", "502-after", "hang-before", "hang-after",
    "reset-before", "reset-after", "lost-after", "conflict-after", "drop", "reorg of 1", "reorg of 2", "reorg of 3",
    "stall", "api-lag", "foreign", "market", "mining-fee",
)  # fmt: skip
"""The faults that have to happen in the full form; those that stand are counted as often as they were set."""
LABELS = {
    Kind.DUPLICATE: "duplicates",
    Kind.LOST: "lost",
    Kind.HOLE: "holes",
    Kind.WRONG: "wrong outcomes",
    Kind.BROKEN: "broken runs",
}


def line(report: Report) -> str:
    """Return one run in one line, told as soon as it is over."""
    scenario = report.scenario
    verdict = "clean" if not report.findings else f"{len(report.findings)} findings"
    if scenario.plant:
        verdict = f"planted bug {'found' if convicted(report) else 'NOT FOUND'}"
    states = ", ".join(f"{count} {state}" for state, count in sorted(report.states.items()))
    return f"  {scenario.name:28} {report.seconds:6.1f} s  {report.kills.total():3} kills  {states}: {verdict}"


def details(report: Report) -> Iterable[str]:
    """Return the first findings of a run, of each kind."""
    for kind in Kind:
        for finding in [one for one in report.findings if one.kind is kind][:SHOWN]:
            yield f"      {finding.kind}: {finding.text}"


def red(reports: Sequence[Report]) -> list[Report]:
    """Return the runs that are not as they should be: a finding, or a planted bug that wasn't found."""
    return [report for report in reports if (not convicted(report) if report.scenario.plant else report.findings)]


def convicted(report: Report) -> bool:
    """Tell whether the audit found the bug that was planted, by the promise that it breaks."""
    kinds = {finding.kind for finding in report.findings}
    return report.scenario.guilty in kinds and Kind.BROKEN not in kinds


def gaps(reports: Sequence[Report]) -> Iterable[str]:
    """Return what the full form has to show and these runs don't: kills in all, at each point, and every fault."""
    kills = sum((report.kills for report in reports), Counter[str]())
    struck = sum((report.struck for report in reports if not report.scenario.plant), Counter[str]())
    if kills.total() < MOST_WANTED:
        yield f"{kills.total()} kills are fewer than {MOST_WANTED}"
    yield from (f"{kills[name]} kills at {name} are fewer than {EACH}" for name in POINTS if kills[name] < EACH)
    yield from (f"{name} never happened" for name in WANTED if not struck[name])


def table(reports: Sequence[Report]) -> Iterable[str]:
    """Return the whole table; planted bugs are counted apart."""
    sound = [report for report in reports if not report.scenario.plant]
    guilty = [report for report in reports if report.scenario.plant]
    kills = sum((report.kills for report in reports), Counter[str]())
    struck = sum((report.struck for report in sound), Counter[str]())
    items = sum(report.states.total() for report in reports)
    yield f"runs {len(reports)}, items {items}, kills {kills.total()}"
    yield "kills by point"
    for name in (*POINTS, *sorted(set(kills) - set(POINTS))):
        yield f"  {kills[name]:5}  {name}"
    yield "faults by kind"
    for name, count in sorted(struck.items()):
        yield f"  {count:5}  {name}"
    found = Counter(finding.kind for report in sound for finding in report.findings)
    yield ", ".join(f"{label} {found[kind]}" for kind, label in LABELS.items())
    if guilty:
        yield f"planted bugs found {sum(map(convicted, guilty))} of {len(guilty)}"
