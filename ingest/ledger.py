"""What the log says about landed batches: each with the decision on it, replays, removals, and each stream's cursor.

Here belongs replaying leaves in order, nothing else: no Parquet, no writing. The log is the only memory;
whatever stands in a folder and not in the log does not exist.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Literal

from evidence.leaves import BatchLeaf, DispositionLeaf, KeyRotationLeaf, RawRemovalLeaf, ReplayLeaf, decode_leaf
from evidence.log_reader import LogReader
from evidence.raw_removals import Removal

Standing = Literal["accepted", "held", "rejected"]


@dataclass(frozen=True)
class LoggedBatch:
    """One batch leaf with its index in the log and, where a person decided on it, the first decision."""

    log_index: int
    leaf: BatchLeaf
    disposition: DispositionLeaf | None = None

    @property
    def standing(self) -> Standing:
        """Where the batch stands now: the gate's outcome, or the person's decision on a held one."""
        return self.leaf.outcome if self.disposition is None else self.disposition.decision


@dataclass(frozen=True)
class _Mark:
    """A cursor and the log index of the batch that carried it."""

    log_index: int
    cursor: Mapping[str, object]


class Ledger:
    """The batches of a log, replayed as far as the last `refresh`; a refresh reads only what is new.

    Several threads may refresh and ask. With `until` it is the ledger of the first so many entries, whatever came
    behind them: no later batch, and no later decision on one that was held then.
    """

    def __init__(self, log: LogReader, until: int | None = None) -> None:
        self._log = log
        self._refreshing = Lock()
        self._until = until
        self._next = 0
        self._read_entries = 0
        self._batches: dict[int, LoggedBatch] = {}
        self._index_of: dict[str, int] = {}
        self._marks: dict[tuple[str, str], list[_Mark]] = {}
        self._replays: dict[str, ReplayLeaf] = {}
        self._rotations: list[tuple[int, KeyRotationLeaf]] = []
        self._removals: list[Removal] = []

    def refresh(self) -> None:
        """Read the leaves that were appended since the last call. Raises EvidenceBroken when one is unreadable."""
        with self._refreshing:
            self._read_on()

    def _read_on(self) -> None:
        for index, entry in self._log.entries(self._next):
            if self._until is not None and index >= self._until:
                return
            leaf = decode_leaf(entry)
            if isinstance(leaf, BatchLeaf | DispositionLeaf):
                self._read_entries = index + 1
            if isinstance(leaf, BatchLeaf):
                self._add(index, leaf)
            elif isinstance(leaf, DispositionLeaf):
                self._dispose(leaf)
            elif isinstance(leaf, ReplayLeaf):
                self._replays.update(dict.fromkeys(leaf.records, leaf))
            elif isinstance(leaf, KeyRotationLeaf):
                self._rotations.append((index, leaf))
            elif isinstance(leaf, RawRemovalLeaf):
                self._removals.append(Removal(index, leaf))
            self._next = index + 1

    @property
    def read_entries(self) -> int:
        """How many entries of the log decide what is landed: up to the last batch, or the last decision on one.

        Two states of a log with the same number give the same warehouse; publishes behind it change nothing.
        """
        return self._read_entries

    def batches(self) -> Sequence[LoggedBatch]:
        """All batches in log order."""
        return list(self._batches.values())

    def of_stream(self, system: str, stream: str) -> Sequence[LoggedBatch]:
        """The batches of one stream in log order, rejected ones included."""
        return [batch for batch in self.batches() if batch.leaf.system == system and batch.leaf.stream == stream]

    def at(self, log_index: int) -> LoggedBatch | None:
        """The batch of this entry of the log, or None."""
        return self._batches.get(log_index)

    def find(self, load_id: str) -> LoggedBatch | None:
        """The batch of this load id, or None."""
        index = self._index_of.get(load_id)
        return None if index is None else self._batches[index]

    def replay_of(self, record_id: str) -> ReplayLeaf | None:
        """The last replay of a quarantined record that still counts, or None.

        One whose batch a person rejected does not: its rows are in no report.
        """
        replay = self._replays.get(record_id)
        batch = self.find(replay.load_id) if replay and replay.load_id else None
        return None if batch is not None and batch.standing == "rejected" else replay

    def rotations(self) -> Sequence[tuple[int, KeyRotationLeaf]]:
        """Every key rotation with its index in the log, in log order."""
        return list(self._rotations)

    def removals(self) -> Sequence[Removal]:
        """Every removal of raw bytes, in log order."""
        return list(self._removals)

    def cursor(self, system: str, stream: str) -> Mapping[str, object] | None:
        """The cursor from which the stream goes on, or None for "from the beginning".

        It is the last batch's cursor. Rejecting a batch goes back to the cursor before it, so that its window
        is read again; batches that landed behind it land nothing twice.
        """
        marks = self._marks.get((system, stream))
        return marks[-1].cursor if marks else None

    def live_cursors(self) -> Iterator[tuple[str, str, Mapping[str, object]]]:
        """Give system, stream and cursor of each stream, and the cursors that rejecting a held batch leads back to."""
        held: dict[tuple[str, str], int] = {}
        for batch in self.batches():
            if batch.standing == "held":
                held.setdefault((batch.leaf.system, batch.leaf.stream), batch.log_index)
        for (system, stream), marks in list(self._marks.items()):
            first_held = held.get((system, stream))
            before = [at for at, mark in enumerate(marks) if first_held is None or mark.log_index < first_held]
            for mark in marks[before[-1] if before else 0 :]:
                yield system, stream, mark.cursor

    def _add(self, index: int, leaf: BatchLeaf) -> None:
        self._batches[index] = LoggedBatch(index, leaf)
        if leaf.load_id is not None:
            self._index_of[leaf.load_id] = index
        if leaf.cursor is not None:
            self._marks.setdefault((leaf.system, leaf.stream), []).append(_Mark(index, leaf.cursor))

    def _dispose(self, disposition: DispositionLeaf) -> None:
        """Apply a decision; one on an unknown, accepted or decided batch changes nothing."""
        index = self._index_of.get(disposition.load_id)
        if index is None or self._batches[index].standing != "held":
            return
        batch = replace(self._batches[index], disposition=disposition)
        self._batches[index] = batch
        if disposition.decision == "rejected":
            name = (batch.leaf.system, batch.leaf.stream)
            self._marks[name] = [mark for mark in self._marks.get(name, []) if mark.log_index < index]
