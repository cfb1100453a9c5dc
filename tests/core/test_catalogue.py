"""A catalogue file goes in whole or not at all, and comes out as it went in."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.catalogue import COLUMNS, Format, line_numbers, read_catalogue, unfit_contents, write_catalogue
from engine.core.model import Content
from engine.core.tabular import FORMATS
from tests.core.nouns import NOW

SAMPLE = Path(__file__).parents[2] / "console" / "sample.csv"
CREATOR = "ST1SJ3DTE5DN7X54YDH5D64R3BCB6A2AG2ZQ8YPD5"
MAINNET = "SP000000000000000000002Q6VF78"
HEADER = "content_id,creator,title,price"


def text_of(least: int, most: int) -> st.SearchStrategy[str]:
    return st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=least, max_size=most)


IDS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20)
CONTENTS = st.lists(
    st.builds(
        Content,
        content_id=IDS,
        creator=st.just(CREATOR),
        title=text_of(1, 40),
        price=st.integers(1, 2**63 - 1),
        on_chain_id=st.none() | st.integers(0, 2**128 - 1),
        description=text_of(0, 60),
        content_type=st.just("") | text_of(3, 20),
        token_gating=st.booleans(),
        refundable=st.booleans(),
        refund_window_days=st.integers(0, 365),
        url=text_of(0, 40),
    ),
    max_size=6,
    unique_by=(
        lambda one: one.content_id,
        lambda one: one.on_chain_id if one.on_chain_id is not None else one.content_id,
    ),
)


def problems(text: str, format: Format = "csv") -> list[tuple[int, str, str]]:
    contents, found = read_catalogue(text, format, "testnet")
    assert not contents or not found
    return [(problem.line, problem.column, problem.message) for problem in found]


def rows(*lines: str) -> str:
    return "\n".join((HEADER, *lines)) + "\n"


def test_sample() -> None:
    """The 3,200 titles of the sample come in whole and go out byte for byte."""
    text = SAMPLE.read_text(encoding="utf-8")
    contents, found = read_catalogue(text, "csv", "testnet")
    assert (len(contents), found) == (3200, [])
    assert len({content.creator for content in contents}) == 4
    assert sum(content.on_chain_id is None for content in contents) == 80
    assert write_catalogue(contents, "csv") == text


def test_the_sample_is_as_its_films_are() -> None:
    """What newcomers see first: prices in tenths of STX, titles in their own letters, and no film of the future."""
    contents, _ = read_catalogue(SAMPLE.read_text(encoding="utf-8"), "csv", "testnet")
    assert [one.content_id for one in contents if one.price % 100_000] == []
    assert [one.content_id for one in contents if re.search(r" 20(1[2-9]|[2-9]\d)$", one.description or "")] == []
    titles = {one.content_id: one.title for one in contents}
    assert titles["film-0041"] == "Astérix aux Jeux Olympiques"
    assert titles["film-0649"] == "The Naked Gun 2½: The Smell of Fear"
    assert set("".join(titles.values())) - set(map(chr, range(32, 127))) <= set("éêôùíëàèäáóû³¢½…")


@pytest.mark.parametrize("format", FORMATS)
@given(contents=CONTENTS)
def test_round_trip(format: Format, contents: list[Content]) -> None:
    """Whatever may be in a catalogue survives a way out and back in every format."""
    assert read_catalogue(write_catalogue(contents, format), format, "testnet") == (contents, [])


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends_and_mark(newline: str) -> None:
    """A byte order mark, any line end, a missing last one, blank lines and quoted line breaks are all right."""
    text = newline.join(("\ufeff" + HEADER, "", f'7,{CREATOR},"one\ntwo, ""three""",5', f"x,{CREATOR},T,1"))
    contents, found = read_catalogue(text, "csv", "testnet")
    assert found == []
    assert [content.title for content in contents] == ['one\ntwo, "three"', "T"]
    assert line_numbers(text, "csv") == [3, 5]


