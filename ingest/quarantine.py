"""Records that could not be read, for people: list them, and show one with the part that was refused.

Here belongs what stands behind `assettrail quarantine list` and `show`: where each record lies, why it was refused, and
whether it was read since. Listing needs no secret key; showing opens the sealed raw object, and prints nothing of it
that could name a recipient. Reading again is `ingest.quarantine_replay`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import polars as pl

from assettrail.errors import ContractBroken, EvidenceBroken
from evidence.raw_removals import RemovedRaw, removed
from evidence.raw_store import RawStore
from ingest.form import form_of
from ingest.landing_store import LandingFolders
from ingest.ledger import Ledger, LoggedBatch
from ingest.pseudonym import mask_identifiers
from ingest.strict import canonical_json

State = Literal["open", "replayed"]

LONGEST_EXCERPT = 4000
"""Characters of a refused part that are shown."""

_ID_DIGITS = 16
_LINE_STREAMS = frozenset({"communications", "renderings", "asset_uses", "output_links"})
_SHOWN_MEMBERS = frozenset(
    {"communication_id", "flow_instance_id", "document_type", "template_id", "template_version", "segment"}
    | {"jurisdiction", "language", "offer_ids", "generated_at", "renderings", "rendering_id", "channel", "queue"}
    | {"queue_name", "uses", "ordinal", "placeholder", "binding", "asset_reference", "asset_id", "version", "etag"}
    | {"public_id", "format", "resource_type", "type", "width", "height", "bytes"}
)
"""Members of a report's line that name no recipient; whatever else stands in one is masked."""
_NAMED_MEMBERS = _SHOWN_MEMBERS | {"recipient_id", "profile", "selection", "retrieval", "rendition_request", "inputs"}
_MEMBER = re.compile(r'"(?P<name>\w{1,60})"\s*:\s*(?P<value>"[A-Za-z0-9_./:-]{1,200}"|-?\d{1,19}(?!\d))?')
_TAG = re.compile(r"<[^<>]*>?", re.DOTALL)
_VALUE_IN_TAG = re.compile(r"""("[^"]*"?|'[^']*'?)""")
_MASKED = "[masked]"


@dataclass(frozen=True)
class QuarantinedRecord:
    """One record that could not be read. `offset` counts bytes or records of the raw object, as its source does.

    `replayed_with` is the batch that it landed with when it was read again; instants in UTC.
    """

    record_id: str
    state: State
    system: str
    stream: str
    load_id: str
    log_index: int
    source_uri: str
    raw_hash: str
    offset: int
    reason: str
    excerpt_hash: str
    quarantined_at: datetime
    replayed_at: datetime | None
    replayed_with: str | None

    @property
    def label(self) -> str:
        """The stream as people name it."""
        return f"{self.system}/{self.stream}"


@dataclass(frozen=True)
class ShownRecord:
    """A quarantined record with what was refused, masked. `excerpt` None: it cannot be told apart in the raw object."""

    record: QuarantinedRecord
    raw_bytes: int
    excerpt: str | None


def list_quarantine(folders: LandingFolders, ledger: Ledger) -> list[QuarantinedRecord]:
    """Return every quarantined record that the log knows, in log order. Raises EvidenceBroken when a file is gone."""
    ledger.refresh()
    batches = [batch for batch in ledger.batches() if batch.leaf.quarantined]
    return [record for batch in batches for record in _of_batch(folders, ledger, batch)]


def find_record(records: Sequence[QuarantinedRecord], record_id: str) -> QuarantinedRecord:
    """Return the record whose id begins with these characters. Raises ContractBroken when it is none, or several."""
    found = [record for record in records if record_id and record.record_id.startswith(record_id)]
    if len(found) != 1:
        raise ContractBroken(
            tried=f"to find the quarantined record {record_id!r}",
            found=f"{len(found)} of that id",
            expected="one",
            remedy="copy it from `assettrail quarantine list`",
        )
    return found[0]


def show_record(record: QuarantinedRecord, raw: RawStore, gone: RemovedRaw | None = None) -> ShownRecord:
    """Open the raw object and cut the refused part out of it.

    Raises RawRemoved when it was removed by one of the entries of `gone`, as that of a record that was read since may
    be, and EvidenceBroken when it does not open.
    """
    removal = gone.of(record.raw_hash, record.log_index) if gone and not raw.has(record.raw_hash) else None
    if removal is not None:
        raise removed(record.raw_hash, removal)
    data = raw.get(record.raw_hash)
    excerpt = refused_part(data, record)
    shown = None if excerpt is None else masked(record.system, record.stream, excerpt)
    return ShownRecord(record, len(data), shown)


def refused_part(data: bytes, record: QuarantinedRecord) -> bytes | None:
    """Return the part of a raw object whose hash was noted when it was refused; None when no part has it.

    It is the whole object, a line of it, or one record of a JSON page in canonical form.
    """
    return next((part for part in _parts(data, record.offset) if _sha256(part) == record.excerpt_hash), None)


