"""A damaged database is refused in a sentence that says what to do, and left as it was found, byte for byte."""

# ruff: noqa: ASYNC240  # nobody else waits on the loop of a test

from __future__ import annotations

import os
import random
import re
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from engine.errors import Unavailable
from engine.store import SqliteStore, damage, open_store
from engine.store.condition import Condition, inspect
from tests.store.support import NOW, applied, contents, new_batch

PAGE = 4096
REMEDY = r"batchdeck restore FILE"


@pytest.fixture
async def whole(store: SqliteStore, path: Path) -> bytes:
    """A closed database with contents and batches, in one file."""
    await store.import_contents(contents(30), NOW)
    await applied(store, new_batch([f"c{n}" for n in range(1, 31)]))
    await store.close()
    assert not path.with_name(f"{path.name}-wal").exists()
    return path.read_bytes()


def cut(to: int) -> Callable[[bytes], bytes]:
    return lambda data: data[:to]


def filled(first: int, pages: int, fill: Callable[[int], bytes]) -> Callable[[bytes], bytes]:
    start, size = first * PAGE, pages * PAGE
    return lambda data: data[:start] + fill(size) + data[start + size :]


noise = random.Random(7).randbytes
DAMAGES = {
    "half of it": (lambda data: data[: len(data) // 2], "is damaged"),
    "its last page gone": (lambda data: data[:-PAGE], "is damaged"),
    "its last bytes gone": (lambda data: data[:-100], "is damaged"),
    "one page": (cut(PAGE), "is damaged"),
    "its header alone": (cut(100), "is damaged|is not a database"),
    "one byte": (cut(1), "is not a database|is damaged"),
    "nothing": (cut(0), r"is empty \(0 bytes\)"),
    "a zeroed first page": (filled(0, 1, bytes), "is not a database"),
    "a zeroed page": (filled(5, 1, bytes), "is damaged"),
    "zeroed pages": (filled(3, 6, bytes), "is damaged"),
    "random bytes in a page": (filled(6, 1, noise), "is damaged"),
    "random bytes": (noise_file := (lambda data: noise(len(data))), "is not a database"),
    "a text": (lambda data: b"Dear diary, " * 500, "is not a database"),
}


async def refused(path: Path, words: str, read_only: bool = False) -> None:
    """Open twice in vain: one sentence, the file and its folder as they were, the lock free again."""
    before, beside = path.read_bytes(), set(os.listdir(path.parent)) - {f"{path.name}.lock"}
    for _ in range(2):
        with pytest.raises(Unavailable, match=words) as caught:
            await open_store(path, read_only=read_only)
        assert str(caught.value).startswith(str(path))
        assert "\n" not in str(caught.value)
        assert re.search(REMEDY, str(caught.value)), caught.value
    assert path.read_bytes() == before
    sidecars = {f"{path.name}.lock", f"{path.name}-shm", f"{path.name}-wal"}
    assert set(os.listdir(path.parent)) - sidecars == beside - sidecars


@pytest.mark.parametrize("kind", DAMAGES)
async def test_a_damaged_file_is_refused_and_left_alone(whole: bytes, path: Path, kind: str) -> None:
    """Whatever befell it, an engine says what is wrong with which file and what to do."""
    harm, words = DAMAGES[kind]
    path.write_bytes(harm(whole))
    await refused(path, words)


@pytest.mark.parametrize("kind", ["half of it", "nothing", "a zeroed first page", "random bytes", "a text"])
async def test_a_reader_refuses_it_in_the_same_words(whole: bytes, path: Path, kind: str) -> None:
    """Whoever only looks is told the same."""
    harm, words = DAMAGES[kind]
    path.write_bytes(harm(whole))
    await refused(path, words, read_only=True)


async def test_no_page_can_be_lost_unnoticed(whole: bytes, path: Path) -> None:
    """Each page in turn is zeroed: every start refuses."""
    pages = len(whole) // PAGE
    assert pages > 30
    for page in range(pages):
        path.write_bytes(filled(page, 1, bytes)(whole))
        with pytest.raises(Unavailable, match=REMEDY):
            await open_store(path)
    path.write_bytes(whole)
    await (await open_store(path)).close()


async def test_a_log_beside_a_damaged_database_is_left_too(whole: bytes, path: Path) -> None:
    """A database that was shot has a log: nothing of it is written into what is damaged."""
    killed = path.with_name("killed.db")
    log, killed_log = path.with_name(f"{path.name}-wal"), killed.with_name("killed.db-wal")
    store = await open_store(path)
    await store.add([new_batch(["a"])])
    shutil.copy(path, killed)
    shutil.copy(log, killed_log)
    with closing(sqlite3.connect(path)) as raw:
        root = raw.execute("SELECT rootpage FROM sqlite_master WHERE name = 'idempotency'").fetchone()[0]
    await store.close()
    left = killed_log.read_bytes()
    killed.write_bytes(filled(root - 1, 1, noise)(killed.read_bytes()))
    await refused(killed, "is damaged")
    assert killed_log.read_bytes() == left != b""


async def test_tables_that_are_gone_are_not_made_anew(whole: bytes, path: Path) -> None:
    """A first page whose list of tables is lost looks like an empty database, and isn't one."""
    path.write_bytes(whole[:103] + b"\0\0" + whole[105:])  # how many cells the first page has
    await refused(path, "is damaged")


async def test_a_lost_database_with_its_log_is_not_begun_anew(store: SqliteStore, path: Path) -> None:
    """SQLite would delete the log without a word, and with it what was accepted last."""
    await store.add([new_batch(["a"])])
    log = path.with_name(f"{path.name}-wal")
    kept = log.read_bytes()
    assert kept
    await store.close()
    path.unlink()
    log.write_bytes(kept)
    for read_only in (False, True):
        with pytest.raises(Unavailable, match=r"is gone, but its log .*-wal is there.*batchdeck restore FILE"):
            await open_store(path, read_only=read_only)
    assert log.read_bytes() == kept
    assert not path.exists()


async def test_a_large_database_is_looked_at_for_an_instant_only(whole: bytes, path: Path) -> None:
    """A start isn't held up: the look ends in time, and says nothing it doesn't know."""
    raw = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    raw.execute("CREATE TABLE bulk (a TEXT)")
    raw.execute("BEGIN")
    raw.executemany("INSERT INTO bulk VALUES (?)", ((f"{n} {'x' * 200}",) for n in range(200_000)))
    raw.execute("COMMIT")
    start = time.perf_counter()
    assert damage.glance(raw, 0.01) is None
    took = time.perf_counter() - start
    assert damage.thorough(raw) is None
    assert took < (time.perf_counter() - start) / 2
    raw.close()


async def test_a_reference_to_nothing_is_damage(whole: bytes, path: Path) -> None:
    """What no B-tree check sees: an item whose batch is gone."""
    raw = sqlite3.connect(path, isolation_level=None)
    raw.execute("DELETE FROM batch")
    assert "row" in (damage.thorough(raw) or "")
    raw.close()
    assert inspect(path, damage.thorough).condition is Condition.DAMAGED


async def test_a_change_that_was_cut_off_is_taken_back(whole: bytes, path: Path) -> None:
    """A hot rollback journal is SQLite's own recovery, not damage."""
    raw = sqlite3.connect(path, isolation_level=None)
    raw.execute("PRAGMA journal_mode = DELETE")
    raw.execute("PRAGMA cache_size = 1")
    raw.execute("BEGIN IMMEDIATE")
    raw.execute("UPDATE content SET title = title || 'x'")
    raw.execute("PRAGMA cache_spill = 1")
    raw.execute("UPDATE item SET revision = revision + 0")
    journal = path.with_name(f"{path.name}-journal")
    hot, half = journal.read_bytes(), path.read_bytes()
    raw.execute("ROLLBACK")
    raw.close()
    path.write_bytes(half)
    journal.write_bytes(hot)
    await (await open_store(path)).close()
    assert not journal.exists()


async def test_a_new_database_has_its_name_only_when_it_is_whole(path: Path) -> None:
    """A start that is killed while it makes the database leaves no empty file that would be refused after."""
    left = path.with_name(f".{path.name}.{os.getpid()}.part")
    left.write_bytes(b"left by a killed start with this process id")
    await (await open_store(path)).close()
    assert {file.name for file in path.parent.iterdir()} == {path.name, f"{path.name}.lock"}
