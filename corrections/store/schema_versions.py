"""The form of the database's tables: which release made them, and how they come to this release's form.

Here belongs bringing a database up to date, in one transaction and by one process at a time, with Alembic's migrations
of `corrections/store/migrations`. A database is never taken back to an older form. Opening one is `database`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, inspect, text

from assettrail.errors import ConfigurationError

FIRST: Final = "0001"
"""The form of outboxes that were made before forms had numbers."""
HEAD: Final = "0012"
"""The form that this release reads and writes."""
_ONE_AT_A_TIME: Final = 0x61737365747472
"""The advisory lock of PostgreSQL that a transaction holds; SQLite's transactions hold the file."""
_MIGRATIONS: Final = Path(__file__).parent / "migrations"


def bring_up_to_date(engine: Engine) -> None:
    """Make the tables, or bring them to this release's form; nothing is done to tables that have it.

    Raises ConfigurationError when a newer release has changed the database, SQLAlchemyError when it refuses.
    """
    with engine.begin() as connection:
        if _form(connection) == HEAD:
            return
        wait_for_others(connection)
        found = _form(connection)
        _refuse_newer(found)
        configuration = Config()
        configuration.set_main_option("script_location", str(_MIGRATIONS))
        configuration.attributes["connection"] = connection
        if found is None and inspect(connection).has_table("corrections"):
            command.stamp(configuration, FIRST)
        command.upgrade(configuration, HEAD)


def wait_for_others(connection: Connection) -> None:
    """Let one transaction at a time go on, as SQLite does by itself: what was read still holds when it is written."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("select pg_advisory_xact_lock(:number)"), {"number": _ONE_AT_A_TIME})


def _form(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _refuse_newer(found: str | None) -> None:
    if found is not None and found > HEAD:
        raise ConfigurationError(
            tried="to open the database of corrections",
            found=f"tables of the form {found}",
            expected=f"the form {HEAD} of this release, or an older one",
            remedy="a newer release of assettrail has changed them: use that one, or another corrections.database_url; "
            "nothing was changed",
        )
