"""An engine in a thread with a loop of its own: the console's drawing never delays it, nor it the console."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import wraps
from typing import Any, cast

from engine.door import Engine

NAME = "engine"


class _Loop:
    """A thread that runs an event loop until it is told to end."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=NAME, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()
        self.loop.close()

    async def call(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run a coroutine over there, and wait for it here."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self.loop))

    def end(self) -> None:
        """Stop the loop and wait for the thread."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()


class _Proxy:
    """Hands every call of the protocol over to the other thread; frozen nouns are safe to share."""

    def __init__(self, engine: Engine, loop: _Loop) -> None:
        self._engine = engine
        self._loop = loop

    def __getattr__(self, name: str) -> Callable[..., Coroutine[Any, Any, Any]]:
        method = getattr(self._engine, name)

        @wraps(method)
        async def call(*args: Any, **named: Any) -> Any:
            return await self._loop.call(method(*args, **named))

        return call


@asynccontextmanager
async def in_thread(opener: Callable[[], AbstractAsyncContextManager[Engine]]) -> AsyncIterator[Engine]:
    """Open an engine in a thread of its own; the protocol works from this loop as it would from that one."""
    loop = _Loop()
    try:
        opened = opener()
        engine = await loop.call(opened.__aenter__())
        try:
            yield cast(Engine, _Proxy(engine, loop))
        finally:
            await loop.call(opened.__aexit__(None, None, None))
    finally:
        loop.end()
