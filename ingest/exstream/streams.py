"""The files of engine runs as landing rows: open files in, rows out, in memory that does not grow with the file.

Here belong the rows of delivery outputs, engine messages, communications, renderings, asset uses and links of outputs,
the same for the REST source and the drop folder. Recipients' identifiers become pseudonyms here, free text is masked,
and of what else may speak of a recipient only what is listed lands (`discretion`). Not here: fetching, claims and
cursors.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import BinaryIO, Final, Literal, TypeAlias

import pyarrow as pa

from assettrail.errors import ConfigurationError, RecordRejected
from assettrail.run_layout_settings import RunLayout
from ingest.exstream.asset_use_report import ReportLine
from ingest.exstream.delivery_file import delivery_batches
from ingest.exstream.delivery_outputs import DeliveryBatch, DeliveryOutput
from ingest.exstream.delivery_text import HEAD_BYTES, customers_processed
from ingest.exstream.discretion import Kept, clean_file_name, without_identifiers
from ingest.exstream.engine_clock import PRINTED_TIME, by_engine_clock
from ingest.exstream.mapped_report import has_part, mapped_lines, streams_of
from ingest.exstream.message_file import RefusedLine, read_message_file
from ingest.exstream.output_links import output_links
from ingest.exstream.output_places import place_of_output
from ingest.exstream.report_file import refused_line
from ingest.exstream.report_mapping import ReportMapping
from ingest.exstream.report_rows import ReportChunks, ReportMeaning
from ingest.exstream.run_customers import RunCustomers
from ingest.laid_aside import LandableTable
from ingest.lines import FileBytes, LongLine, chunks_of_lines, lines_of
from ingest.pseudonym import MakesPseudonyms, mask_identifiers, recipients_of_run
from ingest.reading import Reading, Values
from ingest.rows import read_rows
from ingest.schema import stream_schema
from ingest.strict import canonical_json

FileKind = Literal["delivery", "messages", "report", "outputs"]
FILE_STREAMS: Mapping[str, FileKind] = {
    "delivery_outputs": "delivery",
    "engine_messages": "messages",
    "communications": "report",
    "renderings": "report",
    "asset_uses": "report",
    "output_links": "outputs",
}
"""Streams that come from files of runs, and the kind of file that each is read from."""
ROWS_PER_TABLE: Final = 5_000
BYTES_PER_TABLE: Final = 8 << 20
"""So many rows, or rows of so many bytes of a file, are not kept one by one: a table of them is laid aside."""

LayAside: TypeAlias = Callable[[pa.Table], LandableTable]
"""Gives a table that takes no memory in place of one that does."""


def in_memory(table: pa.Table) -> pa.Table:
    """A table laid aside nowhere."""
    return table


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


_PAGES = re.compile(r"\d{1,18}", re.ASCII)


@dataclass(frozen=True)
class RunFile:
    """One file of an engine run, kept in the raw store, and the run it belongs to.

    `customers` is the number of customers that the run's delivery file states, where it is known. `mapping` names the
    mapping that a report of the customer's own design is read by; None: it is our asset-use report.
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

    @property
    def engine_run_id(self) -> str:
        """The engine run that wrote it: the flow step where one is known, otherwise the id of the run's own folder."""
        return self.flow_step_id or self.docgen_uuid or self.flow_instance_id


