"""Strict JSON: what can't be meant in one way only is refused with its place, and nothing is coerced."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from starlette.requests import Request

from engine.core.model import Problem
from engine.core.text import shown, storable
from engine.errors import InvalidDraft, refuse

BODY = "batchdeck.body"
"""Where the guards leave the bytes of a POST, in the scope of its request."""
DEEPEST = 16
_BROKEN = "a NUL or half a character (a lone surrogate): take it out"
TIME = r"^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?([Zz]|[+-]\d{2}:\d{2})$"
_TIME = re.compile(TIME, re.ASCII)


def body_of(request: Request, *known: str, empty: bool = False) -> dict[str, object]:
    """Return the object in a body; ``known`` are the fields it may have (none named: any), ``empty`` lets it be none.

    InvalidDraft for anything that isn't such an object.
    """
    raw: bytes = request.scope.get(BODY, b"")
    if empty and not raw.strip():
        return {}
    found = parse(raw)
    if not isinstance(found, dict):
        raise InvalidDraft([Problem("body", f"{shown(found)} is not an object: send one")])
    if known:
        refuse(unknown(found, known))
    return found


def unknown(found: Iterable[str], known: Iterable[str], at: str = "") -> list[Problem]:
    """Name each field that nobody knows."""
    allowed = tuple(known)
    remedy = f"use {', '.join(allowed)}" if allowed else "send {}"
    strange = (name for name in found if name not in allowed)
    return [Problem(f"{at}{name:.60}", f"Unknown field {shown(name)}: {remedy}") for name in strange]


def parse(raw: bytes) -> object:
    """Read JSON text of UTF-8; InvalidDraft names what is wrong with it."""
    if not raw.strip():
        raise InvalidDraft([Problem("body", "There is no body: send a JSON object")])
    try:
        found = json.loads(raw.decode(), parse_constant=_no_constant, parse_float=_float, object_pairs_hook=_object)
    except RecursionError:
        raise InvalidDraft([Problem("body", "It is nested too deep")]) from None
    except UnicodeDecodeError:
        raise InvalidDraft([Problem("body", "It is not UTF-8")]) from None
    except ValueError as error:
        raise InvalidDraft([Problem("body", f"It is not JSON: {error!s:.200}")]) from None
    refuse(_unfit(found))
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number of JSON")


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:40]} is too large a number")
    return number


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("an object names a field twice")
    return found


def _unfit(found: object) -> list[Problem]:
    """Find text that no database can hold, and depths that nothing here has."""
    left: list[tuple[str, object, int]] = [("body", found, 0)]
    problems = []
    while left:
        at, value, depth = left.pop()
        if depth > DEEPEST:
            return [Problem("body", "It is nested too deep")]
        if isinstance(value, str) and not storable(value):
            problems.append(Problem(at, f"{shown(value)} has {_BROKEN}"))
        elif isinstance(value, dict | list):
            left += [(name, inner, depth + 1) for name, inner in _inside("" if at == "body" else at, value)]
        if isinstance(value, dict) and not all(map(storable, value)):
            problems.append(Problem(at, f"A field's name has {_BROKEN}"))
    return problems


def _inside(at: str, value: dict[str, object] | list[object]) -> Iterator[tuple[str, object]]:
    if isinstance(value, list):
        for index, inner in enumerate(value):
            yield f"{at or 'body'}[{index}]", inner
        return
    for name, inner in value.items():
        yield (f"{at}.{name:.60}" if at else f"{name:.60}"), inner


def time_of(body: Mapping[str, object], field: str) -> datetime | None:
    """Read a time with its zone as RFC 3339 writes it; None when the field is null or isn't there."""
    given = body.get(field)
    if given is None:
        return None
    remedy = "give a time with its zone, like 2026-12-24T08:00:00Z or 2026-12-24T08:00:00+02:00"
    if not isinstance(given, str) or not _TIME.fullmatch(given):
        raise InvalidDraft([Problem(field, f"{shown(given)} is not a time: {remedy}")])
    try:
        return datetime.fromisoformat(_six_digits(given.upper()))
    except ValueError:
        raise InvalidDraft([Problem(field, f"{shown(given)} is in no calendar: {remedy}")]) from None


def _six_digits(text: str) -> str:
    """Cut what is finer than a microsecond: nothing here can tell it."""
    return re.sub(r"(\.\d{6})\d+", r"\1", text)
