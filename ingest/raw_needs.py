"""Who needs raw bytes still, however old they are: readers that have not been, or may be asked again.

Here belongs naming each raw object that something reads back, and why. What keeps bytes that are not committed yet is
no matter of this page: it holds the store (`evidence.raw_use`). Landed rows do not need the bytes that they were read
from: they are what is removed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from ingest.cloudinary.webhook_inbox import WebhookInbox, inbox_folder
from ingest.landing_store import LandingStore
from ingest.quarantine import list_quarantine
from ingest.raw_names import names_of

Reader = Literal["open quarantine", "held batch", "cursor", "inbox"]
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Need:
    """Why raw bytes are needed: by which reader, and in words."""

    reader: Reader
    words: str


def needed_raw(store: LandingStore) -> dict[str, Need]:
    """Return the raw objects that something still reads, each with one reason.

    Raises EvidenceBroken when a file that the log promises is gone, ConfigurationError when a note of the inbox cannot
    be read.
    """
    store.ledger.refresh()
    return dict([*_of_cursors(store), *_of_inbox(store), *_of_held_batches(store), *_of_quarantine(store)])


def _of_quarantine(store: LandingStore) -> Iterator[tuple[str, Need]]:
    """A refused record is read again from its raw object, as long as nobody has read it."""
    for record in list_quarantine(store, store.ledger):
        if record.state == "open":
            words = f"record {record.record_id} of {record.label} is in quarantine and can be read again"
            yield record.raw_hash, Need("open quarantine", words)


def _of_held_batches(store: LandingStore) -> Iterator[tuple[str, Need]]:
    """Who decides on a held batch may have to look at what was received."""
    for batch in store.ledger.batches():
        if batch.standing == "held":
            name = f"{batch.leaf.system}/{batch.leaf.stream}"
            words = f"batch {batch.leaf.load_id} of {name} is held and waits for a decision"
            yield from ((sha256, Need("held batch", words)) for sha256 in names_of(store, batch))


def _of_cursors(store: LandingStore) -> Iterator[tuple[str, Need]]:
    """A stream's next run compares with the inventories that its cursor names."""
    for system, stream, cursor in store.ledger.live_cursors():
        words = f"the next run of {system}/{stream} reads it"
        yield from ((sha256, Need("cursor", words)) for sha256 in _hashes_in(cursor))


def _of_inbox(store: LandingStore) -> Iterator[tuple[str, Need]]:
    """A pushed notification lies in the raw store until it lands."""
    for note in WebhookInbox(inbox_folder(store.home), store.raw).waiting():
        yield note.raw_hash, Need("inbox", "a pushed notification has not landed yet")


def _hashes_in(value: object) -> Iterator[str]:
    """Every text in a decoded JSON value that has the form of a SHA-256."""
    if isinstance(value, Mapping):
        for part in value.values():
            yield from _hashes_in(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _hashes_in(part)
    elif isinstance(value, str) and _SHA256.fullmatch(value):
        yield value
