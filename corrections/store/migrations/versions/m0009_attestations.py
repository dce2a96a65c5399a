"""Signatures under statements about periods."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from corrections.store.records import UtcInstant

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "attestations",
        sa.Column("attestation_id", sa.String(32), primary_key=True),
        sa.Column("period", sa.String(64), nullable=False, index=True),
        sa.Column("statement", sa.Text, nullable=False),
        sa.Column("statement_hash", sa.String(64), nullable=False),
        sa.Column("snapshot_name", sa.String(128), nullable=False),
        sa.Column("signed_at", UtcInstant, nullable=False),
        sa.Column("signed_by", sa.String(256), nullable=False),
        sa.Column("meaning", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.UniqueConstraint("statement_hash", "signed_by", name="one_signature_of_a_person"),
    )
