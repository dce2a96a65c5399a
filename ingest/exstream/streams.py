"""The files of engine runs as landing rows: pure, bytes in, rows out.

Here belong the rows of delivery outputs, engine messages, communications, renderings and asset uses, the same
for the REST source and the drop folder. Recipients' identifiers become pseudonyms here, free text is masked, and
of what else may speak of a recipient only what is listed lands (`discretion`). Not here: fetching, claims and
cursors.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from assettrail.errors import RecordRejected
from ingest.cloudinary.delivery_url import DeliveryAddress, parse_delivery_url
from ingest.exstream.asset_use_report import (
    AssetUse,
    Communication,
    Rendering,
    read_report,
    renderings_of,
    uses_of,
)
from ingest.exstream.delivery_file import DeliveryOutput, read_delivery_file
from ingest.exstream.discretion import Kept, clean_address, clean_file_name, clean_target
from ingest.exstream.message_file import RefusedLine, read_message_file
from ingest.pseudonym import mask_identifiers
from ingest.reading import Reading, Values
from ingest.strict import JsonObject, canonical_json, json_or_none, required_text

FileKind = Literal["delivery", "messages", "report"]
FILE_STREAMS: Mapping[str, FileKind] = {
    "delivery_outputs": "delivery",
    "engine_messages": "messages",
    "communications": "report",
    "renderings": "report",
    "asset_uses": "report",
}
"""Streams that come from files of runs, and the kind of file that each is read from."""

REPORT_RECIPIENT_KIND = "customer"
"""The kind under which `recipient_id` of the asset-use report is made a pseudonym."""

_OUTPUT_PATH = re.compile(r"/docgen/(?P<docgen>[^/]+)/output/(?P<name>.+)$")
_PAGES = re.compile(r"\d{1,18}", re.ASCII)


class MakesPseudonyms(Protocol):
    """What is needed of `ingest.pseudonym.Pseudonymizer`."""

    @property
    def key_id(self) -> str:
        """The key that pseudonyms are made with."""
        ...

    def pseudonym(self, kind: str, value: str) -> str:
        """The stable stand-in for a recipient's identifier."""
        ...


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
        read = self._report_values(stream)
        count = 0
        for line in read_report(data):
            count += 1
            if isinstance(line.content, RecordRejected):
                reading.refuse(line.content, file.source_uri, file.raw_hash, line.offset, line.line)
                continue
            try:
                for values in read(file, line.content):
                    if isinstance(values, RecordRejected):
                        reading.refuse(values, file.source_uri, file.raw_hash, line.offset, line.line)
                    else:
                        reading.add([values], file.source_uri, file.raw_hash)
            except RecordRejected as error:
                reading.refuse(error, file.source_uri, file.raw_hash, line.offset, line.line)
        if file.customers is not None and count < file.customers:
            short = f"{count} lines for {file.customers} customers of its delivery file"
            return [f"the asset-use report of flow instance {file.flow_instance_id} has {short}"]
        return []

    def _report_values(self, stream: str) -> Callable[[RunFile, JsonObject], Iterator[Values | RecordRejected]]:
        if stream == "communications":
            return self._communication_values
        return self._rendering_values if stream == "renderings" else self._use_values

    def _communication_values(self, file: RunFile, line: JsonObject) -> Iterator[Values | RecordRejected]:
        """One row per communication."""
        read = Communication.from_response(line)
        if read.flow_instance_id not in {None, file.flow_instance_id}:
            raise RecordRejected(
                tried="to read a line of an asset-use report",
                found="another flow instance than the one whose report this is",
                expected=f"flow instance {file.flow_instance_id}",
                remedy="check how the report is written: it names runs it does not belong to",
            )
        recipient = read.recipient_id
        yield {
            "domain": file.domain,
            "flow_instance_id": file.flow_instance_id,
            "communication_id": read.communication_id,
            "recipient_pseudonym": self._report_pseudonym(recipient) if recipient else None,
            "pseudonym_key_id": self.recipients.key_id if recipient else None,
            "document_type": read.document_type,
            "template_id": read.template_id,
            "template_version": read.template_version,
            "segment": read.segment,
            "jurisdiction": read.jurisdiction,
            "language": read.language,
            "offer_ids": canonical_json(read.offer_ids),
            "profile": canonical_json(self._profile(read.profile)),
            "generated_at_raw": read.generated_at_raw,
        }

    def _report_pseudonym(self, recipient: str) -> str:
        return self.recipients.pseudonym(REPORT_RECIPIENT_KIND, recipient)

    def _rendering_values(self, file: RunFile, line: JsonObject) -> Iterator[Values | RecordRejected]:
        """One row per rendering of a communication."""
        communication_id = required_text(line, "communication_id")
        for item in renderings_of(line):
            try:
                read = Rendering.from_response(item)
            except RecordRejected as error:
                yield error
                continue
            yield {
                "domain": file.domain,
                "communication_id": communication_id,
                "rendering_id": read.rendering_id,
                "channel": read.channel,
                "queue_name": read.queue_name,
                "selection": json_or_none(self.kept.decision(read.selection)),
                "retrieval": json_or_none(self.kept.decision(read.retrieval)),
                "rendition_request": json_or_none(self.kept.decision(read.rendition_request)),
            }

    def _use_values(self, file: RunFile, line: JsonObject) -> Iterator[Values | RecordRejected]:
        """One row per asset use of a rendering."""
        communication_id = required_text(line, "communication_id")
        for rendering in renderings_of(line):
            rendering_id = required_text(rendering, "rendering_id")
            for item in uses_of(rendering):
                try:
                    use = AssetUse.from_response(item)
                except RecordRejected as error:
                    yield error
                    continue
                yield self._use_row(file.domain, communication_id, rendering_id, use)

    def _use_row(self, domain: str, communication_id: str, rendering_id: str, use: AssetUse) -> Values:
        """The row of one use: its reference as it stands, or what its cleaned address names."""
        url = clean_address(use.url) if use.url else use.url
        address = self._address(use.url, url) if use.url and url else _NO_ADDRESS
        return {
            "domain": domain,
            "communication_id": communication_id,
            "rendering_id": rendering_id,
            "ordinal": use.ordinal,
            "placeholder": use.placeholder,
            "binding": use.binding,
            "asset_id": use.asset_id,
            "version": use.version,
            "etag": use.etag,
            "public_id": use.public_id,
            "url": url,
            "delivery_state": address.state if use.url else None,
            "delivery_cloud": address.cloud,
            "delivery_resource_type": address.resource_type,
            "delivery_type": address.type,
            "delivery_transformation": address.transformation,
            "delivery_version": address.version,
            "delivery_public_id": address.public_id,
            "delivery_format": address.format,
            "target_reference": self._target(use.target_reference),
        }

    def _address(self, url: str, cleaned: str) -> DeliveryAddress:
        """What the cleaned address names; one that could not be read as it came is not believed when cleaned."""
        found = parse_delivery_url(url, self.hosts, self.cloud)
        if cleaned == url or found.state == "unparsable":
            return found
        return parse_delivery_url(cleaned, self.hosts, self.cloud)

    def _target(self, target: str | JsonObject | None) -> str | None:
        if isinstance(target, str):
            return clean_target(target)
        return json_or_none(self.kept.decision(target))

    def _profile(self, profile: JsonObject) -> object:
        return self.kept.profile(self._without_identifiers(profile))


_NO_ADDRESS = DeliveryAddress("unparsable")
