"""What may be accepted: drafts, holds; each rule in one place, each refusal with field, value and remedy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.core.model import Batch, BatchStatus, Draft, Entry, Hold, ItemState, Operation, Outcome, Problem, Value
from engine.core.operations import RULES, Rule
from engine.core.summary import status
from engine.core.text import has_control_characters, shown, storable
from engine.stacks import parse_address

MAX_ITEMS = 100
MAX_CONTENT_ID = 128
MAX_WHY = 500
FIRST_YEAR, LAST_YEAR = 1970, 9998
AGAIN = (Outcome.FAILED, Outcome.OFF_CHAIN, Outcome.CANCELLED)
"""The outcomes that a retry may be asked for; cancelled items are taken only then."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A draft after the rules: either problems, or the operation and its entries.

    ``submitted`` is the number of contents given; more than `MAX_ITEMS` is one of the problems.
    """

    problems: tuple[Problem, ...]
    operation: Operation | None
    entries: tuple[Entry, ...]
    submitted: int


def check_draft(draft: Draft, network: str, most: int | None = MAX_ITEMS) -> Checked:
    """Check everything about a draft that needs no database; ``most`` None lifts the limit (for a review)."""
    operation, problems = _operation(draft.operation)
    problems += creator_problems(draft.creator, network)
    problems += _time_problems(draft.scheduled_for) + why_problems(draft.why)
    shapeless = list_problems(draft.items, "items") + list_problems(draft.content_ids, "contentIds")
    if shapeless:
        return Checked((*problems, *shapeless), operation, (), 0)
    given = [item.content_id for item in draft.items] or list(draft.content_ids)
    problems += _amount(draft, len(given), most)
    ids, id_problems = content_ids(given, "items[{}].contentId" if draft.items else "contentIds[{}]")
    problems += id_problems
    entries: tuple[Entry, ...] = ()
    if operation is not None:
        entries, value_problems = _entries(draft, RULES[operation], ids)
        problems += value_problems
    return Checked(tuple(problems), operation, () if problems else entries, len(given))


def why_problems(why: object) -> list[Problem]:
    """Check the note that somebody leaves with a batch; None is no note."""
    if why is None or (isinstance(why, str) and len(why) <= MAX_WHY and storable(why)):
        return []
    return [Problem("why", f"{shown(why)} can't be the note: give text of at most {MAX_WHY} characters")]


def list_problems(given: object, field: str) -> list[Problem]:
    """Check that ids or items come as a list: one text alone would be taken for a list of its characters."""
    if isinstance(given, Sequence) and not isinstance(given, str | bytes):
        return []
    return [Problem(field, f"{shown(given)} is not a list: put what is meant into one, also if it is only one")]


def outcome_problems(outcomes: Iterable[Outcome]) -> list[Problem]:
    """Check what a retry may take: nothing that is on the chain, or may still get there."""
    remedy = f"give {', '.join(AGAIN)}"
    return [
        Problem("outcomes", f"{shown(str(one))} can't be retried: {remedy}") for one in outcomes if one not in AGAIN
    ]


def creator_problems(creator: object, network: str) -> list[Problem]:
    """Check a creator: a canonical Stacks address of this network."""
    if not isinstance(creator, str) or not creator:
        return [Problem("creator", f"{shown(creator)} is not an address: give the creator's Stacks address")]
    try:
        address = parse_address(creator)
    except ValueError as wrong:
        said = str(wrong)
        return [Problem("creator", said if shown(creator) in said else f"{shown(creator)}: {said}")]
    if address.network != network:
        message = f"{creator} is a {address.network} address, and this engine is on {network}: give one of {network}"
        return [Problem("creator", message)]
    return []


def content_ids(given: Sequence[object], at: str) -> tuple[list[str], list[Problem]]:
    """Read content ids, text or integers, as text; ``at`` formats the field's name from the index."""
    ids: list[str] = []
    seen: dict[str, int] = {}
    problems: list[Problem] = []
    for index, raw in enumerate(given):
        content_id, why = _content_id(raw)
        if why is None and content_id in seen:
            why = f"{content_id!r} is given twice (also at {seen[content_id]}): leave one out"
        if why is not None:
            problems.append(Problem(at.format(index), why))
        seen.setdefault(content_id, index)
        ids.append(content_id)
    return ids, problems


