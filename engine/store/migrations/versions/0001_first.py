"""The first schema: batches, items, the catalogue with its order, slots, transactions, the story, keys, facts."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
STATUS = """
CASE
WHEN hold = 'cancelled' THEN 'cancelled'
WHEN completed_at IS NOT NULL THEN 'completed'
WHEN hold = 'critical' THEN 'failed'
WHEN hold = 'paused' THEN 'paused'
WHEN started_at IS NOT NULL THEN 'processing'
WHEN scheduled_for IS NOT NULL THEN 'scheduled'
ELSE 'pending' END
""".strip().replace("\n", " ")


def upgrade() -> None:
    """Make every table and index."""
    _batch()
    _content()
    _fact()
    _idempotency()
    _slot()
    _item()
    _transaction()
    _change()
    _transition()


def downgrade() -> None:
    """There is nothing older to go back to."""
    raise NotImplementedError("The first schema has no older one: put a backup back")


def _batch() -> None:
    op.create_table(
        "batch",
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("creator", sa.String(), nullable=False),
        sa.Column("payload", sa.String(), nullable=False),
        sa.Column("hold", sa.String(), nullable=False),
        sa.Column("created_at", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.Integer(), nullable=True),
        sa.Column("completed_at", sa.Integer(), nullable=True),
        sa.Column("settled_at", sa.Integer(), nullable=True),
        sa.Column("scheduled_for", sa.Integer(), nullable=True),
        sa.Column("retry_of", sa.String(), nullable=True),
        sa.Column("revert_of", sa.String(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("why", sa.String(), nullable=True),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("held_by", sa.String(), nullable=False),
        sa.Column("group_id", sa.String(), nullable=True),
        sa.Column("group_place", sa.Integer(), nullable=True),
        sa.Column("group_size", sa.Integer(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), sa.Computed(STATUS, persisted=False), nullable=True),
        sa.PrimaryKeyConstraint("no"),
        sa.UniqueConstraint("id"),
    )
    op.create_index("ix_batch_creator", "batch", ["creator"], unique=False)
    op.create_index(
        "ix_batch_due",
        "batch",
        ["scheduled_for"],
        unique=False,
        sqlite_where=sa.text("started_at IS NULL AND hold = 'none'"),
    )
    op.create_index(
        "ix_batch_group", "batch", ["group_id"], unique=False, sqlite_where=sa.text("group_id IS NOT NULL")
    )
    op.create_index("ix_batch_revision", "batch", ["revision"], unique=False)
    op.create_index("ix_batch_status", "batch", ["status"], unique=False)
    op.create_index(
        "ix_batch_unsettled", "batch", ["no"], unique=False, sqlite_where=sa.text("settled_at IS NULL")
    )


def _content() -> None:
    op.create_table(
        "content",
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("content_id", sa.String(), nullable=False),
        sa.Column("creator", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("price", sa.Integer(), nullable=False),
        sa.Column("on_chain_id", sa.String(), nullable=True),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("content_type", sa.String(), nullable=False),
        sa.Column("token_gating", sa.Boolean(), nullable=False),
        sa.Column("refundable", sa.Boolean(), nullable=False),
        sa.Column("refund_window_days", sa.Integer(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("removed_at", sa.Integer(), nullable=True),
        sa.Column("removal_reason", sa.String(), nullable=True),
        sa.Column("changed_at", sa.Integer(), nullable=True),
        sa.Column("folded", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("length(content_id) BETWEEN 1 AND 128", name="content_id"),
        sa.CheckConstraint("length(content_type) <= 50", name="content_type"),
        sa.CheckConstraint("length(description) <= 10000", name="description"),
        sa.CheckConstraint("length(title) BETWEEN 1 AND 255", name="title"),
        sa.CheckConstraint("price BETWEEN 1 AND 9223372036854775807", name="price"),
        sa.CheckConstraint("refund_window_days BETWEEN 0 AND 365", name="refund_window_days"),
        sa.PrimaryKeyConstraint("no"),
        sa.UniqueConstraint("content_id"),
    )
    op.create_index("ix_content_creator", "content", ["creator"], unique=False)
    op.create_index("ix_content_revision", "content", ["revision"], unique=False)
    op.create_index(
        "ix_content_search", "content", ["removed_at", "creator", "price", "content_type", "changed_at", "folded"], unique=False
    )
    op.create_index(
        "ux_content_on_chain_id",
        "content",
        ["on_chain_id"],
        unique=True,
        sqlite_where=sa.text("on_chain_id IS NOT NULL"),
    )


def _fact() -> None:
    op.create_table(
        "fact",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _idempotency() -> None:
    op.create_table(
        "idempotency",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("batch_ids", sa.String(), nullable=False),
        sa.Column("skipped", sa.String(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )


def _slot() -> None:
    op.create_table(
        "slot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("signer", sa.String(), nullable=False),
        sa.Column("nonce", sa.Integer(), nullable=False),
        sa.Column("settled_at", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("signer", "nonce", name="ux_slot"),
    )
    op.create_index(
        "ix_slot_unsettled",
        "slot",
        ["signer", "nonce"],
        unique=False,
        sqlite_where=sa.text("settled_at IS NULL"),
    )


def _item() -> None:
    op.create_table(
        "item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_no", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content_id", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("updated_at", sa.Integer(), nullable=False),
        sa.Column("replaced", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("on_chain_id", sa.String(), nullable=True),
        sa.Column("catalogue_order", sa.Integer(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("submitted", sa.Boolean(), nullable=False),
        sa.Column("signer", sa.String(), nullable=True),
        sa.Column("nonce", sa.Integer(), nullable=True),
        sa.Column("txid", sa.String(), nullable=True),
        sa.Column("fee", sa.Integer(), nullable=True),
        sa.Column("block_height", sa.Integer(), nullable=True),
        sa.Column("origin", sa.Integer(), nullable=True),
        sa.Column("slot_id", sa.Integer(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["batch_no"], ["batch.no"]),
        sa.ForeignKeyConstraint(["origin"], ["item.id"]),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("batch_no", "content_id", name="ux_item_content"),
    )
    _item_indexes()


def _item_indexes() -> None:
    op.create_index(
        "ix_item_origin", "item", ["origin"], unique=False, sqlite_where=sa.text("origin IS NOT NULL")
    )
    op.create_index(
        "ix_item_queued", "item", ["content_id"], unique=False, sqlite_where=sa.text("state = 'queued'")
    )
    op.create_index(
        "ix_item_parted", "item", ["catalogue_order"], unique=False, sqlite_where=sa.text("state = 'off-chain'")
    )
    op.create_index("ix_item_revision", "item", ["revision"], unique=False)
    op.create_index(
        "ix_item_slot", "item", ["slot_id"], unique=False, sqlite_where=sa.text("slot_id IS NOT NULL")
    )
    op.create_index(
        "ix_item_unsettled",
        "item",
        ["content_id"],
        unique=False,
        sqlite_where=sa.text("state IN ('applied', 'signed', 'submitted')"),
    )
    op.create_index("ix_item_tally", "item", ["batch_no", "state", "submitted", "fee"], unique=False)
    op.create_index(
        "ix_item_waiting",
        "item",
        ["signer", "catalogue_order"],
        unique=False,
        sqlite_where=sa.text("state = 'applied'"),
    )


def _transaction() -> None:
    op.create_table(
        "transaction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("txid", sa.String(), nullable=False),
        sa.Column("fee", sa.Integer(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("created_at", sa.Integer(), nullable=False),
        sa.Column("posts", sa.Integer(), nullable=False),
        sa.Column("doubtful", sa.Boolean(), nullable=False),
        sa.Column("last_posted_at", sa.Integer(), nullable=True),
        sa.Column("retry_at", sa.Integer(), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("block_height", sa.Integer(), nullable=True),
        sa.Column("call", sa.String(), nullable=True),
        sa.Column("mined_at", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("txid"),
    )
    op.create_index(
        "ix_transaction_foreign", "transaction", ["slot_id"], unique=False, sqlite_where=sa.text("status = 'foreign'")
    )
    op.create_index(
        "ix_transaction_height",
        "transaction",
        ["block_height"],
        unique=False,
        sqlite_where=sa.text("block_height IS NOT NULL"),
    )
    op.create_index("ix_transaction_slot", "transaction", ["slot_id"], unique=False)


def _change() -> None:
    op.create_table(
        "change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("content_no", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("origin", sa.Integer(), nullable=True),
        sa.Column("fields", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("old", sa.String(), nullable=False),
        sa.Column("new", sa.String(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["content_no"], ["content.no"]),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_change_content", "change", ["content_no"], unique=False)


def _transition() -> None:
    op.create_table(
        "transition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("txid", sa.String(), nullable=True),
        sa.Column("nonce", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_transition_item", "transition", ["item_id"], unique=False)
