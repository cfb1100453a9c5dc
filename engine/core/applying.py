"""What may be applied, retried and reverted: the rules that need to know what else happened to a content."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from engine.core.events import ApplyFailed, CatalogueChanged, CatalogueOnlyChanged, Superseded
from engine.core.lifecycle import ENDS, outcome
from engine.core.model import Content, Item, ItemState, Operation, Outcome, Value
from engine.core.operations import RULES
from engine.core.reports import Selection, Skipped

NOT_FOUND = "Content not found"
NOT_THE_CREATORS = "Content belongs to another creator"
REMOVED = frozenset({"removed"})


@dataclass(frozen=True, slots=True)
class Change:
    """A content as it shall be, and the event to record with it."""

    content: Content
    event: CatalogueChanged | CatalogueOnlyChanged


@dataclass(frozen=True, slots=True)
class Rival:
    """A catalogue change of the same field that came later: ``by`` names it, e.g. ``batch 01J...``."""

    by: str


@dataclass(frozen=True, slots=True)
class Past:
    """What went before an item: a ``rival`` that came later on the same field, and what its own retries began with.

    ``replaced`` is what the first applied item of its chain of retries replaced; None when none was applied yet.
    """

    rival: Rival | None = None
    replaced: Value | None = None


def obstacle(content: Content | None, creator: str, removed: bool = False) -> str | None:
    """Say why a content can't be changed for a creator; ``removed`` lets one through that is gone already."""
    if content is None or (content.removed_at is not None and not removed):
        return NOT_FOUND
    return NOT_THE_CREATORS if content.creator != creator else None


def overlaps(mine: frozenset[str], others: frozenset[str]) -> bool:
    """Tell whether two changes touch the same field; a removal touches them all."""
    return bool(mine & others or (mine | others) & REMOVED)


def judge(
    item: Item, content: Content | None, past: Past, order: int, signer: str | None, now: datetime
) -> Change | ApplyFailed | Superseded:
    """Decide what applying an item does; ``order`` is its place in catalogue order if it is taken.

    Only items with a baseline (retries, reverts) can have a rival. Re-applying one's own removal is success. What
    a retry replaced is what its chain replaced first, so that a revert of it puts back more than its own value.
    """
    rule = RULES[item.operation]
    if past.rival is not None:
        return Superseded(past.rival.by, order)
    again = past.replaced is not None and item.operation is Operation.REMOVE_CONTENT
    why_not = obstacle(content, item.creator, removed=again)
    if content is None or why_not is not None:
        return ApplyFailed(why_not or NOT_FOUND, order)
    changed = content if content.removed_at else rule.change(content, item.value, now)
    replaced = rule.replaced(content, item.value) if past.replaced is None else past.replaced
    if content.on_chain_id is None or rule.call(content.on_chain_id, item.value) is None:
        return Change(changed, CatalogueOnlyChanged(order, replaced, content.title))
    event = CatalogueChanged(order, replaced, content.title, content.on_chain_id, signer)
    return Change(changed, event)


def retryable(
    parent: str,
    items: Iterable[Item],
    outcomes: frozenset[Outcome],
    rivals: Mapping[int, Rival],
    taken: Mapping[int, str],
    failed_batch: bool,
) -> Selection:
    """Choose what a retry sends: items of the wished outcomes that nothing newer and no living retry stands for.

    ``rivals`` and ``taken`` (the batch that retries it already) are by item id. Still-queued items of a failed
    batch count as failed.
    """
    chosen: list[Item] = []
    skipped: list[Skipped] = []
    for item in items:
        ended = outcome(item)
        if item.state is ItemState.QUEUED and failed_batch:
            ended = Outcome.FAILED
        why = _why_not(item, ended, outcomes, rivals, taken)
        if why is None:
            chosen.append(item)
        else:
            skipped.append(Skipped(item.content_id, why))
    return Selection(parent, tuple(chosen), tuple(item.value for item in chosen), tuple(skipped))


def _why_not(
    item: Item,
    ended: Outcome | None,
    outcomes: frozenset[Outcome],
    rivals: Mapping[int, Rival],
    taken: Mapping[int, str],
) -> str | None:
    if ended is None:
        return "Not finished yet"
    if ended not in outcomes:
        return f"Its outcome is {ended}"
    if item.id in taken:
        return f"Already retried by batch {taken[item.id]}"
    return f"Superseded by {rivals[item.id].by}" if item.id in rivals else None


def revertible(parent: str, items: Iterable[Item], rivals: Mapping[int, Rival]) -> Selection:
    """Choose what a revert puts back: items whose change was taken, settled, and not changed since."""
    chosen: list[Item] = []
    values: list[Value] = []
    skipped: list[Skipped] = []
    for item in items:
        value = None if item.replaced is None else RULES[item.operation].revert(item.replaced)
        why = _why_not_back(item, value, rivals)
        if why is None and value is not None:
            chosen.append(item)
            values.append(value)
        else:
            skipped.append(Skipped(item.content_id, why or "There is no old value to put back"))
    return Selection(parent, tuple(chosen), tuple(values), tuple(skipped))


def _why_not_back(item: Item, value: Value | None, rivals: Mapping[int, Rival]) -> str | None:
    if item.state not in ENDS:
        return "Not settled yet"
    if item.replaced is None:
        return "The catalogue was not changed"
    if value is None:
        return "A removal can't be reverted"
    return f"Changed since by {rivals[item.id].by}" if item.id in rivals else None
