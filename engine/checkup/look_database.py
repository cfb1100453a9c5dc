"""Gathers the facts of the database's file, on a connection that can't write, also while an engine works on it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from engine.checkup.facts import DatabaseFacts
from engine.settings import Settings
from engine.store import damage, files
from engine.store.condition import Condition, Found, inspect
from engine.store.connect import connect
from engine.store.inventory import Inventory, inventory
from engine.store.lock import owner

_READABLE = (Condition.CURRENT, Condition.OLDER)


def look_at_database(settings: Settings) -> DatabaseFacts:
    """Look at the file to its end; a database that isn't there is not made."""
    path = Path(os.path.realpath(settings.database_path))
    start = time.monotonic()
    found = inspect(path, damage.thorough)
    took = time.monotonic() - start
    journal, holds = _inside(path) if found.condition in _READABLE else ("", None)
    folder = next((one for one in path.parents if one.is_dir()), path.parent)
    return DatabaseFacts(
        path=path,
        found=found,
        default_place=settings.origin("database_url") == "default",
        folder_there=path.parent.is_dir(),
        writable=_writable(path, folder, found),
        owner=owner(path),
        size=files.size(path) or 0,
        log_size=files.size(files.beside(path, files.LOG)) or 0,
        journal=journal,
        free=shutil.disk_usage(folder).free,
        seconds=took,
        holds=holds,
    )


def _inside(path: Path) -> tuple[str, Inventory | None]:
    try:
        with closing(connect(path, read_only=True)) as raw:
            return str(raw.execute("PRAGMA journal_mode").fetchone()[0]), inventory(raw)
    except sqlite3.Error:  # it went, or was locked, after it had been looked through
        return "", None


def _writable(path: Path, folder: Path, found: Found) -> bool:
    """The log lies beside the file, so both must be writable."""
    able = os.access(folder, os.W_OK | os.X_OK)
    return able if found.condition is Condition.ABSENT else able and os.access(path, os.W_OK)
