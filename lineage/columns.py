"""Which column of a model is made of which columns, read from the SQL that dbt compiled.

Here belongs reading SQL. Keeping the result is `column_map`; what is told of it to others is `events` and Dagster's
pages. A column is made of the columns whose values go into it; what only filters, joins or orders rows is not told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from sqlglot import MappingSchema, exp, parse_one
from sqlglot.errors import SqlglotError
from sqlglot.lineage import Node, lineage
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import build_scope

DIALECT = "duckdb"
ColumnsOf = Mapping[str, tuple[str, ...]]
"""The columns of each table, by `schema.table`."""


@dataclass(frozen=True, order=True)
class Column:
    """One column of one table, by `schema.table`."""

    table: str
    name: str


@dataclass(frozen=True)
class CompiledModel:
    """A dbt model as it ran: its table (`schema.table`), what it is made of, and its SQL without templates."""

    table: str
    parents: tuple[str, ...]
    sql: str


@dataclass(frozen=True)
class ModelLineage:
    """What a model is made of: its parents, and for each of its columns the columns of parents that go into it.

    A column without any is a constant or a count of rows. `unread` says why the SQL could not be read; then no column
    is told.
    """

    parents: tuple[str, ...]
    columns: Mapping[str, tuple[Column, ...]]
    unread: str | None = None


def model_lineage(models: Iterable[CompiledModel], columns_of: ColumnsOf) -> dict[str, ModelLineage]:
    """Return what each model is made of, by its table; `columns_of` has the columns of every table that is read.

    SQL that cannot be read costs its own model only.
    """
    return dict(_all_lineage(tuple(models), tuple(sorted(columns_of.items()))))


def landed_sources(found: Mapping[str, ModelLineage], column: Column) -> tuple[Column, ...]:
    """Return the columns that no model makes (landed streams, seeds) which go into a column, through every model."""
    seen: set[Column] = set()
    waiting, ends = [column], set()
    while waiting:
        each = waiting.pop()
        if each in seen:
            continue
        seen.add(each)
        model = found.get(each.table)
        if model is None:
            ends.add(each)
        else:
            waiting.extend(model.columns.get(each.name, ()))
    return tuple(sorted(ends))


@lru_cache(maxsize=4)
def _all_lineage(
    models: tuple[CompiledModel, ...], columns_of: tuple[tuple[str, tuple[str, ...]], ...]
) -> tuple[tuple[str, ModelLineage], ...]:
    """Read every model; the same models take seconds once a process."""
    schema = MappingSchema(dialect=DIALECT)
    for table, columns in columns_of:
        schema.add_table(table, dict.fromkeys(columns, "VARCHAR"), dialect=DIALECT)
    return tuple((model.table, _read(model, schema)) for model in models)


def _read(model: CompiledModel, schema: MappingSchema) -> ModelLineage:
    try:
        query = _without_catalogs(parse_one(model.sql, dialect=DIALECT))
        query = qualify(query, schema=schema, dialect=DIALECT, validate_qualify_columns=False, identify=False)
        nodes = lineage(
            None, query, schema=schema, scope=build_scope(query), trim_selects=False, copy=False, dialect=DIALECT
        )
    except (SqlglotError, ValueError) as error:
        return ModelLineage(model.parents, {}, f"{type(error).__name__}: {str(error).splitlines()[0][:200]}")
    return ModelLineage(model.parents, {name: _ends(node) for name, node in nodes.items()})


def _without_catalogs(query: exp.Expr) -> exp.Expr:
    """Take the name of the build file out: the same models are the same lineage in every file."""
    for table in query.find_all(exp.Table):
        table.set("catalog", None)
    return query


def _ends(node: Node) -> tuple[Column, ...]:
    """Return the columns of tables at which the way of a column ends."""
    return tuple(
        sorted(
            {
                Column(f"{each.expression.db}.{each.expression.name}", exp.to_column(each.name).name)
                for each in node.walk()
                if isinstance(each.expression, exp.Table)
            }
        )
    )
