"""How the raw objects of each stream are read again: today's readers on bytes that were sealed earlier.

Here belongs the way from a quarantined record back to the reader that refused it, with what the reader needs besides
the bytes: the mapping, the run that a file belongs to, the secret of signatures. No vendor is called. Not here: Design,
dropped files and Cloudinary's answers (the vendors' own `read_again`), what counts as read, and landing
(`ingest.quarantine_replay`).
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from io import BytesIO
from typing import Final
from urllib.parse import unquote, urlsplit

import polars as pl

from assettrail.run_layout_settings import RunLayout
from assettrail.settings import Settings
from evidence.leaves import Outcome
from ingest.cloudinary.read_again import cloudinary_again
from ingest.cloudinary.signature import NotificationKeys
from ingest.cloudinary.streams import Message, read_messages
from ingest.exstream.engine_clock import by_engine_clock
from ingest.exstream.opening import run_file_reader
from ingest.exstream.read_again import design_again, is_of_design
from ingest.exstream.records import listed_values
from ingest.exstream.streams import FILE_STREAMS, RunFile, RunFileReader
from ingest.exstream.walk import context_of_member
from ingest.landed_files import landed_file
from ingest.landing_store import LandingStore
from ingest.pseudonym_keys import run_pseudonyms
from ingest.quarantine import QuarantinedRecord
from ingest.quarantine_pages import page_again
from ingest.quarantine_replay import CannotReadAgain, ReadAgain
from ingest.reading import Reading, Values
from ingest.sources import present
from ingest.strict import JsonObject
from ingest.trading_grid.opening import trading_grid_context
from ingest.trading_grid.read_again import dropped_file_again, is_of_a_file
from ingest.trading_grid.streams import contract_of, values_of

_OF_A_STEP: Final = re.compile(r"/runtime/(?P<domain>[^/]+)/flow-steps/(?P<step>[^/]+)/")
_OF_A_DOMAIN: Final = re.compile(r"/runtime/(?P<domain>[^/]+)/")
_LISTED: Final = frozenset({"jobs", "flow_instances", "flow_steps"})
_COUNTED: Final[frozenset[Outcome]] = frozenset({"accepted", "held"})


def reader_of(settings: Settings, store: LandingStore) -> Callable[[str, str], ReadAgain]:
    """Return the function that gives the reader of a stream.

    It raises ConfigurationError when the system is not in the settings, CannotReadAgain for a stream whose raw objects
    do not tell enough to be read alone.
    """
    return partial(_reader, settings, store)


def _reader(settings: Settings, store: LandingStore, system: str, stream: str) -> ReadAgain:
    found: ReadAgain | None = None
    if system == "exstream":
        found = _exstream_again(settings, store, stream)
    elif system == "trading_grid":
        found = _trading_grid_again(settings, store, stream)
    elif (system, stream) == ("cloudinary", "notifications"):
        found = _notification_again(settings, store)
    elif system == "cloudinary":
        found = cloudinary_again(stream)
    if found is not None:
        return found
    raise CannotReadAgain(
        tried=f"to read quarantined records of {system}/{stream} again",
        found="raw objects that do not tell by themselves what they belong to",
        expected="a stream whose raw objects can be read alone",
        remedy=f"have the source read again: `assettrail ingest {system}`, or `assettrail backfill` for past days",
    )


def _exstream_again(settings: Settings, store: LandingStore, stream: str) -> ReadAgain | None:
    if stream in FILE_STREAMS:
        return _run_file_again(settings, store)
    zone = settings.exstream.engine_zone if settings.exstream else None
    if stream in _LISTED:
        return page_again(lambda record: partial(_listed, stream, (_domain_of(record),), zone))
    if stream == "resource_references":
        return page_again(lambda record: partial(_listed, stream, _context_of_member(record), zone))
    return design_again(store, zone) if is_of_design(stream) else None


def _trading_grid_again(settings: Settings, store: LandingStore, stream: str) -> ReadAgain:
    """Each record by where it was refused: in a dropped file, or in an answer of the service."""
    of_a_file = dropped_file_again(settings, store)

    def read_again(record: QuarantinedRecord, data: bytes, part: bytes | None) -> Reading:
        if is_of_a_file(record):
            return of_a_file(record, data, part)
        mapped = contract_of(present("trading_grid", settings.trading_grid)).get(stream)
        if mapped is None:
            raise CannotReadAgain(
                tried=f"to read the quarantined record {record.record_id} of {record.label} again",
                found="no mapping of this stream",
                expected="the mapping that it was read by, or a better one",
                remedy=f"add trading_grid.objects.{stream}",
            )
        read = values_of(stream, mapped, trading_grid_context(settings))
        return page_again(lambda _: read)(record, data, part)

    return read_again


def _listed(stream: str, context: tuple[str, ...], zone: str | None, item: JsonObject) -> list[Values]:
    return [by_engine_clock(listed_values(stream, item, context), zone)]


def _context_of_member(record: QuarantinedRecord) -> tuple[str, ...]:
    found = context_of_member(record.source_uri)
    if found is None:  # Of before the address told it.
        raise _no_place(record)
    return found


def _domain_of(record: QuarantinedRecord) -> str:
    found = _OF_A_DOMAIN.search(urlsplit(record.source_uri).path)
    if found is None:
        raise _no_place(record)
    return unquote(found["domain"])


def _notification_again(settings: Settings, store: LandingStore) -> ReadAgain:
    keys = NotificationKeys.from_settings(present("cloudinary", settings.cloudinary))

    def read_again(record: QuarantinedRecord, data: bytes, part: bytes | None) -> Reading:
        now = max(time.time(), store.clock.now().timestamp())
        if part is not None:
            message = Message(json.loads(part), record.source_uri, record.raw_hash, record.offset)
            return read_messages([message], keys, now)
        lines = [line for line in data.split(b"\n") if line.strip()]
        messages = [Message(json.loads(line), record.source_uri, record.raw_hash, 0) for line in lines]
        return read_messages(messages, keys, now)

    return read_again


def _run_file_again(settings: Settings, store: LandingStore) -> ReadAgain:
    """Reads the whole file of a run: its lines lean on each other, and what landed of it before lands not again."""
    reader = run_file_reader(settings, run_pseudonyms(settings, store))

    last: dict[tuple[str, str], Reading] = {}

    def read_again(record: QuarantinedRecord, data: bytes, _: bytes | None) -> Reading:
        place = (record.source_uri, record.raw_hash)  # The files of two runs may have the same bytes.
        if place not in last:
            last.clear()
            reading = last[place] = Reading()
            file = _run_file(store, reader.layout, record, len(data))
            reader.read(record.stream, replace(file, mapping=_mapping_of(reader, record)), BytesIO(data), reading)
        return last[place]

    return read_again


def _mapping_of(reader: RunFileReader, record: QuarantinedRecord) -> str | None:
    """The mapping that a report of the customer's own design is read by, told by the file's name; None for ours."""
    file = unquote(urlsplit(record.source_uri).path).rpartition("/")[2].removesuffix(".gz")
    own = [name for name, mapping in reader.mappings.items() if mapping.file == file]
    return own[0] if own else None


def _run_file(store: LandingStore, layout: RunLayout, record: QuarantinedRecord, size: int) -> RunFile:
    """The file with the run that it belongs to: by its path in a folder, or by its step as that has landed."""
    path = unquote(urlsplit(record.source_uri).path)
    folder, step = layout.file_of_run(path), _OF_A_STEP.search(urlsplit(record.source_uri).path)
    kind = FILE_STREAMS[record.stream]
    if folder is not None:
        return RunFile(
            kind=kind,
            domain=folder["domain"],
            job_id=folder["job"],
            flow_instance_id=folder["instance"],
            flow_step_id=None,
            docgen_uuid=folder["docgen"],
            source_uri=record.source_uri,
            raw_hash=record.raw_hash,
            size=size,
        )
    if step is None:
        raise _no_place(record)
    domain, step_id = unquote(step["domain"]), unquote(step["step"])
    instance = _landed_value(store, "flow_steps", {"domain": domain, "flow_step_id": step_id}, "flow_instance_id")
    job = instance and _landed_value(
        store, "flow_instances", {"domain": domain, "flow_instance_id": instance}, "job_id"
    )
    if instance is None or job is None:
        raise _no_place(record)
    return RunFile(
        kind=kind,
        domain=domain,
        job_id=job,
        flow_instance_id=instance,
        flow_step_id=step_id,
        docgen_uuid=None,
        source_uri=record.source_uri,
        raw_hash=record.raw_hash,
        size=size,
    )


def _landed_value(store: LandingStore, stream: str, wanted: Mapping[str, str], column: str) -> str | None:
    """The column of the latest landed row with these values; None where none has landed."""
    for batch in reversed(store.ledger.of_stream("exstream", stream)):
        path = landed_file(store, batch) if batch.standing in _COUNTED else None
        if path is None:
            continue
        rows = pl.scan_parquet(path, hive_partitioning=False)
        found = rows.filter([pl.col(name) == value for name, value in wanted.items()]).select(column).tail(1).collect()
        if len(found):
            return str(found.item())
    return None


def _no_place(record: QuarantinedRecord) -> CannotReadAgain:
    return CannotReadAgain(
        tried=f"to read the quarantined record {record.record_id} of {record.label} again",
        found=f"an address ({record.source_uri}) from which the run or domain that it belongs to cannot be told",
        expected="the address of a file or listing of Exstream whose flow step has landed",
        remedy="have the source read again: `assettrail ingest exstream`, or `assettrail backfill` for past days",
    )
