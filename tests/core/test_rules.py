"""What may be accepted: every refusal names the field, the value and the remedy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType

import pytest

from engine.core.model import BatchStatus, Draft, DraftItem, Hold, ItemState, Outcome
from engine.core.rules import check_draft, hold_problem, outcome_problems
from engine.core.summary import status
from tests.core.nouns import CREATOR, NOW, batch

PRICE = {"newPrice": 1_500_000}


def draft(**given: object) -> Draft:
    return Draft(**{"operation": "update-price", "creator": CREATOR, "content_ids": ["a"], "payload": PRICE} | given)


def refusals(given: Draft) -> dict[str, str]:
    checked = check_draft(given, "testnet")
    assert checked.entries == () or not checked.problems
    return {problem.field: problem.message for problem in checked.problems}


def test_a_good_draft_is_taken_as_it_is() -> None:
    """Ids may be text or integers, and come out as text, in order."""
    checked = check_draft(draft(content_ids=["film-1", 7, "8"]), "testnet")
    assert not checked.problems
    assert [entry.content_id for entry in checked.entries] == ["film-1", "7", "8"]
    assert {entry.value["price"] for entry in checked.entries} == {1_500_000}


@pytest.mark.parametrize(
    ("price", "part"),
    [
        (0, "0 is out of range"),
        (-1, "-1 is out of range"),
        (2**63, f"{2**63} is out of range"),
        (1.5, "1.5 is not an integer"),
        ("5", "'5' is not an integer"),
        (True, "true is not an integer"),
        (None, "null is not an integer"),
        (float("nan"), "nan is not an integer"),
        pytest.param(10**5000, "over 60 digits", id="huge"),
    ],
)
def test_a_price_is_an_integer_of_micro_stx(price: object, part: str) -> None:
    """A give-away must never be a typo, and nothing is coerced."""
    message = refusals(draft(payload={"newPrice": price}))["newPrice"]
    assert part in message
    assert "µSTX" in message


@pytest.mark.parametrize("price", [1, 2**63 - 1])
def test_the_ends_of_the_price_range_are_inside(price: int) -> None:
    """1 µSTX and the largest signed integer are prices."""
    assert refusals(draft(payload={"newPrice": price})) == {}


@pytest.mark.parametrize(
    ("creator", "part"),
    [
        ("SP1PQHQKV0RJXZFY1DGX8MNSNYVE3VGZJSRCBGD7R", "mainnet"),
        ("ST1PQHQKV0RJXZFY1DGX8MNSNYVE3VGZJSRTPGZGN", "checksum, so a character is wrong or swapped: copy it again"),
        ("st1pqhqkv0rjxzfy1dgx8mnsnyve3vgzjsrtpgzgm", "write addresses in upper case"),
        ("SA1PQHQKV0RJXZFY1DGX8MNSNYVE3VGZJSRTPGZGM", "an address starts with SP"),
        ("", "not an address"),
        (7, "not an address"),
    ],
)
def test_a_creator_is_a_canonical_address_of_this_network(creator: object, part: str) -> None:
    """A wrong address would be somebody else's content, or nobody's; it is named once, with what to do."""
    said = refusals(draft(creator=creator))["creator"]
    assert part in said
    assert said.count(str(creator)) == 1 or not creator


def test_one_to_a_hundred_contents() -> None:
    """0 and 101 are refused with both numbers."""
    assert "1 to 100" in refusals(draft(content_ids=[]))["contentIds"]
    many = check_draft(draft(content_ids=list(range(101))), "testnet")
    assert (many.submitted, many.entries) == (101, ())
    assert "101 contents are too many" in many.problems[0].message
    assert refusals(draft(content_ids=list(range(100)))) == {}


def test_a_repeated_id_is_refused_by_name() -> None:
    """7 and "7" are the same content."""
    assert "'7' is given twice" in refusals(draft(content_ids=["7", "a", 7]))["contentIds[2]"]


@pytest.mark.parametrize("bad", ["", "x" * 129, "a\nb", "a\x1bb", "a\u202eb", "\ud800", True, 1.0, None, [1]])
def test_a_content_id_is_short_and_plain(bad: object) -> None:
    """What users call a content can be typed and shown."""
    assert "contentIds[1]" in refusals(draft(content_ids=["ok", bad]))


def test_an_id_that_is_too_long_is_shown_shortened() -> None:
    """Of a hundred ids, whoever mends it sees which one it is."""
    said = refusals(draft(content_ids=["ok", "content-" + "x" * 121]))["contentIds[1]"]
    assert "'content-xxx" in said
    assert "has 129 characters: give 1 to 128" in said
    assert len(said) < 120


def test_an_unknown_field_is_named() -> None:
    """A misspelt field must not be silently ignored."""
    assert "Unknown field 'price'" in refusals(draft(payload={"newPrice": 1, "price": 2}))["price"]
    found = refusals(draft(operation="update-metadata", payload={"updates": {"colour": "red"}}))
    assert "use title" in found["updates.colour"]


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("title", ["x", "x" * 255], ["", "x" * 256, 5, "a\x00b", "\ud800"]),
        ("description", ["", "x" * 10_000], ["x" * 10_001, None]),
        ("contentType", ["pdf", "x" * 50], ["ab", "x" * 51]),
        ("tokenGating", [True, False], [1, "true", None]),
        ("refundable", [True], [0]),
        ("refundWindowDays", [0, 365], [-1, 366, 1.0, True, "7"]),
    ],
)
def test_metadata_has_its_bounds(field: str, good: list[object], bad: list[object]) -> None:
    """Each field has its type and its range, and neither is bent."""
    for value in good:
        assert refusals(draft(operation="update-metadata", payload={"updates": {field: value}})) == {}
    for value in bad:
        found = refusals(draft(operation="update-metadata", payload={"updates": {field: value}}))
        assert field in found[f"updates.{field}"]


def test_nothing_to_update_is_refused() -> None:
    """An empty update would be a batch that does nothing."""
    assert "at least one of" in refusals(draft(operation="update-metadata", payload={"updates": {}}))["updates"]


@pytest.mark.parametrize("reason", ["x" * 501, 5, "a\x00b"])
def test_a_removal_reason_is_short_text(reason: object) -> None:
    """It is kept for ever beside the row."""
    assert "removalReason" in refusals(draft(operation="remove-content", payload={"removalReason": reason}))
    assert refusals(draft(operation="remove-content", payload={})) == {}


def test_an_unknown_operation_lists_the_known_ones() -> None:
    """The remedy is in the message."""
    assert "update-price" in refusals(draft(operation="delete"))["operation"]


def test_a_value_for_each_item() -> None:
    """A draft may carry a value per item; a problem names the item."""
    items = [DraftItem("a", {"newPrice": 5}), DraftItem("b", {"newPrice": 0})]
    found = refusals(draft(content_ids=(), payload={}, items=items))
    assert set(found) == {"items[1].newPrice"}
    both = refusals(draft(items=items[:1], payload={}))
    assert "only one of them" in both["items"]
    checked = check_draft(draft(content_ids=(), payload={}, items=items[:1]), "testnet")
    assert checked.entries[0].value == {"price": 5}


def test_a_time_without_a_zone_is_refused() -> None:
    """Nobody can say when that would be."""
    assert "time zone" in refusals(draft(scheduled_for=datetime(2026, 1, 1)))["scheduledFor"]
    assert refusals(draft(scheduled_for=datetime(2026, 1, 1, tzinfo=UTC))) == {}


@pytest.mark.parametrize(
    "when",
    [
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-1))),
        datetime.max.replace(tzinfo=UTC),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=1))),
        "2026-01-01T00:00:00Z",
    ],
)
def test_a_time_at_the_end_of_the_calendar_is_refused(when: object) -> None:
    """It can't be written in every zone, so no screen could show it."""
    assert "give one" in refusals(draft(scheduled_for=when))["scheduledFor"]


