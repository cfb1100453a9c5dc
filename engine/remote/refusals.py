"""PURE: an answer that refuses becomes the error that the engine raised there, equal in class, words and problems."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from engine.core.model import Problem
from engine.errors import (
    BatchdeckError,
    Conflict,
    Forbidden,
    Gone,
    InvalidDraft,
    NotFound,
    TooManyRequests,
    Unauthorized,
    Unavailable,
)

_KINDS = {kind.code: kind for kind in (NotFound, Conflict, Gone, Unavailable, Forbidden)}
_EXTRA = ("submitted", "allowed")
_ROW = re.compile(r"rows\[(\d+)\](?:\.(\w+))?")
_PAUSE = 1.0


def error(status: int, headers: Mapping[str, str], body: object, address: str, known: bool) -> BatchdeckError:
    """Return the error that an answer stands for; ``known`` tells whether a token was sent."""
    if 300 <= status < 400:
        return Unavailable(f"{address} sends us elsewhere ({status}): give the address of the engine itself")
    if not isinstance(body, Mapping) or not isinstance(body.get("message"), str):
        return stranger(address, f"status {status}")
    code, said = body.get("code"), str(body["message"])
    if isinstance(body.get("errors"), list):
        return InvalidDraft(_problems(body["errors"]), {name: body[name] for name in _EXTRA if name in body})
    if status == TooManyRequests.http_status:
        return TooManyRequests(said, _seconds(headers.get("retry-after", "")))
    if status == Unauthorized.http_status:
        return Unauthorized(_token_wanted(address, known))
    if status >= 500 and code != Unavailable.code:
        return Unavailable(f"The engine at {address} failed: {said}")
    kind = _KINDS.get(str(code))
    return kind(said) if kind else InvalidDraft([Problem("request", said)])


def stranger(address: str, why: str) -> Unavailable:
    """Say that something else answers there."""
    return Unavailable(f"{address} gives no answer of a Batchdeck engine of this release ({why}): check the address")


def refused_rows(refused: InvalidDraft) -> list[tuple[int, str]]:
    """Return (index, reason) of each row of an import that was refused; raise it when it isn't about rows."""
    found = []
    for problem in refused.problems:
        row = _ROW.fullmatch(problem.field)
        if row is None:
            raise refused
        found.append((int(row[1]), f"{row[2]}: {problem.message}" if row[2] else problem.message))
    return found


def _problems(given: list[Any]) -> list[Problem]:
    return [Problem(str(one["field"]), str(one["message"])) for one in given]


def _token_wanted(address: str, known: bool) -> str:
    if known:
        return f"The engine at {address} doesn't know this token: put one of its tokens into the file of --token-file"
    return f"The engine at {address} asks for a token: give --token-file FILE with one of its tokens"


def _seconds(text: str) -> float:
    return float(text) if text.isascii() and text.isdecimal() else _PAUSE
