"""The frozen nouns of oversight: who did what, how much anybody may do, and what monitoring measures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from engine.core.model import BatchStatus, ItemState, Outcome
from engine.core.reports import Alert, SignerInfo
from engine.core.spread import Spread


@dataclass(frozen=True, slots=True)
class Quota:
    """How many batches and items of one creator may be accepted in an hour; 0 is no limit."""

    batches: int = 0
    items: int = 0


class Act(StrEnum):
    """What somebody did."""

    SUBMIT = "submit"
    RETRY = "retry"
    REVERT = "revert"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    PAUSE_ALL = "pause-all"
    RESUME_ALL = "resume-all"
    PAUSE_LANE = "pause-lane"
    RESUME_LANE = "resume-lane"
    RELEASE = "release"
    BUMP_SLOT = "bump-slot"
    REPOST_SLOT = "repost-slot"
    IMPORT = "import"
    SETTINGS = "settings"
    ACKNOWLEDGE = "acknowledge"


@dataclass(frozen=True, slots=True)
class Deed:
    """One line of the audit: who did what, when and why; ``parent`` is the batch a retry or revert was made of."""

    at: datetime
    who: str
    act: Act
    batch_id: str | None = None
    parent: str | None = None
    detail: str = ""
    why: str | None = None


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Which deeds, newest first: all, or those about one batch."""

    batch_id: str | None = None
    after: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Cause:
    """Why an operator should look, now: ``key`` is the same for the same cause."""

    key: str
    message: str
    batch_id: str | None = None


@dataclass(frozen=True, slots=True)
class KeptAlert:
    """An alert as it is kept: it is open until it ends or somebody has seen it; one about a batch never ends."""

    id: int
    key: str
    message: str
    since: datetime
    batch_id: str | None = None
    ended_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class AlertQuery:
    """Which kept alerts, newest first: all, or the open ones."""

    open: bool = False
    after: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Stored:
    """What the database holds, counted: batches by status, items by outcome or by state, durations of batches."""

    statuses: dict[BatchStatus, int]
    outcomes: dict[Outcome, int]
    under_way: dict[ItemState, int]
    durations: Spread
    open_alerts: int = 0


@dataclass(frozen=True, slots=True)
class Measures:
    """What monitoring wants to know of a whole engine; the node's are by call, ``commits`` is how long each took."""

    stored: Stored
    lanes: tuple[SignerInfo, ...]
    alerts: tuple[Alert, ...]
    paused: bool
    reachable: bool
    node_took: dict[str, Spread]
    node_errors: dict[str, int]
    writing: int
    commits: Spread
