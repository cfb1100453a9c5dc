"""How long things take, in two numbers that a person reads: the mean, and what nearly all stayed under."""

from __future__ import annotations

from engine.core.spread import Meter
from engine.core.vitals import Times, times


def test_the_mean_and_what_95_of_100_stayed_under() -> None:
    """One slow commit among a hundred isn't the measure of them; ten are."""
    meter = Meter((0.01, 0.1, 1.0))
    for _ in range(99):
        meter.observe(0.004)
    meter.observe(5)
    assert times(meter.spread()) == Times(100, 0.054, 0.01)
    for _ in range(10):
        meter.observe(5)
    assert times(meter.spread()).most is None


def test_nothing_was_measured_yet() -> None:
    """No count, and no number that looks like a measurement."""
    assert times(Meter().spread()) == Times(0, None, None)
