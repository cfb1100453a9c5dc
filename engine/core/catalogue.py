"""The catalogue as a file: rows of CSV, JSON or JSONL become contents, all or none, and contents become rows.

Each line that can't be used is named with its column, its value and the remedy, so one look mends the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from difflib import get_close_matches
from typing import Any, NamedTuple

from engine.core.cells import CELLS, Bad, Reader, serving_id
from engine.core.model import Content
from engine.core.tabular import FORMATS, Format, LineProblem, Row, Table, read_table, write_table
from engine.core.text import shown

__all__ = [
    "COLUMNS",
    "EXPECTED",
    "FORMATS",
    "Format",
    "LineProblem",
    "line_numbers",
    "read_catalogue",
    "unfit_contents",
    "write_catalogue",
]

COLUMNS = (
    "content_id",
    "on_chain_id",
    "creator",
    "title",
    "description",
    "content_type",
    "price",
    "token_gating",
    "refundable",
    "refund_window_days",
    "url",
)
REQUIRED = ("content_id", "creator", "title", "price")
NUMBERS_AND_FLAGS = ("on_chain_id", "price", "token_gating", "refundable", "refund_window_days")
_REMOVAL = ("removed_at", "removal_reason")
EMPTY = "is empty: every content needs it"
BLANK = "\ufeff \t\r\n"
EXPECTED: Mapping[Format, str] = {
    "csv": f"its first line names the columns ({', '.join(REQUIRED)} ...), and each line below is one content",
    "json": "write an array of contents, [{...}, {...}]",
    "jsonl": "write one content a line, {...}",
}
_DEFAULTS = {field.name: field.default for field in fields(Content)}


class _Seen(NamedTuple):
    """Where each id of the file was first seen."""

    content_ids: dict[object, int]
    on_chain_ids: dict[object, int]


def read_catalogue(text: str, format: Format, network: str) -> tuple[list[Content], list[LineProblem]]:
    """Return the contents of a file, or no content and every problem that it has, by line."""
    if format != "jsonl" and not text.lstrip(BLANK):  # a JSONL file of no content has no line
        return [], [LineProblem(1, "", f"the file is empty: {EXPECTED[format]}")]
    table = read_table(text, format)
    problems = [*table.problems, *_column_problems(table, format)]
    if any(problem.column in REQUIRED for problem in problems):
        return [], sorted(problems, key=lambda problem: problem.line)
    reader = Reader(network, "on_chain_id" not in table.columns, number_ids=True, typed=format != "csv")
    seen, read = _Seen({}, {}), []
    for row in table.rows:
        values, found = _read_row(row, reader)
        problems += found + _repeated(values, row.line, seen)
        read.append(values)
    if problems:
        return [], sorted(problems, key=lambda problem: problem.line)
    return [Content(**values) for values in read], []


def unfit_contents(contents: Iterable[Content], network: str) -> list[tuple[int, str]]:
    """Return (index, reasons) of each content of a program that no catalogue may hold, in the words for a file."""
    reader = Reader(network, typed=True)
    judged = ((index, _unfit(content, reader)) for index, content in enumerate(contents))
    return [(index, "; ".join(reasons)) for index, reasons in judged if reasons]


def _unfit(content: Content, reader: Reader) -> list[str]:
    found = []
    for column, read in CELLS.items():
        given, default = getattr(content, column), _DEFAULTS[column]
        try:
            if column in REQUIRED and given in (None, ""):
                raise Bad(EMPTY)
            if given != default or type(given) is not type(default):
                read(given, reader)
        except Bad as error:
            found.append(f"{column}: {error}")
    return found


def line_numbers(text: str, format: Format) -> list[int]:
    """Return the line on which each content of `read_catalogue` begins, to name one that is refused later."""
    return [row.line for row in read_table(text, format).rows]


def write_catalogue(contents: Iterable[Content], format: Format) -> str:
    """Return the text of a file that `read_catalogue` reads back equal.

    When a content is removed the file also has removed_at and removal_reason, and can't be imported.
    """
    found = list(contents)
    removed = any(content.removed_at for content in found)
    columns = (*COLUMNS, *_REMOVAL) if removed else COLUMNS
    return write_table(columns, ([_cell(content, column) for column in columns] for content in found), format)


def _cell(content: Content, column: str) -> object:
    if column == "removed_at":
        return content.removed_at.isoformat().replace("+00:00", "Z") if content.removed_at else None
    return getattr(content, column)


def _column_problems(table: Table, format: Format) -> list[LineProblem]:
    """Name missing required columns (CSV: a JSON row names its own) and columns that nobody knows."""
    known = (*COLUMNS, *_REMOVAL)
    found = []
    if format == "csv":
        missing = [column for column in REQUIRED if column not in table.columns]
        found = [LineProblem(1, column, "is missing: the file needs this column") for column in missing]
    for column in table.columns:
        if column not in known:
            line = next((row.line for row in table.rows if format != "csv" and column in row.cells), 1)
            found.append(LineProblem(line, column[:60], _unknown(column)))
    return found


def _unknown(column: str) -> str:
    near = get_close_matches(column.lower().replace(" ", "_"), COLUMNS, 1)
    return "is no column of the catalogue: " + (f"did you mean {near[0]}?" if near else f"use {', '.join(COLUMNS)}")


def _read_row(row: Row, reader: Reader) -> tuple[dict[str, Any], list[LineProblem]]:
    """Return the values of a row that can be read, and a problem for each that can't."""
    values: dict[str, Any] = {}
    problems = []
    for column, read in CELLS.items():
        given = row.cells.get(column)
        try:
            if given is not None and (given != "" or (reader.typed and column in NUMBERS_AND_FLAGS)):
                values[column] = read(given, reader)
            elif column in REQUIRED:
                raise Bad(EMPTY)
        except Bad as error:
            problems.append(LineProblem(row.line, column, str(error)))
    if reader.ids_serve and "content_id" in values:
        values["on_chain_id"] = serving_id(str(values["content_id"]))
    return values, problems


def _repeated(values: Mapping[str, Any], line: int, seen: _Seen) -> list[LineProblem]:
    """Name an id that an earlier line has, and remember those of this one, whatever else is wrong with either."""
    content_id, on_chain_id = values.get("content_id"), values.get("on_chain_id")
    found = _seen_before("content_id", content_id, line, seen.content_ids)
    again = _seen_before("on_chain_id", on_chain_id, line, seen.on_chain_ids)
    serves = on_chain_id is not None and str(on_chain_id) == content_id
    return found if found and serves else found + again


def _seen_before(column: str, value: object, line: int, lines: dict[object, int]) -> list[LineProblem]:
    if value is None:
        return []
    first = lines.setdefault(value, line)
    if first == line:
        return []
    return [LineProblem(line, column, f"{shown(value)} is on line {first} already: give each content its own")]
