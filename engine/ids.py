"""Batch ids: ULIDs that only grow within a process, so that newest-first is simply the order of ids."""

from __future__ import annotations

from ulid import ULID

_last = 0


def new_id() -> str:
    """Return a ULID greater than every one given before by this process (plain ULIDs of one ms are random)."""
    global _last
    _last = max(int(ULID()), _last + 1)
    return str(ULID.from_int(_last))
