"""`assettrail sources` and `assettrail ingest`: are we connected, and land what came in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assettrail.clock import clock_from
from assettrail.command_line import cloudinary_budget, receiver
from assettrail.errors import AssettrailError, ConfigurationError, ContractBroken, RecordRejected
from assettrail.output import harmless, print_facts, print_table
from assettrail.settings import Settings, load_settings

if TYPE_CHECKING:
    from ingest.dry_run import DryRun
    from ingest.extract import Source
    from ingest.landing_store import LandingStore

application = typer.Typer(help="The three vendor systems.", no_args_is_help=True)
application.add_typer(receiver.application, name="cloudinary")
receiver.application.command("budget")(cloudinary_budget.budget)


class System(StrEnum):
    """The systems that assettrail reads."""

    CLOUDINARY = "cloudinary"
    EXSTREAM = "exstream"
    TRADING_GRID = "trading_grid"
    CORRECTIONS = "corrections"


_VENDORS = (System.CLOUDINARY, System.EXSTREAM, System.TRADING_GRID)
"""What can be connected; the outbox of corrections is read from our own store."""


@application.callback()
def _group() -> None:
    """Keep `sources` a group, so that later commands fit in."""


@application.command("check")
def check(
    target: Annotated[
        str | None,
        typer.Argument(help="One system, all connected ones if absent; with --mapping the file to try it on."),
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option(help="A mapping file (TOML): say what of the file would land and what would not; write nothing."),
    ] = None,
) -> None:
    """Connect with the settings; say who we are, what we can see and what rate is left, or what is wrong.

    With --mapping nothing is connected: the mapping is tried on the file.
    """
    if mapping is not None:
        _try_mapping(target, mapping)
        return
    from ingest.sources import check_source

    settings = load_settings(connects=True)
    failed = 0
    for name in [_system(target)] if target else _connected(settings):
        typer.echo(f"== {name}")
        try:
            print_facts(check_source(settings, str(name)).facts())
        except AssettrailError as error:
            failed += 1
            typer.echo(f"{type(error).__name__}\n{error}", err=True)
    if failed:
        raise typer.Exit(code=1)


def _system(name: str) -> System:
    try:
        return System(name)
    except ValueError as error:
        raise ConfigurationError(
            tried=f"to check {name!r}",
            found="no system of that name, and no --mapping to try on a file",
            expected=f"one of {', '.join(_VENDORS)}; or a file and --mapping",
            remedy="correct the name, or add --mapping PATH",
        ) from error


def _try_mapping(target: str | None, mapping: Path) -> None:
    """Try a mapping on a file, by the system that the mapping names; exit with 1 when something would not land."""
    from ingest.dry_run import read_mapping_file

    if target is None:
        raise ConfigurationError(
            tried=f"to try the mapping {mapping}",
            found="no file to try it on",
            expected="`assettrail sources check FILE --mapping MAPPING`",
            remedy="name the file",
        )
    settings = load_settings()
    content = read_mapping_file(mapping)
    run = _dry_run_of(content.get("system"), mapping)
    _tell_dry_run(run(settings, Path(target), mapping))


def _dry_run_of(system: object, mapping: Path) -> Callable[[Settings, Path, Path], DryRun]:
    """The function that tries a mapping of this system on a file: settings, file, mapping file."""
    if system == System.EXSTREAM:
        from ingest.exstream.mapping_check import try_mapping as try_report_mapping

        return try_report_mapping
    if system == System.TRADING_GRID:
        from ingest.trading_grid.mapping_check import try_mapping as try_drop_mapping

        return try_drop_mapping
    raise ConfigurationError(
        tried=f"to try the mapping {mapping}",
        found=f"system = {system!r}" if system is not None else "no line `system = …`",
        expected=f"the system whose files it reads: {System.EXSTREAM}, {System.TRADING_GRID}",
        remedy="correct the first line of the mapping",
    )


def _tell_dry_run(found: DryRun) -> None:
    """Print what would land and what would not."""
    print_facts({"records": found.records, "would not land": len({part.offset for part in found.refused})})
    for note in found.notes:
        typer.echo(f"note  {harmless(note)}")
    for stream in found.streams:
        typer.echo(f"\n== {found.system}/{stream.stream}: {stream.rows} rows, {stream.distinct} of them different")
        if stream.first:
            columns = list(dict.fromkeys(name for row in stream.first for name in row))
            print_table(columns, [[row.get(name) for name in columns] for row in stream.first])
    if found.refused:
        from ingest.dry_run import MOST_REFUSALS_SHOWN

        typer.echo(f"\n== quarantine: {len(found.refused)} reasons")
        shown = found.refused[:MOST_REFUSALS_SHOWN]
        print_table(
            ["byte", "missing in", "reason"], [(part.offset, ", ".join(part.streams), part.reason) for part in shown]
        )
        raise typer.Exit(code=1)


def ingest(
    system: Annotated[System, typer.Argument(help="The system to read.")],
    folder: Annotated[
        Path | None,
        typer.Option(help="Land a folder: Exstream's engine output, or Trading Grid's dropped exports and X12 files."),
    ] = None,
    mailbox: Annotated[bool, typer.Option(help="Trading Grid only: land the files of its SFTP mailbox.")] = False,
    package: Annotated[
        Path | None,
        typer.Option(help="Exstream only: land an export package of Design (DAS), a zip or a folder."),
    ] = None,
    domain: Annotated[
        str | None, typer.Option(help="With --package: the domain it was exported from; the only one if absent.")
    ] = None,
) -> None:
    """Land every stream of one system, through the same job that Dagster schedules."""
    _refuse_together(
        {"--folder": folder is not None, "--mailbox": mailbox, "--package": package is not None},
        has_domain=domain is not None,
    )
    settings = load_settings(connects=folder is None and package is None and system is not System.CORRECTIONS)
    if package is not None:
        _ingest_package(settings, system, package, domain)
        return
    if mailbox:
        _ingest_mailbox(settings, system)
        return
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


def _refuse_together(places: Mapping[str, bool], *, has_domain: bool) -> None:
    """Refuse two places in one command, and a domain without a package: one of them would be left without a word."""
    named = [name for name, is_named in places.items() if is_named]
    if len(named) < 2 and (not has_domain or named == ["--package"]):
        return
    raise ConfigurationError(
        tried="to ingest",
        found=" and ".join([*named, *["--domain"] * has_domain]),
        expected="one of --folder, --mailbox and --package, or none of them; --domain with --package only",
        remedy="leave one out, and ingest the other afterwards; nothing was read",
    )


def _ingest_folder(settings: Settings, system: System, folder: Path) -> None:
    from ingest.exstream.drop_folder import open_drop_folder
    from ingest.landing_store import LandingStore
    from ingest.trading_grid.drop_source import LocalFolder
    from ingest.trading_grid.opening import open_drops

    if system is System.CLOUDINARY:
        raise ConfigurationError(
            tried=f"to ingest {system} from the folder {folder}",
            found="a system that writes no files",
            expected=f"`assettrail ingest {System.EXSTREAM} --folder PATH`, or {System.TRADING_GRID}",
            remedy=f"leave --folder out for {system}",
        )
    store = LandingStore.open(settings, clock_from(settings))
    if system is System.EXSTREAM:
        _land_files(open_drop_folder(settings, store, folder), store, f"the folder {folder}")
    else:
        _land_files(open_drops(settings, store, LocalFolder(folder)), store, f"the folder {folder}")


def _ingest_package(settings: Settings, system: System, package: Path, domain: str | None) -> None:
    from ingest.exstream.package_source import open_export_package
    from ingest.landing_store import LandingStore

    if system is not System.EXSTREAM:
        raise ConfigurationError(
            tried=f"to ingest {system} from the package {package}",
            found="a system without export packages",
            expected=f"`assettrail ingest {System.EXSTREAM} --package PATH`",
            remedy=f"leave --package out for {system}",
        )
    store = LandingStore.open(settings, clock_from(settings))
    _land_files(open_export_package(settings, store, package, domain), store, f"the package {package}")


def _ingest_mailbox(settings: Settings, system: System) -> None:
    from ingest.landing_store import LandingStore
    from ingest.trading_grid.mailbox import SftpMailbox
    from ingest.trading_grid.opening import open_drops
    from ingest.trading_grid.removal import removable_files

    section = settings.trading_grid.mailbox if settings.trading_grid else None
    if system is not System.TRADING_GRID or section is None:
        is_ours = system is System.TRADING_GRID
        raise ConfigurationError(
            tried=f"to ingest the mailbox of {system}",
            found="no section [trading_grid.mailbox] in the settings" if is_ours else "a system without a mailbox",
            expected=f"`assettrail ingest {System.TRADING_GRID} --mailbox`, with the mailbox in the settings",
            remedy="see docs/settings.md; check it with `assettrail sources check trading_grid`",
        )
    store = LandingStore.open(settings, clock_from(settings))
    mailbox = SftpMailbox(section)
    source = open_drops(settings, store, mailbox)

    def remove_what_landed() -> None:
        if section.delete_after_landing:
            files, staying = removable_files(store, source)
            for words in [*mailbox.remove(files), *staying]:
                typer.echo(harmless(words))

    _land_files(source, store, f"the mailbox {mailbox.address}", when_landed=remove_what_landed)


def _land_files(source: Source, store: LandingStore, place: str, when_landed: Callable[[], None] | None = None) -> None:
    """Land all streams of a place; `when_landed` follows when every leaf is durable.

    Raises RecordRejected and ContractBroken, after everything else, for records that cannot be read and held batches.
    """
    from ingest.run import ingest_streams
    from quality.gate import great_expectations_gate

    streams = ingest_streams(source, source.streams(), store, great_expectations_gate)
    landed = [batch for _, batches in streams for batch in batches]
    held = [each.load_id for each in landed if each.outcome == "held"]
    if when_landed is not None:
        when_landed()
    system = System(source.name)
    _tell_landed(
        system,
        [
            _Landed(
                f"{system}/{each.stream}",
                each.rows,
                each.unreadable,
                each.outcome,
                each.claim.complete,
                each.claim.detail,
            )
            for each in landed
        ],
    )
    if held:
        raise ContractBroken(
            tried=f"to ingest {place}",
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
    """Print what landed, and why a window is not complete; each reason once, with all streams that have it.

    Raises RecordRejected, after everything else landed, when records could not be read.
    """
    print_table(
        ["stream", "new rows", "unreadable", "outcome", "complete"],
        [(each.stream, each.new_rows, each.unreadable, each.outcome, each.is_complete) for each in landed],
    )
    why: dict[object, list[str]] = {}
    for each in landed:
        if not each.is_complete and not each.unreadable:
            why.setdefault(each.detail, []).append(each.stream.rpartition("/")[2])
    for detail, streams in why.items():
        typer.echo(f"not complete  {', '.join(streams)}: {harmless(str(detail))}")
    broken = [each for each in landed if each.unreadable]
    if broken:
        raise RecordRejected(
            tried=f"to ingest {system}",
            found="records that cannot be read:" + "".join(f"\n  - {each.stream}: {each.detail}" for each in broken),
            expected="records that can be read",
            remedy="the rest landed; these are in quarantine, and their window counts as incomplete. See them with "
            "`assettrail quarantine list`. Where a mapping or setting is wrong, correct it and run "
            "`assettrail quarantine replay`; else have the source corrected and ingest again: corrupt files are asked "
            "for again",
        )


def _connected(settings: Settings) -> list[System]:
    connected = [system for system in _VENDORS if getattr(settings, system) is not None]
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
