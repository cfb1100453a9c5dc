"""The disk is full: sending stops first, the alarm says what to do, and it goes on by itself when there is room."""

# ruff: noqa: ASYNC220, ASYNC221, ASYNC230  # nobody else waits on the loop of a test

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import Draft, open_engine
from engine.core.lifecycle import outcome
from engine.core.model import Outcome
from engine.embedded import EmbeddedEngine
from engine.errors import Unavailable
from tests.core.nouns import CREATOR
from tests.engine.rig import Rig, contents, price, rig
from tests.faults.machine import Filler, Machine, end, small_disk, told, until
from tests.served import control, devnet

COUNT = 60
FULL = Path("/dev/full")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", 24) as mounted:
        if mounted is None:
            pytest.skip("only root on Linux can mount a small disk: the play with a capped file runs everywhere")
        yield mounted


def on_the_node(chain_file: Path) -> set[str]:
    """Return every transaction that ever reached the node, from its own file."""
    with contextlib.closing(sqlite3.connect(f"file:{chain_file}?mode=ro", uri=True)) as raw:
        return {row[0] for table in ("mempool", "mined") for row in raw.execute(f"SELECT txid FROM {table}")}


async def alarm(engine: EmbeddedEngine) -> str:
    return {alert.key: alert.message for alert in (await engine.changes("")).alerts}.get("database", "")


async def test_a_full_disk_stops_the_sending_and_loses_nothing(disk: Path, tmp_path: Path) -> None:
    """Nothing is posted that isn't stored; with room again every item is mined once, and the file is undamaged."""
    with devnet(tmp_path, "--block-seconds", "0.2") as url:
        machine = Machine(disk, url)
        (batch_id,) = await machine.prepare(COUNT)
        control(url, "faults", {"post-latency": {"value": "0.3"}})
        async with open_engine(machine.settings()) as engine:
            await until(lambda: machine.states()["submitted"] + machine.states()["confirmed"] > 5)
            filler = Filler(disk)

            async def alarmed() -> bool:
                return "the disk is full: make room" in await alarm(engine)

            await until(alarmed)
            health = await engine.health()
            assert not health.ok
            assert "make room; work goes on by itself" in health.parts[0].detail
            with pytest.raises(Unavailable, match="the disk is full: make room"):
                await engine.submit(Draft("update-metadata", CREATOR, ["k1"], {"updates": {"description": "d" * 9999}}))
            for _ in range(20):  # a full disk isn't a passing moment: the alarm stays, and nothing gets out
                assert on_the_node(tmp_path / "chain.devnet") <= stored(machine)
                assert await alarm(engine)
                await asyncio.sleep(0.1)
            assert (await engine.batch(batch_id)).settled_at is None
            filler.give_back()

            async def settled() -> bool:
                return (await engine.batch(batch_id)).settled_at is not None

            await until(settled)
            assert not await alarm(engine)
            assert (await engine.health()).ok
        machine.audit(COUNT)


def stored(machine: Machine) -> set[str]:
    return {row[0] for row in machine.rows('SELECT txid FROM "transaction"')}


async def test_a_kill_while_the_disk_is_full_loses_nothing_either(disk: Path, tmp_path: Path) -> None:
    """What a node answered and nobody could write counts as in doubt at the next start, which a full disk refuses."""
    with devnet(tmp_path, "--block-seconds", "0.2") as url:
        machine = Machine(disk, url)
        await machine.prepare(COUNT)
        control(url, "faults", {"post-latency": {"value": "0.3"}})
        with machine.engine(LOG_FILE=str(disk / "engine.txt")) as process:
            machine.wait_for("submitted")
            filler = Filler(disk)
            machine.wait(lambda: len(on_the_node(tmp_path / "chain.devnet")) > machine.states()["submitted"])
            process.send_signal(signal.SIGKILL)
        refused = machine.deck.run("engine", "--no-api", "--drain", code=3)
        assert "the disk is full: make room" in refused.stderr
        filler.give_back()
        machine.drain()
        machine.audit(COUNT)


