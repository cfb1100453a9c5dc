"""The short form of `make faults`: the engine is killed at every named border, and five planted bugs are found.

`BATCHDECK_FAULTS=full` runs all that `make faults` runs.
"""

from __future__ import annotations

import os

import pytest

from tests.faults.driver import run
from tests.faults.scenario import Scenario
from tests.faults.suites import full, short
from tests.faults.table import convicted

SCENARIOS = full() if os.environ.get("BATCHDECK_FAULTS") == "full" else short()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_nothing_is_lost_and_nothing_is_sent_twice(scenario: Scenario) -> None:
    """Killed anywhere, lied to and cut off, the engine keeps its promises; and the audit finds one that doesn't."""
    report = run(scenario)
    found = [f"{finding.kind}: {finding.text}" for finding in report.findings]
    if scenario.plant:
        assert convicted(report), found
    else:
        assert found == []
        assert {life.point.partition(":")[0] for life in scenario.lives if life.point} <= set(report.kills)
