"""Backup and restore of the database itself: whole or not at all, whenever the power goes."""

# ruff: noqa: ASYNC240  # nobody else waits on the loop of a test

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from engine.core.reports import BatchQuery
from engine.errors import BadSettings, Gone, Owned, Unavailable
from engine.store import SqliteStore, open_store
from engine.store.condition import Condition, inspect
from engine.store.facts import READ, RESTORED, RESTORED_ITEMS, RESTORED_LANE, RESTORED_SINCE
from engine.store.lock import Lock, owner
from engine.upkeep import back_up, put_back
from tests.store.support import NOW, contents, later, new_batch

EARLIER, LATER = "01EARLIER", "01LATER"


@pytest.fixture
async def saved(store: SqliteStore, path: Path) -> Path:
    """A backup made while the store is open; the store goes on after it."""
    await store.import_contents(contents(3), NOW)
    await store.set_fact("network", "testnet")
    await store.set_fact("contract", "ST1.x")
    await store.add([new_batch(["c1"], key=EARLIER)])
    saved = path.with_name("saved.db")
    back_up(path, saved, NOW, force=False)
    await store.add([new_batch(["c2"], key=LATER)])
    return saved


async def batches(path: Path, read_only: bool = True) -> list[str]:
    opened = await open_store(path, read_only=read_only)
    found = [batch.id for batch in (await opened.batches(BatchQuery())).rows]
    await opened.close()
    return sorted(found)


def shot(path: Path, to: Path) -> Path:
    """Copy an open database as a kill leaves it: with its log."""
    for suffix in ("", "-wal"):
        shutil.copy(f"{path}{suffix}", f"{to}{suffix}")
    assert Path(f"{to}-wal").stat().st_size
    return to


async def test_a_backup_is_one_file_of_one_moment(saved: Path, path: Path) -> None:
    """It holds all that was committed, needs no log beside it, keeps what the database is bound to, and is private."""
    assert saved.stat().st_mode & 0o777 == 0o600
    alone = saved.parent / "elsewhere"
    alone.mkdir()
    moved = Path(shutil.copy(saved, alone))
    opened = await open_store(moved)
    assert await opened.fact("contract") == "ST1.x"
    assert [batch.id for batch in (await opened.batches(BatchQuery())).rows] == [EARLIER]
    await opened.close()
    assert await batches(path) == [EARLIER, LATER]


async def test_a_restore_forgets_which_lanes_were_read_but_not_since_when(
    saved: Path, path: Path, store: SqliteStore
) -> None:
    """A copy of a copy: each lane is read once more, from the first backup on, for every batch that is in it."""
    await store.close()
    put_back(path, saved, later(30))
    opened = await open_store(path)
    assert await opened.fact(RESTORED_SINCE) == "2026-01-02T03:04:05Z"
    await opened.set_fact(f"{RESTORED_LANE}ST1", READ)
    await opened.add([new_batch(["c3"])])
    await opened.close()
    second = path.with_name("second.db")
    back_up(path, second, later(60), force=False)
    put_back(path, second, later(90))
    opened = await open_store(path)
    names = (f"{RESTORED_LANE}ST1", RESTORED_SINCE, RESTORED_ITEMS)
    assert [await opened.fact(name) for name in names] == [None, "2026-01-02T03:04:05Z", "2"]
    await opened.close()


async def test_a_backup_never_takes_a_name_that_something_has(saved: Path, path: Path) -> None:
    """Without --force nothing is replaced; with it the old file's log goes too; the database's own files never."""
    before = saved.read_bytes()
    with pytest.raises(BadSettings, match=f"{saved} is there already: name another file, or replace it with --force"):
        back_up(path, saved, NOW, force=False)
    assert saved.read_bytes() == before
    log = saved.with_name("saved.db-wal")
    log.write_bytes(b"of the file before")
    back_up(path, saved, NOW, force=True)
    assert not log.exists()
    assert await batches(saved) == [EARLIER, LATER]
    link = path.with_name("link.db")
    link.symlink_to(path)
    for own in (path, link, *(path.with_name(path.name + suffix) for suffix in ("-wal", "-shm", ".lock", ".devnet"))):
        with pytest.raises(BadSettings, match="belongs to the database itself: name another file"):
            back_up(path, own, NOW, force=True)
    for place, words in ((path.parent, "is a folder"), (path.parent / "no" / "a.db", "isn't there: make it")):
        with pytest.raises(BadSettings, match=words):
            back_up(path, place, NOW, force=True)


