"""Starting (mark 8): first paint beside a bare Textual app's, READY beside the same imports, `--help` beside Python.

Each round runs all of them one after the other; a figure is the median over the rounds.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from tests.bench.terminal import terminal
from tests.console.command import CREATOR, Batchdeck, catalogue

BATCHES = 1_000
OWN = ("engine", "console", "site", "this", "antigravity")
"""What an engine imports of its own, and what does something else than to be imported."""
BARE = """
from textual.app import App
from textual.widgets import Static

class Bare(App):
    def compose(self):
        yield Static("painted")

Bare().run()
"""


def run(rounds: int) -> None:
    """Measure all of them side by side, and print the three ratios."""
    print(f"Starting, medians of {rounds}, on a database of {BATCHES:,} batches")
    with tempfile.TemporaryDirectory() as name:
        deck = Batchdeck(Path(name))
        _fill(deck)
        others = _imports_of_an_engine(deck)
        ways: dict[str, Callable[[], float]] = {
            "bare": lambda: _painted(deck, [sys.executable, "-c", BARE], b"painted"),
            "console": lambda: _painted(deck, deck.line(), b"Batchdeck"),
            "listed": lambda: _painted(deck, deck.line(), b"1,000 batches"),
            "imports": lambda: _ended(deck, [sys.executable, str(others)]),
            "READY": lambda: _ready(deck),
            "pass": lambda: _ended(deck, [sys.executable, "-c", "pass"]),
            "--help": lambda: _ended(deck, deck.line("--help")),
        }
        took: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(rounds):
            for way, measure in ways.items():
                took[way].append(measure())
    of = {way: median(times) for way, times in took.items()}
    _line("console's first paint / bare Textual app", of["console"], of["bare"], 1.6)
    _line("console with its batches / bare Textual app", of["listed"], of["bare"], 0)
    _line("engine's READY / importing what it imports", of["READY"], of["imports"], 1.15)
    _line("--help / python -c pass", of["--help"], of["pass"], 6)


def _line(name: str, spent: float, reference: float, mark: float) -> None:
    ratio = spent / reference
    verdict = f"   mark {mark:g}{'' if ratio <= mark else '   OVER'}" if mark else ""
    print(f"  {name:44} {spent:6.3f} / {reference:5.3f} s = {ratio:5.2f}{verdict}", flush=True)


def _fill(deck: Batchdeck) -> None:
    """Put so many batches into the database, with an engine that has ended them all."""
    deck.run("catalogue", "import", "-", "--format", "csv", stdin=catalogue(100))
    code = f"""
import asyncio, json, sys
from engine import Draft, Settings, open_engine
async def fill():
    async with open_engine(Settings(max_batches_per_hour=0, max_items_per_hour=0)) as engine:
        for first in range(0, {BATCHES}, 100):
            drafts = [Draft("update-price", "{CREATOR}", [str(n % 100 + 1)], {{"newPrice": first + n + 1}})
                      for n in range(100)]
            last = await engine.submit_all(drafts)
            while (await engine.batch(last[-1].id)).settled_at is None:
                await asyncio.sleep(0.02)
asyncio.run(fill())
"""
    subprocess.run([sys.executable, "-c", code], env=deck.environment, cwd=deck.home, check=True)


def _imports_of_an_engine(deck: Batchdeck) -> Path:
    """Write a program that imports what an engine has imported of others at READY, in the same order, and no more."""
    told = deck.home / "imports.log"
    line = [sys.executable, "-X", "importtime", *deck.line("engine", "--port", "0")[1:]]
    with told.open("w") as log:
        process = subprocess.Popen(line, env=deck.environment, cwd=deck.home, stdout=-1, stderr=log)
        _read_ready(process)
    lines = [text for text in told.read_text().splitlines() if text.startswith("import time:")]
    names = [text.rpartition("|")[2].strip() for text in lines]
    wanted = [name for name in names if name.replace(".", "_").isidentifier() and name.partition(".")[0] not in OWN]
    program = deck.home / "imports.py"
    program.write_text("".join(f"try:\n    import {name}\nexcept ImportError:\n    pass\n" for name in wanted))
    return program


def _painted(deck: Batchdeck, line: list[str], words: bytes) -> float:
    began = time.monotonic()
    with terminal(line, deck.environment, deck.home) as running:
        return running.until(words) - began


def _ready(deck: Batchdeck) -> float:
    began = time.monotonic()
    line = deck.line("engine", "--port", "0")
    process = subprocess.Popen(line, env=deck.environment, cwd=deck.home, stdout=-1, stderr=subprocess.DEVNULL)
    return _read_ready(process) - began


def _read_ready(process: subprocess.Popen[bytes]) -> float:
    """Return when READY came, and end the engine."""
    try:
        assert process.stdout
        assert process.stdout.readline().startswith(b"READY")
        return time.monotonic()
    finally:
        process.terminate()
        process.wait(timeout=20)
        if process.stdout:
            process.stdout.close()


def _ended(deck: Batchdeck, line: list[str]) -> float:
    began = time.monotonic()
    subprocess.run(line, env=deck.environment, cwd=deck.home, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - began
