"""What the demo tells at the end, for people and as JSON.

Here belongs the form of the summary and the choice of examples to open first.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import typer

from assettrail.demo.answer_key import is_perfect
from assettrail.output import print_table
from assettrail.settings import load_settings

if TYPE_CHECKING:
    from assettrail.demo.play import Played


@dataclass(frozen=True)
class Examples:
    """Pages worth opening first; None where the scenario has no such case."""

    reports_address: str
    communication: str | None
    case: str | None
    asset: str | None


def progress(text: str) -> None:
    """Tell what is going on, on standard error: standard output belongs to the summary."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - progress of the command line


def snapshot_facts(home: Path) -> dict[str, Any]:
    """Return rows by landing stream, and the current snapshot with the hashes of its tables."""
    from publish.reading import connect, current_snapshot

    snapshot = current_snapshot(home)
    with connect(snapshot) as connection:
        rows = connection.execute(
            "SELECT system_code || '/' || stream_name, sum(row_count) FROM marts.fct_claims GROUP BY 1 ORDER BY 1"
        ).fetchall()
    tables = snapshot.manifest["tables"]
    return {
        "rows": {str(stream): int(count) for stream, count in rows},
        "snapshot": {
            "name": snapshot.name,
            "path": str(snapshot.database),
            "hashes": {table: content["content_hash"] for table, content in tables.items()},
        },
    }


def examples(home: Path) -> Examples:
    """Return a letter with a superseded image, a case that a correction answered, and the asset of that case."""
    from publish.reading import connect, current_snapshot

    reports = load_settings().reports
    with connect(current_snapshot(home)) as connection:
        case = _first(
            connection,
            "SELECT c.case_id_trading_grid, c.asset_id_cloudinary FROM marts.fct_cases AS c WHERE c.is_answered "
            "AND EXISTS (SELECT 1 FROM marts.fct_case_messages AS m WHERE m.case_key = c.case_key "
            "AND m.correlation_id IS NOT NULL) ORDER BY 1 LIMIT 1",
        )
        letter = _first(
            connection,
            "SELECT communication_id_exstream, NULL FROM marts.fct_asset_uses "
            "WHERE verdict = 'SUPERSEDED' ORDER BY 1 LIMIT 1",
        )
    return Examples(
        reports_address=f"http://{reports.host}:{reports.port}",
        communication=letter[0],
        case=case[0],
        asset=case[1],
    )


def _first(connection: duckdb.DuckDBPyConnection, statement: str) -> tuple[str | None, str | None]:
    row = connection.execute(statement).fetchone()
    return (row[0], row[1]) if row else (None, None)


def print_summary(played: Played) -> None:
    """Print the summary for a person."""
    summary = played.summary
    typer.echo("")
    print_table(["stream", "rows"], list(summary["rows"].items()))
    typer.echo("")
    print_table(
        ["verdict or control", "planted", "found", "precision", "recall"],
        [
            (name, value["expected"], value["found"], f"{value['precision']:.3f}", f"{value['recall']:.3f}")
            for name, value in summary["answer_key"].items()
        ],
    )
    typer.echo("")
    print_table(
        ["control", "exceptions before", "after corrections"],
        [
            (name, count, summary["exceptions"].get(name, 0))
            for name, count in summary["exceptions_before_corrections"].items()
        ],
    )
    typer.echo("")
    print_table(
        ["correction", "state", "number"],
        [(kind, state, n) for kind, states in summary["corrections"].items() for state, n in states.items()],
    )
    typer.echo("")
    _print_closing(played, summary)


def _print_closing(played: Played, summary: Mapping[str, Any]) -> None:
    perfect = is_perfect(summary["answer_key"])
    shown = played.examples
    typer.echo(
        "the answer key is met in full" if perfect else "the answer key is NOT met: see precision and recall above"
    )
    typer.echo(f"snapshot  {summary['snapshot']['path']}")
    typer.echo(f"took      {summary['seconds']['total']:.0f} s, at most {summary['peak_mib']} MiB")
    typer.echo(f"open      {shown.reports_address}/")
    for label, path, subject in (
        ("a letter with a superseded image", "communications", shown.communication),
        ("a case that a correction answered", "cases", shown.case),
        ("where that asset was used", "assets", shown.asset),
    ):
        if subject is not None:
            typer.echo(f"          {shown.reports_address}/{path}/{subject}   {label}")
    typer.echo("          (`make reports` serves these pages; `make demo KEEP=1` leaves everything running)")
    typer.echo(f"ask       ASSETTRAIL_CONFIG={played.installation.config} assettrail sql 'SHOW ALL TABLES'")
