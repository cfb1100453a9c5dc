"""PURE: JSON becomes the engine's own state, and its log, again."""

from __future__ import annotations

from engine.core.loglines import Level, LogLine
from engine.core.model import ItemState, Outcome
from engine.core.vitals import NodeCall, NodeSight, NodeStanding, Setting, Times, Vitals
from engine.remote.nouns import Json, many, moment, time


def vitals(body: Json) -> Vitals:
    """Read the state of an engine."""
    return Vitals(
        version=body["version"],
        started_at=time(body["startedAt"]),
        who=body["who"],
        network=body["network"],
        chain=body["chain"],
        database=body["database"],
        contract=body["contract"],
        nodes=many(_node, body["nodes"]),
        calls=many(_call, body["calls"]),
        under_way={ItemState(name): int(count) for name, count in body["underWay"].items()},
        outcomes={Outcome(name): int(count) for name, count in body["outcomes"].items()},
        open_alerts=body["openAlerts"],
        writing=body["writing"],
        commits=_times(body["commits"]),
        settings=tuple(Setting(one["name"], one["value"], one["origin"]) for one in body["settings"]),
    )


def _node(body: Json) -> NodeSight:
    standing = NodeStanding(body["standing"])
    return NodeSight(body["name"], standing, body["tip"], _seconds(body["took"]), body["trouble"])


def _call(body: Json) -> NodeCall:
    return NodeCall(body["call"], _times(body), body["errors"])


def _times(body: Json) -> Times:
    return Times(body["count"], _seconds(body["mean"]), _seconds(body["most"]))


def _seconds(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else round(milliseconds / 1000, 4)


def log_line(body: Json) -> LogLine:
    """Read one line of the log."""
    at, level = moment(body["at"]), Level(body["level"])
    return LogLine(body["number"], at, level, body["event"], body["values"], body["trace"])
