"""One of several nodes, and what is known of it: whose chain it is on, how high it stands, whether it answers."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.core.vitals import NodeSight, NodeStanding
from engine.node.client import HttpNode
from engine.ports import NodeInfo, NodeUnreachable

LONGEST_REST = 30.0


@dataclass(slots=True, eq=False)
class Member:
    """A node of a fleet; times are monotonic seconds, handed in.

    ``info`` is what it last said of itself, ``wrong`` why it may not be used, ``trouble`` why it last gave no answer.
    ``behind`` is true while its tip is too far below the best; ``well_since`` the time since which all went well;
    ``took`` how many seconds its last good answer needed.
    """

    node: HttpNode
    place: int
    info: NodeInfo | None = None
    wrong: str | None = None
    trouble: str | None = None
    behind: bool = False
    asked_at: float = float("-inf")
    well_since: float | None = None
    rest_until: float = float("-inf")
    rest_asked: float | None = None
    failures: int = 0
    took: float | None = None

    @property
    def name(self) -> str:
        """Return host and port, without secrets."""
        return self.node.name

    @property
    def tip(self) -> int:
        """Return the height by its last answer that named one."""
        height = self.node.tip_height
        return height if height is not None else self.info.tip_height if self.info else 0

    def resting(self, now: float) -> bool:
        """Tell whether it is better left alone for a while."""
        return now < self.rest_until

    def said(self, info: NodeInfo, now: float) -> NodeInfo:
        """Take note of what it says of itself; return that with its name."""
        self.info, self.asked_at = replace(info, node=self.name), now
        return self.info

    def sight(self, used: bool, now: float) -> NodeSight:
        """Return how it is, for a person."""
        tip = self.tip if self.node.tip_height is not None or self.info else None
        took = None if self.took is None else round(self.took, 4)
        return NodeSight(self.name, self._standing(used, now), tip, took, self.wrong or self.trouble)

    def _standing(self, used: bool, now: float) -> NodeStanding:
        if self.wrong:
            return NodeStanding.REFUSED
        if self.resting(now) or (self.trouble and self.info is None):
            return NodeStanding.AWAY
        if self.info is None:
            return NodeStanding.UNASKED
        if self.behind:
            return NodeStanding.BEHIND
        return NodeStanding.USED if used else NodeStanding.READY

    def answered(self, now: float, took: float | None = None) -> None:
        """Take note of a good answer, and how many seconds it needed."""
        self.took = self.took if took is None else took
        self.failures, self.rest_until, self.rest_asked, self.trouble = 0, now, None, None
        self.well_since = now if self.well_since is None else self.well_since

    def failed(self, why: str, now: float, rest: float | None = None) -> None:
        """Take note of an answer that didn't come; it rests as long as it asked, else longer each time."""
        if not self.resting(now):
            self.failures += 1
        self.trouble, self.well_since, self.rest_asked = why, None, rest
        own = min(LONGEST_REST, 2.0 ** min(self.failures - 1, 10))
        self.rest_until = max(self.rest_until, now + (rest or own))

    def away(self, lost: NodeUnreachable, now: float) -> None:
        """Take note of a read that failed."""
        self.failed(str(lost), now, lost.retry_after)
