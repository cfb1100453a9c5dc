"""PURE: what an operator types becomes prices, ids and metadata; choices become drafts. Screens and commands share it.

A reader returns what it read, or a `Problem` that names the value and the remedy; it never raises and never guesses.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.core.adjusting import Adjustment, is_adjustment, read_adjustment
from engine.core.amounts import WAYS, read_amount
from engine.core.model import Draft, DraftItem, Operation, Problem, Scalar
from engine.core.operations import RULES
from engine.core.operations.metadata import FIELDS, UpdateMetadata
from engine.core.operations.price import MAX_PRICE
from engine.core.reports import Selection
from engine.core.rules import MAX_ITEMS, content_ids
from engine.core.text import shown

MOST_IN_RANGE = 10_000
MOST_IDS = 100_000
FOR_ALL = "contentIds[{}]"

_RANGE = re.compile(r"(0|[1-9][0-9]{0,38})-(0|[1-9][0-9]{0,38})")
_SEPARATORS = re.compile(r"[,\s]+")
_LIMITS = f"from 1 to {MAX_PRICE} µSTX"
_TAKES_FLAG = frozenset(field.wire for field in FIELDS if field.test(True))
_TAKES_INTEGER = frozenset(field.wire for field in FIELDS if field.test(1))


@dataclass(frozen=True, slots=True)
class Pick:
    """One chosen content and the creator whose batch it goes into."""

    content_id: str
    creator: str


@dataclass(frozen=True, slots=True)
class Intent:
    """What shall happen to every content that is chosen: all of a draft but its creator and its ids.

    ``adjustment`` stands for a price until `pricing.fitted` has put one for each content into ``values``, which
    hold in place of the one ``payload``.
    """

    operation: str
    payload: Mapping[str, object]
    scheduled_for: datetime | None = None
    why: str | None = None
    adjustment: Adjustment | None = None
    values: Mapping[str, Mapping[str, object]] | None = None


def parse_price(text: str) -> int | Problem:
    """Read ``1.5stx``, ``1.5 STX``, ``1500000``, ``1500000ustx`` or ``1500000µstx`` as µSTX, from 1 to 2^63-1."""
    given = text.strip()
    if not given:
        return _bad_price(f"The price is missing: {WAYS}")
    price = read_amount(given, "a price")
    if isinstance(price, int):
        return price or _bad_price(f"{shown(given)} would give it away: the least price is 1 µSTX")
    negative = given.startswith("-") and isinstance(read_amount(given[1:]), int)
    return _bad_price(f"{shown(given)} {f'is out of range: a price goes {_LIMITS}' if negative else price}")


def parse_new_price(text: str) -> int | Adjustment | Problem:
    """Read a price, or how it differs from the one that each content has: ``+10%``, ``-0.5stx``, ``~0.1stx``."""
    if not is_adjustment(text):
        return parse_price(text)
    found = read_adjustment(text)
    return _bad_price(found) if isinstance(found, str) else found


def _bad_price(message: str) -> Problem:
    return Problem("newPrice", message)


def parse_ids(text: str) -> list[str] | Problem:
    """Read ids apart by commas, blanks or line breaks; ``20-25`` is a range, as it stands between two integers.

    An integer of a range has no leading zero, so that ``2024-01`` stays an id. A repeated id is a problem.
    """
    ids: list[str] = []
    for word in _SEPARATORS.split(text):
        found = _expand(word)
        if isinstance(found, Problem):
            return found
        ids += found
        if len(ids) > MOST_IDS:
            return _bad_ids(f"These are over {MOST_IDS} ids: give fewer at once")
    if not ids:
        return _bad_ids("No content is named: give ids like content-1,7,20-25")
    return _checked(ids)


def _expand(word: str) -> Sequence[str] | Problem:
    if word == "-":
        return _bad_ids("'-' stands alone: write a range without blanks, like 20-25")
    bounds = _RANGE.fullmatch(word)
    if bounds is None:
        return [word] if word else []
    first, last = int(bounds[1]), int(bounds[2])
    if last < first:
        return _bad_ids(f"{shown(word)} ends before it begins: write {last}-{first}")
    if last - first >= MOST_IN_RANGE:
        return _bad_ids(f"{shown(word)} has over {MOST_IN_RANGE} ids: give a shorter range")
    return [str(number) for number in range(first, last + 1)]


def without(text: str, gone: Collection[str]) -> str:
    """Return typed ids without some of them; a range is cut where it has to be, and what can't be read stays."""
    return ", ".join(part for word in _SEPARATORS.split(text) if word for part in _cut(word, gone))


