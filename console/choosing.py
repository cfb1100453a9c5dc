"""What Compose asks the engine: the ids of a file, and what a choice would do, creator by creator."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from console.compose_form import PAYLOAD_FIELDS
from console.composing import Intent, Pick, parse_ids, whole
from console.id_file import read_text
from console.loading import look_up
from console.pricing import fitted
from engine.core.model import Content, Problem
from engine.core.reports import Review
from engine.door import Engine
from engine.errors import InvalidDraft

Reviewed = tuple[Intent, list[Review]] | InvalidDraft


async def ids_of_file(engine: Engine, name: str) -> tuple[list[str], list[Content]]:
    """Return the ids that a file names, and the contents that the catalogue has of them."""
    ids = parse_ids(await asyncio.to_thread(read_text, name))
    if isinstance(ids, Problem):
        raise InvalidDraft([Problem(name, ids.message)])
    return ids, await look_up(engine, ids)


async def review_all(engine: Engine, picks: Sequence[Pick], intent: Intent) -> Reviewed:
    """Review each creator's draft, all at once as each may wait; a refusal is an answer: it belongs to the fields.

    Prices that are told by how they differ are reckoned from the catalogue as it is now.
    """
    contents = await look_up(engine, [pick.content_id for pick in picks]) if intent.adjustment else []
    settled = fitted(intent, picks, {content.content_id: content for content in contents})
    if isinstance(settled, str):
        return InvalidDraft([Problem(PAYLOAD_FIELDS[intent.operation][0], settled)])
    reviews = (engine.review(draft) for draft in whole(picks, settled))
    found = await asyncio.gather(*reviews, return_exceptions=True)
    for one in found:
        if isinstance(one, InvalidDraft):
            return one
        if isinstance(one, BaseException):
            raise one
    return settled, [one for one in found if isinstance(one, Review)]
