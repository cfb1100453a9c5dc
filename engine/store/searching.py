"""Searching the catalogue: `core.search` in SQL, over an index that holds all it looks at but the history."""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, func, literal_column, not_, select
from sqlalchemy.sql.elements import ColumnElement

from engine.core.model import Content, ItemState
from engine.core.reports import ContentQuery, Page
from engine.core.search import Changed, Creator, Kind, OffChain, Price, Term, What, Words, parse
from engine.errors import refuse
from engine.store.queries import Connection, Query, literal, to_json, to_micros
from engine.store.reading import GIVEN, calls, count, cursor
from engine.store.rows import CONTENT_COLUMNS, to_content
from engine.store.tables import CHANGE, CONTENT, ITEM

Shape = tuple[type[What], bool]
ALL = -1
FEW = 2001
"""Under so many matches it is quicker to know them all than to go through the rows for the first ones."""
_ROWS = select(CONTENT.c.no, *CONTENT_COLUMNS).order_by(CONTENT.c.no)
ROWS = Query(_ROWS.where(CONTENT.c.no.in_(select(func.json_each(bindparam("numbers")).table_valued("value").c.value))))
_UNINDEXED: ColumnElement[Any] = literal_column("+content.removed_at")
"""Rows in their own order: the index would have them all sorted first."""
_PAST = "~"
"""What sorts behind every letter of an address."""
_own, _later, _other = CHANGE.alias("own"), CHANGE.alias("later"), ITEM.alias("other")
_since = (
    select(_later.c.id)
    .outerjoin_from(_later, _other, _other.c.id == _later.c.item_id)
    .where(_later.c.content_no == _own.c.content_no, _later.c.id > _own.c.id, calls(_later, _other))
    .correlate(_own)
)
_PARTED = (
    select(_own.c.content_no)
    .join_from(ITEM, _own, and_(_own.c.id == ITEM.c.catalogue_order, _own.c.item_id == ITEM.c.id))
    .where(ITEM.c.state == literal(ItemState.OFF_CHAIN), ~_since.exists())
)
"""The contents that some item left off-chain, and nothing that the chain knows of, or should, has changed since.

An item's place in catalogue order is its change, so this goes along the order, and mostly looks at nothing else.
"""


class _Queries(NamedTuple):
    """The statements of one shape of search: which match first or page by page, how many, and rows by number."""

    few: Query
    page: Query
    total: Query


def contents(database: Connection, query: ContentQuery) -> Page[Content]:
    """Return a page of the catalogue in import order; ``removed`` lets removed ones in too.

    Few matches are all found in the index and then looked up; many are met soon enough by going through the rows.
    """
    search = parse(query.search)
    refuse(list(search.problems))
    terms = (*search.terms, *([Term(Words(query.text))] if query.text else []))
    shapes = tuple((type(term.what), term.negated) for term in terms)
    queries = _queries(bool(query.creator), bool(query.content_ids), query.removed, shapes)
    values = {"of": query.creator, "ids": to_json(sorted(query.content_ids))}
    for place, term in enumerate(terms):
        values |= _values(place, term.what, query)
    after, most = cursor(query.after), query.limit + 1
    few = ALL if any(what is OffChain for what, _ in shapes) else FEW  # the history is gone through once, not thrice
    numbers = sorted(row[0] for row in database.all(queries.few, most=few, **values))
    if few == ALL or len(numbers) < FEW:
        total, wanted = len(numbers), numbers[bisect_right(numbers, after) :][:most]
        rows = database.all(ROWS, numbers=to_json(wanted))
    else:
        total = int(database.value(queries.total, **values))
        rows = database.all(queries.page, most=most, after=after, **values)
    following = str(rows[query.limit - 1][0]) if len(rows) > query.limit > 0 else None
    return Page(tuple(to_content(row[1:]) for row in rows[: query.limit]), total, following)


@lru_cache(maxsize=256)
def _queries(creator: bool, ids: bool, removed: bool, shapes: tuple[Shape, ...]) -> _Queries:
    where = [_condition(place, *shape) for place, shape in enumerate(shapes)]
    if creator:
        where.append(CONTENT.c.creator == bindparam("of"))
    if ids:
        where.append(CONTENT.c.content_id.in_(GIVEN))
    indexed = where if removed else [*where, CONTENT.c.removed_at.is_(None)]
    in_order = where if removed else [*where, _UNINDEXED.is_(None)]
    by_number = in_order if (OffChain, False) in shapes else indexed
    page = _ROWS.where(*in_order, CONTENT.c.no > bindparam("after")).limit(bindparam("most"))
    few = select(CONTENT.c.no).where(*by_number).limit(bindparam("most"))
    return _Queries(Query(few), Query(page), Query(count(CONTENT.c.no, indexed)))


def _condition(place: int, what: type[What], negated: bool) -> ColumnElement[bool]:
    found = _holds(what, bindparam(f"first{place}"), bindparam(f"last{place}"))
    return not_(found) if negated else found


def _holds(what: type[What], first: ColumnElement[Any], last: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return a kind of term as a condition; ``first`` and ``last`` are what `_values` gives."""
    if what is Words:
        return func.instr(CONTENT.c.folded, first) > 0
    if what is Creator:
        return and_(CONTENT.c.creator >= first, CONTENT.c.creator < last)
    if what is Kind:
        return CONTENT.c.content_type.like(first, escape="\\")
    if what is Price:
        return CONTENT.c.price.between(first, last)
    if what is Changed:
        return func.coalesce(CONTENT.c.changed_at, 0) > first
    return CONTENT.c.no.in_(_PARTED)


def _values(place: int, what: What, query: ContentQuery) -> dict[str, Any]:
    first: object = None
    last: object = None
    match what:
        case Words(words):
            first = words.casefold()
        case Creator(prefix):
            first, last = prefix, prefix + _PAST
        case Kind(prefix):
            first = prefix.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        case Price(low, high):
            first, last = low, high
        case Changed(seconds):
            assert query.now is not None, "the engine says what time it is"
            first = to_micros(query.now) - seconds * 1_000_000
        case OffChain():
            return {}
    return {f"first{place}": first, f"last{place}": last}
