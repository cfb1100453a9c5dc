"""What text may be kept: anything a person can write, but nothing that a file or a database can't hold."""

from __future__ import annotations

import re
import unicodedata

from engine.stacks import checks

__all__ = ["has_control_characters", "many", "shown", "storable"]

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def shown(value: object) -> str:
    """A value as a refusal shows it: what is given comes from JSON, which knows no True and no None."""
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else checks.shown(value)


def storable(text: str) -> bool:
    """Tell whether text has neither NUL nor lone surrogates, which SQLite, PostgreSQL or UTF-8 refuse."""
    return not _UNSTORABLE.search(text)


def has_control_characters(text: str) -> bool:
    """Tell whether text holds a character of category C (control, format, surrogate, private, unassigned)."""
    return not text.isprintable() and any(unicodedata.category(char).startswith("C") for char in text)


def many(count: int, noun: str, plural: str = "") -> str:
    """Write a count with its noun: ``1 item``, ``1,250 items``."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"
