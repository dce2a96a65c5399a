"""What the lines of an asset-use report become when they land: line by line, and the meaning of each value.

Here belong the rows of communications, renderings and asset uses of one run's report. Recipients become pseudonyms
here, addresses are cleaned and taken apart, and of what else may speak of a recipient only what is listed lands
(`discretion`). `ReportChunks` reads plain lines as columns and all others one by one; both give the same rows.
Not here: decoding, files, claims.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from assettrail.errors import RecordRejected
from ingest.cloudinary.address_readings import readings_json
from ingest.cloudinary.delivery_url import parse_delivery_url
from ingest.exstream.asset_use_report import (
    AssetUse,
    Communication,
    Rendering,
    ReportLine,
    read_line,
    renderings_of,
    uses_of,
)
from ingest.exstream.discretion import Kept, clean_address, clean_target, is_plain_id, without_identifiers
from ingest.exstream.plain_lines import pieces, plain_lines
from ingest.exstream.report_tables import ReportTables
from ingest.exstream.report_uses import ADDRESS_COLUMNS
from ingest.exstream.shaped_tables import ShapedTables
from ingest.pseudonym import MakesPseudonyms, pseudonyms_of
from ingest.reading import Reading, Values
from ingest.strict import JsonObject, canonical_json, json_or_none, required_text, wrong_type

SHAPED_BYTES: Final = 8 << 20
"""So many bytes of lines are cut at once: what is made of them stays close to the processor."""
REPORT_RECIPIENT_KIND = "customer"
"""The kind under which `recipient_id` of the asset-use report is made a pseudonym."""


@dataclass(frozen=True)
class ReportMeaning:
    """The meaning of the values of one run's report: a `report_tables.Meaning`, and the rows of single lines.

    `hosts` and `cloud` are the account's delivery hosts and cloud name; `recipient_keys` name fields that tell a
    recipient and never land.
    """

    domain: str
    flow_instance_id: str
    recipients: MakesPseudonyms
    kept: Kept
    recipient_keys: tuple[str, ...]
    hosts: tuple[str, ...]
    cloud: str | None

    @property
    def key_id(self) -> str:
        """The key that pseudonyms are made with."""
        return self.recipients.key_id

    def recipient(self, value: str) -> str:
        """The pseudonym of a recipient."""
        return self.recipients.pseudonym(REPORT_RECIPIENT_KIND, value)

    def pseudonyms(self, values: pa.StringArray) -> pa.StringArray:
        """The pseudonyms of many recipients, in order."""
        return pseudonyms_of(self.recipients, REPORT_RECIPIENT_KIND, values)

    def offers(self, found: object) -> str:
        """The offers, as JSON text; absent is none. Raises RecordRejected for what is no list."""
        if found is not None and not isinstance(found, list):
            raise wrong_type("offer_ids", found, "a list")
        return canonical_json(found or [])

    def profile(self, found: object) -> str:
        """What of a profile lands, as JSON text. Raises RecordRejected for what is no object."""
        own = _object("profile", found) or {}
        return canonical_json(self.kept.profile(without_identifiers(own, self.recipient_keys)))

    def decision(self, found: object) -> str | None:
        """What of a selection, retrieval or rendition request lands. Raises RecordRejected for what is no object."""
        return json_or_none(self.kept.decision(_object("decision", found)))

    def member(self, name: str, found: object) -> str | None:
        """What of one member of a selection, retrieval or rendition request lands, as JSON text; None for nothing."""
        kept = self.kept.members({name: found})
        return canonical_json(kept[name]) if name in kept else None

    def plain_member(self, name: str, text: bytes) -> str | None:
        """The JSON text of a member where a look tells that it lands as it is written; else None."""
        return text.decode() if is_plain_id(name, text) else None

    def target(self, found: object) -> str | None:
        """Where a reader is led: text or object. Raises RecordRejected for anything else."""
        return clean_target(found) if isinstance(found, str) else self.decision(found)

    def address(self, url: str) -> tuple[object, ...]:
        """The cleaned address and what it names, in the order of `ADDRESS_COLUMNS`.

        An address that could not be read as it came is not believed when cleaned.
        """
        cleaned = clean_address(url)
        found = parse_delivery_url(url, self.hosts, self.cloud)
        if cleaned != url and found.state != "unparsable":
            found = parse_delivery_url(cleaned, self.hosts, self.cloud)
        return (
            cleaned,
            found.state,
            found.cloud,
            found.resource_type,
            found.type,
            found.transformation,
            found.version,
            found.public_id,
            found.format,
            readings_json(found),
        )

    def rows(self, stream: str, line: JsonObject) -> Iterator[Values | RecordRejected]:
        """The rows of one line for a stream, each or the reason why it cannot be read."""
        if stream == "communications":
            return self._communications(line)
        return self._renderings(line) if stream == "renderings" else self._uses(line)

    def _communications(self, line: JsonObject) -> Iterator[Values | RecordRejected]:
        """One row per communication."""
        read = Communication.from_response(line)
        if read.flow_instance_id not in {None, self.flow_instance_id}:
            raise RecordRejected(
                tried="to read a line of an asset-use report",
                found="another flow instance than the one whose report this is",
                expected=f"flow instance {self.flow_instance_id}",
                remedy="check how the report is written: it names runs it does not belong to",
            )
        recipient = read.recipient_id
        yield {
            "domain": self.domain,
            "flow_instance_id": self.flow_instance_id,
            "communication_id": read.communication_id,
            "recipient_pseudonym": self.recipient(recipient) if recipient else None,
            "pseudonym_key_id": self.key_id if recipient else None,
            "document_type": read.document_type,
            "template_id": read.template_id,
            "template_version": read.template_version,
            "segment": read.segment,
            "jurisdiction": read.jurisdiction,
            "language": read.language,
            "offer_ids": self.offers(read.offer_ids),
            "profile": self.profile(read.profile),
            "generated_at_raw": read.generated_at_raw,
        }

    def _renderings(self, line: JsonObject) -> Iterator[Values | RecordRejected]:
        """One row per rendering of a communication."""
        communication_id = required_text(line, "communication_id")
        for item in renderings_of(line):
            try:
                read = Rendering.from_response(item)
            except RecordRejected as error:
                yield error
                continue
            yield {
                "domain": self.domain,
                "communication_id": communication_id,
                "rendering_id": read.rendering_id,
                "channel": read.channel,
                "queue_name": read.queue_name,
                "selection": self.decision(read.selection),
                "retrieval": self.decision(read.retrieval),
                "rendition_request": self.decision(read.rendition_request),
            }

    def _uses(self, line: JsonObject) -> Iterator[Values | RecordRejected]:
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
                yield self._use_row(communication_id, rendering_id, use)

    def _use_row(self, communication_id: str, rendering_id: str, use: AssetUse) -> Values:
        """The row of one use: its reference as it stands, or what its cleaned address names."""
        address = self.address(use.url) if use.url else (use.url, *[None] * (len(ADDRESS_COLUMNS) - 1))
        return {
            "domain": self.domain,
            "communication_id": communication_id,
            "rendering_id": rendering_id,
            "ordinal": use.ordinal,
            "placeholder": use.placeholder,
            "binding": use.binding,
            "asset_id": use.asset_id,
            "version": use.version,
            "etag": use.etag,
            "public_id": use.public_id,
            **dict(zip(ADDRESS_COLUMNS, address, strict=True)),
            "target_reference": self.target(use.target_reference),
        }


class ReportChunks:
    """Reads one report chunk by chunk for some of its streams; remembers values that come again, and no line."""

    def __init__(self, meaning: ReportMeaning, source_uri: str, raw_hash: str) -> None:
        self._meaning = meaning
        self._source_uri = source_uri
        self._raw_hash = raw_hash
        self._tables = ReportTables(meaning, source_uri, raw_hash)
        self._shaped = ShapedTables(meaning, source_uri, raw_hash)

    def read(self, chunk: bytes, offset: int, readings: Mapping[str, Reading]) -> int:
        """Add a chunk of whole lines that begins at `offset` to the readings, by stream; return how many lines it has.

        Each line is decoded once, however many streams are read.
        """
        count = 0
        others: list[tuple[int, bytes]] = []
        left: list[tuple[int, bytes]] = []
        for place, piece in pieces(chunk, SHAPED_BYTES):
            shaped = self._shaped.read(piece)
            _add_tables(shaped.tables, readings)
            count += shaped.lines
            left += [(place + at, data) for at, data in shaped.others]
        for place, piece in ((at + place, piece) for at, data in left for place, piece in pieces(data)):
            found = self._gather(piece)
            if found is None:
                found, alone = self._gather_each(piece, offset + place)
                others += alone
            count += found
        _add_tables(self._tables.tables(), readings)
        for place, line in others:
            content = read_line(line)
            for stream, reading in readings.items():
                self.read_alone(stream, ReportLine(place, line, content), reading)
        return count + len(others)

    def _gather(self, data: bytes) -> int | None:
        """Gather lines for the tables and return how many; None, with none gathered, when one has to be read alone."""
        lines = plain_lines(data, self._meaning.flow_instance_id)
        if lines is None:
            return None
        try:
            self._tables.add(lines)
        except RecordRejected:
            return None
        return len(lines)

    def _gather_each(self, piece: bytes, offset: int) -> tuple[int, list[tuple[int, bytes]]]:
        """Gather the plain ones among lines; return how many, and the others with their places.

        Empty lines are neither.
        """
        count = 0
        others: list[tuple[int, bytes]] = []
        for line in piece.split(b"\n"):
            if line and not line.isspace():
                gathered = self._gather(line)
                count += gathered or 0
                others += [(offset, line)] if gathered is None else []
            offset += len(line) + 1
        return count, others

    def read_alone(self, stream: str, line: ReportLine, reading: Reading) -> None:
        """Add the rows of one line, or refuse what of it cannot be read."""
        if isinstance(line.content, RecordRejected):
            reading.refuse(line.content, self._source_uri, self._raw_hash, line.offset, line.line)
            return
        try:
            for values in self._meaning.rows(stream, line.content):
                if isinstance(values, RecordRejected):
                    reading.refuse(values, self._source_uri, self._raw_hash, line.offset, line.line)
                else:
                    reading.add([values], self._source_uri, self._raw_hash)
        except RecordRejected as error:
            reading.refuse(error, self._source_uri, self._raw_hash, line.offset, line.line)


def _add_tables(tables: Mapping[str, pa.Table], readings: Mapping[str, Reading]) -> None:
    for stream, table in tables.items():
        if stream in readings and table.num_rows:
            readings[stream].tables.append(table)


def _object(name: str, found: object) -> JsonObject | None:
    if found is None or isinstance(found, Mapping):
        return found
    raise wrong_type(name, found, "an object")
