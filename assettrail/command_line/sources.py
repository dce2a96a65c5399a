"""`assettrail sources` and `assettrail ingest`: are we connected, and land what came in."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from assettrail.clock import clock_from
from assettrail.errors import AssettrailError, ConfigurationError
from assettrail.output import print_facts, print_table
from assettrail.settings import Settings, load_settings

application = typer.Typer(help="The three vendor systems.", no_args_is_help=True)


class System(StrEnum):
    """The systems that assettrail reads."""

    CLOUDINARY = "cloudinary"
    EXSTREAM = "exstream"
    TRADING_GRID = "trading_grid"


@application.callback()
def _group() -> None:
    """Keep `sources` a group, so that later commands fit in."""


@application.command("check")
def check(
    system: Annotated[System | None, typer.Argument(help="One system; all connected ones if absent.")] = None,
) -> None:
    """Connect with the settings; say who we are, what we can see and what rate is left, or what is wrong."""
    from ingest.sources import check_source

    settings = load_settings()
    failed = 0
    for name in [system] if system else _connected(settings):
        typer.echo(f"== {name}")
        try:
            print_facts(check_source(settings, str(name)).facts())
        except AssettrailError as error:
            failed += 1
            typer.echo(f"{type(error).__name__}\n{error}", err=True)
    if failed:
        raise typer.Exit(code=1)


def ingest(
    system: Annotated[System, typer.Argument(help="The system to read.")],
    folder: Annotated[
        Path | None,
        typer.Option(help="Exstream only: land a folder of engine output instead of reading REST."),
    ] = None,
) -> None:
    """Land every stream of one system, through the same job that Dagster schedules."""
    settings = load_settings()
    if folder is not None:
        _ingest_folder(settings, system, folder)
        return
    from orchestration.running import run_job

    if getattr(settings, system) is None:
        raise ConfigurationError(
            tried=f"to ingest {system}",
            found=f"no section [{system}] in the settings",
            expected="the address and credentials of that system",
            remedy="see docs/settings.md; check them with `assettrail sources check`",
        )
    result = run_job(f"ingest_{system}", settings.home)
    rows = [
        (
            event.asset_key.to_user_string(),
            _value(event.materialization.metadata.get("dagster/row_count")),
            _value(event.materialization.metadata.get("quarantined")),
            _value(event.materialization.metadata.get("outcome")),
        )
        for event in result.get_asset_materialization_events()
        if event.asset_key is not None
    ]
    print_table(["stream", "new rows", "quarantined", "outcome"], rows)


def _ingest_folder(settings: Settings, system: System, folder: Path) -> None:
    from ingest.exstream.drop_folder import open_drop_folder
    from ingest.landing import LandingStore
    from ingest.run import ingest_stream
    from quality.gate import great_expectations_gate

    if system is not System.EXSTREAM:
        raise ConfigurationError(
            tried=f"to ingest {system} from the folder {folder}",
            found="only Exstream writes engine output to folders",
            expected="`assettrail ingest exstream --folder PATH`",
            remedy=f"leave --folder out for {system}",
        )
    store = LandingStore.open(settings, clock_from(settings))
    source = open_drop_folder(settings, store, folder)
    landed = [
        (stream, batch)
        for stream in source.streams()
        for batch in ingest_stream(source, stream, store, great_expectations_gate)
    ]
    print_table(
        ["stream", "new rows", "quarantined", "outcome", "complete"],
        [
            (f"exstream/{stream}", batch.rows, batch.quarantined, batch.outcome, batch.claim.complete)
            for stream, batch in landed
        ],
    )


def _connected(settings: Settings) -> list[System]:
    connected = [system for system in System if getattr(settings, system) is not None]
    if not connected:
        raise ConfigurationError(
            tried="to check the vendor systems",
            found="none is configured",
            expected="at least one section [cloudinary], [exstream] or [trading_grid]",
            remedy="see docs/settings.md, or run `make demo` to see the whole path on the sandbox",
        )
    return connected


def _value(metadata: object) -> object:
    return getattr(metadata, "value", metadata)
