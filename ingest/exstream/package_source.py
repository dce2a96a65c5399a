"""Exstream as a source from an export package of Design: its templates and images, their links, and their assets.

Here belongs what lands of a package and what is claimed of it: a package tells of its own resources only, so that its
claim never covers a window. Where Design is read over REST, too, versions that are known from there are left alone: a
package says less of them. Not here: the package's form and guards (`das_package`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from assettrail.clock import Clock
from assettrail.errors import ConfigurationError, ContractBroken, RecordRejected
from assettrail.exstream_settings import ExstreamSettings
from assettrail.settings import Settings
from ingest.exstream.asset_links import LinkRules, rules_of
from ingest.exstream.das_package import DasPackage, ResourceEntry, open_package
from ingest.exstream.design import AssetsOf, LandedResources, linked, read_change_or_link, read_resource
from ingest.exstream.design_records import TYPES_WITH_CONTENT, ContentFacts
from ingest.exstream.landed_design import LandedDesign
from ingest.exstream.walk import Kept
from ingest.extract import Claim, Extract
from ingest.landing_store import LandingStore
from ingest.reading import Reading
from ingest.strict import JsonObject, decode_document, decode_object

Cursor = Mapping[str, object]

STREAMS: Final = ("resources", "design_links", "resource_links")
WORDS_PER_DETAIL: Final = 5


class PackageSource:
    """The streams of `STREAMS` from one package of one domain; `zone` is that of the engine's clock."""

    name = "exstream"

    def __init__(
        self,
        path: Path,
        domain: str,
        clock: Clock,
        rules: LinkRules,
        assets_of: AssetsOf,
        landed_resources: Callable[[], LandedResources],
        keep_raw: Callable[[bytes], str],
        keep_raw_file: Callable[[Path], str],
        zone: str | None = None,
    ) -> None:
        self._path = path
        self._domain = domain
        self._clock = clock
        self._rules = rules
        self._assets_of = assets_of
        self._landed_resources = landed_resources
        self._keep_raw = keep_raw
        self._keep_raw_file = keep_raw_file
        self._zone = zone

    def streams(self) -> tuple[str, ...]:
        """The streams in landing order."""
        return STREAMS

    def extract(self, stream: str, since: Cursor | None) -> Extract:
        """All of one stream that the package holds; the cursor is handed on. An unsound package is quarantined.

        Raises ConfigurationError when there is no package, ContractBroken for a stream that packages do not hold.
        """
        if stream not in STREAMS:
            raise ContractBroken(
                tried=f"to extract exstream/{stream} from an export package",
                found="a stream that a package does not hold",
                expected=f"one of {', '.join(STREAMS)}",
                remedy="read it over REST",
            )
        now = self._clock.now()
        if stream == "resource_links":
            return linked(self._landed_resources(), self._rules, self._assets_of, now, since)
        reading = Reading()
        words: list[str] = []
        try:
            with open_package(self._path) as package:
                if stream == "resources":
                    words += self._resources(package, reading, is_known_from_rest="complete_to" in (since or {}))
                else:
                    words += self._links(package, reading)
        except RecordRejected as error:
            reading = Reading()
            self._refuse_whole(error, reading)
            words = [f"the package cannot be read: {error.found}"]
        if reading.quarantined:
            words.append(f"{len(reading.quarantined)} records could not be read")
        claim = Claim(
            window_from=None,
            window_to=now,
            complete=False,
            how="unknown",
            detail="; ".join([*words[:WORDS_PER_DETAIL], "a package tells of its own resources only"]),
        )
        return Extract(reading.rows, reading.quarantined, claim, since)

    def _resources(self, package: DasPackage, reading: Reading, *, is_known_from_rest: bool) -> list[str]:
        known = {self._key(row) for row in self._landed_resources().rows} if is_known_from_rest else set()
        entries = [each for each in package.resources if (each.resource_id, each.version) not in known]
        for number, entry in enumerate(entries):
            self._resource(package, entry, number, reading)
        words = [f"{len(entries)} versions of resources in the package"]
        left = len(package.resources) - len(entries)
        return [*words, f"{left} versions are known from REST, which says more"] if left else words

    def _resource(self, package: DasPackage, entry: ResourceEntry, number: int, reading: Reading) -> None:
        uri = self._uri(entry.name)
        data = b""
        try:
            data = package.read(entry.name)
            record = decode_object(data, "a resource of an export package")
            _refuse_other(record, entry)
            facts = ContentFacts()
            if entry.content is not None and entry.resource_type in TYPES_WITH_CONTENT:
                facts = ContentFacts.of(package.read(entry.content), entry.resource_type)
        except RecordRejected as error:
            reading.refuse(error, uri, self._keep_raw(data), number, data or entry.name.encode())
            return
        read_resource(Kept(record, (self._domain,), uri, self._keep_raw(data), number), facts, self._zone, reading)

    def _links(self, package: DasPackage, reading: Reading) -> list[str]:
        if package.links is None:
            return ["the package has no links/links.json"]
        data = package.read(package.links)
        links = decode_document(data, "the links of an export package")
        if not isinstance(links, list):
            raise RecordRejected(
                tried="to read the links of an export package",
                found=f"a {type(links).__name__}",
                expected="a list",
                remedy="have the package exported again",
            )
        raw_hash, uri = self._keep_raw(data), self._uri(package.links)
        ids = {entry.resource_id for entry in package.resources}
        outside = 0
        for number, link in enumerate(links):
            record = link if isinstance(link, dict) else {}
            outside += str(record.get("linkObjectId")).lower() not in ids
            kept = Kept(record, (self._domain,), uri, raw_hash, number)
            read_change_or_link("design_links", kept, self._zone, reading)
        words = [f"{len(links)} links in the package"]
        return [*words, f"{outside} of them to resources that are not in it"] if outside else words

    def _refuse_whole(self, error: RecordRejected, reading: Reading) -> None:
        raw_hash = self._keep_raw(b"") if self._path.is_dir() else self._keep_raw_file(self._path)
        reading.refuse(error, self._path.resolve().as_uri(), raw_hash, 0, f"{raw_hash} {error.found}".encode())

    def _key(self, row: Mapping[str, object]) -> tuple[object, object]:
        return (row["resource_id"], row["version"]) if row["domain"] == self._domain else ("", 0)

    def _uri(self, name: str) -> str:
        return f"{self._path.resolve().as_uri()}!/{name}"


