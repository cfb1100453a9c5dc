"""A real `batchdeck engine` on loopback, and a client that holds every answer against the OpenAPI page."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from subprocess import Popen
from typing import Any

import httpx
from jsonschema import Draft202012Validator

from tests.console.command import Batchdeck

CREATOR = "ST1SJ3DTE5DN7X54YDH5D64R3BCB6A2AG2ZQ8YPD5"
OTHER = "ST2CY5V39NHDPWSXMW9QDT3HC3GD6Q6XX4CFRK9AG"
PRICE = "/api/batches/batch-update-price"
REMOVE = "/api/batches/batch-remove"
METADATA = "/api/batches/batch-update-metadata"
JSON = {"Content-Type": "application/json"}
PATIENCE = 60
UNLIMITED = {"BATCHDECK_MAX_BATCHES_PER_HOUR": "0", "BATCHDECK_MAX_ITEMS_PER_HOUR": "0"}


@dataclass
class Api:
    """One engine's API: calls it, and finds fault with an answer that the page doesn't promise."""

    client: httpx.Client
    url: str
    process: Popen[str]
    deck: Batchdeck

    def get(self, path: str, expected: int = 200, /, **query: Any) -> Any:
        return self.call("GET", path, expected, params=query)

    def post(self, path: str, body: Any = None, status: int = 200, headers: dict[str, str] | None = None) -> Any:
        content = {"json": body} if body is not None else {}
        return self.call("POST", path, status, headers={**JSON, **(headers or {})}, **content)

    def call(self, method: str, path: str, status: int, **more: Any) -> Any:
        """Call, and return the body; the status and the form of the answer must be as expected."""
        answer = self.client.request(method, path, **more)
        assert answer.status_code == status, (answer.status_code, answer.text)
        check(self.page(), answer)
        return answer.json()

    def page(self) -> dict[str, Any]:
        return page(self.client)

    def take(self, ids: list[Any], creator: str = CREATOR, **more: Any) -> None:
        """Put contents into the catalogue."""
        rows = [{"contentId": one, "creator": creator, "title": f"Title {one}", "price": 1_000_000, **more}
                for one in ids]  # fmt: skip
        self.post("/api/content/import", {"rows": rows})

    def start(self, ids: list[Any], price: int = 2_000_000, creator: str = CREATOR, **more: Any) -> str:
        """Start a price update, and return its batch's id."""
        body = {"creator": creator, "contentIds": ids, "newPrice": price, **more}
        return str(self.post(PRICE, body, 201)["batchId"])

    def until(self, batch_id: str, done: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        """Look at a batch until it is so."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            batch: dict[str, Any] = self.get(f"/api/batches/{batch_id}")
            if done(batch):
                return batch
            time.sleep(0.05)
        raise AssertionError(f"it never came about: {batch}")

    def until_quiet(self) -> None:
        """Wait until nothing is under way, so that what changes after it is the play's own."""
        for batch in self.get("/api/batches", limit=500)["operations"]:
            if batch["status"] not in ("scheduled", "paused"):
                self.until(batch["batchId"], settled)


def settled(batch: dict[str, Any]) -> bool:
    """Whether both sides of every item are known."""
    return batch["settledAt"] is not None


@lru_cache
def page(client: httpx.Client) -> dict[str, Any]:
    """Return the OpenAPI page of an engine; it is open to everybody."""
    found: dict[str, Any] = client.get("/openapi.json").raise_for_status().json()
    return found


def check(page: dict[str, Any], answer: httpx.Response) -> None:
    """Hold an answer against what the page says of its call and status."""
    path = answer.request.url.path
    call = spec_of(page, answer.request.method, path)
    assert answer.headers["x-request-id"]
    assert str(answer.status_code) in call["responses"], (path, answer.status_code, answer.text)
    content = call["responses"][str(answer.status_code)]["content"]
    kind = answer.headers["content-type"].split(";")[0]
    if kind == "application/json":
        schema = {**content[kind]["schema"], "components": page["components"]}
        Draft202012Validator(schema).validate(answer.json())


def spec_of(page: dict[str, Any], method: str, path: str) -> dict[str, Any]:
    """Return the page's entry for a call; a fixed path before one with parameters."""
    parts = path.split("/")
    fits = [
        known for known in page["paths"] if _fits(known.split("/"), parts) and method.lower() in page["paths"][known]
    ]
    assert fits, (method, path)
    found: dict[str, Any] = page["paths"][min(fits, key=lambda known: known.count("{"))][method.lower()]
    return found


def _fits(known: list[str], parts: list[str]) -> bool:
    return len(known) == len(parts) and all(a == b or a.startswith("{") for a, b in zip(known, parts, strict=True))


@contextlib.contextmanager
def served(home: Path, *flags: str, token: str | None = None, variables: dict[str, str] | None = None) -> Iterator[Api]:
    """Serve an engine until the block ends."""
    deck = Batchdeck(home, (), {"PYTHONUNBUFFERED": "1"} | (variables or UNLIMITED))
    log = (home / "stderr.log").open("a")
    line = deck.line("engine", "--port", "0", *flags)
    process = Popen(line, stdout=-1, stderr=log, env=deck.environment, cwd=home, text=True)
    try:
        assert process.stdout
        ready = process.stdout.readline()
        assert ready.startswith("READY http://"), (ready, (home / "stderr.log").read_text())
        url = ready.split()[1]
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        with httpx.Client(base_url=url, headers=headers, timeout=PATIENCE) as client:
            yield Api(client, url, process, deck)
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)
        log.close()
