"""SIGTERM and Ctrl-C end within 10 seconds whatever hangs, and the rest goes on at the next start."""

# ruff: noqa: ASYNC220, ASYNC251  # nobody else waits on the loop of a test

from __future__ import annotations

import contextlib
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.core.nouns import CREATOR
from tests.faults.machine import PRICE, Machine, end, thief, told
from tests.served import control, devnet

COUNT = 30
LIMIT = 10.0
INTERRUPTED = 130


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    home = tmp_path / "home"
    home.mkdir()
    with devnet(tmp_path, "--block-seconds", "0.2") as url:
        yield Machine(home, url)


@contextmanager
def hardship(machine: Machine, name: str) -> Iterator[None]:
    """Let something hang: the node on every call, the database, or the posts alone, which arrive all the same."""
    switches = {
        "node hangs": {"latency": {"value": "60"}},
        "posts under way": {"hang-after": {"value": "60"}},
        "database locked": {"post-latency": {"value": "0.5"}},
    }
    control(machine.chain, "faults", switches[name])
    try:
        yield
    finally:
        control(machine.chain, "faults", dict.fromkeys(switches[name]))


def under_way(machine: Machine, name: str) -> None:
    """Wait until the engine is in the middle of it."""
    if name == "node hangs":
        machine.wait_for("applied", COUNT)
    else:
        machine.wait_for("signed")


@pytest.mark.parametrize(
    ("name", "signals", "code"),
    [
        ("node hangs", [signal.SIGTERM], 0),
        ("posts under way", [signal.SIGTERM], 0),
        ("database locked", [signal.SIGTERM], 0),
        ("database locked", [signal.SIGINT, signal.SIGTERM, signal.SIGINT], INTERRUPTED),
    ],
    ids=["node", "posts", "database", "ctrl-c-on-and-on"],
)
async def test_an_engine_ends_in_time(machine: Machine, name: str, signals: list[signal.Signals], code: int) -> None:
    """The first signal decides the exit code, later ones change nothing; nothing is lost, nothing sent twice."""
    await machine.prepare(COUNT)
    with ExitStack() as stack:
        stack.enter_context(hardship(machine, name))
        process = stack.enter_context(machine.engine())
        under_way(machine, name)
        if name == "database locked":
            stack.enter_context(thief(machine.database))
        began = time.monotonic()
        for number in signals[:-1]:
            process.send_signal(number)
            time.sleep(0.5)
        assert told(process, signals[-1])[0] == code
        assert time.monotonic() - began < LIMIT
    machine.drain()
    machine.audit(COUNT)


@pytest.mark.parametrize("times", [1, 2], ids=["once", "twice"])
async def test_a_waiting_command_is_interrupted_in_time(machine: Machine, times: int) -> None:
    """`submit --wait` ends with 130 while its posts hang; a second Ctrl-C doesn't wait for them, and harms nothing."""
    await machine.prepare(COUNT, batches=0)
    deck = machine.deck
    ids = ["--ids", ",".join(f"k{n}" for n in range(COUNT))]
    with hardship(machine, "posts under way"):
        process = deck.start("submit", "update-price", "--creator", CREATOR, *ids, "--price", str(PRICE), "--wait")
        try:
            under_way(machine, "posts under way")
            began = time.monotonic()
            for _ in range(times):
                process.send_signal(signal.SIGINT)
                time.sleep(0.5)
            assert process.wait(timeout=30) == INTERRUPTED
            assert time.monotonic() - began < LIMIT
            assert process.stderr
            said = process.stderr.read().splitlines()
            assert said[-1] == "Interrupted"
            assert not [line for line in said if "Traceback" in line]
        finally:
            for pipe in (process.stdout, process.stderr):
                if pipe:
                    pipe.close()
            with contextlib.suppress(ProcessLookupError):
                process.kill()
    machine.drain()
    machine.audit(COUNT)


async def test_a_start_that_is_called_off_ends_in_order(machine: Machine) -> None:
    """SIGTERM while the engine is still being opened is no accident: it ends with 0 as well."""
    await machine.prepare(1)
    deck = machine.deck
    with thief(machine.database) as held:
        process = subprocess.Popen(
            deck.line("engine", "--no-api"),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=deck.environment,
            cwd=machine.home,
        )
        try:
            lock = Path(f"{machine.database}.lock")
            machine.wait(lambda: lock.read_text().strip() == str(process.pid))
            process.send_signal(signal.SIGTERM)
            time.sleep(0.2)
            held.kill()
            assert process.wait(timeout=20) == 0
        finally:
            end(process)
    machine.drain()
    machine.audit(1)
