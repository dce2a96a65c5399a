"""What stands behind some letters of the small world: one finding for each control of decisions, and what is in order.

Letters that are not named here are bills without any decision, of which no policy speaks.
"""

from collections.abc import Mapping
from typing import Any

UPLOADED = 1768212000
HERO = {"asset_id": "hero".ljust(32, "0"), "version": UPLOADED, "etag": "h1"}
PLAIN = {"asset_id": "plain".ljust(32, "0"), "version": UPLOADED, "etag": "p1"}
ASKED = {"document_type": "bill", "segment": "retail", "jurisdiction": "US-CA"}

#: By communication: document type and place of the image.
PLACES: Mapping[str, tuple[str, str]] = {
    "proven-late": ("policy", "header"),
    "proven-by-new-name": ("policy", "header"),
    "a-second-before-expiry": ("renewal", "hero"),
}
#: By communication: selection, retrieval and rendition request as the report tells them.
DECISIONS: Mapping[str, dict[str, Any]] = {
    "proven": {"retrieval": {"retrieval_id": "RET-proven", "asked": ASKED, "returned": [HERO, PLAIN]}},
    "proven-by-url": {
        "selection": {
            "selection_id": "SEL-proven-by-url",
            "rule": "by-segment",
            "candidates": ["brand/hero", "brand/rate"],
            "chosen": "brand/hero",
            "campaign": "winter-glow",
        },
        "rendition_request": {
            "request_id": "RQ-proven-by-url",
            "asked": {"channel": "email", "preference": "small"},
            "returned": {"url": "https://res.example/w_1/v1/else.tif", "format": "tif", "width": 1, "bytes": 1},
            "latency_ms": 20,
            "outcome": "returned",
        },
    },
    "proven-before-deletion": {
        "rendition_request": {
            "request_id": "RQ-proven-before-deletion",
            "asked": {"channel": "email", "preference": "small"},
            "returned": None,
            "latency_ms": 30_000,
            "outcome": "timeout",
        }
    },
}
