"""Tables as text: CSV, JSON or JSONL to rows that know their line, and rows back to text.

Pure, and apart from the catalogue's rules: here a cell is only text or a JSON value.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NoReturn

Format = Literal["csv", "json", "jsonl"]
FORMATS: tuple[Format, ...] = ("csv", "json", "jsonl")

_SPACE = re.compile(r"[ \t\r\n]*")


@dataclass(frozen=True, slots=True)
class LineProblem:
    """Why a line of a file can't be used: its number, the column (empty: the whole line), the remedy."""

    line: int
    column: str
    message: str

    def __str__(self) -> str:
        return (
            f"line {self.line}, {self.column}: {self.message}" if self.column else f"line {self.line}: {self.message}"
        )


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a file and the line on which it begins."""

    line: int
    cells: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a file, the columns that it has, and the lines that aren't records."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    problems: tuple[LineProblem, ...]


def read_table(text: str, format: Format) -> Table:
    """Split a file's text into rows; a byte order mark and any kind of line end are right."""
    text = text.removeprefix("\ufeff")
    if format == "csv":
        return _read_csv(text)
    found = list(_json_lines(text) if format == "jsonl" else _json_array(text))
    rows = tuple(row for row in found if isinstance(row, Row))
    columns = tuple(dict.fromkeys(column for row in rows for column in row.cells))
    return Table(columns, rows, tuple(problem for problem in found if isinstance(problem, LineProblem)))


def write_table(columns: Sequence[str], rows: Iterable[Sequence[object]], format: Format) -> str:
    """Return the text of a table; in CSV a missing value is an empty cell and a boolean `true` or `false`."""
    if format == "csv":
        lines = [columns, *rows]
        return "".join(",".join(_csv_cell(cell) for cell in line) + "\n" for line in lines)
    records = [json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False) for row in rows]
    if format == "jsonl":
        return "".join(record + "\n" for record in records)
    return "[\n" + ",\n".join(records) + "\n]\n" if records else "[]\n"


def _csv_cell(cell: object) -> str:
    if cell is None:
        return ""
    text = str(cell).lower() if isinstance(cell, bool) else str(cell)
    return '"' + text.replace('"', '""') + '"' if any(char in text for char in ',"\r\n') else text


def _read_csv(text: str) -> Table:
    header: tuple[str, ...] = ()
    rows: list[Row] = []
    problems: list[LineProblem] = []
    for line, cells in _csv_records(text):
        if isinstance(cells, str):
            problems.append(LineProblem(line, "", cells))
        elif not header:
            header = tuple(cell.strip() for cell in cells)
            problems += _header_problems(header, line)
        elif len(cells) != len(header):
            message = f"has {len(cells)} cells where the header has {len(header)}: put text with commas in quotes"
            problems.append(LineProblem(line, "", message))
        else:
            rows.append(Row(line, dict(zip(header, cells, strict=True))))
    return Table(header, tuple(rows), tuple(problems))


def _csv_records(text: str) -> Iterator[tuple[int, list[str] | str]]:
    """Yield (first line, cells) of each record that isn't empty, or (line, what is wrong) in place of it."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, f"isn't CSV ({error}): close each quote, and double a quote inside quotes"
        else:
            if cells:
                yield line, cells


def _header_problems(header: Sequence[str], line: int) -> list[LineProblem]:
    twice = sorted({column for column in header if header.count(column) > 1})
    return [LineProblem(line, column, "is there twice: leave one of the columns") for column in twice]


def _json_lines(text: str) -> Iterator[Row | LineProblem]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield _json_record(line, 0, number)[0]


def _json_array(text: str) -> Iterator[Row | LineProblem]:
    """Walk through the array by hand, because a parsed one no longer knows its lines."""
    at, line, counted = _skip(text, 0), 1, 0
    if text[at : at + 1] != "[":
        yield LineProblem(1, "", "isn't a JSON array: write [{...}, {...}]")
        return
    at = end = _skip(text, at + 1)
    while text[end : end + 1] != "]":
        line, counted = line + text.count("\n", counted, at), at
        record, end = _json_record(text, at, line)
        yield record
        end = _skip(text, end)
        if text[end : end + 1] not in (",", "]"):
            if isinstance(record, Row):
                yield LineProblem(line, "", "isn't followed by a comma or ]: write [{...}, {...}]")
            return
        at = _skip(text, end + 1)
    if text[end + 1 :].strip():
        yield LineProblem(line, "", "is followed by something behind the array: take it away")


def _json_record(text: str, at: int, line: int) -> tuple[Row | LineProblem, int]:
    """Read one object; the second value is where it ends (the text's end when it can't be read)."""
    try:
        value, end = _DECODER.raw_decode(text, _skip(text, at))
    except (ValueError, RecursionError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        return LineProblem(line, "", f"isn't JSON: {reason}"), len(text)
    if not isinstance(value, dict):
        return LineProblem(line, "", "isn't a JSON object: write {...}"), end
    return Row(line, value), end


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)!r:.60} is there twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)
