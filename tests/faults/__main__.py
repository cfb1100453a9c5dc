"""`make faults`: kills, lies and cuts, then the audit; ends with 1 if anything was lost, sent twice or told wrongly.

`python -m tests.faults [--only NAME ...] [--seed N] [--at-once N]`; `BATCHDECK_FAULTS=full` runs all, else it is the
short form.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed

from tests.faults.child import CONTEXT
from tests.faults.driver import run
from tests.faults.report import Report
from tests.faults.suites import full, short
from tests.faults.table import details, gaps, line, red, table

FULL = "full"


def main() -> int:
    """Run, tell each run as it ends, print the table."""
    asked = _arguments()
    everything = os.environ.get("BATCHDECK_FAULTS") == FULL and not asked.only
    scenarios = full(asked.seed) if everything or asked.only else short(asked.seed)
    wanted = [one for one in scenarios if not asked.only or one.name in asked.only]
    began = time.monotonic()
    reports: list[Report] = []
    with ProcessPoolExecutor(asked.at_once, mp_context=CONTEXT) as pool:
        for ended in as_completed([pool.submit(run, one) for one in wanted]):
            reports.append(ended.result())
            print(line(reports[-1]), *details(reports[-1]), sep="\n", flush=True)
    print(*table(reports), sep="\n")
    print(f"{time.monotonic() - began:.0f} s")
    for report in red(reports):
        name = report.scenario.name
        print(f"RED: {name}; again: python -m tests.faults --seed {asked.seed} --only {name}")
    missing = list(gaps(reports)) if everything else []
    print(*missing, sep="\n", end="\n" if missing else "")
    return 1 if red(reports) or missing or not reports else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Kill the engine, let the node lie, and audit what came of it.")
    parser.add_argument("--only", nargs="*", default=[], help="names of runs of the full form")
    parser.add_argument("--seed", type=int, default=0, help="other chances: what is added to every seed (0)")
    parser.add_argument("--at-once", type=int, default=2, help="how many runs at once (2)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