@pytest.mark.parametrize("ids", ["c1", b"c1", None, {"c1"}])
def test_one_text_is_no_list_of_contents(ids: object) -> None:
    """ "c1" would else be the contents c and 1."""
    assert "is not a list" in refusals(draft(content_ids=ids))["contentIds"]
    assert "is not a list" in refusals(draft(content_ids=[], items="c1"))["items"]


def test_a_payload_is_any_mapping_and_nothing_else() -> None:
    """A read-only view of one is as good; what names no field is told which it needs."""
    assert refusals(draft(payload=MappingProxyType(PRICE))) == {}
    assert "give newPrice" in refusals(draft(payload=5))["payload"]
    items = [DraftItem("a", "free")]
    assert "give newPrice" in refusals(draft(content_ids=(), payload={}, items=items))["items[0].payload"]


@pytest.mark.parametrize("why", ["x" * 501, "\ud800", "a\x00", 5])
def test_a_note_is_short_text(why: object) -> None:
    """It is shown in lists, and kept for ever."""
    assert "500 characters" in refusals(draft(why=why))["why"]
    assert refusals(draft(why="x" * 500)) == {}


def test_only_what_did_not_reach_the_chain_can_be_retried() -> None:
    """A retry of what is pending could send it twice."""
    assert outcome_problems([Outcome.FAILED, Outcome.OFF_CHAIN, Outcome.CANCELLED]) == []
    (problem,) = outcome_problems([Outcome.FAILED, Outcome.PENDING])
    assert problem.field == "outcomes"
    assert "'pending' can't be retried: give failed" in problem.message


