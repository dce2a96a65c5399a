"""Trading Grid's objects as frozen typed records, one field per landed column.

Here belongs reading an object whose fields have been brought under our names by the mapping: a wrong type is
a RecordRejected. Times stay the vendor's text; free text of cases and threads is masked, people who act in a
role keep their names. Not here: launches (`launch_records`), what partners look for, ask for and receive
(`partner_records`), the mapping (`streams`), the calls (`client`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from ingest.cloudinary.delivery_url import DeliveryAddress
from ingest.strict import JsonObject, integer_or_none, required_text, text_or_none
from ingest.trading_grid.catalogue import CatalogueImage
from ingest.trading_grid.context import Context, ReadAddress, clean_address, masked, masked_address, trimmed
from ingest.trading_grid.launch_records import Flag, FormatRequest, Launch, LaunchMessage, LaunchRequirement, Task
from ingest.trading_grid.partner_records import CommunityNeed, Distribution, Feedback, Search

_LINK = re.compile(r"https?://[^\s<>\"']{1,4096}")
_BEHIND_A_LINK = ".,;:!?)]}*_"


@dataclass(frozen=True, slots=True)
class Community:
    """A partner community; key `community_id`."""

    community_id: str
    name: str
    region: str | None
    language: str | None
    status: str | None
    updated_at_raw: str | None

    @classmethod
    def from_response(cls, item: JsonObject, _context: Context) -> Self:
        """Read one community."""
        return cls(
            community_id=required_text(item, "community_id"),
            name=required_text(item, "name"),
            region=text_or_none(item, "region"),
            language=text_or_none(item, "language"),
            status=text_or_none(item, "status"),
            updated_at_raw=text_or_none(item, "updated_at_raw"),
        )


@dataclass(frozen=True, slots=True)
class Partner:
    """A trading partner; key `partner_id`. EDI ids are unique only together with their qualifier."""

    partner_id: str
    name: str
    gln: str | None
    duns: str | None
    edi_qualifier: str | None
    edi_id: str | None
    mailbox: str | None
    partner_van: str | None
    partnership_status: str | None
    updated_at_raw: str | None

    @classmethod
    def from_response(cls, item: JsonObject, _context: Context) -> Self:
        """Read one partner."""
        return cls(
            partner_id=required_text(item, "partner_id"),
            name=required_text(item, "name"),
            gln=text_or_none(item, "gln"),
            duns=text_or_none(item, "duns"),
            edi_qualifier=text_or_none(item, "edi_qualifier"),
            edi_id=text_or_none(item, "edi_id"),
            mailbox=text_or_none(item, "mailbox"),
            partner_van=text_or_none(item, "partner_van"),
            partnership_status=text_or_none(item, "partnership_status"),
            updated_at_raw=text_or_none(item, "updated_at_raw"),
        )


@dataclass(frozen=True, slots=True)
class Member:
    """A partner's membership of a community; key (`community_id`, `partner_id`)."""

    community_id: str
    partner_id: str
    status: str
    updated_at_raw: str | None

    @classmethod
    def from_response(cls, item: JsonObject, _context: Context) -> Self:
        """Read one membership."""
        return cls(
            community_id=required_text(item, "community_id"),
            partner_id=required_text(item, "partner_id"),
            status=required_text(item, "status"),
            updated_at_raw=text_or_none(item, "updated_at_raw"),
        )


