"""People, their roles and their tokens."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from corrections.store.records import UtcInstant

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the three tables."""
    op.create_table(
        "people",
        sa.Column("person_id", sa.String(32), primary_key=True),
        sa.Column("name", sa.String(256), nullable=False),
        sa.Column("plain_name", sa.String(256), nullable=False, unique=True),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.Column("added_at", UtcInstant, nullable=False),
        sa.Column("added_by", sa.String(256), nullable=False),
    )
    op.create_table(
        "person_roles",
        sa.Column("person_id", sa.String(32), sa.ForeignKey("people.person_id"), primary_key=True),
        sa.Column("role", sa.String(32), primary_key=True),
        sa.Column("granted_at", UtcInstant, nullable=False),
        sa.Column("granted_by", sa.String(256), nullable=False),
    )
    op.create_table(
        "person_tokens",
        sa.Column("token_id", sa.String(16), primary_key=True),
        sa.Column("person_id", sa.String(32), sa.ForeignKey("people.person_id"), nullable=False, index=True),
        sa.Column("secret_sha256", sa.String(64), nullable=False),
        sa.Column("issued_at", UtcInstant, nullable=False),
        sa.Column("issued_by", sa.String(256), nullable=False),
        sa.Column("expires_at", UtcInstant, nullable=False),
        sa.Column("revoked_at", UtcInstant),
    )
