"""While an engine stops, whoever calls is told so: nobody meets a broken connection or a bare 500."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from engine import headless
from engine.embedded import EmbeddedEngine
from engine.errors import Unavailable
from engine.remote import open_at
from engine.serving import Door
from engine.settings import Settings
from tests.engine.rig import Rig, contents, rig
from tests.web.support import JSON, PRICE

PATIENCE = 20


@pytest.fixture
async def play(tmp_path: Path) -> AsyncIterator[Rig]:
    async with rig(tmp_path / "d.sqlite3", catalogue=contents(1)) as opened:
        yield opened


def told(answer: httpx.Response, word: str) -> None:
    """Hold an answer against what a refusal of a stopping engine is."""
    assert (answer.status_code, answer.json().keys()) == (503, {"message", "code"})
    assert answer.json()["code"] == "unavailable"
    assert word in answer.json()["message"]
    assert answer.headers["x-request-id"]
    assert answer.headers["connection"] == "close"


class Held:
    """Something that waits until it is let go (or for long), and says when it has begun."""

    def __init__(self, found: object = None) -> None:
        self.found = found
        self.begun, self.free = asyncio.Event(), asyncio.Event()

    async def __call__(self, *_: Any) -> Any:
        self.begun.set()
        async with asyncio.timeout(PATIENCE):
            await self.free.wait()
        return self.found


async def test_calls_while_the_engine_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From SIGTERM until the steps under way have ended the address answers: 503, and what is wrong."""
    held, ready = Held(), asyncio.Queue[str]()
    rest = EmbeddedEngine.rest

    async def resting(engine: EmbeddedEngine) -> None:
        await held()
        await rest(engine)

    monkeypatch.setattr(EmbeddedEngine, "rest", resting)
    settings = Settings(database_url=f"sqlite:///{tmp_path}/e.sqlite3", port=0)
    running = asyncio.create_task(headless.serve(settings, drain=False, ready=ready.put_nowait, api=True))
    url = (await ready.get()).split()[1]
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE) as client, open_at(url) as far:
        assert (await client.get("/api/batches/health")).status_code == 200
        os.kill(os.getpid(), signal.SIGTERM)
        await held.begun.wait()
        for path in ("/api/batches/health", "/api/batches", "/metrics"):
            told(await client.get(path), "is stopping")
        told(await client.post(PRICE, json={}, headers=JSON), "is stopping")
        for ask in (far.health(), far.creators()):
            with pytest.raises(Unavailable, match="The engine is stopping"):
                await ask
        held.free.set()
        async with asyncio.timeout(PATIENCE):
            assert await running == 0
        with pytest.raises(httpx.ConnectError):
            await client.get("/api/batches/health")


async def test_what_is_under_way_has_its_time(play: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that is on its way still comes, while new calls are refused."""
    held = Held([])
    monkeypatch.setattr(EmbeddedEngine, "creators", held)
    door = Door(Settings(port=0))
    await door.open(play.engine)
    async with httpx.AsyncClient(base_url=door.address, timeout=PATIENCE) as client:
        early = asyncio.create_task(client.get("/api/creators"))
        await held.begun.wait()
        door.refuse()
        told(await client.get("/api/batches"), "is stopping")
        closing = asyncio.create_task(door.close())
        held.free.set()
        assert (await early).json() == {"creators": []}
        await closing
    door.shut()


async def test_what_takes_too_long_is_told_so(play: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the end of its time a call is ended with words, and with the advice to look whether it was done."""
    held = Held()
    monkeypatch.setattr(EmbeddedEngine, "creators", held)
    monkeypatch.setattr("engine.serving.LAST_ANSWERS", 0)
    door = Door(Settings(port=0))
    await door.open(play.engine)
    async with httpx.AsyncClient(base_url=door.address, timeout=PATIENCE) as client:
        late = asyncio.create_task(client.get("/api/creators"))
        await held.begun.wait()
        door.refuse()
        await door.close()
        told(await late, "look whether it was done")
    door.shut()
