"""The engine without a console: open it, say so, carry until somebody stops it or nothing is left."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack

import structlog

from engine import garbage
from engine.assemble import open_engine
from engine.core.lifecycle import UNSETTLED
from engine.core.model import Batch, BatchStatus
from engine.core.reports import Alert, BatchQuery
from engine.core.summary import status
from engine.door import Engine, fit
from engine.errors import Gone, Unavailable
from engine.serving import Door
from engine.settings import Settings

READY = "READY"
INTERRUPTED = 130
REMIND = 60.0
HELD = ("lane ", "restored")
"""How the alerts are named that say why items wait."""
_POLL = 0.2
_PAGE = 500
_IDLE = (BatchStatus.PAUSED, BatchStatus.SCHEDULED)
log = structlog.get_logger()


async def serve(
    settings: Settings,
    *,
    drain: bool,
    ready: Callable[[str], None],
    ended: Callable[[], bool] = lambda: False,
    api: bool = False,
) -> int:
    """Run until SIGTERM (returns 0) or SIGINT (130), with ``drain`` also until no work is left (0).

    ``ready`` is called once with the line to print, ``ended`` tells of a SIGTERM that came before all this, ``api``
    serves the HTTP API too. Raises what `open_engine` raises, BadSettings or Unavailable for an address that can't be
    listened on, and TakenOver when another engine has the database.
    """
    stop: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    for number, code in ((signal.SIGTERM, 0), (signal.SIGINT, INTERRUPTED)):
        asyncio.get_running_loop().add_signal_handler(number, _stop, stop, code)
    if ended():
        return 0
    async with AsyncExitStack() as stack:
        door = Door(settings) if api else None
        if door:
            stack.callback(door.shut)
        engine = await stack.enter_async_context(open_engine(settings))
        if stop.done():
            return stop.result()
        waits: list[asyncio.Future[int]] = [stop, asyncio.ensure_future(engine.taken_over())]
        if door:
            waits.append(await door.open(engine))
        garbage.loaded()
        ready(f"{READY} {door.address}" if door else READY)
        log.info("engine runs", database=str(settings.database_path), chain=settings.chain_told)
        if drain:
            waits.append(asyncio.ensure_future(drained(engine)))
        done, pending = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        log.info("engine stops")
        if door:
            door.refuse()
        await engine.rest()
        if door:
            await door.close()
        for task in pending:
            task.cancel()
        return stop.result() if stop in done else done.pop().result()


def _stop(stop: asyncio.Future[int], code: int) -> None:
    if not stop.done():
        stop.set_result(code)


async def drained(engine: Engine) -> int:
    """Return 0 once no batch is pending, processing or unsettled; paused and scheduled ones don't count.

    Raises Unavailable when the node is refused: nothing is carried then.
    """
    revision, busy, told = "", set[str](), dict[str, float]()
    while True:
        try:
            changes = await engine.changes(revision)
            if not revision:
                busy = await _busy(engine)
        except Gone:
            revision = ""
            continue
        except Unavailable:  # the line waits until the database is back, and so does this
            await asyncio.sleep(_POLL)
            continue
        fit(changes)
        for batch in changes.batches:
            busy = busy | {batch.id} if _has_work(batch) else busy - {batch.id}
        revision = changes.revision
        if not busy and not changes.more:
            return 0
        told = _tell(changes.alerts, told)
        await asyncio.sleep(0 if changes.more else _POLL)


def _tell(alerts: Sequence[Alert], told: dict[str, float]) -> dict[str, float]:
    """Log which held lanes are waited for, each when it is new and once a minute; return when each was told."""
    now, kept = asyncio.get_running_loop().time(), dict[str, float]()
    for alert in alerts:
        if alert.key.startswith(HELD):
            kept[alert.key] = told.get(alert.key, -REMIND)
            if now - kept[alert.key] >= REMIND:
                kept[alert.key] = now
                log.warning("still waits for a held lane", lane=alert.key.removeprefix("lane "), why=alert.message)
    return kept


def _has_work(batch: Batch) -> bool:
    now = status(batch)
    if now in _IDLE:
        return False
    return now in (BatchStatus.PENDING, BatchStatus.PROCESSING) or batch.tally.of(*UNSETTLED) > 0


async def _busy(engine: Engine) -> set[str]:
    found, after = set[str](), None
    while True:
        page = await engine.batches(BatchQuery(after=after, limit=_PAGE))
        found |= {batch.id for batch in page.rows if _has_work(batch)}
        after = page.next
        if after is None:
            return found
