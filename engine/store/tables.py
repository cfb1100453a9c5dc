"""The tables of the database as SQLModel classes; rows never leave `store`.

Times are microseconds since 1970 UTC and money is µSTX, both integers: exact, small, and sorted as they read.
On-chain ids are decimal text, because a Clarity uint has 128 bits and SQLite's integer 63. ``revision`` is the
committed group that touched the row last, which makes `changes` a range of an index.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Computed, Index, MetaData, String, Table, UniqueConstraint, text
from sqlmodel import Field, SQLModel

STATUS = (
    "CASE WHEN hold = 'cancelled' THEN 'cancelled'"
    " WHEN completed_at IS NOT NULL THEN 'completed'"
    " WHEN hold = 'critical' THEN 'failed'"
    " WHEN hold = 'paused' THEN 'paused'"
    " WHEN started_at IS NOT NULL THEN 'processing'"
    " WHEN scheduled_for IS NOT NULL THEN 'scheduled'"
    " ELSE 'pending' END"
)
"""`summary.status` in SQL: a virtual column with an index, so that it is computed and can still be looked up."""
DUE = "started_at IS NULL AND hold = 'none'"
QUEUED = "state = 'queued'"
APPLIED = "state = 'applied'"
UNSETTLED = "state IN ('applied', 'signed', 'submitted')"
METERED = "metered = 1"
OPEN_ALERT = "ended_at IS NULL AND acknowledged_at IS NULL"
FOREIGN = "status = 'foreign'"
GROUPED = "group_id IS NOT NULL"
PARTED = "state = 'off-chain'"
UNSETTLED_BATCH = UNSETTLED_SLOT = "settled_at IS NULL"


class Base(SQLModel):
    """What all tables share: their own metadata, apart from any other user of SQLModel in this process."""

    metadata = MetaData()


class BatchRow(Base, table=True):
    """An accepted batch, of a group if it was submitted with others; ``held_by`` is who put the hold that stands."""

    __tablename__ = "batch"
    __table_args__ = (
        Index("ix_batch_creator", "creator"),
        Index("ix_batch_status", "status"),
        Index("ix_batch_due", "scheduled_for", sqlite_where=text(DUE)),
        Index("ix_batch_unsettled", "no", sqlite_where=text(UNSETTLED_BATCH)),
        Index("ix_batch_revision", "revision"),
        Index("ix_batch_group", "group_id", sqlite_where=text(GROUPED)),
    )
    no: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)
    operation: str
    creator: str
    payload: str
    hold: str
    created_at: int
    started_at: int | None
    completed_at: int | None
    settled_at: int | None
    scheduled_for: int | None
    retry_of: str | None
    revert_of: str | None
    error: str | None
    why: str | None
    who: str
    held_by: str
    group_id: str | None
    group_place: int | None
    group_size: int | None
    revision: int
    status: str = Field(sa_column=Column("status", String, Computed(STATUS, persisted=False)))


class ItemRow(Base, table=True):
    """One content of one batch; ``origin`` is the first item of a chain of retries, null in that item itself."""

    __tablename__ = "item"
    __table_args__ = (
        UniqueConstraint("batch_no", "content_id", name="ux_item_content"),
        Index("ix_item_tally", "batch_no", "state", "submitted", "fee"),
        Index("ix_item_revision", "revision"),
        Index("ix_item_queued", "content_id", sqlite_where=text(QUEUED)),
        Index("ix_item_waiting", "signer", "catalogue_order", sqlite_where=text(APPLIED)),
        Index("ix_item_unsettled", "content_id", sqlite_where=text(UNSETTLED)),
        Index("ix_item_parted", "catalogue_order", sqlite_where=text(PARTED)),
        Index("ix_item_origin", "origin", sqlite_where=text("origin IS NOT NULL")),
        Index("ix_item_slot", "slot_id", sqlite_where=text("slot_id IS NOT NULL")),
    )
    id: int | None = Field(default=None, primary_key=True)
    batch_no: int = Field(foreign_key="batch.no")
    position: int
    content_id: str
    value: str
    state: str
    updated_at: int
    replaced: str | None
    title: str
    on_chain_id: str | None
    catalogue_order: int | None
    error: str | None
    submitted: bool
    signer: str | None
    nonce: int | None
    txid: str | None
    fee: int | None
    block_height: int | None
    origin: int | None = Field(foreign_key="item.id")
    slot_id: int | None = Field(foreign_key="slot.id")
    revision: int


class ContentRow(Base, table=True):
    """An item of the catalogue as it is now; the constraints are the last guard of what a change may write.

    ``folded`` is id and title without case; ix_content_search has all that a search of 100,000 looks at, and no more.
    """

    __tablename__ = "content"
    __table_args__ = (
        CheckConstraint("price BETWEEN 1 AND 9223372036854775807", name="price"),
        CheckConstraint("length(title) BETWEEN 1 AND 255", name="title"),
        CheckConstraint("length(description) <= 10000", name="description"),
        CheckConstraint("length(content_type) <= 50", name="content_type"),
        CheckConstraint("refund_window_days BETWEEN 0 AND 365", name="refund_window_days"),
        CheckConstraint("length(content_id) BETWEEN 1 AND 128", name="content_id"),
        Index("ux_content_on_chain_id", "on_chain_id", unique=True, sqlite_where=text("on_chain_id IS NOT NULL")),
        Index("ix_content_creator", "creator"),
        Index("ix_content_revision", "revision"),
        Index("ix_content_search", "removed_at", "creator", "price", "content_type", "changed_at", "folded"),
    )
    no: int | None = Field(default=None, primary_key=True)
    content_id: str = Field(unique=True)
    creator: str
    title: str
    price: int
    on_chain_id: str | None
    description: str
    content_type: str
    token_gating: bool
    refundable: bool
    refund_window_days: int
    url: str
    removed_at: int | None
    removal_reason: str | None
    changed_at: int | None
    folded: str
    revision: int


class ChangeRow(Base, table=True):
    """One change of the catalogue; ``id`` is its place in catalogue order, ``origin`` null for an import.

    ``fields`` are joined by commas; none at all for the import of a new content, which rivals nothing.
    """

    __tablename__ = "change"
    __table_args__ = (Index("ix_change_content", "content_no"),)
    id: int | None = Field(default=None, primary_key=True)
    content_no: int = Field(foreign_key="content.no")
    item_id: int | None = Field(foreign_key="item.id")
    origin: int | None
    fields: str
    by: str
    who: str
    old: str
    new: str
    at: int


class SlotRow(Base, table=True):
    """One nonce of one signer; ``settled_at`` is set when the chain used the nonce."""

    __tablename__ = "slot"
    __table_args__ = (
        UniqueConstraint("signer", "nonce", name="ux_slot"),
        Index("ix_slot_unsettled", "signer", "nonce", sqlite_where=text(UNSETTLED_SLOT)),
    )
    id: int | None = Field(default=None, primary_key=True)
    signer: str
    nonce: int
    settled_at: int | None


class TransactionRow(Base, table=True):
    """Signed bytes; they are here, durably, before anybody posts them. A foreign transaction has none."""

    __tablename__ = "transaction"
    __table_args__ = (
        Index("ix_transaction_slot", "slot_id"),
        Index("ix_transaction_height", "block_height", sqlite_where=text("block_height IS NOT NULL")),
        Index("ix_transaction_foreign", "slot_id", sqlite_where=text(FOREIGN)),
    )
    id: int | None = Field(default=None, primary_key=True)
    slot_id: int = Field(foreign_key="slot.id")
    txid: str = Field(unique=True)
    fee: int
    raw: bytes
    status: str
    created_at: int
    posts: int
    doubtful: bool
    last_posted_at: int | None
    retry_at: int | None
    answer: str | None
    block_height: int | None
    call: str | None
    mined_at: int | None


class TransitionRow(Base, table=True):
    """One line of an item's story after its acceptance, which the batch's row tells."""

    __tablename__ = "transition"
    __table_args__ = (Index("ix_transition_item", "item_id"),)
    id: int | None = Field(default=None, primary_key=True)
    item_id: int = Field(foreign_key="item.id")
    at: int
    event: str
    state: str
    detail: str
    txid: str | None
    nonce: int | None


class IdempotencyRow(Base, table=True):
    """What a caller's key gave: ``batch_ids`` and ``skipped`` are JSON lists."""

    __tablename__ = "idempotency"
    key: str = Field(primary_key=True)
    digest: str
    batch_ids: str
    skipped: str
    at: int


