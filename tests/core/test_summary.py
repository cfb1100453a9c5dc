"""What a batch amounts to is computed from its items, so that counts and status can't disagree."""

from __future__ import annotations

from datetime import timedelta

from engine.core.model import BatchStatus, Hold, ItemState, Outcome, Tally
from engine.core.operations import RULES, stx
from engine.core.summary import Thresholds, alerts, counts, metrics, status, time_left
from tests.core.nouns import NOW, batch

S = ItemState
LIMITS = Thresholds()


def test_the_counts_are_those_of_the_interface() -> None:
    """Success is what the catalogue took; confirmed, pending and off-chain are parts of it."""
    found = counts(
        batch(
            {
                S.QUEUED: 1,
                S.APPLIED: 2,
                S.SUBMITTED: 3,
                S.CONFIRMED: 4,
                S.OFF_CHAIN: 5,
                S.FAILED: 6,
                S.CANCELLED: 7,
            }
        )
    )
    assert (found.total, found.success, found.failure, found.cancelled) == (28, 12, 6, 7)
    assert (found.confirmed, found.pending, found.off_chain, found.done) == (4, 3, 5, 25)
    assert [found.of(outcome) for outcome in Outcome] == [4, 3, 5, 0, 6, 7]


def test_a_lost_slot_counts_as_pending_and_the_batch_stays_completed() -> None:
    """completedAt is never taken back."""
    lost = batch({S.APPLIED: 1, S.CONFIRMED: 1}, started_at=NOW)
    assert status(lost) is BatchStatus.PROCESSING
    lost = batch({}, started_at=NOW, tally=Tally({S.APPLIED: 1, S.CONFIRMED: 1}, lost=1))
    assert status(lost) is BatchStatus.COMPLETED
    assert counts(lost).pending == 1


def test_a_batch_completes_when_a_node_has_all_of_it() -> None:
    """Acceptance counts; blocks come later. A critical error after the end doesn't undo it."""
    assert status(batch({S.SUBMITTED: 2}, started_at=NOW)) is BatchStatus.COMPLETED
    assert status(batch({S.SIGNED: 1, S.SUBMITTED: 1}, started_at=NOW)) is BatchStatus.PROCESSING
    done = batch({S.SUBMITTED: 2}, started_at=NOW, completed_at=NOW, hold=Hold.CRITICAL)
    assert status(done) is BatchStatus.COMPLETED


def test_the_measures_of_a_batch() -> None:
    """Duration from the start to the end or now, average an item, rates of what is finished."""
    later = NOW + timedelta(seconds=10)
    given = batch({S.CONFIRMED: 3, S.FAILED: 1, S.QUEUED: 4}, started_at=NOW)
    measured = metrics(given, later)
    assert (measured.duration, measured.average) == (10.0, 2.5)
    assert (measured.success_rate, measured.failure_rate) == (0.75, 0.25)
    assert time_left(given, later) == timedelta(seconds=10)
    nothing = metrics(batch({S.QUEUED: 4}), later)
    assert (nothing.average, nothing.success_rate, nothing.end) == (None, None, None)


def test_a_scheduled_batch_is_measured_from_its_time() -> None:
    """It isn't slow for having waited as it was told."""
    due = NOW + timedelta(hours=5)
    given = batch({S.CONFIRMED: 1}, scheduled_for=due, started_at=due, completed_at=due + timedelta(seconds=3))
    assert metrics(given, due).duration == 3.0


def test_alerts_for_slow_failing_and_off_chain() -> None:
    """Over 120 s, over half failed, over half off-chain; at the limit there is none."""
    late = NOW + timedelta(seconds=121)
    given = batch({S.FAILED: 3, S.CONFIRMED: 1, S.QUEUED: 1}, started_at=NOW)
    assert [text.split(":")[0] for text in alerts(given, late, LIMITS)] == ["Slow", "Failing"]
    half = batch({S.FAILED: 1, S.CONFIRMED: 1, S.QUEUED: 1}, started_at=NOW)
    assert alerts(half, NOW + timedelta(seconds=120), LIMITS) == ()
    off = batch({S.OFF_CHAIN: 2, S.CONFIRMED: 1}, started_at=NOW, completed_at=NOW)
    assert alerts(off, NOW, LIMITS) == ("Off-chain: 67% of 3 items, over 50%",)


def test_the_sentences_of_the_interface() -> None:
    """Scripts and people read these to the letter."""
    price, remove, metadata = (RULES[operation] for operation in RULES)
    at = {"price": 2_500_000}
    assert price.sentence({"price": 1_000_000}, Outcome.CONFIRMED) == "Price updated to 1 STX"
    assert price.sentence(at, Outcome.PENDING) == "Price updated (on-chain pending)"
    assert price.sentence(at, Outcome.OFF_CHAIN) == "Price updated (off-chain)"
    assert price.sentence(at, Outcome.CATALOGUE_ONLY) == "Price updated to 2.5 STX (not on the chain)"
    assert remove.sentence({}, Outcome.CONFIRMED) == "Content removed"
    assert remove.sentence({}, Outcome.PENDING) == "Content removed (on-chain pending)"
    assert remove.sentence({}, Outcome.OFF_CHAIN) == "Content removed (off-chain)"
    assert remove.sentence({}, Outcome.CATALOGUE_ONLY) == "Content removed (not on the chain)"
    named = {"title": "x", "refundable": True}
    assert metadata.sentence(named, Outcome.CATALOGUE_ONLY) == "Metadata updated: refundable, title"
    for rule in RULES.values():
        assert rule.sentence(at, Outcome.FAILED) is None
        assert rule.sentence(at, Outcome.CANCELLED) is None


def test_stx_is_written_without_trailing_zeros() -> None:
    """1 µSTX is shown, a whole STX has no point."""
    assert [stx(n) for n in (1, 1_000_000, 2_500_000, 10, 123_456_789_000_001)] == [
        "0.000001 STX",
        "1 STX",
        "2.5 STX",
        "0.00001 STX",
        "123456789.000001 STX",
    ]
