"""How Alembic runs the migrations: on the connection, and within the transaction, that `schema_versions` gives."""

from __future__ import annotations

from alembic import context

from corrections.store import access_records, disposition_records, query_records
from corrections.store.records import Record

__all__ = ["access_records", "disposition_records", "query_records"]

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Record.metadata, render_as_batch=True
)
context.run_migrations()
