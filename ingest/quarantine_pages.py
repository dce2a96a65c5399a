"""Reading records of one JSON answer again: the refused one alone, or all of its list where it cannot be told apart.

Here belongs the way from a refused part back to a reader of records, for all three vendors. Not here: which reader a
stream has (`quarantine_readers` and the vendors' own `read_again`), and what counts as read (`quarantine_replay`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

from ingest.quarantine import QuarantinedRecord, objects_in
from ingest.quarantine_replay import ReadAgain
from ingest.reading import Reading, Values
from ingest.strict import JsonObject

ReadRecord = Callable[[JsonObject], Iterable[Values]]


def page_again(read_of: Callable[[QuarantinedRecord], ReadRecord], list_name: str | None = None) -> ReadAgain:
    """The reader of one record of a JSON answer; of all its records where the refused one cannot be told apart.

    `list_name` is the member that holds the records; without it they are the longest list of objects of the answer.
    """

    def read_again(record: QuarantinedRecord, data: bytes, part: bytes | None) -> Reading:
        payloads = records_of(data, list_name) if part is None else [json.loads(part)]
        first = 0 if part is None else record.offset
        reading = Reading()
        reading.read_each(payloads, read_of(record), record.source_uri, record.raw_hash, first)
        return reading

    return read_again


def answer_again(read: Callable[[QuarantinedRecord, JsonObject], Iterable[Values]]) -> ReadAgain:
    """The reader of an answer that is one record as a whole."""

    def read_again(record: QuarantinedRecord, data: bytes, _: bytes | None) -> Reading:
        reading = Reading()
        reading.read_each(
            [json.loads(data)], lambda item: read(record, item), record.source_uri, record.raw_hash, record.offset
        )
        return reading

    return read_again


def records_of(data: bytes, list_name: str | None = None) -> list[JsonObject]:
    """The records of an answer; none of what is no JSON."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return []
    if list_name is not None:
        return _objects(document.get(list_name) if isinstance(document, dict) else None)
    lists = [_objects(document), *(_objects(value) for found in objects_in(document) for value in found.values())]
    return max(lists, key=len)


def _objects(value: object) -> list[JsonObject]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
