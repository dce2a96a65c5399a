"""Addresses in HTML outputs of the small world: named by the report, not named by it, and in doubt."""

from collections.abc import Mapping
from typing import Any

Row = Mapping[str, Any]
_HERO = "https://res.cloudinary.com/insurer/image/upload/f_auto/v1/brand/hero.jpg"
_SHOWN = {
    "domain": "claims",
    "job_id": "job-1",
    "flow_instance_id": "run-1",
    "docgen_uuid": "d1",
    "queue_name": "mail",
    "output_sha256": "0" * 64,
    "ordinal": 1,
    "customer_count": 1,
    "is_shown": True,
    "way": "html_output",
    "strength": "exact",
    "url": _HERO,
    "delivery_state": "parsed",
    "delivery_resource_type": "image",
    "delivery_type": "upload",
    "delivery_transformation": "f_auto",
    "delivery_public_id": "brand/hero",
    "delivery_version": 1,
    "delivery_format": "jpg",
}
_UNLINKED = {
    "way": "unlinked",
    "strength": "none",
    "reason": "a folder or a transformation",
    "delivery_state": "ambiguous",
}

OUTPUTS: tuple[Row, ...] = (
    {
        "domain": "claims",
        "job_id": "job-1",
        "flow_instance_id": "run-1",
        "docgen_uuid": "d1",
        "queue_name": "mail",
        "file_name": "mail-3.html",
        "customer_number": 3,
        "page_count": 1,
        "keys": {"CommunicationId": "proven-by-url", "RenderingId": "r1"},
    },
)
LINKS: tuple[Row, ...] = (
    {**_SHOWN, "file_name": "mail-1.html", "customer_number": 1},
    {
        **_SHOWN,
        **_UNLINKED,
        "file_name": "mail-1.html",
        "customer_number": 1,
        "ordinal": 2,
        "delivery_public_id": "b_c/d",
    },
    {**_SHOWN, "file_name": "mail-3.html", "customer_number": 3},
    {**_SHOWN, "file_name": "mail-3.html", "customer_number": 3, "ordinal": 2, "is_shown": False},
    {
        **_SHOWN,
        "file_name": "mail-3.html",
        "customer_number": 3,
        "ordinal": 3,
        "url": "https://res.cloudinary.com/insurer/image/upload/v1/brand/plain.jpg",
        "delivery_transformation": None,
        "delivery_public_id": "brand/plain",
    },
    {**_SHOWN, "file_name": "mail-all.html", "customer_count": 3, "strength": "run_set"},
)