@dataclass(frozen=True)
class RunFileReader:
    """Turns files of runs into rows; `hosts` and `cloud` are the account's delivery hosts and cloud name.

    `recipient_keys` become pseudonyms and never land, whatever `kept` lists. `mappings` are those of the reports that
    the customer designed, by name. `zone` is the IANA zone of the engine's clock, where a setting names it. `layout`
    says what the folders of runs are called.
    """

    recipients: MakesPseudonyms
    recipient_keys: Mapping[str, str]
    kept: Kept
    hosts: tuple[str, ...] = ()
    cloud: str | None = None
    mappings: Mapping[str, ReportMapping] = field(default_factory=dict)
    zone: str | None = None
    layout: RunLayout = field(default_factory=RunLayout)

    def read(
        self, stream: str, file: RunFile, source: BinaryIO, reading: Reading, lay_aside: LayAside = in_memory
    ) -> list[str]:
        """Add the file's rows of one stream; return what casts doubt on the file's completeness, in words.

        `source` can seek. Many rows become tables, which are laid aside. Nothing is added of a file that is refused as
        a whole.
        """
        own = recipients_of_run(self.recipients, file.flow_instance_id)
        if own is not self.recipients:
            return replace(self, recipients=own).read(stream, file, source, reading, lay_aside)
        read = Reading()
        try:
            doubts = self._read(stream, file, source, read, lay_aside)
        except (ConfigurationError, RecordRejected) as error:
            return refused_whole(file, error, reading)
        reading.add_all(read)
        return doubts

    def _read(self, stream: str, file: RunFile, source: BinaryIO, reading: Reading, lay_aside: LayAside) -> list[str]:
        if stream == "delivery_outputs":
            return self._delivery_outputs(file, source, reading, lay_aside)
        if stream == "engine_messages":
            self._engine_messages(file, source, reading, lay_aside)
        elif stream == "output_links":
            self._output_links(file, source, reading, lay_aside)
        elif file.mapping is not None:
            return self._mapped_report(stream, file, self.mappings[file.mapping], source, reading, lay_aside)
        else:
            return short_report(file, self._report_lines(stream, file, source, reading))
        return []

    def _delivery_outputs(self, file: RunFile, source: BinaryIO, reading: Reading, lay_aside: LayAside) -> list[str]:
        number = 0
        source.seek(0)
        customers = RunCustomers(customers_processed(source.read(HEAD_BYTES)))
        for batch in delivery_batches(source):
            self._add_outputs(file, batch, number, reading)
            customers.add(batch)
            number += len(batch.outputs)
            rows_aside("delivery_outputs", reading, lay_aside)
        customers.refuse_nobody()
        return customers.short(file.flow_instance_id)

    def _add_outputs(self, file: RunFile, batch: DeliveryBatch, first: int, reading: Reading) -> None:
        """Add the rows of a batch of outputs, the first of which has the number `first`."""
        uri, raw_hash = file.source_uri, file.raw_hash
        for refused in batch.refused:
            excerpt = f"{refused.number} {refused.path}".encode("utf-8", "surrogatepass")
            reading.refuse(refused.error, uri, raw_hash, refused.number, excerpt)
        for number, output in enumerate(batch.outputs, start=first):
            try:
                reading.add([self._output_values(file, output)], uri, raw_hash)
            except RecordRejected as refusal:
                reading.refuse(refusal, uri, raw_hash, number, output.path.encode())

    def _output_values(self, file: RunFile, output: DeliveryOutput) -> Values:
        """One row per (file, customer); the path's part behind `output/` is the file's name, and lands hashed."""
        place = place_of_output(output.path, self.layout)
        docgen_uuid = place.docgen_uuid or file.docgen_uuid
        if docgen_uuid is None:
            raise RecordRejected(
                tried="to read an output of a delivery file",
                found="a path without /docgen/<uuid>/output/",
                expected="the working folder of the engine run",
                remedy="set exstream.run_layout.run_folder to the installation's layout of folders",
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
            "file_name": clean_file_name(place.name, output.queue_name, self.recipients.pseudonym),
            "customer_number": output.customer_number,
            "page_count": output.page_count,
            "file_size": output.size_bytes,
            "total_pages_in_document": int(pages) if _PAGES.fullmatch(pages) else None,
            "recipient_pseudonym": self.recipients.pseudonym(kind, recipient) if recipient else None,
            "recipient_kind": kind if recipient else None,
            "pseudonym_key_id": self.recipients.key_id if recipient else None,
            "keys": canonical_json(without_identifiers(self.kept.keys(output.keys), self.recipient_keys)),
        }

    def _recipient(self, keys: Mapping[str, str]) -> tuple[str, str | None]:
        for name, kind in self.recipient_keys.items():
            if keys.get(name):
                return kind, keys[name]
        return "", None

    def _engine_messages(self, file: RunFile, source: BinaryIO, reading: Reading, lay_aside: LayAside) -> None:
        laid_to = 0
        for message in read_message_file(source):
            if isinstance(message, RefusedLine):
                reading.refuse_part(message.error, file.source_uri, file.raw_hash, message.offset, message.sha256)
                continue
            values: Values = {
                "source_file_sha256": file.raw_hash,
                "line_number": message.line_number,
                "flow_instance_id": file.flow_instance_id,
                "engine_run_id": file.engine_run_id,
                "flow_step_id": file.flow_step_id,
                "message_number": message.message_number,
                "message_id": message.message_id,
                "severity": message.severity,
                "sequence": message.sequence,
                "text": mask_identifiers(message.text),
                "issued_at_raw": message.issued_at_raw,
            }
            try:
                reading.add([by_engine_clock(values, self.zone, PRINTED_TIME)], file.source_uri, file.raw_hash)
            except RecordRejected as error:
                if self.zone is None or message.sha256 is None:  # All times of the file are printed by one clock.
                    raise
                reading.refuse_part(error, file.source_uri, file.raw_hash, message.offset, message.sha256)
            if rows_aside("engine_messages", reading, lay_aside, message.offset - laid_to):
                laid_to = message.offset

    def _output_links(self, file: RunFile, source: BinaryIO, reading: Reading, lay_aside: LayAside) -> None:
        """The addresses of a run's HTML outputs, from the list that was made of them (`html_outputs`)."""
        run = {"domain": file.domain, "job_id": file.job_id, "flow_instance_id": file.flow_instance_id}
        meaning = self.meaning(file)
        laid_to = 0
        for line in lines_of(FileBytes(source).blocks()):
            if isinstance(line, LongLine):
                reading.quarantined.append(refused_line(line, file.source_uri, file.raw_hash))
                continue
            offset, data = line
            try:
                reading.add(output_links(data, run, file.docgen_uuid, meaning), file.source_uri, file.raw_hash)
            except RecordRejected as error:
                reading.refuse(error, file.source_uri, file.raw_hash, offset, data)
            if rows_aside("output_links", reading, lay_aside, offset - laid_to):
                laid_to = offset

    def _report_lines(self, stream: str, file: RunFile, source: BinaryIO, reading: Reading) -> int:
        """Read a report, plain or gzip; how many lines it has. Raises RecordRejected for gzip that is not whole."""
        chunks = ReportChunks(self.meaning(file), file.source_uri, file.raw_hash)
        count = 0
        for piece in chunks_of_lines(FileBytes(source).blocks()):
            if isinstance(piece, LongLine):
                reading.quarantined.append(refused_line(piece, file.source_uri, file.raw_hash))
                count += 1
            else:
                offset, chunk = piece
                count += chunks.read(chunk, offset, {stream: reading})
        return count

    def _mapped_report(
        self,
        stream: str,
        file: RunFile,
        mapping: ReportMapping,
        source: BinaryIO,
        reading: Reading,
        lay_aside: LayAside,
    ) -> list[str]:
        """A report of the customer's own design; one whose columns are not those of its mapping is refused whole."""
        if stream not in streams_of(mapping):
            return []
        recipients = OfOneKind(self.recipients, mapping.shape.recipient_kind)
        chunks = ReportChunks(self.meaning(file, recipients), file.source_uri, file.raw_hash)
        laid_to = 0
        line: ReportLine | LongLine | None = None
        for line in mapped_lines(mapping, source, file.source_uri):
            if isinstance(line, LongLine):
                reading.quarantined.append(refused_line(line, file.source_uri, file.raw_hash))
            elif isinstance(line.content, RecordRejected) or has_part(stream, line.content):
                chunks.read_alone(stream, line, reading)
                if rows_aside(stream, reading, lay_aside, line.offset - laid_to):
                    laid_to = line.offset
        return _without_header(file, mapping, source) if line is None else perhaps_cut(file, mapping, line)

    def meaning(self, file: RunFile, recipients: MakesPseudonyms | None = None) -> ReportMeaning:
        """What the values of a run's report become; with `recipients`, those who make the pseudonyms instead."""
        return ReportMeaning(
            domain=file.domain,
            flow_instance_id=file.flow_instance_id,
            recipients=recipients or self.recipients,
            kept=self.kept,
            recipient_keys=tuple(self.recipient_keys),
            hosts=self.hosts,
            cloud=self.cloud,
        )


