"""Trading Grid as a source from files: exports by their mappings, and X12 answers, out of a folder or a mailbox.

Here belong taking files in (kept as they are, sealed and durable, before anything is read of them) and what may be
claimed: that no other file was written is known to whoever writes them, so that a claim never covers a window; a file
that was left where it lies, or of which something was refused, is a known gap. Files are never moved or deleted here.
Not here: SFTP (`mailbox`), reading an export (`drop_records`), X12 (`x12`).
"""

from __future__ import annotations

import stat
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from assettrail.clock import Clock
from assettrail.errors import ConfigurationError, ContractBroken, RecordRejected
from ingest.extract import Claim, Extract, Quarantined, known_by
from ingest.form import in_form
from ingest.lying_files import open_lying, readable_name
from ingest.reading import Reading, in_one_line
from ingest.strict import sha256_hex
from ingest.trading_grid.context import Context
from ingest.trading_grid.drop_mapping import DropMapping
from ingest.trading_grid.drop_records import read_drop
from ingest.trading_grid.records import RECORDS
from ingest.trading_grid.x12 import MOST_REFUSALS, Damage, Interchange, is_interchange, is_set_type, read_interchanges
from ingest.trading_grid.x12_rows import SET_TYPES, rows_of

Cursor = Mapping[str, object]

LARGEST_FILE = 128 << 20
"""Bytes of one file: it is sealed in one piece."""
SECONDS_BETWEEN_LOOKS = 1.0
UNFINISHED = (".part", ".tmp", ".filepart", ".partial", ".uploading", ".writing")
_DAMAGE_STREAM = "functional_acknowledgements"
_WORDS_PER_DETAIL = 6
_NO_LIST_OF_FILES = "nothing says that no other file was written"


_Reading = tuple[str, int | str]
"""The hash of bytes and the way in which they are read: the place of a mapping, or the stream of an X12 type."""


@dataclass(frozen=True)
class TakenFile:
    """One file that was taken in: its name, where it lay, and its bytes in the raw store."""

    name: str
    uri: str
    raw_hash: str
    size: int
    is_x12: bool


@dataclass
class Taken:
    """All files of one look, in the order of their names, and what was left where it is."""

    files: list[TakenFile] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


class Place(Protocol):
    """Where files lie."""

    def take(self, keep_raw: Callable[[bytes], str]) -> Taken:
        """Every finished file, kept in the raw store."""
        ...


