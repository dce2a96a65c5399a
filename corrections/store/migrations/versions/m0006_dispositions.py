"""What people made of exceptions: each disposition a row, which is never changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from corrections.store.append_only import refuse_changes
from corrections.store.records import UtcInstant

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "dispositions",
        sa.Column("disposition_id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("exception_key", sa.String(128), nullable=False, index=True),
        sa.Column("disposition", sa.String(32), nullable=False),
        sa.Column("owner", sa.String(256), nullable=False),
        sa.Column("due_on", sa.Date),
        sa.Column("accepted_until", sa.Date),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("disposed_at", UtcInstant, nullable=False),
        sa.Column("disposed_by", sa.String(256), nullable=False),
    )
    refuse_changes(op.get_bind(), "dispositions")
