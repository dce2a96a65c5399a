"""How Design's refused records are read again: resources, their history and links, over REST and of export packages.

Here belongs what a record of Design needs besides its bytes: the domain and resource, told by the address that it came
from, and the facts of a resource's content, which is not kept. Those facts are taken from the row of the same version
if one has landed since; otherwise the content has to be asked for again, which the next ingest does by itself. Not
here: what a record means (`design`).
"""

from __future__ import annotations

import json
import re
from typing import Final
from urllib.parse import unquote, urlsplit

import polars as pl

from ingest.exstream.design import LISTED_DESIGN_STREAMS, read_change_or_link, read_resource
from ingest.exstream.design_records import TYPES_WITH_CONTENT, ContentFacts
from ingest.exstream.landed_design import LandedDesign
from ingest.exstream.walk import Kept
from ingest.landed_files import landed_file
from ingest.landing_store import LandingStore
from ingest.quarantine import QuarantinedRecord
from ingest.quarantine_pages import records_of
from ingest.quarantine_replay import CannotReadAgain, ReadAgain
from ingest.reading import Reading
from ingest.strict import JsonObject, integer_or_none, text_or_none

_AT_REST: Final = re.compile(r"/design/api/v1/(?:resources|links)/(?P<domain>[^/]+)(?:/history/(?P<resource>[^/]+))?$")
_IN_A_PACKAGE: Final = "!/"


def design_again(store: LandingStore, zone: str | None) -> ReadAgain:
    """The reader of one refused record of Design; of its whole answer where it cannot be told apart.

    `zone` is the IANA zone of the engine's clock, where a setting names it.
    """

    def read_again(record: QuarantinedRecord, data: bytes, part: bytes | None) -> Reading:
        context = _context_of(store, record)
        payloads = _payloads(data) if part is None else [json.loads(part)]
        reading = Reading()
        for number, payload in enumerate(payloads, start=0 if part is None else record.offset):
            kept = Kept(payload, context, record.source_uri, record.raw_hash, number)
            if record.stream == "resources":
                read_resource(kept, _facts_of(store, record, context[0], payload), zone, reading)
            else:
                read_change_or_link(record.stream, kept, zone, reading)
        return reading

    return read_again


def is_of_design(stream: str) -> bool:
    """Whether a stream's records can be read again here."""
    return stream in LISTED_DESIGN_STREAMS


def _payloads(data: bytes) -> list[JsonObject]:
    """All records of an answer, or of a file of a package: a resource there is one by itself."""
    return records_of(data, "data") or ([json.loads(data)] if data.lstrip().startswith(b"{") else records_of(data))


def _context_of(store: LandingStore, record: QuarantinedRecord) -> tuple[str, ...]:
    """The domain of a record, and the resource that its history was asked of."""
    package, mark, _ = record.source_uri.rpartition(_IN_A_PACKAGE)
    if mark and (domain := _domain_of_package(store, package + mark)):
        return (domain,)
    found = _AT_REST.search(urlsplit(record.source_uri).path)
    if found is None:
        raise CannotReadAgain(
            tried=f"to read the quarantined record {record.record_id} of {record.label} again",
            found="an address from which its domain cannot be told" if not mark else "a package of an unknown domain",
            expected="the address of an answer of Design, or a package of which something has landed",
            remedy="read it again: `assettrail ingest exstream`, with `--package` and `--domain` for a package",
        )
    return tuple(unquote(name) for name in found.groups() if name is not None)


def _domain_of_package(store: LandingStore, package: str) -> str | None:
    """The domain of rows that landed from the package; packages do not name theirs."""
    for stream in ("resources", "design_links"):
        for batch in store.ledger.of_stream("exstream", stream):
            path = None if batch.standing == "rejected" else landed_file(store, batch)
            if path is not None:
                rows = pl.scan_parquet(path, hive_partitioning=False)
                of_it = rows.filter(pl.col("_source_uri").str.starts_with(package)).select("domain").head(1).collect()
                if len(of_it):
                    return str(of_it.item())
    return None


def _facts_of(store: LandingStore, record: QuarantinedRecord, domain: str, payload: JsonObject) -> ContentFacts:
    """The facts of a resource's content, if it is of a type that has them, as they landed for this version."""
    if payload.get("type") not in TYPES_WITH_CONTENT:
        return ContentFacts()
    version = (domain, payload.get("id"), payload.get("version"))
    for row in LandedDesign(store).resources().rows:
        if (row["domain"], row["resource_id"], row["version"]) == version:
            landed = dict(row)
            return ContentFacts(
                content_sha256=text_or_none(landed, "content_sha256"),
                content_md5=text_or_none(landed, "content_md5"),
                content_bytes=integer_or_none(landed, "content_bytes"),
                content_addresses=text_or_none(landed, "content_addresses"),
            )
    raise CannotReadAgain(
        tried=f"to read the quarantined record {record.record_id} of {record.label} again",
        found="an image or HTML, whose content is not kept: its hash would be missing",
        expected="a resource of another type, or one of whose version a row has landed",
        remedy="read it again: `assettrail ingest exstream` asks for it by itself; for a package add `--package`",
    )
