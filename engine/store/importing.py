"""An import is a change of the catalogue like any other: it has its place in the order, and it is all or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import bindparam, func, select

from engine.core.lifecycle import UNSETTLED
from engine.core.model import Content, Scalar
from engine.core.oversight import Act, Deed
from engine.core.text import many, storable
from engine.store import auditing, catalogue
from engine.store.queries import Connection, Query, inserting, literal, to_json, to_micros
from engine.store.refusals import REFUSALS, refusal
from engine.store.rows import CONTENT_COLUMNS, folded, from_content, to_content
from engine.store.tables import CHANGE, CONTENT, ITEM

INSERT_CONTENT = inserting(CONTENT, "no")
_GIVEN = select(func.json_each(bindparam("ids")).table_valued("value").c.value)
KNOWN = Query(select(CONTENT.c.no, *CONTENT_COLUMNS).where(CONTENT.c.content_id.in_(_GIVEN)))
BUSY = Query(
    select(CONTENT.c.content_id)
    .distinct()
    .join_from(CONTENT, CHANGE, CHANGE.c.content_no == CONTENT.c.no)
    .join(ITEM, ITEM.c.id == CHANGE.c.item_id)
    .where(CONTENT.c.content_id.in_(_GIVEN), ITEM.c.state.in_([literal(state) for state in sorted(UNSETTLED)]))
)
"""Every item that was applied has its change row, so the catalogue's order leads to those under way."""
REMOVED = "It was removed: a removed content can't come back, give the new one another id"
UNSETTLED_ITEMS = "A batch is still changing it on the chain: import it again when that batch is settled"
UNSTORABLE = "A text holds a NUL or half a character (a lone surrogate): take it out"
MAX_ON_CHAIN_ID = 2**128 - 1


class Refused(Exception):
    """Some contents can't be imported: (index, reason) of each; then none is."""

    def __init__(self, problems: list[tuple[int, str]]) -> None:
        self.problems = problems
        super().__init__(f"{many(len(problems), 'content')} can't be imported")


class Importer:
    """One import: what the catalogue had, what is under way, and the next place in its order."""

    def __init__(self, database: Connection, contents: Sequence[Content], now: datetime, who: str) -> None:
        ids = to_json([content.content_id for content in contents if storable(content.content_id)])
        self._database = database
        self._known = {row[1]: (row[0], to_content(row[1:])) for row in database.all(KNOWN, ids=ids)}
        self._busy = {row[0] for row in database.all(BUSY, ids=ids)}
        self._order = catalogue.latest(database)
        self._at = to_micros(now)
        self._who = who

    def take(self, content: Content) -> str | None:
        """Insert or update one content; return why it can't be."""
        content = replace(content, removed_at=None, removal_reason=None)
        no, old = self._known.get(content.content_id, (None, None))
        problem = self._problem(content, old)
        if problem:
            return problem
        try:
            if no is None or old is None:
                self._insert(content)
            else:
                self._update(no, old, content)
        except REFUSALS as error:
            return refusal(error, content)
        return None

    def _problem(self, content: Content, old: Content | None) -> str | None:
        if old is not None and old.removed_at is not None:
            return REMOVED
        if content.content_id in self._busy:
            return UNSETTLED_ITEMS
        if not all(storable(text) for text in vars_of(content) if isinstance(text, str)):
            return UNSTORABLE
        if content.on_chain_id is not None and not 0 <= content.on_chain_id <= MAX_ON_CHAIN_ID:
            return "The on-chain id is out of range: give 0 to 2^128-1"
        return None

    def _insert(self, content: Content) -> None:
        columns = from_content(content)
        known = {"changed_at": None, "folded": folded(content), "revision": self._database.revision}
        no = self._database.insert(INSERT_CONTENT, **known, **columns)
        self._known[content.content_id] = (no, content)
        self._write_change(no, frozenset(), {}, columns)

    def _update(self, no: int, old: Content, content: Content) -> None:
        differing = catalogue.differences(old, content)
        if not differing:
            return
        new = {name: after for name, (_, after) in differing.items()}
        catalogue.update_content(self._database, no, content, new, self._at)
        self._known[content.content_id] = (no, content)
        before = {name: was for name, (was, _) in differing.items()}
        self._write_change(no, frozenset(differing), before, new)

    def _write_change(self, no: int, touched: frozenset[str], old: dict[str, Scalar], new: dict[str, Scalar]) -> None:
        self._order += 1
        catalogue.insert_change(
            self._database,
            order=self._order,
            content_no=no,
            by=catalogue.IMPORT,
            touched=touched,
            old=old,
            new=new,
            at=self._at,
            who=self._who,
        )


def vars_of(content: Content) -> list[object]:
    """Return the values of all fields of a content."""
    return list(from_content(content).values())


def import_contents(database: Connection, contents: Sequence[Content], now: datetime, who: str) -> None:
    """Take all contents in order; `Refused` names each that can't be taken, and undoes the others."""
    importer = Importer(database, contents, now, who)
    problems = [
        (index, reason) for index, content in enumerate(contents) if (reason := importer.take(content)) is not None
    ]
    if problems:
        raise Refused(problems)
    if contents:
        auditing.note(database, Deed(now, who, Act.IMPORT, detail=many(len(contents), "content")))
