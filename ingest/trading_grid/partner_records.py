"""What partners look for, need, receive and report in Trading Grid, as frozen typed records, one field per column.

Here belong feedback, searches, needs and distributions. Free text is masked. Not here: the other records (`records`,
`launch_records`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from assettrail.errors import RecordRejected
from ingest.strict import JsonObject, integer_or_none, required_text, text_or_none
from ingest.trading_grid.context import Context, masked, masked_address

ANY = "any"
"""What a need says of a region, language or device that it does not name."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """A partner reports how an asset loads or looks; key `feedback_id`. Categories are the portal's own."""

    feedback_id: str
    community_id: str | None
    partner_id: str
    publication_id: str | None
    category: str
    asset_id: str | None
    public_id: str | None
    asset_version: int | None
    asset_url: str | None
    rendition: str | None
    device: str | None
    text: str | None
    status: str
    reported_at_raw: str
    answered_at_raw: str | None
    reopened_at_raw: str | None
    answer: str | None
    answer_publication_id: str | None
    updated_at_raw: str

    @classmethod
    def from_response(cls, item: JsonObject, context: Context) -> Self:
        """Read one report; identifiers in its text and in the answer are masked."""
        return cls(
            feedback_id=required_text(item, "feedback_id"),
            community_id=text_or_none(item, "community_id"),
            partner_id=required_text(item, "partner_id"),
            publication_id=text_or_none(item, "publication_id"),
            category=required_text(item, "category"),
            asset_id=text_or_none(item, "asset_id"),
            public_id=text_or_none(item, "public_id"),
            asset_version=integer_or_none(item, "asset_version"),
            asset_url=masked_address(item, "asset_url", context),
            rendition=text_or_none(item, "rendition"),
            device=text_or_none(item, "device"),
            text=masked(item, "text", context),
            status=required_text(item, "status"),
            reported_at_raw=required_text(item, "reported_at_raw"),
            answered_at_raw=text_or_none(item, "answered_at_raw"),
            reopened_at_raw=text_or_none(item, "reopened_at_raw"),
            answer=masked(item, "answer", context),
            answer_publication_id=text_or_none(item, "answer_publication_id"),
            updated_at_raw=required_text(item, "updated_at_raw"),
        )


@dataclass(frozen=True, slots=True)
class Search:
    """A partner searched for assets; key `search_id`. A search without a result has `result_count` 0."""

    search_id: str
    partner_id: str
    user_id: str | None
    community_id: str | None
    terms: str | None
    product_line: str | None
    campaign: str | None
    market: str | None
    result_count: int | None
    at_raw: str

    @classmethod
    def from_response(cls, item: JsonObject, context: Context) -> Self:
        """Read one search; identifiers in its terms are masked."""
        return cls(
            search_id=required_text(item, "search_id"),
            partner_id=required_text(item, "partner_id"),
            user_id=text_or_none(item, "user_id"),
            community_id=text_or_none(item, "community_id"),
            terms=masked(item, "terms", context),
            product_line=text_or_none(item, "product_line"),
            campaign=text_or_none(item, "campaign"),
            market=text_or_none(item, "market"),
            result_count=integer_or_none(item, "result_count"),
            at_raw=required_text(item, "at_raw"),
        )


@dataclass(frozen=True, slots=True)
class CommunityNeed:
    """One variant of an asset that a community needs; its key is all of the first five.

    `asset_reference` is the asset's id, or its public id where the source has none. A need that names no region,
    language or device is one for `any`.
    """

    community_id: str
    asset_reference: str
    region: str
    language: str
    device: str
    asset_id: str | None
    public_id: str | None
    status: str | None
    updated_at_raw: str | None

    @classmethod
    def from_response(cls, item: JsonObject, _context: Context) -> Self:
        """Read one need. Raises RecordRejected for one of no asset."""
        asset_id, public_id = text_or_none(item, "asset_id"), text_or_none(item, "public_id")
        reference = asset_id or public_id
        if reference is None:
            raise RecordRejected(
                tried="to read a community's need",
                found="neither an asset id nor a public id",
                expected="one of them: it says what the community needs",
                remedy="map asset_id or public_id, or have the sender name the asset",
            )
        return cls(
            community_id=required_text(item, "community_id"),
            asset_reference=reference,
            region=text_or_none(item, "region") or ANY,
            language=text_or_none(item, "language") or ANY,
            device=text_or_none(item, "device") or ANY,
            asset_id=asset_id,
            public_id=public_id,
            status=text_or_none(item, "status"),
            updated_at_raw=text_or_none(item, "updated_at_raw"),
        )


@dataclass(frozen=True, slots=True)
class Distribution:
    """An asset was sent to a partner: artwork of a GTIN, a label, a regulatory visual; key `distribution_id`."""

    distribution_id: str
    partner_id: str
    community_id: str | None
    publication_id: str | None
    gtin: str | None
    asset_id: str | None
    public_id: str | None
    asset_version: int | None
    asset_url: str | None
    etag: str | None
    file_name: str | None
    content_sha256: str | None
    mailbox: str | None
    document_id: str | None
    correlation_id: str | None
    at_raw: str

    @classmethod
    def from_response(cls, item: JsonObject, context: Context) -> Self:
        """Read one distribution."""
        return cls(
            distribution_id=required_text(item, "distribution_id"),
            partner_id=required_text(item, "partner_id"),
            community_id=text_or_none(item, "community_id"),
            publication_id=text_or_none(item, "publication_id"),
            gtin=text_or_none(item, "gtin"),
            asset_id=text_or_none(item, "asset_id"),
            public_id=text_or_none(item, "public_id"),
            asset_version=integer_or_none(item, "asset_version"),
            asset_url=masked_address(item, "asset_url", context),
            etag=text_or_none(item, "etag"),
            file_name=text_or_none(item, "file_name"),
            content_sha256=text_or_none(item, "content_sha256"),
            mailbox=text_or_none(item, "mailbox"),
            document_id=text_or_none(item, "document_id"),
            correlation_id=text_or_none(item, "correlation_id"),
            at_raw=required_text(item, "at_raw"),
        )
