"""What each setting takes, in words: a refusal tells what to write, not what the library that reads it missed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, get_args, get_origin

from pydantic.fields import FieldInfo

_BOUNDS = ("ge", "gt", "le", "min_length", "max_length")


def wanted(field: FieldInfo, given: object) -> str:
    """Say what to give in place of ``given``: e.g. ``a whole number from 1 to 25``, ``text in quotes``."""
    kind = field.annotation
    if get_origin(kind) is Literal:
        *first, last = map(repr, get_args(kind))
        return f"{', '.join(first)} or {last}"
    bounds = {name: getattr(one, name) for one in field.metadata for name in _BOUNDS if hasattr(one, name)}
    if kind in (int, float):
        return f"{'a whole number' if kind is int else 'a number'} {_range(bounds)}"
    what = "the path of a file" if any(get_args(one)[:1] == (Path,) for one in get_args(kind)) else "text"
    length = f" of {bounds['min_length']} to {bounds['max_length']} characters" if "max_length" in bounds else ""
    return f"{what}{length}{'' if isinstance(given, str) else ' in quotes'}"


def _range(bounds: Mapping[str, object]) -> str:
    lowest = f"above {bounds['gt']} and at most" if "gt" in bounds else f"from {bounds['ge']} to"
    return f"{lowest} {bounds['le']}"
