"""A chain that is timed: how long each kind of call took, and how many were not answered."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, cast

from engine.core.events import TxUnclear
from engine.core.spread import Meter, Spread
from engine.ports import Chain, NodeUnreachable

CALLS = ("info", "account", "fee", "broadcast", "look_up", "mined_from", "preflight")


class NodeMeters:
    """What was measured, by call."""

    def __init__(self) -> None:
        self._took = {call: Meter() for call in CALLS}
        self._errors = dict.fromkeys(CALLS, 0)

    def took(self) -> dict[str, Spread]:
        """Return how long the calls took."""
        return {call: meter.spread() for call, meter in self._took.items()}

    def errors(self) -> dict[str, int]:
        """Return how many calls were not answered, or not clearly."""
        return dict(self._errors)

    def timed(self, call: str, run: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        """Return a call that is measured."""

        @wraps(run)
        async def measured(*args: Any, **named: Any) -> Any:
            began = time.monotonic()
            try:
                result = await run(*args, **named)
                self._errors[call] += isinstance(result, TxUnclear)
            except NodeUnreachable:
                self._errors[call] += 1
                raise
            finally:
                self._took[call].observe(time.monotonic() - began)
            return result

        return measured


class _Metered:
    """Hands everything on, and measures the calls to a node."""

    def __init__(self, chain: Chain, meters: NodeMeters) -> None:
        self._chain = chain
        self._timed = {call: meters.timed(call, getattr(chain, call)) for call in CALLS}

    def __getattr__(self, name: str) -> Any:
        return self._timed.get(name) or getattr(self._chain, name)


def metered(chain: Chain, meters: NodeMeters) -> Chain:
    """Return the chain with its calls measured."""
    return cast(Chain, _Metered(chain, meters))
