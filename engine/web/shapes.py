"""How much may be in one body: bounds on its objects, lists, fields and depth, so that reading it stays cheap."""

from __future__ import annotations

from collections.abc import Iterable

from engine.core.model import Problem
from engine.errors import InvalidDraft

MAX_CONTAINERS = 300_000
"""Objects and lists in one body; what 8 MB can hold of them would cost a hundred times its weight."""
MAX_FIELDS = 1_000
DEEPEST = 16


def bound_containers(text: str) -> None:
    """Refuse JSON text with too many objects and lists, before any of them is made."""
    if _brackets(text) > MAX_CONTAINERS and _brackets(_outside_of_texts(text)) > MAX_CONTAINERS:
        raise _refusal(f"It has more than {MAX_CONTAINERS} objects and lists: send less at once")


def bound_fields(count: int) -> None:
    """Refuse an object of too many fields."""
    if count > MAX_FIELDS:
        raise _refusal(f"An object has {count} fields: give at most {MAX_FIELDS}")


def bound_depth(found: object) -> None:
    """Refuse what is nested deeper than anything here is."""
    level = [found]
    for _ in range(DEEPEST + 1):
        level = [inner for value in level for inner in _inside(value) if isinstance(inner, dict | list)]
        if not level:
            return
    raise too_deep()


def too_deep() -> InvalidDraft:
    """Return the refusal of what is nested too deep."""
    return _refusal("It is nested too deep")


def _inside(value: object) -> Iterable[object]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _brackets(text: str) -> int:
    return text.count("{") + text.count("[")


def _outside_of_texts(text: str) -> str:
    """Return what stands outside of quotes: there a bracket is one."""
    return "".join(text.replace("\\\\", "").replace('\\"', "").split('"')[::2])


def _refusal(message: str) -> InvalidDraft:
    return InvalidDraft([Problem("body", message)])
