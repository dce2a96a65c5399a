"""Snapshots of what was known at an earlier state of the log: labelled, kept beside the published ones.

Here belongs writing one and saying which published snapshot it must equal. It is never the current one, has no entry
in the log (it can be made again at any time), and stays until somebody removes its folder: retention never does.
How its build is made is the business of `orchestration`.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from evidence.durable import write_durably
from evidence.history import LogState
from evidence.leaves import BatchLeaf, DispositionLeaf, PublishLeaf, decode_leaf
from evidence.log_reader import LogReader
from evidence.witness import MANIFEST
from publish.content import table_content
from publish.exceptions_seen import Publication
from publish.files import (
    build_connection,
    built_tables,
    data_until,
    file_facts,
    fsync_folder,
    fsync_tree,
    write_tables,
)
from publish.origin import MadeBy, made_differently
from publish.reading import LABELLED, NoSnapshot, Snapshot, labelled_names, open_snapshot
from publish.snapshot import BUILDING, BuildOutcome


@dataclass(frozen=True)
class KnownThen:
    """The state of the log that a build was cut at, and what stood open then.

    `held` are the batches whose rows waited for a person's decision, and are thus not in it; `unsound` says why
    nothing could have been published then, None where it could. `published` are the publishes of until then.
    """

    state: LogState
    held: tuple[str, ...]
    unsound: str | None
    published: Sequence[Publication]


@dataclass(frozen=True)
class Likeness:
    """A snapshot that was published from the same records: whether it has the same content, and if not, why.

    `tables` differ in content; `versions` says what made the two differently, None where its manifest is not kept.
    """

    snapshot: str
    tables: tuple[str, ...]
    versions: tuple[str, ...] | None

    @property
    def is_same(self) -> bool:
        """Whether every table has the same content."""
        return not self.tables


def as_known_name(state: LogState, made_by: MadeBy) -> str:
    """Return the name of the snapshot of a state by these models: the same name, the same content."""
    return f"as-known-{state.size:08d}-{made_by.fingerprint()[:8]}"


def kept_as_known(home: Path, name: str) -> Snapshot | None:
    """Return the labelled snapshot of that name, None where there is none (any more)."""
    return open_snapshot(home, name) if name in labelled_names(home) else None


def keep_as_known(
    home: Path, build_home: Path, outcome: BuildOutcome, known: KnownThen, created_at: datetime
) -> Snapshot:
    """Write the build under `build_home` as a labelled snapshot under `home`; whoever calls holds the build.

    It is written aside and fsynced, then one rename gives it its name. Raises ContractBroken when a table is missing.
    """
    folder = home / LABELLED
    folder.mkdir(parents=True, exist_ok=True)
    for rest in folder.glob(f"{BUILDING}*"):
        shutil.rmtree(rest)
    if outcome.made_by is None:
        raise AssertionError("a build for a labelled snapshot knows what made it")
    name = as_known_name(known.state, outcome.made_by)
    building = folder / f"{BUILDING}{name}"
    building.mkdir()
    with build_connection(build_home) as connection:
        tables = built_tables(connection)
        until = data_until(connection, outcome.not_in_use)
        contents = {table: asdict(table_content(connection, "build", table)) for table in tables}
        beside = write_tables(connection, building, tables, outcome.words, known.published)
    manifest = {
        "name": name,
        "created_at": created_at.isoformat(),
        "data_until": until.isoformat() if until else None,
        "as_known_at": known.state.logged_at.isoformat(),
        "log": {
            "size": known.state.size,
            "root_hash": known.state.root_hash,
            "read_entries": outcome.read_entries,
        },
        "held_batches": list(known.held),
        "unsound": known.unsound,
        "tables": contents,
        "beside": beside,
        "files": file_facts(building),
        **outcome.in_manifest(),
    }
    write_durably(building / MANIFEST, json.dumps(manifest, indent=2, sort_keys=True).encode() + b"\n")
    fsync_tree(building)
    building.rename(folder / name)
    fsync_folder(folder)
    return open_snapshot(home, name)


def published_likenesses(home: Path, log: LogReader, labelled: Snapshot) -> list[Likeness]:
    """Compare a labelled snapshot with every published one that was made from the same records, oldest first.

    The log has the content hashes of all that were ever published, also of those that retention removed.
    """
    wanted = labelled.manifest["log"]["read_entries"]
    mine: Mapping[str, Any] = labelled.manifest["tables"]
    found = []
    for leaf, read_entries in _published_with_read_entries(log):
        manifest = _manifest_of(home, leaf.snapshot)
        if (manifest.get("log") or {}).get("read_entries", read_entries) != wanted:
            continue
        theirs = leaf.tables
        tables = sorted(name for name in mine.keys() | theirs.keys() if mine.get(name) != theirs.get(name))
        found.append(Likeness(leaf.snapshot, tuple(tables), made_differently(labelled.manifest, manifest)))
    return found


def _published_with_read_entries(log: LogReader) -> Iterator[tuple[PublishLeaf, int]]:
    """Give each publish with the number of entries that decided what was landed when it began.

    A snapshot's name ends in the log's size of that moment; a landing may have gone on until its leaf.
    """
    read = [0]
    for index, entry in log.entries():
        leaf = decode_leaf(entry)
        read.append(index + 1 if isinstance(leaf, BatchLeaf | DispositionLeaf) else read[-1])
        if isinstance(leaf, PublishLeaf) and leaf.part == 1:
            yield leaf, read[min(int(leaf.snapshot.rpartition("-")[2]), index)]


def _manifest_of(home: Path, name: str) -> Mapping[str, Any]:
    try:
        return open_snapshot(home, name).manifest
    except NoSnapshot:
        return {}


def same_content(likenesses: Sequence[Likeness]) -> list[str]:
    """Return the names of the published snapshots that have the same content in every table."""
    return [each.snapshot for each in likenesses if each.is_same]
