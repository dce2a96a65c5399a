"""The Typer application: its groups of commands, and the one place where an error becomes text and an exit code."""

import sys

import typer

from assettrail.command_line import (
    audit_trail,
    backfill,
    batches,
    claims,
    corrections,
    demo,
    difference,
    documentation,
    exceptions,
    keys,
    lineage,
    log,
    people,
    quarantine,
    raw,
    recalls,
    recipients,
    renditions,
    reports,
    sign_off,
    sources,
    warehouse,
)
from assettrail.errors import AssettrailError
from assettrail.output import harmless

application = typer.Typer(
    name="assettrail",
    help="The audit warehouse between Cloudinary, OpenText Exstream and OpenText Trading Grid.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
application.add_typer(keys.application, name="keys")
application.add_typer(sources.application, name="sources")
application.add_typer(batches.application, name="batches")
application.add_typer(quarantine.application, name="quarantine")
application.add_typer(raw.application, name="raw")
application.add_typer(recipients.application, name="recipients")
application.add_typer(log.application, name="log")
application.add_typer(lineage.application, name="lineage")
application.add_typer(corrections.application, name="corrections")
application.add_typer(exceptions.application, name="exceptions")
corrections.application.command("measure")(renditions.measure)
corrections.application.command("measurements")(renditions.measurements)
corrections.application.command("push")(renditions.push)
application.add_typer(people.application, name="people")
application.add_typer(recalls.application, name="recalls")
application.add_typer(reports.application, name="reports")
application.add_typer(sign_off.application, name="sign-off")
application.add_typer(documentation.application, name="docs")
application.command("ingest")(sources.ingest)
application.command("backfill")(backfill.backfill)
application.command("claims")(claims.claims)
application.command("build")(warehouse.build)
application.command("rebuild")(warehouse.rebuild)
application.command("recall")(recalls.recall)
application.command("diff")(difference.diff)
application.command("sql")(warehouse.sql)
application.command("trail")(audit_trail.audit_trail)
application.command("dagster")(warehouse.dagster)
application.command("demo")(demo.demo)


def main() -> None:
    """Run the command line; an error of the house is printed to standard error and ends with exit code 1."""
    try:
        application()
    except AssettrailError as error:
        print(harmless(f"{type(error).__name__}\n{error}"), file=sys.stderr)  # noqa: T201 - the command line speaks here
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(141)
