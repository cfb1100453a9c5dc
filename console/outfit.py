"""Outfit: what a console works with; it may still be on its way while the first frame is painted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from console.memory import Memory
from console.onward import Ways

if TYPE_CHECKING:
    from console.banner import Banner
    from engine.door import Engine

OpenEngine = Callable[[], Awaitable["Engine"]]


@dataclass(frozen=True, slots=True)
class Outfit:
    """What opens the engine, what the header says until it is open, the keys bound anew, and where to go on to.

    ``warnings`` are about keys that can't be used, ``notice`` is anything else to be said once at the start.
    """

    open_engine: OpenEngine
    banner: Banner
    keymap: Mapping[str, str] = field(default_factory=dict)
    warnings: Sequence[str] = ()
    notice: str = ""
    ways: Ways = Ways()  # noqa: RUF009 (frozen)
    memory: Memory = field(default_factory=Memory)