def hold_problem(batch: Batch, hold: Hold) -> str | None:
    """Say why a batch can't be paused, resumed (NONE) or cancelled; None when it can."""
    now = status(batch)
    allowed = {
        Hold.PAUSED: (BatchStatus.SCHEDULED, BatchStatus.PENDING, BatchStatus.PROCESSING),
        Hold.NONE: (BatchStatus.PAUSED, BatchStatus.FAILED),
        Hold.CANCELLED: (
            BatchStatus.SCHEDULED,
            BatchStatus.PENDING,
            BatchStatus.PROCESSING,
            BatchStatus.PAUSED,
            BatchStatus.FAILED,
        ),
    }
    if hold in allowed and now in allowed[hold]:
        idle = hold is not Hold.NONE and batch.tally.of(ItemState.QUEUED) == 0
        return f"Every item of batch {batch.id} is applied already and goes on to the chain" if idle else None
    verb = {Hold.PAUSED: "paused", Hold.NONE: "resumed", Hold.CANCELLED: "cancelled"}.get(hold, "held")
    return f"Batch {batch.id} is {now} and can't be {verb}"


def _operation(given: object) -> tuple[Operation | None, list[Problem]]:
    try:
        return Operation(str(given)), []
    except ValueError:
        names = ", ".join(Operation)
        return None, [Problem("operation", f"{shown(given)} is not an operation: use {names}")]


def _time_problems(when: object) -> list[Problem]:
    """Check a schedule; a day at either end of the calendar can't be told in every zone."""
    if when is None:
        return []
    if not isinstance(when, datetime):
        return [Problem("scheduledFor", f"{shown(when)} is not a time: give one with its zone")]
    if when.utcoffset() is None:
        remedy = "end it with Z or an offset like +02:00"
        return [Problem("scheduledFor", f"{when.isoformat()} has no time zone: {remedy}")]
    if not FIRST_YEAR <= when.year <= LAST_YEAR:
        remedy = f"give one from {FIRST_YEAR} to {LAST_YEAR}"
        return [Problem("scheduledFor", f"{when.isoformat()} is no time for a batch: {remedy}")]
    return []


def _amount(draft: Draft, count: int, most: int | None) -> list[Problem]:
    field = "items" if draft.items else "contentIds"
    if draft.items and draft.content_ids:
        return [Problem("items", "Both items and contentIds are given: give only one of them")]
    if count == 0:
        return [Problem(field, f"No content is named: give 1 to {MAX_ITEMS}")]
    if most is not None and count > most:
        return [Problem(field, f"{count} contents are too many for one batch: give 1 to {most}")]
    return []


def _content_id(raw: object) -> tuple[str, str | None]:
    """Return the id as text, and why it can't be one."""
    if isinstance(raw, bool) or not isinstance(raw, str | int):
        return "", f"{shown(raw)} is not a content id: give text or an integer"
    if isinstance(raw, int) and abs(raw) >= 10**MAX_CONTENT_ID:
        return "", f"An integer of over {MAX_CONTENT_ID} digits is not a content id"
    content_id = str(raw)
    if not 1 <= len(content_id) <= MAX_CONTENT_ID:
        why = f"{shown(content_id)} has {len(content_id)} characters: give 1 to {MAX_CONTENT_ID}"
        return content_id[:MAX_CONTENT_ID], why
    if has_control_characters(content_id):
        return content_id, f"{shown(content_id)} has control characters: take them out"
    return content_id, None


def _entries(draft: Draft, rule: Rule, ids: list[str]) -> tuple[tuple[Entry, ...], list[Problem]]:
    if not draft.items:
        value, problems = _read(rule, draft.payload, "")
        return tuple(Entry(content_id, value) for content_id in ids), problems
    entries, problems = [], _stray(draft.payload)
    for index, (content_id, item) in enumerate(zip(ids, draft.items, strict=True)):
        value, wrong = _read(rule, item.payload, f"items[{index}].")
        entries.append(Entry(content_id, value))
        problems += wrong
    return tuple(entries), problems


def _read(rule: Rule, payload: object, at: str) -> tuple[Value, list[Problem]]:
    if isinstance(payload, Mapping):
        return rule.read(payload, at)
    return {}, [Problem(f"{at}payload", f"{shown(payload)} names no field: give {', '.join(rule.wire_keys)}")]


def _stray(payload: Mapping[str, object]) -> list[Problem]:
    """With a value for each item, one for all would be ambiguous."""
    return [Problem(str(key), f"{key} is given for all and for each item: give only one") for key in payload]
