"""Design (DAS) as four streams: resources, their history, the links between them, and which asset an image is.

Here belong the reading of Design's listings and what is claimed of them. Listings are asked for what changed since the
day of the last claim without doubts, with an overlap; history and links for each resource and version in them. A
reading with doubts is done again (`design_mark`); content that is not there is told once, as nobody knows whether there
should be one. Contents of images and HTML are read for their hashes and addresses, and not kept. The stream
`resource_links` is made of the resources that have landed and the rules of today, so that a rule that is corrected, or
an asset that comes later, shows at the next ingest. Not here: what a record means (`design_records`), how an image is
recognised (`asset_links`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final

from assettrail.clock import Clock
from assettrail.errors import RecordRejected
from ingest.exstream.asset_links import UNLINKED, AssetReference, LinkRules, link_rows
from ingest.exstream.client import ExstreamClient
from ingest.exstream.design_mark import Cursor, DesignMark, named
from ingest.exstream.design_records import (
    IMAGE_TYPE,
    TYPES_WITH_CONTENT,
    ContentFacts,
    DesignLink,
    DesignResource,
    ResourceChange,
)
from ingest.exstream.engine_clock import by_engine_clock
from ingest.exstream.walk import Kept, day_of
from ingest.extract import KNOWN_GAP, Claim, Extract, known_by
from ingest.pseudonym import mask_identifiers
from ingest.reading import Reading, Values, column_values
from ingest.strict import JsonObject, refuse_unsound_text

LISTED_DESIGN_STREAMS: Final = ("resources", "resource_history", "design_links")
DESIGN_STREAMS: Final = (*LISTED_DESIGN_STREAMS, "resource_links")
WORDS_PER_DETAIL: Final = 5

AssetsOf = Callable[[Collection[str]], Mapping[str, Sequence[AssetReference]]]
"""The landed assets of bytes, by their MD5."""


@dataclass(frozen=True)
class LandedResources:
    """The rows of `resources` as they landed last, and up to when they are complete (UTC; None: they are not)."""

    rows: Sequence[Mapping[str, object]]
    complete_to: datetime | None


@dataclass
class DesignWalk:
    """What one reading of Design found. `gaps`, what may be one (`unsure`) and the resources concerned are by stream.

    `without_content` are versions, hashed, whose content is not there, with what is told of them.
    """

    began: datetime
    from_day: date | None
    resources: list[tuple[Kept, ContentFacts]] = field(default_factory=list)
    history: list[Kept] = field(default_factory=list)
    links: list[Kept] = field(default_factory=list)
    gaps: dict[str, list[str]] = field(default_factory=dict)
    unsure: dict[str, list[str]] = field(default_factory=dict)
    lost: dict[str, set[str]] = field(default_factory=dict)
    without_content: dict[str, str] = field(default_factory=dict)

    def doubt(self, stream: str, text: str, resource: str) -> None:
        """Note something of a stream, and of a resource (hashed), that should be there and is not."""
        self.gaps.setdefault(stream, []).append(text)
        self.lost.setdefault(stream, set()).add(resource)

    @property
    def listed(self) -> frozenset[str]:
        """The resources that were listed, hashed."""
        return frozenset(_resource_of(kept) for kept, _ in self.resources)

    def doubt_number(self, stream: str, what: str) -> None:
        """Note records of a stream of which nobody knows whether all were read."""
        self.unsure.setdefault(stream, []).append(f"{what} changed in number while they were read")


class DesignStreams:
    """The four streams of Design of an installation; `is_read` False: nothing is asked, and the claims say so.

    `zone` is the IANA zone of the engine's clock, where a setting names it.
    """

    def __init__(
        self,
        client: ExstreamClient,
        domains: tuple[str, ...],
        clock: Clock,
        rules: LinkRules,
        assets_of: AssetsOf,
        landed_resources: Callable[[], LandedResources],
        keep_raw: Callable[[bytes], str],
        overlap_days: int,
        *,
        is_read: bool,
        zone: str | None = None,
    ) -> None:
        self._client = client
        self._domains = domains
        self._clock = clock
        self._rules = rules
        self._assets_of = assets_of
        self._landed_resources = landed_resources
        self._keep_raw = keep_raw
        self._overlap = timedelta(days=overlap_days)
        self._is_read = is_read
        self._zone = zone
        self._walk: DesignWalk | None = None
        self._served: set[str] = set()

    def extract(self, stream: str, since: Cursor | None) -> Extract:
        """One stream since its cursor. Raises the client's errors."""
        if stream == "resource_links":
            return linked(self._landed_resources(), self._rules, self._assets_of, self._clock.now(), since)
        mark = DesignMark.read(since)
        if not self._is_read:
            return _not_read(mark.complete_to, self._clock.now(), since)
        walk = self._walk_for(stream, day_of(mark.complete_to) - self._overlap if mark.complete_to else None)
        reading = Reading()
        lost = self._read(stream, walk, reading) | walk.lost.get(stream, set())
        self._served.add(stream)
        return _claimed(stream, walk, mark, reading, frozenset(lost))

    def _walk_for(self, stream: str, from_day: date | None) -> DesignWalk:
        """The reading that serves this stream, made anew when a stream is asked for a second time."""
        walk = self._walk
        reaches = walk is not None and (walk.from_day is None or (from_day is not None and walk.from_day <= from_day))
        if walk is None or not reaches or stream in self._served:
            walk = self._walk = self._read_all(from_day)
            self._served.clear()
        return walk

    def _read_all(self, from_day: date | None) -> DesignWalk:
        found = DesignWalk(self._clock.now(), from_day)
        for domain in self._domains:
            changed = self._read_resources(found, domain)
            for resource_id, versions in changed.items():
                self._read_history(found, domain, resource_id)
                for version in versions:
                    self._read_links(found, domain, resource_id, version)
        return found

    def _read_resources(self, found: DesignWalk, domain: str) -> Mapping[str, list[int]]:
        """List the resources that changed, with the facts of their contents; return ids and versions that may link."""
        listing = self._client.resources(domain, found.from_day)
        if not listing.is_counted:
            for stream in LISTED_DESIGN_STREAMS:
                found.doubt_number(stream, f"the resources of domain {domain}")
        changed: dict[str, list[int]] = {}
        for page in listing.pages:
            if not page.records:
                continue
            raw_hash = self._keep_raw(page.answer.body)
            for number, record in enumerate(page.records):
                kept = Kept(record, (domain,), page.answer.uri, raw_hash, number)
                try:
                    refuse_unsound_text(record, "a resource")
                    read = DesignResource.from_response(record, domain, mask_identifiers)
                except RecordRejected:
                    found.resources.append((kept, ContentFacts()))
                    for stream in ("resource_history", "design_links"):
                        found.doubt(stream, f"a resource of domain {domain} could not be read", _resource_of(kept))
                    continue
                found.resources.append((kept, self._content_facts(found, domain, read)))
                versions = changed.setdefault(read.resource_id, [])
                if read.resource_type != IMAGE_TYPE:
                    versions.append(read.version)
        return changed

    def _content_facts(self, found: DesignWalk, domain: str, read: DesignResource) -> ContentFacts:
        if read.resource_type not in TYPES_WITH_CONTENT:
            return ContentFacts()
        answer = self._client.resource_content(domain, read.resource_id, read.version)
        if answer is None:
            version = named(domain, read.resource_id, read.version)
            found.without_content[version] = f"resource {read.resource_id} has no content in version {read.version}"
            return ContentFacts()
        return ContentFacts.of(answer.body, read.resource_type)

    def _read_history(self, found: DesignWalk, domain: str, resource_id: str) -> None:
        page = self._client.resource_history(domain, resource_id)
        if page is None:
            gone = f"the history of resource {resource_id} is gone (404 or 410)"
            found.doubt("resource_history", gone, named(domain, resource_id))
            return
        raw_hash = self._keep_raw(page.answer.body) if page.records else ""
        found.history += [
            Kept(record, (domain, resource_id), page.answer.uri, raw_hash, number)
            for number, record in enumerate(page.records)
        ]

    def _read_links(self, found: DesignWalk, domain: str, resource_id: str, version: int) -> None:
        listing = self._client.links_of(domain, resource_id, version)
        if not listing.is_counted:
            found.doubt_number("design_links", f"the links of resource {resource_id}")
        for page in listing.pages:
            raw_hash = self._keep_raw(page.answer.body) if page.records else ""
            found.links += [
                Kept(record, (domain, resource_id), page.answer.uri, raw_hash, number)
                for number, record in enumerate(page.records)
            ]

    def _read(self, stream: str, walk: DesignWalk, reading: Reading) -> set[str]:
        """Read the records of a stream; return the resources, hashed, of which some could not be read."""
        unreadable: set[str] = set()
        empty = ContentFacts()
        kept_of = {"resource_history": walk.history, "design_links": walk.links}
        records = walk.resources if stream == "resources" else [(kept, empty) for kept in kept_of[stream]]
        for kept, facts in records:
            refused = len(reading.quarantined)
            if stream == "resources":
                read_resource(kept, facts, self._zone, reading)
            else:
                read_change_or_link(stream, kept, self._zone, reading)
            if len(reading.quarantined) > refused:
                unreadable.add(_resource_of(kept))
        return unreadable


