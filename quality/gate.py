"""The landing gate: a stream's Great Expectations suite on one landed Parquet file.

Here belongs running a suite and turning its results into an outcome. What is expected stands in `quality.suites`.
The gate reads the file through an in-memory DuckDB, writes nothing, calls nobody, and prints nothing. Great
Expectations is imported at the first batch, not before: it takes seconds.
"""

import atexit
import logging
import os
import sys
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from assettrail.errors import ContractBroken
from evidence.leaves import FailedExpectation
from ingest.landing import GateOutcome
from ingest.schema import StreamSchema

if TYPE_CHECKING:
    from great_expectations.core.expectation_validation_result import ExpectationValidationResult
    from great_expectations.data_context.data_context.ephemeral_data_context import EphemeralDataContext
    from great_expectations.expectations.expectation import Expectation

    from quality.duckdb_source import DuckDBDatasource

SAMPLE_ROWS: Final = 10
"""How many row hashes a failed expectation names."""

_ONE_AT_A_TIME: Final = Lock()


def great_expectations_gate(schema: StreamSchema, path: Path) -> GateOutcome:
    """Judge one landed file of a stream: accepted when every expectation holds, else held.

    All conditions on rows are evaluated in one query at first, and each by itself only when that finds a row. Each
    failed expectation comes with its column, how many rows fail and the hashes of some of them. Raises
    ContractBroken when an expectation cannot be evaluated: a check that crashed is not a batch that failed.
    """
    from quality.suites import expectations_of
    from quality.suites.together import together

    expectations = expectations_of(schema)
    with _ONE_AT_A_TIME:
        room = _room()
        if room.holds(schema, path, together(expectations)):
            return GateOutcome("accepted", len(expectations))
        results = room.validate(schema, path, expectations, with_rows=False)
        broken = [expectation for expectation in expectations if not results[str(expectation.description)].success]
        if not broken:
            return GateOutcome("accepted", len(results))
        detailed = room.validate(schema, path, broken, with_rows=True)
    failed = tuple(_failed(each, detailed[str(each.description)]) for each in broken)
    return GateOutcome("held", len(results), failed)


@dataclass
class _Room:
    """Great Expectations on one in-memory DuckDB, opened once per process and used by one thread at a time."""

    context: "EphemeralDataContext"
    source: "DuckDBDatasource"
    numbers: "count[int]" = field(default_factory=count)

    def holds(self, schema: StreamSchema, path: Path, expectations: "list[Expectation]") -> bool:
        """Whether every expectation was evaluated on a file and holds."""
        results = self._results(schema, path, expectations, with_rows=False)
        return len(results) == len(expectations) and all(result.success for result in results)

    def validate(
        self, schema: StreamSchema, path: Path, expectations: "list[Expectation]", *, with_rows: bool
    ) -> "dict[str, ExpectationValidationResult]":
        """Evaluate expectations on a file; results by description. Raises ContractBroken when one did not run."""
        results = self._results(schema, path, expectations, with_rows=with_rows)
        return _by_description(schema, path, results, expectations)

    def _results(
        self, schema: StreamSchema, path: Path, expectations: "list[Expectation]", *, with_rows: bool
    ) -> "list[ExpectationValidationResult]":
        from great_expectations.core import ExpectationSuite

        name = f"{schema.label}-{next(self.numbers)}"
        # A colon would be read as a parameter of the statement.
        quoted = str(path).replace("'", "''").replace(":", "\\:")
        asset = self.source.add_query_asset(name=name, query=f"select * from read_parquet('{quoted}')")  # noqa: S608 - our own path
        try:
            batch = asset.add_batch_definition_whole_table("file").get_batch()
            suite = ExpectationSuite(name, expectations=[each.copy() for each in expectations])
            return batch.validate(suite, result_format=_result_format(with_rows=with_rows)).results
        finally:
            self.source.delete_asset(name)


@cache
def _room() -> _Room:
    """Open Great Expectations quietly: no analytics, no progress bars, no log lines."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    import great_expectations as gx
    import sqlalchemy
    from great_expectations.data_context.types.base import ProgressBarsConfig

    from quality.duckdb_source import DuckDBDatasource

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    # Defining DuckDBDatasource has given the context its `add_duckdb`.
    source: DuckDBDatasource = context.data_sources.add_duckdb(
        name="landing",
        connection_string="duckdb:///:memory:",
        create_temp_table=False,
        kwargs={"poolclass": sqlalchemy.StaticPool},  # A pool by thread would close the connection with its thread.
    )
    atexit.register(_close, source)
    return _Room(context, source)


def _close(source: "DuckDBDatasource") -> None:
    """Close the connection and let DuckDB go before the interpreter ends.

    SQLAlchemy keeps functions of duckdb-engine beyond that end; DuckDB would be reported as leaked on standard error.
    """
    source.get_execution_engine().close()
    for name in [name for name in sys.modules if name.split(".")[0] == "duckdb_engine"]:
        vars(sys.modules[name]).clear()


def _result_format(*, with_rows: bool) -> dict[str, Any]:
    return {
        "result_format": "COMPLETE" if with_rows else "BASIC",
        "unexpected_index_column_names": ["_row_hash"],
        "partial_unexpected_count": SAMPLE_ROWS if with_rows else 0,
        "include_unexpected_rows": False,
    }


def _by_description(
    schema: StreamSchema,
    path: Path,
    results: "list[ExpectationValidationResult]",
    expectations: "list[Expectation]",
) -> "dict[str, ExpectationValidationResult]":
    """Results in the order of the expectations, by description; all of them ran, or ContractBroken."""
    found = {str(result.expectation_config.description): result for result in results if result.expectation_config}
    ordered = {}
    for expectation in expectations:
        result = found.get(str(expectation.description))
        if result is None or (not result.success and not result.result):
            raise ContractBroken(
                tried=f"to check {path.name} of {schema.label}: {expectation.description}",
                found="no result" if result is None else f"an error: {_error_text(result)}",
                expected="an expectation that can be evaluated on the landed file",
                remedy=f"correct quality/suites/{schema.system}.py or ingest/schema.py; the batch was not logged",
            )
        ordered[str(expectation.description)] = result
    return ordered


def _error_text(result: "ExpectationValidationResult") -> str:
    raised = [each for each in (result.exception_info or {}).values() if isinstance(each, dict)]
    return "; ".join(str(each.get("exception_message")) for each in raised) or "unknown"


def _failed(expectation: "Expectation", result: "ExpectationValidationResult") -> FailedExpectation:
    found = result.result
    rows = found.get("unexpected_index_list") or found.get("details", {}).get("unexpected_rows") or []
    meta = expectation.meta or {}
    return FailedExpectation(
        expectation=str(expectation.description),
        column=getattr(expectation, "column", None) or meta.get("column"),
        unexpected_count=int(found.get("unexpected_count", found.get("observed_value", 0)) or 0),
        sample_row_hashes=tuple(str(row["_row_hash"]) for row in rows[:SAMPLE_ROWS]),
    )
