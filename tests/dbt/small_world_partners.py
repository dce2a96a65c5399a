"""The small world's partners: publications, cases with their threads and corrections, documents and what answers them.

Here belong the rows of Trading Grid and of the outbox.
"""

from tests.dbt.small_world_rows import Row, asset_id, epoch


def _publication(name: str, version_at: str, etag: str, community: str, **values: object) -> Row:
    return {
        "community_id": community,
        "asset_id": asset_id(name),
        "public_id": f"brand/{name}",
        "asset_version": epoch(version_at),
        "etag": etag,
        "published_at_raw": "2026-01-16T10:00:00Z",
        "updated_at_raw": "2026-01-16T10:00:00Z",
        **values,
    }


PUBLICATIONS: tuple[Row, ...] = (
    _publication("banner", "2026-01-12T10:00:00Z", "n1", "west", publication_id="outdated"),
    _publication("banner", "2026-01-12T10:00:00Z", "n1", "east", publication_id="newer-is-not-for-here"),
    _publication("plain", "2026-01-12T10:00:00Z", "p1", "west", publication_id="unapproved"),
    _publication("logo", "2026-01-12T10:00:00Z", "l1", "west", publication_id="withdrawn"),
    _publication(
        "logo",
        "2026-01-12T10:00:00Z",
        "l1",
        "west",
        publication_id="withdrawn",
        withdrawn_at_raw="2026-01-20T10:00:00Z",
        updated_at_raw="2026-01-20T10:00:00Z",
    ),
    _publication("logo", "2026-01-12T10:00:00Z", "l1", "west", publication_id="withdrawn-at-once"),
    _publication(
        "logo",
        "2026-01-12T10:00:00Z",
        "l1",
        "west",
        publication_id="withdrawn-at-once",
        withdrawn_at_raw="2026-01-16T10:00:00Z",
    ),
    _publication("hero", "2026-01-12T10:00:00Z", "h1", "west", publication_id="in-order"),
)


def _case(case_id: str, **values: object) -> Row:
    return {
        "case_id": case_id,
        "community_id": "west",
        "partner_id": "broker",
        "opened_at_raw": "2026-01-13T08:00:00Z",
        "updated_at_raw": "2026-01-13T08:00:00Z",
        "status": "open",
        "subject": "The logo is wrong",
        **values,
    }


OLD_LOGO = {"asset_id": asset_id("logo"), "asset_version": epoch("2026-01-12T10:00:00Z")}
NEW_LOGO = epoch("2026-01-14T10:00:00Z")
CASES: tuple[Row, ...] = (
    _case("silent", **OLD_LOGO),
    _case("answered", **OLD_LOGO),
    _case("stale-link", **OLD_LOGO),
    _case("closed", status="closed", updated_at_raw="2026-01-20T08:00:00Z", **OLD_LOGO),
    _case(
        "by-url",
        asset_url=f"https://res.cloudinary.com/insurer/image/upload/f_auto/v{OLD_LOGO['asset_version']}/brand/logo.jpg",
    ),
    _case("corrected-but-not-live", asset_id=asset_id("stamp"), asset_version=epoch("2026-01-12T10:00:00Z")),
    _case("corrected-then-deleted", asset_id=asset_id("sold"), asset_version=epoch("2026-01-12T10:00:00Z")),
    _case("corrected-elsewhere", asset_id=asset_id("abroad"), asset_version=epoch("2026-01-12T10:00:00Z")),
    _case("unknown", public_id="brand/nothing"),
    _case("nothing-newer", public_id="brand/hero", asset_version=epoch("2026-01-12T10:00:00Z")),
)
MESSAGES: tuple[Row, ...] = tuple(
    {
        "message_id": f"{case_id}-{role}",
        "case_id": case_id,
        "author": "kim",
        "author_role": role,
        "posted_at_raw": "2026-01-16T08:00:00Z",
        "body": "Here it is",
        "linked_public_id": "brand/logo",
        "linked_version": version,
    }
    for case_id, role, version in (
        ("answered", "team", NEW_LOGO),
        ("stale-link", "team", OLD_LOGO["asset_version"]),
        ("silent", "partner", NEW_LOGO),
    )
)
OWN_MARK, FORGED_MARK = f"assettrail-{'0' * 32}", f"assettrail-{'f' * 32}"
OWN_MESSAGES: tuple[Row, ...] = tuple(
    {
        "message_id": mark_of,
        "case_id": "answered",
        "author": "assettrail",
        "author_role": "team",
        "posted_at_raw": "2026-01-17T08:00:00Z",
        "body": "Here it is",
        "linked_public_id": "brand/logo",
        "linked_version": NEW_LOGO,
        "correlation_id": mark,
    }
    for mark_of, mark in (("of-a-correction", OWN_MARK), ("of-a-forged-mark", FORGED_MARK))
)
TRANSITIONS: tuple[Row, ...] = tuple(
    {
        "transition_id": number,
        "correction_key": "c1",
        "kind": "replacement_link",
        "from_state": before,
        "to_state": after,
        "at_raw": f"2026-01-17T0{number + 5}:59:59Z",
        "made_by": "bob",
        "difference_hash": "0" * 64,
        "correlation_id": OWN_MARK,
        "object_type": "case",
        "object_id": "answered",
        "desired_version": NEW_LOGO,
    }
    for number, (before, after) in enumerate((("proposed", "approved"), ("approved", "sending")), 1)
)


DOCUMENTS: tuple[Row, ...] = (
    {
        "mailbox": "M1",
        "document_id": "D1",
        "publication_id": "in-order",
        "partner_id": "broker",
        "sender_qualifier": "01",
        "sender_id": "INSURER",
        "receiver_qualifier": "08",
        "receiver_id": "BROKER",
        "group_control_number": "77",
        "set_control_number": "0001",
        "created_at_raw": "2026-01-16T10:00:00Z",
    },
)
ANSWER: Row = {
    "sender_qualifier": "08",
    "sender_id": "BROKER",
    "receiver_qualifier": "01",
    "receiver_id": "INSURER",
    "interchange_control_number": "1",
    "interchange_written": "260117 1015",
    "group_control_number": "5",
    "set_control_number": "1",
    "ordinal": 0,
    "is_test": False,
    "at_raw": "2026-01-17T10:15:00-05:00",
    "written_times": {"at_raw": {"text": "20260117 1015", "zone": "America/New_York"}},
}
FUNCTIONAL_ACKNOWLEDGEMENT: Row = ANSWER | {
    "level": "group",
    "code": "A",
    "acknowledged_group_type": "SC",
    "acknowledged_group_control_number": "77",
}
FUNCTIONAL_ACKNOWLEDGEMENTS: tuple[Row, ...] = (
    FUNCTIONAL_ACKNOWLEDGEMENT,
    FUNCTIONAL_ACKNOWLEDGEMENT | {"code": "R", "acknowledged_group_control_number": "78", "ordinal": 1},
)
APPLICATION_ADVICES: tuple[Row, ...] = (
    ANSWER
    | {
        "interchange_control_number": "2",
        "code": "TR",
        "original_group_control_number": "77",
        "original_set_control_number": "1",
    },
)
