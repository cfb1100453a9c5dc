"""The course of a batch's results: how many a second came in when, whoever watched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from textual.widgets import Sparkline

from console.text import glyphs
from console.throughput import throughput
from engine.core.model import Batch, Item
from engine.core.model import ItemState as S
from tests.console.conftest import deck_over, open_batch, run, until
from tests.console.fake_engine import NOW, FakeEngine, item, sample

ENDED, OPEN = S.CONFIRMED, S.APPLIED


def batch_of(*ends: float, still_open: int = 0) -> tuple[Batch, list[Item]]:
    """Return a batch that began now, with a result so many seconds after each."""
    states = [ENDED] * len(ends) + [OPEN] * still_open
    batch = replace(FakeEngine().add("01K", states), created_at=NOW, started_at=NOW)
    found = [item("01K", at, state) for at, state in enumerate(states)]
    moved = [replace(one, updated_at=NOW + timedelta(seconds=end)) for one, end in zip(found, ends, strict=False)]
    return batch, [*moved, *found[len(ends) :]]


def course(*ends: float, now: float, cells: int, still_open: int = 0) -> list[float]:
    batch, items = batch_of(*ends, still_open=still_open)
    return throughput(batch, items, NOW + timedelta(seconds=now), cells)


def test_each_part_has_the_results_a_second_of_its_time() -> None:
    """Of ten seconds in five parts each is two seconds long; the last result is in the last part."""
    assert course(0.5, 1, 3, 10, now=99, cells=5) == pytest.approx([1.0, 0.5, 0.0, 0.0, 0.5])


def test_what_is_still_open_stretches_the_course_to_now() -> None:
    """A batch that stands still shows it: its last parts are empty."""
    assert course(1, 2, now=10, cells=2, still_open=1) == pytest.approx([0.4, 0.0])
    assert course(0.5, 2, now=10, cells=2) == pytest.approx([1.0, 1.0])


@pytest.mark.parametrize(("ends", "cells"), [((), 9), ((0, 0), 9), ((1, 2), 0)])
def test_where_there_is_no_course_there_is_none(ends: tuple[float, ...], cells: int) -> None:
    """Before the first result, when all came in one moment, and where there is no room."""
    assert course(*ends, now=0, cells=cells) == []


@given(
    st.lists(st.integers(-5_000_000, 10**9), min_size=1, max_size=100), st.integers(1, 60), st.integers(0, 2 * 10**9)
)
@example(ends=[1], cells=1, now=0)
def test_no_result_is_lost_and_none_counts_twice(ends: list[int], cells: int, now: int) -> None:
    """The paces times the length of their parts are the results, also where a clock was set back.

    Times are microseconds, the finest that an item keeps: a finer one would be another time after it was kept.
    """
    found = course(*(end / 1e6 for end in ends), now=now / 1e6, cells=cells, still_open=1)
    span = (max(now, *ends) - min(0, *ends)) / 1e6
    assert len(found) == (cells if span else 0)
    assert sum(found) * span / cells == pytest.approx(len(ends) if span else 0)


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("LC_ALL", "C")
    glyphs.cache_clear()
    yield
    monkeypatch.undo()
    glyphs.cache_clear()


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_batch_shows_its_course_beside_its_bar(size: tuple[int, int]) -> None:
    """How results came in is there at every size, live and when all has ended."""
    app = deck_over(sample())
    async with run(app, size=size) as pilot:
        await open_batch(pilot)
        line = app.screen.query_one(Sparkline)
        await until(pilot, lambda: line.display and line.data and len(line.data) == line.size.width >= 16)


async def test_without_signs_for_it_there_is_no_course(plain: None) -> None:
    """In ASCII the bar takes the line."""
    app = deck_over(sample())
    async with run(app) as pilot:
        await open_batch(pilot)
        await pilot.pause(0.1)
        assert not app.screen.query_one(Sparkline).display
