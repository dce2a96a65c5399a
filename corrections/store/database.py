"""The database of corrections and of the people who decide on them: one transactional store.

Here belong its address, opening it, and transactions. SQLite under home by default (WAL, synchronous FULL); any
SQLAlchemy address by setting, of which PostgreSQL is tested. Tables are `records`, their change from release to release
`schema_versions`, what is done with rows `outbox` and `people`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from weakref import WeakValueDictionary

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.orm import Session

from assettrail.errors import ConfigurationError
from assettrail.settings import Settings
from corrections.store.schema_versions import bring_up_to_date, wait_for_others
from evidence.durable import make_folder_durably, make_home
from evidence.file_lock import file_lock

_WAIT_SECONDS: Final = 60.0
_IS_READING: Final = "assettrail_is_reading"


class Store:
    """The open database. `begin` is one transaction; everything inside happens or nothing does."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reading = engine.execution_options(**{_IS_READING: True})

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a transaction that only reads: it waits for nobody, and nobody for it.

        Raises ConfigurationError when the database refuses or cannot be reached.
        """
        try:
            with Session(self._reading, expire_on_commit=False) as session, session.begin():
                yield session
        except SQLAlchemyError as error:
            raise _unusable(self._engine, error) from error

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """Open a transaction, commit it at the end, roll it back on an error.

        Raises ConfigurationError when the database refuses or cannot be reached.
        """
        try:
            with Session(self._engine, expire_on_commit=False) as session, session.begin():
                wait_for_others(session.connection())
                yield session
        except SQLAlchemyError as error:
            raise _unusable(self._engine, error) from error


_KEPT: Final[WeakValueDictionary[str, Store]] = WeakValueDictionary()


def _name_of(settings: Settings) -> str:
    """Return what tells one database from another in this process."""
    address = settings.corrections.database_url
    return str(_sqlite_file(settings).resolve()) if address is None else address.get_secret_value()


def keep_store(settings: Settings) -> Store:
    """Open the database for the whole life of a process that asks it again and again, such as a web server.

    As long as somebody holds it, `open_store` gives it to whoever else in the process opens the same database: opening
    one takes a lock and looks at its form. Raises ConfigurationError as `open_store` does.
    """
    engine = _engine(settings)
    try:
        with _alone(settings, engine):
            bring_up_to_date(engine)
    except SQLAlchemyError as error:
        raise _unusable(engine, error) from error
    kept = Store(engine)
    _KEPT[_name_of(settings)] = kept
    return kept


@contextmanager
def open_store(settings: Settings) -> Iterator[Store]:
    """Open the outbox that the settings name; its tables are made, or brought to this release's form.

    Raises ConfigurationError when the address is wrong, the database cannot be opened, or a newer release has it.
    """
    kept = None if is_absent(settings) else _KEPT.get(_name_of(settings))
    if kept is not None:
        yield kept
        return
    engine = _engine(settings)
    try:
        with _alone(settings, engine):
            bring_up_to_date(engine)
        yield Store(engine)
    except SQLAlchemyError as error:
        raise _unusable(engine, error) from error
    finally:
        engine.dispose()


@contextmanager
def _alone(settings: Settings, engine: Engine) -> Iterator[None]:
    """Let one process at a time make a file of SQLite: the change to its journal waits for nobody."""
    if engine.dialect.name != "sqlite":
        yield
        return
    with file_lock(folder_of(settings) / "opening.lock", "the opening of the outbox", _WAIT_SECONDS):
        yield


def folder_of(settings: Settings) -> Path:
    """Return the folder of the outbox's file and of the lock that a sending run holds."""
    return settings.home / "corrections"


def send_lock_of(settings: Settings) -> Path:
    """Return the lock file that a sending run holds."""
    return folder_of(settings) / "send.lock"


def is_absent(settings: Settings) -> bool:
    """Return whether no database was ever made under home, and none elsewhere is named."""
    return settings.corrections.database_url is None and not _sqlite_file(settings).exists()


def _sqlite_file(settings: Settings) -> Path:
    return folder_of(settings) / "outbox.sqlite"


def _engine(settings: Settings) -> Engine:
    address = settings.corrections.database_url
    try:
        if address is None:
            make_home(settings.home)
            make_folder_durably(folder_of(settings))
            url = make_url("sqlite://").set(database=str(_sqlite_file(settings)))
        else:
            url = make_url(address.get_secret_value())
        if url.get_backend_name() != "sqlite":
            return create_engine(url, pool_pre_ping=True)
        engine = create_engine(url, connect_args={"timeout": 30.0})
    except (ArgumentError, ImportError) as error:
        raise ConfigurationError(
            tried="to open the outbox at corrections.database_url",
            found=f"{type(error).__name__}: {_without_address(error)}",
            expected="an SQLAlchemy address of a database whose driver is installed",
            remedy="correct corrections.database_url, or unset it to use SQLite under home",
        ) from None
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """Set what a connection to SQLite needs; transactions are begun by `_begin_sqlite`, not by the driver."""
    connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    """Take the write lock at the start: a transaction that reads first could otherwise lose to another writer."""
    is_reading = connection.get_execution_options().get(_IS_READING, False)
    connection.exec_driver_sql("BEGIN" if is_reading else "BEGIN IMMEDIATE")


def _without_address(error: Exception) -> str:
    return "the address cannot be read" if isinstance(error, ArgumentError) else str(error)


def _unusable(engine: Engine, error: SQLAlchemyError) -> ConfigurationError:
    cause = getattr(error, "orig", None) or error
    return ConfigurationError(
        tried=f"to use the outbox {engine.url.render_as_string(hide_password=True)}",
        found=f"{type(cause).__name__}: {str(cause).splitlines()[0]}",
        expected="a database that answers and that this user may write",
        remedy="check the disk or the database server and corrections.database_url, then run again; "
        "a transaction that did not end has changed nothing",
    )
