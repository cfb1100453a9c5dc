"""The watchman: looks every other second at what an operator should see, and keeps it as alerts."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Iterable

import structlog

from engine.core.model import Batch
from engine.core.oversight import Cause
from engine.core.reports import Alert
from engine.core.summary import Thresholds, alerts
from engine.errors import Unavailable
from engine.ports import Clock, Store

PAUSE = 2.0
log = structlog.get_logger()


class Watchman:
    """Compares what stands now with what is kept; writes only when they differ."""

    def __init__(self, store: Store, clock: Clock, limits: Thresholds, standing: Callable[[], Iterable[Alert]]) -> None:
        self._store = store
        self._clock = clock
        self._limits = limits
        self._standing = standing
        self._revision = -1
        self._kept: frozenset[str] | None = None
        self._failed = set[tuple[object, ...]]()

    async def run(self) -> None:
        """Look until cancelled; a database that is away is looked at again later, and so is all else that fails."""
        while True:
            await asyncio.sleep(PAUSE)
            try:
                await self.look()
            except Unavailable as away:
                log.debug("alerts can't be kept now", reason=str(away))
            except Exception as error:
                self._fail(error)

    def _fail(self, error: Exception) -> None:
        """Log what nobody foresaw, once for each place where it happens: it would come with every look."""
        place = traceback.extract_tb(error.__traceback__)[-1]
        what = (type(error), place.filename, place.lineno)
        if what not in self._failed:
            self._failed.add(what)
            log.exception("alerts can't be kept: they are looked at again, and this is told only once")

    async def look(self) -> None:
        """Look once."""
        batches, revision = await self._store.under_watch(self._revision)
        causes = [Cause(alert.key, alert.message) for alert in self._standing()]
        causes += [cause for batch in batches for cause in self._of(batch)]
        keys = frozenset(cause.key for cause in causes)
        if keys != self._kept:
            for cause in await self._store.raise_alerts(causes, self._clock.now()):
                log.warning("alert", key=cause.key, message=cause.message)
        self._kept, self._revision = keys, revision

    def _of(self, batch: Batch) -> Iterable[Cause]:
        """Return the alerts of a batch; the first word of a sentence says which threshold it is."""
        for sentence in alerts(batch, self._clock.now(), self._limits):
            kind = sentence.partition(":")[0].lower()
            yield Cause(f"batch {batch.id} {kind}", f"Batch {batch.id}: {sentence}", batch.id)
