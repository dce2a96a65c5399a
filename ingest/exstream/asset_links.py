"""Which Cloudinary asset a design resource is: an ordered list of ways, each with the strength of its evidence. Pure.

Here belong the ways and their order. Exstream knows nothing of Cloudinary: a link is what an installation's people
wrote (a metadata tag, the original source, a cross-reference), what a rule of theirs reads out of a name, what an
address in the HTML names, or that the bytes are the same. The first way that finds something is the link; what the
others found stands beside it, so that a contradiction shows. What no way finds is a row, too: `unlinked`; so is an
address of ours that cannot be read, or has more than one reading, with all of them. Not here: where resources, etags
and settings come from, and which of several readings the names of assets settle (the warehouse).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from assettrail.errors import ConfigurationError
from assettrail.exstream_settings import ExstreamSettings, LinkWay
from assettrail.linear_patterns import LinearPattern
from ingest.cloudinary.address_readings import readings_json
from ingest.cloudinary.delivery_url import is_of_account, parse_delivery_url
from ingest.exstream.design_records import HTML_TYPES, IMAGE_TYPE
from ingest.exstream.discretion import clean_address
from ingest.reading import Values
from ingest.strict import canonical_json, decode_json

Strength = Literal["exact", "observed", "declared", "inferred", "none"]
STRENGTHS: Final[Mapping[LinkWay, Strength]] = {
    "metadata_tag": "declared",
    "original_source": "declared",
    "name_rule": "inferred",
    "html_output": "observed",
    "cross_reference": "declared",
    "content_hash": "exact",
}
"""`exact`: the same bytes. `observed`: the address is in the content. `declared`: people wrote it down. `inferred`: a
rule reads it out of a name."""

UNLINKED: Final = "unlinked"


@dataclass(frozen=True)
class AssetReference:
    """A Cloudinary asset as far as a way names it, and in words what it was named by."""

    evidence: str
    asset_id: str | None = None
    public_id: str | None = None
    version: int | None = None
    etag: str | None = None
    readings: str | None = None
    """All readings of an address that has several, as JSON text: then nothing else is named."""

    def as_json(self, way: LinkWay) -> Mapping[str, object]:
        """The reference with its way, without what it does not name."""
        found = {
            "way": way,
            "strength": STRENGTHS[way],
            "asset_id": self.asset_id,
            "public_id": self.public_id,
            "version": self.version,
            "etag": self.etag,
            "evidence": self.evidence,
        }
        return {name: value for name, value in found.items() if value is not None}


@dataclass(frozen=True)
class LinkRules:
    """What an installation says about its links; everything empty means that only hashes and addresses are known.

    `cross_reference` is by resource id, and by `name:<name>`; `hosts` and `cloud` are those of delivery addresses.
    """

    ways: Sequence[LinkWay]
    public_id_tag: str | None = None
    version_tag: str | None = None
    name_rule: LinearPattern | None = None
    cross_reference: Mapping[str, AssetReference] = field(default_factory=dict)
    hosts: tuple[str, ...] = ()
    cloud: str | None = None


def rules_of(section: ExstreamSettings, hosts: tuple[str, ...], cloud: str | None) -> LinkRules:
    """The rules of an installation. Raises ConfigurationError when the cross-reference cannot be read."""
    return LinkRules(
        ways=section.link_ways,
        public_id_tag=section.link_public_id_tag,
        version_tag=section.link_version_tag,
        name_rule=LinearPattern.from_text(section.link_name_rule) if section.link_name_rule else None,
        cross_reference=read_cross_reference(section.link_cross_reference) if section.link_cross_reference else {},
        hosts=hosts,
        cloud=cloud,
    )


def link_rows(
    resource: Mapping[str, object], rules: LinkRules, assets_of: Mapping[str, Sequence[AssetReference]]
) -> list[Values]:
    """The link of an image, and one for each address of an HTML resource; none for all other resources.

    `resource` is a row of the stream `resources`; `assets_of` has the assets of bytes by their MD5.
    """
    kind = resource.get("resource_type")
    if kind == IMAGE_TYPE:
        found = [(way, reference) for way in rules.ways for reference in _FINDERS[way](resource, rules, assets_of)]
        return [_row(resource, 0, found)]
    if kind in HTML_TYPES and "html_output" in rules.ways:
        addresses = _addresses_in(resource, rules)
        return [
            _row(resource, ordinal, [("html_output", found)]) if found.public_id else _unread(resource, ordinal, found)
            for ordinal, found in enumerate(addresses, start=1)
        ]
    return []


def read_cross_reference(path: Path) -> dict[str, AssetReference]:
    """A CSV with a header: `resource_id` or `resource_name`, and `public_id` or `asset_id`, perhaps `version`, `etag`.

    Raises ConfigurationError with all mistakes in one text.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            header = list(reader.fieldnames or [])
            mistakes = list(_mistakes_of_header(header))
            found: dict[str, AssetReference] = {}
            for number, row in enumerate(reader, start=2) if not mistakes else ():
                mistakes += _take_row(row, number, found)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _refused(path, [str(error)]) from error
    if mistakes:
        raise _refused(path, mistakes)
    return found


