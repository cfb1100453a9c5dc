"""The emergency stop as it is stored: set in a database that no engine has, for every engine that opens it later."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from engine.assemble import user
from engine.core.oversight import Act, Deed
from engine.core.rules import why_problems
from engine.errors import refuse
from engine.line.line import STOPPED
from engine.store import open_store


async def set_stop(database: Path, stopped: bool, now: datetime, why: str | None = None) -> None:
    """Set the stop, or take it back, and write down who did; Owned while an engine has the database.

    It needs neither a node nor a key: what is wrong with those may be the reason for stopping.
    """
    refuse(why_problems(why))
    store = await open_store(database)
    try:
        deed = Deed(now, user(), Act.PAUSE_ALL if stopped else Act.RESUME_ALL, why=why)
        await store.set_fact(STOPPED, "1" if stopped else "0", deed)
    finally:
        await store.close()
