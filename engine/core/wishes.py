"""What a retry or revert may be asked for: whatever a caller sent is judged, and every problem of it is named."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import islice

from engine.core.model import Outcome, Problem
from engine.core.rules import AGAIN, content_ids, list_problems, outcome_problems, why_problems
from engine.core.text import shown

MOST_STRANGE = 100
"""Outcomes that nobody knows, beyond which no more are named: somebody sent thousands by mistake."""


@dataclass(frozen=True, slots=True)
class CheckedWish:
    """A wish after the rules: either problems, or what it asks for.

    No outcome means that none was named, so the usual ones are meant; no ``content_ids``, that all contents are.
    """

    problems: tuple[Problem, ...]
    outcomes: frozenset[Outcome]
    content_ids: tuple[str, ...] | None
    why: str | None


def check_wish(outcomes: object = None, named: object = None, why: object = None) -> CheckedWish:
    """Check everything about a wish that needs no database; None of a part means that it wasn't given."""
    known, problems = _outcomes(outcomes)
    ids, id_problems = _named(named)
    problems += id_problems + why_problems(why)
    return CheckedWish(tuple(problems), known, ids, why if isinstance(why, str) else None)


def _outcomes(given: object) -> tuple[frozenset[Outcome], list[Problem]]:
    if given is None:
        return frozenset(), []
    if not isinstance(given, Collection) or isinstance(given, str | bytes | Mapping) or not given:
        message = f"{shown(given)} is no list of outcomes: give at least one of {', '.join(AGAIN)}"
        return frozenset(), [Problem("outcomes", message)]
    known = {outcome for outcome in Outcome if outcome in given}
    strange = (
        Problem(f"outcomes[{index}]", f"{shown(one)} is no outcome: give {', '.join(AGAIN)}")
        for index, one in enumerate(given)
        if not any(one == outcome for outcome in Outcome)
    )
    return frozenset(known), [*islice(strange, MOST_STRANGE), *outcome_problems(sorted(known))]


def _named(given: object) -> tuple[tuple[str, ...] | None, list[Problem]]:
    """Read the contents that are named; naming none of them is no way to say all."""
    if given is None:
        return None, []
    if problems := list_problems(given, "contentIds"):
        return None, problems
    assert isinstance(given, Collection)
    if not given:
        return None, [Problem("contentIds", "No content is named: name some, or leave the field out for all")]
    ids, problems = content_ids(list(given), "contentIds[{}]")
    return tuple(ids), problems
