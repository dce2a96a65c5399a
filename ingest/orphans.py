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

    Only a stream in which something lies is held: holding all of them, at each opening of the landing, waits for the
    disk some forty times. What a run is just writing looks the same, and is held by that run.
    Raises EvidenceBroken when more is unlogged than one kill can leave: then the log is not this landing's,
    and nothing is moved.
    """
    swept: list[Path] = []
    for system, stream in STREAMS:
        if not any(_left_behind(store, system, stream)):
            continue
        try:
            with store.locked(system, stream, wait_seconds=0.0):
                store.ledger.refresh()
                swept += sweep_stream(store, system, stream)
        except TransientSourceError:
            continue  # A run is landing this stream; it sweeps by itself.
    return swept


def sweep_stream(store: "LandingStore", system: str, stream: str) -> list[Path]:
    """Set aside the one batch that a kill can leave without a leaf, and remove temporary files, which never had a name.

    The caller holds the lock. Moved, not removed: should the log have lost the leaf, the rows are still there.
    """
    landed, refused, temporary = _left_behind(store, system, stream)
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
    for path in temporary:
        path.unlink(missing_ok=True)
    return moved


def _left_behind(store: "LandingStore", system: str, stream: str) -> tuple[list[Path], list[Path], list[Path]]:
    """Return the landed and the quarantine files of a stream that the ledger does not know, and its temporary files."""
    folder, quarantine = store.stream_folder(system, stream), store.quarantine_folder(system, stream)
    landed = [path for path in folder.glob("date=*/*.parquet") if not _is_logged(store, path)]
    refused = [path for path in quarantine.glob("*.parquet") if not _is_logged(store, path)]
    temporary = [path for where in (*folder.glob("date=*"), quarantine) for path in where.glob(f"{TEMPORARY_PREFIX}*")]
    return landed, refused, temporary


def _is_logged(store: "LandingStore", path: Path) -> bool:
    return store.ledger.find(path.stem) is not None
