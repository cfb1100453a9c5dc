"""Text from outside is data: what is drawn can do nothing but be read."""

from __future__ import annotations

import pytest
from rich.cells import cell_len
from rich.text import Text

from console import text
from console.composing import parse_price
from console.text import ASCII, UNICODE, display_text, middle, takes_unicode
from console.widgets.columns import Column, cell_pieces
from tests.console.hostile import CORPUS, harmful


@pytest.mark.parametrize("given", CORPUS, ids=ascii)
def test_nothing_harmful_survives(given: str) -> None:
    """Whatever comes in, no control, format or surrogate character comes out."""
    assert harmful(display_text(given)) == []
    assert "\n" not in display_text(given)


def test_a_unit_is_read_without_unicode_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under LANG=C an amount of micro-STX has the unit that it may be typed with, not a question mark."""
    monkeypatch.setattr(text, "glyphs", lambda: ASCII)
    assert display_text("2,000 \u00b5STX, 1 \u03bcSTX") == "2,000 uSTX, 1 uSTX"
    assert parse_price("1500ustx") == 1500


@pytest.mark.parametrize("given", CORPUS, ids=ascii)
def test_a_terminal_without_unicode_gets_ascii_alone(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under LANG=C not one byte beyond ASCII is drawn."""
    monkeypatch.setattr(text, "glyphs", lambda: ASCII)
    assert display_text(given).isascii()
    assert harmful(display_text(given)) == []


def test_what_was_replaced_can_be_seen() -> None:
    """A control is shown as its picture, so that nobody mistakes a hostile title for a clean one."""
    assert display_text("a\x1b[2Jb\nc\u202ed") == "a␛[2Jb␤c\N{REPLACEMENT CHARACTER}d"


def test_brackets_stay() -> None:
    """Markup is only text."""
    assert display_text("price [ETH] [/x] [@click=app.quit]") == "price [ETH] [/x] [@click=app.quit]"


def test_every_glyph_is_one_cell_wide() -> None:
    """A wider sign would push a table out of shape; the ASCII signs are ASCII."""
    for signs in (UNICODE, ASCII):
        drawn = [*signs.outcomes.values(), *signs.statuses.values(), signs.mark, signs.ellipsis, signs.arrow]
        assert [cell_len(sign) for sign in drawn] == [1] * len(drawn)
    assert "".join([*ASCII.outcomes.values(), *ASCII.statuses.values(), ASCII.mark]).isascii()


def test_each_outcome_has_a_glyph_of_its_own() -> None:
    """Colour is never the only sign."""
    for signs in (UNICODE, ASCII):
        assert len(set(signs.outcomes.values())) == len(signs.outcomes)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, True),
        ({"LANG": "en_GB.UTF-8"}, True),
        ({"LANG": "C"}, False),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, False),
        ({"LC_ALL": "C", "LANG": "en_GB.UTF-8"}, False),
        ({"LANG": "POSIX", "LC_ALL": "en_GB.utf8"}, True),
    ],
)
def test_the_locale_decides(environment: dict[str, str], expected: bool) -> None:
    """LANG=C means ASCII, also where Python has set LC_CTYPE by itself."""
    assert takes_unicode(environment) is expected


def test_an_address_is_cut_in_the_middle() -> None:
    """Both ends of an address are what people recognise."""
    assert middle("ST2CY5V39NHDPWSXMW9QDT3HC3GD6Q6XX4CFRK9AG", 13) == "ST2CY5…FRK9AG"
    assert middle("漢字かな" * 9, 13) == "漢字か…字かな"


@pytest.mark.parametrize("width", [1, 2, 5, 11, 40])
@pytest.mark.parametrize("given", CORPUS, ids=ascii)
def test_a_cell_is_exactly_as_wide_as_its_column(given: str, width: int) -> None:
    """Wide characters, cuts and styles never push the next column away."""
    for cell in (given, Text.assemble((given, "failed"), given)):
        pieces = cell_pieces(cell, width, Column("x", "X", width))
        assert sum(cell_len(piece) for piece, _ in pieces) == width
        assert harmful("".join(piece for piece, _ in pieces)) == []
