"""Two engines on one file: the kernel says who owns it, and whoever lost it can store nothing more."""

# ruff: noqa: ASYNC240  # nobody else waits on the loop of a test

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import Content, open_engine
from engine.core.reports import BatchQuery
from engine.errors import BadSettings, TakenOver, Unavailable
from engine.store import SqliteStore, open_store
from tests.core.nouns import CREATOR
from tests.faults.machine import Machine, halt, told
from tests.served import control, devnet
from tests.store.support import new_batch

COUNT = 40


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    home = tmp_path / "home"
    home.mkdir()
    with devnet(tmp_path, "--block-seconds", "0.2") as url:
        yield Machine(home, url)


def refused(machine: Machine, owner: subprocess.Popen[bytes], *command: str) -> None:
    """A command ends with 3, and names the owner's process."""
    done = machine.deck.run(*command, code=3)
    assert f"process id {owner.pid} " in done.stderr, done.stderr
    assert len(done.stderr.splitlines()) == 1


def slow_posts(machine: Machine, seconds: float) -> None:
    control(machine.chain, "faults", {"post-latency": {"value": str(seconds)} if seconds else None})


async def test_a_stopped_owner_keeps_the_file_and_goes_on_where_it_was(machine: Machine, tmp_path: Path) -> None:
    """SIGSTOP is not death: every other start is refused by name, whichever way it comes; SIGCONT, and all is done."""
    await machine.prepare(COUNT)
    slow_posts(machine, 0.5)
    (tmp_path / "link.sqlite3").symlink_to(machine.database)
    (tmp_path / "folder").symlink_to(machine.home)
    ways = [
        "sqlite:///test.sqlite3",
        f"sqlite:///{tmp_path}/link.sqlite3",
        f"sqlite:///{tmp_path}/folder/test.sqlite3",
    ]
    with machine.engine() as owner:
        machine.wait_for("submitted")
        halt(owner)
        for way in ways:
            refused(machine, owner, "--database", way, "engine", "--no-api", "--drain")
        refused(machine, owner, "submit", "update-price", "--creator", CREATOR, "--ids", "k1", "--price", "5")
        assert machine.deck.json("batches")["total"] == 1  # reading is for everybody
        before = machine.states()
        assert before["confirmed"] < COUNT
        slow_posts(machine, 0)
        owner.send_signal(signal.SIGCONT)
        machine.wait_for("confirmed", COUNT)
        assert told(owner, signal.SIGTERM)[0] == 0
    machine.audit(COUNT)


async def test_a_killed_owner_frees_the_file_at_once(machine: Machine) -> None:
    """SIGKILL is death: the next engine starts with no delay, also after a stop; each item is mined once."""
    await machine.prepare(COUNT)
    slow_posts(machine, 0.3)
    for stopped in (False, True):
        with machine.engine() as owner:
            machine.wait(lambda: sum(machine.states()[state] for state in ("submitted", "confirmed")) > 0)
            if stopped:
                halt(owner)
            owner.kill()
            owner.wait()
    slow_posts(machine, 0)
    machine.drain()
    machine.audit(COUNT)


async def test_a_lock_file_deleted_under_its_owner_is_made_anew(machine: Machine) -> None:
    """Deleting it lets nobody in: the owner notices within a tick, and a second start is refused by name as before."""
    await machine.prepare(1)
    with machine.engine() as owner:
        lock = Path(f"{machine.database}.lock")
        machine.wait_for("confirmed")
        lock.unlink()
        machine.wait(lambda: lock.exists() and lock.read_text() == f"{owner.pid}\n")
        refused(machine, owner, "engine", "--no-api", "--drain")
        assert "lock file was deleted" in machine.log
        assert told(owner, signal.SIGTERM)[0] == 0


async def test_whoever_lost_the_file_can_store_nothing_more(machine: Machine) -> None:
    """The worst case: the owner is stopped, its lock deleted, a second engine works; the first one wakes, and ends."""
    await machine.prepare(COUNT)
    slow_posts(machine, 0.5)
    with machine.engine() as first:
        machine.wait_for("submitted")
        halt(first)
        Path(f"{machine.database}.lock").unlink()
        with machine.engine() as second:
            first.send_signal(signal.SIGCONT)
            assert first.wait(timeout=30) == 3
            assert f"process id {second.pid} " in machine.log
            slow_posts(machine, 0)
            machine.wait_for("confirmed", COUNT)
            assert told(second, signal.SIGTERM)[0] == 0
    machine.audit(COUNT)


