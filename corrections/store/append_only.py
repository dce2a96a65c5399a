"""Tables that only grow: the database itself refuses to change or remove a row.

Here belong the triggers, for migrations; they stand in the database, so that they hold for whoever opens it.
"""

from __future__ import annotations

from sqlalchemy import Connection, text


def refuse_changes(connection: Connection, table: str) -> None:
    """Have the database refuse to change or remove rows of `table`, a name of ours."""
    words = f"rows of {table} are never changed or removed"
    if connection.dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            connection.execute(
                text(
                    f"CREATE TRIGGER {table}_refuse_{change.lower()} BEFORE {change} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
                )
            )
        return
    connection.execute(
        text(
            f"CREATE OR REPLACE FUNCTION {table}_refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{words}'; END $$"
        )
    )
    connection.execute(
        text(
            f"CREATE TRIGGER {table}_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse_change()"
        )
    )
