"""A large body costs its sender time, and nobody else: it is read beside the loop, and its shape has bounds."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from engine.core.asking import MAX_AT_ONCE
from engine.errors import InvalidDraft
from engine.web import bodies, shapes
from engine.web.bodies import parse
from tests.engine.doors import served
from tests.engine.rig import CREATOR, Rig, contents, rig
from tests.web.support import JSON, PRICE

PATIENCE = 30
LARGE = {"creator": CREATOR, "contentIds": ["c1"] * 20_000, "newPrice": 5}
"""A body that is refused, and is read beside the loop."""


@pytest.fixture
async def play(tmp_path: Path) -> AsyncIterator[Rig]:
    async with rig(tmp_path / "d.sqlite3", catalogue=contents(3)) as opened:
        await opened.contact()
        yield opened


@dataclass
class Gate:
    """Holds whoever reads a body until it is opened, and counts who is held."""

    held: int = 0
    seen: list[int] = field(default_factory=list)
    _open: threading.Event = field(default_factory=threading.Event)
    _counting: threading.Lock = field(default_factory=threading.Lock)

    def read(self, raw: bytes) -> object:
        """Read a body once the gate is open."""
        with self._counting:
            self.held += 1
            self.seen.append(self.held)
        assert self._open.wait(PATIENCE), "nobody opened the gate: the loop waits for it"
        with self._counting:
            self.held -= 1
        return parse(raw)

    def open(self) -> None:
        """Let everybody go on."""
        self._open.set()


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    found = Gate()
    monkeypatch.setattr(bodies, "parse", found.read)
    return found


async def test_others_are_answered_while_a_large_body_is_read(play: Rig, gate: Gate) -> None:
    """However long it takes: health and other calls come through, and two bodies at once are under work, no more."""
    async with served(play) as url, httpx.AsyncClient(base_url=url, timeout=PATIENCE) as client:
        large = [asyncio.create_task(client.post(PRICE, json=LARGE, headers=JSON)) for _ in range(5)]
        while len(gate.seen) < 2:
            await asyncio.sleep(0.01)
        assert (await client.get("/api/batches/health")).json()["ok"]
        assert (await client.get("/api/batches")).status_code == 200
        assert len(gate.seen) == 2
        assert not any(task.done() for task in large)
        gate.open()
        assert {answer.status_code for answer in await asyncio.gather(*large)} == {400}
    assert (len(gate.seen), max(gate.seen)) == (5, 2)


async def test_every_call_reads_its_body_beside_the_loop(play: Rig, gate: Gate) -> None:
    """Whatever call a large body is sent to, it doesn't hold the others."""
    wide = {"why": "x" * 100_000}
    calls = [
        PRICE,
        "/api/batches",
        "/api/review",
        "/api/batches/B1/retry",
        "/api/batches/B1/revert",
        "/api/batches/B1/pause",
        "/api/engine/resume",
        "/api/signers/S/release",
        "/api/alerts/1/acknowledge",
    ]
    gate.open()
    main = threading.get_ident()
    readers: list[int] = []
    reading = gate.read
    with pytest.MonkeyPatch.context() as patch:

        def noted(raw: bytes) -> object:
            readers.append(threading.get_ident())
            return reading(raw)

        patch.setattr(bodies, "parse", noted)
        patch.setattr("engine.web.content.parse", noted)
        async with served(play) as url, httpx.AsyncClient(base_url=url, timeout=PATIENCE) as client:
            for path in (*calls, "/api/content/import"):
                assert (await client.post(path, json=wide, headers=JSON)).status_code == 400, path
    assert len(readers) == len(calls) + 1
    assert main not in readers


