"""What Trading Grid holds: its objects, kept in memory and journalled to one file.

What belongs here: storing, finding and changing objects, and the rules between them (a replacing publication
withdraws the replaced one, a correlation id is used once, an answered case). What does not belong here: HTTP
(`service.py`) and the check of bodies (`validation.py`).

Every write appends one line to `records.jsonl`, so that a restarted sandbox goes on with what it had.
"""

from __future__ import annotations

import bisect
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sandbox import credentials
from sandbox.clock import SandboxClock, format_instant, parse_instant
from sandbox.journal import Journal
from sandbox.oauth import TokenDesk
from sandbox.trading_grid.errors import ApiError, not_found
from sandbox.trading_grid.records import RECORD_TYPES
from sandbox.trading_grid.shapes import JsonObject, RecordType
from sandbox.trading_grid.validation import (
    ListQuery,
    validate_change,
    validate_names,
    validate_new,
)

FOLDER_NAME = "trading-grid"
JOURNAL_NAME = "records.jsonl"


@dataclass(frozen=True)
class Written:
    """The outcome of a write: the object, and whether it is new (a repeated correlation id is not)."""

    record: JsonObject
    is_new: bool


@dataclass
class _Shelf:
    """All objects of one type, by identifier, with the order of lists kept until the next write."""

    record_type: RecordType
    by_id: dict[str, JsonObject] = field(default_factory=dict)
    by_correlation: dict[str, str] = field(default_factory=dict)
    numbers_given: int = 0
    _ordered: list[tuple[datetime, str]] | None = None

    def put(self, record: JsonObject) -> None:
        """Store an object under its identifier, replacing what was there."""
        record_id = self.record_type.record_id(record)
        self.by_id[record_id] = record
        correlation = record.get("correlationId")
        if isinstance(correlation, str):
            self.by_correlation.setdefault(correlation, record_id)
        self._ordered = None

    def take(self, record_id: str) -> None:
        """Forget an object, and what it was written by."""
        correlation = self.by_id.pop(record_id).get("correlationId")
        if isinstance(correlation, str) and self.by_correlation.get(correlation) == record_id:
            del self.by_correlation[correlation]
        self._ordered = None

    def ordered(self) -> list[tuple[datetime, str]]:
        """Return (updatedAt, identifier) of every object in list order."""
        if self._ordered is None:
            self._ordered = sorted(
                (parse_instant(str(record["updatedAt"])), record_id) for record_id, record in self.by_id.items()
            )
        return self._ordered

    def free_id(self) -> str:
        """Return the next identifier of the form PREFIX-000001 that no object has."""
        while True:
            self.numbers_given += 1
            candidate = f"{self.record_type.id_prefix}-{self.numbers_given:06d}"
            if candidate not in self.by_id:
                return candidate


