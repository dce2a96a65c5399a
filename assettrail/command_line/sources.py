"""`assettrail sources` and `assettrail ingest`: are we connected, and land what came in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from assettrail.clock import clock_from
from assettrail.errors import AssettrailError, ConfigurationError, ContractBroken, RecordRejected
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

    settings = load_settings(connects=True)
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
    settings = load_settings(connects=folder is None)
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
    _tell_landed(
        system,
        [
            _landed(event.asset_key.path[1:], event.materialization.metadata)
            for event in result.get_asset_materialization_events()
            if event.asset_key is not None
        ],
    )


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
    _tell_landed(
        system,
        [
            _Landed(
                f"exstream/{stream}", each.rows, each.unreadable, each.outcome, each.claim.complete, each.claim.detail
            )
            for stream, each in landed
        ],
    )
    held = [each.load_id for _, each in landed if each.outcome == "held"]
    if held:
        raise ContractBroken(
            tried=f"to ingest the folder {folder}",
            found=f"{len(held)} batch(es) held at the landing gate: {', '.join(map(str, held))}",
            expected="batches that keep what their source promised",
            remedy="see their rows with `assettrail batches show` and decide with `assettrail batches accept` or "
            "`reject`; until then the last good snapshot stays up",
        )


@dataclass(frozen=True)
class _Landed:
    """What one stream brought, as the command tells it."""

    stream: str
    new_rows: object
    unreadable: object
    outcome: object
    is_complete: object
    detail: object


def _landed(path: Sequence[str], metadata: Mapping[str, object]) -> _Landed:
    values = {name: _value(value) for name, value in metadata.items()}
    return _Landed(
        stream="/".join(path),
        new_rows=values.get("new_rows"),
        unreadable=values.get("unreadable"),
        outcome=values.get("outcome"),
        is_complete=values.get("is_complete"),
        detail=values.get("claim"),
    )


def _tell_landed(system: System, landed: Sequence[_Landed]) -> None:
    """Print what landed; raises RecordRejected, after everything else landed, when records could not be read."""
    print_table(
        ["stream", "new rows", "unreadable", "outcome", "complete"],
        [(each.stream, each.new_rows, each.unreadable, each.outcome, each.is_complete) for each in landed],
    )
    broken = [each for each in landed if each.unreadable]
    if broken:
        raise RecordRejected(
            tried=f"to ingest {system}",
            found="records that cannot be read:" + "".join(f"\n  - {each.stream}: {each.detail}" for each in broken),
            expected="records that can be read",
            remedy="the rest landed; these are in quarantine, and their window counts as incomplete. Have the source "
            "corrected and ingest again: files that are corrupt are asked for again",
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