def rows_aside(stream: str, reading: Reading, lay_aside: LayAside, size: int = 0) -> bool:
    """Make a table of the rows of a stream, and lay it aside, when they are many; whether it was done.

    `size` is how many bytes of a file they come from, where that may be much for few rows.
    """
    if not reading.rows or (len(reading.rows) < ROWS_PER_TABLE and size < BYTES_PER_TABLE):
        return False
    readable = read_rows(stream_schema("exstream", stream), reading.rows)
    reading.rows.clear()
    reading.tables.append(lay_aside(readable.table))
    reading.quarantined += readable.refused
    return True


def short_report(file: RunFile, lines: int) -> list[str]:
    """The doubt about an asset-use report with fewer lines than the run has customers, in words."""
    if file.customers is None or lines >= file.customers:
        return []
    short = f"{lines} lines for {file.customers} customers of its delivery file"
    return [f"the asset-use report of flow instance {file.flow_instance_id} has {short}"]


def perhaps_cut(file: RunFile, mapping: ReportMapping, last: ReportLine | LongLine) -> list[str]:
    """The doubt about a table whose last record has no line end, in words: a value that was cut reads as a shorter one.

    A JSON line that was cut is none, and a record that was refused is told already. Where a sound report ends so, the
    mapping says it.
    """
    if mapping.shape.format == "jsonlines" or not mapping.shape.last_line_end:
        return []
    if isinstance(last, LongLine):
        return []
    if last.line.endswith(b"\n") or isinstance(last.content, RecordRejected):
        return []
    end = "ends within a line: its last record may be cut"
    return [f"the report {mapping.name} of flow instance {file.flow_instance_id} {end}"]