S = ItemState
BATCHES = {
    BatchStatus.SCHEDULED: batch({S.QUEUED: 2}, scheduled_for=NOW),
    BatchStatus.PENDING: batch({S.QUEUED: 2}),
    BatchStatus.PROCESSING: batch({S.QUEUED: 1, S.SIGNED: 1}, started_at=NOW),
    BatchStatus.PAUSED: batch({S.QUEUED: 2}, hold=Hold.PAUSED),
    BatchStatus.COMPLETED: batch({S.SUBMITTED: 2}, started_at=NOW),
    BatchStatus.FAILED: batch({S.QUEUED: 2}, started_at=NOW, hold=Hold.CRITICAL),
    BatchStatus.CANCELLED: batch({S.CANCELLED: 2}, hold=Hold.CANCELLED),
}


@pytest.mark.parametrize("at", BatchStatus)
def test_what_may_be_held_when(at: BatchStatus) -> None:
    """Pause what runs, resume what stands, cancel what isn't over; the rest is refused with the status."""
    given = BATCHES[at]
    assert status(given) is at
    early = {BatchStatus.SCHEDULED, BatchStatus.PENDING, BatchStatus.PROCESSING}
    over = {BatchStatus.COMPLETED, BatchStatus.CANCELLED}
    assert (hold_problem(given, Hold.PAUSED) is None) == (at in early)
    assert (hold_problem(given, Hold.NONE) is None) == (at in {BatchStatus.PAUSED, BatchStatus.FAILED})
    assert (hold_problem(given, Hold.CANCELLED) is None) == (at not in over)
    if at in over:
        assert f"is {at}" in (hold_problem(given, Hold.CANCELLED) or "")


@pytest.mark.parametrize("hold", [Hold.PAUSED, Hold.CANCELLED])
def test_what_is_applied_can_no_longer_be_held(hold: Hold) -> None:
    """A batch must not be called cancelled or paused while all of it goes on to the chain."""
    assert "goes on to the chain" in (hold_problem(batch({S.APPLIED: 2}, started_at=NOW), hold) or "")
