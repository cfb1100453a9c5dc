"""``make bench``: prints every measurement beside its reference. ``--quick`` takes a twentieth of the latencies."""

from __future__ import annotations

import asyncio
import sys

from tests.bench import pipeline


def main() -> None:
    """Run all benchmarks."""
    asyncio.run(pipeline.run(0.05))
    if "--quick" not in sys.argv:
        asyncio.run(pipeline.run(1.0))


if __name__ == "__main__":
    main()
