"""Empties the handler of each action in turn, and shows that its play fails.

`python -m tests.console.emptied [ACTION ...]`: a play that passes with nothing behind the key tests nothing. Ends with
1 if there is one.
"""

from __future__ import annotations

import os
import sys

import pytest

from tests.console import plays


class Outcomes:
    """Keeps how each play ended with its handler emptied."""

    def __init__(self) -> None:
        self.of: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A play that fails anywhere has noticed."""
        if report.when == "call" or report.failed:
            worst = self.of.get(report.nodeid) == "failed" or report.failed
            self.of[report.nodeid] = "failed" if worst else report.outcome


def main(wanted: list[str]) -> int:
    """Run all plays, or those of the actions named, and print the table."""
    os.environ[plays.EMPTIED] = "1"
    tests = sorted({test for name, them in plays.declared().items() if not wanted or name in wanted for test in them})
    outcomes = Outcomes()
    nodes = [f"{plays.HERE}/{file}.py::{name}" for file, _, name in (test.partition("::") for test in tests)]
    pytest.main(["-q", "-n2", "--tb=no", "-p", "no:cacheprovider", "--no-summary", *nodes], plugins=[outcomes])
    unmoved = sorted(node for node, outcome in outcomes.of.items() if outcome != "failed")
    ran = len(outcomes.of)
    print(f"\n{ran} plays ran with an emptied handler; {ran - len(unmoved)} failed, as they should.")
    for node in unmoved:
        print(f"PASSES ALL THE SAME: {node}")
    return 1 if unmoved or not outcomes.of else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
