"""Design's (DAS) answers as frozen typed records, one field per landed column: resources, their history, their links.

Here belongs reading them strictly, over REST and out of export packages alike. Dates stay the vendor's own text. Free
text that people wrote has recipients' identifiers masked. Not here: which of them are asked for (`design`), and which
asset an image is (`asset_links`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Self

from ingest.exstream.html_addresses import html_addresses
from ingest.strict import (
    JsonObject,
    canonical_json,
    flag_or_none,
    integer_or_none,
    json_or_none,
    list_or_none,
    moment_or_none,
    object_or_none,
    required_integer,
    required_text,
    text_or_none,
)

IMAGE_TYPE: Final = "image"
HTML_TYPES: Final = frozenset({"exstrhtml5", "exstremail"})
TYPES_WITH_CONTENT: Final = HTML_TYPES | {IMAGE_TYPE}
"""Resources whose content is read: images for their hash, HTML for the addresses in it."""

MOST_ADDRESSES: Final = 1000

Mask = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class ContentFacts:
    """What is kept of a content: its hashes (lower-case hex) and size, and the http addresses in it, as JSON text."""

    content_sha256: str | None = None
    content_md5: str | None = None
    content_bytes: int | None = None
    content_addresses: str | None = None

    @classmethod
    def of(cls, data: bytes, resource_type: str | None) -> Self:
        """The facts of these bytes. MD5, since that is how Cloudinary names bytes (`etag`); it proves nothing else."""
        return cls(
            content_sha256=hashlib.sha256(data).hexdigest(),
            content_md5=hashlib.md5(data, usedforsecurity=False).hexdigest(),
            content_bytes=len(data),
            content_addresses=canonical_json(addresses_in(data)) if resource_type in HTML_TYPES else None,
        )


@dataclass(frozen=True, slots=True)
class DesignResource:
    """One version of a design resource; key (`domain`, `resource_id`, `version`)."""

    domain: str
    resource_id: str
    version: int
    name: str | None
    resource_type: str | None
    state: str | None
    state_comment: str | None
    description: str | None
    created_by: str | None
    created_at_raw: str | None
    last_modified_by: str | None
    last_modified_at_raw: str | None
    is_locked: bool | None
    locked_by: str | None
    effective_start_at_raw: str | None
    effective_end_at_raw: str | None
    categories: str | None
    metadata: str | None
    is_latest_version: bool | None
    approved_by: str | None
    approved_at_raw: str | None

    @classmethod
    def from_response(cls, item: JsonObject, domain: str, mask: Mask) -> Self:
        """Read one version; RecordRejected when its id or number is missing."""
        approval = object_or_none(item, "approvalInfo") or {}
        return cls(
            domain=domain,
            resource_id=required_text(item, "id"),
            version=required_integer(item, "version"),
            name=text_or_none(item, "name"),
            resource_type=text_or_none(item, "type"),
            state=text_or_none(item, "state"),
            state_comment=_masked(item, "stateComment", mask),
            description=_masked(item, "description", mask),
            created_by=text_or_none(item, "createdBy"),
            created_at_raw=moment_or_none(item, "createdDate"),
            last_modified_by=text_or_none(item, "lastModifiedBy"),
            last_modified_at_raw=moment_or_none(item, "lastModifiedDate"),
            is_locked=flag_or_none(item, "locked"),
            locked_by=text_or_none(item, "lockedBy"),
            effective_start_at_raw=moment_or_none(item, "effectiveStart"),
            effective_end_at_raw=moment_or_none(item, "effectiveEnd"),
            categories=json_or_none(list_or_none(item, "categories")),
            metadata=json_or_none(object_or_none(item, "metadata")),
            is_latest_version=flag_or_none(item, "latestVersion"),
            approved_by=text_or_none(approval, "approvedBy") or text_or_none(item, "approvedBy"),
            approved_at_raw=moment_or_none(approval, "approvedDate"),
        )


@dataclass(frozen=True, slots=True)
class ResourceChange:
    """One row of a resource's history; key all but the people, the state and the comment.

    The vendor does not say whether `id` in it is the resource or the row, so that `resource_id` is the one asked for.
    """

    domain: str
    resource_id: str
    version: int
    revision: int
    history_type: str
    operation: str
    modified_at_raw: str
    modified_by: str | None
    state: str | None
    resource_type: str | None
    audited_comment: str | None

    @classmethod
    def from_response(cls, item: JsonObject, domain: str, resource_id: str, mask: Mask) -> Self:
        """Read one row of the history of the resource that was asked for."""
        modified_at = moment_or_none(item, "modifiedDate")
        return cls(
            domain=domain,
            resource_id=resource_id,
            version=required_integer(item, "version"),
            revision=integer_or_none(item, "revision") or 0,
            history_type=required_text(item, "historyType"),
            operation=required_text(item, "operation"),
            modified_at_raw=modified_at if modified_at is not None else required_text(item, "modifiedDate"),
            modified_by=text_or_none(item, "modifiedBy"),
            state=text_or_none(item, "state"),
            resource_type=text_or_none(item, "type"),
            audited_comment=_masked(item, "auditedComment", mask),
        )


@dataclass(frozen=True, slots=True)
class DesignLink:
    """One resource used by a version of another; which version of the used one is not in the link. Key: all."""

    domain: str
    subject_id: str
    subject_version: int
    object_id: str

    @classmethod
    def from_response(cls, item: JsonObject, domain: str) -> Self:
        """Read one link."""
        return cls(
            domain=domain,
            subject_id=required_text(item, "linkSubjectId"),
            subject_version=required_integer(item, "subjectVersion"),
            object_id=required_text(item, "linkObjectId"),
        )


def addresses_in(data: bytes) -> list[str]:
    """The http addresses that an HTML content shows or leads to, each once, in order; at most `MOST_ADDRESSES`."""
    found = html_addresses([data], lambda _: True, MOST_ADDRESSES)
    return list(dict.fromkeys(address.url for address in found))[:MOST_ADDRESSES]


def _masked(item: JsonObject, name: str, mask: Mask) -> str | None:
    text = text_or_none(item, name)
    return None if text is None else mask(text)
