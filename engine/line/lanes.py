"""The lanes: one runner for each signer, made on first need, all woken by the tick."""

from __future__ import annotations

import asyncio

from engine.line.byhand import ByHand
from engine.line.holds import Holds
from engine.line.tools import Tools
from engine.line.worker import LaneRunner


class Lanes:
    """All lane runners of an engine, by signer."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._runners: dict[str, LaneRunner] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        tools.wake_lane = self.wake

    def wake(self, signer: str) -> None:
        """Let a lane take a turn now."""
        self._runner(signer).wake()

    def by_hand(self, signer: str) -> ByHand:
        """Return by what something may be done to one slot of a lane."""
        return self._runner(signer).by_hand

    def holds(self, signer: str) -> Holds | None:
        """Return what holds a lane; None for one that had nothing to do yet."""
        runner = self._runners.get(signer)
        return runner.holds if runner else None

    def _runner(self, signer: str) -> LaneRunner:
        runner = self._runners.get(signer)
        if runner is None:
            runner = self._runners[signer] = LaneRunner(signer, self._tools)
            self._tasks[signer] = asyncio.create_task(runner.run(), name=f"lane {signer}")
        return runner

    async def wake_all(self) -> None:
        """Let every lane that has something to do take a turn, and every held one: it may have nothing left to do."""
        for signer in {*await self._tools.store.lanes(), *(signer for signer, _ in self.all_held())}:
            self.wake(signer)

    def signers(self) -> list[str]:
        """Return the signers whose lanes had something to do since the engine was opened."""
        return list(self._runners)

    def held(self, signer: str) -> str | None:
        """Say why a lane is held; None when it isn't."""
        runner = self._runners.get(signer)
        causes = (self._tools.pauses.why.get(signer), runner.holds.why if runner else None)
        return "; ".join(cause for cause in causes if cause) or None

    def all_held(self) -> list[tuple[str, str]]:
        """Return the held signers, each with the reason."""
        known = dict.fromkeys([*self._runners, *self._tools.pauses.why])
        return [(signer, why) for signer in known if (why := self.held(signer))]

    async def drain(self) -> None:
        """Wait for the posts under way."""
        await asyncio.gather(*(runner.drain() for runner in self._runners.values()))

    def stop(self) -> list[asyncio.Task[None]]:
        """End every runner; return the tasks to wait for."""
        for task in self._tasks.values():
            task.cancel()
        return list(self._tasks.values())