def _claimed(stream: str, walk: DesignWalk, mark: DesignMark, reading: Reading, lost: frozenset[str]) -> Extract:
    """The batch of a stream, with its claim; `lost` are the resources, hashed, that something is missing of."""
    missing, unsure = list(walk.gaps.get(stream, [])), list(walk.unsure.get(stream, []))
    if reading.quarantined:
        missing.append(f"{len(reading.quarantined)} records could not be read")
    is_read_again = bool(missing or unsure)
    if mark.doubted_to and mark.still_lost(walk.listed) != frozenset():
        missing.append(f"an earlier reading missed something of the time until {mark.doubted_to.isoformat()}")
    after = DesignMark(walk.began)
    if stream == "resources":
        unsure += [text for version, text in walk.without_content.items() if version not in mark.told]
        after = replace(after, told=frozenset(walk.without_content))
    if is_read_again:
        after = mark.after_doubt(walk.began, walk.listed, lost)
    doubts = [*unsure, *missing]
    claim = Claim(
        window_from=mark.complete_to,
        window_to=walk.began,
        complete=not doubts,
        how=known_by("equal_counts", missing, unsure),
        detail="; ".join([_counted(walk), *doubts[:WORDS_PER_DETAIL]]),
    )
    return Extract(reading.rows, reading.quarantined, claim, after.write())


