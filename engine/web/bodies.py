"""Strict JSON: what can't be meant in one way only is refused with its place, and nothing is coerced."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from starlette.requests import Request

from engine.core.model import Problem
from engine.core.text import shown, storable
from engine.errors import InvalidDraft, refuse
from engine.web import shapes
from engine.web.answers import MOST

BODY = "batchdeck.body"
"""Where the guards leave the bytes of a POST, in the scope of its request."""
_BROKEN = "a NUL or half a character (a lone surrogate): take it out"
TIME = r"^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?([Zz]|[+-]\d{2}:\d{2})$"
_TIME = re.compile(TIME, re.ASCII)
_UNSTORABLE = re.compile(r"\\u(0000|[dD][89a-fA-F])")
"""How JSON in UTF-8 writes what no database can hold; a body without it needs no look at each of its texts."""


def body_of(request: Request, *known: str, empty: bool = False) -> dict[str, object]:
    """Return the object in a body; ``known`` are the fields it may have (none named: any), ``empty`` lets it be none.

    InvalidDraft for anything that isn't such an object.
    """
    raw = raw_of(request)
    if empty and not raw.strip():
        return {}
    found = parse(raw)
    if not isinstance(found, dict):
        raise InvalidDraft([Problem("body", f"{shown(found)} is not an object: send one")])
    if known:
        refuse(unknown(found, known))
    return found


def raw_of(request: Request) -> bytes:
    """Return the body as it came; InvalidDraft for a query beside it, of which nothing would be heeded."""
    if request.scope["query_string"]:
        raise InvalidDraft([Problem("query", "Nothing is read from it here: send it in the body")])
    body: bytes = request.scope.get(BODY, b"")
    return body


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
        text = raw.decode()
        shapes.bound_containers(text)
        found = json.loads(text, parse_constant=_no_constant, parse_float=_float, object_pairs_hook=_object)
    except RecursionError:
        raise shapes.too_deep() from None
    except UnicodeDecodeError:
        raise InvalidDraft([Problem("body", "It is not UTF-8")]) from None
    except ValueError as error:
        raise InvalidDraft([Problem("body", f"It is not JSON: {error!s:.200}")]) from None
    shapes.bound_depth(found)
    if _UNSTORABLE.search(text):
        refuse(first(_unfit(found)))
    return found


def first(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return as many problems as an answer names, and one more: looking for the others would help nobody."""
    return tuple(islice(problems, MOST + 1))


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number of JSON")


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:40]} is too large a number")
    return number


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    shapes.bound_fields(len(pairs))
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("an object names a field twice")
    return found


def _unfit(found: object) -> Iterator[Problem]:
    """Find text that no database can hold."""
    left: list[tuple[str, Any]] = [("", found)] if isinstance(found, dict | list) else []
    if isinstance(found, str):
        yield Problem("body", f"{shown(found)} has {_BROKEN}")
    while left:
        at, value = left.pop()
        if isinstance(value, dict) and not all(map(storable, value)):
            yield Problem(at or "body", f"A field's name has {_BROKEN}")
        for place, inner in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(inner, str) and not storable(inner):
                yield Problem(_name(at, place), f"{shown(inner)} has {_BROKEN}")
            elif isinstance(inner, dict | list):
                left.append((_name(at, place), inner))


def _name(at: str, place: str | int) -> str:
    if isinstance(place, int):
        return f"{at or 'body'}[{place}]"
    return f"{at}.{place:.60}" if at else f"{place:.60}"


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
