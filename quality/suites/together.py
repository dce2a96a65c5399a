"""The first look at a batch: few queries that find nothing where every promise is kept.

Here belong the queries that take the place of many expectations, and looks that are quicker than an expectation's own
query. They tell that something is wrong, not what; that is told by the expectations themselves (`promises`), which are
asked only then. Importing this module imports Great Expectations, which takes seconds: import it where it is used.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

import numpy as np
import sqlalchemy
from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.execution_engine.execution_engine import ExecutionEngine
from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.core.unexpected_rows_expectation import UnexpectedRowsExpectation
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.query_metric_provider import QueryMetricProvider

CONDITION: Final = "condition"
"""In an expectation's meta: the SQL that no row meets."""
KEY: Final = "key"
"""In an expectation's meta: the columns that are unique together."""


def together(expectations: Sequence[Expectation]) -> list[Expectation]:
    """Fewer expectations that hold only when all of these do: the same conditions, in one reading of the file.

    They tell that something is wrong, not what: rows are counted, and those of all conditions together.
    """
    conditions = [str(each.meta[CONDITION]) for each in expectations if each.meta and CONDITION in each.meta]
    quick = [_quick(each) for each in expectations if not (each.meta and CONDITION in each.meta)]
    if conditions:
        any_of_them = " or ".join(f"({condition})" for condition in conditions)
        query = f"select _row_hash from {{batch}} where {any_of_them}"  # noqa: S608 - our own conditions
        quick.append(ExpectNoRowCounted(unexpected_rows_query=query, description="no row breaks a promise"))
    return quick


def _quick(expectation: Expectation) -> Expectation:
    """What holds only when an expectation does, as quickly as that can be told."""
    if not isinstance(expectation, UnexpectedRowsExpectation):
        return expectation
    key = (expectation.meta or {}).get(KEY)
    if key is None:
        query = expectation.unexpected_rows_query
        return ExpectNoRowCounted(unexpected_rows_query=query, description=expectation.description)
    hashes = f"select hash({', '.join(key)}) as {_HASH} from {{batch}}"  # noqa: S608 - our own names
    return ExpectNoHashTwice(unexpected_rows_query=hashes, description=expectation.description)


class ExpectNoRowCounted(UnexpectedRowsExpectation):
    """A query that finds no row; its rows are counted and not fetched, which would run it once more."""

    metric_dependencies: ClassVar[tuple[str, ...]] = ("unexpected_rows_query.row_count",)

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,  # noqa: ARG002 - as the base has it
        execution_engine: ExecutionEngine[Any] | None = None,  # noqa: ARG002 - as the base has it
    ) -> dict[str, Any]:
        (metric,) = self.metric_dependencies
        return {"success": metrics[metric] == 0, "result": {"observed_value": metrics[metric]}}


_HASH: Final = "key_hash"


class HashesTwice(QueryMetricProvider):
    """How many of the 64-bit hashes that a query gives were there before."""

    metric_name = "unexpected_rows_query.hashes_twice"
    value_keys = ("unexpected_rows_query",)
    query_param_name: ClassVar[str] = "unexpected_rows_query"

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(
        cls,  # noqa: N805 - as the base has it
        execution_engine: SqlAlchemyExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: Mapping[str, Any],  # noqa: ARG002 - as the base has it
        runtime_configuration: dict[str, Any],  # noqa: ARG002 - as the base has it
    ) -> int:
        batch, _, _ = execution_engine.get_compute_domain(metric_domain_kwargs, domain_type=MetricDomainTypes.TABLE)
        query = cls._get_substituted_batch_subquery_from_query_and_batch_selectable(
            query=cls._get_query_from_metric_value_kwargs(metric_value_kwargs),
            batch_selectable=batch,
            execution_engine=execution_engine,
        )
        found = execution_engine.execute_query(sqlalchemy.text(query)).cursor.fetchnumpy()[_HASH]
        found.sort()
        return int(np.count_nonzero(found[1:] == found[:-1]))


class ExpectNoHashTwice(ExpectNoRowCounted):
    """A query whose hashes differ: then no key is there twice, and where they do not, the keys themselves have to tell.

    Sorting the hashes takes a third of what DuckDB takes to count the different ones.
    """

    metric_dependencies: ClassVar[tuple[str, ...]] = (HashesTwice.metric_name,)
