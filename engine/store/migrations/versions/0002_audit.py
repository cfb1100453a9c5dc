"""Who did what, when and why, told for older batches from themselves; and the alerts with who has seen them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make both tables, and give every older batch the line of its acceptance."""
    _audit()
    _alert()


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("batch_id", sa.String(), nullable=True),
        sa.Column("parent", sa.String(), nullable=True),
        sa.Column("creator", sa.String(), nullable=True),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=True),
        sa.Column("metered", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_audit_batch", "audit", ["batch_id"], unique=False, sqlite_where=sa.text("batch_id IS NOT NULL")
    )
    op.create_index("ix_audit_parent", "audit", ["parent"], unique=False, sqlite_where=sa.text("parent IS NOT NULL"))
    op.create_index(
        "ix_audit_metered", "audit", ["creator", "at"], unique=False, sqlite_where=sa.text("metered = 1")
    )
    op.execute(
        "INSERT INTO audit (at, who, act, batch_id, parent, creator, items, detail, why, metered)"
        " SELECT created_at, who, CASE WHEN retry_of IS NOT NULL THEN 'retry'"
        " WHEN revert_of IS NOT NULL THEN 'revert' ELSE 'submit' END, id, coalesce(retry_of, revert_of), creator,"
        " (SELECT count(*) FROM item WHERE item.batch_no = batch.no), operation, why, 0 FROM batch ORDER BY no"
    )


def _alert() -> None:
    op.create_table(
        "alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("batch_id", sa.String(), nullable=True),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.Integer(), nullable=True),
        sa.Column("acknowledged_at", sa.Integer(), nullable=True),
        sa.Column("acknowledged_by", sa.String(), nullable=True),
        sa.Column("why", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_alert_key", "alert", ["key"], unique=False)
    op.create_index(
        "ix_alert_open",
        "alert",
        ["id"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL AND acknowledged_at IS NULL"),
    )


def downgrade() -> None:
    """Forget who did what."""
    op.drop_table("alert")
    op.drop_table("audit")