async def test_a_database_at_its_limit_holds_the_line(tmp_path: Path) -> None:
    """The same without a disk to fill, so that it is tried everywhere: SQLite itself says that the disk is full."""
    async with rig(tmp_path / "deck.sqlite3", catalogue=contents(100)) as play:
        await play.engine.pause_all()
        batch = await play.engine.submit(price(*(f"c{n}" for n in range(1, 101))))
        raw = play.store._writer._database.raw  # type: ignore[union-attr]
        raw.execute(f"PRAGMA max_page_count = {raw.execute('PRAGMA page_count').fetchone()[0]}")
        big = Draft("update-metadata", CREATOR, ["c1"], {"updates": {"description": "d" * 9999}})
        with pytest.raises(Unavailable, match="the disk is full"):
            await submit_until_refused(play, big)
        await play.engine.resume_all()
        await play.until(lambda: "the disk is full" in play.line.tools.alarms.get("database", ""), mine=False)
        posts = set(play.chain.posts)
        for _ in range(50):
            assert "the disk is full" in play.line.tools.alarms["database"]
            await play.turn()
            play.clock.pass_(0.25)
        assert set(play.chain.posts) == posts
        assert "the disk is full" in play.line.tools.alarms["database"]
        assert not (await play.engine.health()).ok
        raw.execute("PRAGMA max_page_count = 1073741823")
        found = await play.settled(batch)
        assert {outcome(item) for item in found.values()} == {Outcome.CONFIRMED}
        assert len(set(play.chain.posts)) == 100
        assert "database" not in play.line.tools.alarms


async def submit_until_refused(play: Rig, draft: Draft) -> None:
    """Fill what is left of the file; the line meets the same end at one of its next writes."""
    for _ in range(100):
        await play.engine.submit(draft)


async def test_an_answer_that_could_not_be_written_is_not_asked_for_again(tmp_path: Path) -> None:
    """The node's answer waits in memory: the bytes go out once, and no later answer is taken for the first."""
    async with rig(tmp_path / "deck.sqlite3", catalogue=contents(1)) as play:
        real, away = play.store.answer, True

        async def answer(*given: object) -> bool:
            if away:
                raise Unavailable("The database can't be used: the disk is full")
            return await real(*given)  # type: ignore[arg-type]

        play.store.answer = answer  # type: ignore[method-assign,assignment]
        batch = await play.engine.submit(price("c1"))
        await play.until(lambda: play.chain.posts, mine=False)
        for _ in range(40):
            await play.turn()
            play.clock.pass_(1)
        assert len(play.chain.posts) == 1
        away = False
        items = await play.settled(batch)
        assert outcome(items["c1"]) is Outcome.CONFIRMED
        assert len(play.chain.posts) == 1


@pytest.mark.skipif(not FULL.exists(), reason="this system has no file that is always full")
@pytest.mark.parametrize("where", ["file", "stderr"])
async def test_a_log_that_cannot_be_written_stops_nobody(tmp_path: Path, where: str) -> None:
    """The log is for people; the work, and how the process ends, don't depend on it."""
    home = tmp_path / "home"
    home.mkdir()
    with devnet(tmp_path, "--block-seconds", "0.2") as url:
        machine = Machine(home, url)
        await machine.prepare(5)
        deck = machine.deck
        if where == "file":
            deck.variables |= {"BATCHDECK_LOG_FILE": str(FULL), "BATCHDECK_LOG_LEVEL": "debug"}
        with FULL.open("wb") as full:
            process = subprocess.Popen(
                deck.line("engine", "--no-api"),
                stdout=subprocess.PIPE,
                stderr=full if where == "stderr" else subprocess.PIPE,
                env=deck.environment,
                cwd=home,
            )
            try:
                assert process.stdout
                assert process.stdout.readline() == b"READY\n"
                machine.wait_for("confirmed", 5)
                assert told(process, signal.SIGTERM)[0] == 0
                assert process.stderr is None or process.stderr.read() == b""
            finally:
                end(process)
                if process.stderr:
                    process.stderr.close()
            refused = subprocess.run(deck.line("show", "nope"), env=deck.environment, stderr=full, check=False)
            assert refused.returncode == 2
        machine.audit(5)


def test_the_filler_leaves_no_byte(disk: Path) -> None:
    """The disk of these plays is really full."""
    filler = Filler(disk)
    with pytest.raises(OSError, match="No space"):
        (disk / "more").write_bytes(b"x")
    filler.give_back()
    (disk / "more").write_bytes(b"x" * 1_000_000)
    assert os.statvfs(disk).f_bavail > 0
