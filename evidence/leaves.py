"""What the entries of the log say: batches, replays, publishes, key rotations, removals and decisions; as JSON.

Here belong the kinds of leaf and their exact bytes; those of people and their decisions are `decision_leaves`. How
batches come to be is `ingest`; where entries are kept is `log`. Times are aware and in UTC; they are written as ISO
8601 with Z and microseconds.

Canonical JSON: UTF-8, keys sorted, no spaces, no NaN. The same leaf always has the same bytes, and bytes
that are not canonical are not a leaf.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

from assettrail.errors import ContractBroken, EvidenceBroken
from evidence.decision_leaves import DECISION_KINDS, DecisionLeaf
from evidence.tiles import LARGEST_ENTRY_BYTES

Outcome = Literal["accepted", "held"]
Decision = Literal["accepted", "rejected"]
RotatedKey = Literal["pseudonym", "raw"]


@dataclass(frozen=True)
class BatchClaim:
    """What a window of a stream held, and whether and how we know that it is complete."""

    window_from: datetime | None
    window_to: datetime
    rows: int
    first: str | None
    last: str | None
    complete: bool
    how: str
    detail: str


@dataclass(frozen=True)
class FailedExpectation:
    """One expectation of the landing gate that did not hold, with the hashes of some rows that show it."""

    expectation: str
    column: str | None
    unexpected_count: int
    sample_row_hashes: tuple[str, ...]


@dataclass(frozen=True)
class BatchLeaf:
    """One landed batch of one stream: rows, their root, quarantine, claim, cursor and the gate's outcome.

    Zero rows have no `load_id`, `row_root` or `parquet_sha256`; the claim stands all the same.
    """

    system: str
    stream: str
    load_id: str | None
    rows: int
    row_root: str | None
    parquet_sha256: str | None
    quarantined: int
    quarantine_sha256: str | None
    claim: BatchClaim
    cursor: Mapping[str, object] | None
    outcome: Outcome
    evaluated: int
    failed: tuple[FailedExpectation, ...]
    logged_at: datetime


@dataclass(frozen=True)
class DispositionLeaf:
    """One decision of a person on a held batch."""

    load_id: str
    decision: Decision
    by: str
    reason: str
    logged_at: datetime


@dataclass(frozen=True)
class PublishLeaf:
    """One published snapshot: its tables and the exceptions that it opened and closed.

    A list of exceptions that is too long for one entry goes on in further leaves of the same snapshot
    (`part` of `parts`, from 1); `publish_leaves` splits, and the tables stand in the first. `column_map_sha256` names
    the document that says of which columns the tables' columns were made; None where none was kept. `created_at` is
    the instant that the snapshot tells as its own; None in entries of before it was told, whose own instant is
    seconds later.
    """

    snapshot: str
    tables: Mapping[str, Mapping[str, object]]
    exceptions_opened: tuple[str, ...]
    exceptions_closed: tuple[str, ...]
    logged_at: datetime
    part: int = 1
    parts: int = 1
    column_map_sha256: str | None = None
    created_at: datetime | None = None


@dataclass(frozen=True)
class ReplayLeaf:
    """Quarantined records of one stream that could be read again and need nobody any more.

    `records` are their ids in the quarantine. `load_id` is the batch that they landed with; None where nothing of them
    was new, or a newer description of the same thing had landed meanwhile.
    """

    system: str
    stream: str
    records: tuple[str, ...]
    load_id: str | None
    logged_at: datetime


@dataclass(frozen=True)
class KeyRotationLeaf:
    """One key that gave way to another: the new one counts for new batches, the old one still opens and looks up.

    Key ids are names (16 hex digits) that tell keys apart and reveal nothing of them.
    """

    key: RotatedKey
    old_key_id: str
    new_key_id: str
    logged_at: datetime


@dataclass(frozen=True)
class RawRemovalLeaf:
    """Raw bytes that are removed, as a setting says how long they are kept; logged before the first of them goes.

    `keep_days` is the setting; all of them were named last at `named_before` or earlier. `count` of them stand in the
    list whose SHA-256 is `list_sha256` (`raw_removals`).
    """

    keep_days: int
    named_before: datetime
    count: int
    list_sha256: str
    logged_at: datetime


Leaf = BatchLeaf | DispositionLeaf | PublishLeaf | ReplayLeaf | KeyRotationLeaf | RawRemovalLeaf | DecisionLeaf


def canonical_json(value: object) -> bytes:
    """Return the canonical JSON of `value` (dict with text keys, list, tuple, str, int, float, bool, None).

    Raises ContractBroken for anything else, NaN and infinities included.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
        return text.encode("utf-8")
    except (TypeError, ValueError) as error:
        raise ContractBroken(
            tried="to write a value as canonical JSON",
            found=str(error),
            expected="text, finite numbers, true, false, null, lists and objects with text keys",
            remedy="convert the value before it is logged",
        ) from error


