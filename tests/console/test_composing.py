"""What an operator types: prices, ids, metadata, times; and how a choice becomes drafts."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.compose_form import field_of, merged, read_form, read_ids, sum_text
from console.composing import (
    MOST_IN_RANGE,
    Intent,
    Pick,
    parse_ids,
    parse_price,
    parse_set,
    parse_time,
    split,
    whole,
)
from engine.core.model import Draft, Problem
from engine.core.operations import stx
from engine.core.rules import check_draft
from tests.console.fake_engine import ALICE, BOB, NOW
from tests.console.shelf import content

INTENT = Intent("update-price", {"newPrice": 1_500_000})


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("1.5stx", 1_500_000),
        ("1.5 STX", 1_500_000),
        ("  2 Stx ", 2_000_000),
        ("1500000", 1_500_000),
        ("1500000ustx", 1_500_000),
        ("1500000\u00b5STX", 1_500_000),
        ("1500000\u03bcstx", 1_500_000),
        ("0.000001stx", 1),
        ("9223372036854775807", 2**63 - 1),
        ("9223372036854.775807stx", 2**63 - 1),
    ],
)
def test_a_price_is_read_to_the_last_micro(text: str, price: int) -> None:
    """A unit says STX; digits alone are µSTX; nothing passes through a float."""
    assert parse_price(text) == price


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0", "least price"),
        ("0stx", "least price"),
        ("-1", "out of range"),
        ("-1.5stx", "out of range"),
        ("1.5", "write 1.5stx"),
        ("1.5ustx", "write 1.5stx"),
        ("9223372036854775808", "out of range"),
        ("9223372036854.775808stx", "out of range"),
        ("9" * 5000, "out of range"),
        ("0.0000001stx", "6 at most"),
        ("text", "is not a price"),
        ("1,5stx", "is not a price"),
        ("1e6", "is not a price"),
        ("\u0663", "is not a price"),
        ("+1", "is not a price"),
        ("", "missing"),
        ("[/x]\x1b[31m", "is not a price"),
    ],
)
def test_a_bad_price_is_named_with_its_remedy(text: str, words: str) -> None:
    """A refusal quotes what was typed, without its control characters, and says what to type."""
    found = parse_price(text)
    assert isinstance(found, Problem)
    assert found.field == "newPrice"
    assert words in found.message
    assert repr(text)[1:20] in found.message or not text
    assert found.message.isprintable()


@given(st.integers(1, 2**63 - 1))
def test_every_price_that_is_shown_can_be_typed(price: int) -> None:
    """What a screen writes as STX is read back as the same µSTX."""
    assert parse_price(stx(price)) == price
    assert parse_price(str(price)) == price


@given(st.decimals(min_value=0, max_value=10**14, places=6, allow_nan=False))
def test_stx_are_exact(amount: Decimal) -> None:
    """Six decimals of STX are whole µSTX, whatever a float would make of them."""
    found, micro = parse_price(f"{amount:f}stx"), int(amount * 1_000_000)
    assert found == micro if 1 <= micro < 2**63 else isinstance(found, Problem)


@given(st.text())
def test_no_text_breaks_a_reader(text: str) -> None:
    """Whatever is typed, there is a value or a problem, and never an exception."""
    assert isinstance(parse_price(text), int | Problem)
    assert isinstance(parse_ids(text), list | Problem)
    assert isinstance(parse_set(text), dict | Problem)


def test_ids_come_by_comma_blank_line_and_range() -> None:
    """What is pasted from a table or written by hand reads the same."""
    wanted = ["content-1", "7", "20", "21", "22"]
    assert parse_ids("content-1,7,20-22") == wanted
    assert parse_ids(" content-1\r\n7\n\n20-22 ,") == wanted


@pytest.mark.parametrize("text", ["2024-01", "a-b", "007-010", "1-x", "content-20-25"])
def test_a_range_stands_only_between_two_integers(text: str) -> None:
    """An id that only looks like a range stays an id."""
    assert parse_ids(text) == [text]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("7,8,7", "'7' is given twice"),
        ("7,5-9", "'7' is given twice"),
        ("25-20", "write 20-25"),
        (f"1-{MOST_IN_RANGE + 1}", "shorter range"),
        ("1-99999999999999999999", "shorter range"),
        ("20 - 25", "without blanks"),
        (" ,\n", "No content is named"),
        ("a" * 129, "129 characters"),
        ("x\x1b[31m", "control characters"),
    ],
)
def test_bad_ids_are_named_with_their_remedy(text: str, words: str) -> None:
    """A repeated id, a wild range or a control character is refused by name."""
    found = parse_ids(text)
    assert isinstance(found, Problem)
    assert found.field == "contentIds"
    assert words in found.message


def test_metadata_is_read_by_its_field() -> None:
    """Flags and days become what the wire wants; a title stays text, whatever it looks like."""
    assert parse_set("tokenGating=true") == {"tokenGating": True}
    assert parse_set("refundWindowDays=30") == {"refundWindowDays": 30}
    assert parse_set("title=1=1") == {"title": "1=1"}
    assert parse_set(["description=", "refundable=False"]) == {"description": "", "refundable": False}


@pytest.mark.parametrize(
    ("given_", "field", "words"),
    [
        ("tokenGating=maybe", "updates.tokenGating", "true or false"),
        ("refundWindowDays=1.5", "updates.refundWindowDays", "0 to 365"),
        ("refundWindowDays=366", "updates.refundWindowDays", "0 to 365"),
        ("title=", "updates.title", "1 to 255"),
        ("price=1", "updates.price", "Unknown field"),
        ("title", "updates", "FIELD=VALUE"),
        (["title=a", "title=b"], "updates.title", "twice"),
    ],
)
def test_bad_metadata_is_named_with_its_remedy(given_: str | list[str], field: str, words: str) -> None:
    """A refusal names the field as it was written, and what it takes."""
    found = parse_set(given_)
    assert isinstance(found, Problem)
    assert found.field == field
    assert words in found.message


def test_a_time_needs_its_zone() -> None:
    """Nothing means at once; a time without a zone is a different time for every operator."""
    assert parse_time(" ") is None
    assert getattr(parse_time("2026-12-24T08:00Z"), "isoformat")() == "2026-12-24T08:00:00+00:00"  # noqa: B009
    assert "no time zone" in getattr(parse_time("2026-12-24T08:00"), "message")  # noqa: B009
    assert "is not a time" in getattr(parse_time("soon"), "message")  # noqa: B009


def test_101_items_make_two_batches_in_order() -> None:
    """More than a hundred are split in the order in which they were chosen, and nothing is lost."""
    picks = [Pick(f"content-{number}", ALICE) for number in range(101)]
    ids = tuple(pick.content_id for pick in picks)
    assert split(picks, INTENT) == [
        Draft("update-price", ALICE, ids[:100], INTENT.payload),
        Draft("update-price", ALICE, ids[100:], INTENT.payload),
    ]


@given(st.lists(st.tuples(st.sampled_from([ALICE, BOB]), st.integers(1, 9999)), unique_by=lambda pair: pair[1]))
def test_a_split_keeps_every_item_once(pairs: list[tuple[str, int]]) -> None:
    """Each draft is of one creator, can be accepted, and together they are the choice, each creator's in order."""
    drafts = split([Pick(str(number), creator) for creator, number in pairs], INTENT, size=7)
    for creator in (ALICE, BOB):
        mine = [one for draft in drafts if draft.creator == creator for one in draft.content_ids]
        assert mine == [str(number) for one, number in pairs if one == creator]
    assert all(not check_draft(draft, "testnet").problems for draft in drafts)


