"""Where lines are broken: never between a number and its unit, and what goes on stands under where it began."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from rich.text import Text

from console.breaking import hanging, in_lines
from console.group_views import group_lines
from console.item_views import ITEM_COLUMNS, item_row
from console.pace import Pace
from console.widgets.batch_head import head_lines
from console.widgets.columns import cell_pieces, fitted, lay_out
from engine.core.model import Group, Operation
from engine.core.model import ItemState as S
from engine.core.summary import Thresholds
from tests.console.conftest import MIXED, deck_over, open_batch, picture, run, seen
from tests.console.fake_engine import NOW, item, sample

UNITS = ("items", "done", "left", "items/s", "s", "min", "as")
GLYPHS = "✓◷◌■✗⊘·"


def parted(lines: list[str]) -> list[str]:
    """Return the lines that end with a number or a glyph whose other half begins the next one."""
    return [one for one, more in itertools.pairwise(lines) if broken(one.split(), more.split())]


def broken(one: list[str], more: list[str]) -> bool:
    return bool(one and more and (one[-1] in GLYPHS or (one[-1][-1].isdigit() and more[0] in UNITS)))


@pytest.mark.parametrize("width", range(40, 121, 2))
def test_a_number_and_its_unit_stay_together(width: int) -> None:
    """In the head of a batch and in the line of a group, at every width; nothing is wider than the screen."""
    engine = sample()
    batch, other = engine.found[MIXED], engine.found["01KDEMO0000000000000000003"]
    lines = head_lines(batch, NOW, Thresholds(), Pace(), width)
    group = group_lines(Group("01K", 1, 2), [batch, other], NOW, width + 2, Pace())[:-1]
    for found in (lines, group):
        assert all(line.cell_len <= width for line in found if "creator" not in line.plain.lower())
        assert parted([line.plain for line in found]) == []


def test_what_a_line_can_hold_is_not_broken() -> None:
    """Parts go on in the last line of those before, where there is room."""
    begun = [Text("12 items")]
    lines = in_lines([Text("✓ 3"), Text(""), Text("◌ 4")], 14, "  ", after=begun)
    assert [line.plain for line in lines] == ["12 items  ✓ 3", "◌ 4"]
    assert begun[0].plain == "12 items"


def test_what_goes_on_hangs_under_its_begin() -> None:
    """Also where there is nothing to say; an amount is never parted from its unit."""
    lead = Text("  r       ", "strong")
    lines = hanging(lead, Text("Send the marked items, or all shown, again"), 36)
    assert [line.plain for line in lines] == ["  r       Send the marked items, or", "          all shown, again"]
    assert [line.plain for line in hanging(lead, Text(""), 36)] == ["  r       "]
    cost = Text.assemble("for 2 calls; signer has ", ("999,999.991074 STX", "bad"))
    assert [line.plain for line in hanging(lead, cost, 51)][1] == "          999,999.991074 STX"


async def test_the_help_hangs_at_80_columns() -> None:
    """No line of the help begins where the keys stand, but with a key; a glyph keeps its word."""
    app = deck_over(sample())
    async with run(app, (80, 60)) as pilot:
        await open_batch(pilot)
        await pilot.press("question_mark")
        await seen(pilot, "Keys")
        shown = [line.split("│")[1].rstrip() for line in picture(app).splitlines() if line.count("│") == 2]
        titles = [line.strip() for line in shown if line.startswith("  ") and line[2:3].isalpha() and line[4:5] != " "]
        assert len(titles) == len(set(titles))
        begun = [line for line in shown if line.startswith("    ") and not line.startswith(" " * 19)]
        assert [line for line in begun if line[4:20].strip() == ""] == []
        assert parted(shown) == []


def test_catalogue_only_is_whole_at_80_columns() -> None:
    """An outcome is never cut: its column is as wide as what stands in it."""
    ended = item("01K", 0, S.CATALOGUE_ONLY, operation=Operation.UPDATE_METADATA, value={"refundable": True})
    rows = [item_row(replace(ended, replaced={"refundable": False}))]
    for width in (60, 78, 99, 100, 120):
        places = lay_out(fitted(ITEM_COLUMNS, rows), width)
        shown = [
            "".join(text for text, _ in cell_pieces(rows[0].cells[one.index], one.width, one.column)) for one in places
        ]
        assert any(cell.strip() == "■ catalogue-only" for cell in shown), (width, shown)