def _row(resource: Mapping[str, object], ordinal: int, found: Sequence[tuple[LinkWay, AssetReference]]) -> Values:
    way, best = found[0] if found else (None, None)
    return {
        "domain": resource["domain"],
        "resource_id": resource["resource_id"],
        "version": resource["version"],
        "ordinal": ordinal,
        "resource_type": resource.get("resource_type"),
        "resource_name": resource.get("name"),
        "way": way or UNLINKED,
        "strength": STRENGTHS[way] if way else "none",
        "asset_id": best.asset_id if best else None,
        "public_id": best.public_id if best else None,
        "asset_version": best.version if best else None,
        # Without a link the hash still says which bytes are looked for, so that a later asset can be recognised.
        "etag": best.etag if best else resource.get("content_md5"),
        "delivery_readings": None,
        "evidence": best.evidence if best else None,
        "findings": canonical_json([reference.as_json(each) for each, reference in found]),
    }


def _unread(resource: Mapping[str, object], ordinal: int, found: AssetReference) -> Values:
    """The row of an address that names no asset for certain; the bytes behind it are not those of the resource."""
    unlinked = _row(resource, ordinal, [])
    return {**unlinked, "etag": None, "delivery_readings": found.readings, "evidence": found.evidence}


Finder = Callable[[Mapping[str, object], LinkRules, Mapping[str, Sequence[AssetReference]]], Iterator[AssetReference]]


def _by_tag(resource: Mapping[str, object], rules: LinkRules, _: object) -> Iterator[AssetReference]:
    metadata = _metadata(resource)
    tagged = metadata.get(rules.public_id_tag or "")
    if isinstance(tagged, str) and tagged:
        version = _whole(metadata.get(rules.version_tag or ""))
        yield AssetReference(f"metadata tag {rules.public_id_tag}", public_id=tagged, version=version)


def _by_source(resource: Mapping[str, object], rules: LinkRules, _: object) -> Iterator[AssetReference]:
    source = _metadata(resource).get("originalSource")
    if not isinstance(source, str):
        return
    scheme, _, public_id = source.partition(":")
    if scheme == "cloudinary" and public_id:
        yield AssetReference("metadata.originalSource: cloudinary:<public id>", public_id=public_id)
    else:
        yield from _of_address(source, "metadata.originalSource", rules)


def _by_name(resource: Mapping[str, object], rules: LinkRules, _: object) -> Iterator[AssetReference]:
    if rules.name_rule is None:
        return
    for column in ("name", "description"):
        text = resource.get(column)
        groups = rules.name_rule.search(text) if isinstance(text, str) else None
        if groups is not None:
            yield AssetReference(
                f"rule of names on the {column}",
                public_id=groups.get("public_id"),
                asset_id=groups.get("asset_id"),
                version=_whole(groups.get("version")),
            )
            return


def _in_html(resource: Mapping[str, object], rules: LinkRules, _: object) -> Iterator[AssetReference]:
    yield from (reference for reference in _addresses_in(resource, rules) if reference.public_id)


