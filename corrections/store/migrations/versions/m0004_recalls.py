"""Recalls and the holders that they have found; proposals by people, whose names are longer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from corrections.store.records import UtcInstant

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the two tables, and room for the names of people."""
    if op.get_bind().dialect.name != "sqlite":  # SQLite keeps texts of any length, and makes the table anew for it.
        op.alter_column(
            "corrections", "proposed_by", existing_type=sa.String(128), type_=sa.String(256), existing_nullable=False
        )
    op.create_table(
        "recalls",
        sa.Column("recall_id", sa.String(32), primary_key=True),
        sa.Column("asset_id", sa.String(64), nullable=False),
        sa.Column("etag", sa.String(64)),
        sa.Column("public_id", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("recalled_at", UtcInstant, nullable=False),
        sa.Column("recalled_by", sa.String(256), nullable=False),
        sa.Column("snapshot_name", sa.String(128), nullable=False),
        sa.Column("ended_at", UtcInstant),
        sa.Column("ended_by", sa.String(256)),
    )
    op.create_table(
        "recall_holders",
        sa.Column("recall_id", sa.String(32), sa.ForeignKey("recalls.recall_id"), primary_key=True),
        sa.Column("holder_type", sa.String(32), primary_key=True),
        sa.Column("holder_id", sa.String(512), primary_key=True),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("correction_key", sa.String(128), sa.ForeignKey("corrections.correction_key")),
        sa.Column("found_at", UtcInstant, nullable=False),
    )
