"""Writing a snapshot: build aside, fsync, give it its name, append the leaf, swap the pointer.

Here belongs the order of those steps, which is what makes a kill at any point harmless: a reader follows the
pointer, and the pointer only ever names a complete snapshot that the log knows. Old snapshots leave by the
retention rule at the end of this module.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from assettrail.errors import EvidenceBroken
from evidence.file_lock import file_lock
from evidence.leaves import PublishLeaf, decode_leaf, encode_leaf, publish_leaves
from evidence.log_reader import LogReader
from evidence.refusing_disk import disk_told
from evidence.witness import MANIFEST, POINTER, known_checkpoints, refuse_older_log
from ingest.landing_store import LandingStore
from publish.content import TableContent, table_content
from publish.exceptions_seen import Publication, publications
from publish.files import (
    TableWords,
    build_connection,
    built_tables,
    data_until,
    file_facts,
    fsync_folder,
    fsync_tree,
    write_tables,
)
from publish.origin import MadeBy
from publish.pipeline_state import PipelineState, PublishedBuild, builds_told
from publish.reading import (
    FOLDER,
    NoSnapshot,
    Snapshot,
    current_snapshot,
    open_snapshot,
    snapshot_names,
)
from publish.report_words import ReportWords, reports_in_manifest

BUILDING = ".building-"
RETIRED = ".retired-"
_REFUSED = (duckdb.IOException, duckdb.TransactionException, duckdb.FatalException)
"""How DuckDB tells that it cannot read, write or commit a file."""


@dataclass(frozen=True)
class BuildOutcome:
    """What a build tells of itself for the manifest: how its checks ended, what it read, and what made it.

    `read_entries` of the log decided what it read; `keys` names the column that is each table's key; `not_in_use` are
    the controls of no use here; `column_map_sha256` is the document of what the columns are made of, for the log;
    `pipeline` is how the pipeline stood; `words` is what tables, and their columns, mean; `reports` what each report is
    for; `failed_checks` names those that failed and stop no build. All of them and `made_by` are None or empty where
    the build does not tell.
    """

    checks_passed: int
    checks_failed: int
    read_entries: int | None = None
    made_by: MadeBy | None = None
    keys: Mapping[str, str] = field(default_factory=dict)
    column_map_sha256: str | None = None
    not_in_use: tuple[str, ...] = ()
    pipeline: PipelineState | None = None
    words: Mapping[str, TableWords] = field(default_factory=dict)
    reports: Mapping[str, ReportWords] = field(default_factory=dict)
    failed_checks: tuple[str, ...] = ()

    def in_manifest(self) -> dict[str, Any]:
        """Return the part of a manifest that tells of the build; what was read stands beside the log's size."""
        return {
            "checks": {"passed": self.checks_passed, "failed": self.checks_failed},
            "failed_checks": list(self.failed_checks),
            "made_by": self.made_by.to_manifest() if self.made_by else None,
            "keys": dict(self.keys),
            "controls_not_in_use": list(self.not_in_use),
            "pipeline": self.pipeline.to_manifest() if self.pipeline else None,
            "reports": reports_in_manifest(self.reports),
        }


def publish(store: LandingStore, home: Path, outcome: BuildOutcome) -> Snapshot:
    """Publish the build file as a new snapshot and make it the current one; one publish at a time.

    Raises ContractBroken when the build file or one of its expected tables is missing, TransientSourceError when
    another process publishes, ConfigurationError when the disk refuses, EvidenceBroken when the log is older than what
    is remembered of it, or does not belong to the snapshots that are there.
    """
    snapshots = home / FOLDER
    with (
        disk_told("to publish a snapshot", home, *_REFUSED),
        file_lock(snapshots / ".lock", "the publishing of snapshots"),
    ):
        return _publish(store, home, outcome)


def _publish(store: LandingStore, home: Path, outcome: BuildOutcome) -> Snapshot:
    snapshots = home / FOLDER
    refuse_older_log(store.log, known_checkpoints(home, store.log.verification_key))
    published = list(published_leaves(store.log))
    sweep(store, home, published)
    checkpoint = store.log.checkpoint()
    with build_connection(home) as connection:
        tables = built_tables(connection)
        contents = {table: table_content(connection, "build", table) for table in tables}
        until = data_until(connection, outcome.not_in_use)
        name = _snapshot_name(until, checkpoint.size)
        building = snapshots / f"{BUILDING}{name}"
        building.mkdir()
        opened, closed = _exception_changes(connection, _open_exceptions(published))
        now = store.clock.now()
        mine = Publication(name, checkpoint.size, now, opened, closed)
        beside = write_tables(connection, building, tables, outcome.words, [*publications(published), mine])
    told = _manifest(store, home, name, now, until, contents, outcome, published)
    manifest = {**told, "beside": beside, "files": file_facts(building)}
    (building / MANIFEST).write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    fsync_tree(building)
    building.rename(snapshots / name)
    fsync_folder(snapshots)
    leaf = PublishLeaf(
        name,
        manifest["tables"],
        opened,
        closed,
        store.clock.now(),
        column_map_sha256=outcome.column_map_sha256,
        created_at=now,
    )
    store.log.append([encode_leaf(part) for part in publish_leaves(leaf)])
    point_to(home, name)
    return open_snapshot(home, name)


def point_to(home: Path, name: str) -> None:
    """Swap the pointer to the snapshot of that name: one rename, so readers see the old one or the new one."""
    snapshots = home / FOLDER
    fresh = snapshots / f".{POINTER}-{os.getpid()}"
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(name)
    fresh.replace(snapshots / POINTER)
    fsync_folder(snapshots)