def _without_header(file: RunFile, mapping: ReportMapping, source: BinaryIO) -> list[str]:
    """The doubt about a report without records that has not even its header, in words: it may be cut at its start."""
    source.seek(0)
    if not mapping.shape.header or any(block.strip() for block in FileBytes(source).blocks()):
        return []
    return [f"the report {mapping.name} of flow instance {file.flow_instance_id} is empty, and has no header"]


def refused_whole(file: RunFile, error: ConfigurationError | RecordRejected, reading: Reading) -> list[str]:
    """Refuse a file as a whole; the doubt about it, in words."""
    refusal = RecordRejected(error.tried, error.found, error.expected, error.remedy)
    reading.refuse_whole(refusal, file.source_uri, file.raw_hash)
    return [f"{_in_words(file)} {error.found}"]


def _in_words(file: RunFile) -> str:
    """What is said of a file that is refused as a whole."""
    of = f"of flow instance {file.flow_instance_id}"
    if file.mapping is not None:
        return f"the report {file.mapping} {of} does not fit its mapping:"
    if file.kind == "report":
        return f"the asset-use report {of} cannot be read:"
    if file.kind == "messages":
        return f"the message file {of} cannot be read:"
    if file.kind == "outputs":
        return f"the list of HTML outputs {of} cannot be read:"
    return f"the delivery file {of} is corrupt:"
