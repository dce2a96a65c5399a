"""`assettrail build`, `rebuild`, `sql`, `dagster`: the warehouse and its snapshots."""

import csv
import os
import shutil
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from assettrail.command_line.as_known import build_as_known
from assettrail.output import csv_cell, print_json, print_table
from assettrail.settings import load_settings


class Form(StrEnum):
    """The form in which rows are printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def build(
    as_known_at: Annotated[
        str | None,
        typer.Option(
            help="Build what was known at an earlier state of the log, as a labelled snapshot that is not published: "
            "a number of entries, the first digits of a checkpoint's root hash, or an instant with its offset.",
        ),
    ] = None,
    full_refresh: Annotated[
        bool,
        typer.Option("--full-refresh", help="Make every table anew, also where only a part of it is affected."),
    ] = False,
) -> None:
    """Build the warehouse from what has landed, test it, publish a snapshot and propose corrections.

    What is affected by what has landed since the last build is derived anew; everything is, where that cannot be told.
    """
    if as_known_at is not None:
        build_as_known(as_known_at)
        return
    _build_and_publish(is_full_asked=full_refresh)


def _build_and_publish(*, is_full_asked: bool = False) -> None:
    from orchestration.build_lock import whole_build
    from orchestration.increments import extent_of
    from orchestration.running import run_job
    from publish.reading import current_snapshot

    settings = load_settings()
    run_job(
        "build_warehouse",
        settings.home,
        config={"warehouse_models": {"config": {"full_refresh": True}}} if is_full_asked else None,
    )
    if build := whole_build(settings.home):
        typer.echo(f"built as {extent_of(build).in_words()}")
    snapshot = current_snapshot(settings.home)
    typer.echo(f"published {snapshot.name}: data until {snapshot.manifest['data_until']}, {snapshot.database}")


def rebuild() -> None:
    """Delete the warehouse and make it again from landing and log: the content hashes come out the same.

    The current snapshot stays up until the new one is published.
    """
    settings = load_settings()
    shutil.rmtree(settings.home / "warehouse", ignore_errors=True)
    _build_and_publish()


def sql(
    statement: Annotated[str, typer.Argument(help="One SQL statement over the published snapshot.")],
    snapshot: Annotated[
        str | None, typer.Option(help="Name of a published or labelled snapshot; the current one if absent.")
    ] = None,
    form: Annotated[Form, typer.Option("--format", help="How rows are printed.")] = Form.TABLE,
) -> None:
    """Query a published snapshot, read-only; no pipeline run can lock or change it meanwhile.

    The statement reaches that snapshot and no other file: to join your own data, open the snapshot's DuckDB file or
    Parquet with your own tool.
    """
    import duckdb

    from assettrail.errors import PermanentSourceError
    from publish.reading import connect, current_snapshot, open_snapshot

    home = load_settings().home
    opened = open_snapshot(home, snapshot) if snapshot else current_snapshot(home)
    with connect(opened) as connection:
        try:
            connection.execute(statement)
            headers = [str(column[0]) for column in connection.description or []]
            rows = connection.fetchall() if headers else []
        except duckdb.Error as error:
            raise PermanentSourceError(
                tried=f"to run the statement on the snapshot {opened.name}",
                found=str(error),
                expected="one statement of DuckDB's SQL that only reads this snapshot",
                remedy="`assettrail sql 'SHOW ALL TABLES'` lists what there is; docs/data-dictionary explains it",
            ) from error
    print_rows(headers, rows, form)


def dagster() -> None:
    """Open Dagster's own pages and daemon on the configured home, until Ctrl-C."""
    from orchestration.running import open_instance

    settings = load_settings()
    with open_instance(settings.home):
        pass
    root = Path(__file__).resolve().parents[2]
    executable = Path(sys.executable).with_name("dagster")
    os.environ["DAGSTER_HOME"] = str(settings.home / "dagster")
    os.chdir(root)
    os.execv(executable, [str(executable), "dev", "-w", "workspace.yaml", "--host", "127.0.0.1"])  # noqa: S606


def print_rows(headers: list[str], rows: list[tuple[object, ...]], form: Form) -> None:
    """Print rows as a table, as CSV that runs no formula, or as JSON."""
    if form is Form.JSON:
        print_json([dict(zip(headers, row, strict=True)) for row in rows])
    elif form is Form.CSV:
        writer = csv.writer(sys.stdout)
        writer.writerow(map(csv_cell, headers))
        writer.writerows(map(csv_cell, row) for row in rows)
    else:
        print_table(headers, rows)
