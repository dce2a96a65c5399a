"""What killed runs left in the landing: files that no leaf knows.

Here belongs finding them and setting them aside, never removing them: the log could be the one that lost something.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from assettrail.errors import EvidenceBroken, TransientSourceError
from evidence.durable import TEMPORARY_PREFIX, move_durably
from ingest.schema import STREAMS

if TYPE_CHECKING:
    from ingest.landing_store import LandingStore


def sweep_orphans(store: "LandingStore") -> list[Path]:
    """Set aside what killed runs left in every stream that nobody is landing now; return where it lies now.

    Raises EvidenceBroken when more is unlogged than one kill can leave: then the log is not this landing's,
    and nothing is moved.
    """
    swept: list[Path] = []
    for system, stream in STREAMS:
        if not _has_files(store, system, stream):
            continue
        try:
            with store.locked(system, stream, wait_seconds=0.0):
                store.ledger.refresh()
                swept += sweep_stream(store, system, stream)
        except TransientSourceError:
            continue  # A run is landing this stream; it sweeps by itself.
    return swept


def _has_files(store: "LandingStore", system: str, stream: str) -> bool:
    return store.stream_folder(system, stream).is_dir() or store.quarantine_folder(system, stream).is_dir()


def sweep_stream(store: "LandingStore", system: str, stream: str) -> list[Path]:
    """Set aside the one batch that a kill can leave without a leaf, and remove temporary files, which never had a name.

    The caller holds the lock. Moved, not removed: should the log have lost the leaf, the rows are still there.
    """
    folder = store.stream_folder(system, stream)
    landed = [path for path in folder.glob("date=*/*.parquet") if not _is_logged(store, path)]
    refused = [
        path for path in store.quarantine_folder(system, stream).glob("*.parquet") if not _is_logged(store, path)
    ]
    if len(landed) > 1 or len(refused) > 1:
        raise EvidenceBroken(
            tried=f"to sweep what a killed run left of {system}/{stream} in {store.home}",
            found=f"{len(landed)} landed and {len(refused)} quarantine files that the log does not know",
            expected="at most one of each: the log is written after every batch",
            remedy="the log is older than the landing, or another one: restore the log that belongs to it; "
            "nothing was moved",
        )
    moved = [move_durably(path, store.orphan_folder("landing", system, stream)) for path in landed]
    moved += [move_durably(path, store.orphan_folder("quarantine", system, stream)) for path in refused]
    _remove_temporaries(store, system, stream)
    return moved


def _remove_temporaries(store: "LandingStore", system: str, stream: str) -> None:
    folder = store.stream_folder(system, stream)
    temporary = [
        path
        for where in (*folder.glob("date=*"), store.quarantine_folder(system, stream))
        for path in where.glob(f"{TEMPORARY_PREFIX}*")
    ]
    for path in temporary:
        path.unlink(missing_ok=True)


def _is_logged(store: "LandingStore", path: Path) -> bool:
    return store.ledger.find(path.stem) is not None
