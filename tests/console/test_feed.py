"""The feed: one poller, one immutable update at a time, and nothing that the engine raises ends it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

from console.feed import HEALTH_EVERY, RESTING, SETTLED, Feed, FeedUpdate
from engine.core.model import ItemState as S
from engine.core.reports import Alert, Changes
from engine.errors import Gone, Unavailable
from tests.console.fake_engine import NOW, FakeEngine


class Noting(FakeEngine):
    """Notes each time that it is asked what changed."""

    async def changes(self, since: str, limit: int = 1000) -> Changes:
        self.calls.append(("changes", since))
        return await super().changes(since, limit)


class Fed:
    """Runs a feed quickly, and keeps what it flushed."""

    def __init__(self, engine: FakeEngine, patience: float = 5) -> None:
        self.updates: list[FeedUpdate] = []
        self.feed = Feed(engine, self.updates.append, period=0.005, patience=patience)

    async def __aenter__(self) -> Fed:
        self.task = asyncio.create_task(self.feed.run())
        await self.until(lambda: self.updates)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.task.cancel()

    async def until(self, true: Callable[[], object]) -> None:
        for _ in range(1000):
            if true():
                return
            await asyncio.sleep(0.005)
        raise TimeoutError


async def test_the_first_update_says_load_everything() -> None:
    """Screens load after the feed has its revision, so nothing falls between."""
    async with Fed(FakeEngine()) as fed:
        assert fed.updates[0].everything
        assert fed.updates[0].health is not None


async def test_silence_flushes_nothing() -> None:
    """An engine in which nothing happens costs no drawing."""
    async with Fed(FakeEngine()) as fed:
        await asyncio.sleep(0.2)
        assert len(fed.updates) == 1


async def test_at_rest_it_asks_seldom_and_is_quick_again_with_the_first_change() -> None:
    """A console that stands open costs next to nothing; the health is asked for as often as ever."""

    def between() -> int:
        """Return how often the feed asked between the last two times that it asked for the health."""
        names = [name for name, _ in engine.calls if name in ("changes", "health")]
        *_, before, last = [at for at, name in enumerate(names) if name == "health"]
        return last - before - 1

    engine = Noting()
    async with Fed(engine) as fed:
        await fed.until(lambda: len(engine.named("health")) > 6)
        assert between() == HEALTH_EVERY // RESTING
        engine.add("01K", [S.QUEUED])
        await fed.until(lambda: len(fed.updates) > 1)
        for change in range(HEALTH_EVERY + 2):
            told = len(fed.updates)
            engine.move("01K", "content-1", updated_at=NOW + timedelta(seconds=change))
            await fed.until(lambda told=told: len(fed.updates) > told)  # type: ignore[misc]
        assert between() > HEALTH_EVERY // RESTING


async def test_counts_follow_soon_after_the_last_change() -> None:
    """The list's tabs count by the health: it is asked for sooner once changes have ended, and then as ever."""
    engine = Noting()
    async with Fed(engine) as fed:
        await fed.until(lambda: len(engine.named("health")) > 6)
        engine.add("01K", [S.QUEUED])
        await fed.until(lambda: len(fed.updates) > 1)
        seen = len(engine.calls)
        await fed.until(lambda: "health" in [name for name, _ in engine.calls[seen:]])
        names = [name for name, _ in engine.calls[seen:] if name in ("changes", "health")]
        assert names.index("health") <= SETTLED


async def test_a_change_names_its_batch() -> None:
    """A screen is told which batches changed, so that the others stay as they are."""
    engine = FakeEngine()
    async with Fed(engine) as fed:
        engine.add("01K", [S.QUEUED])
        await fed.until(lambda: len(fed.updates) > 1)
        assert fed.updates[1].batches == {"01K"}
        assert not fed.updates[1].everything


async def test_lost_and_found() -> None:
    """The reason is told once, the last health is kept, and the way back loads everything."""
    engine = FakeEngine()
    async with Fed(engine) as fed:
        engine.broken = Unavailable("no database")
        await fed.until(lambda: fed.updates[-1].lost)
        await asyncio.sleep(0.1)
        assert [one.lost for one in fed.updates] == [None, "no database"]
        assert fed.updates[-1].health is not None
        engine.broken = None
        await fed.until(lambda: fed.updates[-1].lost is None)
        assert fed.updates[-1].everything


async def test_an_engine_that_hangs_counts_as_lost() -> None:
    """No answer is an answer after a while."""

    class Hanging(FakeEngine):
        async def changes(self, since: str, limit: int = 1000) -> Changes:
            await asyncio.sleep(60)
            raise AssertionError

    async with Fed(Hanging(), patience=0.05) as fed:
        assert fed.updates[0].lost == "no answer for 0.05 s"


async def test_a_revision_that_is_gone_begins_anew() -> None:
    """When the engine has forgotten where we were, everything is loaded again."""
    engine = FakeEngine()
    async with Fed(engine) as fed:
        engine.broken = Gone("That revision isn't known")
        await asyncio.sleep(0.05)
        engine.broken = None
        await fed.until(lambda: len(fed.updates) > 1)
        assert fed.updates[-1].everything
        assert fed.updates[-1].lost is None


async def test_alerts_come_and_go() -> None:
    """An alert is news when it comes, and again when it is over."""
    engine = FakeEngine()
    async with Fed(engine) as fed:
        engine.alarms = (Alert("node", "down", NOW),)
        await fed.until(lambda: fed.updates[-1].alerts)
        engine.alarms = ()
        await fed.until(lambda: not fed.updates[-1].alerts)
