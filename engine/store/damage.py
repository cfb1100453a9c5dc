"""Whether a database is whole: looked at for an instant at every start, to the end by doctor, backup and restore.

Always on a connection that can't write: what is damaged stays, byte for byte, as it was found.
"""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

from engine.errors import Unavailable

START_SECONDS = 0.1
"""How long a start may look: to the end of 25,000 items; 100,000 (204 MB) would take 0.3 to 0.5 s."""
RESTORE = "put a backup back with batchdeck restore FILE"
_OK = "ok"


def damaged(path: Path, what: str) -> Unavailable:
    """Return the refusal of a damaged database: what was found, where, and what to do."""
    return Unavailable(f"{path} is damaged ({what}) and was left as it is: {RESTORE}, or look with batchdeck doctor")


def glance(raw: sqlite3.Connection, seconds: float = START_SECONDS) -> str | None:
    """Return what is damaged as far as ``seconds`` lead, None when nothing was found; ``raw`` is fit for nothing else.

    Raises sqlite3.DatabaseError when the file is so damaged that it can't even be looked at.
    """
    alarm = threading.Timer(seconds, raw.interrupt)
    alarm.daemon = True
    alarm.start()
    try:
        return _first(raw.execute("PRAGMA quick_check(1)").fetchall())
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            return None
        raise
    finally:
        alarm.cancel()
        alarm.join()


def thorough(raw: sqlite3.Connection) -> str | None:
    """Return the first thing that is damaged in the whole database, indexes and references included, or None."""
    try:
        found = _first(raw.execute("PRAGMA integrity_check(1)").fetchall())
        if found is None and (row := raw.execute("PRAGMA foreign_key_check").fetchone()):
            found = f"row {row[1]} of {row[0]} refers to a row of {row[2]} that isn't there"
        return found
    except sqlite3.DatabaseError as error:
        return str(error)


def _first(rows: list[tuple[str]]) -> str | None:
    told = " ".join(rows[0][0].removeprefix("*** in database main ***").split()) if rows else "no answer"
    return None if told == _OK else told[:120]
