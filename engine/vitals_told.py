"""What an engine says of itself to whoever looks after it: gathered from every part, and no node is asked for it."""

from __future__ import annotations

from datetime import datetime
from importlib import metadata

from engine.core.vitals import NodeCall, NodeSight, NodeStanding, Times, Vitals, times
from engine.line.line import Line
from engine.metered import NodeMeters
from engine.ports import Store
from engine.report import Identity

DISTRIBUTION = "batchdeck"


def version() -> str:
    """Return the version of the installed distribution; a bare source tree has none."""
    try:
        return metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return "0"


async def vitals(
    store: Store, line: Line | None, identity: Identity, meters: NodeMeters, started_at: datetime | None
) -> Vitals:
    """Return the engine's state as it is now."""
    stored = await store.stored()
    writing, commits = store.writing()
    desk = line.tools.desk if line else None
    return Vitals(
        version=version(),
        started_at=started_at,
        who=identity.who,
        network=identity.network,
        chain=line.tools.chain.name if line else identity.chain,
        database=identity.database,
        contract=(desk.mint.contract if desk else None) or identity.contract,
        nodes=_nodes(line) if line else (),
        calls=_calls(meters),
        under_way=stored.under_way,
        outcomes=stored.outcomes,
        open_alerts=stored.open_alerts,
        writing=writing,
        commits=times(commits),
        settings=identity.settings,
    )


def _calls(meters: NodeMeters) -> tuple[NodeCall, ...]:
    errors = meters.errors()
    found = (NodeCall(name, times(spread), errors[name]) for name, spread in meters.took().items())
    return tuple(call for call in found if call.times != Times())


def _nodes(line: Line) -> tuple[NodeSight, ...]:
    """Return every node; one that is the only one is known by what the line heard of it."""
    tools, node = line.tools, line.tools.node
    if tools.chain.name == "off":
        return ()
    several = tools.chain.nodes()
    if several:
        return several
    trouble = tools.refused or node.error
    return (NodeSight(tools.chain.name, _standing(line), node.tip if node.info else None, None, trouble),)


def _standing(line: Line) -> NodeStanding:
    tools = line.tools
    if tools.refused:
        return NodeStanding.REFUSED
    if tools.node.reachable:
        return NodeStanding.USED
    return NodeStanding.AWAY if tools.node.error else NodeStanding.UNASKED
