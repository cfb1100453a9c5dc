"""Opening: a file that can't be used is refused in a sentence, and one engine writes at a time."""

# ruff: noqa: ASYNC240  # nobody else waits on the loop of a test

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from engine.core.reports import BatchQuery
from engine.errors import BadSettings, Owned, Unavailable
from engine.store import SqliteStore, open_store
from engine.store.migrate import FOLDER, HEAD
from engine.store.tables import Base
from tests.store.support import NOW, contents, new_batch

OWNER = """
import asyncio, sys
from engine.store import open_store
async def own():
    store = await open_store(sys.argv[1])
    print("OPEN", flush=True)
    await asyncio.sleep(60)
asyncio.run(own())
"""
ADDER = """
import asyncio, sys
from engine.store import open_store
from tests.store.support import new_batch
async def work():
    store = await open_store(sys.argv[1])
    async def add(n):
        for k in range(100000):
            (batch_id,) = await store.add([new_batch(["a", "b"], key=f"{n}-{k}")])
            print(batch_id, flush=True)
    await asyncio.gather(*(add(n) for n in range(20)))
asyncio.run(work())
"""


async def python(code: str, path: Path) -> asyncio.subprocess.Process:
    """Start another process on the same database."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, str(path), stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2]
    )


async def test_a_folder_is_not_a_database(tmp_path: Path) -> None:
    """The refusal names the path and what it is, and leaves no lock behind."""
    for read_only in (False, True):
        with pytest.raises(Unavailable, match=f"{tmp_path} is a folder: name a file"):
            await open_store(tmp_path, read_only=read_only)
    assert not tmp_path.with_name(f"{tmp_path.name}.lock").exists()
    with pytest.raises(BadSettings, match="isn't there"):
        await open_store(tmp_path / "nowhere" / "a.db")


@pytest.mark.parametrize("read_only", [False, True])
async def test_another_file_is_not_touched(path: Path, read_only: bool) -> None:
    """A text file or another program's database is refused, and stays as it was, with nothing left beside it."""
    path.write_bytes(b"Dear diary, this is not a database. " * 50)
    before = path.read_bytes()
    with pytest.raises(Unavailable, match="not a database"):
        await open_store(path, read_only=read_only)
    assert path.read_bytes() == before
    path.unlink()
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE recipes (id INTEGER)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(Unavailable, match="another program"):
        await open_store(path, read_only=read_only)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may open everything")
async def test_a_file_without_permission_is_refused(store: SqliteStore, path: Path) -> None:
    """The refusal says to look at the permissions."""
    await store.close()
    path.chmod(0)
    with pytest.raises(Unavailable, match=r"can't be opened|permission"):
        await open_store(path)


async def test_a_missing_or_empty_database_cannot_be_read(path: Path) -> None:
    """A reader makes nothing."""
    with pytest.raises(Unavailable, match=r"no database.*batchdeck catalogue import FILE"):
        await open_store(path, read_only=True)
    assert not path.exists()
    path.touch()
    with pytest.raises(Unavailable, match="empty"):
        await open_store(path, read_only=True)


async def test_a_second_engine_is_refused_by_name(store: SqliteStore, path: Path, tmp_path: Path) -> None:
    """The refusal names the process that has the lock, by whichever link one comes."""
    link = tmp_path / "link.db"
    link.symlink_to(path)
    for way in (path, link):
        with pytest.raises(Unavailable, match=f"process id {os.getpid()} .* no API"):
            await open_store(way)
    await store.close()
    again = await open_store(link)
    await again.close()


async def test_an_owner_says_where_its_api_is(store: SqliteStore, path: Path) -> None:
    """Whoever finds the database taken is told the owner's address, and never that of an owner before it."""
    lock = path.with_name(path.name + ".lock")
    with pytest.raises(Owned) as caught:
        await open_store(path)
    assert (caught.value.pid, caught.value.url) == (os.getpid(), None)
    store.announce("http://127.0.0.1:8420")
    with pytest.raises(Owned, match=r"--remote http://127.0.0.1:8420") as caught:
        await open_store(path)
    assert (caught.value.pid, caught.value.url) == (os.getpid(), "http://127.0.0.1:8420")
    lock.unlink()
    await store.add([new_batch("c1")])
    with pytest.raises(Owned) as caught:
        await open_store(path)
    assert caught.value.url == "http://127.0.0.1:8420"
    await store.close()
    assert lock.read_text() == ""
    lock.write_text("1\nhttp://127.0.0.1:1\n")  # an owner that was killed
    again = await open_store(path)
    with pytest.raises(Owned) as caught:
        await open_store(path)
    assert (caught.value.pid, caught.value.url) == (os.getpid(), None)
    await again.close()