def open_export_package(settings: Settings, store: LandingStore, path: Path, domain: str | None) -> PackageSource:
    """Open an export package as a source for this installation's landing; nothing of it is read yet.

    Raises ConfigurationError when nobody says which domain it is of.
    """
    section, cloudinary = settings.exstream, settings.cloudinary
    hosts = tuple(host.lower() for host in cloudinary.delivery_hosts) if cloudinary else ()
    landed = LandedDesign(store)
    return PackageSource(
        path=path,
        domain=domain or _only_domain(section, path),
        clock=store.clock,
        rules=rules_of(section, hosts, cloudinary.cloud_name if cloudinary else None)
        if section
        else LinkRules(ExstreamSettings.model_fields["link_ways"].default, hosts=hosts),
        assets_of=landed.assets_of,
        landed_resources=landed.resources,
        keep_raw=store.put_raw,
        keep_raw_file=store.put_raw_file,
        zone=section.engine_zone if section else None,
    )


def _only_domain(section: ExstreamSettings | None, path: Path) -> str:
    domains = section.domains if section else ()
    if len(domains) == 1:
        return domains[0]
    raise ConfigurationError(
        tried=f"to ingest the export package {path}",
        found=f"{len(domains)} domains in the settings; packages do not name theirs",
        expected="the domain that it was exported from",
        remedy="add --domain NAME",
    )


def _refuse_other(record: JsonObject, entry: ResourceEntry) -> None:
    """Raise RecordRejected for a resource that is not the one that its entry's name says."""
    if str(record.get("id")).lower() != entry.resource_id or record.get("version") != entry.version:
        raise RecordRejected(
            tried=f"to read {entry.name} of an export package",
            found="another resource or version in it",
            expected="the one that its name says",
            remedy="have the package exported again",
        )
