"""The short form of the soak: `make soak` is the long one, with other keys each time."""

from __future__ import annotations

import asyncio
import logging
import os
from pathlib import Path

import pytest

from console.outfit import Outfit
from tests.console import soak
from tests.console.conftest import DEMO, run, seen, until
from tests.console.fake_engine import FakeEngine
from tests.console.monkey import steps

STEPS = 240
SEED = 20261123


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory and handles are read from /proc")
def test_a_monkey_breaks_nothing() -> None:
    """Random keys, pastes, clicks and sizes on a running engine: no crash, nothing stuck, no error, nothing grows."""
    done = soak.run(SEED, lambda at: at.taken >= STEPS)
    assert done.taken == STEPS
    assert len(done.measured) >= STEPS // soak.LOOK - done.rounds


def test_the_same_seed_is_the_same_monkey() -> None:
    """A failure can be played again; another seed plays something else, and every kind of thing."""
    one, again, other = (steps(seed) for seed in (1, 1, 2))
    first = [next(one) for _ in range(2000)]
    assert first == [next(again) for _ in range(2000)]
    assert first != [next(other) for _ in range(2000)]
    assert {step.kind for step in first} == {"keys", "paste", "click", "size"}


def test_what_grows_is_told() -> None:
    """A widget left behind by every look is named with what it grew to; a first quarter that varies isn't."""
    one = {"memory MB": 100.0, "handles": 20.0, "tasks": 30.0, "threads": 8.0, "widgets": 14.0}
    leaking = [{**one, "widgets": one["widgets"] + at} for at in range(100)]
    assert soak.grown(leaking) == ["widgets grew to 113, over 63"]
    assert soak.grown([one] * 50) == []
    assert soak.grown([]) == []


def test_a_failure_names_the_seed_and_the_last_keys() -> None:
    """What is needed to play it again stands in the message."""
    broken = soak.Soak(7, ["Batch: ZeroDivisionError()"])
    broken.last.append("keys 'q'")
    with pytest.raises(AssertionError, match=r"ZeroDivisionError[^$]*BATCHDECK_SOAK_SEED=7[^$]*keys 'q'"):
        broken.check()


async def test_what_only_a_worker_or_the_log_knows_is_told() -> None:
    """An error that ends a worker, and one that a call turned into a notice: neither crashes, both are faults."""
    found = soak.Soak(7)
    app = soak.Watched(Outfit(lambda: asyncio.sleep(0, FakeEngine()), DEMO))
    app.faults = found.faults
    handler = soak.Unforeseen(found.faults)
    log = logging.getLogger("batchdeck.console")

    async def wrong(*_: object) -> None:
        raise KeyError("proof")

    async with run(app) as pilot:
        await seen(pilot, "No batch yet.")
        app.run_worker(wrong(), name="bad", exit_on_error=False)
        await until(pilot, lambda: found.faults)
        log.addHandler(handler)
        try:
            app.screen.ask("Load", wrong, print)  # type: ignore[attr-defined]
            await until(pilot, lambda: len(found.faults) == 2)
        finally:
            log.removeHandler(handler)
    assert found.faults == ["worker bad: KeyError('proof')", "Load: 'proof': KeyError('proof')"]


def test_where_it_soaks_is_left_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder in which it wrote is gone, and the process stands where it stood."""
    monkeypatch.chdir(tmp_path)
    soak.run(1, lambda at: at.taken >= 3)
    assert Path(os.getcwd()) == tmp_path
    assert not list(tmp_path.iterdir())
