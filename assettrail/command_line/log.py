"""`assettrail log`: the transparency log, verified and proven."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assettrail.errors import ConfigurationError
from assettrail.output import print_facts, print_json
from assettrail.settings import load_settings

if TYPE_CHECKING:
    from evidence.log_reader import LogReader
    from evidence.raw_store import RawStore
    from quality.whole_evidence import EvidenceReport

application = typer.Typer(help="The transparency log: verify it, prove an entry.", no_args_is_help=True)


@application.command("verify")
def verify(
    everything: Annotated[
        bool,
        typer.Option("--all", help="Also what the log tells of: landed files, raw bytes, every kept snapshot."),
    ] = False,
    open_raw: Annotated[
        bool,
        typer.Option("--open-raw", help="With --all: open every raw file and hash what is in it; needs raw.key."),
    ] = False,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Recompute every hash of the log and its signature; exit code 1 names the first thing that is wrong.

    Needs the public key only. With --all every landed file is hashed anew, the raw bytes of every row must be there
    (they are opened with --open-raw only) or stand in the log as removed by the setting raw.keep_days, and every
    snapshot that is kept must be what was published.
    """
    from evidence.keys import load_raw_keys, load_verification_key
    from evidence.log_reader import LogReader
    from evidence.raw_store import RawStore
    from evidence.verify import verify_log
    from evidence.witness import known_checkpoints, refuse_older_log

    if open_raw and not everything:
        raise ConfigurationError(
            tried="to open the raw files while the log alone is verified",
            found="--open-raw without --all",
            expected="both: the landed rows, which --all reads, name the raw files",
            remedy="run `assettrail log verify --all --open-raw`",
        )
    settings = load_settings()
    raw_keys = load_raw_keys(settings.keys.folder) if open_raw else ()
    raw_store = RawStore(settings.home / "raw", raw_keys[0], raw_keys[1:]) if raw_keys else None
    key = load_verification_key(settings.keys.folder)
    known = known_checkpoints(settings.home, key)
    rooted = [(each.size, each.root_hash) for each in known if each.root_hash is not None]
    report = verify_log(settings.home / "log", key, rooted)
    log = LogReader(settings.home / "log", key)
    refuse_older_log(log, known)
    facts: dict[str, object] = {
        "origin": report.origin,
        "entries": report.size,
        "root hash": report.root_hash,
        "known checkpoints": f"{report.known_checked} remembered outside the log, all prefixes of it",
        "result": "every entry, tile and the checkpoint's signature hold",
    }
    if everything:
        facts |= _all_else(settings.home, log, raw_store)
    print_json(facts) if json_output else print_facts(facts)


def _all_else(home: Path, log: "LogReader", raw_store: "RawStore | None") -> dict[str, object]:
    """Verify what the log tells of; raises EvidenceBroken at the first part that is not so."""
    from evidence.witness import POINTER
    from publish.reading import FOLDER, NoSnapshot, current_snapshot, labelled_names, open_snapshot
    from publish.verification import verify_labelled, verify_snapshots
    from quality.whole_evidence import verify_landing

    landed = verify_landing(home, log, raw_store=raw_store)
    opened = "none opened" if landed.raw_opened is None else f"{landed.raw_opened} opened, each what its hash says"
    facts: dict[str, object] = {
        "batches": f"{landed.batches}, with {landed.landed_rows} rows as their leaves tell",
        "raw bytes": f"{landed.raw_files} files that rows refer to, {_kept_or_removed(landed)}; {opened}",
    }
    if landed.raw_unfinished:
        facts["unfinished removal"] = (
            f"{landed.raw_unfinished} of these files stand in the log as removed and are there still, as a removal was "
            "killed or they were received again: harmless; `assettrail raw expire` finishes it"
        )
    kept = verify_snapshots(home, log)
    facts["snapshots"] = f"{len(kept.tables)} kept, {sum(kept.tables.values())} tables as they were published"
    if labels := labelled_names(home):
        compared_tables = sum(verify_labelled(open_snapshot(home, name), log) for name in labels)
        facts["as known"] = f"{len(labels)} labelled snapshots, {compared_tables} tables as their manifests tell"
    if kept.unfinished:
        facts["unfinished snapshot"] = f"{kept.unfinished[0]}: of a killed publish, not in the log; a build removes it"
    try:
        name = current_snapshot(home).name
    except NoSnapshot:
        if (home / FOLDER / POINTER).is_symlink():
            raise  # It names a snapshot that is not there.
        return facts | {"current snapshot": "none"}
    compared = kept.tables.get(name)
    what = "published meanwhile, not looked at" if compared is None else f"{compared} tables as they were published"
    return facts | {"current snapshot": f"{name}: {what}"}


def _kept_or_removed(landed: "EvidenceReport") -> str:
    if not landed.raw_removed:
        return "all kept"
    kept = landed.raw_files - landed.raw_removed
    return f"{kept} kept, {landed.raw_removed} removed by the retention setting, as the log tells"


@application.command("prove")
def prove(index: Annotated[int, typer.Argument(help="Index of the entry.", min=0)]) -> None:
    """Print the offline proof (C2SP tlog-proof) that an entry is in the log; needs the public key only."""
    from evidence.keys import load_verification_key
    from evidence.log_reader import LogReader

    settings = load_settings()
    log = LogReader(settings.home / "log", load_verification_key(settings.keys.folder))
    typer.echo(log.prove(index).to_text(), nl=False)
