"""Many clients at once: what each was answered, how long it took, and what a bare INSERT of the same rows takes."""

from __future__ import annotations

import asyncio
import sqlite3
import ssl
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles

import httpx

from tests.web.support import CREATOR, PRICE

ITEMS = 10
"""How many contents each batch has."""


@dataclass
class Crowd:
    """Clients that each submit their batches one after the other, under keys of their own."""

    clients: int
    batches: int
    answered: dict[str, str] = field(default_factory=dict)
    """The batch's id by its key, for every 201."""
    took: list[float] = field(default_factory=list)
    """Seconds of each answer, in the order of their arrival."""
    refused: list[str] = field(default_factory=list)

    def bodies(self) -> Iterator[tuple[str, Mapping[str, object]]]:
        """Yield each key with its body; no two are alike."""
        for client in range(self.clients):
            for batch in range(self.batches):
                yield f"{client}-{batch}", self.body(client, batch)

    def body(self, client: int, batch: int) -> Mapping[str, object]:
        """Return the body of one batch: its price names it."""
        number = 1 + client * self.batches + batch
        return {"creator": CREATOR, "contentIds": [str(n + 1) for n in range(ITEMS)], "newPrice": number}

    async def submit(self, url: str) -> None:
        """Let all of them submit; a lost connection ends its client."""
        async with clients(url, self.clients) as all_of_them:
            await asyncio.gather(*(self._client(one, number) for number, one in enumerate(all_of_them)))

    async def _client(self, client: httpx.AsyncClient, number: int) -> None:
        for batch in range(self.batches):
            key = f"{number}-{batch}"
            began = time.perf_counter()
            try:
                answer = await client.post(PRICE, json=self.body(number, batch), headers={"Idempotency-Key": key})
            except httpx.TransportError:
                return
            if answer.status_code != 201:
                self.refused.append(answer.text)
                continue
            self.took.append(time.perf_counter() - began)
            self.answered[key] = answer.json()["batchId"]


@asynccontextmanager
async def clients(url: str, count: int) -> AsyncIterator[list[httpx.AsyncClient]]:
    """Open so many clients; they share a TLS context, which costs more than all else in one."""
    shared = ssl.create_default_context()
    made = [httpx.AsyncClient(base_url=url, timeout=60, verify=shared, trust_env=False) for _ in range(count)]
    try:
        yield made
    finally:
        for one in made:
            await one.aclose()


def percentiles(seconds: list[float]) -> tuple[float, float]:
    """Return the median and the 99th percentile, in milliseconds."""
    cuts = quantiles(seconds, n=100)
    return cuts[49] * 1000, cuts[98] * 1000


def bare_inserts(folder: Path, count: int) -> list[float]:
    """Insert the same rows into a bare database, a durable transaction for each batch; return the seconds of each."""
    with closing(sqlite3.connect(folder / "bare.sqlite3", isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("CREATE TABLE batch (id TEXT PRIMARY KEY, creator TEXT, price INTEGER)")
        database.execute("CREATE TABLE item (batch TEXT, position INTEGER, content TEXT, PRIMARY KEY (batch, content))")
        took = []
        for number in range(count):
            began = time.perf_counter()
            database.execute("BEGIN IMMEDIATE")
            database.execute("INSERT INTO batch VALUES (?, ?, ?)", (f"{number:026}", CREATOR, number))
            rows = [(f"{number:026}", place, str(place + 1)) for place in range(ITEMS)]
            database.executemany("INSERT INTO item VALUES (?, ?, ?)", rows)
            database.execute("COMMIT")
            took.append(time.perf_counter() - began)
    return took
