"""A backup: one consistent copy of the database in one file, also while an engine runs, and its simulated chain."""

from __future__ import annotations

import os
import sqlite3
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from engine.devnet import chain_path
from engine.errors import BadSettings, Unavailable
from engine.folders import named
from engine.setting_rules import DEVNET_SUFFIX
from engine.store import files
from engine.store.condition import RESTORING, Condition, inspect, refusal
from engine.store.copying import copy, drafted, place
from engine.store.facts import TAKEN, set_fact
from engine.store.inventory import Inventory, inventory
from engine.store.lock import SUFFIX as LOCK
from engine.store.lock import owner
from engine.store.opening import real_path
from engine.store.queries import Connection
from engine.upkeep import chain

_OWN = ("", LOCK, RESTORING, DEVNET_SUFFIX, *files.SIDECARS)


@dataclass(frozen=True, slots=True)
class BackedUp:
    """What a backup holds; ``chain`` is the file with its simulated chain, ``without`` why that isn't in it."""

    database: Path
    file: Path
    size: int
    holds: Inventory
    chain: Path | None
    without: str | None


def back_up(database: Path, target: Path, now: datetime, *, force: bool) -> BackedUp:
    """Copy the database to ``target``, and the simulated chain that it belongs to beside it.

    The database is copied first, so that the chain is never behind it, as with a real one. BadSettings for a target
    that can't be, Unavailable for a database that can't be copied.
    """
    source = real_path(database)
    found = inspect(source, lambda raw: None)
    if found.condition not in (Condition.CURRENT, Condition.OLDER):
        raise refusal(source, found)
    target = _target(target, source)
    _check_free(target, force)
    with ExitStack() as stack:
        draft = stack.enter_context(drafted(target))
        holds = _copied(source, draft, now)
        chain_draft = stack.enter_context(drafted(chain_path(target)))
        without = _copy_chain(holds, source, chain_draft)
        size = draft.stat().st_size
        _place(draft, target, force)
        has_chain = chain_draft.exists()
        if has_chain:
            _place(chain_draft, chain_path(target), force)
    return BackedUp(source, target, size, holds, chain_path(target) if has_chain else None, without)


def _copied(source: Path, draft: Path, now: datetime) -> Inventory:
    found: list[Inventory] = []

    def touch(made: sqlite3.Connection) -> None:
        set_fact(Connection(made), TAKEN, files.stamp(now))
        found.append(inventory(made))

    copy(source, draft, touch)
    return found[0]


def _copy_chain(holds: Inventory, source: Path, draft: Path) -> str | None:
    """Copy the simulated chain that the database belongs to; return why it can't be, which keeps no backup back."""
    simulated = chain.bound_to(holds)
    if simulated is None:
        return None
    here = chain_path(source)
    if chain.id_of(here) != simulated:
        return "its simulated chain is not the one beside it (another process serves it, or its file is lost)"
    try:
        copy(here, draft)
    except Unavailable as error:
        files.remove(draft)
        return str(error)
    return None


def _target(given: Path, source: Path) -> Path:
    """Return where the copy goes; never one of the database's own files, whatever is forced."""
    path = Path(os.path.realpath(named(given)))
    if path.is_dir():
        raise BadSettings(f"{path} is a folder: name a file in it for the backup")
    if not path.parent.is_dir():
        raise BadSettings(f"The folder {path.parent} isn't there: make it, or name another file for the backup")
    own = [files.beside(source, suffix) for suffix in _OWN]
    if path in own or any(one.exists() and path.exists() and one.samefile(path) for one in own):
        raise BadSettings(f"{path} belongs to the database itself: name another file for the backup")
    return path


def _check_free(target: Path, force: bool) -> None:
    for path in (target, chain_path(target)):
        if os.path.lexists(path) and not force:
            raise _taken(path)
    pid = owner(target)
    if pid is not None:
        raise Unavailable(f"An engine (process id {pid or 'unknown'}) works on {target}: name another file")


def _place(draft: Path, target: Path, force: bool) -> None:
    with files.writable(target.parent):
        try:
            place(draft, target, force=force)
        except FileExistsError:
            raise _taken(target) from None


def _taken(path: Path) -> BadSettings:
    return BadSettings(f"{path} is there already: name another file, or replace it with --force")
