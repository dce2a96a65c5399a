"""Delivering events: from the cursor to the end of the log, so that a kill at any point loses none.

Here belongs the order of steps. Events of the next entries are written down (`sending.json`), handed over one by one,
then the cursor moves behind their entries. A run that was killed between the two sends what was written down again,
byte for byte, also by another release; the other side knows a run by its id. Delivery is no part of evidence: a backend
that is down stops nothing but delivery.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from assettrail.errors import ConfigurationError, ContractBroken
from assettrail.settings import Settings
from evidence.durable import write_durably
from evidence.file_lock import file_lock
from evidence.leaves import BatchLeaf, canonical_json, decode_leaf
from evidence.log_reader import LogReader
from ingest.ledger import Ledger
from lineage.backends import opened_backend
from lineage.column_map import kept_map
from lineage.events import LoggedEntry, Teller

FOLDER = "lineage"
CURSOR = "cursor.json"
SENDING = "sending.json"
ENOUGH_EVENTS = 300
ENOUGH_ENTRIES = 300


@dataclass(frozen=True)
class Delivered:
    """What one run delivered: how many events of which entries (from, up to and without `next_entry`), to where."""

    events: int
    first_entry: int
    next_entry: int
    backend: str


@dataclass(frozen=True)
class _Portion:
    """The events of the entries from `first` up to and without `next`, as they are sent."""

    first: int
    next: int
    events: tuple[bytes, ...]


def send(settings: Settings, log: LogReader, start: int | None = None) -> Delivered:
    """Send the events of every entry behind the cursor, or from entry `start` on, and move the cursor behind them.

    Raises TransientSourceError when the backend does not answer and PermanentSourceError when it refuses; what it took
    until then stays taken, and the next run goes on. ConfigurationError for a start beyond the log, or no backend.
    """
    folder = settings.home / FOLDER
    with opened_backend(settings.lineage) as backend, file_lock(folder / ".lock", "the sending of lineage events"):
        if start is not None:
            _refuse_beyond(log, start)
            (folder / SENDING).unlink(missing_ok=True)
            _move_cursor(folder, start)
        first = at = next_entry(settings.home)
        events = 0
        for portion in _portions(settings, log, at):
            for event in portion.events:
                backend.hand_over(event)
            _move_cursor(folder, portion.next)
            events, at = events + len(portion.events), portion.next
        return Delivered(events, first, at, backend.name)


def next_entry(home: Path) -> int:
    """Return the entry of the log from which delivery goes on: 0 where nothing was delivered yet."""
    path = home / FOLDER / CURSOR
    try:
        return int(json.loads(path.read_text(encoding="utf-8"))["next_entry"])
    except FileNotFoundError:
        return 0
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise _unusable(path, f"{type(error).__name__}: {error}") from error


def events_of(settings: Settings, log: LogReader, start: int) -> Iterator[tuple[int, bytes]]:
    """Give every event of the entries from `start` on with the index of its entry; nothing is sent."""
    teller = teller_of(settings, log)
    for index, entry in log.entries(start):
        for event in teller.events(LoggedEntry(index, entry, decode_leaf(entry))):
            yield index, event


def teller_of(settings: Settings, log: LogReader) -> Teller:
    """Return what makes events of this log's entries."""
    ledger = Ledger(log)
    ledger.refresh()

    def batch_of(load_id: str) -> BatchLeaf | None:
        found = ledger.find(load_id)
        return None if found is None else found.leaf

    return Teller(settings.lineage.namespace, log.verification_key.name, batch_of, partial(kept_map, settings.home))


def _portions(settings: Settings, log: LogReader, start: int) -> Iterator[_Portion]:
    """Give what is to be sent, in order: first what a killed run had written down, then what the log goes on with."""
    folder = settings.home / FOLDER
    written = _written_down(folder)
    if written is not None and written.first == start:
        yield written
        start = written.next
    entries = log.entries(start)
    teller = teller_of(settings, log)
    while (portion := _next_portion(entries, teller, start)) is not None:
        if portion.events:
            _write_down(folder, portion)
        yield portion
        start = portion.next


def _next_portion(entries: Iterator[tuple[int, bytes]], teller: Teller, start: int) -> _Portion | None:
    """Return the events of the next entries: as many as are worth the flushes that one portion costs."""
    events: list[bytes] = []
    following = start
    for index, entry in entries:
        events += teller.events(LoggedEntry(index, entry, decode_leaf(entry)))
        following = index + 1
        if len(events) >= ENOUGH_EVENTS or following - start >= ENOUGH_ENTRIES:
            break
    return None if following == start else _Portion(start, following, tuple(events))


def _move_cursor(folder: Path, to: int) -> None:
    write_durably(folder / CURSOR, canonical_json({"next_entry": to}))


def _write_down(folder: Path, portion: _Portion) -> None:
    document = {"first": portion.first, "next": portion.next, "events": [event.decode() for event in portion.events]}
    write_durably(folder / SENDING, canonical_json(document))


def _written_down(folder: Path) -> _Portion | None:
    path = folder / SENDING
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return _Portion(int(found["first"]), int(found["next"]), tuple(event.encode() for event in found["events"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise _unusable(path, f"{type(error).__name__}: {error}") from error


def _refuse_beyond(log: LogReader, start: int) -> None:
    size = log.checkpoint().size
    if start > size:
        raise ConfigurationError(
            tried=f"to send lineage events from entry {start} on",
            found=f"a log of {size} entries",
            expected=f"0 to {size}; {size} sends nothing and goes on with what is logged from now on",
            remedy="see `assettrail lineage show`; nothing was sent",
        )


def _unusable(path: Path, found: str) -> ContractBroken:
    return ContractBroken(
        tried=f"to read how far lineage events were delivered ({path})",
        found=found,
        expected="the file as `assettrail lineage send` wrote it",
        remedy="run `assettrail lineage send --from INDEX`: 0 sends everything again, which a lineage service can take",
    )
