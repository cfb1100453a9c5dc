"""Facts about the database that it keeps itself: its id, and what it is bound to."""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.dialects.sqlite import insert

from engine.store.queries import Connection, Query
from engine.store.tables import FACT

_INSERT = insert(FACT)
SET = Query(
    _INSERT.on_conflict_do_update(index_elements=["name"], set_={"value": _INSERT.excluded.value}),
    ("name", "value"),
)
TAKEN = "backup taken"
"""When a copy was made; only copies have it."""
RESTORED = "restored"
"""When a copy was put back: the chain may be ahead of what it knows."""
RESTORED_SINCE = "restored since"
"""When the first copy that was ever put back here was made: what was mined from then on may be unknown."""
RESTORED_ITEMS = "restored items"
"""The id of the last item that was put back: items up to it may have been sent by whoever had them since."""
RESTORED_LANE = "restored lane "
"""With a signer's address behind: how its lane was let go since the last restore."""
READ = "read"
RELEASED = "released"
ROOM = "room"
ROOM_BYTES = 131_072
KEEP = Query(insert(FACT).on_conflict_do_nothing(), ("name", "value"))


UNREAD = Query(delete(FACT).where(FACT.c.name.startswith(RESTORED_LANE, autoescape=True)))


def unread_lanes(database: Connection) -> None:
    """Forget which lanes were read since an earlier restore."""
    database.run(UNREAD)


def set_fact(database: Connection, name: str, value: str) -> None:
    """Keep a fact, in place of what it was."""
    database.run(SET, name=name, value=value)


def keep_fact(database: Connection, name: str, value: str) -> None:
    """Keep a fact, unless it is known already."""
    database.run(KEEP, name=name, value=value)


def fill(database: Connection) -> None:
    """Take up room: a disk that is full takes a small write now and then, and the next one not."""
    set_fact(database, ROOM, " " * ROOM_BYTES)


def clear(database: Connection) -> None:
    """Give the room back."""
    set_fact(database, ROOM, "")
