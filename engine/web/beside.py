"""Work on what is large beside the event loop, a little at once, so that every other call is answered meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
SMALL = 64_000
"""Bytes that are read at once where they came in: a thread would cost more."""
AT_ONCE = 2
"""Large bodies under work; the others wait, or they would take the interpreter from the loop together."""


class Beside:
    """A few threads, made when the first large body comes."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._threads = ThreadPoolExecutor(at_once, "large-body")

    async def run(self, size: int, work: Callable[[], T]) -> T:
        """Do work that goes with so many bytes; what it raises is raised here."""
        if size <= SMALL:
            return work()
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)
