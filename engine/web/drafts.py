"""Bodies become drafts exactly as somebody wrote them; `rules.check_draft` judges what they say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from engine.core.asking import MAX_AT_ONCE, MAX_DRAFTS
from engine.core.model import Draft, DraftItem, Operation, Problem
from engine.core.rules import MAX_ITEMS, check_draft
from engine.core.text import shown
from engine.errors import InvalidDraft, refuse
from engine.web.bodies import first, time_of
from engine.web.queries import one_of

SHARED = ("creator", "contentIds", "items", "scheduledFor", "why")
"""The fields of a draft that aren't its operation's."""


def draft_of(operation: str, body: Mapping[str, object], most: int = MAX_ITEMS) -> Draft:
    """Return the draft in a body; InvalidDraft for what has not even the form of one."""
    given = {name: body[name] for name in SHARED if name in body}
    refuse(_both(given))
    items = _items(given["items"]) if "items" in given else ()
    named: object = given.get("contentIds", [])
    bound(items or named, "items" if items else "contentIds", most)
    return Draft(
        operation=operation,
        creator=given.get("creator"),  # type: ignore[arg-type]  # the rules judge it
        content_ids=named,  # type: ignore[arg-type]
        payload={name: value for name, value in body.items() if name not in SHARED},
        items=items,
        scheduled_for=time_of(given, "scheduledFor"),
        why=given.get("why"),  # type: ignore[arg-type]
    )


def named_draft(body: Mapping[str, object], most: int = MAX_ITEMS) -> Draft:
    """Return a draft that names its operation itself, as ``operationType``."""
    operation = one_of(body.get("operationType"), "operationType", Operation)
    return draft_of(operation, {name: value for name, value in body.items() if name != "operationType"}, most)


def reviewed_draft(body: Mapping[str, object]) -> tuple[Draft, frozenset[str]]:
    """Return a draft to be reviewed, and the contents whose own removal it repeats."""
    again = body.get("again", [])
    if not isinstance(again, list) or not all(isinstance(one, str) for one in again):
        raise InvalidDraft([Problem("again", f"{shown(again)} can't be used: give a list of content ids as text")])
    bound(again, "again", MAX_AT_ONCE)
    return named_draft({name: value for name, value in body.items() if name != "again"}, MAX_AT_ONCE), frozenset(again)


def fit_drafts(body: Mapping[str, object], network: str) -> list[Draft]:
    """Return the drafts in a body; InvalidDraft names the problems of all of them."""
    drafts = drafts_of(body.get("drafts"))
    refuse(first(unfit(drafts, network)))
    return drafts


def drafts_of(given: object) -> list[Draft]:
    """Return the drafts of a list; a problem's field says in which one it is."""
    if not isinstance(given, list) or not 1 <= len(given) <= MAX_DRAFTS:
        raise InvalidDraft([Problem("drafts", f"Give a list of 1 to {MAX_DRAFTS} drafts")])
    return [_at(index, body) for index, body in enumerate(given)]


def unfit(drafts: Sequence[Draft], network: str) -> Iterator[Problem]:
    """Yield the problems of several drafts, each with its place: the engine would name those of one alone."""
    for index, draft in enumerate(drafts):
        for one in check_draft(draft, network).problems:
            yield Problem(f"drafts[{index}].{one.field}", one.message)


def _at(index: int, body: object) -> Draft:
    if not isinstance(body, Mapping):
        raise InvalidDraft([Problem(f"drafts[{index}]", f"{shown(body)} is not an object: send one")])
    try:
        return named_draft(body)
    except InvalidDraft as error:
        there = [Problem(f"drafts[{index}].{one.field}", one.message) for one in error.problems]
        raise InvalidDraft(there, error.extra) from None


def _both(given: Mapping[str, object]) -> list[Problem]:
    if "items" in given and "contentIds" in given:
        return [Problem("items", "Both items and contentIds are given: give only one of them")]
    return []


def _items(given: object) -> tuple[DraftItem, ...]:
    if not isinstance(given, list) or not given:
        raise InvalidDraft([Problem("items", f"Give a list of 1 to {MAX_ITEMS} objects, one for each content")])
    refuse(
        Problem(f"items[{index}]", f"{shown(one)} is not an object: send one with contentId and its value")
        for index, one in enumerate(given)
        if not isinstance(one, dict)
    )
    return tuple(
        DraftItem(one.get("contentId"), {name: value for name, value in one.items() if name != "contentId"})
        for one in given
    )


def bound(named: object, field: str, most: int) -> None:
    """Refuse too many contents before each of them is looked at."""
    if isinstance(named, list | tuple) and len(named) > most:
        where = "for one batch" if most == MAX_ITEMS else "at once"
        message = f"{len(named)} contents are too many {where}: give 1 to {most}"
        raise InvalidDraft([Problem(field, message)], {"submitted": len(named), "allowed": most})
