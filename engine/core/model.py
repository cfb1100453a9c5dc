"""The frozen nouns of the house: what is composed, accepted, carried and kept.

Prices and fees are integers of micro-STX (1 STX = 1,000,000 µSTX); times are aware datetimes in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

Scalar = str | int | bool | None
Value = Mapping[str, Scalar]
"""What an operation sets, by catalogue field, e.g. ``{"price": 1500000}``."""


class Operation(StrEnum):
    """What a batch does to each of its contents."""

    UPDATE_PRICE = "update-price"
    REMOVE_CONTENT = "remove-content"
    UPDATE_METADATA = "update-metadata"


class ItemState(StrEnum):
    """Where an item stands on the line (DESIGN.md section 4)."""

    QUEUED = "queued"
    APPLIED = "applied"
    SIGNED = "signed"
    SUBMITTED = "submitted"
    CONFIRMED = "confirmed"
    OFF_CHAIN = "off-chain"
    CATALOGUE_ONLY = "catalogue-only"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Outcome(StrEnum):
    """What an item has ended with, as far as is known."""

    CONFIRMED = "confirmed"
    PENDING = "pending"
    OFF_CHAIN = "off-chain"
    CATALOGUE_ONLY = "catalogue-only"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Hold(StrEnum):
    """The one stored thing that keeps a batch from going on."""

    NONE = "none"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    CRITICAL = "critical"


class BatchStatus(StrEnum):
    """Computed from items, hold and schedule; never stored."""

    SCHEDULED = "scheduled"
    PENDING = "pending"
    PROCESSING = "processing"
    PAUSED = "paused"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class TxStatus(StrEnum):
    """What is known of one signed transaction."""

    SIGNED = "signed"  # stored; no node has answered yet
    ACCEPTED = "accepted"  # a node's mempool took it: no proof that it will be mined
    UNCLEAR = "unclear"  # posted, and nobody can say whether it arrived
    REFUSED = "refused"  # definitely refused, and never unclear before
    REPLACED = "replaced"  # another transaction at the same nonce was signed after it
    CONFIRMED = "confirmed"  # mined, and it did what it should
    ABORTED = "aborted"  # mined, fee paid, no effect
    DEAD = "dead"  # its nonce was mined by another transaction
    FOREIGN = "foreign"  # mined at a nonce of this signer, and its bytes were never kept here


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a draft can't be accepted: the field as the caller wrote it, and what to do about it."""

    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Content:
    """An item of the catalogue; ``on_chain_id`` is None when the contract doesn't know it."""

    content_id: str
    creator: str
    title: str
    price: int
    on_chain_id: int | None = None
    description: str = ""
    content_type: str = ""
    token_gating: bool = False
    refundable: bool = False
    refund_window_days: int = 0
    url: str = ""
    removed_at: datetime | None = None
    removal_reason: str | None = None


@dataclass(frozen=True, slots=True)
class DraftItem:
    """One content of a draft with a payload of its own."""

    content_id: str | int
    payload: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Draft:
    """A batch not yet accepted, exactly as somebody wrote it: nothing in it is checked or coerced.

    ``payload`` is the wire's: ``{"newPrice": 1500000}``, ``{"removalReason": "..."}`` or
    ``{"updates": {"title": "..."}}``. Give either ``content_ids`` with one ``payload`` for all, or ``items``.
    """

    operation: str
    creator: str
    content_ids: Sequence[str | int] = ()
    payload: Mapping[str, object] = field(default_factory=dict)
    items: Sequence[DraftItem] = ()
    scheduled_for: datetime | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One checked content of a batch to be: its id and the value it shall have.

    ``baseline`` is the place in catalogue order at which a retry or revert was decided on; a later change of the
    same field by another ``origin`` makes it superseded. None for first-time items, which can't be. ``origin`` is
    the first item of a chain of retries, None when the item begins one.
    """

    content_id: str
    value: Value
    baseline: int | None = None
    origin: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Which of several batches that were submitted as one a batch is: ``place`` of ``size``, the first is 1."""

    id: str
    place: int
    size: int


@dataclass(frozen=True, slots=True)
class NewBatch:
    """A checked draft with its id, ready to be stored."""

    id: str
    operation: Operation
    creator: str
    payload: Mapping[str, object]
    entries: tuple[Entry, ...]
    created_at: datetime
    scheduled_for: datetime | None = None
    retry_of: str | None = None
    revert_of: str | None = None
    why: str | None = None
    who: str = ""
    group: Group | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many items of a batch stand in each state, and what they cost.

    ``lost`` counts the items in ``applied`` or ``signed`` that had been submitted before (their slot was lost):
    their outcome stays pending.
    """

    states: Mapping[ItemState, int]
    lost: int = 0
    fee_total: int = 0

    def of(self, *states: ItemState) -> int:
        """Return how many items stand in any of these states."""
        return sum(self.states.get(state, 0) for state in states)

    @property
    def total(self) -> int:
        """Return the number of all items."""
        return sum(self.states.values())


@dataclass(frozen=True, slots=True)
class Batch:
    """An accepted batch as the store knows it; status, counts and metrics are computed in `summary`."""

    id: str
    operation: Operation
    creator: str
    payload: Mapping[str, object]
    hold: Hold
    tally: Tally
    created_at: datetime
    started_at: datetime | None = None
    completed_at: datetime | None = None
    settled_at: datetime | None = None
    scheduled_for: datetime | None = None
    retry_of: str | None = None
    revert_of: str | None = None
    error: str | None = None
    why: str | None = None
    who: str = ""
    group: Group | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One content of one batch on its way down the line.

    ``order`` is its place in catalogue order once applied (before that: the baseline of a retry).
    ``on_chain_id`` is the contract's id as it was when the change was applied.
    ``submitted`` stays true once a node had it in hand, whatever happened to the slot since.
    """

    id: int
    batch_id: str
    position: int
    content_id: str
    creator: str
    operation: Operation
    value: Value
    state: ItemState
    updated_at: datetime
    replaced: Value | None = None
    title: str = ""
    on_chain_id: int | None = None
    order: int | None = None
    error: str | None = None
    submitted: bool = False
    signer: str | None = None
    nonce: int | None = None
    txid: str | None = None
    fee: int | None = None
    block_height: int | None = None


@dataclass(frozen=True, slots=True)
class Transaction:
    """Bytes signed for one slot; stored before they are first posted. ``txid`` is without 0x.

    A foreign one has no bytes; ``call`` then names what it called, as `chain.call_name` writes it, and ``mined_at`` is
    its block's time, None when no node told it.
    """

    txid: str
    signer: str
    nonce: int
    fee: int
    raw: bytes
    status: TxStatus
    created_at: datetime
    posts: int = 0
    doubtful: bool = False
    last_posted_at: datetime | None = None
    retry_at: datetime | None = None
    answer: str | None = None
    block_height: int | None = None
    call: str | None = None
    mined_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """One (signer, nonce) that isn't settled, with every transaction signed there, oldest first.

    ``contents`` are the ids of the contents it changes: none for a no-op.
    """

    signer: str
    nonce: int
    transactions: tuple[Transaction, ...]
    contents: frozenset[str] = frozenset()

    @property
    def current(self) -> Transaction:
        """Return the transaction signed last: the one to post."""
        return self.transactions[-1]
