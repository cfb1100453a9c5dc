"""PURE but for what it is given to ask with: what is more than one call may carry goes in several, or is refused.

A review changes nothing, so it may come in parts. What is accepted all or none can't: a first part would be done when
a second one is refused. It is told before anything is sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import cast

from engine.core.asking import MAX_AT_ONCE, MAX_BODY, MAX_DRAFTS
from engine.core.model import Draft, DraftItem, Problem
from engine.core.reports import Review
from engine.core.rules import MAX_ITEMS, check_draft
from engine.errors import InvalidDraft, refuse
from engine.remote.asking import encoded

_SPARE = 10_000
"""Bytes of a body that are left for what isn't its contents."""


async def reviewed(ask: Callable[[Draft], Awaitable[Review]], draft: Draft, network: str) -> Review:
    """Ask for a review, in several calls where one can't carry the draft; what the rules refuse is refused whole."""
    parts = await asyncio.to_thread(_parts, draft) if len(_given(draft)) > MAX_ITEMS else [draft]
    if len(parts) > 1:
        refuse((await asyncio.to_thread(check_draft, draft, network, None)).problems)
    return joined([await ask(part) for part in parts])


def joined(reviews: Sequence[Review]) -> Review:
    """Return the reviews of the parts of one draft as one; what the engine said of itself is as it said it last."""
    if len(reviews) == 1:
        return reviews[0]
    rows = tuple(row for review in reviews for row in review.rows)
    calls, fee = sum(review.calls for review in reviews), max(review.fee_each for review in reviews)
    return replace(
        next((review for review in reversed(reviews) if review.calls), reviews[-1]),
        rows=rows,
        batches=-(-len(rows) // MAX_ITEMS),
        calls=calls,
        fee_each=fee,
        fee_total=fee * calls,
        untried=next((review.untried for review in reviews if review.untried), None),
    )


def bound_import(count: int, body: bytes) -> None:
    """Refuse an import that no call can carry."""
    _bound("rows", f"{count} contents", body, "import them in parts, each of them whole or not at all")


def bound_drafts(count: int, body: bytes) -> None:
    """Refuse more drafts than a call can carry."""
    if count > MAX_DRAFTS:
        raise _refusal("drafts", f"{count} batches at once, which are accepted all or none, are too many for an engine "
                       f"elsewhere: it takes {MAX_DRAFTS}, so submit them in parts")  # fmt: skip
    _bound("drafts", f"{count} batches", body, "submit them in parts")


def _bound(field: str, what: str, body: bytes, remedy: str) -> None:
    if len(body) > MAX_BODY:
        said = f"{what} are {len(body) / 1e6:.1f} MB, and an engine elsewhere takes {MAX_BODY // 1_000_000} MB at once"
        raise _refusal(field, f"{said}, all or none: {remedy}")


def _refusal(field: str, message: str) -> InvalidDraft:
    return InvalidDraft([Problem(field, message)])


def _given(draft: Draft) -> Sequence[object]:
    given: object = draft.items or draft.content_ids
    return given if isinstance(given, list | tuple) else ()


def _parts(draft: Draft) -> list[Draft]:
    """Return a draft in parts that one call each can carry."""
    parts: list[list[object]] = [[]]
    size = 0
    for one in _given(draft):
        weight = _weight(one)
        if parts[-1] and (len(parts[-1]) == MAX_AT_ONCE or size + weight > MAX_BODY - _SPARE):
            parts.append([])
            size = 0
        parts[-1].append(one)
        size += weight
    if len(parts) == 1:
        return [draft]
    if draft.items:
        return [replace(draft, items=cast(list[DraftItem], part)) for part in parts]
    return [replace(draft, content_ids=cast(list[str | int], part)) for part in parts]


def _weight(one: object) -> int:
    """Return about how many bytes a content takes; what JSON can't carry is refused later."""
    form = {"contentId": one.content_id, "value": one.payload} if isinstance(one, DraftItem) else [one]
    try:
        return len(encoded(form))
    except (TypeError, ValueError):
        return 0
