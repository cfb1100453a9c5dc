"""Put a backup in the place of a database, under the database's lock; what was there is kept beside it.

A database is its file and its log. They can't be exchanged in one step, so a mark stands beside them meanwhile: an
engine refuses a database with that mark, and the next restore ends what was cut off.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select

from engine.errors import BadSettings
from engine.store import changes, damage, files, migrate
from engine.store.condition import RESTORING, Condition, Found, inspect
from engine.store.copying import copy, drafted, place
from engine.store.facts import RESTORED, RESTORED_ITEMS, RESTORED_SINCE, keep_fact, set_fact, unread_lanes
from engine.store.inventory import Inventory, inventory
from engine.store.queries import Connection, Query
from engine.store.tables import ITEM

LAST_ITEM = Query(select(func.max(ITEM.c.id)))
_FIT = (Condition.CURRENT, Condition.OLDER)


def check_source(source: Path, path: Path) -> None:
    """Refuse a file that can't be put in the place of the database at ``path``; BadSettings."""
    found = inspect(source, damage.thorough)
    if found.condition not in _FIT:
        raise BadSettings(f"{source} can't be restored: {_objection(found)}")
    if path.exists() and source.samefile(path):
        raise BadSettings(f"{source} can't be restored: it is the database itself, name a backup of it")


def restore(source: Path, path: Path, now: datetime) -> tuple[Inventory, Path | None]:
    """Put what a checked ``source`` holds in the place of ``path``, whose lock the caller has.

    Returns what is there now, and where the database before is kept (None: there was none).
    """
    with drafted(path) as draft:
        holds = _copied(source, draft, now)
        _take_after(draft, path)
        return holds, _exchange(draft, path, now)


def _objection(found: Found) -> str:
    said = {
        Condition.ABSENT: "there is no such file",
        Condition.FOLDER: "it is a folder, name a file in it",
        Condition.DAMAGED: f"it is damaged ({found.detail}), take another backup",
        Condition.NEWER: f"a newer release wrote it (schema {found.revision}, this one knows {migrate.HEAD}), "
        "update Batchdeck",
        Condition.UNREADABLE: found.detail,
    }
    return said.get(found.condition, "it isn't a backup that Batchdeck made, name one")


def _copied(source: Path, draft: Path, now: datetime) -> Inventory:
    found: list[Inventory] = []

    def touch(made: sqlite3.Connection) -> None:
        found.append(inventory(made))
        # A reader that knows a later revision of the database before must not take this one's for the same.
        set_fact(Connection(made), changes.DATABASE_ID, secrets.token_hex(8))
        _mark(Connection(made), found[0].taken, now)

    copy(source, draft, touch, log=True)
    return found[0]


def _mark(database: Connection, taken: str | None, now: datetime) -> None:
    """Write down that lanes may be behind their chain, and since when at most, for `lanes.lane`."""
    set_fact(database, RESTORED, files.stamp(now))
    unread_lanes(database)
    keep_fact(database, RESTORED_SINCE, taken or "")
    set_fact(database, RESTORED_ITEMS, str(database.value(LAST_ITEM) or 0))


def _take_after(draft: Path, path: Path) -> None:
    """Give the new file the mode and, where one may, the owner of the one before."""
    with suppress(FileNotFoundError):
        before = path.stat()
        os.chmod(draft, before.st_mode & 0o777)
        with suppress(PermissionError):
            os.chown(draft, before.st_uid, before.st_gid)


def _exchange(draft: Path, path: Path, now: datetime) -> Path | None:
    """Move what is there aside, its log with it, and put the new file there; return where the earlier one is."""
    mark = files.beside(path, RESTORING)
    with files.writable(path.parent):
        earlier = _end_earlier(path, mark)
        kept = files.kept_name(path, "restore", now)
        _write(mark, kept.name)
        moved = files.move(path, kept)
        place(draft, path, force=True)
        mark.unlink()
        files.flush_folder(path)
    return kept if moved else earlier


def _end_earlier(path: Path, mark: Path) -> Path | None:
    """A restore that was cut off may have moved the database but not its log yet: return where they are together."""
    name = mark.read_text(encoding="utf-8").strip() if mark.exists() else ""
    kept = path.with_name(name) if name.startswith(f"{path.name}.before-") else None
    if kept is None or not kept.exists():
        return None
    if not path.exists():
        files.move(path, kept)
    return kept


def _write(mark: Path, name: str) -> None:
    mark.write_text(f"{name}\n", encoding="utf-8")
    files.flush_file(mark)
    files.flush_folder(mark)