async def test_a_number_left_in_the_lock_file_refuses_nobody(machine: Machine) -> None:
    """After a reboot it names any process at all: only the kernel's lock counts."""
    await machine.prepare(1)
    Path(f"{machine.database}.lock").write_text(f"{os.getpid()}\nand more that was never written by us\n")
    with machine.engine() as owner:
        assert Path(f"{machine.database}.lock").read_text() == f"{owner.pid}\n"
    machine.drain()
    machine.audit(1)


@pytest.fixture
async def store(tmp_path: Path) -> SqliteStore:
    return await open_store(tmp_path / "deck.sqlite3")


async def test_the_mark_in_the_file_stands_when_the_lock_does_not(store: SqliteStore, tmp_path: Path) -> None:
    """Even with a lock of its own again, an engine whose file somebody opened since writes nothing."""
    await store.add([new_batch(["a"])])
    lock = tmp_path / "deck.sqlite3.lock"
    lock.unlink()
    other = await open_store(tmp_path / "deck.sqlite3")
    with pytest.raises(TakenOver, match=r"deleted while it was held.*process id"):
        await store.add([new_batch(["b"])])
    await other.close()
    with pytest.raises(TakenOver, match="took over"):
        await store.add([new_batch(["c"])])
    await store.close()
    again = await open_store(tmp_path / "deck.sqlite3")
    assert (await again.batches(BatchQuery())).total == 1
    await again.close()


async def test_a_file_that_was_moved_away_takes_nothing(store: SqliteStore, tmp_path: Path) -> None:
    """What would be written into a file that nobody finds again isn't accepted; put back, it goes on."""
    await store.add([new_batch(["a"])])
    path = tmp_path / "deck.sqlite3"
    path.rename(tmp_path / "elsewhere")
    with pytest.raises(Unavailable, match="moved or deleted"):
        await store.add([new_batch(["b"])])
    path.touch()
    with pytest.raises(Unavailable, match="replaced"):
        await store.add([new_batch(["b"])])
    (tmp_path / "elsewhere").rename(path)
    await store.add([new_batch(["b"])])
    assert (await store.batches(BatchQuery())).total == 2
    await store.close()


async def test_a_file_with_two_names_is_refused(store: SqliteStore, tmp_path: Path) -> None:
    """Two hard links would have two locks and two logs, so neither is opened for writing."""
    await store.close()
    (tmp_path / "twin.sqlite3").hardlink_to(tmp_path / "deck.sqlite3")
    for name in ("deck", "twin"):
        with pytest.raises(BadSettings, match="2 names"):
            await open_store(tmp_path / f"{name}.sqlite3")
    (tmp_path / "twin.sqlite3").unlink()
    await (await open_store(tmp_path / "deck.sqlite3")).close()


async def test_a_lock_that_is_a_link_is_not_written_through(tmp_path: Path) -> None:
    """Somebody else's file behind the lock's name stays as it is."""
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "deck.sqlite3.lock").symlink_to(victim)
    with pytest.raises(Unavailable, match="can't be opened"):
        await open_store(tmp_path / "deck.sqlite3")
    assert victim.read_text() == "precious"


async def test_an_engine_that_was_taken_over_says_so(tmp_path: Path) -> None:
    """Its health, its alerts and whoever waits for its end learn of it."""
    machine = Machine(tmp_path)
    async with open_engine(machine.settings()) as engine:
        await engine.import_contents([Content("k1", CREATOR, "K", 1)])
        (tmp_path / "test.sqlite3.lock").unlink()
        other = await open_store(machine.database)
        with pytest.raises(TakenOver, match="process id"):
            await engine.taken_over()
        health = await engine.health()
        assert not health.ok
        assert "process id" in {part.name: part.detail for part in health.parts}["database"]
        assert any("process id" in alert.message for alert in (await engine.changes("")).alerts)
        await other.close()
