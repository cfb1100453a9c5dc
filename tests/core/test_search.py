"""The search language: what is typed means one thing, or says what is wrong with it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.amounts import read_amount
from engine.core.operations.price import MAX_PRICE
from engine.core.search import (
    GUIDE,
    MOST_TERMS,
    Changed,
    Creator,
    Kind,
    OffChain,
    Price,
    Search,
    Term,
    What,
    Words,
    parse,
    write,
)

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=20)
PRICES = st.tuples(st.integers(0, MAX_PRICE), st.integers(0, MAX_PRICE)).map(lambda ends: Price(min(ends), max(ends)))
WHATS: st.SearchStrategy[What] = st.one_of(
    TEXT.map(Words),
    st.sampled_from(["stx", "OFF-CHAIN", "!x", '"', "\\", "a:b", "12:30", 'a"b']).map(Words),
    st.sampled_from(["S", "ST", "SP2J6"]).map(Creator),
    TEXT.filter(str.strip).map(Kind),
    PRICES,
    st.builds(
        lambda many, unit: Changed(many * unit), st.integers(1, 99_999), st.sampled_from([60, 3600, 86_400, 604_800])
    ),
    st.just(OffChain()),
)
TERMS = st.builds(Term, WHATS, st.booleans())


@given(st.text())
def test_no_text_breaks_the_parser(text: str) -> None:
    """Whatever is typed is a search or names its problems; and a problem finds nothing."""
    found = parse(text)
    assert not (found.terms and found.problems)
    assert all(one.field == "search" and one.message for one in found.problems)


@given(st.text('!":=<>.\\ aS0stxprice:changed:<7dtype:creator:off-chain', max_size=60))
def test_no_half_typed_term_breaks_the_parser(text: str) -> None:
    """What stands there between two keys is read or refused as well."""
    assert parse(text) == parse(text)


@given(st.lists(TERMS, max_size=MOST_TERMS).map(lambda terms: Search(tuple(terms))))
def test_what_is_written_is_read_back_equal(search: Search) -> None:
    """Every search has a text that means it, and no other."""
    assert parse(write(search)) == search


@pytest.mark.parametrize(
    ("text", "whats"),
    [
        ("", []),
        ("  slow   cinema ", [Words("slow"), Words("cinema")]),
        ('"slow cinema"', [Words("slow cinema")]),
        (r'"say \"no\" \\"', [Words(r'say "no" ' + "\\")]),
        ('12:30 a"b', [Words("12:30"), Words('a"b')]),
        ("creator:st2cy", [Creator("ST2CY")]),
        ('TYPE:video type:"audio book"', [Kind("video"), Kind("audio book")]),
        ("price:>2stx", [Price(2_000_001, MAX_PRICE)]),
        ("price:>=2stx", [Price(2_000_000, MAX_PRICE)]),
        ("price:<2stx", [Price(0, 1_999_999)]),
        ("price:<=1.5STX", [Price(0, 1_500_000)]),
        ("price:2500000 price:=2.5stx", [Price(2_500_000, 2_500_000)] * 2),
        ("price:1stx..2stx", [Price(1_000_000, 2_000_000)]),
        ("price:1..2ustx", None),
        ("changed:<7d changed:<90m changed:<2w", [Changed(604_800), Changed(5400), Changed(1_209_600)]),
        ("Off-Chain", [OffChain()]),
        ('"off-chain" "stx" stx', [Words("off-chain"), Words("stx"), Words("stx")]),
    ],
)
def test_each_kind_of_term_is_read(text: str, whats: list[What] | None) -> None:
    """Keys have no case, amounts are exact, bounds are what the sign says."""
    if whats is None:
        assert parse(text).problems
    else:
        assert parse(text) == Search(tuple(map(Term, whats)))


def test_any_term_can_be_turned_round() -> None:
    """! before a term; longer ago is not less long ago."""
    found = parse("!bread !type:video !off-chain changed:>7d !changed:>7d")
    assert [term.negated for term in found.terms] == [True, True, True, True, False]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("colour:red", "'colour:' is not known: use creator, type, price, changed"),
        ("Zen: art", "put the text in quotes"),
        ("price:", "like price:>2stx"),
        ("price:>", "amount is missing"),
        ("price:> 2stx", "amount is missing"),
        ("price:>2 stx", "stands alone"),
        ("price:2.5", "write 2.5stx"),
        ("price:cheap", "is not an amount"),
        ("price:>9223372036854775807", "no price is there"),
        ("price:<0", "no price is there"),
        ("price:99999999999999999999", "out of range"),
        ("price:1..2stx", "different units"),
        ("price:2stx..1stx", "ends before it begins: write price:1stx..2stx"),
        ("price:1stx..", "one end is missing"),
        ("changed:7d", "write changed:<7d"),
        ("changed:<0d", "no time ago"),
        ("changed:<7y", "m for minutes"),
        ("creator:bob", "begin with SP"),
        ("!", "stands alone"),
        ("!!bread", "! twice"),
        ('"bread', "no closing quote"),
        ('"bread"s', "put a blank"),
        ('""', "quotes nothing"),
        ("a " * (MOST_TERMS + 1), "at most 30"),
        ("a" * 3000, "3,000 characters"),
        ("\ud800", "can't be looked for"),
    ],
)
def test_what_cant_be_read_says_why_and_finds_nothing(text: str, words: str) -> None:
    """A problem quotes what was typed and says what to type; nothing of the rest is searched for."""
    found = parse(text)
    assert found.terms == ()
    assert any(words in one.message for one in found.problems)
    assert all(one.message.isprintable() for one in found.problems)


def test_every_example_of_the_help_can_be_typed() -> None:
    """What the help shows is a search of one term."""
    assert all(len(parse(example).terms) == 1 for example, _ in GUIDE)


@given(st.integers(0, MAX_PRICE))
def test_amounts_are_exact(micro: int) -> None:
    """STX with six decimals and integers of µSTX are the same amount, to the last one."""
    assert read_amount(f"{micro // 10**6}.{micro % 10**6:06d}stx") == read_amount(f"{micro}") == micro