def encode_leaf(leaf: Leaf) -> bytes:
    """Return the entry of `leaf`. Raises ContractBroken when it does not fit an entry of the log."""
    entry = canonical_json(_document(leaf))
    if len(entry) > LARGEST_ENTRY_BYTES:
        raise ContractBroken(
            tried=f"to write a {_KINDS[type(leaf)]} leaf",
            found=f"{len(entry)} bytes",
            expected=f"at most {LARGEST_ENTRY_BYTES} bytes, the most that an entry of the log can have",
            remedy="log fewer samples, or split the leaf (`publish_leaves` does for a publish)",
        )
    return entry


def decode_leaf(entry: bytes) -> Leaf:
    """Read an entry. Raises EvidenceBroken when it is not the canonical JSON of a known kind of leaf."""
    try:
        document = json.loads(entry)
        if not isinstance(document, dict) or canonical_json(document) != entry:
            raise _unreadable(entry, "JSON that is not canonical")
        return _READERS[document.pop("kind")](document)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise _unreadable(entry, f"{type(error).__name__}: {error}") from error


def publish_leaves(leaf: PublishLeaf) -> list[PublishLeaf]:
    """Split a publish over as many leaves as its exceptions need, to be appended together. Usually one."""
    room = LARGEST_ENTRY_BYTES - len(canonical_json(_document(_bare(leaf)))) - 64
    keys = [("opened", key) for key in leaf.exceptions_opened] + [("closed", key) for key in leaf.exceptions_closed]
    groups = _fill(keys, room) or [[]]
    return [
        replace(
            leaf,
            tables=leaf.tables if number == 1 else {},
            exceptions_opened=tuple(key for what, key in group if what == "opened"),
            exceptions_closed=tuple(key for what, key in group if what == "closed"),
            part=number,
            parts=len(groups),
        )
        for number, group in enumerate(groups, start=1)
    ]


def instant_text(instant: datetime) -> str:
    """Return an aware instant as ISO 8601 in UTC with microseconds and Z; a naive one is ContractBroken."""
    if instant.tzinfo is None:
        raise ContractBroken(
            tried=f"to log the instant {instant.isoformat()}",
            found="no time zone",
            expected="an aware instant",
            remedy="take instants from the clock of the house",
        )
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _bare(leaf: PublishLeaf) -> PublishLeaf:
    return replace(leaf, exceptions_opened=(), exceptions_closed=(), part=9999, parts=9999)


def _fill(keys: Iterable[tuple[str, str]], room: int) -> list[list[tuple[str, str]]]:
    groups: list[list[tuple[str, str]]] = []
    left = 0
    for what, key in keys:
        needed = len(canonical_json(key)) + 1
        if needed > left:
            groups.append([])
            left = room
        groups[-1].append((what, key))
        left -= needed
    return groups


def _document(leaf: Leaf) -> dict[str, object]:
    common: dict[str, object] = {"kind": _KINDS[type(leaf)], "logged_at": instant_text(leaf.logged_at)}
    if isinstance(leaf, BatchLeaf):
        return common | _batch_document(leaf)
    if isinstance(leaf, ReplayLeaf):
        return common | {
            "system": leaf.system,
            "stream": leaf.stream,
            "records": list(leaf.records),
            "load_id": leaf.load_id,
        }
    if isinstance(leaf, DispositionLeaf | KeyRotationLeaf | DecisionLeaf):
        return {**vars(leaf), **common}
    if isinstance(leaf, RawRemovalLeaf):
        return {**vars(leaf), **common, "named_before": instant_text(leaf.named_before)}
    continuation = {"part": leaf.part, "parts": leaf.parts} if leaf.parts > 1 else {}
    column_map = {"column_map_sha256": leaf.column_map_sha256} if leaf.column_map_sha256 else {}
    created = {"created_at": instant_text(leaf.created_at)} if leaf.created_at else {}
    return (
        common
        | continuation
        | column_map
        | created
        | {
            "snapshot": leaf.snapshot,
            "tables": {name: dict(facts) for name, facts in leaf.tables.items()},
            "exceptions_opened": list(leaf.exceptions_opened),
            "exceptions_closed": list(leaf.exceptions_closed),
        }
    )