def test_creators_make_drafts_of_their_own() -> None:
    """A mixed choice is reviewed by creator, in the order in which they first appear."""
    picks = [Pick("1", BOB), Pick("2", ALICE), Pick("3", BOB)]
    assert [(draft.creator, draft.content_ids) for draft in whole(picks, INTENT)] == [
        (BOB, ("1", "3")),
        (ALICE, ("2",)),
    ]


def test_a_form_without_faults_is_an_intent() -> None:
    """The intent is the wire's payload, with time and note."""
    reading = read_form("update-price", {"newPrice": "1.5stx", "why": " autumn sale "}, "testnet", NOW)
    assert reading.intent == Intent("update-price", {"newPrice": 1_500_000}, None, "autumn sale")
    assert read_form("remove-content", {}, "testnet", NOW).intent == Intent("remove-content", {})


def test_what_is_missing_is_not_wrong_yet() -> None:
    """An empty form asks for what it needs, and blames nobody."""
    for operation, field in (("update-price", "newPrice"), ("update-metadata", "updates.title")):
        reading = read_form(operation, {}, "testnet", NOW)
        assert reading.intent is None
        assert not reading.problems
        assert list(reading.missing) == [field]


@pytest.mark.parametrize(
    ("operation", "texts", "field"),
    [
        ("update-price", {"newPrice": "1.5"}, "newPrice"),
        ("update-price", {"newPrice": "1", "why": "x" * 501}, "why"),
        ("update-price", {"newPrice": "1", "scheduledFor": "soon"}, "scheduledFor"),
        ("remove-content", {"removalReason": "x" * 501}, "removalReason"),
        ("update-metadata", {"updates.tokenGating": "maybe"}, "updates.tokenGating"),
        ("update-metadata", {"updates.title": "ok", "updates.contentType": "x"}, "updates.contentType"),
    ],
)
def test_a_problem_stands_at_its_field(operation: str, texts: dict[str, str], field: str) -> None:
    """Every rule of the engine that the form can break is told beside the field that breaks it."""
    reading = read_form(operation, texts, "testnet", NOW)
    assert reading.intent is None
    assert list(reading.problems) == [field]


