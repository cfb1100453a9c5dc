"""The log as it is remembered: bounded, printable, newest first, and found by any word that is in it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.loglines import MOST_EVENT, MOST_TRACE, MOST_VALUES, Level, LogLine, line_of
from engine.core.logquery import LogQuery, log_problems, page
from tests.core.nouns import NOW

EVENT = {"timestamp": "2026-01-02T03:04:05.250000Z", "level": "warning", "event": "replaced by fee", "nonce": 41}


def lines(count: int) -> list[LogLine]:
    return [LogLine(no, NOW, Level.INFO, f"event {no}") for no in range(1, count + 1)]


def test_a_line_is_what_was_logged() -> None:
    """Time, level and event, the other fields in one text, a traceback apart."""
    made = line_of(7, EVENT | {"signer": "ST1", "exception": "Traceback\n  KeyError: 'a'"}, NOW)
    at = datetime(2026, 1, 2, 3, 4, 5, 250_000, tzinfo=UTC)
    values, trace = "nonce=41  signer='ST1'", "Traceback\n  KeyError: 'a'"
    assert made == LogLine(7, at, Level.WARNING, "replaced by fee", values, trace)


def test_what_is_no_level_or_time_is_taken_all_the_same() -> None:
    """A line of another library must not be lost for its form."""
    made = line_of(1, {"event": None, "level": "notset", "timestamp": "soon"}, NOW)
    assert (made.level, made.at, made.event) == (Level.INFO, NOW, "None")


@given(st.text(), st.text(), st.text())
def test_a_line_is_bounded_and_printable(event: str, value: str, trace: str) -> None:
    """Whatever was logged, hostile or endless."""
    made = line_of(1, {"event": event * 50, "value": value * 300, "exception": trace * 900}, NOW)
    assert made.event.isprintable()
    assert made.values.isprintable()
    assert all(line.isprintable() for line in made.trace.split("\n"))
    assert len(made.event) <= MOST_EVENT + 3
    assert len(made.values) <= MOST_VALUES + 3
    assert len(made.trace) <= MOST_TRACE + 3


def test_what_grows_as_it_is_escaped_is_bounded_too() -> None:
    """One character that nobody can see takes ten to write down."""
    unseen = "\U000e0001" * 9000
    made = line_of(1, {"event": unseen, "value": unseen, "exception": unseen}, NOW)
    assert [len(text) for text in (made.event, made.values, made.trace)] == [
        MOST_EVENT + 3,
        MOST_VALUES + 3,
        MOST_TRACE + 3,
    ]
    assert made.trace.startswith("...")


def test_what_is_cut_off_says_so() -> None:
    """The beginning of an event and its values, the end of a traceback."""
    made = line_of(1, {"event": "e" * 999, "value": "v" * 9999, "exception": "t" * 9999 + "end"}, NOW)
    assert made.event.endswith("e...")
    assert made.values.endswith("v...")
    assert (made.trace[:4], made.trace[-4:], len(made.trace)) == ("...t", "tend", MOST_TRACE + 3)


def test_the_newest_come_first_and_go_on_by_a_cursor() -> None:
    """Page by page, each line once, also while new ones arrive."""
    known = lines(5)
    first = page(known, LogQuery(limit=2))
    assert ([line.no for line in first.rows], first.total, first.next) == ([5, 4], 5, "4")
    second = page([*known, *lines(7)[5:]], LogQuery(limit=2, after=first.next))
    assert ([line.no for line in second.rows], second.next) == ([3, 2], "2")
    assert page(known, LogQuery(limit=2, after="2")).next is None
    assert page([], LogQuery()).rows == ()


@pytest.mark.parametrize("text", ["FEE", "nonce=41", "warning", "KeyError"])
def test_any_word_of_a_line_finds_it(text: str) -> None:
    """Event, fields, level and traceback, whatever the case."""
    line = line_of(6, EVENT | {"exception": "KeyError: lost"}, NOW)
    found = page([*lines(5), line], LogQuery(text))
    assert (found.rows, found.total) == ((line,), 1)


def test_what_can_not_be_asked_is_named() -> None:
    """Half characters, sizes and cursors that are none."""
    assert log_problems(LogQuery("", None, 500)) == log_problems(LogQuery("x", "18")) == []
    problems = log_problems(LogQuery("\0", "-1", 501))
    assert [one.field for one in problems] == ["limit", "text", "after"]