def _resource_of(kept: Kept) -> str:
    """The resource that a record is of, hashed; its context tells it where the record itself is not one."""
    return named(kept.context[0], kept.context[1] if len(kept.context) > 1 else kept.payload.get("id"))


def read_resource(kept: Kept, facts: ContentFacts, zone: str | None, reading: Reading) -> None:
    """Add the row of one version of a resource, or refuse it; `zone` is that of the engine's clock."""

    def values(item: JsonObject) -> list[Values]:
        read = DesignResource.from_response(item, kept.context[0], mask_identifiers)
        return [by_engine_clock({**column_values(read), **column_values(facts)}, zone)]

    reading.read_each([kept.payload], values, kept.source_uri, kept.raw_hash, kept.number)


def read_change_or_link(stream: str, kept: Kept, zone: str | None, reading: Reading) -> None:
    """Add the row of one change of a resource, or of one link, or refuse it; `zone` is that of the engine's clock."""

    def values(item: JsonObject) -> list[Values]:
        if stream == "resource_history":
            domain, resource_id = kept.context
            change = ResourceChange.from_response(item, domain, resource_id, mask_identifiers)
            return [by_engine_clock(column_values(change), zone)]
        return [column_values(DesignLink.from_response(item, kept.context[0]))]

    reading.read_each([kept.payload], values, kept.source_uri, kept.raw_hash, kept.number)


def linked(
    landed: LandedResources, rules: LinkRules, assets_of: AssetsOf, now: datetime, since: Cursor | None
) -> Extract:
    """The links of every landed image and HTML resource; the claim reaches as far as that of the resources."""
    wanted = {str(row["content_md5"]) for row in landed.rows if row.get("content_md5")}
    assets = assets_of(wanted) if "content_hash" in rules.ways else {}
    reading = Reading()
    counts = {"linked": 0, UNLINKED: 0}
    for resource in landed.rows:
        rows = link_rows(resource, rules, assets)
        reading.add(rows, str(resource["_source_uri"]), str(resource["_raw_hash"]))
        for row in rows:
            counts[UNLINKED if row["way"] == UNLINKED else "linked"] += 1
    window_from, window_to = DesignMark.read(since).complete_to, landed.complete_to
    words = [f"{counts['linked']} links, {counts[UNLINKED]} images or addresses that no way links to an asset"]
    if window_to is None:
        words.append("the resources are not complete")
    claim = Claim(
        window_from=window_from,
        window_to=max(window_to, window_from) if window_to and window_from else window_to or now,
        complete=window_to is not None,
        how=known_by("equal_counts", window_to is None),
        detail="; ".join(words),
    )
    cursor: Cursor | None = since if window_to is None else {"complete_to": claim.window_to.isoformat()}
    return Extract(reading.rows, reading.quarantined, claim, cursor)


def _not_read(complete_to: datetime | None, now: datetime, since: Cursor | None) -> Extract:
    claim = Claim(complete_to, now, complete=False, how=KNOWN_GAP, detail="not read: exstream.read_design is off")
    return Extract((), (), claim, since)


def _counted(walk: DesignWalk) -> str:
    return f"{len(walk.resources)} versions, {len(walk.history)} changes and {len(walk.links)} links read"
