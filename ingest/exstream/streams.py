"""The files of engine runs as landing rows: pure, bytes in, rows out.

Here belong the rows of delivery outputs, engine messages, communications, renderings and asset uses, the same
for the REST source and the drop folder. Recipients' identifiers become pseudonyms here, free text is masked, and
of what else may speak of a recipient only what is listed lands (`discretion`). Not here: fetching, claims and
cursors.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from assettrail.errors import RecordRejected
from ingest.exstream.asset_use_report import report_chunks
from ingest.exstream.delivery_file import DeliveryOutput, read_delivery_file
from ingest.exstream.discretion import Kept, clean_file_name
from ingest.exstream.message_file import RefusedLine, read_message_file
from ingest.exstream.report_rows import ReportChunks, ReportMeaning
from ingest.pseudonym import MakesPseudonyms, mask_identifiers
from ingest.reading import Reading, Values
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

_OUTPUT_PATH = re.compile(r"/docgen/(?P<docgen>[^/]+)/output/(?P<name>.+)$")
_PAGES = re.compile(r"\d{1,18}", re.ASCII)


@dataclass(frozen=True)
class RunFile:
    """One file of an engine run, kept in the raw store, and the run it belongs to.

    `customers` is the number of customers that the run's delivery file states, where it is known.
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


@dataclass(frozen=True)
class RunFileReader:
    """Turns files of runs into rows; `hosts` and `cloud` are the account's delivery hosts and cloud name.

    `recipient_keys` become pseudonyms and never land, whatever `kept` lists.
    """

    recipients: MakesPseudonyms
    recipient_keys: Mapping[str, str]
    kept: Kept
    hosts: tuple[str, ...] = ()
    cloud: str | None = None

    def read(self, stream: str, file: RunFile, data: bytes, reading: Reading) -> list[str]:
        """Add the file's rows of one stream; return what casts doubt on the file's completeness, in words."""
        if stream == "delivery_outputs":
            return self._delivery_outputs(file, data, reading)
        if stream == "engine_messages":
            return self._engine_messages(file, data, reading)
        return self._report(stream, file, data, reading)

    def _delivery_outputs(self, file: RunFile, data: bytes, reading: Reading) -> list[str]:
        try:
            content = read_delivery_file(data)
        except RecordRejected as error:
            reading.refuse(error, file.source_uri, file.raw_hash, 0, data)
            return [f"the delivery file of flow instance {file.flow_instance_id} is corrupt: {error.found}"]
        for number, refusal in content.refused:
            reading.refuse(refusal, file.source_uri, file.raw_hash, number, data)
        for number, output in enumerate(content.outputs):
            try:
                values = self._output_values(file, output)
            except RecordRejected as refusal:
                reading.refuse(refusal, file.source_uri, file.raw_hash, number, output.path.encode())
            else:
                reading.add([values], file.source_uri, file.raw_hash)
        return []

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
        chunks = ReportChunks(self._meaning(file), stream, file.source_uri, file.raw_hash)
        count = sum(chunks.read(chunk, offset, reading) for offset, chunk in report_chunks(data))
        if file.customers is not None and count < file.customers:
            short = f"{count} lines for {file.customers} customers of its delivery file"
            return [f"the asset-use report of flow instance {file.flow_instance_id} has {short}"]
        return []

    def _meaning(self, file: RunFile) -> ReportMeaning:
        return ReportMeaning(
            domain=file.domain,
            flow_instance_id=file.flow_instance_id,
            recipients=self.recipients,
            kept=self.kept,
            is_identifier=self._is_identifier,
            hosts=self.hosts,
            cloud=self.cloud,
        )
