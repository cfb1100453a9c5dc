"""Who begins to send and doesn't go on holds a connection for a while, and then reads why it ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.web.taking import FLOW, deadline
from tests.engine.doors import served
from tests.engine.rig import Rig, contents, rig
from tests.web.support import PRICE

HEAD = f"POST {PRICE} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
GET = "GET /api/engine HTTP/1.1\r\nHost: localhost\r\n\r\n"
STALL = 0.5
LONG = 60


@pytest.fixture
async def play(tmp_path: Path) -> AsyncIterator[Rig]:
    async with rig(tmp_path / "d.sqlite3", catalogue=contents(1)) as opened:
        yield opened


async def told(url: str, *sent: str) -> list[str]:
    """Send, then wait until the engine ends the connection; return its answers."""
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        async with asyncio.timeout(LONG):
            for part in sent:
                writer.write(part.encode())
                await writer.drain()
                if part == GET:
                    await reader.readuntil(b"\r\n\r\n")
            found = (await reader.read()).decode()
    finally:
        writer.close()
    return found.split("HTTP/1.1 ")[1:]


def refused(answer: str, field: str) -> str:
    head, _, body = answer.partition("\r\n\r\n")
    assert head.startswith("400 ")
    assert "connection: close" in head.lower()
    assert "x-request-id: " in head.lower()
    said = json.loads(body)
    (problem,) = said["errors"]
    assert (problem["field"], said["code"]) == (field, "invalid")
    return str(problem["message"])


BEGUN = [
    ("Content-Length: 500\r\n\r\n", ""),
    ("Content-Length: 500\r\n\r\n", '{"creator":'),
    ("Transfer-Encoding: chunked\r\n\r\n", '5\r\n{"cre\r\n'),
    ("Transfer-Encoding: chunked\r\n\r\n", '500\r\n{"cre'),
]


async def test_a_body_that_stands_still_is_refused(play: Rig) -> None:
    """It says how much came, and the connection is free again."""
    async with served(play, stall=STALL) as url:
        for (answer,) in await asyncio.gather(*(told(url, HEAD + head, body) for head, body in BEGUN)):
            assert "It stood still after" in refused(answer, "body")


async def test_a_refused_body_isnt_waited_for(play: Rig) -> None:
    """A client that may not come in, or has too much, and sends nothing of it reads that instead."""
    strange = HEAD.replace("localhost", "evil.example") + "Content-Length: 500\r\n\r\n"
    large = HEAD + "Content-Length: 50000000\r\n\r\n"
    async with served(play, stall=STALL) as url:
        answers = await asyncio.gather(told(url, strange), told(url, large))
        assert [answer[:3] for (answer,) in answers] == ["403", "413"]
        assert all("connection: close" in answer.lower() for (answer,) in answers)


@pytest.mark.parametrize("before", [(), (GET,)])
async def test_a_head_that_has_no_end_is_refused(play: Rig, before: tuple[str, ...]) -> None:
    """Also behind a request that was answered."""
    async with served(play, stall=STALL) as url:
        answers = await told(url, *before, "GET /api/engine HTTP/1.1\r\nHost: loc")
        assert "Its head didn't come to an end" in refused(answers[-1], "request")


async def test_a_silent_connection_is_closed(play: Rig) -> None:
    """Who never says a word isn't answered, only left."""
    async with served(play, stall=STALL) as url:
        assert await told(url) == []


async def test_what_is_whole_has_all_the_time(play: Rig) -> None:
    """The bound is one of sending: the pause between two requests may be longer."""
    async with served(play, stall=STALL) as url:
        host, port = url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        for _ in range(2):
            writer.write(GET.encode())
            assert b"HTTP/1.1 200" in await reader.readuntil(b"\r\n\r\n")
            await asyncio.sleep(1.5 * STALL)
        writer.close()


def test_the_pace_of_a_body() -> None:
    """A slow line has its time as long as it goes on; a byte now and then doesn't hold a connection for ever."""
    assert deadline(100, 100, 0, 30) == 130
    assert deadline(100, 125, 10 * FLOW, 30) == 155
    assert deadline(100, 125, 10, 30) == pytest.approx(130, abs=0.1)
    assert deadline(100, 399, 10 * FLOW, 30) == 429
    assert deadline(100, 429, 10 * FLOW, 30) == 430