def _addresses_in(resource: Mapping[str, object], rules: LinkRules) -> Iterator[AssetReference]:
    """What each address of ours in a content names; nothing but how it is written where that is not certain."""
    found = resource.get("content_addresses")
    addresses = decode_json(found.encode(), "the addresses of a content") if isinstance(found, str) else []
    for address in addresses if isinstance(addresses, list) else []:
        if isinstance(address, str):
            named = list(_of_address(address, "address in the content", rules))
            yield from named
            if not named and is_of_account(address, rules.hosts, rules.cloud):
                cleaned = clean_address(address)
                parsed = parse_delivery_url(address, rules.hosts, rules.cloud)
                told = parsed if cleaned == address else parse_delivery_url(cleaned, rules.hosts, rules.cloud)
                evidence = f"address in the content: {cleaned} ({parsed.state}: {parsed.reason})"
                yield AssetReference(evidence, readings=readings_json(told) if parsed.readings else None)


def _by_cross_reference(resource: Mapping[str, object], rules: LinkRules, _: object) -> Iterator[AssetReference]:
    for key in (str(resource["resource_id"]), f"name:{resource.get('name')}"):
        if key in rules.cross_reference:
            yield rules.cross_reference[key]
            return


def _by_hash(
    resource: Mapping[str, object], _: LinkRules, assets_of: Mapping[str, Sequence[AssetReference]]
) -> Iterator[AssetReference]:
    yield from assets_of.get(str(resource.get("content_md5")), ())


_FINDERS: Final[Mapping[LinkWay, Finder]] = {
    "metadata_tag": _by_tag,
    "original_source": _by_source,
    "name_rule": _by_name,
    "html_output": _in_html,
    "cross_reference": _by_cross_reference,
    "content_hash": _by_hash,
}


def _of_address(address: str, what: str, rules: LinkRules) -> Iterator[AssetReference]:
    """What a delivery address names; nothing when it is another host's or has more than one reading."""
    parsed = parse_delivery_url(address, rules.hosts, rules.cloud)
    if parsed.state == "parsed" and parsed.public_id:
        evidence = f"{what}: {clean_address(address)}"
        yield AssetReference(evidence, public_id=parsed.public_id, version=parsed.version)


def _metadata(resource: Mapping[str, object]) -> Mapping[str, object]:
    text = resource.get("metadata")
    found = decode_json(text.encode(), "metadata") if isinstance(text, str) else {}
    return found if isinstance(found, dict) else {}


def _whole(value: object) -> int | None:
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return int(text) if re.fullmatch(r"\d{1,18}", text, re.ASCII) else None


def _mistakes_of_header(header: Sequence[str]) -> Iterator[str]:
    known = {"resource_id", "resource_name", "public_id", "asset_id", "version", "etag"}
    for name in header:
        if name not in known:
            yield f"an unknown column {name!r}"
    if not {"resource_id", "resource_name"} & set(header):
        yield "neither resource_id nor resource_name among the columns"
    if not {"public_id", "asset_id"} & set(header):
        yield "neither public_id nor asset_id among the columns"


def _take_row(row: Mapping[str, str | None], number: int, found: dict[str, AssetReference]) -> Iterator[str]:
    """Put one line under its resource; yields what is wrong with it."""
    resource_id, name = row.get("resource_id"), row.get("resource_name")
    key = resource_id or (f"name:{name}" if name else None)
    version = row.get("version")
    reference = AssetReference(
        "cross-reference",
        asset_id=row.get("asset_id") or None,
        public_id=row.get("public_id") or None,
        version=_whole(version) if version else None,
        etag=row.get("etag") or None,
    )
    if key is None:
        yield f"line {number}: no resource"
    elif not (reference.asset_id or reference.public_id):
        yield f"line {number}: no asset"
    elif version and reference.version is None:
        yield f"line {number}: a version that is no whole number"
    elif key in found and found[key] != reference:
        yield f"line {number}: another asset for a resource that stands above"
    else:
        found[key] = reference


def _refused(path: Path, mistakes: Sequence[str]) -> ConfigurationError:
    return ConfigurationError(
        tried=f"to read the cross-reference of images and assets {path}",
        found=f"{len(mistakes)} mistake(s):\n  - " + "\n  - ".join(mistakes[:50]),
        expected="a CSV in UTF-8 with a header: resource_id or resource_name, public_id or asset_id, version, etag",
        remedy="correct the file, or exstream.link_cross_reference",
    )
