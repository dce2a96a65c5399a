"""Sign-in names and jurisdictions of people; attempts to sign in, sessions, and the accesses, which only grow."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from corrections.store.append_only import refuse_changes
from corrections.store.records import UtcInstant

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the two columns and make the three tables."""
    op.add_column("people", sa.Column("sign_in_name", sa.String(320)))
    op.add_column("people", sa.Column("jurisdictions", sa.Text))
    op.create_index("uq_people_sign_in_name", "people", ["sign_in_name"], unique=True)
    op.create_table(
        "sign_in_attempts",
        sa.Column("attempt_id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("begun_at", UtcInstant, nullable=False, index=True),
        sa.Column("state_sha256", sa.String(64), unique=True),
        sa.Column("browser_sha256", sa.String(64)),
        sa.Column("nonce", sa.String(128)),
        sa.Column("code_verifier", sa.String(128)),
        sa.Column("return_to", sa.Text),
    )
    op.create_index("ix_sign_in_attempts_address_begun_at", "sign_in_attempts", ["address", "begun_at"])
    op.create_table(
        "sessions",
        sa.Column("session_sha256", sa.String(64), primary_key=True),
        sa.Column("person_id", sa.String(32), sa.ForeignKey("people.person_id"), nullable=False, index=True),
        sa.Column("token_id", sa.String(16), sa.ForeignKey("person_tokens.token_id")),
        sa.Column("begun_at", UtcInstant, nullable=False),
        sa.Column("used_at", UtcInstant, nullable=False),
        sa.Column("ends_at", UtcInstant, nullable=False),
    )
    op.create_table(
        "accesses",
        sa.Column("access_id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("at", UtcInstant, nullable=False, index=True),
        sa.Column("person_id", sa.String(32), index=True),
        sa.Column("person", sa.String(256), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("snapshot_name", sa.String(128)),
        sa.Column("detail", sa.Text, nullable=False),
    )
    refuse_changes(op.get_bind(), "accesses")
