"""Soak: a seeded monkey at the console, over a running engine with the simulated node: `make soak`.

No crash, no stuck screen (it always comes home), no error that nobody foresaw, and nothing that grows: memory, handles,
tasks, threads and widgets are told in a table. BATCHDECK_SOAK_MINUTES (30) says how long, BATCHDECK_SOAK_SEED which
keys.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from textual import events
from textual.app import App
from textual.events import Key, Paste
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.widgets import Button
from textual.worker import Worker, WorkerState

import console.app
from console.app import BatchdeckApp
from console.banner import Banner
from console.outfit import Outfit
from console.screens.batches import BatchesScreen
from console.screens.dialogs import Confirm
from engine.assemble import open_engine
from engine.core.catalogue import read_catalogue
from engine.core.model import Draft
from engine.door import Engine
from engine.settings import Settings
from engine.threaded import in_thread
from tests.console.monkey import Step, steps

LOOK = 40
"""Steps between two homecomings."""
HOMEWARD = 40
LAST = 80
HANGS = 30.0
"""Seconds after which a console that takes no key hangs, on any machine."""
SLACK = {"memory MB": 60, "handles": 12, "tasks": 12, "threads": 8, "widgets": 25}
"""What may be there beyond the most of the first quarter; a leak of one thing for each opened screen is far over it."""


class Watched(BatchdeckApp):
    """The console, with every error of a worker kept: some would only be missing."""

    CSS_PATH = Path(console.app.__file__).with_name("console.tcss")
    faults: list[str]

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Keep what ended a worker."""
        if event.state is WorkerState.ERROR:
            self.faults.append(f"worker {event.worker.name}: {event.worker.error!r}")


class Unforeseen(logging.Handler):
    """Keeps what the console or asyncio logged with a traceback: an error that nobody foresaw."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__()
        self._faults = faults

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        if record.exc_info and record.exc_info[1] is not None:
            self._faults.append(f"{record.getMessage()}: {record.exc_info[1]!r}")


@dataclass
class Soak:
    """One run: its seed, the last steps, what went wrong, and the measurements taken at home."""

    seed: int
    faults: list[str] = field(default_factory=list)
    last: deque[str] = field(default_factory=lambda: deque(maxlen=LAST))
    taken: int = 0
    rounds: int = 0
    measured: list[dict[str, float]] = field(default_factory=list)

    def fail(self, why: str) -> AssertionError:
        """Return the failure, with all that is needed to play it again."""
        tail = "\n".join(self.last)
        return AssertionError(f"{why}\nBATCHDECK_SOAK_SEED={self.seed}, after step {self.taken}; the last:\n{tail}")

    def check(self) -> None:
        """Fail when something went wrong meanwhile."""
        if self.faults:
            raise self.fail("; ".join(self.faults))


async def act(pilot: Pilot[Any], step: Step) -> None:
    """Do one step, and wait until the console has taken it."""
    app = pilot.app
    if step.kind == "keys":
        for key in step.what:
            one = len(key) == 1
            app.post_message(Key(_character_to_key(key) if one else key, key if one else None))
    elif step.kind == "paste":
        app.post_message(Paste(step.what[0]))
    elif step.kind == "size":
        await pilot.resize_terminal(int(step.what[0]), int(step.what[1]))
    else:
        await click(app, *(int(share * cells) for share, cells in zip(step.at, app.size, strict=True)))
    await taken(app)


async def taken(app: App[Any]) -> None:
    """Wait until every key has acted, and whatever it opened is there; TimeoutError for a console that hangs."""
    ahead = app._typeahead  # type: ignore[attr-defined]
    async with asyncio.timeout(HANGS):
        await asyncio.sleep(0)
        while app.is_running and (ahead._waiting or ahead._under_way):
            await asyncio.sleep(0.002)
        done = asyncio.Event()
        while app.is_running and not app.call_later(done.set):
            await asyncio.sleep(0.002)
        while app.is_running and not done.is_set():
            await asyncio.sleep(0.002)


async def click(app: App[Any], x: int, y: int) -> None:
    """Press and release the mouse, as a terminal tells it: on whatever is there."""
    for kind in (events.MouseDown, events.MouseUp):
        app.post_message(
            kind(None, x, y, 0, 0, 1, False, False, False, screen_x=x, screen_y=y),
        )


async def come_home(pilot: Pilot[Any], soak: Soak) -> None:
    """Press Escape until the list of batches is in front; only a form with something in it asks once more."""
    way: list[str] = []
    for _ in range(HOMEWARD):
        if pilot.app._exit:  # it was told to end some steps ago, and its engine had things to finish first
            return
        screen = pilot.app.screen
        if isinstance(screen, BatchesScreen) and screen._group is None:
            return
        way.append(f"{type(screen).__name__} at {pilot.app.focused}")
        if isinstance(screen, Confirm) and screen._title == "Leave without submitting?":
            screen.query_one("#confirm", Button).focus()
            await act(pilot, Step("keys", ("enter",)))
        else:
            await act(pilot, Step("keys", ("escape",)))
        await pilot.pause(0.01)
    raise soak.fail("\n".join(["It doesn't come home:", *way]))


async def measure(app: App[Any]) -> dict[str, float]:
    """Return what is held once closed screens have gone: they take their time."""
    still, held = 0, 0
    async with asyncio.timeout(HANGS):
        while still < 5:
            now = len(asyncio.all_tasks()) + len(app._registry)
            still, held = (still + 1 if now <= held else 0), now
            await asyncio.sleep(0.02)
    return {**held_by_process(), "tasks": len(asyncio.all_tasks()), "widgets": len(app._registry)}


def held_by_process() -> dict[str, float]:
    """Return what the operating system has for us."""
    gc.collect()
    with open("/proc/self/statm") as statm:
        pages = int(statm.read().split()[1])
    return {
        "memory MB": round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1),
        "handles": len(os.listdir("/proc/self/fd")),
        "threads": threading.active_count(),
    }


def grown(measured: list[dict[str, float]]) -> list[str]:
    """Say what is more now than the most of the first quarter allows."""
    if not measured:
        return []
    early, late = measured[: max(1, len(measured) // 4)], measured[-1]
    most = {name: max(one[name] for one in early) + slack for name, slack in SLACK.items()}
    return [f"{name} grew to {late[name]:g}, over {most[name]:g}" for name in late if late[name] > most[name]]


async def play(app: Watched, soak: Soak, todo: Iterator[Step], until: Any) -> None:
    """Let the monkey play in one console until it is left, or the time is over."""
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        while app.is_running and not until(soak):
            step = next(todo)
            soak.taken += 1
            soak.last.append(str(step))
            await act(pilot, step)
            if app._exception is not None or not app.is_running:
                break
            soak.check()
            if soak.taken % LOOK == 0:
                await come_home(pilot, soak)
                if app._exit:
                    break
                soak.measured.append(await measure(app))
    if app.return_code not in (0, None):
        raise soak.fail(f"It ended with {app.return_code}")


async def soaked(soak: Soak, folder: Path, until: Any) -> None:
    """Open one engine, and one console after the other on it, as long as it lasts."""
    todo = steps(soak.seed)
    async with running(folder) as engine:
        while not until(soak):
            app = Watched(Outfit(lambda: asyncio.sleep(0, engine), banner(folder)))
            app.faults = soak.faults
            soak.rounds += 1
            try:
                await play(app, soak, todo, until)
            except AssertionError:
                raise
            except Exception as error:
                raise soak.fail(f"It crashed: {error!r}") from error
    soak.check()


class _Kept:
    """The engine, which a console that is left doesn't end."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    async def close(self) -> None:
        """Stay open for the next console."""


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Any]:
    """Run an engine on the simulated node, with three hundred contents and two batches under way."""
    settings = Settings(
        database_url=f"sqlite:///{folder}/deck.sqlite3",
        chain_url="devnet",
        block_seconds=0.5,
        max_batches_per_hour=0,
        max_items_per_hour=0,
    )
    async with in_thread(lambda: open_engine(settings)) as engine:
        text = files("console").joinpath("sample.csv").read_text(encoding="utf-8")
        contents, _ = read_catalogue("".join(text.splitlines(keepends=True)[:301]), "csv", "testnet")
        await engine.import_contents(contents)
        for price in (1_500_000, 2_500_000):
            mine = [one.content_id for one in contents if one.creator == contents[0].creator][:40]
            await engine.submit(Draft("update-price", contents[0].creator, mine, {"newPrice": price}))
        yield _Kept(engine)


