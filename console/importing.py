"""Importing a catalogue from a file that an operator names: all of it, or a sentence for each line that can't be."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from console.id_file import read_text
from engine.core.catalogue import EXPECTED, Format, LineProblem, line_numbers, read_catalogue
from engine.core.model import Content, Problem
from engine.door import Engine
from engine.errors import InvalidDraft

ENDINGS: Mapping[str, Format] = {".csv": "csv", ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl"}
NAMED = "name it .csv, .json or .jsonl"
MOST = 200_000_000


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file: how many contents are in the catalogue now, or why none of them is."""

    name: str
    count: int
    problems: tuple[LineProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A file that was read: what it holds, and what is wrong in it."""

    name: str
    text: str
    kind: Format
    contents: Sequence[Content]
    problems: Sequence[LineProblem]


async def read_file(name: str, network: str) -> Catalogue:
    """Read a file; InvalidDraft when it can't be read at all."""
    kind = ENDINGS.get(Path(name).suffix.lower())
    if kind is None:
        raise InvalidDraft([Problem(name, f"its format isn't known: {NAMED}")])
    text = await asyncio.to_thread(read_text, name, MOST, "a catalogue")
    contents, problems = await asyncio.to_thread(read_catalogue, text, kind, network)
    return Catalogue(name, text, kind, contents, tuple(problems) if contents or problems else (nothing(kind),))


async def import_read(engine: Engine, read: Catalogue) -> Imported:
    """Import what was read, all of it or nothing."""
    if read.problems:
        return Imported(read.name, 0, tuple(read.problems))
    refused = await engine.import_contents(read.contents)
    lines = refusals(read.text, read.kind, read.contents, refused)
    return Imported(read.name, 0 if refused else len(read.contents), tuple(lines))


def nothing(kind: Format) -> LineProblem:
    """Say that a file has no content, and how one is written."""
    return LineProblem(1, "", f"has no content: {EXPECTED[kind]}")


def refusals(
    text: str, kind: Format, contents: Sequence[Content], refused: Sequence[tuple[int, str]]
) -> list[LineProblem]:
    """Name the lines of the contents that the engine refused."""
    lines = line_numbers(text, kind) if refused else []
    return [LineProblem(lines[at], "content_id", f"{contents[at].content_id!r}: {why}") for at, why in refused]
