"""Driver data that the tests hand to the engine, and where they read its runs."""

from __future__ import annotations

from typing import Any

RUNTIME = "/orchestration/api/v1/runtime/claims"


def communication(number: int, **changes: Any) -> dict[str, Any]:
    """Return one driver line: a letter and an e-mail, with one embedded and one linked asset."""
    line = {
        "account_number": f"4711-{number:06d}",
        "communication_id": f"COMM-{number:07d}",
        "recipient_id": f"C-{number:07d}",
        "document_type": "Annual statement",
        "template_id": "TPL-STATEMENT",
        "template_version": "3",
        "segment": "private",
        "jurisdiction": "DE",
        "language": "de",
        "offer_ids": ["OFFER-1"],
        "profile": {"age_band": "30-39"},
        "generated_at": "2026-01-10T07:59:58Z",
        "renderings": [
            {
                "rendering_id": "print",
                "channel": "print",
                "queue_name": "archive",
                "uses": [
                    {
                        "ordinal": ordinal,
                        "placeholder": f"image{ordinal}",
                        "binding": "embedded",
                        "asset_reference": {"asset_id": "a" * 32, "version": 1768000000, "etag": "e" * 32},
                        "url": None,
                        "target_reference": None,
                    }
                    for ordinal in (1, 2)
                ],
            },
            {
                "rendering_id": "email",
                "channel": "email",
                "uses": [
                    {
                        "ordinal": 1,
                        "placeholder": "header",
                        "binding": "live_url",
                        "asset_reference": None,
                        "url": "https://res.cloudinary.com/x/image/upload/v1/brand/header.jpg?a=1&b=2",
                        "target_reference": None,
                    }
                ],
            },
        ],
    }
    return line | changes