def banner(folder: Path) -> Banner:
    """Return what the header says."""
    return Banner("testnet", "devnet", f"{folder}/deck.sqlite3", simulated=True)


def run(seed: int, until: Any) -> Soak:
    """Play until ``until`` says so, in a folder of its own; AssertionError with seed and keys when it goes wrong."""
    soak = Soak(seed)
    unforeseen = Unforeseen(soak.faults)
    loggers = [logging.getLogger(name) for name in ("batchdeck.console", "asyncio")]
    before = os.getcwd()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        try:
            os.chdir(folder)  # what it exports goes with it
            for logger in loggers:
                logger.addHandler(unforeseen)
            asyncio.run(soaked(soak, Path(folder), until))
        finally:
            os.chdir(before)
            for logger in loggers:
                logger.removeHandler(unforeseen)
    if late := grown(soak.measured):
        raise soak.fail("; ".join(late))
    return soak


def table(soak: Soak) -> str:
    """Return the measurements, a dozen lines of them, the first and the last among them."""
    at = soak.measured
    shown = [at[round(place * (len(at) - 1) / 11)] for place in range(12)] if at else []
    names = list(SLACK)
    lines = [f"{'steps':>8}" + "".join(f"{name:>12}" for name in names)]
    for place, one in enumerate(shown):
        done = (round(place * (len(at) - 1) / 11) + 1) * LOOK
        lines.append(f"{done:>8}" + "".join(f"{one[name]:>12g}" for name in names))
    return "\n".join(lines)


def main() -> int:
    """Soak as long as the environment says."""
    minutes = float(os.environ.get("BATCHDECK_SOAK_MINUTES", "30"))
    seed = int(os.environ.get("BATCHDECK_SOAK_SEED", "0")) or int.from_bytes(os.urandom(4), "big")
    end = time.monotonic() + 60 * minutes
    print(f"Soaking for {minutes:g} min with BATCHDECK_SOAK_SEED={seed}", flush=True)
    try:
        soak = run(seed, lambda _: time.monotonic() > end)
    except AssertionError as wrong:
        print(wrong)
        return 1
    print(table(soak))
    print(f"{soak.taken:,} steps in {soak.rounds} consoles: nothing crashed, hung or grew")
    return 0


if __name__ == "__main__":
    sys.exit(main())
