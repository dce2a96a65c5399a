"""`assettrail build --as-known-at`: what was known at an earlier state of the log, as a labelled snapshot.

Here belongs what is printed of one. How it is built is `orchestration`, what it must equal `publish.as_known`.
"""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from assettrail.clock import clock_from
from assettrail.output import text_of
from assettrail.settings import load_settings

if TYPE_CHECKING:
    from evidence.log_reader import LogReader
    from publish.as_known import Likeness
    from publish.reading import Snapshot

TOLD_TABLES = 8


def build_as_known(at: str) -> None:
    """Build what was known at `at`, then tell what it is, how to read it, and that nothing was published."""
    from evidence.history import state_at
    from evidence.keys import load_verification_key
    from evidence.log_reader import LogReader
    from orchestration.running import run_job
    from publish.as_known import published_likenesses
    from publish.reading import open_snapshot

    settings = load_settings()
    log = LogReader(settings.home / "log", load_verification_key(settings.keys.folder))
    state = state_at(log, at, clock_from(settings).now())
    result = run_job("build_as_known", settings.home, config={"as_known_snapshot": {"config": {"at": str(state.size)}}})
    snapshot = open_snapshot(settings.home, str(result.output_for_node("as_known_snapshot")))
    _tell(settings.home, log, snapshot)
    for likeness in published_likenesses(settings.home, log, snapshot):
        typer.echo(likeness_in_words(likeness))


def _tell(home: Path, log: "LogReader", snapshot: "Snapshot") -> None:
    from publish.reading import NoSnapshot, current_snapshot

    manifest = snapshot.manifest
    known_at, stated = datetime.fromisoformat(manifest["as_known_at"]), manifest["log"]
    size = log.checkpoint().size
    typer.echo(
        f"snapshot {snapshot.name}: as known at {text_of(known_at)}, {stated['size']} of {size} entries of the log "
        f"(root {stated['root_hash'][:16]}), data until {manifest['data_until']}, {snapshot.database}"
    )
    if manifest["held_batches"]:
        typer.echo(f"not in it, as they were held then: {', '.join(manifest['held_batches'])}")
    if manifest["unsound"]:
        typer.echo(f"nothing could have been published then: {manifest['unsound']}")
    try:
        current = current_snapshot(home).name
    except NoSnapshot:
        current = "none"
    typer.echo(
        f'read it with `assettrail sql --snapshot {snapshot.name} "…"`, in reports with ?snapshot={snapshot.name}'
    )
    typer.echo(
        f"it is no published snapshot: the current one stays {current}; it is kept until you remove {snapshot.folder}"
    )


def likeness_in_words(likeness: "Likeness") -> str:
    """Return whether a published snapshot of the same records has the same content, and what else made it."""
    if likeness.is_same:
        return f"published then as {likeness.snapshot}: the same content in every table"
    more = len(likeness.tables) - TOLD_TABLES
    tables = ", ".join(likeness.tables[:TOLD_TABLES]) + (f" and {more} more" if more > 0 else "")
    if likeness.versions is None:
        why = "its manifest is not kept, so that what made it is not known"
    elif likeness.versions:
        why = "they were made by different versions (now and then): " + "; ".join(likeness.versions)
    else:
        why = "both were made by the same versions: this must not be; run `assettrail log verify --all`"
    return f"published then as {likeness.snapshot}: other content in {tables}; {why}"
