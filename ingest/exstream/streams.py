"""The files of engine runs as landing rows: pure, bytes in, rows out.

Here belong the rows of delivery outputs, engine messages, communications, renderings and asset uses, the same
for the REST source and the drop folder. Recipients' identifiers become pseudonyms here, free text is masked, and
of what else may speak of a recipient only what is listed lands (`discretion`). Not here: fetching, claims and
cursors.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Literal

import pyarrow as pa

from assettrail.errors import ConfigurationError, RecordRejected
from ingest.exstream.delivery_file import BATCH_OUTPUTS, DeliveryBatch, DeliveryOutput, delivery_batches
from ingest.exstream.discretion import Kept, clean_file_name
from ingest.exstream.mapped_report import has_part, mapped_lines, streams_of
from ingest.exstream.message_file import RefusedLine, read_message_file
from ingest.exstream.report_file import refused_line
from ingest.exstream.report_lines import LongLine, ReportBytes, chunks_of_lines
from ingest.exstream.report_mapping import ReportMapping
from ingest.exstream.report_rows import ReportChunks, ReportMeaning
from ingest.extract import Row
from ingest.pseudonym import MakesPseudonyms, mask_identifiers, recipients_of_run
from ingest.reading import Reading, Values
from ingest.rows import read_rows
from ingest.schema import stream_schema
from ingest.strict import canonical_json

FileKind = Literal["delivery", "messages", "report"]
FILE_STREAMS: Mapping[str, FileKind] = {
    "delivery_outputs": "delivery",
    "engine_messages": "messages",
    "communications": "report",
    "renderings": "report",
    "asset_uses": "report",
}
"""Streams that come from files of runs, and the kind of file that each is read from."""


@dataclass(frozen=True)
class OfOneKind:
    """Makes pseudonyms of one kind, whatever kind a reader asks for: a mapping says what its recipients are."""

    maker: MakesPseudonyms
    kind: str

    @property
    def key_id(self) -> str:
        """The key that pseudonyms are made with."""
        return self.maker.key_id

    def pseudonym(self, kind: str, value: str) -> str:  # noqa: ARG002 - as `MakesPseudonyms` has it
        """The pseudonym of a recipient of this kind."""
        return self.maker.pseudonym(self.kind, value)


_OUTPUT_PATH = re.compile(r"/docgen/(?P<docgen>[^/]+)/output/(?P<name>.+)$")
_PAGES = re.compile(r"\d{1,18}", re.ASCII)


@dataclass(frozen=True)
class RunFile:
    """One file of an engine run, kept in the raw store, and the run it belongs to.

    `customers` is the number of customers that the run's delivery file states, where it is known. `mapping` names the
    mapping that a report of the customer's own design is read by; None: it is our asset-use report. `path` is where a
    report lies that is read from its file, whatever its size.
    """

    kind: FileKind
    domain: str
    job_id: str
    flow_instance_id: str
    flow_step_id: str | None
    docgen_uuid: str | None
    source_uri: str
    raw_hash: str
    size: int
    customers: int | None = None
    mapping: str | None = None
    path: Path | None = None


@dataclass(frozen=True)
class RunFileReader:
    """Turns files of runs into rows; `hosts` and `cloud` are the account's delivery hosts and cloud name.

    `recipient_keys` become pseudonyms and never land, whatever `kept` lists. `mappings` are those of the reports that
    the customer designed, by name.
    """

    recipients: MakesPseudonyms
    recipient_keys: Mapping[str, str]
    kept: Kept
    hosts: tuple[str, ...] = ()
    cloud: str | None = None
    mappings: Mapping[str, ReportMapping] = field(default_factory=dict)

    def read(self, stream: str, file: RunFile, data: bytes, reading: Reading) -> list[str]:
        """Add the file's rows of one stream; return what casts doubt on the file's completeness, in words."""
        own = recipients_of_run(self.recipients, file.flow_instance_id)
        if own is not self.recipients:
            return replace(self, recipients=own).read(stream, file, data, reading)
        if stream == "delivery_outputs":
            return self._delivery_outputs(file, data, reading)
        if stream == "engine_messages":
            return self._engine_messages(file, data, reading)
        if file.mapping is not None:
            return self._mapped_report(stream, file, self.mappings[file.mapping], data, reading)
        return self._report(stream, file, data, reading)

    def _delivery_outputs(self, file: RunFile, data: bytes, reading: Reading) -> list[str]:
        return self.read_delivery(file, BytesIO(data), reading, lambda table: table)

    def read_delivery(
        self, file: RunFile, source: BinaryIO, reading: Reading, keep: Callable[[pa.Table], pa.Table]
    ) -> list[str]:
        """Add the rows of a delivery file of any size, which can seek; `keep` may lay a table of them aside.

        Nothing is added of a file that is not sound to its end. Returns what casts doubt on its completeness.
        """
        own = recipients_of_run(self.recipients, file.flow_instance_id)
        reader = self if own is self.recipients else replace(self, recipients=own)
        read = Reading()
        number = 0
        try:
            for batch in delivery_batches(source):
                reader.add_outputs(file, batch, number, read, keep)
                number += len(batch.outputs)
        except RecordRejected as error:
            reading.refuse(error, file.source_uri, file.raw_hash, 0, file.raw_hash.encode())
            return [f"the delivery file of flow instance {file.flow_instance_id} is corrupt: {error.found}"]
        reading.rows += read.rows
        reading.tables += read.tables
        reading.quarantined += read.quarantined
        return []

    def add_outputs(
        self, file: RunFile, batch: DeliveryBatch, first: int, reading: Reading, keep: Callable[[pa.Table], pa.Table]
    ) -> None:
        """Add the rows of a batch; a full one becomes a table, which takes less room than rows."""
        uri, raw_hash = file.source_uri, file.raw_hash
        for refused in batch.refused:
            excerpt = f"{refused.number} {refused.path}".encode("utf-8", "surrogatepass")
            reading.refuse(refused.error, uri, raw_hash, refused.number, excerpt)
        rows = []
        for number, output in enumerate(batch.outputs, start=first):
            try:
                rows.append(Row(self._output_values(file, output), uri, raw_hash))
            except RecordRejected as refusal:
                reading.refuse(refusal, uri, raw_hash, number, output.path.encode())
        if len(batch.outputs) < BATCH_OUTPUTS:
            reading.rows += rows
            return
        readable = read_rows(stream_schema("exstream", "delivery_outputs"), rows)
        reading.tables.append(keep(readable.table))
        reading.quarantined += readable.refused

    def _output_values(self, file: RunFile, output: DeliveryOutput) -> Values:
        """One row per (file, customer); the path's part behind `output/` is the file's name, and lands hashed."""
        path = output.path.replace("\\", "/")
        match = _OUTPUT_PATH.search(path)
        name = match["name"] if match else path.rpartition("/")[2]
        docgen_uuid = match["docgen"] if match else file.docgen_uuid
        if docgen_uuid is None:
            raise RecordRejected(
                tried="to read an output of a delivery file",
                found="a path without /docgen/<uuid>/output/",
                expected="the working folder of the engine run",
                remedy="compare the path with the installation's folder layout",
            )
        kind, recipient = self._recipient(output.keys)
        pages = output.keys.get("TotalPagesInDocument", "")
        return {
            "domain": file.domain,
            "job_id": file.job_id,
            "flow_instance_id": file.flow_instance_id,
            "docgen_uuid": docgen_uuid,
            "queue_name": output.queue_name,
            "mime_type": output.mime_type,
            "pdl": output.pdl,
            "file_name": clean_file_name(name, output.queue_name, self.recipients.pseudonym),
            "customer_number": output.customer_number,
            "page_count": output.page_count,
            "file_size": output.size_bytes,
            "total_pages_in_document": int(pages) if _PAGES.fullmatch(pages) else None,
            "recipient_pseudonym": self.recipients.pseudonym(kind, recipient) if recipient else None,
            "recipient_kind": kind if recipient else None,
            "pseudonym_key_id": self.recipients.key_id if recipient else None,
            "keys": canonical_json(self._without_identifiers(self.kept.keys(output.keys))),
        }

    def _recipient(self, keys: Mapping[str, str]) -> tuple[str, str | None]:
        for name, kind in self.recipient_keys.items():
            if keys.get(name):
                return kind, keys[name]
        return "", None

    def _without_identifiers(self, found: Mapping[str, object]) -> dict[str, object]:
        return {name: value for name, value in found.items() if not self._is_identifier(name)}

    def _is_identifier(self, name: str) -> bool:
        """A key that names a recipient, also in the suffixed variants that installations add."""
        return any(name == own or name.startswith(f"{own}_") for own in self.recipient_keys)

    def _engine_messages(self, file: RunFile, data: bytes, reading: Reading) -> list[str]:
        for message in read_message_file(data):
            if isinstance(message, RefusedLine):
                reading.refuse(message.error, file.source_uri, file.raw_hash, message.offset, message.line)
                continue
            values: Values = {
                "source_file_sha256": file.raw_hash,
                "line_number": message.line_number,
                "flow_step_id": file.flow_step_id,
                "message_number": message.message_number,
                "message_id": message.message_id,
                "severity": message.severity,
                "sequence": message.sequence,
                "text": mask_identifiers(message.text),
                "issued_at_raw": message.issued_at_raw,
            }
            reading.add([values], file.source_uri, file.raw_hash)
        return []

    def _report(self, stream: str, file: RunFile, data: bytes, reading: Reading) -> list[str]:
        read = Reading()
        try:
            count = self._report_lines(stream, file, data, read)
        except RecordRejected as error:
            reading.refuse(error, file.source_uri, file.raw_hash, 0, data)
            return [f"the asset-use report of flow instance {file.flow_instance_id} cannot be read: {error.found}"]
        reading.add_all(read)
        if file.customers is not None and count < file.customers:
            short = f"{count} lines for {file.customers} customers of its delivery file"
            return [f"the asset-use report of flow instance {file.flow_instance_id} has {short}"]
        return []

    def _report_lines(self, stream: str, file: RunFile, data: bytes, reading: Reading) -> int:
        """Read a report, plain or gzip; how many lines it has. Raises RecordRejected for gzip that is not whole."""
        chunks = ReportChunks(self.meaning(file), file.source_uri, file.raw_hash)
        count = 0
        for piece in chunks_of_lines(ReportBytes(BytesIO(data)).blocks()):
            if isinstance(piece, LongLine):
                reading.quarantined.append(refused_line(piece, file.source_uri, file.raw_hash))
                count += 1
            else:
                offset, chunk = piece
                count += chunks.read(chunk, offset, {stream: reading})
        return count

    def _mapped_report(
        self, stream: str, file: RunFile, mapping: ReportMapping, data: bytes, reading: Reading
    ) -> list[str]:
        """A report of the customer's own design; one whose columns are not those of its mapping is refused whole."""
        if stream not in streams_of(mapping):
            return []
        recipients = OfOneKind(self.recipients, mapping.shape.recipient_kind)
        chunks = ReportChunks(self.meaning(file, recipients), file.source_uri, file.raw_hash)
        try:
            for line in mapped_lines(mapping, data, file.source_uri):
                if isinstance(line.content, RecordRejected) or has_part(stream, line.content):
                    chunks.read_alone(stream, line, reading)
        except (ConfigurationError, RecordRejected) as error:
            refusal = RecordRejected(error.tried, error.found, error.expected, error.remedy)
            reading.refuse(refusal, file.source_uri, file.raw_hash, 0, data)
            return [f"the report {mapping.name} of flow instance {file.flow_instance_id} does not fit its mapping"]
        return []

    def meaning(self, file: RunFile, recipients: MakesPseudonyms | None = None) -> ReportMeaning:
        """What the values of a run's report become; with `recipients`, those who make the pseudonyms instead."""
        return ReportMeaning(
            domain=file.domain,
            flow_instance_id=file.flow_instance_id,
            recipients=recipients or self.recipients,
            kept=self.kept,
            is_identifier=self._is_identifier,
            hosts=self.hosts,
            cloud=self.cloud,
        )
