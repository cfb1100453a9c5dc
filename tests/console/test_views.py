"""What the screens say, without a screen: pure views of frozen nouns."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from rich.cells import cell_len

from console.banner import Banner, header_parts
from console.forms import brief, duration, share
from console.item_views import FILTERS, advice, filter_counts, matching, selection_lines
from console.views import bar_cells, bar_text, state_sentence
from console.widgets.key_line import Key, wrap
from engine.core.model import Hold, Operation, Outcome
from engine.core.model import ItemState as S
from engine.core.reports import Selection
from tests.console.fake_engine import NOW, FakeEngine, item

PARTS = [(Outcome.CONFIRMED, 97), (Outcome.OFF_CHAIN, 1), (Outcome.FAILED, 1), (None, 1)]


@pytest.mark.parametrize("width", [1, 3, 4, 5, 10, 80, 300])
def test_a_bar_is_full_and_shows_everything_it_has_room_for(width: int) -> None:
    """One failure among a hundred has a cell of its own as soon as there are as many cells as outcomes."""
    cells = bar_cells(PARTS, width)
    assert sum(count for _, count in cells) == width
    if width >= len(PARTS):
        assert all(count >= 1 for _, count in cells)


def test_a_bar_says_it_without_colour() -> None:
    """Every outcome has a glyph."""
    assert bar_text(PARTS, 10).plain == "✓✓✓✓✓✓✓◌✗·"
    assert bar_text([], 10).plain == ""


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (0, "0 s"),
        (0.85, "850 ms"),
        (12.4, "12 s"),
        (184, "3 min 04 s"),
        (7500, "2 h 05 min"),
        (270_000, "3 d 3 h"),
    ],
)
def test_durations_have_two_units_at_most(seconds: float | None, text: str) -> None:
    """A person reads how long, not how exact."""
    assert duration(seconds) == text


def test_short_forms() -> None:
    """One unit for narrow columns; a share never rounds to all or nothing when it isn't."""
    assert [brief(one) for one in (5, 65, 3700, 90_000)] == ["5s", "1m", "1h", "1d"]
    assert [share(one) for one in (None, 0, 0.001, 0.5, 0.999, 1)] == ["", "0%", "1%", "50%", "99%", "100%"]


def test_filters_part_the_items() -> None:
    """Every item is under one of the filters 2 to 6, and all under 1."""
    items = [item("01K", at, state) for at, state in enumerate(S)]
    found = filter_counts(items)
    assert sum(found[name] for name in FILTERS if name != "all") == found["all"] == len(items)


def test_text_filters_look_into_id_title_and_error() -> None:
    """What an operator remembers of an item is one of the three."""
    items = [item("01K", 0, S.FAILED, error="Superseded by 01X"), item("01K", 1, S.CONFIRMED)]
    assert [one.content_id for one in matching(items, "all", "superSEDED")] == ["content-1"]
    assert [one.content_id for one in matching(items, "all", "field rec")] == ["content-2"]
    assert matching(items, "failed", "content-2") == []


@pytest.mark.parametrize("state", list(S))
def test_every_item_has_advice(state: S) -> None:
    """Whatever an item ended with, the screen says what to do next."""
    assert advice(item("01K", 0, state)).endswith(".")


def test_a_batch_says_what_it_is_doing() -> None:
    """Each status has a sentence that a person can act on."""
    engine = FakeEngine()
    running = engine.add("01K", [S.CONFIRMED, S.QUEUED])
    assert state_sentence(running) == "1 item to go"
    assert "(p)" in state_sentence(replace(running, hold=Hold.PAUSED))
    assert "goes on with it" in state_sentence(replace(running, hold=Hold.CRITICAL, error="database away"))
    later = replace(running, started_at=None, scheduled_for=NOW + timedelta(hours=1))
    assert state_sentence(later) == "begins at 2026-11-23 09:15:00 UTC"
    held = state_sentence(replace(later, hold=Hold.PAUSED))
    assert held == "begins at 2026-11-23 09:15:00 UTC at the earliest, once it is resumed (p)"
    assert state_sentence(engine.add("01L", [S.SUBMITTED])) == "the chain still has to settle 1"
    assert "settled" in state_sentence(engine.add("01M", [S.CONFIRMED]))


