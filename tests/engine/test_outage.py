"""A database that goes away: nothing is lost, the batch waits, and after DATABASE_PATIENCE it is failed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.core.lifecycle import outcome
from engine.core.model import BatchStatus, ItemState, Outcome
from engine.core.summary import status
from engine.errors import Unavailable
from engine.line.tools import Limits
from tests.engine.rig import Rig, contents, price, rig


class Outage:
    """Makes every write of the line fail, as a locked or lost file would, until it is over."""

    NAMES = ("apply", "claim", "fail_running", "complete", "sign", "answer", "record")

    def __init__(self, play: Rig) -> None:
        self.over = False
        for name in self.NAMES:
            setattr(play.store, name, self._failing(getattr(play.store, name)))

    def _failing(self, real: Any) -> Any:
        async def call(*args: Any, **named: Any) -> Any:
            if not self.over:
                raise Unavailable("The database is locked by another process")
            return await real(*args, **named)

        return call


async def test_a_short_outage_is_only_a_wait(tmp_path: Path) -> None:
    """Nothing fails; the alarm is on meanwhile, and off afterwards."""
    async with rig(tmp_path / "deck.sqlite3", catalogue=contents(2)) as play:
        outage = Outage(play)
        batch = await play.engine.submit(price("c1", "c2"))

        async def alarmed() -> bool:
            return "database" in play.line.tools.alarms

        await play.until(alarmed)
        outage.over = True
        found = await play.settled(batch)
        assert {outcome(item) for item in found.values()} == {Outcome.CONFIRMED}
        assert "database" not in play.line.tools.alarms


async def test_a_long_outage_fails_the_batch_and_leaves_the_rest_queued(tmp_path: Path) -> None:
    """Untouched items stay queued: the batch can be resumed, and then ends well."""
    limits = Limits(database_patience=30)
    async with rig(tmp_path / "deck.sqlite3", catalogue=contents(2), limits=limits) as play:
        await play.engine.pause_all()
        batch = await play.engine.submit(price("c1", "c2"))
        await play.store.claim(play.clock.now())
        outage = Outage(play)
        await play.engine.resume_all()

        async def alarmed() -> bool:
            return "database" in play.line.tools.alarms

        await play.until(alarmed)
        play.clock.pass_(31)
        outage.over = True

        async def failed() -> bool:
            return status(await play.engine.batch(batch.id)) is BatchStatus.FAILED

        await play.until(failed)
        assert "unavailable for" in ((await play.engine.batch(batch.id)).error or "")
        assert {item.state for item in (await play.items(batch)).values()} == {ItemState.QUEUED}
        await play.engine.resume(batch.id)
        found = await play.settled(batch)
        assert {outcome(item) for item in found.values()} == {Outcome.CONFIRMED}