def sweep(store: LandingStore, home: Path, published: Sequence[PublishLeaf]) -> None:
    """Remove what a killed publish or retirement left: hidden folders, and one named folder without its leaf.

    Raises EvidenceBroken, with nothing removed, where more is unlogged than one kill can leave, what was written on
    another history of the log, or what the pointer names: snapshots remember the log, and show when it was cut back.
    """
    known = {leaf.snapshot for leaf in published}
    entries = list((home / FOLDER).iterdir())
    folders = [entry for entry in entries if entry.is_dir() and not entry.is_symlink()]
    unlogged = [entry for entry in folders if not entry.name.startswith(".") and entry.name not in known]
    if len(unlogged) > 1 or not all(is_of_a_killed_publish(store.log, entry) for entry in unlogged):
        raise EvidenceBroken(
            tried=f"to sweep what a killed publish left in {home / FOLDER}",
            found="folders that the log does not know: " + ", ".join(sorted(entry.name for entry in unlogged)),
            expected="at most one, written on this log and never current: the log is written right after a snapshot "
            "has its name, and the pointer after the log",
            remedy="the log is older than these snapshots, or another one: restore the log that belongs to them and "
            "run `assettrail log verify`; a copy of your own belongs elsewhere; nothing was removed",
        )
    for folder in [*unlogged, *(entry for entry in folders if entry.name.startswith("."))]:
        shutil.rmtree(folder)
    for entry in entries:
        if entry.is_symlink() and entry.name != POINTER:
            entry.unlink()


def is_of_a_killed_publish(log: LogReader, folder: Path) -> bool:
    """Say whether the folder's manifest names a state that this log went through, and the pointer never named it."""
    pointer = folder.with_name(POINTER)
    if pointer.is_symlink() and pointer.readlink().name == folder.name:
        return False
    try:
        stated = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["log"]
        size, root_hash = int(stated["size"]), stated["root_hash"]
    except (OSError, ValueError, TypeError, KeyError):
        return False
    return log.root_hashes([size]).get(size) == str(root_hash)


def published_leaves(log: LogReader, until: int | None = None) -> Iterator[PublishLeaf]:
    """Give every publish leaf in the order of the log; with `until`, of its first so many entries."""
    for index, entry in log.entries():
        if index == until:
            return
        leaf = decode_leaf(entry)
        if isinstance(leaf, PublishLeaf):
            yield leaf


def retire(home: Path, keep: int) -> list[str]:
    """Remove old snapshots; the newest `keep`, the last of each month and the current one stay.

    Return the names removed. A reader that has one of them open reads on; each is hidden first, so that nobody finds
    a part of it.
    """
    names = list(snapshot_names(home))
    last_of_month = {name[:6]: name for name in names}
    staying = {*names[-keep:], *last_of_month.values(), current_snapshot(home).name}
    leaving = [name for name in names if name not in staying]
    with disk_told("to retire old snapshots", home):
        for name in leaving:
            hidden = home / FOLDER / f"{RETIRED}{name}"
            (home / FOLDER / name).rename(hidden)
            shutil.rmtree(hidden)
    return leaving


def _snapshot_name(until: datetime | None, log_size: int) -> str:
    """Return a name that sorts by what the snapshot knows: data until, then the size of the log."""
    stamp = f"{until:%Y%m%dT%H%M%SZ}" if until else "00000000T000000Z"
    return f"{stamp}-{log_size:08d}"


def _manifest(
    store: LandingStore,
    home: Path,
    name: str,
    now: datetime,
    until: datetime | None,
    contents: Mapping[str, TableContent],
    outcome: BuildOutcome,
    published: Sequence[PublishLeaf],
) -> dict[str, Any]:
    checkpoint = store.log.checkpoint()
    previous = published[-1].snapshot if published else None
    pipeline = outcome.pipeline
    mine = PublishedBuild(
        snapshot=name,
        created_at=now,
        data_until=until,
        log_size=checkpoint.size,
        is_increment=pipeline.is_increment if pipeline else None,
        why=pipeline.why if pipeline else None,
        checks_passed=outcome.checks_passed,
        checks_failed=outcome.checks_failed,
    )
    return {
        "name": name,
        "created_at": now.isoformat(),
        "data_until": until.isoformat() if until else None,
        "log": {
            "size": checkpoint.size,
            "root_hash": checkpoint.root_hash,
            "read_entries": outcome.read_entries,
        },
        "tables": {table: asdict(content) for table, content in contents.items()},
        "previous": previous,
        "builds": builds_told(mine, _manifest_of(home, previous)),
        **outcome.in_manifest(),
    }


def _manifest_of(home: Path, name: str | None) -> Mapping[str, Any]:
    """Return the manifest of a snapshot, nothing of one that retention removed."""
    try:
        return open_snapshot(home, name).manifest if name else {}
    except NoSnapshot:
        return {}


def _open_exceptions(published: Sequence[PublishLeaf]) -> set[str]:
    """Return the keys of the exceptions that stood open after the last publish: the log tells, not a file."""
    keys: set[str] = set()
    for leaf in published:
        keys |= set(leaf.exceptions_opened)
        keys -= set(leaf.exceptions_closed)
    return keys


def _exception_changes(
    connection: duckdb.DuckDBPyConnection, before: set[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the keys of the exceptions that this snapshot opens and closes."""
    rows = connection.execute("SELECT exception_key FROM build.marts.fct_exceptions").fetchall()
    now = {str(row[0]) for row in rows}
    return tuple(sorted(now - before)), tuple(sorted(before - now))