@dataclass
class TradingGridState:
    """The whole state of the service. Not safe for several threads: one event loop owns it."""

    journal: Journal
    clock: SandboxClock
    tokens: TokenDesk
    _shelves: dict[str, _Shelf]

    @classmethod
    def create(cls, folder: Path, clock: SandboxClock) -> TradingGridState:
        """Return the state kept in `folder/trading-grid`, which is made if absent."""
        folder = folder / FOLDER_NAME
        folder.mkdir(parents=True, exist_ok=True)
        shelves = {path: _Shelf(record_type) for path, record_type in RECORD_TYPES.items()}
        journal = Journal(folder / JOURNAL_NAME)
        for entry in journal.read():
            if "record" in entry:
                shelves[entry["object"]].put(entry["record"])
            else:
                shelves[entry["object"]].take(entry["deleted"])
        tokens = TokenDesk(credentials.TRADING_GRID_CLIENT_ID, credentials.TRADING_GRID_CLIENT_SECRET, takes_basic=True)
        return cls(journal, clock, tokens, shelves)

    def get(self, path: str, record_id: str) -> JsonObject:
        """Return one object. Raises ApiError 404."""
        record = self._shelves[path].by_id.get(record_id)
        if record is None:
            raise not_found(path, record_id)
        return record

    def page(self, path: str, query: ListQuery) -> Mapping[str, object]:
        """Return one page ordered by (updatedAt, identifier); `total` counts all objects that match."""
        shelf = self._shelves[path]
        ordered = shelf.ordered()
        start = 0 if query.updated_since is None else bisect.bisect_left(ordered, (query.updated_since, ""))
        ids = [record_id for _, record_id in ordered[start:]]
        if query.filters:
            ids = [record_id for record_id in ids if _matches(shelf.by_id[record_id], query.filters)]
        chosen = ids[query.offset : query.offset + query.limit]
        return {
            "records": [shelf.by_id[record_id] for record_id in chosen],
            "total": len(ids),
            "offset": query.offset,
            "limit": query.limit,
        }

    def add(self, path: str, body: object) -> Written:
        """Store a new object from an untrusted body.

        Times and absent identifiers are set here. A correlation id seen before returns the first object
        unchanged. Raises ApiError 400 for a bad body, 409 for an identifier that is taken.
        """
        shelf = self._shelves[path]
        record = validate_new(shelf.record_type, body)
        first = shelf.by_correlation.get(str(record.get("correlationId")))
        if first is not None:
            return Written(shelf.by_id[first], is_new=False)
        self._require_referred(shelf.record_type, record)
        self._set_identity(shelf, record)
        now = format_instant(self.clock.now())
        record |= _server_fields(shelf.record_type, record, now)
        if path == "publications":
            self._withdraw_replaced(record, now)
        if path == "thread-messages":
            self._mark_answered(record, now)
        self._keep(path, record)
        return Written(record, is_new=True)

    def change(self, path: str, record_id: str, body: object) -> JsonObject:
        """Set fields of an object; nothing is written when nothing differs. Raises ApiError 400 or 404."""
        record = self.get(path, record_id)
        changes = validate_change(RECORD_TYPES[path], body)
        if all(record.get(name) == value for name, value in changes.items()):
            return record
        now = format_instant(self.clock.now())
        changed = {**record, **changes, "updatedAt": now}
        self._require_referred(RECORD_TYPES[path], changed)
        if changed.get("status") != record.get("status"):
            changed |= _status_times(RECORD_TYPES[path], changed, now)
        self._keep(path, changed)
        return changed

    def delete(self, path: str, record_id: str) -> None:
        """Delete an object; what names it stays as it is. Raises ApiError 404."""
        self.get(path, record_id)
        self.journal.append({"object": path, "deleted": record_id})
        self._shelves[path].take(record_id)

    def withdraw(self, publication_id: str, body: object) -> JsonObject:
        """Withdraw a publication, or leave a withdrawn one as it is. Raises ApiError 400 or 404."""
        record = self.get("publications", publication_id)
        by = validate_names(body, ("withdrawnBy",))["withdrawnBy"]
        if record["withdrawnAt"] is not None:
            return record
        return self._withdrawn(record, str(by), format_instant(self.clock.now()))

    def _withdrawn(self, record: JsonObject, by: str | None, now: str) -> JsonObject:
        changed = {**record, "withdrawnAt": now, "withdrawnBy": by, "updatedAt": now}
        self._keep("publications", changed)
        return changed

    def _withdraw_replaced(self, record: JsonObject, now: str) -> None:
        replaced_id = record["replacesPublicationId"]
        if replaced_id is None:
            return
        replaced = self.get("publications", str(replaced_id))
        if replaced["communityId"] != record["communityId"]:
            problem = f"is in community {replaced['communityId']}, not in {record['communityId']}"
            raise ApiError(
                400,
                "invalid_request",
                f"The request was refused: replacesPublicationId {problem}.",
                [("replacesPublicationId", problem)],
            )
        if replaced["withdrawnAt"] is None:
            publisher = record["publishedBy"]
            self._withdrawn(replaced, publisher if isinstance(publisher, str) else None, now)

    def _mark_answered(self, message: JsonObject, now: str) -> None:
        case = self.get("cases", str(message["caseId"]))
        if message["authorRole"] == "team" and case["status"] == "open":
            self._keep("cases", {**case, "status": "answered", "updatedAt": now})

    def _require_referred(self, record_type: RecordType, record: JsonObject) -> None:
        problems = [
            (name.name, f"names {one!r}, which is not in {name.refers_to}")
            for name in record_type.fields
            if name.refers_to is not None
            for one in _named(record.get(name.name))
            if one not in self._shelves[name.refers_to].by_id
        ]
        if problems:
            sentence = "; ".join(f"{name} {problem}" for name, problem in problems)
            raise ApiError(400, "invalid_request", f"The request was refused: {sentence}.", problems)

    def _set_identity(self, shelf: _Shelf, record: JsonObject) -> None:
        record_type = shelf.record_type
        if record_type.id_prefix and record[record_type.id_fields[0]] is None:
            record[record_type.id_fields[0]] = shelf.free_id()
        record_id = record_type.record_id(record)
        if record_id in shelf.by_id:
            raise ApiError(409, "already_exists", f"{record_type.path} has an object {record_id!r} already.")

    def _keep(self, path: str, record: JsonObject) -> None:
        self.journal.append({"object": path, "record": record})
        self._shelves[path].put(record)


def _named(value: object) -> list[object]:
    """The identifiers that a field names: none, one or several."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _server_fields(record_type: RecordType, record: JsonObject, now: str) -> JsonObject:
    """The server's fields of a new object: those of instants that have not come yet are None."""
    fields: JsonObject = dict.fromkeys(record_type.server_fields)
    if record_type.created_field:
        fields[record_type.created_field] = now
    return {**fields, **_status_times(record_type, record, now), "updatedAt": now}


def _status_times(record_type: RecordType, record: JsonObject, now: str) -> JsonObject:
    """The instants that an object's status sets, and takes away again where it goes back to `open`."""
    status = record.get("status")
    if status == "open":
        return dict.fromkeys(record_type.status_times.values())
    return {name: now for of, name in record_type.status_times.items() if of == status}


def _matches(record: JsonObject, filters: Mapping[str, str]) -> bool:
    return all(record.get(name) == value for name, value in filters.items())