def _cut(word: str, gone: Collection[str]) -> Sequence[str]:
    found = _expand(word)
    if isinstance(found, Problem) or not any(one in gone for one in found):
        return [word]
    runs: list[list[int]] = []
    for number in (int(one) for one in found if one not in gone):
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return [f"{first}-{last}" if first < last else str(first) for first, last in runs]


def _checked(ids: list[str]) -> list[str] | Problem:
    _, problems = content_ids(ids, FOR_ALL)
    if not problems:
        return ids
    more = f" (and {len(problems) - 1} more like this)" if len(problems) > 1 else ""
    return _bad_ids(problems[0].message + more)


def _bad_ids(message: str) -> Problem:
    return Problem("contentIds", message)


def parse_set(settings: str | Iterable[str]) -> dict[str, Scalar] | Problem:
    """Read one ``FIELD=VALUE`` or several as the wire's updates, each value as what its field takes."""
    updates: dict[str, Scalar] = {}
    for setting in [settings] if isinstance(settings, str) else settings:
        name, equals, text = setting.partition("=")
        name = name.strip()
        if not equals:
            return Problem("updates", f"{shown(setting)} is not FIELD=VALUE: write it like refundWindowDays=30")
        if name in updates:
            return Problem(f"updates.{name}", f"{name} is set twice: leave one out")
        updates[name] = _scalar(name, text)
    _, problems = UpdateMetadata().read({"updates": updates}, "")
    return problems[0] if problems else updates


def _scalar(name: str, text: str) -> Scalar:
    """Read a value by its field; what doesn't fit stays text, for the operation's own rule to refuse."""
    plain = text.strip()
    if name in _TAKES_FLAG and plain.lower() in ("true", "false"):
        return plain.lower() == "true"
    if name in _TAKES_INTEGER and re.fullmatch(r"-?[0-9]{1,18}", plain):
        return int(plain)
    return text


def parse_time(text: str) -> datetime | Problem | None:
    """Read when a batch shall begin, with its zone; nothing means at once."""
    given, remedy = text.strip(), "give a time like 2026-12-24T08:00Z or 2026-12-24T08:00+02:00"
    if not given:
        return None
    try:
        when = datetime.fromisoformat(given)
    except ValueError:
        return Problem("scheduledFor", f"{shown(given)} is not a time: {remedy}")
    if when.utcoffset() is None:
        return Problem("scheduledFor", f"{shown(given)} has no time zone: {remedy}")
    return when


def split(picks: Iterable[Pick], intent: Intent, size: int = MAX_ITEMS) -> list[Draft]:
    """Make drafts of at most ``size`` items, in order: by creator as they first appear, then as they were chosen."""
    return [
        _draft(creator, ids[start : start + size], intent)
        for creator, ids in by_creator(picks).items()
        for start in range(0, len(ids), size)
    ]


def whole(picks: Iterable[Pick], intent: Intent) -> list[Draft]:
    """Make one draft of any size for each creator: what is reviewed before it is split."""
    return [_draft(creator, ids, intent) for creator, ids in by_creator(picks).items()]


def by_creator(picks: Iterable[Pick]) -> dict[str, list[str]]:
    """Return the ids of each creator, both in the order in which they were chosen."""
    groups: dict[str, list[str]] = {}
    for pick in picks:
        groups.setdefault(pick.creator, []).append(pick.content_id)
    return groups


def size(draft: Draft) -> int:
    """Return how many contents a draft has."""
    return len(draft.items or draft.content_ids)


def _draft(creator: str, ids: Sequence[str], intent: Intent) -> Draft:
    values = intent.values
    return Draft(
        operation=intent.operation,
        creator=creator,
        content_ids=tuple(ids) if values is None else (),
        payload=intent.payload if values is None else {},
        items=() if values is None else tuple(DraftItem(one, values[one]) for one in ids),
        scheduled_for=intent.scheduled_for,
        why=intent.why,
    )


def redraft(selection: Selection) -> Draft:
    """Return the draft that a retry or revert amounts to: it can be reviewed as any other."""
    pairs = zip(selection.items, selection.values, strict=True)
    first = selection.items[0]
    items = [DraftItem(item.content_id, RULES[item.operation].payload(value)) for item, value in pairs]
    return Draft(first.operation, first.creator, items=items)


def taken_out(selection: Selection) -> list[str]:
    """Return the contents that a removal took out before: that they are gone is no obstacle to its retry."""
    removed = [item for item in selection.items if item.operation is Operation.REMOVE_CONTENT]
    return [item.content_id for item in removed if item.replaced is not None]
