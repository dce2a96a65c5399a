"""What communities and partners of the small world need, are sent and say: one finding for each control of theirs.

The ids say what each is an example of. How the rows are landed is in `small_world`.
"""

from collections.abc import Mapping

Row = Mapping[str, object]

UPDATED = {"updated_at_raw": "2026-01-16T10:00:00Z"}
ABROAD = {
    "asset_id": "abroad".ljust(32, "0"),
    "public_id": "brand/abroad",
    "asset_version": 1768384800,
    "etag": "a2",
    "community_id": "west",
    "published_at_raw": "2026-01-16T10:00:00Z",
    **UPDATED,
}
HERO = {
    **ABROAD,
    "asset_id": "hero".ljust(32, "0"),
    "public_id": "brand/hero",
    "asset_version": 1768212000,
    "etag": "h1",
}
PUBLICATIONS: tuple[Row, ...] = (
    {**ABROAD, "publication_id": "not-for-here"},
    {
        **HERO,
        "publication_id": "an-hour-after-the-end",
        "asset_id": "rate".ljust(32, "0"),
        "public_id": "brand/rate",
        "etag": "r1",
        "published_at_raw": "2026-02-14T13:00:00Z",
        "withdrawn_at_raw": "2026-02-14T14:00:00Z",
        "updated_at_raw": "2026-02-14T14:00:00Z",
    },
    {**HERO, "publication_id": "of-another-region", "region": "US-NY", "language": "en", "device": "phone"},
    {
        **HERO,
        "publication_id": "much-heavier",
        "asset_id": "heavy".ljust(32, "0"),
        "public_id": "brand/heavy",
        "etag": "y1",
    },
)
DOWNLOAD: Row = {
    "access_id": "of-what-nobody-approved",
    "publication_id": "unapproved",
    "partner_id": "broker",
    "kind": "downloaded",
    "at_raw": "2026-01-20T00:00:00Z",
}
OF_A_STRANGER: Row = {
    "access_id": "of-a-stranger",
    "publication_id": "much-heavier",
    "partner_id": "stranger",
    "kind": "opened",
    "at_raw": "2026-01-20T00:00:00Z",
}
_NEED: Row = {
    "community_id": "west",
    "asset_reference": HERO["asset_id"],
    "asset_id": HERO["asset_id"],
    "public_id": "brand/hero",
    "language": "any",
    "device": "any",
    "status": "needed",
    **UPDATED,
}
NEEDS: tuple[Row, ...] = (
    {**_NEED, "region": "any", "device": "phone"},
    {**_NEED, "region": "US-CA", "device": "tablet"},
)
_SENT: Row = {
    "partner_id": "broker",
    "community_id": "west",
    "at_raw": "2026-01-13T10:00:00Z",
    "file_name": "front.jpg",
}
DISTRIBUTIONS: tuple[Row, ...] = (
    {
        **_SENT,
        "distribution_id": "old-label",
        "asset_id": "logo".ljust(32, "0"),
        "asset_version": 1768212000,
        "etag": "l1",
        "gtin": "04006381333932",
        "content_sha256": "1" * 64,
    },
    {**_SENT, "distribution_id": "taken", "asset_id": HERO["asset_id"], "asset_version": 1768212000, "etag": "h1"},
)
CATALOGUE_IMAGES: tuple[Row, ...] = (
    {
        "item_kind": "gtin",
        "item_reference": "gtin:04006381333931",
        "gtin": "4006381333931",
        "file_name": "front.jpg",
        "action": "insert",
        "file_type": "JPG",
        "image_type": "SI",
        "purpose": "INT",
    },
    {
        "item_kind": "product",
        "item_reference": "product:home",
        "product": "home",
        "file_name": "home.jpg",
        "action": "delete",
    },
)
ACKNOWLEDGEMENTS: tuple[Row, ...] = tuple(
    {
        "acknowledgement_id": f"of-{distribution}",
        "kind": "portal",
        "code": "accepted",
        "partner_id": "broker",
        "distribution_id": distribution,
        "content_sha256": content,
        "at_raw": "2026-01-14T10:00:00Z",
    }
    for distribution, content in (("old-label", "2" * 64), ("taken", "1" * 64))
)
_LAUNCH: Row = {"launch_id": "launch", "community_id": "west", "partner_id": "broker", **UPDATED}
LAUNCHES: tuple[Row, ...] = (
    {
        "launch_id": "launch",
        "name": "spring home",
        "launch_at_raw": "2026-02-14T00:00:00Z",
        "community_ids": ["west"],
        "status": "planned",
        **UPDATED,
    },
)
REQUIREMENTS: tuple[Row, ...] = tuple(
    {
        "launch_id": "launch",
        "ordinal": ordinal,
        "community_id": "west",
        "asset_id": asset.ljust(32, "0"),
        "status": "required",
        **UPDATED,
    }
    for ordinal, asset in enumerate(("hero", "rate", "logo", "plain"))
)
MESSAGES: tuple[Row, ...] = (
    {
        "message_id": "launch-message",
        "launch_id": "launch",
        "author": "partner",
        "author_role": "partner",
        "posted_at_raw": "2026-02-12T10:00:00Z",
        "body": "When does the hero come?",
    },
)

