"""What is said of a content on both sides, word by word."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from console.cli.content_words import content_lines
from console.story_views import beside_lines, chain_text, head_lines, import_text, last_text
from engine.core.content_story import ContentStory, OnChain
from engine.core.model import ItemState as S
from engine.core.model import Operation
from tests.console.fake_engine import ALICE, BOB, NOW, item
from tests.console.shelf import content
from tests.console.stories import both, imported, made

ONE = content(7, price=1_500_000)
GONE = replace(ONE, removed_at=NOW)
PENDING = made(item("01KB", 6, S.SUBMITTED))


@pytest.mark.parametrize(
    ("story", "says", "style"),
    [
        (both(ONE), "1.5 STX on both sides", "good"),
        (both(ONE, on_chain=OnChain(ALICE, 1_000_000)), "catalogue 1.5 STX, chain 1 STX", "warning"),
        (
            both(ONE, PENDING, on_chain=OnChain(ALICE, 1_000_000)),
            "catalogue 1.5 STX, chain 1 STX: the change is on its way",
            "pending",
        ),
        (both(ONE, on_chain=None), "not on the contract, though the catalogue has it there as 7", "warning"),
        (both(ONE, on_chain=None, unknown="no node answers"), "unknown: no node answers", "muted"),
        (both(GONE, on_chain=None), "removed on both sides", "muted"),
        (both(GONE), "removed here, and 1.5 STX there", "warning"),
    ],
)
def test_how_the_chains_side_agrees(story: ContentStory, says: str, style: str) -> None:
    """In words and in a colour: both values where they differ, the reason where nobody knows."""
    line = chain_text(story)
    assert line.plain == f"Chain     {says}"
    assert str(line.spans[-1].style) == style


def test_another_creator_is_a_warning() -> None:
    """The contract lets nobody else change it: short in the line, whole at the head of its own screen."""
    story = both(ONE, on_chain=OnChain(BOB, 1_500_000, foreign=True))
    assert chain_text(story).plain.endswith("1.5 STX on both sides; another creator there: ST2JHG…R05NNC")
    assert "warning" in [span.style for span in chain_text(story).spans]
    assert f"on the chain: {BOB}" in head_lines(story)[1].plain


def test_a_key_that_plays_the_creator_is_none() -> None:
    """On a simulated chain another address stands for the creator: that is told, and no warning."""
    story = both(ONE, on_chain=OnChain(BOB, 1_500_000))
    assert chain_text(story).plain.endswith("1.5 STX on both sides")
    assert head_lines(story)[1].plain.endswith(f"on the chain played by {BOB}")
    assert "warning" not in [span.style for span in head_lines(story)[1].spans]


def test_what_was_never_on_the_chain_has_no_other_side() -> None:
    """There is nothing to compare."""
    story = both(replace(ONE, on_chain_id=None), on_chain=None)
    assert chain_text(story).plain == ""
    assert "not on the chain" in head_lines(story)[3].plain


def test_what_is_still_to_come_is_told_of_both_sides_too() -> None:
    """What batches that wait are to make of it stands in the head, and in the command's facts, if there is any."""
    waits = "2 STX, in batch 01LATER by bea, scheduled for 2026-12-24 08:00 UTC"
    assert head_lines(both(ONE, waits=waits))[-1].plain == f"Waits     {waits}"
    assert "Waits" not in "".join(line.plain for line in head_lines(both(ONE)))
    assert f"Waits:     {waits}" in content_lines(both(ONE, waits=waits))
    assert not any(line.startswith("Waits") for line in content_lines(both(ONE)))


@pytest.mark.parametrize("width", [80, 120])
def test_who_changed_it_last(width: int) -> None:
    """By which batch, when, and what became of it; an import by whom; the longest fits into a line."""
    price = made(replace(item("01KDEMO0000000000000000004", 6, S.CONFIRMED), updated_at=NOW - timedelta(minutes=3)))
    said = last_text(both(ONE, price, *[PENDING] * 499), NOW, width).plain
    assert len(said) <= width - 2
    whole = "price by batch 01KDEMO0000000000000000004 3m ago ✓ confirmed (+499 earlier changes)"
    assert (
        said
        == f"Changed   {whole if width > 100 else 'price by batch 01KDEM…000004 3m ago ✓ confirmed (+499 earlier)'}"
    )
    fields = {"operation": Operation.UPDATE_METADATA, "value": {"title": "A", "refundable": True, "description": ""}}
    named = last_text(both(ONE, made(replace(price.item, state=S.CATALOGUE_ONLY, **fields))), NOW, width).plain  # type: ignore[arg-type,type-var]
    assert ("description, refundable and 1 more by batch" if width > 100 else "metadata by batch") in named
    by = last_text(both(ONE, imported(NOW - timedelta(days=2), {}, {"price": 1})), NOW, width).plain
    assert by == "Changed   imported by alice 2d ago"


def test_each_of_the_two_lines_keeps_to_itself() -> None:
    """However much there is to say of the chain, what changed the content last stays in sight."""
    dear = replace(ONE, price=2**63 - 1)
    for story in (
        both(dear, PENDING, on_chain=OnChain(BOB, 2**63 - 2, foreign=True)),
        both(ONE, unknown="x" * 300),
        "y" * 300,
    ):
        lines = beside_lines(story, NOW, 80, lost=False)
        assert all(line.cell_len <= 78 for line in lines)
        assert lines[0].plain.endswith("…")
    assert beside_lines("no answer", NOW, 80, lost=True) == beside_lines(None, NOW, 80, lost=False) == []


def test_what_an_import_set() -> None:
    """A new content its price; of a known one what became another, and of the same again that it did."""
    assert import_text(imported(NOW, {}, {"price": 1_500_000, "title": "A"})).plain == "1.5 STX"
    known = {"price": 1_500_000, "title": "A", "url": "", "refundable": False}
    for change, says in (
        ({"price": 2_000_000}, "1.5 → 2 STX"),
        ({"price": 2_000_000, "url": "ipfs://b"}, "1.5 → 2 STX, url"),
        ({"url": "ipfs://b"}, "url = – → ipfs://b"),
        ({"refundable": True}, "refundable = false → true"),
        ({}, "the same again"),
    ):
        assert import_text(imported(NOW, known, {**known, **change})).plain == says
