"""PURE: the form of Compose: what is typed becomes an intent, with a note or a problem for each field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from rich.text import Text

from console.composing import Intent, Pick, by_creator, parse_ids, parse_new_price, parse_set, parse_time
from console.forms import amount, clock, listed, many
from console.text import display_text, glyphs
from engine.core.adjusting import Adjustment
from engine.core.model import Content, Draft, Operation, Problem
from engine.core.operations.metadata import FIELDS
from engine.core.rules import MAX_ITEMS, check_draft

EMPTY = '""'
"""What is typed to empty a text: a blank field means that it stays as it is."""
PAYLOAD_FIELDS: Mapping[str, tuple[str, ...]] = {
    Operation.UPDATE_PRICE: ("newPrice",),
    Operation.REMOVE_CONTENT: ("removalReason",),
    Operation.UPDATE_METADATA: tuple(f"updates.{one.wire}" for one in FIELDS),
}
_STAND_IN = "content-1"
_ABOUT = ("scheduledFor", "why")
_SHOWN = 3
_BATCH_SHOWN = 6
_ADJUSTMENT = "adjustment"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a form says: an intent when nothing is wrong or missing, and by field what to say beside it.

    ``missing`` is what has to be filled in still: no fault until somebody wants to go on.
    """

    intent: Intent | None
    problems: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IdsReading:
    """What the typed ids say: the picks they make, which ids have to be looked up first, and a note or problem.

    ``strays`` are those that the catalogue was asked for in vain or that are removed, ``kept`` the others.
    """

    picks: tuple[Pick, ...] = ()
    unknown: tuple[str, ...] = ()
    note: str = ""
    problem: str | None = None
    kept: tuple[str, ...] = ()
    strays: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Own:
    """The values that an earlier batch gave to its contents, each its own, as the wire's payloads by content id."""

    batch_id: str
    operation: str
    values: Mapping[str, Mapping[str, object]]


def read_form(operation: str, texts: Mapping[str, str], network: str, now: datetime, own: Own | None = None) -> Reading:
    """Read the fields that the operation has; ``texts`` are by wire name. A time that has passed means at once.

    With nothing filled in, ``own`` values hold.
    """
    payload, problems, missing = _payload(operation, texts)
    adjustment = payload.pop(_ADJUSTMENT, None)
    stand_in = {"newPrice": 1} if adjustment else payload
    values = own.values if own and missing and own.operation == operation else None
    when = parse_time(texts.get("scheduledFor", ""))
    if isinstance(when, Problem):
        problems[when.field], when = when.message, None
    why = texts.get("why", "").strip() or None
    draft = Draft(operation, "", (_STAND_IN,), stand_in, scheduled_for=when, why=why)
    unread = bool(problems or missing)
    for problem in check_draft(draft, network).problems:
        if problem.field in _ABOUT or (problem.field != "creator" and not unread):
            problems.setdefault(problem.field, problem.message)
    due = when if when and when > now and "scheduledFor" not in problems else None
    notes = {
        PAYLOAD_FIELDS[operation][0]: _value_note(payload, adjustment, own if values else None),
        "scheduledFor": _begin_note(when, due),
    }
    if values is not None:
        missing = {}
    found = adjustment if isinstance(adjustment, Adjustment) else None
    intent = None if problems or missing else Intent(operation, payload, due, why, found, values)
    return Reading(intent, problems, missing, notes)


def _payload(operation: str, texts: Mapping[str, str]) -> tuple[dict[str, object], dict[str, str], dict[str, str]]:
    """Return the wire's payload, and by field what is wrong and what is missing."""
    if operation == Operation.UPDATE_PRICE:
        return _price(texts.get("newPrice", ""))
    if operation == Operation.REMOVE_CONTENT:
        reason = texts.get("removalReason", "").strip()
        return ({"removalReason": reason} if reason else {}), {}, {}
    return _updates(texts)


def _price(text: str) -> tuple[dict[str, object], dict[str, str], dict[str, str]]:
    price = parse_new_price(text)
    if not isinstance(price, Problem):
        return {"newPrice" if isinstance(price, int) else _ADJUSTMENT: price}, {}, {}
    said = {price.field: price.message}
    return ({}, said, {}) if text.strip() else ({}, {}, said)