TASKS: tuple[Row, ...] = (
    {
        **_LAUNCH,
        "task_id": "confirm",
        "kind": "confirm_assets",
        "created_at_raw": "2026-02-01T00:00:00Z",
        "status": "open",
    },
)
FLAGS: tuple[Row, ...] = (
    {
        **_LAUNCH,
        "flag_id": "unresolved",
        "raised_at_raw": "2026-02-09T00:00:00Z",
        "text": "Missing",
        "status": "open",
    },
)
FORMAT_REQUESTS: tuple[Row, ...] = (
    {
        **_LAUNCH,
        "format_request_id": "unanswered",
        "asset_id": HERO["asset_id"],
        "requested_format": "webp",
        "requested_at_raw": "2026-02-01T00:00:00Z",
        "due_at_raw": "2026-02-14T00:00:00Z",
        "status": "open",
    },
)
_FEEDBACK: Row = {
    **_LAUNCH,
    "asset_id": HERO["asset_id"],
    "category": "slow_loading",
    "reported_at_raw": "2026-01-20T00:00:00Z",
}
FEEDBACK: tuple[Row, ...] = tuple(
    {name: value for name, value in {**_FEEDBACK, **said}.items() if name != "launch_id"}
    for said in (
        {"feedback_id": "unheard", "status": "open"},
        {
            "feedback_id": "unchanged",
            "status": "answered",
            "publication_id": "in-order",
            "answer_publication_id": "in-order",
            "answered_at_raw": "2026-01-21T00:00:00Z",
        },
        {
            "feedback_id": "heavier",
            "status": "answered",
            "publication_id": "in-order",
            "answer_publication_id": "much-heavier",
            "answered_at_raw": "2026-01-21T00:00:00Z",
        },
    )
)
SEARCHES: tuple[Row, ...] = (
    {
        "search_id": "in-vain",
        "partner_id": "broker",
        "community_id": "west",
        "terms": "Spring banner",
        "campaign": "spring",
        "result_count": 0,
        "at_raw": "2026-01-20T00:00:00Z",
    },
)
GONE: Row = {
    "stream": "publications",
    "object_key": '["withdrawn"]',
    "publication_id": "withdrawn",
    "listed_at_raw": "2026-02-16T00:00:00Z",
    "last_seen_at_raw": "2026-02-15T00:00:00Z",
    "is_absent": True,
}
BACK: Row = {
    **GONE,
    "stream": "partners",
    "object_key": '["broker"]',
    "publication_id": None,
    "partner_id": "broker",
}
ABSENCES: tuple[Row, ...] = (GONE, BACK, {**BACK, "listed_at_raw": "2026-02-17T00:00:00Z", "is_absent": False})
#: What is landed of these by stream.
STREAMS: Mapping[str, tuple[Row, ...]] = {
    "community_needs": NEEDS,
    "distributions": DISTRIBUTIONS,
    "catalogue_images": CATALOGUE_IMAGES,
    "launches": LAUNCHES,
    "launch_messages": MESSAGES,
    "launch_requirements": REQUIREMENTS,
    "tasks": TASKS,
    "flags": FLAGS,
    "format_requests": FORMAT_REQUESTS,
    "feedback": FEEDBACK,
    "searches": SEARCHES,
    "object_absences": ABSENCES,
}
