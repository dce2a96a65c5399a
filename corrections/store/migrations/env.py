"""How Alembic runs the migrations: on the connection, and within the transaction, that `schema_versions` gives."""

from __future__ import annotations

from alembic import context

from corrections.store.records import Record

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Record.metadata, render_as_batch=True
)
context.run_migrations()
