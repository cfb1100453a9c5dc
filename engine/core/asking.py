"""What may be asked of the lists: pages of a sensible size, and texts that a database can hold."""

from __future__ import annotations

from collections.abc import Iterable

from engine.core.model import Problem
from engine.core.reports import BatchQuery, ContentQuery, ItemQuery
from engine.core.rules import MAX_ITEMS, creator_problems
from engine.core.search import parse
from engine.core.text import shown, storable

MAX_PAGE = 500
MAX_CHANGES = 1000
MAX_SKIP = 10**9
MAX_BODY = 8_000_000
"""Bytes of one call over HTTP."""
MAX_DRAFTS = 500
MAX_AT_ONCE = MAX_DRAFTS * MAX_ITEMS
"""Contents in one call over HTTP, whether as one draft to be reviewed or as several to be accepted."""


def batch_problems(query: BatchQuery, network: str) -> list[Problem]:
    """Check a query for batches: what is no creator of this network has none, and is rather a slip."""
    return query_problems(query) + ([] if query.creator is None else creator_problems(query.creator, network))


def query_problems(query: BatchQuery | ContentQuery | ItemQuery) -> list[Problem]:
    """Check a query: a limit below 1 would mean no limit at all, and half a character is in no text."""
    asked = {"text": [query.text], "creator": [], "contentIds": []}
    if not isinstance(query, ItemQuery):
        asked["creator"] = [query.creator or ""]
    if not isinstance(query, BatchQuery):
        asked["contentIds"] = list(query.content_ids)
    else:
        asked["group"] = [query.group or ""]
    found = [problem for field, texts in asked.items() for problem in _text_problems(field, texts)]
    if isinstance(query, ContentQuery):
        found += parse(query.search).problems
    skipped = skip_problems(query.skip) if isinstance(query, BatchQuery) else []
    return limit_problems(query.limit, MAX_PAGE) + skipped + found


def limit_problems(limit: object, most: int) -> list[Problem]:
    """Check how many rows somebody wants at once."""
    if isinstance(limit, int) and not isinstance(limit, bool) and 1 <= limit <= most:
        return []
    return [Problem("limit", f"{shown(limit)} is no size for a page: give an integer from 1 to {most}")]


def skip_problems(skip: object) -> list[Problem]:
    """Check how many rows somebody wants to pass over."""
    if isinstance(skip, int) and not isinstance(skip, bool) and 0 <= skip <= MAX_SKIP:
        return []
    return [Problem("skip", f"{shown(skip)} is no number of rows to skip: give an integer from 0 to {MAX_SKIP}")]


def _text_problems(field: str, texts: Iterable[object]) -> list[Problem]:
    remedy = "give text without NUL and half characters (lone surrogates)"
    bad = (text for text in texts if not (isinstance(text, str) and storable(text)))
    return [Problem(field, f"{shown(text)} can't be looked for: {remedy}") for text in bad]
