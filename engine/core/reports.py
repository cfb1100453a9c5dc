"""The frozen nouns that the engine answers with: pages, selections, reviews, changes, health."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

from engine.core.model import Batch, BatchStatus, Content, Item, ItemState, Operation, Outcome, Slot, Value

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows of a list; ``next`` is the cursor to go on with (None at the end), ``total`` counts all matches."""

    rows: tuple[T, ...]
    total: int
    next: str | None = None


@dataclass(frozen=True, slots=True)
class BatchQuery:
    """Which batches: newest first; ``creator`` and ``group`` exact, ``text`` in id, creator or reason.

    ``skip`` leaves out so many of the newest; pages that follow a cursor stay right while batches arrive, those don't.
    """

    creator: str | None = None
    status: BatchStatus | None = None
    text: str = ""
    after: str | None = None
    limit: int = 50
    skip: int = 0
    group: str | None = None


@dataclass(frozen=True, slots=True)
class ItemQuery:
    """Which items of a batch, by position; ``text`` is looked for in content id, title and error."""

    outcomes: frozenset[Outcome] = frozenset()
    content_ids: frozenset[str] = frozenset()
    text: str = ""
    after: str | None = None
    limit: int = 500


@dataclass(frozen=True, slots=True)
class ContentQuery:
    """Which contents, by import order; ``text`` is looked for in id and title, without regard to case.

    ``search`` is in the language of `core.search`; ``now`` is what its times reckon from, and the engine's to set.
    """

    creator: str | None = None
    text: str = ""
    content_ids: frozenset[str] = frozenset()
    removed: bool = False
    after: str | None = None
    limit: int = 500
    search: str = ""
    now: datetime | None = None


@dataclass(frozen=True, slots=True)
class Creator:
    """A creator of the catalogue and how many contents it has that aren't removed."""

    address: str
    contents: int


@dataclass(frozen=True, slots=True)
class Skipped:
    """An item that a retry or revert leaves out, and why."""

    content_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Selection:
    """What a retry or revert of ``parent`` would send, and what it would leave out."""

    parent: str
    items: tuple[Item, ...]
    values: tuple[Value, ...]
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True, slots=True)
class Started:
    """A batch that was accepted out of another one, and what was left out of it."""

    batch: Batch
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True, slots=True)
class Transition:
    """One line of an item's story: what happened, when, and what was said."""

    at: datetime
    event: str
    state: ItemState
    detail: str = ""
    txid: str | None = None
    nonce: int | None = None


class Foreseen(StrEnum):
    """What a node's free preflight came to for one call: only an answer counts as one."""

    PASSES = "passes"
    ABORTS = "aborts"
    UNTRIED = "not tried"


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One content of a draft as it is and as it would be.

    ``problem`` says why it would fail in the catalogue (not found, another creator's). ``warning`` says why it would
    stay off-chain, or, where ``foreseen`` is ABORTS, why the contract would abort it and take the fee all the same.
    ``foreseen`` is None for what no node is asked about: nothing to call, nobody to sign, nothing changed. ``waits``
    says what other batches are still to make of it.
    """

    content_id: str
    title: str
    old: str
    new: str
    unchanged: bool = False
    problem: str | None = None
    warning: str | None = None
    calls: bool = False
    foreseen: Foreseen | None = None
    waits: str | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """What a draft would do: rows, fees in µSTX, and who would sign and pay.

    ``reserved`` is what the signer's lane will pay before these calls, ``fee_cap`` what one batch may cost (None when
    nobody says), both in µSTX. ``untried`` says why not every call was preflighted; ``refused`` why nothing at all may
    be submitted with this node.
    """

    operation: Operation
    creator: str
    rows: tuple[ReviewRow, ...]
    batches: int
    calls: int
    fee_each: int
    fee_total: int
    signer: str | None
    balance: int | None
    chain: str
    reserved: int = 0
    fee_cap: int | None = None
    untried: str | None = None
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Restored:
    """A copy of the database was put back, and items wait that whoever had it since may have sent.

    It stands until the lane was read: what was mined since, and that nothing unknown waits for a block. ``taken`` is
    when the copy was made; None when nobody knows. ``items`` are the ids of those waiting ones that were put back:
    the others are retries of such, and whatever was accepted since.
    """

    taken: datetime | None = None
    items: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Doubt:
    """A call that was mined and may be this waiting item's own: nobody can tell."""

    nonce: int
    txid: str
    content_id: str
    batch_id: str


@dataclass(frozen=True, slots=True)
class LaneRecord:
    """What the store knows of one signer's lane.

    ``slots`` are the unsettled ones by nonce (a refused slot stays unsettled until its nonce is mined);
    ``waiting`` are its applied items in catalogue order, not yet signed. ``base`` and ``top`` are the lowest and the
    highest nonce ever used there, ``settled`` the highest that was mined; None when there is none.
    ``elsewhere`` are waiting contents that another lane has unsettled; ``strays`` counts foreign transactions that
    a waiting item may have made before its rows were lost; ``restored`` is set for a lane that has to be read
    before anything is signed.
    """

    signer: str
    slots: tuple[Slot, ...] = ()
    waiting: tuple[Item, ...] = ()
    top: int | None = None
    base: int | None = None
    settled: int | None = None
    elsewhere: frozenset[str] = frozenset()
    strays: int = 0
    restored: Restored | None = None


@dataclass(frozen=True, slots=True)
class Traffic:
    """How many nonces of a lane hold a transaction that may be mined, and how many items wait for one.

    ``removing`` counts those that wait and remove their content.
    """

    in_flight: int = 0
    waiting: int = 0
    removing: int = 0


@dataclass(frozen=True, slots=True)
class SignerInfo:
    """A signer's address and lane as a person wants to see them; balance in µSTX, None when nobody can say.

    ``held`` says why nothing moves, also where somebody ``paused`` it; ``removing`` of the waiting items are removals.
    """

    address: str
    creators: tuple[str, ...]
    simulated: bool
    nonce: int | None
    balance: int | None
    in_flight: int
    waiting: int
    held: str | None = None
    paused: bool = False
    removing: int = 0


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that wants an operator's eye; ``key`` is the same for the same cause."""

    key: str
    message: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Changes:
    """All that changed after a revision; ``more`` tells that there is another page right now.

    ``lanes`` and ``alerts`` are told whole, as they are now: nonce and balance as they were last heard of.
    """

    revision: str
    more: bool
    batches: tuple[Batch, ...] = ()
    items: tuple[Item, ...] = ()
    contents: tuple[Content, ...] = ()
    lanes: tuple[SignerInfo, ...] = ()
    alerts: tuple[Alert, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the engine and how it is: ``detail`` says what to do when it isn't well."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Health:
    """How the engine is: its parts, its batches by status, what it has done."""

    ok: bool
    network: str
    chain: str
    simulated: bool
    database: str
    paused: bool
    parts: tuple[Part, ...]
    statuses: dict[BatchStatus, int] = field(default_factory=dict)
    average_duration: float | None = None
    success_rate: float | None = None