def _updates(texts: Mapping[str, str]) -> tuple[dict[str, object], dict[str, str], dict[str, str]]:
    updates: dict[str, object] = {}
    problems: dict[str, str] = {}
    for name in PAYLOAD_FIELDS[Operation.UPDATE_METADATA]:
        text, wire = texts.get(name, ""), name.removeprefix("updates.")
        if not text.strip():
            continue
        found = parse_set(f"{wire}={'' if text.strip() == EMPTY else text}")
        if isinstance(found, Problem):
            problems[name] = found.message
        else:
            updates.update(found)
    missing = {} if updates or problems else {"updates.title": "fill in one or more of these"}
    return {"updates": updates} if updates else {}, problems, missing


def _value_note(payload: Mapping[str, object], adjustment: object, own: Own | None) -> str:
    price = payload.get("newPrice")
    if own is not None:
        return f"each its own, as in {own.batch_id[-_BATCH_SHOWN:]}; type one for all"
    if isinstance(adjustment, Adjustment):
        return f"from the price that each has: {adjustment.text}"
    return f"{amount(price)} each ({price:,} µSTX)" if isinstance(price, int) else ""


def _begin_note(when: datetime | None, due: datetime | None) -> str:
    if due:
        return f"begins at {clock(due)}"
    return "has passed: begins at once" if when else "begins at once"


def read_ids(
    text: str,
    known: Mapping[str, Content],
    missing: frozenset[str],
    creator: str,
    marked: Mapping[str, Pick],
    key: str = "",
) -> IdsReading:
    """Read the typed ids; ``missing`` are those that the catalogue was asked for in vain, unless they came since.

    Known contents go with their own creator; missing ones only with one that is named, removed ones not at all.
    ``key`` leaves both out.
    """
    if not text.strip():
        return IdsReading()
    ids, missing = parse_ids(text), missing - known.keys()
    if isinstance(ids, Problem):
        return IdsReading(problem=ids.message)
    unknown = tuple(one for one in ids if one not in known and one not in missing)
    lost = [one for one in ids if one in missing]
    removed = [one for one in ids if one in known and known[one].removed_at is not None]
    foreign = [one for one in ids if creator and one in known and known[one].creator != creator]
    picks = tuple(Pick(one, known[one].creator if one in known else creator) for one in ids if one not in unknown)
    both = sum(one in marked for one in ids)
    note = many(len(ids), "id") + (f", {both} of them marked too" if both else "")
    note += f", {len(lost)} not in the catalogue" if lost else ""
    problem = _ids_problem(lost if not creator else [], removed, foreign, key)
    strays = dict.fromkeys([*lost, *removed])
    kept = tuple(one for one in ids if one not in strays)
    return IdsReading(picks, unknown, note, problem, kept, tuple(strays))


def _ids_problem(lost: Sequence[str], removed: Sequence[str], foreign: Sequence[str], key: str) -> str | None:
    leave = f"Leave out ({key})" if key else "Leave out"
    if removed:
        absent = f"Not in the catalogue: {listed(lost, _SHOWN)}. " if lost else ""
        return f"{absent}Already removed: {listed(removed, _SHOWN)}. {leave}"
    if lost:
        return f"Not in the catalogue: {listed(lost, _SHOWN)}. {leave}, or name the creator"
    if foreign:
        return f"Of another creator than the one named: {listed(foreign, _SHOWN)}. Leave out, or name all creators"
    return None


def sum_text(picks: Iterable[Pick]) -> Text:
    """Say how many items of how many creators make how many batches, why several, and how many belong to nobody."""
    groups = by_creator(picks)
    lost = len(groups.pop("", ()))
    items = sum(map(len, groups.values()))
    if not items:
        return Text("Nothing is chosen yet: Space marks, a takes all, or name ids above", "muted")
    batches = sum(-(-len(ids) // MAX_ITEMS) for ids in groups.values())
    text = Text(f"{many(items, 'item')} of {many(len(groups), 'creator')}", "strong")
    if lost:
        text.append(f"; {lost:,} unknown", "bad")
    text.append(f" {glyphs().arrow} {many(batches, 'batch', 'batches')}", "accent")
    if batches > len(groups):
        text.append(f", split in order, {MAX_ITEMS} at most", "warning")
    elif batches > 1:
        text.append(", one for each creator", "warning")
    return text


def merged(marked: Mapping[str, Pick], typed: Iterable[Pick]) -> list[Pick]:
    """Put marked and typed picks together, each content once."""
    return list({**marked, **{pick.content_id: pick for pick in typed if pick.content_id not in marked}}.values())


def field_of(name: str) -> str:
    """Return the form's field that a problem of the engine belongs to: ``contentIds[3]`` -> ``contentIds``."""
    return "contentIds" if name.startswith(("contentIds", "items")) else display_text(name)
