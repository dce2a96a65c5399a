"""Vendors that have failed and not answered since."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from corrections.store.records import UtcInstant

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "vendor_failures",
        sa.Column("vendor", sa.String(32), primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("failed_at", UtcInstant, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
