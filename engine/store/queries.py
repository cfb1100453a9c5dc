"""Core statements of the tables, compiled once to the driver's SQL, and the connection that runs them.

SQLAlchemy writes the SQL, so that a renamed column is found at once; the driver alone runs it, because the work of
building, caching and wrapping every statement anew would cost more than the database does.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import ClauseElement, Column, FromClause, Table, insert, literal_column, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ColumnElement


class _Hinting(SQLiteCompiler):
    """Writes the hints of a statement, such as ``INDEXED BY``, behind their tables: SQLAlchemy's own drops them."""

    def get_from_hint_text(self, table: FromClause, text: str | None) -> str | None:
        return text


_DIALECT = sqlite.dialect(paramstyle="named")
_DIALECT.statement_compiler = _Hinting
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Query:
    """One statement; ``columns`` names those that an INSERT fills or an UPDATE sets."""

    def __init__(self, statement: ClauseElement, columns: Iterable[str] | None = None) -> None:
        self._statement = statement
        self._columns = None if columns is None else list(columns)

    @cached_property
    def _compiled(self) -> SQLCompiler:
        compiled = self._statement.compile(dialect=_DIALECT, column_keys=self._columns)
        assert isinstance(compiled, SQLCompiler)
        return compiled

    @cached_property
    def sql(self) -> str:
        """Return the SQL text, compiled at first use; its values are named parameters."""
        return str(self._compiled)

    @cached_property
    def constants(self) -> dict[str, Any]:
        """Return the parameters whose values the statement itself gives."""
        return {name: bind.value for name, bind in self._compiled.binds.items() if not bind.required}


class Connection:
    """One connection of the driver; ``revision`` is what the rows touched now will carry."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        self.raw = raw
        self.revision = 0

    def all(self, query: Query, **values: Any) -> list[Any]:
        """Return every row, as tuples."""
        return self._execute(query, values).fetchall()

    def one(self, query: Query, **values: Any) -> Any | None:
        """Return the first row, or None."""
        return self._execute(query, values).fetchone()

    def value(self, query: Query, **values: Any) -> Any:
        """Return the first column of the first row; None when there is none."""
        row = self.one(query, **values)
        return None if row is None else row[0]

    def run(self, query: Query, **values: Any) -> int:
        """Write, and return how many rows were touched."""
        return self._execute(query, values).rowcount

    def insert(self, query: Query, **values: Any) -> int:
        """Insert one row, and return its integer key."""
        key = self._execute(query, values).lastrowid
        assert key is not None
        return key

    def many(self, query: Query, rows: Iterable[Mapping[str, Any]]) -> None:
        """Write once for each row."""
        self.raw.executemany(query.sql, rows)

    def _execute(self, query: Query, values: dict[str, Any]) -> sqlite3.Cursor:
        return self.raw.execute(query.sql, {**query.constants, **values} if query.constants else values)


def literal(value: str) -> ColumnElement[Any]:
    """Return a value that stands in the SQL itself: SQLite uses a partial index only for those."""
    return literal_column("'" + value.replace("'", "''") + "'")


def named(table: Table, names: str) -> list[Column[Any]]:
    """Return columns of a table by their names, with spaces between."""
    return [table.c[name] for name in names.split()]


def inserting(table: Table, *without: str) -> Query:
    """Return an INSERT of every column but those ``without`` a value and the computed ones."""
    columns = [column.name for column in table.columns if column.computed is None and column.name not in without]
    return Query(insert(table), columns)


def updating(table: Table, columns: Iterable[str], *where: ColumnElement[bool]) -> Query:
    """Return an UPDATE of these columns; the parameters in ``where`` need other names than the columns have."""
    return Query(update(table).where(*where), columns)


def to_micros(at: datetime) -> int:
    """Return a time as microseconds since 1970 UTC."""
    return (at - _EPOCH) // _MICROSECOND


def micros(at: datetime | None) -> int | None:
    """Return a time as microseconds since 1970 UTC; None stays None."""
    return None if at is None else to_micros(at)


def to_time(stored: int) -> datetime:
    """Return the time that `to_micros` stored."""
    return _EPOCH + stored * _MICROSECOND


def time(stored: int | None) -> datetime | None:
    """Return the time that `micros` stored."""
    return None if stored is None else to_time(stored)


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def to_json(value: object) -> str:
    """Write JSON without spaces, any text as it is."""
    return _encode(value)
