"""Launches, and what partners look for, ask for and report: the objects beside publications, cases and documents.

What belongs here: the second half of the example contract as data; `records.py` has the first and the whole.
Names are camelCase on the wire and are ours, not the vendor's.
"""

from __future__ import annotations

from sandbox.trading_grid.shapes import CASE_ASSET, Field, RecordType

WORK_STATUSES = ("open", "done")
FLAG_STATUSES = ("open", "resolved")
REQUEST_STATUSES = ("open", "answered")
FEEDBACK_STATUSES = ("open", "answered", "reopened", "closed")

_PARTNER = Field("partnerId", is_required=True, refers_to="partners")
_COMMUNITY = Field("communityId", refers_to="communities")
_LAUNCH = Field("launchId", refers_to="launches")
_PUBLICATION = Field("publicationId", refers_to="publications")
_ANSWER = Field("answerPublicationId", refers_to="publications")
_ASSET = Field("asset", kind="asset")
_DUE = Field("dueAt", kind="instant")

_LAUNCHES = (
    RecordType(
        path="launches",
        id_fields=("launchId",),
        id_prefix="LAU",
        fields=(
            Field("name", is_required=True),
            Field("launchAt", kind="instant", is_required=True),
            Field("readinessDueAt", kind="instant"),
            Field("communityIds", kind="texts", refers_to="communities"),
            Field("productLine"),
            Field("campaign"),
            Field("status", choices=("planned", "launched", "cancelled"), default="planned"),
        ),
        changeable=("name", "launchAt", "readinessDueAt", "communityIds", "productLine", "campaign", "status"),
        filters=("status",),
    ),
    RecordType(
        path="launch-requirements",
        id_fields=("launchId", "ordinal"),
        id_prefix="",
        fields=(
            Field("launchId", is_required=True, refers_to="launches"),
            Field("ordinal", kind="whole_number", is_required=True),
            _COMMUNITY,
            _ASSET,
            Field("description"),
            Field("market"),
            Field("language"),
            Field("format"),
            _DUE,
            Field("status", choices=("required", "waived"), default="required"),
        ),
        changeable=("asset", "description", "market", "language", "format", "dueAt", "status"),
        filters=("launchId",),
        asset_fields=CASE_ASSET,
    ),
    RecordType(
        path="launch-messages",
        id_fields=("messageId",),
        id_prefix="LMSG",
        fields=(
            Field("launchId", is_required=True, refers_to="launches"),
            Field("author", is_required=True),
            Field("authorRole", is_required=True, choices=("partner", "team")),
            Field("body", is_required=True),
            Field("correlationId"),
        ),
        server_fields=("postedAt",),
        created_field="postedAt",
        filters=("launchId", "correlationId"),
        has_correlation=True,
    ),
    RecordType(
        path="tasks",
        id_fields=("taskId",),
        id_prefix="TASK",
        fields=(
            _LAUNCH,
            _COMMUNITY,
            Field("partnerId", refers_to="partners"),
            Field("kind", is_required=True),
            Field("text"),
            _DUE,
            Field("status", choices=WORK_STATUSES, default="open"),
        ),
        server_fields=("createdAt", "doneAt"),
        created_field="createdAt",
        status_times={"done": "doneAt"},
        changeable=("status", "dueAt"),
        filters=("launchId", "partnerId", "status"),
    ),
    RecordType(
        path="flags",
        id_fields=("flagId",),
        id_prefix="FLAG",
        fields=(
            _LAUNCH,
            Field("requirementOrdinal", kind="whole_number"),
            _COMMUNITY,
            _PARTNER,
            _ASSET,
            Field("text", is_required=True),
            _DUE,
            Field("status", choices=FLAG_STATUSES, default="open"),
        ),
        server_fields=("raisedAt", "resolvedAt"),
        created_field="raisedAt",
        status_times={"resolved": "resolvedAt"},
        changeable=("status", "dueAt"),
        filters=("launchId", "partnerId", "status"),
        asset_fields=CASE_ASSET,
    ),
)

_WISHES = (
    RecordType(
        path="format-requests",
        id_fields=("formatRequestId",),
        id_prefix="FRQ",
        fields=(
            _LAUNCH,
            _COMMUNITY,
            _PARTNER,
            _PUBLICATION,
            Field("asset", kind="asset", is_required=True),
            Field("format", is_required=True),
            Field("text"),
            _DUE,
            Field("status", choices=REQUEST_STATUSES, default="open"),
            _ANSWER,
        ),
        server_fields=("requestedAt", "answeredAt"),
        created_field="requestedAt",
        status_times={"answered": "answeredAt"},
        changeable=("status", "dueAt", "answerPublicationId"),
        filters=("launchId", "partnerId", "status"),
        asset_fields=CASE_ASSET,
    ),
    RecordType(
        path="feedback",
        id_fields=("feedbackId",),
        id_prefix="FB",
        fields=(
            _COMMUNITY,
            _PARTNER,
            _PUBLICATION,
            Field("category", is_required=True),
            Field("asset", kind="asset", is_required=True),
            Field("rendition"),
            Field("device"),
            Field("text"),
            Field("status", choices=FEEDBACK_STATUSES, default="open"),
            Field("answer"),
            _ANSWER,
        ),
        server_fields=("reportedAt", "answeredAt", "reopenedAt"),
        created_field="reportedAt",
        status_times={"answered": "answeredAt", "reopened": "reopenedAt"},
        changeable=("status", "answer", "answerPublicationId"),
        filters=("communityId", "partnerId", "status"),
        asset_fields=CASE_ASSET,
    ),
    RecordType(
        path="searches",
        id_fields=("searchId",),
        id_prefix="SRCH",
        fields=(
            _PARTNER,
            Field("user"),
            _COMMUNITY,
            Field("terms"),
            Field("productLine"),
            Field("campaign"),
            Field("market"),
            Field("resultCount", kind="whole_number"),
        ),
        server_fields=("at",),
        created_field="at",
        filters=("partnerId", "communityId"),
    ),
    RecordType(
        path="community-needs",
        id_fields=("communityId", "assetId", "region", "language", "device"),
        id_prefix="",
        fields=(
            Field("communityId", is_required=True, refers_to="communities"),
            Field("assetId", is_required=True),
            Field("publicId"),
            Field("region", default="any"),
            Field("language", default="any"),
            Field("device", default="any"),
            Field("status", choices=("needed", "dropped"), default="needed"),
        ),
        changeable=("publicId", "status"),
        filters=("communityId",),
    ),
    RecordType(
        path="distributions",
        id_fields=("distributionId",),
        id_prefix="DIS",
        fields=(
            _PARTNER,
            _COMMUNITY,
            _PUBLICATION,
            Field("gtin"),
            Field("asset", kind="asset", is_required=True),
            Field("fileName"),
            Field("contentSha256", kind="sha256"),
            Field("document", kind="parts", parts=("mailbox", "documentId")),
            Field("correlationId"),
        ),
        server_fields=("at",),
        created_field="at",
        filters=("partnerId", "gtin", "correlationId"),
        has_correlation=True,
        asset_fields=("assetId", "publicId", "version", "etag", "url"),
    ),
)

REQUEST_TYPES = (*_LAUNCHES, *_WISHES)
"""The record types of this module, in the order of their lists."""