@dataclass(frozen=True, slots=True)
class Publication:
    """One asset version shown in one community; key `publication_id`."""

    publication_id: str
    community_id: str
    asset_id: str | None
    public_id: str | None
    asset_version: int | None
    etag: str | None
    url: str | None
    rendition: str | None
    language: str | None
    region: str | None
    device: str | None
    published_at_raw: str
    published_by: str | None
    withdrawn_at_raw: str | None
    withdrawn_by: str | None
    replaces_publication_id: str | None
    content_sha256: str | None
    correlation_id: str | None
    updated_at_raw: str

    @classmethod
    def from_response(cls, item: JsonObject, _context: Context) -> Self:
        """Read one publication."""
        return cls(
            publication_id=required_text(item, "publication_id"),
            community_id=required_text(item, "community_id"),
            asset_id=text_or_none(item, "asset_id"),
            public_id=text_or_none(item, "public_id"),
            asset_version=integer_or_none(item, "asset_version"),
            etag=text_or_none(item, "etag"),
            url=text_or_none(item, "url"),
            rendition=text_or_none(item, "rendition"),
            language=text_or_none(item, "language"),
            region=text_or_none(item, "region"),
            device=text_or_none(item, "device"),
            published_at_raw=required_text(item, "published_at_raw"),
            published_by=text_or_none(item, "published_by"),
            withdrawn_at_raw=text_or_none(item, "withdrawn_at_raw"),
            withdrawn_by=text_or_none(item, "withdrawn_by"),
            replaces_publication_id=text_or_none(item, "replaces_publication_id"),
            content_sha256=text_or_none(item, "content_sha256"),
            correlation_id=text_or_none(item, "correlation_id"),
            updated_at_raw=required_text(item, "updated_at_raw"),
        )


@dataclass(frozen=True, slots=True)
class Access:
    """A publication was delivered to, opened or downloaded by a partner; key `access_id`.

    `user_id` is who did it there, acting for the partner.
    """

    access_id: str
    publication_id: str
    partner_id: str
    user_id: str | None
    kind: str
    at_raw: str

    @classmethod
    def from_response(cls, item: JsonObject, _context: Context) -> Self:
        """Read one access."""
        return cls(
            access_id=required_text(item, "access_id"),
            publication_id=required_text(item, "publication_id"),
            partner_id=required_text(item, "partner_id"),
            user_id=text_or_none(item, "user_id"),
            kind=required_text(item, "kind"),
            at_raw=required_text(item, "at_raw"),
        )


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """A partner acknowledged a publication, distribution or launch by portal, 997 or 824; key `acknowledgement_id`."""

    acknowledgement_id: str
    kind: str
    partner_id: str
    publication_id: str | None
    distribution_id: str | None
    launch_id: str | None
    code: str | None
    content_sha256: str | None
    at_raw: str

    @classmethod
    def from_response(cls, item: JsonObject, _context: Context) -> Self:
        """Read one acknowledgement; the three kinds say three different things and stay apart."""
        return cls(
            acknowledgement_id=required_text(item, "acknowledgement_id"),
            kind=required_text(item, "kind"),
            partner_id=required_text(item, "partner_id"),
            publication_id=text_or_none(item, "publication_id"),
            distribution_id=text_or_none(item, "distribution_id"),
            launch_id=text_or_none(item, "launch_id"),
            code=text_or_none(item, "code"),
            content_sha256=text_or_none(item, "content_sha256"),
            at_raw=required_text(item, "at_raw"),
        )


@dataclass(frozen=True, slots=True)
class Case:
    """A partner's case about an asset; key `case_id`."""

    case_id: str
    community_id: str
    partner_id: str
    opened_at_raw: str
    updated_at_raw: str
    status: str
    category: str | None
    subject: str | None
    asset_id: str | None
    public_id: str | None
    asset_version: int | None
    asset_url: str | None

    @classmethod
    def from_response(cls, item: JsonObject, context: Context) -> Self:
        """Read one case; identifiers in its subject are masked."""
        return cls(
            case_id=required_text(item, "case_id"),
            community_id=required_text(item, "community_id"),
            partner_id=required_text(item, "partner_id"),
            opened_at_raw=required_text(item, "opened_at_raw"),
            updated_at_raw=required_text(item, "updated_at_raw"),
            status=required_text(item, "status"),
            category=text_or_none(item, "category"),
            subject=masked(item, "subject", context),
            asset_id=text_or_none(item, "asset_id"),
            public_id=text_or_none(item, "public_id"),
            asset_version=integer_or_none(item, "asset_version"),
            asset_url=masked_address(item, "asset_url", context),
        )


