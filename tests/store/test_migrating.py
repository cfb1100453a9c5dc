"""An older schema is brought up to date after a copy beside it; a newer one, or a step that fails, changes nothing."""

# ruff: noqa: ASYNC240  # nobody else waits on the loop of a test

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from engine.core.reports import ContentQuery
from engine.errors import Unavailable
from engine.store import SqliteStore, migrate, open_store
from engine.store.condition import Condition, inspect
from tests.store.support import NOW, applied, contents, new_batch, signed

NEXT = "9001"
REVISION = '''"""A step that only this test knows."""

from alembic import op
import sqlalchemy as sa

revision = "{next}"
down_revision = "{head}"


def upgrade():
{body}
'''
ADDS = '    op.add_column("content", sa.Column("note", sa.String(), nullable=True))'
REBUILDS = """    with op.batch_alter_table("slot") as slot:
        slot.alter_column("signer", new_column_name="address")"""
FAILS = ADDS + '\n    op.execute("DELETE FROM content")\n    op.execute("INSERT INTO nowhere VALUES (1)")'
RAISES = ADDS + '\n    raise RuntimeError("the revision\\nhas a bug")'
ORPHANS = '    op.execute("DELETE FROM batch")'
Later = Callable[[str], None]


@pytest.fixture
def later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Later:
    """Make this release one that knows a revision more than it does, whatever it knows today."""

    def knows(body: str) -> None:
        folder = tmp_path / "migrations of a later release 100%"
        shutil.copytree(migrate.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
        text = REVISION.format(next=NEXT, head=migrate.HEAD, body=body)
        (folder / "versions" / f"{NEXT}_later.py").write_text(text)
        monkeypatch.setattr(migrate, "FOLDER", folder)
        monkeypatch.setattr(migrate, "HEAD", NEXT)

    return knows


@pytest.fixture
async def older(store: SqliteStore, path: Path) -> str:
    """A closed database of today's schema, with contents, a batch and slots; gives that schema."""
    await store.import_contents(contents(3), NOW)
    items = await applied(store, new_batch(["c1", "c2"]))
    await store.sign([signed(item, nonce) for nonce, item in enumerate(items)], NOW)
    await store.set_fact("network", "testnet")
    await store.close()
    return migrate.HEAD


def copies(path: Path) -> list[Path]:
    return sorted(path.parent.glob(f"{path.name}.before-*"))


def dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as raw:
        return list(raw.iterdump())


def columns(path: Path, table: str) -> set[str]:
    with closing(sqlite3.connect(path)) as raw:
        return {row[1] for row in raw.execute(f"PRAGMA table_info({table})")}


async def test_an_older_schema_is_brought_up_to_date_after_a_copy(older: str, path: Path, later: Later) -> None:
    """What was there is there, in the new schema; the copy beside it is whole, and of the old one."""
    before = dump(path)
    later(ADDS)
    store = await open_store(path)
    assert (await store.contents(ContentQuery())).total == 3
    assert await store.fact("network") == "testnet"
    await store.close()
    assert "note" in columns(path, "content")
    assert inspect(path).revision == NEXT
    (copy,) = copies(path)
    assert copy.name.startswith(f"{path.name}.before-{NEXT}-2")
    assert copy.stat().st_mode & 0o777 == 0o600
    assert dump(copy) == before
    await (await open_store(path)).close()
    assert copies(path) == [copy]


async def test_what_was_in_the_log_alone_is_in_the_copy_too(store: SqliteStore, path: Path, later: Later) -> None:
    """A database that was shot has a log: the copy is made of both."""
    await store.import_contents(contents(3), NOW)
    shot = path.with_name("shot.db")
    for suffix in ("", "-wal"):
        shutil.copy(f"{path}{suffix}", f"{shot}{suffix}")
    later(ADDS)
    await (await open_store(shot)).close()
    with closing(sqlite3.connect(copies(shot)[0])) as raw:
        assert raw.execute("SELECT count(*) FROM content").fetchone() == (3,)


async def test_a_table_may_be_made_anew(older: str, path: Path, later: Later) -> None:
    """A step that rebuilds a table to which others refer takes nothing of theirs with it."""
    later(REBUILDS)
    await (await open_store(path)).close()
    assert "address" in columns(path, "slot")
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("SELECT count(*) FROM item JOIN slot ON slot.id = item.slot_id").fetchone() == (2,)
        assert raw.execute("PRAGMA foreign_key_check").fetchall() == []


@pytest.mark.parametrize(
    ("body", "words"),
    [(FAILS, "no such table: nowhere"), (RAISES, "the revision has a bug"), (ORPHANS, "that isn't there")],
    ids=["statement", "exception", "references"],
)
async def test_a_step_that_fails_leaves_all_as_it_was(
    older: str, path: Path, later: Later, body: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of a half-done step stays, starts in vain pile up no copies, and the old release goes on."""
    before, folder = dump(path), migrate.FOLDER
    later(body)
    for _ in range(2):
        with pytest.raises(Unavailable, match=words) as caught:
            await open_store(path)
    said = str(caught.value)
    assert said.startswith(f"{path} could not be brought from schema {older} to {NEXT} (")
    assert "is as it was: go on with the release that made it" in said
    assert "\n" not in said
    assert dump(path) == before
    assert copies(path) == []
    monkeypatch.setattr(migrate, "FOLDER", folder)
    monkeypatch.setattr(migrate, "HEAD", older)
    store = await open_store(path)
    assert (await store.contents(ContentQuery())).total == 3
    await store.close()


async def test_without_a_copy_nothing_is_changed(
    older: str, path: Path, later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no copy can be kept, the schema stays as it is."""
    later(ADDS)
    before = dump(path)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("engine.store.files.flush_file", full)
    with pytest.raises(Unavailable, match=r"can't be written \(No space left on device\)"):
        await open_store(path)
    assert dump(path) == before
    assert copies(path) == []


async def test_damage_is_found_before_a_step_is_taken(older: str, path: Path, later: Later) -> None:
    """What is damaged is neither migrated nor copied."""
    later(ADDS)
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("DELETE FROM batch")  # items that refer to nothing: only the whole look finds it
        raw.commit()
    with pytest.raises(Unavailable, match="is damaged"):
        await open_store(path)
    assert inspect(path).revision == older
    assert copies(path) == []


@pytest.mark.parametrize("read_only", [False, True])
async def test_a_newer_schema_is_refused(older: str, path: Path, read_only: bool) -> None:
    """An old release never writes into what it doesn't understand: it names both schemas, and what to do."""
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
        raw.commit()
    before = path.read_bytes()
    words = rf"{path} was written by a newer release \(schema 9999, this one knows {older}\): update Batchdeck"
    with pytest.raises(Unavailable, match=words):
        await open_store(path, read_only=read_only)
    assert path.read_bytes() == before
    assert copies(path) == []


async def test_a_reader_of_an_older_schema_is_told_what_to_do(older: str, path: Path, later: Later) -> None:
    """Reading alone changes no schema."""
    later(ADDS)
    with pytest.raises(Unavailable, match=f"has the schema {older}, this release reads {NEXT}: start an engine"):
        await open_store(path, read_only=True)
    assert inspect(path).condition is Condition.OLDER
