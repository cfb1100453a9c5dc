"""The power goes at any moment: nothing that was acknowledged is lost, and nothing is sent that nobody knows of."""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine import BatchQuery, open_engine
from engine.assemble import DEVNET_SUFFIX
from tests.faults.power import cuts, recording
from tests.faults.power.cuts import Cut
from tests.faults.power.load import EACH, address_of, settings
from tests.faults.power.luck import WAYS, Luck
from tests.faults.power.table import Table

FULL = os.environ.get("BATCHDECK_FAULTS") == "full"
SEED = os.environ.get("BATCHDECK_FAULTS_SEED") or secrets.token_hex(4)
RUNS, BATCHES, IMAGES = (4, 60, 96) if FULL else (1, 30, 60)
BIRTHS, RECOVERIES = (60, 12) if FULL else (12, 2)
Say = Callable[[str], None]
pytestmark = pytest.mark.xdist_group("power")  # one worker, or each would record the runs anew


@dataclass(frozen=True)
class Recorded:
    """What an engine did in a folder of its own."""

    told: Path
    root: Path


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[Recorded]]]:
    """The records of all engines, sound and careless; they mostly wait, so they work side by side."""
    folder = tmp_path_factory.mktemp("power")
    library = recording.compiled(folder)

    def made(name: str, *arguments: str) -> Recorded:
        root = folder / name
        return Recorded(recording.record(library, root, "tests.faults.power.load", f"{SEED} {name}", *arguments), root)

    with ThreadPoolExecutor(3) as pool:
        sound = {f"run{number}": pool.submit(made, f"run{number}", str(BATCHES)) for number in range(RUNS)}
        careless = {"normal": pool.submit(made, "normal", "12", "normal")}
        yield sound | careless | {"folders": pool.submit(made, "folders", "2", "folders")}


@pytest.fixture
def runs(records: dict[str, Future[Recorded]]) -> list[Recorded]:
    """The records of sound engines at work."""
    return [records[f"run{number}"].result() for number in range(RUNS)]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """Print the seed and the counts even where a test's output is kept back."""

    def told(text: str) -> None:
        with capsys.disabled():
            print(f"\npower loss (BATCHDECK_FAULTS_SEED={SEED}): {text}")

    return told


def test_the_record_misses_nothing(runs: list[Recorded], tmp_path: Path) -> None:
    """Replayed to its end, a record gives byte for byte the files that the engine left, its log included."""
    for run in runs:
        check = tmp_path / run.root.name
        cuts.replayed(run.told, run.root).crash(check, lambda name: Luck("all", SEED, 0))
        left, real = contents(check), contents(run.root)
        assert left == real
        assert any(name.match("*.sqlite3-wal") for name in left)


def contents(folder: Path) -> dict[Path, bytes]:
    """Return all files but -shm, which is mapped, not written, and is made anew by whoever opens first."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.match("*-shm")]
    return {path.relative_to(folder): path.read_bytes() for path in files}


async def test_nothing_acknowledged_is_lost(runs: list[Recorded], say: Say) -> None:
    """Every accepted batch, signed transaction, seen result and answered post is in every crash image, and whole."""
    table = Table()
    for run in runs:
        await table.fill(run.told, run.root, cuts.choose(run.told, IMAGES, SEED), SEED)
    say(str(table))
    assert (table.store, table.chain, table.unknown) == ([], [], [])
    assert table.images.total() == RUNS * IMAGES
    assert set(table.images) == set(WAYS)
    assert min(table.promised.values()) > 0


async def test_a_careless_database_is_found_out(records: dict[str, Future[Recorded]], say: Say) -> None:
    """With synchronous=NORMAL planted in both files, acknowledged things are gone: the cuts above do cut."""
    run, table = records["normal"].result(), Table()
    taken = cuts.just_after(run.told, "taken")[::3]
    sharp = [Cut(moment, "nothing", node_stays=turn % 2 == 0) for turn, moment in enumerate(taken)]
    chosen = sorted([*cuts.choose(run.told, 24, SEED), *sharp], key=lambda cut: cut.moment)
    await table.fill(run.told, run.root, chosen, SEED)
    say(f"with synchronous=NORMAL planted: {table}")
    assert any("batch" in one and one.endswith("is lost") for one in table.store)
    assert any("signed transaction" in one for one in table.store)
    assert any("was seen as" in one for one in table.store)
    assert any("is forgotten" in one for one in table.chain)
    assert any("nobody knows" in one for one in table.unknown)


async def test_a_new_database_is_there_after_its_first_answer(
    records: dict[str, Future[Recorded]], runs: list[Recorded]
) -> None:
    """Names of files and new folders last only where their folder was synced; with that planted out, all is gone."""
    kept, gone = Table(), Table()
    for run, table in [(records["folders"].result(), gone), *((run, kept) for run in runs)]:
        await table.fill(run.told, run.root, [Cut(cuts.first_accepted(run.told), "nothing")], SEED)
    assert "can't be opened" in gone.store[0]
    assert (kept.store, kept.chain) == ([], [])


async def test_a_birth_cut_short_is_no_harm(runs: list[Recorded], say: Say) -> None:
    """Before anything was acknowledged the power may leave anything: it is opened and used as if it were new."""
    for run in runs:
        chance, first = random.Random(SEED), cuts.first_accepted(run.told)
        moments = sorted(chance.choices(range(first), k=BIRTHS // RUNS))
        born = [Cut(moment, chance.choice(WAYS)) for moment in moments]
        for _, image, promises in cuts.images(run.told, run.root, born, SEED):
            database = address_of(image)
            database.parent.mkdir(parents=True, exist_ok=True)
            async with open_engine(settings(image)) as engine:
                assert len(await engine.creators()) * EACH >= len(promises.imported)
    say(f"{BIRTHS} births cut short, all opened")


async def test_after_the_cut_it_goes_on(runs: list[Recorded], say: Say) -> None:
    """What is left is simply started: all settles, each item mined once, by a node that kept its power or didn't."""
    run = runs[-1]
    chosen = [cut for cut in cuts.choose(run.told, 200, SEED) if cut.way != "all"]
    again = random.Random(SEED).sample(chosen, RECOVERIES)
    for cut, image, _ in cuts.images(run.told, run.root, sorted(again, key=lambda cut: cut.moment), SEED):
        await settle(image)
        prove(address_of(image), str(cut))
    say(f"{RECOVERIES} images started again: all settled, each item mined at most once")


async def settle(image: Path) -> None:
    async with open_engine(settings(image)) as engine, asyncio.timeout(60):
        while not all(batch.settled_at for batch in (await engine.batches(BatchQuery(limit=500))).rows):
            await asyncio.sleep(0.05)


def prove(database: Path, where: str) -> None:
    """Compare the database with the chain's own record."""
    deck, chain = sqlite3.connect(database), sqlite3.connect(database.with_name(database.name + DEVNET_SUFFIX))
    with deck, chain:
        items = dict(deck.execute("SELECT txid, state FROM item WHERE txid IS NOT NULL").fetchall())
        mined = dict(chain.execute("SELECT txid, status FROM mined").fetchall())
        nonces = chain.execute("SELECT sender, count(*), max(nonce) + 1 FROM mined GROUP BY sender").fetchall()
    deck.close()
    chain.close()
    assert mined.keys() <= items.keys(), f"{where}: mined, and no item's: one was sent twice"
    assert {txid for txid, state in items.items() if state == "confirmed"} <= mined.keys(), where
    assert all(count == top for _, count, top in nonces), f"{where}: a hole"