class DropSource:
    """The streams that mappings and X12 answers feed.

    Equal bytes under two names are read once in each way that the names ask for: a mapping may say whose they are.
    """

    name = "trading_grid"

    def __init__(
        self,
        place: Place,
        mappings: Sequence[DropMapping],
        context: Context,
        clock: Clock,
        keep_raw: Callable[[bytes], str],
        read_raw: Callable[[str], bytes],
    ) -> None:
        self._place = place
        self._mappings = tuple(mappings)
        self._context = context
        self._clock = clock
        self._keep_raw = keep_raw
        self._read_raw = read_raw
        self._taken: Taken | None = None
        self._with_refusals: set[_Reading] = set()
        self._read: set[_Reading] = set()

    def streams(self) -> tuple[str, ...]:
        """The streams in landing order."""
        mapped = {mapping.stream for mapping in self._mappings}
        return (*(name for name in RECORDS if name in mapped), *SET_TYPES)

    @property
    def whole_files(self) -> tuple[TakenFile, ...]:
        """The files that were read in every way that their own names ask for, and of which nothing was refused."""
        taken = self._taken.files if self._taken else []
        whole = self._read - self._with_refusals
        return tuple(file for file in taken if (asked := self._readings(file)) and whole.issuperset(asked))

    def _readings(self, file: TakenFile) -> list[_Reading]:
        if file.is_x12:
            return [(file.raw_hash, stream) for stream in SET_TYPES]
        return [(file.raw_hash, way) for way, mapping in enumerate(self._mappings) if mapping.reads(file.name)]

    def streams_of(self, file: TakenFile) -> tuple[str, ...]:
        """The streams that a file may bring rows of."""
        if file.is_x12:
            return tuple(SET_TYPES)
        return tuple(mapping.stream for mapping in self._mappings if mapping.reads(file.name))

    def extract(self, stream: str, since: Cursor | None) -> Extract:
        """All of one stream that the files hold. The cursor is handed on as it was: files have none.

        Raises what the place raises; ContractBroken for a stream that no file feeds.
        """
        if stream not in self.streams():
            raise ContractBroken(
                tried=f"to extract trading_grid/{stream} from files",
                found="no mapping for it",
                expected=f"one of {', '.join(self.streams())}",
                remedy="add its mapping file to trading_grid.drops",
            )
        now = self._clock.now()
        self._taken = self._taken or self._place.take(self._keep_raw)
        reading = Reading()
        notes = [*self._taken.doubts]
        done: set[_Reading] = set()
        for file in self._taken.files:
            new = [wanted for wanted in self._readings(file) if wanted not in done]
            done.update(new)
            for wanted in new:
                notes += self._read_as(wanted, stream, file, reading)
        notes += self._unknown(self._taken.files)
        different = len({file.raw_hash for file in self._taken.files})
        words = f"{len(self._taken.files)} files, {different} of them different"
        notes = list(dict.fromkeys(notes))
        more = [f"and {len(notes) - _WORDS_PER_DETAIL} notes more"] if len(notes) > _WORDS_PER_DETAIL else []
        detail = "; ".join([words, *notes[:_WORDS_PER_DETAIL], *more, _NO_LIST_OF_FILES])
        how = known_by(None, self._taken.doubts or reading.quarantined)
        claim = Claim(window_from=None, window_to=now, complete=False, how=how, detail=detail)
        return Extract(reading.rows, reading.quarantined, claim, since, tables=reading.tables)

    def _read_as(self, wanted: _Reading, stream: str, file: TakenFile, reading: Reading) -> list[str]:
        """Read a file in one way, if that feeds the stream; notes on it."""
        _, way = wanted
        feeds = self._mappings[way].stream if isinstance(way, int) else way
        if feeds != stream:
            return []
        self._read.add(wanted)
        refused_before = len(reading.quarantined)
        if isinstance(way, int):
            notes = self._read_export(wanted, self._mappings[way], file, reading)
        else:
            notes = self._read_x12(stream, file, reading)
        if len(reading.quarantined) > refused_before:
            self._with_refusals.add(wanted)
        return notes

    def _read_export(self, wanted: _Reading, mapping: DropMapping, file: TakenFile, reading: Reading) -> list[str]:
        found = read_drop(mapping, self._read_raw(file.raw_hash), file.uri, file.raw_hash, self._context)
        if found.is_perhaps_cut:
            self._with_refusals.add(wanted)  # The rest may still come.
        reading.tables.extend(found.reading.tables)
        reading.quarantined.extend(found.reading.quarantined)
        return [f"{file.name}: {note}" for note in found.notes]

    def _read_x12(self, stream: str, file: TakenFile, reading: Reading) -> list[str]:
        """Read one stream of a file of interchanges; too much that cannot be read refuses the file for the stream."""
        own = Reading()
        try:
            notes = self._read_interchanges(stream, file, own)
        except RecordRejected as error:
            own = Reading()
            own.refuse_whole(error, file.uri, file.raw_hash)
            notes = [f"{file.name}: the whole file is in quarantine"]
        reading.add_all(own)
        return notes

    def _read_interchanges(self, stream: str, file: TakenFile, reading: Reading) -> list[str]:
        others: dict[str, int] = {}
        outside: dict[str, int] = {}
        for part in read_interchanges(self._read_raw(file.raw_hash)):
            for damage in [part] if isinstance(part, Damage) else part.damage:
                if stream == _DAMAGE_STREAM:
                    self._refuse(damage, file, reading)
            if isinstance(part, Interchange):
                self._read_sets(stream, part, file, reading, others)
                for name, count in part.outside.items():
                    outside[name] = outside.get(name, 0) + count
            _refuse_too_many(reading)
        if others or outside:
            self._with_refusals.add((file.raw_hash, stream))  # What nobody read is nothing to delete.
        return [
            *(f"{file.name}: {count} sets of type {name}, kept and not read" for name, count in others.items()),
            *(f"{file.name}: {n} segments {name} outside of a set, kept and not read" for name, n in outside.items()),
        ]

    def _read_sets(
        self, stream: str, part: Interchange, file: TakenFile, reading: Reading, others: dict[str, int]
    ) -> None:
        for found in part.sets:
            if found.type == SET_TYPES[stream]:
                try:
                    reading.add(rows_of(stream, part, found, self._context), file.uri, file.raw_hash)
                except RecordRejected as error:
                    self._refuse(Damage(found.offset, found.data, error), file, reading)
            elif found.type not in SET_TYPES.values():
                shown = found.type if is_set_type(found.type) else in_form(found.type)
                others[shown] = others.get(shown, 0) + 1

    @staticmethod
    def _refuse(damage: Damage, file: TakenFile, reading: Reading) -> None:
        reason, excerpt = in_one_line(damage.reason), sha256_hex(damage.data)
        reading.quarantined.append(Quarantined(file.uri, file.raw_hash, damage.offset, reason, excerpt))

    def _unknown(self, files: Iterable[TakenFile]) -> list[str]:
        return [
            f"{file.name}: no mapping names it and it is no X12 interchange; kept and not read"
            for file in files
            if not file.is_x12 and not any(mapping.reads(file.name) for mapping in self._mappings)
        ]


