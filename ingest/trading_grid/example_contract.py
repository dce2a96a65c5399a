"""The example contract: how our sandbox's Trading Grid service is read, and what a customer's own mapping looks like.

The vendor's API is not public; these paths and field names are ours. A customer copies this into the settings
(`trading_grid.objects`) and puts in their own. Left: our column; right: the dotted path of the field in a
record. Here belongs the mapping as plain data and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_ASSET = {
    "asset_id": "asset.assetId",
    "public_id": "asset.publicId",
    "asset_version": "asset.version",
}

EXAMPLE_OBJECTS: Mapping[str, Mapping[str, object]] = MappingProxyType(
    {
        "communities": {
            "path": "/api/v1/communities",
            "fields": {
                "community_id": "communityId",
                "name": "name",
                "region": "region",
                "language": "language",
                "status": "status",
                "updated_at_raw": "updatedAt",
            },
        },
        "partners": {
            "path": "/api/v1/partners",
            "fields": {
                "partner_id": "partnerId",
                "name": "name",
                "gln": "gln",
                "duns": "duns",
                "edi_qualifier": "ediQualifier",
                "edi_id": "ediId",
                "partnership_status": "partnershipStatus",
                "updated_at_raw": "updatedAt",
            },
        },
        "members": {
            "path": "/api/v1/members",
            "fields": {
                "community_id": "communityId",
                "partner_id": "partnerId",
                "status": "status",
                "updated_at_raw": "updatedAt",
            },
        },
        "publications": {
            "path": "/api/v1/publications",
            "fields": {
                "publication_id": "publicationId",
                "community_id": "communityId",
                **_ASSET,
                "etag": "asset.etag",
                "url": "asset.url",
                "rendition": "rendition",
                "language": "language",
                "region": "region",
                "device": "device",
                "published_at_raw": "publishedAt",
                "published_by": "publishedBy",
                "withdrawn_at_raw": "withdrawnAt",
                "withdrawn_by": "withdrawnBy",
                "replaces_publication_id": "replacesPublicationId",
                "content_sha256": "contentSha256",
                "correlation_id": "correlationId",
                "updated_at_raw": "updatedAt",
            },
        },
        "accesses": {
            "path": "/api/v1/accesses",
            "fields": {
                "access_id": "accessId",
                "publication_id": "publicationId",
                "partner_id": "partnerId",
                "kind": "kind",
                "at_raw": "at",
            },
        },
        "acknowledgements": {
            "path": "/api/v1/acknowledgements",
            "fields": {
                "acknowledgement_id": "acknowledgementId",
                "kind": "kind",
                "partner_id": "partnerId",
                "publication_id": "publicationId",
                "code": "code",
                "content_sha256": "contentSha256",
                "at_raw": "at",
            },
        },
        "cases": {
            "path": "/api/v1/cases",
            "fields": {
                "case_id": "caseId",
                "community_id": "communityId",
                "partner_id": "partnerId",
                "opened_at_raw": "openedAt",
                "updated_at_raw": "updatedAt",
                "status": "status",
                "category": "category",
                "subject": "subject",
                **_ASSET,
                "asset_url": "asset.url",
            },
        },
        "thread_messages": {
            "path": "/api/v1/thread-messages",
            "fields": {
                "message_id": "messageId",
                "case_id": "caseId",
                "author": "author",
                "author_role": "authorRole",
                "posted_at_raw": "postedAt",
                "body": "body",
                "correlation_id": "correlationId",
            },
        },
        "documents": {
            "path": "/api/v1/documents",
            "fields": {
                "mailbox": "mailbox",
                "document_id": "documentId",
                "document_type": "documentType",
                "direction": "direction",
                "status": "status",
                "partner_id": "partnerId",
                "publication_id": "publicationId",
                "gxs_ref_num": "gxsRefNum",
                "service_reference": "serviceReference",
                "sender_reference": "snrf",
                "application_reference": "aprf",
                "sender_qualifier": "sender.qualifier",
                "sender_id": "sender.id",
                "receiver_qualifier": "receiver.qualifier",
                "receiver_id": "receiver.id",
                "interchange_control_number": "controlNumbers.interchange",
                "group_control_number": "controlNumbers.group",
                "set_control_number": "controlNumbers.set",
                "created_at_raw": "createdAt",
                "updated_at_raw": "updatedAt",
            },
        },
        "catalogue_images": {
            "path": "/api/v1/catalogue-images",
            "fields": {
                "action": "action",
                "gtin": "gtin",
                "product": "product",
                "color_code": "colorCode",
                "selection_code": "selectionCode",
                "file_name": "fileName",
                "file_type": "fileType",
                "image_type": "imageType",
                "purpose": "purpose",
                "orientation": "orientation",
                "location_type": "locationType",
                "external_location": "externalLocation",
                "file_size": "fileSize",
                "pixel_density": "pixelDensity",
                "height": "height",
                "width": "width",
                "image_style": "imageStyle",
                "facing": "facing",
                "angle": "angle",
                "clipping_path": "clippingPath",
                "description": "description",
            },
        },
    }
)
