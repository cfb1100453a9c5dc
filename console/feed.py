"""Feed: the one poller of the engine. It asks what changed, and gives screens one immutable update at a time.

Cost is per flush, so it never flushes more than four times a second. It survives whatever the engine raises: the
last picture stays, with the reason why it is old, until the engine answers again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from console.pace import held_lanes
from engine.core.reports import Alert, Changes, Health
from engine.door import Engine
from engine.errors import Gone

PERIOD = 0.25
CALM = 8
"""After so many polls that brought nothing it asks once in ``RESTING`` periods: at rest a console is nearly free."""
RESTING = 4
HEALTH_EVERY = 8
"""Ask for the health once in so many periods: it changes slowly, and a node may be slow to answer for it."""
SETTLED = 4
"""The same once changes have just ended: their counts shall not stand beside the rows of before for long."""
PATIENCE = 10.0
"""Seconds after which an engine that says nothing counts as lost."""


@dataclass(frozen=True, slots=True)
class FeedUpdate:
    """What changed since the update before, and how the engine is now.

    ``batches`` holds the ids of batches that changed or have changed items. ``everything``: load all again.
    ``held`` names the creators whose lanes stand still, with the reason.
    ``lost`` says why the engine doesn't answer; None when it does.
    """

    batches: frozenset[str] = frozenset()
    contents: bool = False
    everything: bool = False
    alerts: tuple[Alert, ...] = ()
    held: tuple[tuple[str, str], ...] = ()
    health: Health | None = None
    lost: str | None = None

    @property
    def changed(self) -> bool:
        """Tell whether a list has to be loaded again."""
        return bool(self.batches or self.contents or self.everything)


def news(before: FeedUpdate, changes: Changes) -> FeedUpdate:
    """Add one page of changes to an update that isn't flushed yet."""
    ids = {batch.id for batch in changes.batches} | {item.batch_id for item in changes.items}
    return replace(
        before,
        batches=before.batches | ids,
        contents=before.contents or bool(changes.contents),
        alerts=changes.alerts,
        held=held_lanes(changes.lanes),
    )


class Feed:
    """Polls one engine for as long as `run` runs, and hands each update that says something to ``flush``."""

    def __init__(
        self,
        engine: Engine,
        flush: Callable[[FeedUpdate], object],
        *,
        period: float = PERIOD,
        patience: float = PATIENCE,
    ) -> None:
        self._engine = engine
        self._flush = flush
        self._period = period
        self._patience = patience
        self._since = ""
        self._unasked = HEALTH_EVERY
        self._calm = 0
        self._last = FeedUpdate(everything=True)
        self._first = True

    async def run(self) -> None:
        """Poll until cancelled."""
        while True:
            try:
                self._tell(await asyncio.wait_for(self._poll(), self._patience))
            except Gone:
                self._since, self._first = "", True
            except TimeoutError:
                self._tell(self._lost(f"no answer for {self._patience:g} s"))
            except Exception as error:
                self._tell(self._lost(str(error) or type(error).__name__))
            periods = RESTING if self._calm > CALM else 1
            self._unasked += periods
            await asyncio.sleep(self._period * periods)

    async def _poll(self) -> FeedUpdate:
        quiet = FeedUpdate(everything=self._first or self._last.lost is not None, health=self._last.health)
        update, more = quiet, True
        while more:
            changes = await self._engine.changes(self._since)
            self._since, more = changes.revision, changes.more
            update = news(update, changes)
        if self._unasked >= (SETTLED if 0 < self._calm <= CALM else HEALTH_EVERY):
            update = replace(update, health=await self._engine.health())
            self._unasked = 0
        return update

    def _lost(self, why: str) -> FeedUpdate:
        """Keep the last picture, and ask for the health first when the engine is back."""
        self._unasked = HEALTH_EVERY
        return FeedUpdate(alerts=self._last.alerts, held=self._last.held, health=self._last.health, lost=why)

    def _tell(self, update: FeedUpdate) -> None:
        standing = replace(self._last, batches=frozenset(), contents=False, everything=False)
        self._first, self._last = False, update
        self._calm = 0 if update.changed or update.lost else self._calm + 1
        if update.changed or update != standing:
            self._flush(update)