async def test_a_killed_owner_frees_the_lock_and_a_stopped_one_keeps_it(path: Path) -> None:
    """The kernel, not a file's age, decides who owns the database."""
    owner = await python(OWNER, path)
    assert owner.stdout is not None
    assert await owner.stdout.readline() == b"OPEN\n"
    owner.send_signal(signal.SIGSTOP)
    with pytest.raises(Unavailable, match=f"process id {owner.pid} "):
        await open_store(path)
    owner.kill()
    await owner.wait()
    store = await open_store(path)
    await store.close()


async def test_what_was_answered_survives_a_kill(path: Path) -> None:
    """Every id that was printed after `add` answered is there when the process was shot."""
    adder = await python(ADDER, path)
    assert adder.stdout is not None
    lines = [await adder.stdout.readline() for _ in range(300)]
    adder.kill()
    lines += (await adder.stdout.read()).splitlines(keepends=True)
    await adder.wait()
    printed = {line.decode().strip() for line in lines if line.endswith(b"\n")}
    store = await open_store(path)
    after: str | None = None
    found: dict[str, int] = {}
    while True:
        page = await store.batches(BatchQuery(limit=500, after=after))
        found |= {batch.id: batch.tally.total for batch in page.rows}
        if page.next is None:
            break
        after = page.next
    await store.close()
    assert len(printed) >= 300
    assert printed <= found.keys()
    assert set(found.values()) == {2}


async def test_a_reader_sees_the_newest_and_never_writes(store: SqliteStore, path: Path) -> None:
    """Beside the engine that owns the file, without its lock."""
    await store.import_contents(contents(1), NOW)
    reader = await open_store(path, read_only=True)
    try:
        begin = (await reader.changes("", 10)).revision
        batch = new_batch(["c1"])
        await store.add([batch])
        assert (await reader.batch(batch.id)).tally.total == 1
        assert [one.id for one in (await reader.changes(begin, 10)).batches] == [batch.id]
        with pytest.raises(Unavailable, match="reading only"):
            await reader.add([new_batch(["c1"])])
    finally:
        await reader.close()
    await store.add([new_batch(["c1"])])


async def test_a_reader_needs_no_owner(store: SqliteStore, path: Path) -> None:
    """A database that nobody has open can be read as well."""
    await store.add([new_batch(["a"])])
    await store.close()
    reader = await open_store(path, read_only=True)
    assert (await reader.batches(BatchQuery())).total == 1
    await reader.close()


async def test_the_pragmas_that_keep_the_promises_are_on(store: SqliteStore) -> None:
    """WAL with a flush for every commit, and foreign keys; losing any of them loses a promise silently."""
    raw = store._writer._database.raw  # type: ignore[union-attr]
    found = {
        name: raw.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "foreign_keys", "fullfsync", "checkpoint_fullfsync")
    }
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "fullfsync": 1,
        "checkpoint_fullfsync": 1,
    }


async def test_the_migrations_make_the_tables(store: SqliteStore, path: Path) -> None:
    """The history of the schema ends where the tables stand, constraints and partial indexes included."""
    await store.close()
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]
    with create_engine(f"sqlite:///{path}").connect() as migrated:
        assert compare_metadata(MigrationContext.configure(migrated), Base.metadata) == []
        fresh = create_engine("sqlite://")
        Base.metadata.create_all(fresh)
        with fresh.connect() as made:
            assert _schema(migrated.connection.driver_connection) == _schema(made.connection.driver_connection)


def _schema(raw: sqlite3.Connection | None) -> set[str]:
    """Return the statements that make tables and indexes, as one line each, whatever their order."""
    assert raw is not None
    rows = raw.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'alembic%'")
    return {_sorted_lines(row[0]) for row in rows}


def _sorted_lines(statement: str) -> str:
    return "|".join(sorted(line.strip().rstrip(",") for line in statement.splitlines()))
