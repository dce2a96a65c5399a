"""Trying a mapping on a file: what would land, what would not, and what a person should know. Nothing is written.

Here belongs the dry run behind `assettrail sources check FILE --mapping MAPPING`. It reads exactly as an ingest does;
recipients are shown as marks. Not here: how it is printed (the command line), and reading itself (`mapped_report`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

from assettrail.errors import ConfigurationError
from assettrail.settings import Settings
from ingest.dry_run import FIRST_ROWS, DryRun, PseudonymMarks, RefusedPart, StreamDryRun
from ingest.exstream.mapped_report import count_records, refuse_wrong_columns, streams_of
from ingest.exstream.opening import run_file_reader
from ingest.exstream.report_mapping import OBJECTS, ReportMapping, load_mapping
from ingest.exstream.streams import RunFile, RunFileReader
from ingest.extract import Quarantined
from ingest.reading import Reading
from ingest.rows import read_rows
from ingest.schema import LOAD_COLUMNS, ROW_HASH, stream_schema
from ingest.strict import sha256_hex


def try_mapping(settings: Settings, file: Path, mapping_file: Path) -> DryRun:
    """What an ingest would make of a file by a mapping.

    Raises ConfigurationError for a mapping with mistakes, or when the file cannot be read.
    """
    mapping = load_mapping(mapping_file)
    data = _content(file)
    refuse_wrong_columns(mapping, BytesIO(data), str(file))
    reader = replace(run_file_reader(settings, PseudonymMarks()), mappings={mapping.name: mapping})
    run = RunFile(
        kind="report",
        domain="(domain)",
        job_id="(job)",
        flow_instance_id="(flow instance)",
        flow_step_id=None,
        docgen_uuid=None,
        source_uri=file.name,
        raw_hash=sha256_hex(data),
        size=len(data),
        mapping=mapping.name,
    )
    streams, refused, notes = [], dict[int, tuple[list[str], str]](), list(_notes(mapping, reader))
    for stream in streams_of(mapping):
        reading = Reading()
        notes += reader.read(stream, run, BytesIO(data), reading)
        shown, unreadable, contradictions = _shown(stream, reading)
        streams.append(shown)
        notes += contradictions
        for part in unreadable:
            refused.setdefault(part.offset, ([], part.reason))[0].append(stream)
    return DryRun(
        system="exstream",
        records=count_records(mapping, BytesIO(data)),
        streams=tuple(streams),
        refused=tuple(
            RefusedPart(offset, tuple(dict.fromkeys(missing)), reason)
            for offset, (missing, reason) in sorted(refused.items())
        ),
        notes=tuple(dict.fromkeys(notes)),
    )


def _shown(stream: str, reading: Reading) -> tuple[StreamDryRun, list[Quarantined], list[str]]:
    schema = stream_schema("exstream", stream)
    readable = read_rows(schema, reading.rows, reading.tables)
    hashes = readable.table.column(ROW_HASH).to_pylist()
    first = readable.table.slice(0, FIRST_ROWS).drop_columns(
        [name for name in LOAD_COLUMNS if name in readable.table.column_names]
    )
    rows = tuple({name: value for name, value in row.items() if value is not None} for row in first.to_pylist())
    keys = (
        readable.table.select([*schema.key, ROW_HASH])
        .group_by(list(schema.key))
        .aggregate([(ROW_HASH, "count_distinct")])
    )
    told_twice = sum(1 for count in keys.column(f"{ROW_HASH}_count_distinct").to_pylist() if count > 1)
    notes = []
    if told_twice:
        notes.append(
            f"{stream}: {told_twice} keys ({', '.join(schema.key)}) have records that contradict each other; "
            "the gate would hold the batch"
        )
    return StreamDryRun(stream, len(hashes), len(set(hashes)), rows), [*reading.quarantined, *readable.refused], notes


def _notes(mapping: ReportMapping, reader: RunFileReader) -> Iterable[str]:
    """What of the mapping will not land, or lands changed, although nothing is wrong with it."""
    kept = reader.kept.profile_fields
    for name in mapping.fields:
        head, _, rest = name.partition(".")
        member = rest.partition(".")[0]
        if head == "profile" and member and member not in kept:
            yield f"{name} stays sealed in the raw store: {member!r} is not in exstream.kept_profile_fields"
        if name in OBJECTS:
            yield f"of {name} only listed members land: decisions by our own names, and exstream.kept_profile_fields"
    if "recipient_id" in mapping.fields:
        yield f"recipients land as pseudonyms of the kind {mapping.shape.recipient_kind!r}; here they are marks"


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            tried=f"to read {file}",
            found=error.strerror or type(error).__name__,
            expected="a report that this user may read",
            remedy="correct the path; nothing was read",
        ) from error
