"""A real engine with its devnet at work under the recorder: opened, closed, and opened again.

`python -m tests.faults.power.load FOLDER SEED BATCHES [PLANTED BUG]`, in a process of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import sqlite3
import sys
from pathlib import Path

from engine import Conflict, Content, Draft, Settings, open_engine
from engine.core.model import Batch
from engine.devnet import creator_key
from engine.devnet.faults import parse
from engine.devnet.ledger import Ledger
from engine.embedded import EmbeddedEngine
from engine.store import opening
from tests.faults.power import bugs, marks

DATABASE = Path("data", "deck", "batchdeck.sqlite3")
CREATORS = [creator_key("power", name).address("testnet") for name in ("ann", "bob", "eve")]
EACH = 40
TROUBLE = ("502-after@0.1", "429@0.05", "conflict-after@0.05", "503@0.05", "drop@0.05", "no-estimator", "market=3000")
CHECKPOINT = "PRAGMA wal_autocheckpoint = 50"
PATIENCE = 120


def address_of(folder: Path) -> Path:
    """Return where the database lies in a folder or an image of it."""
    return folder / DATABASE


def settings(folder: Path) -> Settings:
    """Return the settings of the engine under test; in a hurry, or the tests would wait for blocks."""
    return Settings(
        database_url=f"sqlite:///{address_of(folder)}", chain_url="devnet", block_seconds=0.1, unseen_after=0.5
    )


class Load:
    """Whoever uses the engine: three creators that submit, one screen that looks on."""

    def __init__(self, engine: EmbeddedEngine, chance: random.Random) -> None:
        self._engine = engine
        self._chance = chance
        self._batches: list[Batch] = []

    async def stock(self) -> None:
        """Bring a catalogue in."""
        for owner, creator in enumerate(CREATORS):
            ids = range(owner * EACH, owner * EACH + EACH)
            given = [Content(f"c{n}", creator, f"Title {n}", 1_000_000, on_chain_id=n) for n in ids]
            assert await self._engine.import_contents(given) == []
            marks.mark("imported", contents=[content.content_id for content in given])

    async def work(self, batches: int) -> None:
        """Submit batches from all creators at once, and look on until all is settled."""
        async with asyncio.timeout(PATIENCE):
            looking = asyncio.create_task(self._look())
            shares = [range(owner, batches, len(CREATORS)) for owner in range(len(CREATORS))]
            await asyncio.gather(*(self._submit(owner, len(share)) for owner, share in enumerate(shares)))
            while not await self._settled():
                await asyncio.sleep(0.05)
            looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await looking

    async def _submit(self, owner: int, batches: int) -> None:
        for number in range(batches):
            draft, key = self._draft(owner), f"{owner}-{number}-{self._chance.random()}"
            batch = await self._engine.submit(draft, key)
            self._batches.append(batch)
            marks.mark("accepted", batch=batch.id, key=key, contents=list(draft.content_ids))
            if self._chance.random() < 0.1:
                await self._cancel(batch)
            await asyncio.sleep(self._chance.random() * 0.1)

    def _draft(self, owner: int) -> Draft:
        numbers = self._chance.sample(range(owner * EACH, owner * EACH + EACH), self._chance.randint(1, 8))
        ids = tuple(f"c{number}" for number in numbers)
        kinds: list[tuple[str, dict[str, object]]] = [
            ("update-price", {"newPrice": self._chance.randint(1, 9_000_000)}),
            ("update-metadata", {"updates": {"description": "What it is. " * self._chance.randint(1, 200)}}),
            ("remove-content", {"removalReason": "gone"}),
        ]
        operation, payload = self._chance.choices(kinds, [12, 3, 1])[0]
        return Draft(operation, CREATORS[owner], ids, payload)

    async def _cancel(self, batch: Batch) -> None:
        with contextlib.suppress(Conflict):  # it was done already: refused, so nothing is promised
            await self._engine.cancel(batch.id)
            marks.mark("cancelled", batch=batch.id)

    async def _look(self) -> None:
        since = (await self._engine.changes("")).revision
        while True:
            changes = await self._engine.changes(since)
            since = changes.revision
            marks.shown(changes)
            await asyncio.sleep(0.01)

    async def _settled(self) -> bool:
        return all([(await self._engine.batch(batch.id)).settled_at for batch in self._batches])


def checkpoint_often() -> None:
    """Let both files be checkpointed, and their logs begun anew, far more often than at every thousandth page."""
    connect, prepare = opening.connect, Ledger._prepare  # type: ignore[attr-defined]

    def often(path: Path, read_only: bool) -> sqlite3.Connection:
        raw = connect(path, read_only)
        raw.execute(CHECKPOINT)
        return raw

    def prepared(self: Ledger, path: Path, network: str, now: int) -> None:
        prepare(self, path, network, now)
        self.rows(CHECKPOINT)

    opening.connect, Ledger._prepare = often, prepared  # type: ignore[attr-defined,method-assign]


async def main(folder: Path, seed: str, batches: int) -> None:
    """Two lives of one database: a new one in quiet, closed in order; then in trouble, and never closed."""
    chance = random.Random(seed)
    address_of(folder).parent.mkdir(parents=True)
    async with open_engine(settings(folder)) as engine:
        load = Load(engine, chance)
        await load.stock()
        await load.work(batches // 2)
    checkpoint_often()
    async with open_engine(settings(folder)) as engine:
        for text in TROUBLE:
            marks.devnets[-1].faults.set(*parse(text))
        await Load(engine, chance).work(batches - batches // 2)
        marks.leave()


if __name__ == "__main__":
    if len(sys.argv) > 4:
        bugs.BUGS[sys.argv[4]]()
    marks.attach()
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
