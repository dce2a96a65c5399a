"""Dagster's event history as this process writes it: the same SQLite files, opened once instead of at each event.

Here belongs only how the files are opened. Dagster opens and closes its databases several times for each event, and
SQLite then waits for the disk each time: half of a build's time. What Dagster remembers is no evidence (that is
`evidence.log`): when the machine goes down, the last events may be missing, the files stay sound.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import dagster as dg
from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import StaticPool


class OpenEventLog(SqliteEventLogStorage):
    """Dagster's event log on SQLite with one open connection per file; one process's, closed with its instance."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: dict[str, Engine] = {}
        self._tables: set[str] = set()
        super().__init__(base_dir, inst_data)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock, self._engine(shard).begin() as connection:
            yield connection

    def _engine(self, shard: str) -> Engine:
        if shard not in self._engines:
            engine = create_engine(
                self.conn_string_for_shard(shard),
                poolclass=StaticPool,
                connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
            )
            event.listen(engine, "connect", _do_not_wait_for_the_disk)
            self._initdb(engine)
            self._engines[shard] = engine
        return self._engines[shard]

    def has_table(self, table_name: str) -> bool:
        """Return whether the index has a table; one that it has stays.

        Dagster asks at each check of a build, and opens the file for it.
        """
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def dispose(self) -> None:
        """Close the files."""
        super().dispose()
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> Self:
        """Return the storage that the instance's configuration describes."""
        return cls(inst_data=inst_data, **config_value)


def instance_with_open_event_log(folder: Path) -> dg.DagsterInstance:
    """Return the instance of a folder; where its `dagster.yaml` names a storage of its own, that one is used."""
    ref = InstanceRef.from_dir(str(folder))
    if ref.storage_data is None or ref.storage_data.class_name != "DagsterSqliteStorage":
        return dg.DagsterInstance.from_ref(ref)
    kept = {
        "module": OpenEventLog.__module__,
        "class": OpenEventLog.__name__,
        "config": {"base_dir": str(folder / "history" / "runs")},
    }
    return dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(folder), overrides={"event_log_storage": kept}))


def _do_not_wait_for_the_disk(connection: DBAPIConnection, _: object) -> None:
    """Let SQLite write through its log without a wait at each event; its files stay sound whatever happens."""
    connection.cursor().execute("PRAGMA synchronous=NORMAL")
