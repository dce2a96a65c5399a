"""Every difference that a correction ever had, and which one each change of state was made with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_KEPT = """
    insert into correction_differences (difference_hash, correction_key, kind, difference)
    select difference_hash, correction_key, kind, difference from corrections
"""
_SINCE_PROPOSED = """
    update correction_transitions
    set difference_hash = (
        select corrections.difference_hash from corrections
        where corrections.correction_key = correction_transitions.correction_key
    )
    where transition_id >= (
        select max(proposed.transition_id) from correction_transitions as proposed
        where proposed.correction_key = correction_transitions.correction_key and proposed.to_state = 'proposed'
    )
"""


def upgrade() -> None:
    """Make the table; what was proposed last, and what followed, has the correction's present difference."""
    op.create_table(
        "correction_differences",
        sa.Column("difference_hash", sa.String(64), primary_key=True),
        sa.Column("correction_key", sa.String(128), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("difference", sa.Text, nullable=False),
    )
    op.add_column("correction_transitions", sa.Column("difference_hash", sa.String(64)))
    op.execute(_KEPT)
    op.execute(_SINCE_PROPOSED)
