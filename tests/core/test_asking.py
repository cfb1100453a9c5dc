"""What may be asked of a list."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.core.asking import MAX_CHANGES, MAX_PAGE, limit_problems, query_problems
from engine.core.reports import BatchQuery, ContentQuery, ItemQuery


@pytest.mark.parametrize("query", [BatchQuery(), ContentQuery(), ItemQuery()])
@pytest.mark.parametrize("limit", [-5, 0, MAX_PAGE + 1, 10**40, True, 1.0, "5", None])
def test_a_page_has_a_sensible_size(query: BatchQuery | ContentQuery | ItemQuery, limit: object) -> None:
    """SQL takes a negative limit for none at all, so one typo would read the whole table."""
    assert query_problems(query) == []
    assert query_problems(replace(query, limit=MAX_PAGE)) == []
    (problem,) = query_problems(replace(query, limit=limit))  # type: ignore[arg-type]
    assert (problem.field, "from 1 to 500" in problem.message) == ("limit", True)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        (BatchQuery(text="\ud800"), "text"),
        (ContentQuery(text="a\x00"), "text"),
        (ItemQuery(text="\udfff"), "text"),
        (BatchQuery(creator="\ud800"), "creator"),
        (ContentQuery(content_ids=frozenset({"ok", "\ud800"})), "contentIds"),
        (ItemQuery(content_ids=frozenset({7})), "contentIds"),  # type: ignore[arg-type]
    ],
)
def test_what_no_database_can_hold_is_not_looked_for(query: BatchQuery | ContentQuery | ItemQuery, field: str) -> None:
    """Half a character would raise somewhere below, without a word of what to do."""
    (problem,) = query_problems(query)
    assert problem.field == field
    assert "can't be looked for" in problem.message


def test_changes_may_be_asked_for_by_the_thousand() -> None:
    """The feed of a console asks for so many."""
    assert limit_problems(1000, MAX_CHANGES) == []
    assert limit_problems(1001, MAX_CHANGES)
