"""Memory runs short: work pauses, collects, says so, and goes on; whichever of its groups limits the process."""

from __future__ import annotations

import gc
from collections import Counter
from pathlib import Path

import pytest

from engine.core.lifecycle import outcome
from engine.core.model import Outcome
from engine.line import memory
from engine.line.tools import Limits
from tests.engine.rig import contents, price, rig
from tests.faults.machine import Machine

NONE = 9_223_372_036_854_771_712
MANY = 1 << 40


@pytest.fixture
def collected(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count the collections of garbage that somebody asked for."""
    calls: list[int] = []
    monkeypatch.setattr(gc, "collect", lambda: calls.append(1) or 0)
    return calls


async def test_work_pauses_and_goes_on(tmp_path: Path, collected: list[int]) -> None:
    """A tenth of a second by the clock for each handful, an alarm, and everything ends all the same."""
    limits = Limits(memory=1e-9)
    async with rig(tmp_path / "deck.sqlite3", catalogue=contents(100), limits=limits) as play:
        batches = [await play.engine.submit(price(*(f"c{n}" for n in range(1, 101)), to=amount)) for amount in (5, 6)]
        await play.until(lambda: play.line.tools.alarms.get("memory"), mine=False, step=0)
        before = play.clock.seconds
        for _ in range(5):
            await play.turn()  # its time hasn't come: nothing is applied in the pause
        assert not collected
        assert not play.chain.posts
        assert "memory" in {alert.key for alert in (await play.engine.changes("")).alerts}
        assert not {part.name: part.ok for part in (await play.engine.health()).parts}["memory"]
        for batch in batches:
            assert {outcome(item) for item in (await play.settled(batch)).values()} == {Outcome.CONFIRMED}
        assert len(collected) >= 3
        assert play.clock.seconds - before >= 3 * memory.PAUSE


async def test_with_memory_again_the_alarm_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pause ends with its cause."""
    async with rig(tmp_path / "deck.sqlite3", catalogue=contents(2)) as play:
        monkeypatch.setattr(memory, "resident", lambda: MANY)
        first = await play.engine.submit(price("c1"))
        await play.settled(first)
        assert "memory" in play.line.tools.alarms
        monkeypatch.setattr(memory, "resident", lambda: 1)
        await play.settled(await play.engine.submit(price("c2")))
        assert play.line.tools.alarms == {}


async def test_a_real_engine_under_pressure_comes_to_its_end(tmp_path: Path) -> None:
    """The setting alone, in a process of its own."""
    machine = Machine(tmp_path)
    await machine.prepare(100, batches=3)
    deck = machine.deck
    deck.variables["BATCHDECK_MEMORY_LIMIT"] = "0.000001"
    deck.run("engine", "--no-api", "--drain")
    assert machine.states() == Counter({"off-chain": 300})


def groups(tmp_path: Path, lines: str, **limits: str | int) -> tuple[Path, Path]:
    """Lay out /proc/self/cgroup and /sys/fs/cgroup as a system would; ``a__b`` is the limit of the group a/b."""
    listing, mount = tmp_path / "cgroup", tmp_path / "mount"
    listing.write_text(lines)
    for path, limit in limits.items():
        folder, _, file = path.replace("__", "/").rpartition("/")
        (mount / folder).mkdir(parents=True, exist_ok=True)
        (mount / folder / {"max": "memory.max", "old": "memory.limit_in_bytes"}[file]).write_text(f"{limit}\n")
    return listing, mount


@pytest.mark.parametrize(
    ("lines", "limits", "least"),
    [
        ("0::/\n", {"max": 1000}, 1000),
        ("0::/a/b\n", {"a__b__max": 1000, "a__max": "max"}, 1000),
        ("0::/a/b\n", {"a__b__max": "max", "a__max": 2000}, 2000),
        ("0::/a/b\n", {"a__b__max": 3000, "a__max": 2000, "max": 9000}, 2000),
        ("0::/outside/of/the/container\n", {"max": 4000}, 4000),
        ("4:memory:/a\n3:cpu:/a\n0::/\n", {"memory__a__old": 5000, "memory__old": NONE}, 5000),
        ("4:cpu,memory:/a\n", {"memory__old": 6000}, 6000),
        ("rubbish\n0:\n", {"other__max": 1}, None),
        ("0::/a\n", {"a__max": "max"}, None),
    ],
)
def test_the_least_limit_counts(tmp_path: Path, lines: str, limits: dict[str, str | int], least: int | None) -> None:
    """A limit binds all that is below it, in both versions of control groups; without one, all of it counts."""
    found = memory.available(*groups(tmp_path, lines, **limits))
    assert found == (least or memory.available(tmp_path / "none", tmp_path / "nowhere"))


def test_what_is_in_use_is_known() -> None:
    """Of this process, more than a few megabytes and less than what there is."""
    assert 5_000_000 < memory.resident() < memory.available()