class AuditRow(Base, table=True):
    """Something that somebody did; ``metered`` ones count for the hourly quota of the creator.

    ``parent`` is the batch that a retry or revert was made of.
    """

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_batch", "batch_id", sqlite_where=text("batch_id IS NOT NULL")),
        Index("ix_audit_parent", "parent", sqlite_where=text("parent IS NOT NULL")),
        Index("ix_audit_metered", "creator", "at", sqlite_where=text(METERED)),
    )
    id: int | None = Field(default=None, primary_key=True)
    at: int
    who: str
    act: str
    batch_id: str | None
    parent: str | None
    creator: str | None
    items: int
    detail: str
    why: str | None
    metered: bool


class AlertRow(Base, table=True):
    """Something that wanted an operator's eye; one about a batch never ends by itself."""

    __tablename__ = "alert"
    __table_args__ = (
        Index("ix_alert_key", "key"),
        Index("ix_alert_open", "id", sqlite_where=text(OPEN_ALERT)),
    )
    id: int | None = Field(default=None, primary_key=True)
    key: str
    message: str
    batch_id: str | None
    since: int
    ended_at: int | None
    acknowledged_at: int | None
    acknowledged_by: str | None
    why: str | None


class FactRow(Base, table=True):
    """Something that is true of this database: its id, the network, contract and chain it is bound to."""

    __tablename__ = "fact"
    name: str = Field(primary_key=True)
    value: str


def _table(name: str) -> Table:
    return Base.metadata.tables[name]


BATCH, ITEM, CONTENT, CHANGE = _table("batch"), _table("item"), _table("content"), _table("change")
SLOT, TRANSACTION, TRANSITION = _table("slot"), _table("transaction"), _table("transition")
IDEMPOTENCY, FACT = _table("idempotency"), _table("fact")
AUDIT, ALERT = _table("audit"), _table("alert")
