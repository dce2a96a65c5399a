"""Which row hashes of a stream have landed: sorted runs on disk, so that landing costs what is new.

Here belongs the look-up of row hashes among those of earlier batches. It is derived: deleted, damaged or older than
the log, it is made again from the landed Parquet files. What counts as new is decided by `ingest.rows`; what stands
in the log is `ingest.ledger`. A run holds the first 16 bytes of each row hash as two big-endian 64-bit numbers, sorted
by the first; equal content has an equal hash, so that a hash alone says "this very event has landed".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evidence.durable import write_durably

Numbers = NDArray[np.uint64]
Hashes = NDArray[np.uint64]
"""Row hashes as an array of shape (n, 2)."""

_MANIFEST: Final = "manifest.json"


@dataclass(frozen=True)
class BatchHashes:
    """A batch that counts as landed: its log index, and how its row hashes (32 bytes each) are read when needed."""

    log_index: int
    read: Callable[[], bytes]


@dataclass(frozen=True)
class _Run:
    """One sorted file and the batches (log indexes) that it holds."""

    name: str
    rows: int
    sha256: str
    batches: tuple[int, ...]


def hash_numbers(row_hashes: bytes) -> Hashes:
    """The first 16 bytes of each row hash (32 bytes each, one behind the other) as two numbers."""
    return np.frombuffer(row_hashes, dtype=">u8").reshape(-1, 4)[:, :2].astype(np.uint64)


class LandedHashes:
    """The row hashes of one stream's landed batches; the caller holds the stream's lock."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def contains(self, hashes: Hashes, batches: Sequence[BatchHashes]) -> NDArray[np.bool_]:
        """Say of each hash whether one of these batches has it; runs that do not fit the batches are made anew."""
        found = np.zeros(len(hashes), dtype=np.bool_)
        runs = [run for run in self._runs_of(batches) if run.rows]
        if not runs:
            return found
        # In order, one look-up begins where the one before it ended, in what the processor has at hand.
        order = np.argsort(hashes[:, 0])
        ordered = hashes[order]
        for run in runs:
            # All of it was read to see that it is sound; what is looked at is not taken into memory once more.
            numbers = np.memmap(self._folder / run.name, dtype=np.uint64, mode="r").reshape(2, -1)
            found[order] |= _is_in(ordered, numbers[0], numbers[1])
        return found

    def _runs_of(self, batches: Sequence[BatchHashes]) -> list[_Run]:
        """The runs that hold exactly these batches, with what is missing added."""
        wanted = {batch.log_index for batch in batches}
        runs = self._sound_runs()
        if any(not wanted.issuperset(run.batches) for run in runs):
            runs = []
        covered = {index for run in runs for index in run.batches}
        missing = [batch for batch in batches if batch.log_index not in covered]
        if not missing and len(runs) == len(list(self._folder.glob("*.run"))):
            return runs
        for batch in missing:
            runs = self._with(runs, batch)
        self._write_manifest(runs)
        return runs

    def _with(self, runs: list[_Run], batch: BatchHashes) -> list[_Run]:
        """Add a batch as a run of its own, joined with those before it that are not more than twice as long."""
        numbers = hash_numbers(batch.read())
        parts, indexes, kept = [numbers], [batch.log_index], list(runs)
        while kept and kept[-1].rows <= 2 * sum(len(part) for part in parts):
            last = kept.pop()
            parts.append(np.fromfile(self._folder / last.name, dtype=np.uint64).reshape(2, -1).T)
            indexes += last.batches
        joined = np.concatenate(parts)
        ordered = joined[np.argsort(joined[:, 0], kind="stable")].T
        data = np.ascontiguousarray(ordered).tobytes()
        sha256 = hashlib.sha256(data).hexdigest()
        write_durably(self._folder / f"{sha256[:24]}.run", data)
        return [*kept, _Run(f"{sha256[:24]}.run", len(joined), sha256, tuple(sorted(indexes)))]

    def _sound_runs(self) -> list[_Run]:
        """The runs of the manifest, or none when one is not as it was written: a wrong run would lose records."""
        try:
            found = json.loads((self._folder / _MANIFEST).read_bytes())
            runs = [_Run(one["name"], one["rows"], one["sha256"], tuple(one["batches"])) for one in found]
        except (OSError, ValueError, KeyError, TypeError):
            return []
        return runs if all(self._is_sound(run) for run in runs) else []

    def _is_sound(self, run: _Run) -> bool:
        try:
            with (self._folder / run.name).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == run.sha256
        except OSError:
            return False

    def _write_manifest(self, runs: Sequence[_Run]) -> None:
        write_durably(self._folder / _MANIFEST, json.dumps([asdict(run) for run in runs]).encode())
        names = {run.name for run in runs}
        for path in self._folder.glob("*.run"):
            if path.name not in names:
                path.unlink(missing_ok=True)


def _is_in(hashes: Hashes, first: Numbers, second: Numbers) -> NDArray[np.bool_]:
    """Say of each hash whether it stands in a run; several entries may share their first number."""
    found = np.zeros(len(hashes), dtype=np.bool_)
    at = np.searchsorted(first, hashes[:, 0])
    open_positions = np.arange(len(hashes))
    while len(open_positions):
        within = at[open_positions] < len(first)
        open_positions = open_positions[within]
        places = at[open_positions]
        alike = first[places] == hashes[open_positions, 0]
        open_positions, places = open_positions[alike], places[alike]
        equal = second[places] == hashes[open_positions, 1]
        found[open_positions[equal]] = True
        open_positions = open_positions[~equal]
        at[open_positions] += 1
    return found
