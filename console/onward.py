"""The ways from this console to another one: what opens it is named by the command line, chosen on the screen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

Onward = Callable[[], int]
"""Opens another console once this one has ended, and returns its exit code."""


@dataclass(frozen=True, slots=True)
class Ways:
    """The ways there are from here; ``connect`` takes an address and a token file, and raises when nobody is there."""

    demo: Onward | None = None
    connect: Callable[[str, str], Awaitable[Onward]] | None = None
