"""Great Expectations on DuckDB: a data source whose connection stays open.

Great Expectations knows no DuckDB. Its SQL data source closes the connection after every query of a dialect that it
does not know, and DuckDB drops a result with its connection, so that every metric comes out empty. Here belongs only
that difference. Importing this module imports Great Expectations, which takes seconds: import it where it is used.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, TypeAlias

import sqlalchemy
from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine


class DuckDBExecutionEngine(SqlAlchemyExecutionEngine):
    """Runs every query on one connection that stays open until the process ends."""

    @contextmanager
    def get_connection(self) -> Iterator[sqlalchemy.Connection]:
        """Give the one connection, opened at the first call."""
        if self._connection is None:
            self._connection = self.engine.connect()
        yield self._connection


_EngineType: TypeAlias = type[SqlAlchemyExecutionEngine]


class DuckDBDatasource(SQLDatasource):
    """The data source type `duckdb`: query assets over files, nothing is written."""

    type: Literal["duckdb"] = "duckdb"  # type: ignore[assignment]

    @property
    def execution_engine_type(self) -> _EngineType:
        """The engine that keeps its connection."""
        return DuckDBExecutionEngine
