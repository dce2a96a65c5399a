"""The roles that a person had when they saw something; accesses of older releases do not tell them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the column; rows that are there keep what they say."""
    op.add_column("accesses", sa.Column("roles", sa.Text))
