"""`make bench`: prints every measurement beside its reference or mark; ``--quick`` takes fewer and shorter ones.

`python -m tests.bench [waiting] [console] [starting] [--quick]`
"""

from __future__ import annotations

import asyncio
import sys

from tests.bench import console, pipeline, starting

ALL = ("waiting", "console", "starting")


def main(arguments: list[str]) -> int:
    """Run the benchmarks that are named, or all of them."""
    quick = "--quick" in arguments
    wanted = [name for name in arguments if name != "--quick"] or list(ALL)
    if unknown := set(wanted) - set(ALL):
        print(f"There is no benchmark {', '.join(sorted(unknown))}: name {', '.join(ALL)}, or none for all of them")
        return 2
    if "waiting" in wanted:
        for mean in (0.05,) if quick else (0.05, 1.0):
            asyncio.run(pipeline.run(mean))
    if "console" in wanted:
        console.run(40 if quick else 200, 5 if quick else 20)
    if "starting" in wanted:
        starting.run(3 if quick else 9)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
