"""What may be applied, retried and reverted, and what stands in the way."""

from __future__ import annotations

import pytest

from engine.core.applying import Change, Past, Rival, judge, overlaps, retryable, revertible
from engine.core.events import ApplyFailed, CatalogueChanged, CatalogueOnlyChanged, Superseded
from engine.core.model import ItemState, Operation, Outcome
from tests.core.nouns import NOW, OTHER, content, item

S = ItemState
WISHED = frozenset({Outcome.FAILED, Outcome.OFF_CHAIN})


def test_a_price_is_changed_and_the_chain_is_to_follow() -> None:
    """The event carries what the signer needs, and the value that was replaced."""
    change = judge(item(), content(), Past(), 9, "ST1", NOW)
    assert isinstance(change, Change)
    assert change.content.price == 2_000_000
    assert change.event == CatalogueChanged(9, {"price": 1_000_000}, "One", 1, "ST1")


def test_a_content_that_is_not_on_the_chain_ends_here() -> None:
    """There is nothing to call."""
    change = judge(item(), content(on_chain_id=None), Past(), 9, "ST1", NOW)
    assert isinstance(change, Change)
    assert isinstance(change.event, CatalogueOnlyChanged)


def test_metadata_never_goes_to_the_chain() -> None:
    """The contract keeps none."""
    change = judge(item(operation=Operation.UPDATE_METADATA, value={"title": "Two"}), content(), Past(), 9, "ST1", NOW)
    assert isinstance(change, Change)
    assert change.content.title == "Two"
    assert change.event == CatalogueOnlyChanged(9, {"title": "One"}, "One")


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (None, "Content not found"),
        (content(removed_at=NOW), "Content not found"),
        (content(creator=OTHER), "Content belongs to another creator"),
    ],
)
def test_what_the_catalogue_refuses_is_that_items_failure(found, reason: str) -> None:
    """One bad item never stops a batch."""
    assert judge(item(), found, Past(), 9, None, NOW) == ApplyFailed(reason, 9)


def test_a_removal_marks_the_row_and_may_be_applied_again_by_its_own_retry() -> None:
    """Re-applying one's own removal is success; the first reason stays."""
    removal = item(operation=Operation.REMOVE_CONTENT, value={"reason": "late"})
    change = judge(removal, content(), Past(), 9, "ST1", NOW)
    assert isinstance(change, Change)
    assert (change.content.removed_at, change.content.removal_reason) == (NOW, "late")
    retry = item(operation=Operation.REMOVE_CONTENT, value={}, order=9)
    again = judge(retry, change.content, Past(replaced={"removed": False}), 12, "ST1", NOW)
    assert isinstance(again, Change)
    assert again.content == change.content


def test_the_retry_of_a_removal_that_never_was_finds_no_content() -> None:
    """Somebody else removed it, so there is nothing left that a second call could remove."""
    retry = item(operation=Operation.REMOVE_CONTENT, value={}, order=9)
    assert judge(retry, content(removed_at=NOW), Past(), 12, "ST1", NOW) == ApplyFailed("Content not found", 12)


def test_a_retry_replaced_what_its_chain_replaced_first() -> None:
    """The value that stands in the catalogue is its own, so a revert of the retry would put back nothing."""
    change = judge(item(order=3), content(price=2_000_000), Past(replaced={"price": 7}), 9, "ST1", NOW)
    assert isinstance(change, Change)
    assert change.event.replaced == {"price": 7}


def test_an_older_value_never_goes_over_a_newer_one() -> None:
    """A rival makes the retry superseded, whatever the content looks like."""
    assert judge(item(order=3), content(), Past(Rival("batch B9")), 9, "ST1", NOW) == Superseded("batch B9", 9)


def test_a_removal_touches_every_field() -> None:
    """A price set before a removal must not come back after it, nor the other way round."""
    price, title, removed = frozenset({"price"}), frozenset({"title"}), frozenset({"removed"})
    assert overlaps(price, price)
    assert not overlaps(price, title)
    assert overlaps(price, removed)
    assert overlaps(removed, title)


def test_a_retry_takes_exactly_what_failed_or_stayed_off_chain() -> None:
    """All else is named with the reason it is left out for."""
    items = [
        item(id=1, content_id="failed", state=S.FAILED),
        item(id=2, content_id="off", state=S.OFF_CHAIN),
        item(id=3, content_id="good", state=S.CONFIRMED),
        item(id=4, content_id="running", state=S.SIGNED),
        item(id=5, content_id="newer", state=S.OFF_CHAIN),
        item(id=6, content_id="again", state=S.FAILED),
        item(id=7, content_id="cancelled", state=S.CANCELLED),
    ]
    found = retryable("B1", items, WISHED, {5: Rival("batch B9")}, {6: "B7"}, failed_batch=False)
    assert [each.content_id for each in found.items] == ["failed", "off"]
    assert {each.content_id: each.reason for each in found.skipped} == {
        "good": "Its outcome is confirmed",
        "running": "Not finished yet",
        "newer": "Superseded by batch B9",
        "again": "Already retried by batch B7",
        "cancelled": "Its outcome is cancelled",
    }


def test_the_untouched_items_of_a_failed_batch_can_be_retried() -> None:
    """A lost database must not leave items that nobody can pick up."""
    assert retryable("B1", [item()], WISHED, {}, {}, failed_batch=True).items == (item(),)
    assert retryable("B1", [item()], WISHED, {}, {}, failed_batch=False).items == ()


def test_a_revert_puts_back_what_nobody_changed_since() -> None:
    """What was changed since is skipped by name; what never changed has nothing to go back to."""
    items = [
        item(id=1, content_id="done", state=S.CONFIRMED, replaced={"price": 5}),
        item(id=2, content_id="off", state=S.OFF_CHAIN, replaced={"price": 6}),
        item(id=3, content_id="newer", state=S.CONFIRMED, replaced={"price": 7}),
        item(id=4, content_id="failed", state=S.FAILED),
        item(id=5, content_id="pending", state=S.SUBMITTED, replaced={"price": 8}),
        item(
            id=6,
            content_id="gone",
            state=S.CONFIRMED,
            operation=Operation.REMOVE_CONTENT,
            replaced={"removed": False},
        ),
    ]
    found = revertible("B1", items, {3: Rival("an import")})
    assert [(each.content_id, value) for each, value in zip(found.items, found.values, strict=True)] == [
        ("done", {"price": 5}),
        ("off", {"price": 6}),
    ]
    assert {each.content_id: each.reason for each in found.skipped} == {
        "newer": "Changed since by an import",
        "failed": "The catalogue was not changed",
        "pending": "Not settled yet",
        "gone": "A removal can't be reverted",
    }