async def test_a_backup_never_replaces_what_an_engine_works_on(saved: Path, path: Path, tmp_path: Path) -> None:
    """Another database that is in use is no place for a backup, whatever is forced."""
    other = await open_store(tmp_path / "other.db")
    with pytest.raises(Unavailable, match=f"process id {os.getpid()}.* works on .*other.db: name another file"):
        back_up(path, tmp_path / "other.db", NOW, force=True)
    await other.close()


async def test_a_damaged_database_makes_no_backup(saved: Path, path: Path, store: SqliteStore) -> None:
    """A file with a backup's name is a whole one; nothing else is left behind."""
    await store.close()
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("DELETE FROM batch")
        raw.commit()
    target = path.with_name("new.db")
    there = set(path.parent.iterdir())
    with pytest.raises(Unavailable, match=f"{path} is damaged .* and was left as it is"):
        back_up(path, target, NOW, force=False)
    sidecars = {path.with_name(path.name + suffix) for suffix in ("-wal", "-shm")}
    assert set(path.parent.iterdir()) - sidecars == there - sidecars


async def test_a_restore_puts_it_back_and_keeps_what_was_there(saved: Path, path: Path, store: SqliteStore) -> None:
    """The database is as it was at the backup; the later one lies beside it, and the backup stays."""
    revision = (await store.changes("", 10)).revision
    await store.close()
    before = saved.read_bytes()
    path.chmod(0o640)
    done = put_back(path, saved, NOW)
    assert await batches(path) == [EARLIER]
    assert saved.read_bytes() == before
    (kept,) = done.kept
    assert kept.name == f"{path.name}.before-restore-20260102T030405Z"
    assert await batches(kept) == [EARLIER, LATER]
    assert path.stat().st_mode & 0o777 == 0o640
    again = await open_store(path)
    assert await again.fact("network") == "testnet"
    assert await again.fact(RESTORED) == "2026-01-02T03:04:05Z"
    with pytest.raises(Gone):
        await again.changes(revision, 10)
    await again.add([new_batch(["c3"])])
    await again.close()
    second = put_back(path, saved, NOW).kept[0]
    assert second != kept
    assert len(await batches(second)) == 2


async def test_a_database_goes_with_its_log(saved: Path, path: Path, store: SqliteStore, tmp_path: Path) -> None:
    """What a killed engine had in the log alone is kept, and never falls into the restored database."""
    killed = shot(path, tmp_path / "killed.db")
    done = put_back(killed, saved, NOW)
    assert await batches(killed, read_only=False) == [EARLIER]
    assert await batches(done.kept[0]) == [EARLIER, LATER]


async def test_a_damaged_or_lost_database_is_put_right(saved: Path, path: Path, tmp_path: Path) -> None:
    """A restore needs nothing of what was there: that is what it is for."""
    for name, data in (("damaged.db", b"\0" * 8192), ("empty.db", b"")):
        bad = tmp_path / name
        bad.write_bytes(data)
        (kept,) = put_back(bad, saved, NOW).kept
        assert kept.read_bytes() == data
        assert await batches(bad, read_only=False) == [EARLIER]
    assert put_back(tmp_path / "none.db", saved, NOW).kept == ()
    assert await batches(tmp_path / "none.db", read_only=False) == [EARLIER]


async def test_a_restore_waits_for_no_engine(saved: Path, path: Path, store: SqliteStore) -> None:
    """While an engine has the database, the refusal names it, and nothing is touched."""
    there = set(path.parent.iterdir())
    with pytest.raises(Owned, match=f"process id {os.getpid()} already works on {path}") as caught:
        put_back(path, saved, NOW)
    assert caught.value.pid == os.getpid() == owner(path)
    assert set(path.parent.iterdir()) == there
    await store.close()
    assert owner(path) is None