def masked(system: str, stream: str, excerpt: bytes) -> str:
    """Return a refused part as text in which no recipient is named; a long one is cut.

    Of lines of a report, or of the list of HTML outputs, only members that are known to name nobody are shown, of XML
    only its form; elsewhere identifiers are masked as in everything that lands. Errs on the side of masking.
    """
    text = excerpt.decode("utf-8", "replace")
    if system == "exstream" and stream in _LINE_STREAMS:
        text = mask_identifiers(_masked_line(text))
    elif system == "exstream" and stream == "delivery_outputs":
        text = _form_of_xml(text)
    else:
        text = mask_identifiers(text)
    return text if len(text) <= LONGEST_EXCERPT else f"{text[:LONGEST_EXCERPT]}… ({len(text)} characters)"


def objects_in(value: object) -> Iterator[dict[str, object]]:
    """Every object of a decoded JSON document, the outer before the inner."""
    left = [value]
    while left:
        item = left.pop()
        if isinstance(item, dict):
            yield item
            left.extend(reversed(list(item.values())))
        elif isinstance(item, list):
            left.extend(reversed(item))


def canonical_bytes(value: object) -> bytes:
    """One record of a page in the form whose hash is noted when it is refused."""
    return canonical_json(value).encode("utf-8", "surrogatepass")


def _of_batch(folders: LandingFolders, ledger: Ledger, batch: LoggedBatch) -> Iterator[QuarantinedRecord]:
    leaf = batch.leaf
    path = folders.quarantine_path(leaf.system, leaf.stream, str(leaf.load_id))
    if not path.is_file():
        raise EvidenceBroken(
            tried=f"to read the quarantine of batch {leaf.load_id}, entry {batch.log_index} of the log",
            found=f"no file {path}",
            expected=f"the file with {leaf.quarantined} records that the log promises",
            remedy="restore the file from a copy; its SHA-256 is in the entry",
        )
    for number, row in enumerate(pl.read_parquet(path).iter_rows(named=True)):
        record_id = _record_id(batch, number, row["raw_hash"], row["excerpt_hash"])
        replay = ledger.replay_of(record_id)
        yield QuarantinedRecord(
            record_id=record_id,
            state="open" if replay is None else "replayed",
            system=leaf.system,
            stream=leaf.stream,
            load_id=str(leaf.load_id),
            log_index=batch.log_index,
            source_uri=row["source_uri"],
            raw_hash=row["raw_hash"],
            offset=row["offset"],
            reason=row["reason"],
            excerpt_hash=row["excerpt_hash"],
            quarantined_at=row["_loaded_at"],
            replayed_at=None if replay is None else replay.logged_at,
            replayed_with=None if replay is None else replay.load_id,
        )


def _record_id(batch: LoggedBatch, number: int, raw_hash: str, excerpt_hash: str) -> str:
    """A name that stays, made of the batch, the place in its file, and the hashes."""
    leaf = batch.leaf
    text = "\n".join([leaf.system, leaf.stream, str(leaf.load_id), str(number), raw_hash, excerpt_hash])
    return _sha256(text.encode())[:_ID_DIGITS]


def _parts(data: bytes, offset: int) -> Iterator[bytes]:
    """What a refused part may be, the likely ones first."""
    yield data
    if 0 <= offset < len(data):
        end = data.find(b"\n", offset)
        yield from _spellings(data[offset : len(data) if end < 0 else end])
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        document = None
    for found in objects_in(document):
        try:
            yield canonical_bytes(found)
        except (ValueError, RecursionError):
            continue
    for line in data.split(b"\n"):
        yield from _spellings(line)


def _spellings(line: bytes) -> Iterator[bytes]:
    """A line with and without its end, as readers count it."""
    yield line
    yield line + b"\n"
    yield line.rstrip(b"\r")
    yield line.strip()


def _masked_line(text: str) -> str:
    """A line of JSON, sound or broken, in which only the shown members keep their values."""
    try:
        return json.dumps(_masked_value(json.loads(text)), ensure_ascii=False)
    except (ValueError, RecursionError):
        return _form_of_json(text)


def _masked_value(value: object, *, is_shown: bool = True) -> object:
    if isinstance(value, dict):
        return {name: _masked_value(part, is_shown=is_shown and name in _SHOWN_MEMBERS) for name, part in value.items()}
    if isinstance(value, list):
        return [_masked_value(part, is_shown=is_shown) for part in value]
    return value if is_shown or isinstance(value, bool) or value is None else _MASKED


def _form_of_json(text: str) -> str:
    """A broken line: plain values of shown members as they are, of everything else the form only."""
    parts: list[str] = []
    end = 0
    for found in _MEMBER.finditer(text):
        name, value = found["name"], found["value"] or ""
        head = found.group().removesuffix(value)
        head = head if name in _NAMED_MEMBERS else form_of(head)
        parts += [form_of(text[end : found.start()]), head, value if name in _SHOWN_MEMBERS else form_of(value)]
        end = found.end()
    return "".join([*parts, form_of(text[end:])])


def _form_of_xml(text: str) -> str:
    """The tags of an XML text with the letters and digits of everything in and between them made alike."""
    parts: list[str] = []
    end = 0
    for tag in _TAG.finditer(text):
        inside = _VALUE_IN_TAG.sub(lambda value: form_of(value.group()), tag.group())
        parts += [form_of(text[end : tag.start()]), inside]
        end = tag.end()
    return "".join([*parts, form_of(text[end:])])


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
