"""What a draft would do, item by item, before anything is accepted: the diff, the fees, who pays, what aborts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sized
from dataclasses import dataclass, replace
from typing import TypeVar

from engine.core.model import Content, Draft, Entry, Operation
from engine.core.operations import RULES, Call
from engine.core.reports import ContentQuery, Foreseen, Review, ReviewRow
from engine.core.rules import MAX_ITEMS, Checked, check_draft
from engine.core.standing import standing
from engine.core.waiting import Waiting, waits_text
from engine.errors import InvalidDraft
from engine.line.preflight import Told, ask
from engine.line.tools import Tools
from engine.ports import Store

T = TypeVar("T")
PAGE = 500
"""Contents that are looked up at once, and that a draft may have before it is large."""


async def review(
    store: Store, tools: Tools | None, draft: Draft, network: str, patience: float, again: frozenset[str] = frozenset()
) -> Review:
    """Return the review of a draft, of any size in this process; InvalidDraft when it breaks a rule of its own.

    The node is asked for at most ``patience`` seconds: what it hasn't said by then is said to be unknown. ``again`` are
    contents whose own removal is repeated: that they are gone is no obstacle, as `applying.judge` has it.
    """
    checked = await _beside(draft, lambda: check_draft(draft, network, most=None))
    if checked.problems or checked.operation is None:
        raise InvalidDraft(checked.problems)
    operation = checked.operation
    contents = await _contents(store, [entry.content_id for entry in checked.entries])
    parted, waiting = await store.off_chain_contents(contents), await store.waiting(contents)
    known = _Known(contents, parted, waiting, _off_chain_reason(tools, draft.creator), again)
    plan = await _beside(draft, lambda: _plan(draft.creator, checked, known))
    told = await ask(tools, draft.creator, list(plan.calls.values()), list(plan.doubtful.values()), patience)
    return await _beside(draft, lambda: _told(plan, operation, draft.creator, tools, told))


async def _beside(draft: Draft, work: Callable[[], T]) -> T:
    """Do work on a draft, beside the event loop if it is large: the line wants its turns."""
    size = max((len(given) for given in (draft.items, draft.content_ids) if isinstance(given, Sized)), default=0)
    return work() if size <= PAGE else await asyncio.to_thread(work)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the database says of the contents, why nothing reaches the chain, and whose removal is repeated."""

    contents: Mapping[str, Content]
    parted: frozenset[str]
    waiting: Mapping[str, Waiting]
    warning: str | None
    again: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Plan:
    """The rows of a review, the calls to be made by content, and those of them whose end isn't known."""

    rows: list[ReviewRow]
    calls: dict[str, Call]
    doubtful: dict[str, Call]


def _plan(creator: str, checked: Checked, known: _Known) -> _Plan:
    assert checked.operation is not None
    rows = [_row(checked.operation, creator, entry, known) for entry in checked.entries]
    calls = _calls(checked, rows, known.contents)
    doubtful = {row.content_id: calls[row.content_id] for row in rows if row.calls and not row.unchanged}
    return _Plan(rows, calls, doubtful)


def _told(plan: _Plan, operation: Operation, creator: str, tools: Tools | None, told: Told) -> Review:
    foreseen = tuple(_foreseen(row, plan.doubtful.get(row.content_id), told) for row in plan.rows)
    return Review(
        operation=operation,
        creator=creator,
        rows=foreseen,
        batches=-(-len(foreseen) // MAX_ITEMS),
        calls=len(plan.calls),
        fee_each=told.fee,
        fee_total=told.fee * len(plan.calls),
        signer=told.signer,
        balance=told.balance,
        chain=tools.chain.name if tools else "off",
        reserved=told.reserved,
        fee_cap=tools.limits.fee_max_batch if tools else None,
        untried=told.why if any(row.foreseen is Foreseen.UNTRIED for row in foreseen) else None,
        refused=tools.refused if tools else None,
    )


async def _contents(store: Store, ids: list[str]) -> dict[str, Content]:
    found: dict[str, Content] = {}
    for start in range(0, len(ids), PAGE):
        wanted = frozenset(ids[start : start + PAGE])
        page = await store.contents(ContentQuery(content_ids=wanted, removed=True, limit=PAGE))
        found |= {content.content_id: content for content in page.rows}
    return found


def _off_chain_reason(tools: Tools | None, creator: str) -> str | None:
    """Say why nothing of this creator would reach the chain; None when it would."""
    if tools is None or tools.refused:
        return None  # a refused node is no trouble of one item: nothing can be submitted at all
    if tools.desk is None:
        return f"Node unreachable: {tools.node.error or 'no answer yet'}"
    if tools.desk.signers.address_for(creator) is None:
        return tools.desk.signers.why_none(creator)
    return None


def _row(operation: Operation, creator: str, entry: Entry, known: _Known) -> ReviewRow:
    content_id, content = entry.content_id, known.contents.get(entry.content_id)
    repeated = operation is Operation.REMOVE_CONTENT and content_id in known.again
    rule, now = RULES[operation], standing(operation, creator, entry.value, content, repeated)
    new = rule.diff(entry.value)
    if content is None or (content.removed_at is not None and not repeated):
        return ReviewRow(content_id, content.title if content else "", "", new, problem=now.problem)
    return ReviewRow(
        content_id=content_id,
        title=content.title,
        old=now.old,
        new=new,
        unchanged=rule.unchanged(content, entry.value) and not (now.calls and content_id in known.parted),
        problem=now.problem,
        warning=known.warning if now.calls else None,
        calls=now.calls,
        waits=waits_text(known.waiting.get(content_id)),
    )


def _calls(checked: Checked, rows: Iterable[ReviewRow], contents: Mapping[str, Content]) -> dict[str, Call]:
    """Return the calls to be made, by content."""
    assert checked.operation is not None
    rule = RULES[checked.operation]
    made = (
        (row.content_id, rule.call(contents[row.content_id].on_chain_id, entry.value))
        for entry, row in zip(checked.entries, rows, strict=True)
        if row.calls
    )
    return {content_id: call for content_id, call in made if call is not None}


def _foreseen(row: ReviewRow, call: Call | None, told: Told) -> ReviewRow:
    """Put on a row what the node said of its call; where it wasn't asked, the row is as it was."""
    if call is None:
        return row
    if call not in told.verdicts:
        return replace(row, foreseen=Foreseen.UNTRIED) if told.why else row
    verdict = told.verdicts[call]
    if verdict is None:
        return replace(row, foreseen=Foreseen.PASSES)
    return replace(row, foreseen=Foreseen.ABORTS, warning=verdict)