def test_blank_leaves_and_quotes_empty() -> None:
    """A blank field stays as it is; two quotation marks empty a description."""
    reading = read_form("update-metadata", {"updates.description": '""', "updates.refundable": "true"}, "testnet", NOW)
    assert reading.intent is not None
    assert reading.intent.payload == {"updates": {"description": "", "refundable": True}}


KNOWN = {"content-1": content(1), "content-4": content(4, BOB)}


def test_typed_ids_go_with_their_own_creator() -> None:
    """A known content goes with the creator that the catalogue names; one that is marked too counts once."""
    reading = read_ids("content-1 content-4", KNOWN, frozenset(), "", {"content-1": Pick("content-1", ALICE)})
    assert reading.picks == (Pick("content-1", ALICE), Pick("content-4", BOB))
    assert "1 of them marked too" in reading.note
    assert len(merged({"content-1": Pick("content-1", ALICE)}, reading.picks)) == 2


def test_ids_that_nobody_has_need_a_creator() -> None:
    """An id that the catalogue lacks is looked up first, then named, and taken only under a named creator."""
    assert read_ids("x-1", KNOWN, frozenset(), "", {}).unknown == ("x-1",)
    assert "x-1" in str(read_ids("x-1", KNOWN, frozenset({"x-1"}), "", {}).problem)
    came = read_ids("x-1", {**KNOWN, "x-1": content(7)}, frozenset({"x-1"}), "", {})
    assert (came.problem, came.strays, came.kept) == (None, (), ("x-1",)), "it was imported since it was asked for"
    named = read_ids("x-1", KNOWN, frozenset({"x-1"}), ALICE, {})
    assert (named.picks, named.problem) == ((Pick("x-1", ALICE),), None)


def test_ids_of_another_creator_are_named() -> None:
    """Whoever names a creator doesn't change another one's contents by a slip of the paste."""
    assert "content-4" in str(read_ids("content-1 content-4", KNOWN, frozenset(), ALICE, {}).problem)


def test_the_sum_says_every_split() -> None:
    """Items, creators and batches are always counted, and a split is never silent."""
    many = [Pick(str(number), ALICE) for number in range(101)]
    assert "101 items of 1 creator → 2 batches, split in order, 100 at most" in sum_text(many).plain
    assert sum_text([Pick("1", ALICE), Pick("2", BOB)]).plain.startswith("2 items of 2 creators → 2 batches, one for")
    assert "Nothing is chosen" in sum_text([]).plain
    lost = [Pick("x-1", ""), Pick("x-2", "")]
    assert sum_text([*lost, Pick("1", ALICE)]).plain == "1 item of 1 creator; 2 unknown → 1 batch", "nobody owns those"


def test_a_refusal_finds_its_field() -> None:
    """The engine names list entries; the form has one field for them."""
    assert [field_of(name) for name in ("contentIds[3]", "items[0].newPrice", "newPrice")] == [
        "contentIds",
        "contentIds",
        "newPrice",
    ]


@pytest.mark.parametrize(
    ("begins", "note", "due"),
    [
        ("", "begins at once", None),
        ("2026-11-23T08:14:59Z", "has passed: begins at once", None),
        ("2026-11-23T10:16+02:00", "begins at 2026-11-23 08:16:00 UTC", datetime(2026, 11, 23, 8, 16, tzinfo=UTC)),
    ],
)
def test_when_it_begins_is_said_in_one_zone(begins: str, note: str, due: datetime | None) -> None:
    """A time that has passed is no schedule, and every zone is told in UTC."""
    reading = read_form("update-price", {"newPrice": "1", "scheduledFor": begins}, "testnet", NOW)
    assert reading.notes["scheduledFor"] == note
    assert reading.intent is not None
    assert reading.intent.scheduled_for == due