def _refuse_too_many(reading: Reading) -> None:
    """Raise RecordRejected for a file of which too many records were refused: what is wrong is wrong with all of it."""
    if len(reading.quarantined) > MOST_REFUSALS:
        raise RecordRejected(
            tried="to read a file of interchanges",
            found=f"more than {MOST_REFUSALS} records that cannot be read; the first: {reading.quarantined[0].reason}",
            expected="997 and 824 that answer something",
            remedy="have the sender look at the file, which lies in the raw store",
        )


def taken_file(name: str, uri: str, data: bytes, keep_raw: Callable[[bytes], str]) -> TakenFile:
    """Keep a file's bytes and say what it is."""
    return TakenFile(name, uri, keep_raw(data), len(data), is_interchange(data))


def is_unfinished(name: str) -> bool:
    """Whether a name says that its file is still being written, or hidden."""
    return name.startswith(".") or name.lower().endswith(UNFINISHED)


class LocalFolder:
    """A folder of this machine, not those below it."""

    def __init__(self, folder: Path, pause: Callable[[float], None] = time.sleep) -> None:
        self._folder = folder
        self._pause = pause

    def take(self, keep_raw: Callable[[bytes], str]) -> Taken:
        """Every file that is at rest between two looks. Raises ConfigurationError when the folder cannot be read."""
        before = self._look()
        self._pause(SECONDS_BETWEEN_LOOKS if before else 0.0)
        after = self._look()
        taken = Taken()
        for path in sorted(after):
            name, (size, _) = readable_name(path.name), after[path]
            if before.get(path) != after[path]:
                taken.doubts.append(f"{name} is still being written and was left for the next ingest")
            elif is_unfinished(name):
                taken.doubts.append(f"{name} was left: by its name it is not finished")
            elif size > LARGEST_FILE:
                taken.doubts.append(f"{name} was left: {size} bytes, more than {LARGEST_FILE}")
            else:
                self._take_one(path, name, size, keep_raw, taken)
        return taken

    def _take_one(self, path: Path, name: str, size: int, keep_raw: Callable[[bytes], str], taken: Taken) -> None:
        try:
            with open_lying(self._folder, path) as file:
                data = file.read(size + 1)
        except OSError as error:
            taken.doubts.append(f"{name} was left: {error.strerror or type(error).__name__}")
            return
        if len(data) != size:
            taken.doubts.append(f"{name} changed while it was copied and was left for the next ingest")
            return
        taken.files.append(taken_file(name, path.absolute().as_uri(), data, keep_raw))

    def _look(self) -> dict[Path, tuple[int, int]]:
        """Size and time of change of every file that is one, and of none that is gone meanwhile."""
        try:
            paths = list(self._folder.iterdir())
        except OSError as error:
            raise _unreadable(self._folder, error, "a folder of dropped files that this user may read") from error
        found: dict[Path, tuple[int, int]] = {}
        for path in paths:
            with suppress(FileNotFoundError):
                status = path.lstat()
                if stat.S_ISREG(status.st_mode):
                    found[path] = (status.st_size, status.st_mtime_ns)
        return found


def _unreadable(path: Path, error: OSError, expected: str) -> ConfigurationError:
    return ConfigurationError(
        tried=f"to read {path}",
        found=error.strerror or type(error).__name__,
        expected=expected,
        remedy="correct the path or its rights; nothing was landed",
    )