def test_on_chain_id() -> None:
    """Without its column a numeric content id serves; with it, an empty cell means: not on the chain."""
    bare, _ = read_catalogue(rows(f"7,{CREATOR},T,1", f"x7,{CREATOR},T,1"), "csv", "testnet")
    full, _ = read_catalogue(f"{HEADER},on_chain_id\n7,{CREATOR},T,1,\n8,{CREATOR},T,1,9\n", "csv", "testnet")
    assert [content.on_chain_id for content in bare] == [7, None]
    assert [content.on_chain_id for content in full] == [None, 9]


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (f",{CREATOR},T,1", "content_id", "is empty"),
        (f"{'x' * 129},{CREATOR},T,1", "content_id", "xxx... has 129 characters: give 1 to 128"),
        (f"a\tb,{CREATOR},T,1", "content_id", "control character"),
        (f"a\x00b,{CREATOR},T,1", "content_id", "control character"),
        (f" a,{CREATOR},T,1", "content_id", "space"),
        ("a,ST1,T,1", "creator", "'ST1' has the wrong length"),
        (f"a,{CREATOR[:-1]}6,T,1", "creator", "checksum, so a character is wrong or swapped: copy it again"),
        (f"a,{CREATOR.lower()},T,1", "creator", "lower case"),
        (f"a,{MAINNET},T,1", "creator", "of mainnet"),
        (f"a,{CREATOR},,1", "title", "is empty"),
        (f"a,{CREATOR},{'t' * 256},1", "title", "1 to 255"),
        (f"a,{CREATOR},t\x00,1", "title", "NUL"),
        (f"a,{CREATOR},\ud800,1", "title", "broken"),
        (f"a,{CREATOR},T,", "price", "is empty"),
        (f"a,{CREATOR},T,0", "price", "0 is out of range: give an integer of µSTX from 1"),
        (f"a,{CREATOR},T,-1", "price", "-1 is out of range"),
        (f"a,{CREATOR},T,1.5", "price", "'1.5' isn't an integer"),
        (f"a,{CREATOR},T,1e3", "price", "'1e3' isn't an integer"),
        (f"a,{CREATOR},T,٣", "price", "isn't an integer"),
        (f"a,{CREATOR},T,{2**63}", "price", "out of range"),
        (f"a,{CREATOR},T,1,2", "", "has 5 cells"),
        (f'a,{CREATOR},"T"x,1', "", "isn't CSV"),
    ],
)
def test_bad_cells(row: str, column: str, words: str) -> None:
    """A bad line is named by its number in the file and its column, with its value and the remedy."""
    (found,) = problems(rows(f"1,{CREATOR},fine,1", row, f"2,{CREATOR},fine,1"))
    assert found[:2] == (3, column)
    assert words in found[2]


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("on_chain_id", "-1", "2^128-1"),
        ("on_chain_id", str(2**128), "2^128-1"),
        ("description", "d" * 10_001, "10000"),
        ("content_type", "ab", "3 to 50"),
        ("token_gating", "yes", "true or false"),
        ("refundable", "True", "true or false"),
        ("refund_window_days", "366", "365"),
        ("url", "u" * 2049, "2048"),
    ],
)
def test_bad_optional_cells(column: str, value: str, words: str) -> None:
    """What isn't required is judged as strictly when it is there."""
    (found,) = problems(f"{HEADER},{column}\na,{CREATOR},T,1,{value}\n")
    assert found[:2] == (2, column)
    assert words in found[2]


def test_every_problem_is_named() -> None:
    """Three bad lines of many are all named at once, and no content comes in."""
    lines = [f"{number},{CREATOR},Title {number},1000" for number in range(1, 251)]
    lines[9], lines[99], lines[199] = f"10,{CREATOR},T,free", "100,ST1,T,1", f"1,{CREATOR},,0"
    found = problems(rows(*lines))
    assert [problem[:2] for problem in found] == [
        (11, "price"),
        (101, "creator"),
        (201, "title"),
        (201, "price"),
        (201, "content_id"),
    ]


def test_duplicates() -> None:
    """An id that is there twice is named with the line that has it already; so is an on-chain id."""
    found = problems(f"{HEADER},on_chain_id\na,{CREATOR},T,1,5\na,{CREATOR},T,1,6\nb,{CREATOR},T,1,5\n")
    assert [problem[:2] for problem in found] == [(3, "content_id"), (4, "on_chain_id")]
    assert all("is on line 2 already" in problem[2] for problem in found)


def test_duplicates_of_lines_with_other_problems() -> None:
    """Whatever else is wrong with a line or its twin: one look mends the file."""
    for first, second in (("free", "1"), ("1", "free"), ("free", "free")):
        found = problems(rows(f"7,{CREATOR},T,{first}", f"7,{CREATOR},T,{second}"))
        assert (3, "content_id", "'7' is on line 2 already: give each content its own") in found
        assert [problem[1] for problem in found].count("content_id") == 1
        assert "on_chain_id" not in [problem[1] for problem in found]


@pytest.mark.parametrize("text", ["", "\ufeff", "\n\r\n", "\ufeff \n\t\n"])
@pytest.mark.parametrize(
    ("format", "words"),
    [
        ("csv", "its first line names the columns (content_id, creator, title, price ...)"),
        ("json", "write an array of contents, [{...}, {...}]"),
    ],
)
def test_an_empty_file_is_called_empty(text: str, format: Format, words: str) -> None:
    """It was told that four columns are missing; what a file has to hold is said in one sentence."""
    contents, problems = read_catalogue(text, format, "testnet")
    assert contents == []
    (problem,) = problems
    assert str(problem).startswith(f"line 1: the file is empty: {words}")


