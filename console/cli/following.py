"""Waiting for a batch, carried here or elsewhere: a bar on a terminal, silence in a pipe, then an exit code."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from console.cli import words
from console.cli.output import complain, say, say_json
from console.cli.session import all_items, now
from console.forms import many
from console.pace import Pace
from engine.core.model import Batch, BatchStatus
from engine.core.reports import Alert
from engine.core.summary import counts, is_settled, status
from engine.door import Engine, fit
from engine.errors import Unavailable
from engine.setting_rules import OFF
from engine.wire import Json, batch_json

if TYPE_CHECKING:
    from engine.settings import Settings

ENDED_BADLY = 1
_POLL = 0.2
_WIDTH = 30
_NO_SIZE = 80


class Until(StrEnum):
    """How long to wait: until a node has accepted everything, or until the chain has said its last word."""

    SETTLED = "settled"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class Following:
    """What to do with a batch once it is accepted."""

    wait: bool
    until: Until
    json: bool


async def accepted(engine: Engine, batch: Batch, body: Json, settings: Settings, following: Following) -> int:
    """Say that a batch is accepted and who carries it, or carry it to its end; return the exit code."""
    if following.wait:
        return await _follow(engine, batch, settings, following)
    if following.json:
        say_json(body)
        return 0
    say(f"Batch {batch.id} is accepted: {batch.operation} of {many(batch.tally.total, 'item')}, {status(batch)}.")
    if address := _address(engine):
        say(f"It is stored, and the engine at {address} carries it.")
    else:
        run = "batchdeck engine" if status(batch) is BatchStatus.SCHEDULED else "batchdeck engine --drain"
        say(f"It is stored. To carry it out run: {run} (or open the console: batchdeck)")
    return 0


async def _follow(engine: Engine, batch: Batch, settings: Settings, following: Following) -> int:
    """Return 1 if an item failed, stayed off-chain or was cancelled, else 0."""
    if (await engine.health()).paused:
        raise Unavailable(f"The engine is stopped, so batch {batch.id} waits: go on with batchdeck resume --all")
    batch = await _watch(engine, batch.id, following.until)
    if following.json:
        say_json(batch_json(batch, await all_items(engine, batch), now(), settings.thresholds))
    else:
        say(*await told(engine, batch, settings))
    found = counts(batch)
    return ENDED_BADLY if found.failure + found.off_chain + found.cancelled or _failed(batch) else 0


async def told(engine: Engine, batch: Batch, settings: Settings) -> list[str]:
    """Return all that is known of a batch; what a retry has in hand already isn't called retryable any more."""
    found = counts(batch)
    lost = found.failure + found.off_chain
    again = len((await engine.select_retry(batch.id)).items) if lost else 0
    return words.batch_lines(batch, now(), settings.thresholds, await chain_name(engine, settings), again)


async def _watch(engine: Engine, batch_id: str, until: Until) -> Batch:
    bar, pace, told = sys.stderr.isatty(), Pace(), False
    try:
        while True:
            try:
                changes = await engine.changes("")
                batch = await engine.batch(batch_id)
            except Unavailable as lost:  # the engine waits for the database, and goes on by itself
                if not told:
                    complain(str(lost))
                told = True
                await asyncio.sleep(_POLL)
                continue
            fit(changes)
            pace.note(batch, now())
            if bar:
                print(f"\r\x1b[K{_line(batch, pace, changes.alerts)}", end="", file=sys.stderr, flush=True)
            if _ended(batch, until):
                return batch
            await asyncio.sleep(_POLL)
    finally:
        if bar:
            print(file=sys.stderr)


def _ended(batch: Batch, until: Until) -> bool:
    if _failed(batch):
        return True
    done = status(batch) in (BatchStatus.COMPLETED, BatchStatus.CANCELLED)
    return done and (until is Until.COMPLETED or is_settled(batch))


def _failed(batch: Batch) -> bool:
    return status(batch) is BatchStatus.FAILED


def _line(batch: Batch, pace: Pace, alerts: Sequence[Alert]) -> str:
    """Say how far the batch is; what keeps it from going on stands in the place of the bar and the time left."""
    from console.text import display_text

    found, left = counts(batch), pace.left(batch, now())
    line = f"{found.done}/{found.total} {words.outcomes(batch)}"
    if alerts:
        line += f" ! {alerts[0].message}"
    else:
        filled = _WIDTH * found.done // max(found.total, 1)
        line = f"[{'#' * filled:{_WIDTH}}] {line}" + (f", about {left.total_seconds():.0f} s left" if left else "")
    return display_text(line, _terminal() - 1)


def _terminal() -> int:
    """Return how wide the terminal is: a longer line would wrap, and stay."""
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or _NO_SIZE
    except (OSError, ValueError):
        return _NO_SIZE


async def is_simulated(engine: Engine, settings: Settings) -> bool:
    """Tell whether the chain is a simulated one, served by another process too."""
    own = settings.simulated and not _address(engine)
    return own or (await engine.health()).simulated


async def chain_name(engine: Engine, settings: Settings) -> str:
    """Return how a command names the chain; what isn't real is always called simulated."""
    chain = (await engine.health()).chain if _address(engine) else settings.chain_told
    if chain == OFF:
        return OFF
    if await is_simulated(engine, settings):
        return f"{chain}, simulated: nothing here is on the real chain"
    return f"{chain}, {settings.network}"


def _address(engine: Engine) -> str | None:
    """Return where an engine outside this process is; None for one in it."""
    found: str | None = getattr(engine, "address", None)
    return found
