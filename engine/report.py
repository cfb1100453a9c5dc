"""What the engine says of itself: health, signers, lanes, alerts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from engine.core import summary
from engine.core.chain import is_simulated
from engine.core.model import BatchStatus
from engine.core.oversight import Measures
from engine.core.reports import Alert, BatchQuery, Changes, Health, Part, Traffic
from engine.core.summary import Thresholds
from engine.core.vitals import Setting
from engine.door import REFUSED
from engine.errors import Unavailable
from engine.lanes_told import lane
from engine.line import memory
from engine.line.contact import CHAIN
from engine.line.line import Line
from engine.metered import NodeMeters
from engine.ports import Clock, Store

LATE_TICK = 10.0
RECENT = 20


@dataclass(frozen=True, slots=True)
class Identity:
    """What this engine says of itself: network, chain, database, who acts, its alert thresholds and its settings."""

    network: str
    chain: str
    database: str
    who: str
    simulated: bool
    thresholds: Thresholds
    contract: str | None = None
    settings: tuple[Setting, ...] = ()


class Watch:
    """Remembers since when each alert stands, by its key; looked at with every tick, so nobody has to be watching."""

    def __init__(self) -> None:
        self._since: dict[str, datetime] = {}

    def look(self, line: Line) -> tuple[Alert, ...]:
        """Return what an operator should see now; an alert that went away begins anew when it comes back."""
        now, found = line.tools.clock.now(), _causes(line)
        self._since = {key: self._since.get(key, now) for key, _ in found}
        return tuple(Alert(key, message, self._since[key]) for key, message in found)


def _causes(line: Line) -> list[tuple[str, str]]:
    tools = line.tools
    found = list(tools.alarms.items())
    if tools.refused:
        found.append((REFUSED, tools.refused))
    elif not tools.node.reachable and tools.node.error:
        found.append(("node", f"Node unreachable: {tools.node.error}"))
    found += [(f"node {place}", why) for place, why in enumerate(tools.chain.refused(), 1)]
    if tools.stopped:
        found.append(("stopped", "The engine is stopped: nothing new is applied, signed or posted"))
    return found + [(f"lane {signer}", _of_lane(signer, why)) for signer, why in line.lanes.all_held()]


def _of_lane(signer: str, why: str) -> str:
    """Name the signer with the reason: read among other alerts, "Paused by ann" would seem to be about everything."""
    return why if signer in why else f"Lane {signer}: {why}"


async def enrich(changes: Changes, store: Store, line: Line | None, watch: Watch) -> Changes:
    """Add the lanes and the alerts as they are now to a page of changes; no node is asked for it."""
    if line is None:
        return changes
    traffic = await store.traffic()
    heard = line.tools.node.accounts
    addresses = sorted({*traffic, *line.lanes.signers()})
    lanes = tuple(lane(line, address, traffic.get(address, Traffic()), heard.get(address)) for address in addresses)
    return replace(changes, lanes=lanes, alerts=watch.look(line))


async def measures(store: Store, line: Line | None, watch: Watch, meters: NodeMeters) -> Measures:
    """Gather what monitoring wants to know; no node is asked for it."""
    now = await enrich(Changes("", more=False), store, line, watch)
    writing, commits = store.writing()
    return Measures(
        stored=await store.stored(),
        lanes=now.lanes,
        alerts=now.alerts,
        paused=bool(line and line.tools.stopped),
        reachable=bool(line and line.tools.node.reachable),
        node_took=meters.took(),
        node_errors=meters.errors(),
        writing=writing,
        commits=commits,
    )


async def health(store: Store, line: Line | None, identity: Identity, late: float | None, clock: Clock) -> Health:
    """Return how database, node, scheduler and memory are, and what the latest batches came to.

    ``late`` is None where nothing is carried.
    """
    parts = [await _database(store, line), _node(line), _scheduler(late, store), _memory(line)]
    page = await store.batches(BatchQuery(limit=RECENT)) if parts[0].ok else None
    batches = page.rows if page else ()
    counted = [summary.counts(batch) for batch in batches]
    ended = [summary.metrics(batch, clock.now()).duration for batch in batches if batch.completed_at]
    done = sum(found.done for found in counted)
    return Health(
        ok=all(part.ok for part in parts),
        network=identity.network,
        chain=identity.chain,
        simulated=identity.simulated or _met_devnet(line) or (parts[0].ok and await _of_devnet(store)),
        database=identity.database,
        paused=bool(line and line.tools.stopped),
        parts=tuple(parts),
        statuses={status: await _count(store, status) for status in BatchStatus} if page else {},
        average_duration=round(sum(ended) / len(ended), 3) if ended else None,
        success_rate=sum(found.success for found in counted) / done if done else None,
    )


def _met_devnet(line: Line | None) -> bool:
    return bool(line and line.tools.node.info and line.tools.node.info.devnet_id)


async def _of_devnet(store: Store) -> bool:
    """Tell whether the database is bound to a simulated chain: true also where no node is asked."""
    return is_simulated(await store.fact(CHAIN) or "")


async def _count(store: Store, status: BatchStatus) -> int:
    return (await store.batches(BatchQuery(status=status, limit=1))).total


async def _database(store: Store, line: Line | None) -> Part:
    """A database that is locked or full can still be read: what the line met counts as well."""
    if line and line.tools.lost_since is not None:
        away = line.tools.clock.monotonic() - line.tools.lost_since
        return Part("database", False, f"{line.tools.alarms.get('database', 'not available')} ({away:.0f} s so far)")
    try:
        await store.fact("network")
    except Unavailable as lost:
        return Part("database", False, str(lost))
    return Part("database", True, "answers")


def _node(line: Line | None) -> Part:
    if line is None:
        return Part("node", True, "not used here")
    tools = line.tools
    if tools.refused:
        return Part("node", False, tools.refused)
    if tools.chain.name == "off":
        return Part("node", True, "No chain configured: items end off-chain, and can be retried later")
    if not tools.node.reachable:
        return Part("node", False, f"Node unreachable: {tools.node.error or 'no answer yet'}")
    return Part("node", True, f"{tools.chain.name}, tip at {tools.node.tip}")


def _scheduler(late: float | None, store: Store) -> Part:
    if late is None:
        return Part("scheduler", True, f"this one only looks on: {_carrier(store.owner())}")
    return Part("scheduler", late < LATE_TICK, f"last tick {late:.0f} s ago")


def _carrier(owner: int | None) -> str:
    if owner is None:
        return "no engine works on the database, so nothing is carried"
    return f"the engine with process id {owner or 'unknown'} carries what is accepted"


def _memory(line: Line | None) -> Part:
    used, most = memory.resident(), memory.available()
    limit = line.tools.limits.memory if line else 1.0
    detail = f"{used / 2**20:.0f} MB of {most / 2**20:.0f} MB"
    return Part("memory", used <= limit * most, detail)
