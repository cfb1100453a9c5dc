"""What every call needs: the engine as the caller may use it, the clock, and the thresholds of alerts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from engine.core.oversight import Measures, Quota
from engine.core.summary import Thresholds
from engine.door import Engine
from engine.ports import Clock
from engine.web.beside import Beside
from engine.web.bodies import BODY, body_of
from engine.web.guards import WHO

T = TypeVar("T")
Handler = Callable[[Request], Awaitable[Response]]
KEY = "Idempotency-Key"


class Served(Engine, Protocol):
    """An engine that can be served: it acts in the name of whoever asks, and can be measured."""

    def acting(self, who: str | None, quota: Quota | None) -> Engine:
        """Return this engine as it acts for somebody (None: the user of the process), within a quota."""

    async def measures(self) -> Measures:
        """Return what monitoring wants to know."""


@dataclass(frozen=True, slots=True)
class Web:
    """The engine that is served, and what is said of it."""

    engine: Served
    clock: Clock
    thresholds: Thresholds
    network: str
    quota: Quota
    large: Beside = field(default_factory=Beside)

    async def beside(self, request: Request, work: Callable[[], T]) -> T:
        """Do the work that a body makes: beside the event loop if the body is large."""
        return await self.large.run(len(request.scope.get(BODY, b"")), work)

    async def body(self, request: Request, *known: str) -> dict[str, Any]:
        """Return the object in a body that may be none, and has at most these fields; the rules judge its values."""
        return await self.beside(request, lambda: body_of(request, *known, empty=True))

    def engine_for(self, request: Request) -> Engine:
        """Return the engine as it acts for the caller of this request."""
        return self.engine.acting(request.scope.get(WHO), self.quota)


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the API: where it is, what runs, and what the OpenAPI page says of it."""

    method: str
    path: str
    run: Handler
    spec: Mapping[str, object]


def key_of(request: Request) -> str | None:
    """Return the caller's idempotency key."""
    return request.headers.get(KEY)