def _batch_document(leaf: BatchLeaf) -> dict[str, object]:
    claim = leaf.claim
    return {
        "system": leaf.system,
        "stream": leaf.stream,
        "load_id": leaf.load_id,
        "rows": leaf.rows,
        "row_root": leaf.row_root,
        "parquet_sha256": leaf.parquet_sha256,
        "quarantined": leaf.quarantined,
        "quarantine_sha256": leaf.quarantine_sha256,
        "claim": {
            "window_from": None if claim.window_from is None else instant_text(claim.window_from),
            "window_to": instant_text(claim.window_to),
            "rows": claim.rows,
            "first": claim.first,
            "last": claim.last,
            "complete": claim.complete,
            "how": claim.how,
            "detail": claim.detail,
        },
        "cursor": None if leaf.cursor is None else dict(leaf.cursor),
        "outcome": leaf.outcome,
        "expectations": {
            "evaluated": leaf.evaluated,
            "failed": [
                {
                    "expectation": failed.expectation,
                    "column": failed.column,
                    "unexpected_count": failed.unexpected_count,
                    "sample_row_hashes": list(failed.sample_row_hashes),
                }
                for failed in leaf.failed
            ],
        },
    }


def _read_batch(document: dict[str, Any]) -> BatchLeaf:
    claim, expectations = document.pop("claim"), document.pop("expectations")
    window_from = claim.pop("window_from")
    return BatchLeaf(
        claim=BatchClaim(
            window_from=None if window_from is None else datetime.fromisoformat(window_from),
            window_to=datetime.fromisoformat(claim.pop("window_to")),
            **claim,
        ),
        evaluated=expectations["evaluated"],
        failed=tuple(_read_failed(failed) for failed in expectations["failed"]),
        logged_at=datetime.fromisoformat(document.pop("logged_at")),
        **document,
    )


def _read_failed(document: dict[str, Any]) -> FailedExpectation:
    return FailedExpectation(sample_row_hashes=tuple(document.pop("sample_row_hashes")), **document)


def _read_publish(document: dict[str, Any]) -> PublishLeaf:
    created_at = document.pop("created_at", None)
    return PublishLeaf(
        logged_at=datetime.fromisoformat(document.pop("logged_at")),
        created_at=None if created_at is None else datetime.fromisoformat(created_at),
        exceptions_opened=tuple(document.pop("exceptions_opened")),
        exceptions_closed=tuple(document.pop("exceptions_closed")),
        **document,
    )


def _read_replay(document: dict[str, Any]) -> ReplayLeaf:
    return ReplayLeaf(
        logged_at=datetime.fromisoformat(document.pop("logged_at")),
        records=tuple(document.pop("records")),
        **document,
    )


def _read_raw_removal(document: dict[str, Any]) -> RawRemovalLeaf:
    return RawRemovalLeaf(
        named_before=datetime.fromisoformat(document.pop("named_before")),
        logged_at=datetime.fromisoformat(document.pop("logged_at")),
        **document,
    )


def _reader_of(kind: Callable[..., Leaf]) -> Callable[[dict[str, Any]], Leaf]:
    """The reader of a leaf whose members are texts and its instant."""
    return lambda document: kind(logged_at=datetime.fromisoformat(document.pop("logged_at")), **document)


_KINDS: Mapping[Any, str] = {
    BatchLeaf: "batch",
    DispositionLeaf: "disposition",
    PublishLeaf: "publish",
    ReplayLeaf: "replay",
    KeyRotationLeaf: "key_rotation",
    RawRemovalLeaf: "raw_removal",
    **DECISION_KINDS,
}
_READERS: Mapping[str, Callable[[dict[str, Any]], Leaf]] = {
    "batch": _read_batch,
    "disposition": _reader_of(DispositionLeaf),
    "publish": _read_publish,
    "replay": _read_replay,
    "key_rotation": _reader_of(KeyRotationLeaf),
    "raw_removal": _read_raw_removal,
    **{name: _reader_of(kind) for kind, name in DECISION_KINDS.items()},
}


def _unreadable(entry: bytes, found: str) -> EvidenceBroken:
    return EvidenceBroken(
        tried=f"to read an entry of the log that starts with {entry[:60]!r}",
        found=found,
        expected="the canonical JSON of one of: " + ", ".join(_READERS),
        remedy="run `assettrail log verify`; when it passes, a newer release wrote the entry: upgrade",
    )