@dataclass(frozen=True, slots=True)
class ThreadMessage:
    """One message in a case's thread, and the delivery address that its text links to; key `message_id`."""

    message_id: str
    case_id: str
    author: str | None
    author_role: str | None
    posted_at_raw: str
    body: str | None
    linked_url: str | None
    linked_public_id: str | None
    linked_version: int | None
    correlation_id: str | None

    @classmethod
    def from_response(cls, item: JsonObject, context: Context) -> Self:
        """Read one message; of several links to assets the one with the newest version counts."""
        body = text_or_none(item, "body")
        link, address = newest_link(body or "", context.read_address)
        return cls(
            message_id=required_text(item, "message_id"),
            case_id=required_text(item, "case_id"),
            author=text_or_none(item, "author"),
            author_role=text_or_none(item, "author_role"),
            posted_at_raw=required_text(item, "posted_at_raw"),
            body=masked(item, "body", context),
            linked_url=link and clean_address(link, context),
            linked_public_id=address.public_id if address else None,
            linked_version=address.version if address else None,
            correlation_id=text_or_none(item, "correlation_id"),
        )


@dataclass(frozen=True, slots=True)
class Document:
    """A document in a mailbox, with the numbers by which an acknowledgement names it; key (`mailbox`, `document_id`).

    Statuses are kept as they are written: the vendor's list grows.
    """

    mailbox: str
    document_id: str
    document_type: str | None
    direction: str | None
    status: str | None
    partner_id: str | None
    publication_id: str | None
    gxs_ref_num: str | None
    service_reference: str | None
    sender_reference: str | None
    application_reference: str | None
    sender_qualifier: str | None
    sender_id: str | None
    receiver_qualifier: str | None
    receiver_id: str | None
    interchange_control_number: str | None
    group_control_number: str | None
    set_control_number: str | None
    created_at_raw: str
    updated_at_raw: str | None

    @classmethod
    def from_response(cls, item: JsonObject, _context: Context) -> Self:
        """Read one document; EDI ids lose the spaces that pad them to their length in an ISA."""
        return cls(
            mailbox=required_text(item, "mailbox"),
            document_id=required_text(item, "document_id"),
            document_type=text_or_none(item, "document_type"),
            direction=text_or_none(item, "direction"),
            status=text_or_none(item, "status"),
            partner_id=text_or_none(item, "partner_id"),
            publication_id=text_or_none(item, "publication_id"),
            gxs_ref_num=text_or_none(item, "gxs_ref_num"),
            service_reference=text_or_none(item, "service_reference"),
            sender_reference=text_or_none(item, "sender_reference"),
            application_reference=text_or_none(item, "application_reference"),
            sender_qualifier=trimmed(item, "sender_qualifier"),
            sender_id=trimmed(item, "sender_id"),
            receiver_qualifier=trimmed(item, "receiver_qualifier"),
            receiver_id=trimmed(item, "receiver_id"),
            interchange_control_number=text_or_none(item, "interchange_control_number"),
            group_control_number=text_or_none(item, "group_control_number"),
            set_control_number=text_or_none(item, "set_control_number"),
            created_at_raw=required_text(item, "created_at_raw"),
            updated_at_raw=text_or_none(item, "updated_at_raw"),
        )


RECORDS: Mapping[str, Any] = {
    "communities": Community,
    "partners": Partner,
    "members": Member,
    "publications": Publication,
    "accesses": Access,
    "acknowledgements": Acknowledgement,
    "cases": Case,
    "thread_messages": ThreadMessage,
    "documents": Document,
    "catalogue_images": CatalogueImage,
    "launches": Launch,
    "launch_requirements": LaunchRequirement,
    "launch_messages": LaunchMessage,
    "tasks": Task,
    "flags": Flag,
    "format_requests": FormatRequest,
    "feedback": Feedback,
    "searches": Search,
    "community_needs": CommunityNeed,
    "distributions": Distribution,
}
"""The record of each stream that a mapping can fill, in landing order."""


def newest_link(text: str, read_address: ReadAddress) -> tuple[str | None, DeliveryAddress | None]:
    """The delivery address in a text that names the newest version, the first of equals; None when there is none."""
    best: tuple[str | None, DeliveryAddress | None] = (None, None)
    newest = -1
    for match in _LINK.finditer(text):
        link = match[0].rstrip(_BEHIND_A_LINK)
        address = read_address(link)
        version = address.version or 0
        if address.state != "unparsable" and version > newest:
            best, newest = (link, address), version
    return best
