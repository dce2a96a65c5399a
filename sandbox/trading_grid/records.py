"""The objects of the service, stated once: their paths, identifiers and fields.

What belongs here: the example contract as data; launches and what partners ask for stand in `requests.py`.
Validation (`validation.py`), storage (`state.py`) and HTTP (`service.py`) all read it. Names are camelCase on the wire
and are ours, not the vendor's.
"""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.trading_grid.requests import REQUEST_TYPES
from sandbox.trading_grid.shapes import CASE_ASSET, Field, RecordType

CASE_STATUSES = ("open", "answered", "closed")

_IMAGE_ATTRIBUTES = (
    "gtin",
    "product",
    "colorCode",
    "selectionCode",
    "fileType",
    "imageType",
    "purpose",
    "orientation",
    "locationType",
    "externalLocation",
    "fileSize",
    "pixelDensity",
    "height",
    "width",
    "imageStyle",
    "facing",
    "angle",
    "clippingPath",
    "description",
)

RECORD_TYPES: Mapping[str, RecordType] = {
    record_type.path: record_type
    for record_type in (
        RecordType(
            path="communities",
            id_fields=("communityId",),
            id_prefix="COM",
            fields=(
                Field("name", is_required=True),
                Field("region"),
                Field("language"),
                Field("status", default="active"),
            ),
            changeable=("name", "region", "language", "status"),
        ),
        RecordType(
            path="partners",
            id_fields=("partnerId",),
            id_prefix="PAR",
            fields=(
                Field("name", is_required=True),
                Field("gln", kind="digits", digit_count=13),
                Field("duns", kind="digits", digit_count=9),
                Field("ediQualifier"),
                Field("ediId"),
                Field("mailbox"),
                Field("partnerVan"),
                Field("partnershipStatus", default="Active"),
            ),
            changeable=(
                "name",
                "gln",
                "duns",
                "ediQualifier",
                "ediId",
                "mailbox",
                "partnerVan",
                "partnershipStatus",
            ),
        ),
        RecordType(
            path="members",
            id_fields=("communityId", "partnerId"),
            id_prefix="",
            fields=(
                Field("communityId", is_required=True, refers_to="communities"),
                Field("partnerId", is_required=True, refers_to="partners"),
                Field("status", choices=("Active", "Inactive", "Incomplete"), default="Active"),
            ),
            changeable=("status",),
            filters=("communityId", "partnerId"),
        ),
        RecordType(
            path="publications",
            id_fields=("publicationId",),
            id_prefix="PUB",
            fields=(
                Field("communityId", is_required=True, refers_to="communities"),
                Field("asset", kind="asset", is_required=True),
                Field("rendition"),
                Field("language"),
                Field("region"),
                Field("device"),
                Field("publishedBy"),
                Field("replacesPublicationId", refers_to="publications"),
                Field("contentSha256", kind="sha256"),
                Field("correlationId"),
            ),
            server_fields=("publishedAt", "withdrawnAt", "withdrawnBy"),
            created_field="publishedAt",
            filters=("correlationId", "communityId"),
            has_correlation=True,
            asset_fields=("assetId", "publicId", "version", "etag", "url"),
        ),
        RecordType(
            path="accesses",
            id_fields=("accessId",),
            id_prefix="ACC",
            fields=(
                Field("publicationId", is_required=True, refers_to="publications"),
                Field("partnerId", is_required=True, refers_to="partners"),
                Field("user"),
                Field("kind", is_required=True, choices=("delivered", "opened", "downloaded")),
            ),
            server_fields=("at",),
            created_field="at",
            filters=("publicationId", "partnerId"),
        ),
        RecordType(
            path="acknowledgements",
            id_fields=("acknowledgementId",),
            id_prefix="ACK",
            fields=(
                Field("kind", is_required=True, choices=("portal", "997", "824")),
                Field("partnerId", is_required=True, refers_to="partners"),
                Field("publicationId", refers_to="publications"),
                Field("distributionId", refers_to="distributions"),
                Field("launchId", refers_to="launches"),
                Field("code"),
                Field("contentSha256", kind="sha256"),
            ),
            server_fields=("at",),
            created_field="at",
            filters=("publicationId", "partnerId"),
        ),
        RecordType(
            path="cases",
            id_fields=("caseId",),
            id_prefix="CASE",
            fields=(
                Field("communityId", is_required=True, refers_to="communities"),
                Field("partnerId", is_required=True, refers_to="partners"),
                Field("status", choices=CASE_STATUSES, default="open"),
                Field("category"),
                Field("subject"),
                Field("asset", kind="asset"),
            ),
            server_fields=("openedAt",),
            created_field="openedAt",
            changeable=("status",),
            filters=("communityId", "partnerId", "status"),
            asset_fields=CASE_ASSET,
        ),
        RecordType(
            path="thread-messages",
            id_fields=("messageId",),
            id_prefix="MSG",
            fields=(
                Field("caseId", is_required=True, refers_to="cases"),
                Field("author", is_required=True),
                Field("authorRole", is_required=True, choices=("partner", "team")),
                Field("body", is_required=True),
                Field("correlationId"),
            ),
            server_fields=("postedAt",),
            created_field="postedAt",
            filters=("caseId", "correlationId"),
            has_correlation=True,
        ),
        RecordType(
            path="documents",
            id_fields=("mailbox", "documentId"),
            id_prefix="",
            fields=(
                Field("mailbox", is_required=True),
                Field("documentId", is_required=True),
                Field("documentType"),
                Field("direction", choices=("in", "out")),
                Field("status"),
                Field("partnerId", refers_to="partners"),
                Field("publicationId", refers_to="publications"),
                Field("gxsRefNum"),
                Field("serviceReference", kind="digits", digit_count=18),
                Field("snrf"),
                Field("aprf"),
                Field("sender", kind="parts", parts=("qualifier", "id")),
                Field("receiver", kind="parts", parts=("qualifier", "id")),
                Field("controlNumbers", kind="parts", parts=("interchange", "group", "set")),
            ),
            server_fields=("createdAt",),
            created_field="createdAt",
            changeable=("status",),
            filters=("mailbox", "partnerId"),
        ),
        RecordType(
            path="catalogue-images",
            id_fields=("item", "fileName"),
            id_prefix="",
            fields=(
                Field("item", is_required=True),
                Field("fileName", is_required=True),
                Field("action", choices=("insert", "update", "replace", "delete"), default="insert"),
                *(Field(name) for name in _IMAGE_ATTRIBUTES),
            ),
            changeable=("action", *_IMAGE_ATTRIBUTES),
        ),
        *REQUEST_TYPES,
    )
}
