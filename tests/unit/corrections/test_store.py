"""The database: its form from release to release, on SQLite and on PostgreSQL."""

from __future__ import annotations

import gc
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, text

from assettrail.errors import ConfigurationError
from assettrail.settings import Settings
from corrections.approval import approve
from corrections.propose import propose
from corrections.store import schema_versions
from corrections.store.database import keep_store, open_store
from corrections.store.outbox import list_corrections
from corrections.store.records import Record
from corrections.store.schema_versions import FIRST, HEAD
from tests.unit.corrections.samples import CLOCK, approver, link_row, settings_for, write_snapshot

REPOSITORY = Path(__file__).parents[3]
LATER = {("correction_transitions", "difference_hash")}
"""Columns that the first form did not have."""
FIRST_TABLES = {"corrections", "correction_transitions", "send_runs"}


@pytest.fixture
def settings(tmp_path: Path, database: str) -> Settings:
    return settings_for(tmp_path / "home")


def migrations() -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", str(REPOSITORY / "corrections" / "store" / "migrations"))
    return configuration


def engine_of(settings: Settings) -> Engine:
    address = settings.corrections.database_url
    file = settings.home / "corrections" / "outbox.sqlite"
    return create_engine(address.get_secret_value() if address else f"sqlite:///{file}")


def test_migrations_end_at_the_tables_that_the_program_uses(settings: Settings) -> None:
    """A column that only the models have is missed on the day that a row needs it."""
    with open_store(settings):
        pass
    with engine_of(settings).connect() as connection:
        has_lengths = connection.dialect.name != "sqlite"
        options = {"compare_type": has_lengths}
        found = compare_metadata(MigrationContext.configure(connection, opts=options), Record.metadata)
    assert found == []


def test_the_program_knows_the_last_migration() -> None:
    """A migration that is not named as the newest form would never run."""
    assert ScriptDirectory.from_config(migrations()).get_current_head() == HEAD


def test_an_outbox_of_an_older_release_is_taken_over_with_its_rows(settings: Settings, tmp_path: Path) -> None:
    """What was approved under the last release must not be lost, or asked for again, under this one."""
    propose(settings, CLOCK, write_snapshot(tmp_path / "s.duckdb", [link_row(1), link_row(2)]), "s1")
    approve(settings, CLOCK, ["01"], approver(), "fine")
    before = list_corrections(settings)
    kept = [table for table in Record.metadata.sorted_tables if table.name in FIRST_TABLES]
    with engine_of(settings).begin() as connection:
        rows = {table.name: connection.execute(table.select()).mappings().all() for table in kept}
        Record.metadata.drop_all(connection)
        connection.execute(text("drop table alembic_version"))
        configuration = migrations()
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, FIRST)
        connection.execute(text("drop table alembic_version"))
        for table in kept:
            if rows[table.name]:
                known = [{k: v for k, v in row.items() if (table.name, k) not in LATER} for row in rows[table.name]]
                connection.execute(table.insert(), known)
    assert list_corrections(settings) == before
    with engine_of(settings).connect() as connection:
        moved = connection.execute(text("select distinct difference_hash from correction_transitions")).scalars().all()
        kept_now = connection.execute(text("select difference_hash from correction_differences")).scalars().all()
    assert set(moved) == set(kept_now) == {one.difference_hash for one in before}


def test_tables_of_a_newer_release_are_left_alone(settings: Settings) -> None:
    """A program that writes rows into tables that it does not know spoils them for the one that does."""
    with open_store(settings):
        pass
    with engine_of(settings).begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    with pytest.raises(ConfigurationError, match=re.escape("tables of the form 9999")), open_store(settings):
        pass


def test_many_processes_may_begin_one_database(settings: Settings) -> None:
    """Sensor, command line and reports start together on a new installation; one of them makes the tables."""

    def opened(_: int) -> None:
        with open_store(settings):
            pass

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(opened, range(6)))
    assert list_corrections(settings) == []


def test_tables_that_are_up_to_date_are_not_looked_at_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every sensor tick opens the database: running Alembic each time would cost more than the tick."""
    with open_store(settings):
        pass
    monkeypatch.setattr(schema_versions, "command", None)
    with open_store(settings):
        pass


def test_a_home_that_the_outbox_begins_is_private(tmp_path: Path) -> None:
    """Proposed corrections name partners and cases: they are not for every user of the machine."""
    with open_store(settings_for(tmp_path / "new" / "home")):
        assert (tmp_path / "new" / "home").stat().st_mode & 0o777 == 0o700


def test_who_keeps_the_store_open_shares_it(tmp_path: Path) -> None:
    """A server that opened it for each page would take a lock for each page."""
    settings = settings_for(tmp_path / "home")
    kept = keep_store(settings)
    with open_store(settings) as store:
        assert store is kept
    with open_store(settings_for(tmp_path / "other")) as other:
        assert other is not kept
    with kept.read() as session:
        assert session.connection().exec_driver_sql("select 1").scalar() == 1
    del kept, store
    gc.collect()
    with open_store(settings) as anew, anew.read() as session:
        assert session.connection().exec_driver_sql("select 1").scalar() == 1
