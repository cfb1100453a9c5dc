"""Writing results to a file, for the console and for `batchdeck results`: CSV, JSON or JSON lines.

A spreadsheet runs a cell that begins with ``= + - @`` as a formula, so such text gets an apostrophe before it.
With a head, JSON is ``{"summary": ..., "results": [...]}``, JSON lines begin with ``{"summary": ...}``, and CSV begins
with lines of ``# name,value`` above the columns; all other cells are quoted then, so no other line begins with ``#``.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from console.export_head import Head, head_lines
from engine.core.model import Item
from engine.errors import BatchdeckError
from engine.folders import expanded
from engine.wire import result_json

COLUMNS = (
    "contentId",
    "success",
    "outcome",
    "message",
    "error",
    "txId",
    "nonce",
    "fee",
    "blockHeight",
    "timestamp",
)
FORMATS = ("csv", "json", "jsonl")
Result = Mapping[str, object]


def results(items: Iterable[Item]) -> list[Result]:
    """Turn items into results, in their order."""
    return [result_json(item) for item in items]


def write_results(rows: Iterable[Result], format: str, file: IO[str], head: Head | None = None) -> None:
    """Write results in one of `FORMATS` to an open text file, under a head if there is one; ValueError else."""
    if format == "csv":
        _write_csv(rows, file, head)
    elif format == "json":
        listed = [dict(row) for row in rows]
        json.dump(listed if head is None else {"summary": head, "results": listed}, file, indent=2, ensure_ascii=False)
        file.write("\n")
    elif format == "jsonl":
        lines = [] if head is None else [{"summary": head}]
        file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in (*lines, *map(dict, rows)))
    else:
        raise ValueError(f"{format!r:.40} is not a format: use {', '.join(FORMATS)}")


def _write_csv(rows: Iterable[Result], file: IO[str], head: Head | None) -> None:
    csv.writer(file, lineterminator="\n").writerows(_head_cells(head or {}))
    writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_MINIMAL if head is None else csv.QUOTE_ALL)
    writer.writerow(COLUMNS)
    writer.writerows([guarded(row[column]) for column in COLUMNS] for row in rows)


def _head_cells(head: Head) -> Iterator[tuple[str, str]]:
    """Return two cells a line: a line break within would look like a row to whoever skips the lines with ``#``."""
    for name, value in head_lines(head):
        flat = " ".join(value.splitlines()) if isinstance(value, str) else value
        yield f"# {name}", guarded(flat)


def guarded(value: object) -> str:
    """Write one CSV cell: null is empty, booleans are true and false, text can't be a formula.

    A lone carriage return becomes a line feed: the csv module leaves it unquoted, and no reader takes that.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value).replace("\r\n", "\n").replace("\r", "\n")
    return f"'{text}" if isinstance(value, str) and text[:1] in ("=", "+", "-", "@", "\t", "\n") else text


def format_of(name: str) -> str:
    """Return the format that a file's name asks for by its ending; ValueError says which there are."""
    ending = Path(name).suffix.lower().lstrip(".")
    if ending not in FORMATS:
        raise ValueError(f"The name of the file must end in {', '.join('.' + one for one in FORMATS)}")
    return ending


@contextmanager
def _whole(path: Path) -> Iterator[None]:
    """Take a file away that can't be written to its end: half of the results would look like all of them."""
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def place(name: str) -> Path:
    """Return where a file of this name is, from the folder that the console was started in."""
    return expanded(Path(name)).absolute()


class ExportRefused(BatchdeckError):
    """The results can't be written there."""

    code = "export"
    http_status = 400


def save(rows: Iterable[Result], name: str, head: Head | None = None) -> int:
    """Write results to a new file in the format of its name and return how many; never over another file.

    Raises ExportRefused with the remedy: another ending, another name, another place.
    """
    listed = list(rows)
    try:
        kind = format_of(name)
        with place(name).open("x", encoding="utf-8", newline="") as file, _whole(place(name)):
            write_results(listed, kind, file, head)
            file.flush()
    except FileExistsError:
        raise ExportRefused(f"{name} is there already, and nothing is written over it: give another name") from None
    except OSError as wrong:
        raise ExportRefused(f"{name} can't be written: {wrong.strerror}; give another place") from None
    except ValueError as wrong:
        raise ExportRefused(str(wrong)) from None
    return len(listed)
