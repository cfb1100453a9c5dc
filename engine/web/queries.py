"""Strict queries: each name once, each value as it is meant, and no name that nobody knows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TypeVar
from urllib.parse import parse_qsl

from starlette.requests import Request

from engine.core.asking import MAX_PAGE, MAX_SKIP
from engine.core.model import Problem
from engine.core.text import shown, storable
from engine.errors import InvalidDraft, refuse

E = TypeVar("E", bound=StrEnum)
MOST = 1000
_INTEGER = re.compile(r"0|[1-9][0-9]{0,17}")
Asked = Mapping[str, Sequence[str]]


def asked(request: Request, *known: str, many: Sequence[str] = ()) -> Asked:
    """Return the values of a query by name; only the names in ``many`` may come more than once."""
    try:
        text = request.scope["query_string"].decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST)
    except ValueError:
        message = f"It can't be read: percent-encode UTF-8, at most {MOST} values"
        raise InvalidDraft([Problem("query", message)]) from None
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    refuse(_problems(found, (*known, *many), many))
    return found


def _problems(found: Asked, known: Sequence[str], many: Sequence[str]) -> list[Problem]:
    remedy = f"use {', '.join(known)}" if known else "leave it out"
    problems = [Problem(f"{name:.60}", f"Unknown parameter: {remedy}") for name in found if name not in known]
    problems += [Problem(name, "It is given twice: give it once") for name, values in found.items()
                 if name in known and name not in many and len(values) > 1]  # fmt: skip
    unfit = "give text without NUL"
    return problems + [
        Problem(f"{name:.60}", f"{shown(value)} can't be looked for: {unfit}")
        for name, values in found.items()
        for value in values
        if not storable(value)
    ]


def text(found: Asked, name: str) -> str | None:
    """Return a value; None when it isn't given."""
    return found[name][0] if name in found else None


def integer(found: Asked, name: str, low: int, high: int, default: int) -> int:
    """Return an integer in its range, written in digits alone."""
    given = text(found, name)
    if given is None:
        return default
    if not _INTEGER.fullmatch(given) or not low <= int(given) <= high:
        message = f"{shown(given)} can't be used: give an integer from {low} to {high}"
        raise InvalidDraft([Problem(name, message)])
    return int(given)


def limit(found: Asked, default: int, most: int = MAX_PAGE) -> int:
    """Return how many rows are wanted."""
    return integer(found, "limit", 1, most, default)


def skip(found: Asked) -> int:
    """Return how many rows are passed over; a cursor passes over them itself."""
    if "skip" in found and "after" in found:
        raise InvalidDraft([Problem("skip", "It can't go with after: give only one of them")])
    return integer(found, "skip", 0, MAX_SKIP, 0)


def flag(found: Asked, name: str) -> bool:
    """Return true or false (which is also what no value means)."""
    given = text(found, name)
    if given not in (None, "true", "false"):
        raise InvalidDraft([Problem(name, f"{shown(given)} is neither true nor false: give true or false")])
    return given == "true"


def choice(found: Asked, name: str, kind: type[E]) -> E | None:
    """Return one of a few words; None when it isn't given."""
    given = text(found, name)
    return None if given is None else one_of(given, name, kind)


def one_of(given: object, field: str, kind: type[E]) -> E:
    """Return the word that is meant; InvalidDraft names those there are."""
    for known in kind:
        if given == known.value:
            return known
    raise InvalidDraft([Problem(field, f"{shown(given)} can't be used: give one of {', '.join(kind)}")])


def words(found: Asked, name: str, kind: type[E]) -> frozenset[E]:
    """Return some of a few words, by comma."""
    given = text(found, name)
    return frozenset() if given is None else frozenset(one_of(part, name, kind) for part in given.split(","))
