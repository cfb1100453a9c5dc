"""An engine elsewhere, as it tells of itself: whether it answers, how its parts are, what wants an operator's eye."""

from __future__ import annotations

from engine.checkup.facts import Finding, State
from engine.core.reports import Changes, Health, Part, SignerInfo
from engine.door import Engine
from engine.errors import BatchdeckError, Forbidden, Unauthorized, Unavailable
from engine.remote import About, open_remote, overheard
from engine.settings import Settings

PART = "remote"


async def look_afar(settings: Settings) -> list[Finding]:
    """Ask the engine that --remote names; one that doesn't answer is a finding too."""
    found = _overheard(settings)
    try:
        async with open_remote(settings) as engine:
            return [*found, *await _told(engine, engine.about, engine.address)]
    except (Unavailable, Unauthorized, Forbidden) as away:
        return [*found, _away(away)]


def _overheard(settings: Settings) -> list[Finding]:
    said, _, todo = (overheard(settings) or "").rpartition(": ")
    return [Finding(f"{PART} token", State.WARNING, said, todo)] if said else []


async def _told(engine: Engine, about: About, address: str) -> list[Finding]:
    health, changes = await engine.health(), await engine.changes("")
    return [_reached(health, about, address), *map(_part, health.parts), *_held(changes), *_alerts(changes)]


def _away(away: BatchdeckError) -> Finding:
    said, _, todo = str(away).rpartition(": ")
    return Finding(PART, State.UNWELL, said or todo, todo if said else "look after that engine")


def _reached(health: Health, about: About, address: str) -> Finding:
    chain = f"{health.chain}{', simulated' if health.simulated else ''}"
    may = f"; it knows us as {about.who}{', who may only read' if about.read_only else ''}" if about.who else ""
    said = f"the engine at {address} answers: {about.network}, chain {chain}, database {health.database}{may}"
    if health.paused:
        return Finding(PART, State.WARNING, f"{said}; it is stopped", "batchdeck resume --all --remote lets it go on")
    return Finding(PART, State.OK, said)


def _part(part: Part) -> Finding:
    name = f"{PART} {part.name}"
    if part.ok:
        return Finding(name, State.OK, part.detail)
    return Finding(name, State.UNWELL, part.detail, "run batchdeck doctor on the machine of that engine")


def _held(changes: Changes) -> list[Finding]:
    return [
        Finding(f"{PART} lane", State.WARNING, f"{lane.address}: {lane.held}", _way_on(lane))
        for lane in changes.lanes
        if lane.held
    ]


def _way_on(lane: SignerInfo) -> str:
    if lane.paused:
        return f"batchdeck signers --remote URL --resume {lane.address} lets it go on"
    return "look at batchdeck signers --remote, and release it there when nothing else is ours"


def _alerts(changes: Changes) -> list[Finding]:
    lanes = {f"lane {lane.address}" for lane in changes.lanes}
    return [
        Finding(f"{PART} alert", State.WARNING, alert.message, "see the console of that engine")
        for alert in changes.alerts
        if alert.key not in lanes
    ]
