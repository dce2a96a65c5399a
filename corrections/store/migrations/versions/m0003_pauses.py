"""Pauses of sending, and an index of transitions by what they lead to and when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from corrections.store.records import UtcInstant

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the table and the index."""
    op.create_table(
        "sending_pauses",
        sa.Column("pause_id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("paused_at", UtcInstant, nullable=False),
        sa.Column("paused_by", sa.String(256), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("resumed_at", UtcInstant),
        sa.Column("resumed_by", sa.String(256)),
    )
    op.create_index("ix_correction_transitions_to_state_at", "correction_transitions", ["to_state", "at"])
