"""What every station of the line shares: the store, the node, the keys, the gate, and the limits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from engine.errors import TakenOver, Unavailable
from engine.line.nodestate import NodeState
from engine.line.pausing import Pauses
from engine.line.signing import Desk
from engine.ports import Chain, Clock, Store

RELAPSE = 5.0
PREFLIGHTS = 8
"""Calls tried on the node at once, over all reviews: the line needs the node more than they do."""
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Limits:
    """The settings of the line: counts, seconds, µSTX (INTERFACE.md)."""

    concurrency: int = 10
    window: int = 25
    confirmations: int = 1
    chain_patience: float = 240
    unseen_after: float = 15
    stuck_after: float = 600
    bump_max: int = 3
    database_patience: float = 120
    memory: float = 0.8
    fee_max_batch: int = 2_000_000


@dataclass(slots=True)
class Tools:
    """The shared tools; ``desk`` is None until the node has said which chain it is.

    ``gate`` bounds the items in a step, ``trying`` the preflights under way; ``stopped`` is the emergency stop,
    ``pauses`` are the lanes that somebody paused;
    ``closing`` lets no new step begin; ``refused`` says why this node may not be used: nothing is carried then;
    ``alarms`` are what an operator should see, by cause; ``lost_since`` is the monotonic time at which the database
    went away, None while it is there; ``taken_over`` tells when another engine has it for good.
    """

    store: Store
    chain: Chain
    clock: Clock
    limits: Limits
    node: NodeState
    gate: asyncio.Semaphore
    trying: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PREFLIGHTS))
    desk: Desk | None = None
    stopped: bool = False
    pauses: Pauses = field(default_factory=Pauses)
    closing: bool = False
    refused: str | None = None
    alarms: dict[str, str] = field(default_factory=dict)
    lost_since: float | None = None
    taken_over: asyncio.Future[TakenOver] = field(default_factory=asyncio.Future)
    _back: tuple[float, float] | None = None
    wake_lane: Callable[[str], None] = lambda signer: None

    @property
    def resting(self) -> bool:
        """Tell whether no new step may begin."""
        held = self.stopped or self.refused is not None or self.lost_since is not None
        return held or self.closing

    def rests(self, signer: str) -> bool:
        """Tell whether no new step may begin in the lane of a signer."""
        return self.resting or signer in self.pauses.why

    def database_lost(self, lost: Unavailable) -> None:
        """The database didn't answer: nothing goes on until it does; the applier looks at every tick."""
        if isinstance(lost, TakenOver) and not self.taken_over.done():
            self.taken_over.set_result(lost)
        if self.lost_since is None:
            self.lost_since = self._relapse()
            log.error("database unavailable", reason=str(lost))
        self.alarms["database"] = str(lost)

    def _relapse(self) -> float:
        """Return when this outage began: with the last one, if the database was back for a moment only."""
        now = self.clock.monotonic()
        return self._back[0] if self._back and now - self._back[1] < RELAPSE else now

    def database_back(self) -> float:
        """The database answers again; return for how many seconds it didn't."""
        now = self.clock.monotonic()
        outage = 0.0 if self.lost_since is None else now - self.lost_since
        self._back = None if self.lost_since is None else (self.lost_since, now)
        self.lost_since = None
        self.alarms.pop("database", None)
        log.info("database available again", seconds=round(outage, 1))
        return outage