@pytest.mark.parametrize("sign", ["x", "漢", "e\u0301"])
@pytest.mark.parametrize("width", [30, 40, 60, 80, 120, 200])
def test_the_network_is_never_cut_off(width: int, sign: str) -> None:
    """However narrow the screen and long the names: network and SIMULATED are whole, and nothing overflows."""
    banner = Banner(
        "mainnet", "https://api.hiro.so", f"a-very-long-database-name-{sign * 20}.db", simulated=True, version="0.1.0"
    )
    left, right = header_parts(banner, ("Batches", "01KDEMO0000000000000000004", sign * 128), "running", width)
    line = "".join(text for text, _ in (*left, *right))
    assert " MAINNET " in line
    assert " SIMULATED " in line
    if width >= 60:
        assert cell_len(line) <= width


LONG = Banner(
    "mainnet", "https://api.hiro.so", "/srv/catalogues/2026/north-american-catalogue.sqlite3", version="0.1.0"
)


@pytest.mark.parametrize("width", [20, 40, 60, 80, 99, 120, 200])
@pytest.mark.parametrize("banner", [LONG, replace(LONG, network="testnet", simulated=True, read_only=True)])
@pytest.mark.parametrize(
    "way", [("Batches",), ("Batches", "Compose"), ("Batches", "Compose", "Review"), ("Catalogue",)]
)
def test_the_screen_is_named_whole(width: int, banner: Banner, way: tuple[str, ...]) -> None:
    """However long the name of the database: where we are is never shortened."""
    left, _ = header_parts(banner, way, "running", width)
    assert f"{way[-1]} " in [text for text, look in left if look == "here"]


@pytest.mark.parametrize(
    "way", [("Batches",), ("Batches", "Compose"), ("Batches", "01KDEMO0000000000000000004", "x" * 128)]
)
def test_the_database_is_named_whole_at_80(way: tuple[str, ...]) -> None:
    """Which catalogue is about to be changed stands whole beside every screen's name: its folders go first."""
    for banner in (LONG, replace(LONG, network="testnet", simulated=True)):
        left, right = header_parts(banner, way, "running", 80)
        line = "".join(text for text, _ in (*left, *right))
        assert "north-american-catalogue.sqlite3  " in line
        assert len(line) <= 80
    left, right = header_parts(replace(LONG, read_only=True, database="a.db"), way, "running", 50)
    assert ("a.db  ", "muted") in right


def test_the_footer_wraps_and_keeps_the_way_out() -> None:
    """Two lines at most; what doesn't fit is left out, but never the last key."""
    keys = [Key(f"a.{at}", "x", f"Label {at}") for at in range(20)]
    lines = wrap(keys, 40)
    assert len(lines) == 2
    assert lines[-1][-1] is keys[-1]
    assert all(sum(key.width for key in line) <= 40 for line in lines)
    assert wrap(keys[:2], 80) == [keys[:2]]


def test_what_is_put_back_stands_beside_what_is_there() -> None:
    """A revert's preview tells old and new also of metadata, and a line is never wider than its dialog."""
    fields = {"title": "A title of forty cells, or rather of more", "refundable": True}
    price = replace(item("B", 0, S.CONFIRMED), title="A title of forty cells, or rather of more")
    other = replace(price, operation=Operation.UPDATE_METADATA, value=fields, content_id="content-of-a-long-name")
    back = Selection("B", (price, other), ({"price": 1_000_000}, {"title": "Old", "refundable": False}), ())
    first, second = (line.plain for line in selection_lines(back, back=True)[1:])
    assert first.endswith("2.5 → 1 STX")
    assert second.split("  ")[-1] == "refundable = true, titl… → refundable = false, tit…"
    assert max(map(cell_len, (first, second))) <= 69
