"""What a retry or revert may be asked for: anything may come, and all that is wrong with it is named."""

from __future__ import annotations

import pytest

from engine.core.model import Outcome
from engine.core.wishes import MOST_STRANGE, check_wish


def test_nothing_given_is_everything_usual() -> None:
    """Neither outcomes nor contents are named: the usual ones, all of them."""
    asked = check_wish()
    assert (asked.problems, asked.outcomes, asked.content_ids, asked.why) == ((), frozenset(), None, None)


def test_what_is_given_is_read() -> None:
    """Words become outcomes, integers become ids, in their order."""
    asked = check_wish(["failed", Outcome.OFF_CHAIN], [7, "c1"], "again")
    assert asked.problems == ()
    assert (asked.outcomes, asked.content_ids) == ({Outcome.FAILED, Outcome.OFF_CHAIN}, ("7", "c1"))
    assert asked.why == "again"


def test_every_problem_is_named_at_once() -> None:
    """Somebody who sent three mistakes reads of three."""
    problems = check_wish(["nope", "failed", {}, "pending"], ["1", None, 1], 5).problems
    assert {problem.field: problem.message for problem in problems} == {
        "outcomes[0]": "'nope' is no outcome: give failed, off-chain, cancelled",
        "outcomes[2]": "{} is no outcome: give failed, off-chain, cancelled",
        "outcomes": "'pending' can't be retried: give failed, off-chain, cancelled",
        "contentIds[1]": "null is not a content id: give text or an integer",
        "contentIds[2]": "'1' is given twice (also at 0): leave one out",
        "why": "5 can't be the note: give text of at most 500 characters",
    }


@pytest.mark.parametrize("outcomes", [[], (), frozenset(), "failed", 5, True, {"failed": 1}, {}])
def test_what_is_no_list_of_outcomes_is_refused(outcomes: object) -> None:
    """None of them named is no way to say the usual ones."""
    (problem,) = check_wish(outcomes).problems
    assert problem.field == "outcomes"
    assert "is no list of outcomes: give at least one of failed" in problem.message


@pytest.mark.parametrize("named", [[], (), "1", 5, {"1": 1}])
def test_what_names_no_content_is_refused(named: object) -> None:
    """An empty choice never means all."""
    assert [problem.field for problem in check_wish(None, named).problems] == ["contentIds"]


def test_thousands_of_mistakes_are_named_in_part() -> None:
    """Nobody reads more, and each costs time."""
    assert len(check_wish(["x"] * 10_000).problems) == MOST_STRANGE
