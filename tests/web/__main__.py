"""``make api``: 5,000 calls and more against a running engine, each held against the OpenAPI page."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from tests.web.contract import Contract
from tests.web.support import served

CASES = 5_000


def main() -> int:
    """Call until there were enough cases; say what came of them."""
    began, seed = time.monotonic(), 0
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as api:
        contract = Contract(api)
        while contract.cases < CASES:
            contract.seed = seed = seed + 1
            contract.each_call(40)
            contract.walk(60)
    answers = ", ".join(f"{status}: {count}" for status, count in sorted(contract.answers.items()))
    print(f"{contract.cases} cases in {time.monotonic() - began:.0f} s; {answers}")
    print(f"Each as the page promises; accepted {contract.accepted:.0%}; {contract.read_back} batches read back, equal")
    return 0 if contract.accepted >= 0.3 else 1


if __name__ == "__main__":
    sys.exit(main())
