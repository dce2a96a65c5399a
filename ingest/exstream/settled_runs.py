"""Runs of a drop folder that an earlier ingest read whole, so that a folder costs what is new in it.

Here belong how a run lies in its folder, and the index of those that need not be read again. What a run holds is a
function of its bytes and of the settings, so that a run that lies as it lay says nothing new. The index is derived: it
counts for the settings, the log and the rejections that it was made with, and where it is deleted, damaged or counts no
more, every run is read, which lands nothing twice. Which runs are read whole is `drop_folder`.
Why: docs/decisions/0069-a-run-that-lies-as-it-lay-is-not-read-again.md.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from assettrail import __version__
from assettrail.settings import Settings
from evidence.durable import write_durably
from evidence.leaves import encode_leaf
from evidence.merkle import leaf_hash
from ingest.landing_store import LandingStore
from ingest.ledger import LoggedBatch
from ingest.schema import stream_schema

_SYSTEM: Final = "exstream"
_EXSTREAM_SETTINGS: Final = frozenset(
    {
        "asset_use_report_artifact",
        "domains",
        "engine_zone",
        "html_outputs_per_run",
        "kept_delivery_keys",
        "kept_profile_fields",
        "recipient_keys",
        "run_layout",
    }
)
_CLOUDINARY_SETTINGS: Final = frozenset({"cloud_name", "delivery_hosts"})
_FINE: Final = 1_000_000
"""Nanoseconds of which the times of a coarse file system are a multiple: it tells two writings in one step alike."""
_COARSE_UNTIL: Final = 60_000_000_000
"""Nanoseconds after which a coarse time is believed: the longest step (2 s), and a file server's clock that lags."""


def as_it_lies(folder: Path) -> str | None:
    """How a run lies in its folder: SHA-256 (lower-case hex) over its path and each name, size and time below it.

    Times are those of content and of entry, in nanoseconds: a file that is written over with its old time is another
    one. None where that does not tell: something cannot be looked at, a link lies there, as what it leads to changes
    elsewhere, or a file is so young that a file system of coarse times would not show its next writing.
    """
    digest = hashlib.sha256(os.fsencode(folder))
    try:
        for path, found in sorted(_below(folder)):
            if _may_change_unseen(found.st_ctime_ns):
                return None
            digest.update(os.fsencode(path))
            digest.update(f"\0{found.st_size}\0{found.st_mtime_ns}\0{found.st_ctime_ns}\n".encode())
    except OSError:
        return None
    return digest.hexdigest()


def _may_change_unseen(entered: int) -> bool:
    """Whether a file that is written now could have the time that it has."""
    return entered % _FINE == 0 and time.time_ns() - entered < _COARSE_UNTIL


def _below(folder: Path) -> Iterator[tuple[str, os.stat_result]]:
    """What lies below a folder, as the disk tells it. Raises OSError where that does not tell of it, as with a link."""
    left = [os.fspath(folder)]
    while left:
        with os.scandir(left.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    left.append(entry.path)
                elif entry.is_symlink():
                    raise OSError(errno.ELOOP, "a symbolic link", entry.path)
                else:
                    yield entry.path, entry.stat()


def meaning_of_files(settings: Settings, streams: Collection[str]) -> str:
    """What the files of a run mean by the settings, mappings, columns and release of now: SHA-256 in lower-case hex.

    Raises OSError when a mapping is gone.
    """
    exstream, cloudinary = settings.exstream, settings.cloudinary
    told = {
        "release": __version__,
        "exstream": exstream.model_dump(mode="json", include=set(_EXSTREAM_SETTINGS)) if exstream else None,
        "cloudinary": cloudinary.model_dump(mode="json", include=set(_CLOUDINARY_SETTINGS)) if cloudinary else None,
        "mappings": [hashlib.sha256(path.read_bytes()).hexdigest() for path in exstream.report_mappings]
        if exstream
        else [],
        "columns": {stream: str(stream_schema(_SYSTEM, stream).arrow_schema()) for stream in streams},
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


class SettledRuns:
    """The runs of one folder that were read whole and landed, each by how it lay (`as_it_lies`).

    `meaning` is `meaning_of_files`. An index counts while the log holds the batch that was its newest, no batch of
    Exstream was rejected since, and files mean the same: what was rejected is read again.
    """

    def __init__(self, store: LandingStore, folder: Path, meaning: str) -> None:
        name = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:24]
        self._path = store.home / "settled_runs" / f"{name}.json"
        self._ledger = store.ledger
        self._meaning = meaning
        self._rejections = 0

    def known(self) -> frozenset[str]:
        """The runs that need not be read as long as they lie as they lay; none where the index does not count."""
        batches = self._batches()
        self._rejections = _rejections(batches)
        try:
            index = json.loads(self._path.read_bytes())
            newest = self._ledger.at(index["log_index"])
            counts = (
                index["meaning"] == self._meaning
                and index["rejections"] == self._rejections
                and newest is not None
                and index["leaf"] == _leaf(newest)
            )
            return frozenset(index["runs"]) if counts else frozenset()
        except (OSError, ValueError, KeyError, TypeError):
            return frozenset()

    def keep(self, runs: Collection[str]) -> None:
        """Note the runs that were read whole and have landed; what is not among them is read again.

        Nothing is noted when a batch was rejected since `known`: it may be of them. Raises ConfigurationError when the
        disk refuses.
        """
        batches = self._batches()
        if not batches or _rejections(batches) != self._rejections:
            return
        newest = batches[-1]
        index = {
            "meaning": self._meaning,
            "rejections": self._rejections,
            "log_index": newest.log_index,
            "leaf": _leaf(newest),
            "runs": sorted(runs),
        }
        write_durably(self._path, json.dumps(index).encode())

    def _batches(self) -> list[LoggedBatch]:
        self._ledger.refresh()
        return [batch for batch in self._ledger.batches() if batch.leaf.system == _SYSTEM]


def _rejections(batches: Collection[LoggedBatch]) -> int:
    return sum(batch.standing == "rejected" for batch in batches)


def _leaf(batch: LoggedBatch) -> str:
    return leaf_hash(encode_leaf(batch.leaf)).hex()
