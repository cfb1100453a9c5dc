"""The console at work: keys answered while a batch runs (mark 6), and a table of 100,000 rows (mark 7).

Keys are timed in a real terminal, from the key to the painted answer: a letter typed into the filter over the list of
running batches, which narrows it. The engine is inside the same process, as on a laptop; for the console's own share of
a core it is another process.
"""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles

from textual.app import App, ComposeResult
from textual.events import Key
from textual.pilot import Pilot

from console.widgets.row_table import Column, Row, RowTable
from tests.bench.terminal import Terminal, terminal
from tests.console.command import CREATOR, Batchdeck, catalogue

ROWS = 100_000
COLUMNS = (Column("a", "Content", 12), Column("b", "Title", 20, grow=1), Column("c", "Price", 12))
CONTENTS, BATCHES = 3_000, 30
LETTERS = "bcdfghjklmnpqrstvwxz"
"""Each is painted by itself, and no price, count or time on the screen holds one."""


def run(keys: int, seconds: float) -> None:
    """Measure both, with so many keys and so long for each share of a core."""
    asyncio.run(_table(keys))
    with tempfile.TemporaryDirectory() as name:
        _keys(Path(name), keys)
    with tempfile.TemporaryDirectory() as name:
        _shares(Path(name), seconds)


class Large(App[None]):
    """An app that is one table."""

    def compose(self) -> ComposeResult:
        """Yield the table."""
        yield RowTable(COLUMNS, empty="Nothing.")


async def _table(rounds: int) -> None:
    """Show, page and narrow a table of many rows, each time until it is painted."""
    rows = [Row(str(n), (f"film-{n:05}", f"Title {n}", f"{n % 90 / 10} STX")) for n in range(ROWS)]
    app = Large()
    async with app.run_test(size=(120, 40)) as pilot:
        table = app.query_one(RowTable)
        table.focus()
        floor = median([await _painted(pilot, lambda: None) for _ in range(rounds)])
        shown = [await _painted(pilot, lambda: table.set_rows(rows)) for _ in range(5)]
        paged = [await _painted(pilot, lambda: app.post_message(Key("pagedown", None))) for _ in range(rounds)]
        assert table.cursor_key != "0"
        narrowed = []
        for digit in "1234512345":
            found = [row for row in rows if digit in row.cells[0]]
            narrowed.append(await _painted(pilot, lambda found=found: table.set_rows(found)))  # type: ignore[misc]
    print(
        f"A table of {ROWS:,} rows, until it is painted, less the {floor:.3f} s that waiting takes when nothing is done"
    )
    _line("shown, median", median(shown) - floor, 0.2)
    _line("page down, median", median(paged) - floor, 0.03)
    _line("narrowed, median", median(narrowed) - floor, 0.05)


async def _painted(pilot: Pilot[None], change: Callable[[], object]) -> float:
    began = time.perf_counter()
    change()
    await pilot.pause()
    return time.perf_counter() - began


def _prepared(folder: Path, *flags: str) -> Batchdeck:
    """Return a database with batches that wait for an engine on a simulated node."""
    deck = Batchdeck(folder, ("--chain", "devnet", *flags), {"BATCHDECK_MAX_ITEMS_PER_HOUR": "0"})
    deck.run("catalogue", "import", "-", "--format", "csv", stdin=catalogue(CONTENTS))
    return deck


def _submit(deck: Batchdeck) -> None:
    each = CONTENTS // BATCHES
    for first in range(1, CONTENTS, each):
        ids = f"{first}-{first + each - 1}"
        deck.run("submit", "update-price", "--creator", CREATOR, "--ids", ids, "--price", "1.5stx", code=None)


def _keys(folder: Path, count: int) -> None:
    """Type into the filter over the batches while the engine in the same process works at full speed."""
    deck = _prepared(folder)
    with terminal(deck.line(), deck.environment, deck.home) as console:
        console.until(b"running")
        console.quiet()
        _submit_from_console(console)
        console.press(b"/")
        console.drain(0.5)
        took = []
        for at in range(count):
            letter = LETTERS[at % len(LETTERS)].encode()
            began = console.press(letter)
            took.append(console.until(letter) - began)
            console.press(b"\x7f")
            console.drain(0.05)
    cuts = quantiles(took, n=100)
    print(f"From key to painted answer while {CONTENTS:,} items run, {count} keys, engine in the same process")
    _line("median", cuts[49], 0.05)
    _line("p95", cuts[94], 0.05)
    _line("p99", cuts[98], 0.1)


def _submit_from_console(console: Terminal) -> None:
    """Compose a price for all contents, review it, and submit it."""
    console.press(b"c")
    console.until(b"New price")
    console.quiet()
    console.press(b"1.5stx")
    console.press(b"\x1bOS")  # F4: all that match
    console.until(f"{CONTENTS:,} chosen".encode())
    console.press(b"\x12")
    console.until(b"Submit")
    console.quiet()
    console.press(b"\x13")
    console.until(b"Cancel")
    console.press(b"\t\r")
    console.until(b"processing")


def _shares(folder: Path, seconds: float) -> None:
    """Measure the console's own share of a core: at rest, and while an engine elsewhere works at full speed."""
    deck = _prepared(folder)
    process = subprocess.Popen(
        deck.line("engine", "--port", "0"), env=deck.environment, cwd=deck.home, stdout=-1, stderr=subprocess.DEVNULL
    )
    try:
        assert process.stdout
        url = process.stdout.readline().split()[1].decode()
        with terminal(deck.line("--remote", url), deck.environment, deck.home) as console:
            console.until(b"running")
            console.drain(3)
            idle = _share(console, seconds)
            _submit(deck)
            busy = _share(console, seconds)
    finally:
        process.terminate()
        process.wait(timeout=20)
    print(f"The console's own share of a core, over {seconds:g} s")
    _line("at rest", idle, 0.01, "{:.1%}")
    _line("while batches run", busy, 0.2, "{:.1%}")


def _share(console: Terminal, seconds: float) -> float:
    before = console.busy()
    console.drain(seconds)
    return (console.busy() - before) / seconds


def _line(name: str, measured: float, mark: float, form: str = "{:.3f} s") -> None:
    verdict = "" if measured <= mark else "   OVER"
    print(f"  {name:44} {form.format(measured):>9}   mark {form.format(mark)}{verdict}", flush=True)
