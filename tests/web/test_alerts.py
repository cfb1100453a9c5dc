"""What wants an operator's eye is kept until it ends or somebody says that it was seen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from engine.core.model import Hold, ItemState
from engine.core.oversight import AlertQuery, Cause
from engine.core.reports import Alert
from engine.core.summary import Thresholds
from engine.store import SqliteStore, open_store
from engine.watching import Watchman
from tests.fakes import FakeClock
from tests.store.support import NOW, later, new_batch
from tests.web.support import PATIENCE, Api


def kept(api: Api, key: str) -> dict[str, Any]:
    """Wait until an alert is kept."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for alert in api.get("/api/alerts", limit=500)["alerts"]:
            if alert["key"] == key:
                return dict(alert)
        time.sleep(0.1)
    raise AssertionError(f"{key} never came")


def test_a_failing_batch_is_seen_by_somebody(api: Api) -> None:
    """It is kept as an alert of its batch, once; whoever acknowledges it is named, and nobody can again."""
    batch_id = api.start(["missing 1", "missing 2"])
    alert = kept(api, f"batch {batch_id} failing")
    assert (alert["batchId"], alert["acknowledgedAt"], alert["endedAt"]) == (batch_id, None, None)
    assert "100% of 2 items failed" in alert["message"]
    path = f"/api/alerts/{alert['alertId']}/acknowledge"
    seen = api.post(path, {"why": "known"})
    assert (seen["acknowledgedBy"], seen["why"]) == (api.get(f"/api/batches/{batch_id}")["who"], "known")
    assert api.post(path, {}, 409)["code"] == "conflict"
    assert batch_id not in {one["batchId"] for one in api.get("/api/alerts", open="true", limit=500)["alerts"]}
    assert api.get(f"/api/batches/{batch_id}/audit")["deeds"][0]["act"] == "acknowledge"
    for strange in ("0", "999999", "x", "1" * 40, "-1"):
        api.post(f"/api/alerts/{strange}/acknowledge", {}, 404)


class Scene:
    """A store, and a watchman with causes that the play sets."""

    def __init__(self, store: SqliteStore, **limits: float) -> None:
        self.store, self.clock, self.causes = store, FakeClock(), list[Alert]()
        self.watchman = Watchman(store, self.clock, Thresholds(**limits), lambda: self.causes)

    async def keys(self, *, open: bool = True) -> list[str]:
        """Look once; return the keys of the kept alerts, newest first."""
        await self.watchman.look()
        return [alert.key for alert in (await self.store.alerts(AlertQuery(open=open))).rows]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    found = await open_store(tmp_path / "a.sqlite3")
    yield found
    await found.close()


async def test_an_alert_ends_with_its_cause(store: SqliteStore) -> None:
    """It is raised once, ends with its cause, and begins anew when that is back; a new start raises nothing again."""
    scene = Scene(store)
    scene.causes = [Alert("node", "Node unreachable: refused", NOW)]
    assert await scene.keys() == ["node"]
    scene.causes = [Alert("node", "Node unreachable: timed out", NOW)]
    assert await scene.keys(open=False) == ["node"]
    again = Scene(store)
    again.causes = scene.causes
    assert await again.keys(open=False) == ["node"]
    again.causes = []
    assert await again.keys() == []
    again.causes = scene.causes
    assert await again.keys(open=False) == ["node", "node"]


async def test_nothing_is_written_while_nothing_changes(store: SqliteStore) -> None:
    """Looking costs the disk nothing."""
    scene = Scene(store)
    await scene.keys()
    commits = store.commits
    for _ in range(3):
        await scene.keys()
    assert store.commits == commits


async def test_a_slow_batch_is_told_while_it_runs(store: SqliteStore) -> None:
    """An alert of a batch stays after the batch has ended, and is raised once."""
    scene = Scene(store, slow=60)
    batch = new_batch(["c1"], created_at=scene.clock.now())
    await store.add([batch])
    await store.claim(scene.clock.now())
    assert await scene.keys() == []
    scene.clock.pass_(61)
    assert await scene.keys() == [f"batch {batch.id} slow"]
    await store.set_hold(batch.id, Hold.CANCELLED, scene.clock.now())
    assert await scene.keys() == [f"batch {batch.id} slow"]
    assert await store.raise_alerts([Cause(f"batch {batch.id} slow", "again", batch.id)], later(9)) == []
    assert (await store.batch(batch.id)).tally.of(ItemState.CANCELLED) == 1


class Stumbling:
    """Causes that raise so many times, each time in other words."""

    def __init__(self, scene: Scene, times: int) -> None:
        self.times, self._causes = times, scene.causes
        scene.watchman._standing = self

    def __call__(self) -> list[Alert]:
        if self.times:
            self.times -= 1
            raise RuntimeError(f"nobody foresaw this, {self.times} more to come")
        return self._causes


async def test_the_watchman_outlives_any_error(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody foresaw is logged once, not with every look, and alerts are kept again as soon as it works."""
    monkeypatch.setattr("engine.watching.PAUSE", 0.001)
    scene = Scene(store)
    scene.causes.append(Alert("node", "Node unreachable: refused", NOW))
    stumbling = Stumbling(scene, 5)
    with structlog.testing.capture_logs() as logged:
        watching = asyncio.create_task(scene.watchman.run())
        async with asyncio.timeout(PATIENCE):
            while not (await store.alerts(AlertQuery(open=True))).total:
                assert not watching.done(), watching
                await asyncio.sleep(0.005)
    watching.cancel()
    assert stumbling.times == 0
    told = [line for line in logged if line["log_level"] == "error"]
    assert [(line["event"][:20], line["exc_info"]) for line in told] == [("alerts can't be kept", True)]