async def test_a_review_has_its_measure(play: Rig) -> None:
    """More contents than several batches together may have are refused, and counted; as many as that are reviewed."""
    draft: dict[str, Any] = {"operationType": "update-price", "creator": CREATOR, "newPrice": 5}
    async with served(play) as url, httpx.AsyncClient(base_url=url, timeout=PATIENCE) as client:
        names = [str(n) for n in range(MAX_AT_ONCE + 1)]
        for more in ({"contentIds": names}, {"items": [{"contentId": one} for one in names]}):
            answer = await client.post("/api/review", json=draft | more, headers=JSON)
            assert answer.status_code == 400
            said = answer.json()
            assert (said["submitted"], said["allowed"]) == (MAX_AT_ONCE + 1, MAX_AT_ONCE)
            assert [one["field"] for one in said["errors"]] == list(more)
        found = await client.post("/api/review", json=draft | {"contentIds": names[:2000]}, headers=JSON)
        assert (found.status_code, found.json()["totalItems"]) == (200, 2000)
        answer = await client.post("/api/batches/B1/retry", json={"contentIds": names}, headers=JSON)
        assert (answer.status_code, answer.json()["allowed"]) == (400, MAX_AT_ONCE)


def refusal(body: str) -> str:
    with pytest.raises(InvalidDraft) as caught:
        parse(body.encode())
    (problem,) = caught.value.problems
    assert problem.field == "body"
    return problem.message


@pytest.mark.parametrize("one", ["[]", "{}", '{"a":1}', '[{"b":[]}]'])
def test_objects_and_lists_are_counted_before_they_are_made(one: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight MB of brackets would become hundreds of MB of objects: such a body is refused unread."""
    assert shapes.MAX_CONTAINERS == 300_000
    monkeypatch.setattr(shapes, "MAX_CONTAINERS", 3_000)
    count = shapes.MAX_CONTAINERS // (one.count("[") + one.count("{"))
    assert len(parse(f"[{','.join([one] * (count - 1))}]".encode())) == count - 1  # type: ignore[arg-type]
    monkeypatch.setattr(json, "loads", lambda *_, **__: pytest.fail("it was read"))
    assert "more than 3000 objects and lists" in refusal(f"[{','.join([one] * count)}]")


@pytest.mark.parametrize("text", ["[" * 400, '\\"{' * 300, "\\\\", '\\\\\\"[' * 200])
def test_brackets_in_texts_are_texts(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A description may be full of brackets, quotes and backslashes."""
    monkeypatch.setattr(shapes, "MAX_CONTAINERS", 3_000)
    body = json.dumps([json.loads(f'"{text}"')] * 20)
    assert len(parse(body.encode())) == 20  # type: ignore[arg-type]


def test_an_object_has_a_thousand_fields_at_most() -> None:
    """Nothing here has as many; each that nobody knows would be named."""
    fields = {str(n): n for n in range(1000)}
    assert parse(json.dumps([fields]).encode()) == [fields]
    assert refusal(json.dumps([fields | {"more": 1}])) == "An object has 1001 fields: give at most 1000"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ('{"why": "\\u0000"}', "why"),
        ('{"a": {"b": [1, "x", {"c": "\\ud83d"}]}}', "a.b[2].c"),
        ('["ok", "\\uDFFF"]', "body[1]"),
        ('"\\ud800"', "body"),
        ('{"a": {"\\udc00": 1}}', "a"),
    ],
)
def test_text_that_no_database_holds_is_named_by_its_place(body: str, field: str) -> None:
    """A NUL or half a character is found wherever it stands; whole characters may be written by escapes."""
    with pytest.raises(InvalidDraft) as caught:
        parse(body.encode())
    assert [problem.field for problem in caught.value.problems] == [field]
    assert parse(b'{"why": "\\ud83d\\ude00 \\\\u0000"}') == {"why": "\U0001f600 \\u0000"}


def test_a_thousand_problems_are_enough() -> None:
    """Of a million unfit texts so many are looked for as an answer can name."""
    body = json.dumps(["\0"] * 50_000)
    with pytest.raises(InvalidDraft) as caught:
        parse(body.encode())
    assert len(caught.value.problems) == 1001
