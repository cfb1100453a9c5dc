"""A restore: the backup in the place of the database, and its simulated chain where there is none that went on."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from engine.devnet import chain_path
from engine.folders import named
from engine.store import files
from engine.store.copying import copy, drafted, place
from engine.store.inventory import Inventory
from engine.store.lock import Lock
from engine.store.opening import real_path, refuse_folder
from engine.store.restoring import check_source, restore
from engine.upkeep import chain


class ChainFate(StrEnum):
    """What became of the simulated chain: one that may have gone on is never turned back."""

    NONE = "none"
    STAYS = "stays"
    PUT_BACK = "put back"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class PutBack:
    """What a restore did; ``kept`` are the files that hold what was there before."""

    database: Path
    file: Path
    holds: Inventory
    kept: tuple[Path, ...]
    chain: ChainFate


def put_back(database: Path, source: Path, now: datetime) -> PutBack:
    """Put the backup ``source`` in the place of the database; what was there is kept beside it.

    BadSettings for a file that can't be restored, Owned while an engine has the database.
    """
    source, path = Path(os.path.realpath(named(source))), real_path(database)
    refuse_folder(path)
    check_source(source, path)
    lock = Lock(path)
    try:
        holds, before = restore(source, path, now)
        kept = [before] if before else []
        fate = _chain(source, path, chain.bound_to(holds), now, kept)
    finally:
        lock.release()
    return PutBack(path, source, holds, tuple(kept), fate)


def _chain(source: Path, database: Path, simulated: str | None, now: datetime, kept: list[Path]) -> ChainFate:
    """Put the backup's chain back, unless the very same one lies there."""
    here, saved = chain_path(database), chain_path(source)
    if simulated is None:
        return ChainFate.NONE
    if chain.id_of(here) == simulated:
        return ChainFate.STAYS
    if chain.id_of(saved) != simulated:
        return ChainFate.MISSING
    with drafted(here) as draft, files.writable(here.parent):
        copy(saved, draft, log=True)
        aside = files.kept_name(here, "restore", now)
        if files.move(here, aside):
            kept.append(aside)
        place(draft, here, force=True)
    return ChainFate.PUT_BACK
