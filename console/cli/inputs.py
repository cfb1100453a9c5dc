"""What people type into flags and files, as the engine takes it; InvalidDraft names the flag and the remedy."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from console import composing
from engine.core.adjusting import Adjustment
from engine.core.model import Outcome, Problem
from engine.errors import InvalidDraft
from engine.folders import expanded

T = TypeVar("T")
STDIN = "-"


def read_ids(ids: str | None, file: str | None) -> list[str] | None:
    """Return the ids of `--ids` and `--ids-file` together; None when neither is given."""
    texts = [text for text in (ids, None if file is None else read_text(file)) if text is not None]
    return [found for text in texts for found in taken(composing.parse_ids(text))] if texts else None


def read_text(file: str) -> str:
    """Return the text of a file, or of stdin for ``-``; a UTF-8 byte order mark is taken away."""
    try:
        data = sys.stdin.buffer.read() if file == STDIN else expanded(Path(file)).read_bytes()
        return data.decode("utf-8-sig")
    except OSError as error:
        raise InvalidDraft([Problem(file, f"can't be read: {error.strerror}")]) from None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InvalidDraft([Problem(file, f"line {line} isn't UTF-8: save the file as UTF-8")]) from None


def read_price(text: str | None) -> tuple[Adjustment | None, int | None]:
    """Return how a price differs, or the price itself; neither for no text."""
    if text is None:
        return None, None
    found = composing.parse_new_price(text)
    if isinstance(found, Problem):
        raise InvalidDraft([found])
    return (found, None) if isinstance(found, Adjustment) else (None, found)


def read_payload(price: int | None, reason: str | None, updates: Sequence[str]) -> dict[str, object]:
    """Return the wire's payload of all value flags that are given; the operation refuses those it doesn't have."""
    payload: dict[str, object] = {}
    if price is not None:
        payload["newPrice"] = price
    if reason is not None:
        payload["removalReason"] = reason
    if updates:
        payload["updates"] = taken(composing.parse_set(updates))
    return payload


def read_time(text: str | None, field: str = "scheduledFor") -> datetime | None:
    """Return an ISO 8601 time with its zone; ``field`` is what to call it when it can't be read."""
    found = None if text is None else composing.parse_time(text)
    return taken(replace(found, field=field) if isinstance(found, Problem) else found)


def read_outcomes(text: str | None) -> frozenset[Outcome]:
    """Return the outcomes of a list by comma; none for no text."""
    return frozenset(_outcome(part.strip()) for part in (text or "").split(",") if part.strip())


def _outcome(text: str) -> Outcome:
    try:
        return Outcome(text)
    except ValueError:
        message = f"{text!r} isn't an outcome: use {', '.join(Outcome)}"
        raise InvalidDraft([Problem("outcome", message)]) from None


def taken(found: T | Problem) -> T:
    """Return what was read, or refuse it."""
    if isinstance(found, Problem):
        raise InvalidDraft([found])
    return found
