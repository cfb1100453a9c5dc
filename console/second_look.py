"""PURE: the second look at the moment of Submit: whether all is still as a plan shows it, and the plan as it is now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from console.composing import Intent
from console.forms import grouped
from console.review_plan import Key, Line, Plan, plan
from engine.core.model import Content, Operation, Value
from engine.core.operations import RULES
from engine.core.reports import Review
from engine.core.standing import Standing, standing


def stands(shown: Plan, contents: Iterable[Content], tried: bool = False) -> bool:
    """Tell whether old values, refusals and calls are as shown, also of what is left out; ``contents`` are all there.

    After a Submit that was ``tried`` and had no answer, what has become what it was to become is no surprise.
    """
    known = {content.content_id: content for content in contents}
    operation = Operation(shown.intent.operation)
    for line in shown.lines:
        content, value = known.get(line.row.content_id), _value(shown.intent, line.row.content_id)
        if tried and content is not None and RULES[operation].unchanged(content, value):
            continue
        if _written(operation, standing(operation, line.creator, value, content)) != _seen(line):
            return False
    return True


def renewed(shown: Plan, intent: Intent, reviews: Sequence[Review], tried: bool = False) -> Plan:
    """Return the plan as it is now, with the same kinds left out, and the old values shown of what changed since."""
    now = plan(intent, reviews)
    before: dict[Key, Line] = {line.key: line for line in shown.lines}
    since = {line.key: before[line.key].row.old for line in now.lines if _seen(before[line.key]) != _seen(line)}
    return replace(shown, intent=intent, reviews=now.reviews, since=since, tried=tried)


def _value(intent: Intent, content_id: str) -> Value:
    payload = intent.payload if intent.values is None else intent.values[content_id]
    value, _ = RULES[Operation(intent.operation)].read(payload, "")
    return value


def _seen(line: Line) -> Standing:
    return Standing(line.row.old, line.row.problem, line.row.calls)


def _written(operation: Operation, found: Standing) -> Standing:
    """Write prices as a plan does."""
    return replace(found, old=grouped(found.old)) if operation == Operation.UPDATE_PRICE else found
