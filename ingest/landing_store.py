"""The landing of one installation: its folders, its locks, the log, the raw store and the clock.

Here belongs opening a home's landing, and what its writers share. Landing an extract is `landing`, what a killed run
left behind `orphans`, the files' shape `landed_files`.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import get_ident
from typing import BinaryIO, Final, Literal

from assettrail.clock import Clock
from assettrail.settings import Settings
from evidence.durable import make_home
from evidence.file_lock import file_lock
from evidence.keys import KeyRing, load_keys, remember_keys
from evidence.log import Log
from evidence.raw_store import RawStore, StagedRaw
from evidence.refusing_disk import disk_told
from evidence.rotation import record_rotations
from evidence.witness import known_checkpoints, refuse_older_log, witness_file
from ingest.allocator import give_memory_back
from ingest.ledger import Ledger
from ingest.orphans import sweep_orphans

LOCK_WAIT_SECONDS: Final = 60.0


class LandingFolders:
    """Where the files of one installation's landing lie under `home`."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.folder = home / "landing"

    def stream_folder(self, system: str, stream: str) -> Path:
        """The folder of a stream's landed Parquet."""
        return self.folder / system / stream

    def landed_path(self, system: str, stream: str, load_id: str) -> Path:
        """The Parquet file of a batch: `landing/<system>/<stream>/date=YYYY-MM-DD/<load_id>.parquet`."""
        day = f"date={load_id[:4]}-{load_id[4:6]}-{load_id[6:8]}"
        return self.stream_folder(system, stream) / day / f"{load_id}.parquet"

    def quarantine_folder(self, system: str, stream: str) -> Path:
        """The folder of a stream's quarantined records."""
        return self.home / "quarantine" / system / stream

    def quarantine_path(self, system: str, stream: str, load_id: str) -> Path:
        """The Parquet file of a batch's quarantined records."""
        return self.quarantine_folder(system, stream) / f"{load_id}.parquet"

    def orphan_folder(self, kind: Literal["landing", "quarantine"], system: str, stream: str) -> Path:
        """The folder of files that no leaf knows: kept for a person to look at, read by nobody."""
        return self.home / "quarantine" / "orphans" / kind / system / stream


class LandingStore(LandingFolders):
    """The landing of one installation: folders under `home`, the log, the raw store and the clock.

    Open it with `LandingStore.open`. Not shared between processes; two processes each open their own.
    """

    def __init__(self, home: Path, log: Log, raw: RawStore, clock: Clock, lock_wait_seconds: float) -> None:
        super().__init__(home)
        self.log = log
        self.raw = raw
        self.clock = clock
        self.ledger = Ledger(log)
        self._lock_wait_seconds = lock_wait_seconds
        self._held: set[tuple[int, str, str]] = set()

    @classmethod
    def open(cls, settings: Settings, clock: Clock, lock_wait_seconds: float = LOCK_WAIT_SECONDS) -> "LandingStore":
        """Open the landing that the settings name, and set aside what a killed run left behind.

        Every lock of this store, the log's among them, is waited for at most `lock_wait_seconds`. Raises
        ConfigurationError when a key is missing or not this home's or the disk refuses, EvidenceBroken when the log
        does not hold, is older than what is remembered of it, or does not belong to the landing.
        """
        give_memory_back()
        keys = load_keys(settings.keys.folder)
        with disk_told("to open the landing", settings.home):
            return cls._opened(settings, keys, clock, lock_wait_seconds)

    @classmethod
    def _opened(cls, settings: Settings, keys: KeyRing, clock: Clock, lock_wait_seconds: float) -> "LandingStore":
        make_home(settings.home)
        rotations = remember_keys(settings.home, keys)
        known = known_checkpoints(settings.home, keys.signing_key.verification_key)
        log = Log.open(
            settings.home / "log",
            settings.evidence.log_origin,
            keys.signing_key,
            lock_wait_seconds,
            witness=witness_file(settings.home),
        )
        refuse_older_log(log, known)
        if rotations:
            record_rotations(settings.home, keys, rotations, log, clock.now())
        raw = RawStore(settings.home / "raw", keys.raw_key, keys.older_raw_keys, lock_wait_seconds)
        store = cls(settings.home, log, raw, clock, lock_wait_seconds)
        store.ledger.refresh()
        sweep_orphans(store)
        return store

    def cursor(self, system: str, stream: str) -> Mapping[str, object] | None:
        """The cursor from which the stream goes on, as the log has it now; None: from the beginning."""
        self.ledger.refresh()
        return self.ledger.cursor(system, stream)

    def put_raw(self, data: bytes) -> str:
        """Keep bytes as received, sealed, and return their SHA-256 in lower-case hex.

        Raises ConfigurationError with the free bytes when the disk refuses.
        """
        with disk_told("to keep raw bytes", self.home):
            return self.raw.put(data)

    def put_raw_file(self, path: Path) -> str:
        """Keep the bytes of a file as they lie there, sealed, in constant memory; return their SHA-256.

        Raises ConfigurationError with the free bytes when the disk refuses, OSError when the file cannot be read.
        """
        with disk_told("to keep raw bytes", self.home):
            return self.raw.put_file(path)

    def stage_raw_open(self, source: BinaryIO, called: str) -> StagedRaw:
        """Seal the bytes of an open file, in constant memory; `keep_staged` keeps them.

        `called` is what messages call it. Raises FileChanged when the file changes meanwhile, OSError when it cannot be
        read, and ConfigurationError with the free bytes when the disk refuses.
        """
        with disk_told("to keep raw bytes", self.home):
            return self.raw.stage(source, called)

    def keep_staged(self, staged: StagedRaw) -> None:
        """Keep raw bytes that are sealed. Raises ConfigurationError with the free bytes when the disk refuses."""
        with disk_told("to keep raw bytes", self.home):
            staged.keep()

    def put_raw_open(self, source: BinaryIO, called: str) -> str:
        """Keep the bytes of an open file, sealed, in constant memory; return their SHA-256.

        `called` is what messages call it. Raises ConfigurationError with the free bytes when the disk refuses.
        """
        with disk_told("to keep raw bytes", self.home):
            return self.raw.put_open(source, called)

    @property
    def spill(self) -> Path:
        """The folder of what is laid aside while a run goes on, and is nothing when it has ended."""
        return self.home / "spill"

    @contextmanager
    def locked(self, system: str, stream: str, wait_seconds: float | None = None) -> Iterator[None]:
        """Hold a stream alone, among processes and threads; re-entrant within one thread of this store.

        Raises TransientSourceError that names the holder when the stream does not get free in time.
        """
        owner = (get_ident(), system, stream)
        if owner in self._held:
            yield
            return
        wait = self._lock_wait_seconds if wait_seconds is None else wait_seconds
        with file_lock(self.folder / ".locks" / f"{system}.{stream}", f"the landing of {system}/{stream}", wait):
            self._held.add(owner)
            try:
                yield
            finally:
                self._held.discard(owner)
