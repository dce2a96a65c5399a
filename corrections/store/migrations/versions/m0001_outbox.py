"""The outbox as it was before its form had a number: corrections, transitions of their state, runs that sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from corrections.store.records import UtcInstant

revision = "0001"
down_revision = None

_STATES = ("proposed", "approved", "sending", "confirmed", "conflict", "rejected", "unknown", "withdrawn")


def upgrade() -> None:
    """Make the three tables."""
    op.create_table(
        "corrections",
        sa.Column("correction_key", sa.String(128), primary_key=True),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("exception_key", sa.String(128), nullable=False),
        sa.Column("subject_id", sa.String(512), nullable=False),
        sa.Column("object_key", sa.String(512), nullable=False, index=True),
        sa.Column("reason", sa.Text),
        sa.Column("difference", sa.Text, nullable=False),
        sa.Column("difference_hash", sa.String(64), nullable=False),
        sa.Column("correlation_id", sa.String(64), nullable=False, unique=True),
        sa.Column("state", sa.String(16), nullable=False, index=True),
        sa.Column("snapshot_name", sa.String(128), nullable=False),
        sa.Column("proposed_at", UtcInstant, nullable=False),
        sa.Column("proposed_by", sa.String(128), nullable=False),
        sa.Column("approved_at", UtcInstant),
        sa.Column("approved_by", sa.String(256)),
        sa.Column("approved_hash", sa.String(64)),
        sa.Column("approval_expires_at", UtcInstant),
        sa.Column("attempt_count", sa.Integer, nullable=False),
        sa.Column("settle_count", sa.Integer, nullable=False),
        sa.Column("sender", sa.String(512)),
        sa.Column("write_ends_at", UtcInstant),
        sa.Column("remote_id", sa.String(512)),
        sa.CheckConstraint("state in ('" + "', '".join(_STATES) + "')", name="state_is_known"),
    )
    op.create_table(
        "correction_transitions",
        sa.Column("transition_id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column(
            "correction_key", sa.String(128), sa.ForeignKey("corrections.correction_key"), nullable=False, index=True
        ),
        sa.Column("at", UtcInstant, nullable=False),
        sa.Column("from_state", sa.String(16)),
        sa.Column("to_state", sa.String(16), nullable=False),
        sa.Column("who", sa.String(256), nullable=False),
        sa.Column("why", sa.Text, nullable=False),
    )
    op.create_table(
        "send_runs",
        sa.Column("send_run_id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("started_at", UtcInstant, nullable=False),
        sa.Column("is_finished", sa.Boolean, nullable=False),
    )