def newer(saved: Path) -> None:
    with closing(sqlite3.connect(saved)) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
        raw.commit()


def orphans(saved: Path) -> None:
    with closing(sqlite3.connect(saved)) as raw:
        raw.execute("DELETE FROM batch")
        raw.commit()


def others(saved: Path) -> None:
    saved.unlink()
    with closing(sqlite3.connect(saved)) as raw:
        raw.execute("CREATE TABLE recipes (id INTEGER)")


def halved(saved: Path) -> None:
    os.truncate(saved, saved.stat().st_size // 2)


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (Path.unlink, "there is no such file"),
        (lambda saved: (saved.unlink(), saved.mkdir()), "it is a folder, name a file in it"),
        (lambda saved: saved.write_text("Dear diary " * 100), "it isn't a backup that Batchdeck made, name one"),
        (lambda saved: saved.write_bytes(b""), "it isn't a backup that Batchdeck made, name one"),
        (others, "it isn't a backup that Batchdeck made, name one"),
        (halved, r"it is damaged \(.*\), take another backup"),
        (orphans, r"it is damaged \(row \d+ of item refers .*\), take another backup"),
        (newer, r"a newer release wrote it \(schema 9999, this one knows \d+\), update Batchdeck"),
    ],
)
async def test_a_file_that_is_no_backup_is_refused(
    saved: Path, path: Path, store: SqliteStore, harm: Callable[[Path], Any], words: str
) -> None:
    """The refusal names the file and why; the database stays as it is, and free."""
    await store.close()
    before = path.read_bytes()
    harm(saved)
    with pytest.raises(BadSettings, match=f"^{saved} can't be restored: {words}$"):
        put_back(path, saved, NOW)
    assert path.read_bytes() == before
    Lock(path).release()


async def test_the_database_is_no_backup_of_itself(saved: Path, path: Path, store: SqliteStore) -> None:
    """Restoring a database from itself would only lose it."""
    await store.close()
    with pytest.raises(BadSettings, match="it is the database itself"):
        put_back(path, path, NOW)


class Killed(BaseException):
    """The end of the process, as far as its files can tell."""


@contextmanager
def dying(step: int) -> Iterator[list[str]]:
    """Let the process die before its n-th change of a name: nothing after it happens, clearing up included."""
    done: list[str] = []
    patch = pytest.MonkeyPatch()

    def mortal(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            if len(done) >= step:
                raise Killed
            done.append(f"{name} {Path(given[0]).name}")
            return real(*given, **named)

        return call

    for name in ("replace", "link", "unlink"):
        patch.setattr(os, name, mortal(name, getattr(os, name)))
    try:
        yield done
    finally:
        patch.undo()


async def test_a_restore_may_be_killed_at_every_step(
    saved: Path, path: Path, store: SqliteStore, tmp_path: Path
) -> None:
    """After each step: the earlier database, the restored one, or a refusal that tells to restore again; no mixture.

    The next restore ends it, and what was there first is whole in one of the files kept beside.
    """
    ended = refusals = 0
    for step in range(100):
        folder = tmp_path / f"step {step}"
        folder.mkdir()
        database = shot(path, folder / "a.db")
        try:
            with dying(step):
                put_back(database, saved, NOW)
            ended += 1
        except Killed:
            refusals += await _as_one_of_both(database)
            put_back(database, saved, NOW)
        assert await batches(database, read_only=False) == [EARLIER]
        kept = [one for one in folder.glob("a.db.before-restore-*") if not one.name.endswith(("-wal", "-shm"))]
        assert [EARLIER, LATER] in [await batches(one) for one in kept], step
        if ended:
            break
    assert step > 5
    assert refusals


async def _as_one_of_both(database: Path) -> int:
    """Look without disturbing; return 1 if an engine would refuse."""
    if inspect(database).condition is Condition.HALF_RESTORED:
        for read_only in (True, False):
            with pytest.raises(Unavailable, match=r"didn't come to its end: run batchdeck restore FILE again"):
                await open_store(database, read_only=read_only)
        return 1
    assert await batches(database) in ([EARLIER], [EARLIER, LATER])
    return 0
