"""The frozen nouns of the engine's own state: which one it is, its nodes, its queue, its pace, its settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from engine.core.model import ItemState, Outcome
from engine.core.spread import Spread

SHARE = 0.95
"""The share of calls or commits that took no longer than `Times.most`."""


class NodeStanding(StrEnum):
    """How a node is: one is in use, the others stand by, or can't be used now."""

    USED = "in use"
    READY = "ready"
    BEHIND = "behind"
    AWAY = "away"
    REFUSED = "refused"
    UNASKED = "not asked yet"


@dataclass(frozen=True, slots=True)
class NodeSight:
    """One node as it was last heard of: ``took`` is how many seconds its last answer needed, ``trouble`` why none came.

    ``tip`` is None while it told none.
    """

    name: str
    standing: NodeStanding
    tip: int | None = None
    took: float | None = None
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class Times:
    """How long something took: how often, the mean in seconds, and what 95 of 100 stayed under (None: beyond all)."""

    count: int = 0
    mean: float | None = None
    most: float | None = None


@dataclass(frozen=True, slots=True)
class NodeCall:
    """One kind of call to a node: how long it took, and how often no clear answer came."""

    name: str
    times: Times
    errors: int = 0


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting as it is in force: its value without secrets, and where it came from."""

    name: str
    value: str
    origin: str


@dataclass(frozen=True, slots=True)
class Vitals:
    """The engine itself, for whoever looks after it; counts are of the whole database, times since it was started.

    ``started_at`` is None when nothing runs here. ``writing`` counts the writes that wait for their commit.
    """

    version: str
    started_at: datetime | None
    who: str
    network: str
    chain: str
    database: str
    contract: str | None = None
    nodes: tuple[NodeSight, ...] = ()
    calls: tuple[NodeCall, ...] = ()
    under_way: dict[ItemState, int] = field(default_factory=dict)
    outcomes: dict[Outcome, int] = field(default_factory=dict)
    open_alerts: int = 0
    writing: int = 0
    commits: Times = Times()
    settings: tuple[Setting, ...] = ()

    @property
    def done(self) -> int:
        """How many items have an outcome."""
        return sum(self.outcomes.values())


def times(spread: Spread) -> Times:
    """Return what a spread amounts to, to a tenth of a millisecond."""
    count = sum(spread.counts)
    if not count:
        return Times()
    return Times(count, round(spread.total / count, 4), _under(spread, count))


def _under(spread: Spread, count: int) -> float | None:
    so_far = 0
    for bound, found in zip(spread.bounds, spread.counts, strict=False):
        so_far += found
        if so_far >= SHARE * count:
            return bound
    return None