def test_columns() -> None:
    """A column that is missing, unknown or there twice is named before any row is judged by it."""
    assert problems("content_id,creator,title\n") == [(1, "price", "is missing: the file needs this column")]
    assert problems(f"{HEADER},Prize\n")[0] == (1, "Prize", "is no column of the catalogue: did you mean price?")
    assert problems(f"{HEADER},title\n")[0][:2] == (1, "title")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "array"),
        ('{"content_id": 1}', 1, "array"),
        ("[\n{},\n]", 3, "isn't JSON"),
        ("[\n1]", 2, "isn't a JSON object"),
        ('[\n{"price": NaN}]', 2, "NaN"),
        ('[{"price": 1, "price": 2}]', 1, "'price' is there twice"),
        ('[{"a": ' + "[" * 100_000, 1, "isn't JSON"),
        ('[{"price": ' + "9" * 5_000 + "}]", 1, "isn't JSON"),
        ("[{} {}]", 1, "comma"),
        ("[{},{}", 1, "comma"),
        ("[] []", 1, "behind the array"),
    ],
)
def test_bad_json(text: str, line: int, words: str) -> None:
    """JSON that is broken, ambiguous or monstrous is refused with its line, and never takes the process down."""
    assert any(found[0] == line and words in found[2] for found in problems(text, "json")), problems(text, "json")


def test_json_is_not_coerced() -> None:
    """A JSON number is a number and text is text; only a content id may be an integer."""
    row = {"content_id": 7, "creator": CREATOR, "title": "T", "price": 1, "refundable": True}
    good = read_catalogue(json.dumps([row]), "json", "testnet")[0]
    assert good == [Content("7", CREATOR, "T", 1, 7, refundable=True)]
    bad: list[tuple[str, object]] = [("title", 7), ("on_chain_id", "7"), ("refund_window_days", "7")]
    bad += [("price", value) for value in ("1 STX", "5", "", 1.0, True)]
    bad += [(column, value) for column in ("refundable", "token_gating") for value in (1, "true", "")]
    for column, value in bad:
        for format, text in (
            ("json", json.dumps([row | {column: value}])),
            ("jsonl", json.dumps(row | {column: value})),
        ):
            (found,) = problems(text, format)
            assert found[:2] == (1, column)
            assert ("true" if value is True else repr(value)) in found[2]


def test_jsonl_lines() -> None:
    """Each line of JSONL stands for itself: blank ones are skipped, bad ones named, U+2028 is no line end."""
    row = json.dumps({"content_id": "a", "creator": CREATOR, "title": "x\u2028y", "price": 1}, ensure_ascii=False)
    assert read_catalogue(f"{row}\n\n", "jsonl", "testnet")[0][0].title == "x\u2028y"
    assert [found[0] for found in problems(f"{row}\n\nnonsense\n[]\n", "jsonl")] == [3, 4]


def test_removed_contents() -> None:
    """An export of removals says so in columns of its own, and such a line is not imported again."""
    gone = Content("a", CREATOR, "T", 1, removed_at=NOW, removal_reason="rights")
    text = write_catalogue([gone, Content("b", CREATOR, "T", 1)], "csv")
    assert text.splitlines()[0] == ",".join((*COLUMNS, "removed_at", "removal_reason"))
    assert {found[:2] for found in problems(text)} == {(2, "removed_at"), (2, "removal_reason")}


@given(contents=CONTENTS)
def test_what_a_file_may_hold_a_program_may_give(contents: list[Content]) -> None:
    """The same rules judge both."""
    assert unfit_contents(contents, "testnet") == []


GOOD = Content("a", CREATOR, "T", 1)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"content_id": ""}, "content_id: is empty: every content needs it"),
        ({"content_id": "g\x1b[2J"}, "content_id: 'g\\x1b[2J' has a control character"),
        ({"content_id": "\ud800"}, "content_id: '\\ud800' has a control character"),
        ({"content_id": 7}, "content_id: 7 isn't text"),
        ({"creator": "nobody"}, "creator: address 'nobody', character 1"),
        ({"creator": MAINNET}, "of mainnet: this catalogue is of testnet"),
        ({"title": None}, "title: is empty"),
        ({"price": 1.5}, "price: 1.5 isn't an integer: give an integer of µSTX"),
        ({"price": True}, "price: true isn't an integer"),
        ({"price": "5"}, "price: '5' isn't an integer"),
        ({"price": 0}, "price: 0 is out of range"),
        ({"on_chain_id": "7"}, "on_chain_id: '7' isn't an integer"),
        ({"on_chain_id": ""}, "on_chain_id: '' isn't an integer"),
        ({"description": None}, "description: null can't be used"),
        ({"content_type": "ab"}, "content_type"),
        ({"token_gating": "true"}, "token_gating: 'true' is neither true nor false"),
        ({"refundable": 0}, "refundable: 0 is neither true nor false"),
        ({"refund_window_days": False}, "refund_window_days: false isn't an integer"),
        ({"url": "\ud800"}, "url"),
        ({"removed_at": NOW}, "removed_at: is set: a removed content can't be imported"),
        ({"price": 0, "title": ""}, "; price: 0 is out of range"),
    ],
)
def test_a_program_is_judged_as_a_file_is(fields: dict[str, object], words: str) -> None:
    """Each content that can't be is named by its place, each field in the words of a file's problem."""
    bad = replace(GOOD, **fields)
    ((index, reason),) = unfit_contents([GOOD, bad, GOOD], "testnet")
    assert index == 1
    assert words in reason
