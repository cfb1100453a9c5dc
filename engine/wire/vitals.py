"""The engine's own state as JSON; times of single calls and commits keep a tenth of a millisecond."""

from __future__ import annotations

from engine.core.vitals import NodeCall, NodeSight, Times, Vitals
from engine.wire.forms import Json, time


def vitals_json(vitals: Vitals) -> Json:
    """Write the state of an engine, secrets never among it."""
    return {
        "version": vitals.version,
        "startedAt": time(vitals.started_at),
        "who": vitals.who,
        "network": vitals.network,
        "chain": vitals.chain,
        "database": vitals.database,
        "contract": vitals.contract,
        "nodes": [_node_json(node) for node in vitals.nodes],
        "calls": [_call_json(call) for call in vitals.calls],
        "underWay": {str(state): count for state, count in vitals.under_way.items()},
        "outcomes": {str(outcome): count for outcome, count in vitals.outcomes.items()},
        "openAlerts": vitals.open_alerts,
        "writing": vitals.writing,
        "commits": _times_json(vitals.commits),
        "settings": [{"name": one.name, "value": one.value, "origin": one.origin} for one in vitals.settings],
    }


def _node_json(node: NodeSight) -> Json:
    return {
        "name": node.name,
        "standing": node.standing,
        "tip": node.tip,
        "took": _fine(node.took),
        "trouble": node.trouble,
    }


def _call_json(call: NodeCall) -> Json:
    return {"call": call.name, "errors": call.errors} | _times_json(call.times)


def _times_json(times: Times) -> Json:
    return {"count": times.count, "mean": _fine(times.mean), "most": _fine(times.most)}


def _fine(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 1)
