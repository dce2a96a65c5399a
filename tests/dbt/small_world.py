"""A small world with one example of every verdict, control and correction, as landed rows.

Here belong the rows and what has to come out of them; how they are landed is `landing_fixture`.
The ids of communications, publications and cases say what they are an example of.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from random import Random

from tests.dbt import small_world_communities
from tests.dbt import small_world_templates as templates
from tests.dbt.landing_fixture import Landing, instant
from tests.dbt.small_world_decisions import DECISIONS, PLACES
from tests.dbt.small_world_deliveries import ADDRESSES

COVERED_FROM = "2026-01-10T00:00:00+00:00"
LANDED_AT = "2026-02-15T00:00:00+00:00"
WINDOW = (COVERED_FROM, LANDED_AT)
LISTED = (None, LANDED_AT)

Row = Mapping[str, object]


@dataclass(frozen=True)
class Batch:
    """Rows of one stream that were landed together."""

    system: str
    stream: str
    rows: Sequence[Row]
    window: tuple[str | None, str] = WINDOW


@dataclass(frozen=True)
class Use:
    """One asset use in a communication of its own, and the verdict that it has to get."""

    verdict: str
    reason: str
    reference: Row
    generated_at: str = "2026-02-14T12:00:00Z"
    segment: str = "retail"
    jurisdiction: str = "US-CA"
    offers: tuple[str, ...] = ("o1",)


def epoch(text: str) -> int:
    """Cloudinary's version for an upload at an instant."""
    return int(instant(text).timestamp())


def asset_id(name: str) -> str:
    """A Cloudinary asset id that reads as its name."""
    return name.ljust(32, "0")


def _notification(kind: str, name: str, at: str, **values: object) -> Row:
    return {
        "digest": f"{kind}/{name}/{at}/{values.get('etag', '')}",
        "ordinal": 0,
        "notification_type": kind,
        "timestamp_raw": at,
        "triggered_by_id": "ann",
        "asset_id": asset_id(name),
        "resource_type": "image",
        "type": "upload",
        "public_id": f"brand/{name}",
        **values,
    }


def upload(name: str, at: str, etag: str, **values: object) -> Row:
    """An upload notification; its version is the second of the upload."""
    return _notification("upload", name, at, version=epoch(at), etag=etag, format="jpg", bytes=1000, **values)


def approve(name: str, at: str, etag: str | None, before: str = "draft", **terms: object) -> Row:
    """A change of metadata that leaves the bytes approved (those live then, where `etag` is None)."""
    new = {"approval_status": "approved", "approved_by": "bob", "approved_etag": etag, **terms}
    return _notification(
        "resource_metadata_changed", name, at, previous_metadata={"approval_status": before}, new_metadata=new
    )


def revoke(name: str, at: str, etag: str) -> Row:
    """A change of metadata that revokes the approval of the bytes."""
    return _notification(
        "resource_metadata_changed",
        name,
        at,
        previous_metadata={"approval_status": "approved", "approved_etag": etag, "approved_by": "bob"},
        new_metadata={"approval_status": "revoked", "approved_etag": etag},
    )


def embedded(name: str, uploaded_at: str, etag: str | None = None) -> Row:
    """An embedded reference by asset id and version, with or without the bytes' hash."""
    return {
        "binding": "embedded",
        "asset_id": asset_id(name),
        "version": epoch(uploaded_at),
        "etag": etag,
    }


def live(public_id: str) -> Row:
    """A delivery URL by a name."""
    return {
        "binding": "live_url",
        "url": f"https://res.cloudinary.com/insurer/image/upload/f_auto/v1/{public_id}.jpg",
        "delivery_state": "parsed",
        "delivery_resource_type": "image",
        "delivery_type": "upload",
        "delivery_transformation": "f_auto",
        "delivery_public_id": public_id,
        "delivery_version": 1,
        "delivery_format": "jpg",
    }


NOTIFICATIONS: tuple[Row, ...] = (
    upload("hero", "2026-01-12T10:00:00Z", "h1"),
    approve("hero", "2026-01-13T10:00:00Z", "h1", segments=["retail"], offers=["o1", "o2"], campaign="spring"),
    upload("plain", "2026-01-12T10:00:00Z", "p1"),
    upload("rate", "2026-01-12T10:00:00Z", "r1"),
    approve("rate", "2026-01-13T10:00:00Z", "r1", approval_valid_to="2026-02-14T13:00:00+01:00"),
    upload("logo", "2026-01-12T10:00:00Z", "l1"),
    approve("logo", "2026-01-12T11:00:00Z", None),
    upload("logo", "2026-01-14T10:00:00Z", "l2"),
    approve("logo", "2026-01-15T10:00:00Z", "l2", before="approved"),
    upload("twin", "2026-01-12T10:00:00Z", "t1"),
    upload("twin", "2026-01-12T10:00:00Z", "t2"),
    approve("twin", "2026-01-13T10:00:00Z", "t1"),
    upload("badge", "2026-01-12T10:00:00Z", "b1"),
    approve("badge", "2026-01-13T10:00:00Z", "b1"),
    revoke("badge", "2026-02-14T12:00:01Z", "b1"),
    upload("moved", "2026-01-12T10:00:00Z", "m1"),
    approve("moved", "2026-01-13T10:00:00Z", "m1"),
    _notification(
        "rename", "moved", "2026-02-01T00:00:00Z", from_public_id="brand/moved", to_public_id="brand/moved-on"
    ),
    upload("banner", "2026-01-12T10:00:00Z", "n1"),
    approve("banner", "2026-01-13T10:00:00Z", "n1"),
    upload("banner", "2026-01-20T10:00:00Z", "n2"),
    approve("banner", "2026-01-21T10:00:00Z", "n2", before="approved", jurisdictions=["US-CA"]),
    upload("gone", "2026-01-12T10:00:00Z", "g1"),
    approve("gone", "2026-01-13T10:00:00Z", "g1"),
    _notification("delete", "gone", "2026-02-14T18:00:00Z"),
    upload("stamp", "2026-01-12T10:00:00Z", "s1"),
    upload("stamp", "2026-01-14T10:00:00Z", "s2"),
    approve("stamp", "2026-01-15T10:00:00Z", "s2"),
    upload("stamp", "2026-02-01T10:00:00Z", "s3"),
    upload("sold", "2026-01-12T10:00:00Z", "d1"),
    upload("sold", "2026-01-14T10:00:00Z", "d2"),
    approve("sold", "2026-01-15T10:00:00Z", "d2"),
    _notification("delete", "sold", "2026-02-01T10:00:00Z"),
    upload("abroad", "2026-01-12T10:00:00Z", "a1"),
    upload("abroad", "2026-01-14T10:00:00Z", "a2"),
    approve("abroad", "2026-01-15T10:00:00Z", "a2", jurisdictions=["US-NY"]),
    upload("shapeless", "2026-01-12T10:00:00Z", "f1"),
    approve("shapeless", "2026-01-13T10:00:00Z", "f1", jurisdictions={"in": ["US-NY"]}),
    upload("dated", "2026-01-12T10:00:00Z", "c1"),
    approve("dated", "2026-01-13T10:00:00Z", "c1", approval_valid_from="20260301"),
    upload("soon", "2026-01-12T10:00:00Z", "w1"),
    approve("soon", "2026-01-13T10:00:00Z", "w1"),
    upload("soon", "2026-02-14T12:00:01Z", "w2"),
    approve("soon", "2026-01-13T11:00:00Z", "w2", before="approved"),
    upload("lost", "2026-01-12T10:00:00Z", "k1"),
    approve("lost", "2026-01-13T10:00:00Z", "k1"),
    {**upload("heavy", "2026-01-12T10:00:00Z", "y1"), "bytes": 2000},
    approve("heavy", "2026-01-13T10:00:00Z", "y1", approved_by="ann"),
)


def _listed(name: str, public_id: str, created_at: str, version_at: str) -> Row:
    return {
        "asset_id": asset_id(name),
        "public_id": f"brand/{public_id}",
        "resource_type": "image",
        "type": "upload",
        "format": "jpg",
        "version": epoch(version_at),
        "created_at_raw": created_at,
        "metadata": {},
        "is_placeholder": False,
    }


RESOURCES: tuple[Row, ...] = tuple(
    _listed(name, public_id, created_at, version_at)
    for name, public_id, created_at, version_at in (
        ("hero", "hero", "2026-01-12T10:00:00Z", "2026-01-12T10:00:00Z"),
        ("moved", "moved-on", "2026-01-12T10:00:00Z", "2026-01-12T10:00:00Z"),
        ("stamp", "stamp", "2026-01-12T10:00:00Z", "2026-02-01T10:00:00Z"),
        ("older", "older", "2026-01-06T10:00:00Z", "2026-01-06T10:00:00Z"),
    )
)

# A full listing of 13 February has the lost asset, the next one lacks it, and no notification told of a deletion.
SEEN_AT = "2026-02-13T00:00:00+00:00"
MISSED_AT = "2026-02-14T15:00:00+00:00"
ABSENCES: tuple[Row, ...] = (
    {
        "asset_id": asset_id("lost"),
        "listed_at_raw": MISSED_AT,
        "is_absent": True,
        "public_id": "brand/lost",
        "resource_type": "image",
        "type": "upload",
        "version": epoch("2026-01-12T10:00:00Z"),
    },
)

DETAILS: tuple[Row, ...] = tuple(
    {
        "asset_id": asset_id(name),
        "public_id": f"brand/{name}",
        "resource_type": "image",
        "type": "upload",
        "version": epoch(version_at),
        "etag": etag,
        "created_at_raw": version_at,
        "is_placeholder": False,
        "derived": [{"id": f"derived-{name}", "transformation": "c_fill,w_300", "format": "jpg", "bytes": 500}],
        "backup_versions": backups,
    }
    for name, version_at, etag, backups in (
        ("hero", "2026-01-12T10:00:00Z", "h1", None),
        (
            "shown",
            "2026-01-07T10:00:00Z",
            "y2",
            [
                {
                    "version_id": "backup-of-shown",
                    "version": str(epoch("2026-01-06T10:00:00Z")),
                    "size": "900",
                    "time": "2026-01-06T10:00:00Z",
                    "restorable": True,
                }
            ],
        ),
    )
)

FIELD: Row = {"external_id": "approved_by", "label": "Approver", "type": "enum", "is_mandatory": False}
FIELDS: tuple[tuple[str | None, str, Sequence[Row]], ...] = tuple(
    (since, until, [FIELD | {"datasource": {"values": [{"external_id": "bob", "value": label, "state": "active"}]}}])
    for since, until, label in (
        (None, "2026-01-11T00:00:00+00:00", "Bob Builder"),
        ("2026-01-11T00:00:00+00:00", "2026-01-14T00:00:00+00:00", "Robert Builder"),
    )
)

#: Where an image of a communication leads, as a thumbnail does.
TARGETS: Mapping[str, str] = {
    "never-approved": "brand/nothing",
    "superseded": '{"asset_id":"' + asset_id("logo") + '","version":1}',
    "proven": "https://www.insurer.example/films",
}
USES: Mapping[str, Use] = {
    "proven": Use("PROVEN", "approved_in_force", embedded("hero", "2026-01-12T10:00:00Z", "h1")),
    "proven-by-url": Use("PROVEN", "approved_in_force", live("brand/hero")),
    "proven-by-new-name": Use("PROVEN", "approved_in_force", live("brand/moved-on")),
    "proven-before-deletion": Use("PROVEN", "approved_in_force", live("brand/gone")),
    "proven-late": Use(
        "PROVEN_LATE",
        "recorded_late",
        embedded("hero", "2026-01-12T10:00:00Z", "h1"),
        generated_at="2026-02-13T23:59:59Z",
    ),
    "never-approved": Use("NOT_APPROVED", "never_approved", embedded("plain", "2026-01-12T10:00:00Z", "p1")),
    "expired-to-the-second": Use("EXPIRED", "validity_ended", embedded("rate", "2026-01-12T10:00:00Z", "r1")),
    "a-second-before-expiry": Use(
        "PROVEN",
        "approved_in_force",
        embedded("rate", "2026-01-12T10:00:00Z", "r1"),
        generated_at="2026-02-14T11:59:59Z",
    ),
    "wrong-segment": Use(
        "NOT_ELIGIBLE",
        "segment_not_allowed",
        embedded("hero", "2026-01-12T10:00:00Z", "h1"),
        segment="corporate",
    ),
    "wrong-offer": Use(
        "NOT_ELIGIBLE", "offer_not_allowed", embedded("hero", "2026-01-12T10:00:00Z", "h1"), offers=("o9",)
    ),
    "superseded": Use("SUPERSEDED", "newer_version_in_force", embedded("logo", "2026-01-12T10:00:00Z", "l1")),
    "one-of-two-bytes": Use("AMBIGUOUS", "several_candidates", embedded("twin", "2026-01-12T10:00:00Z")),
    "named-bytes-of-two": Use("PROVEN", "approved_in_force", embedded("twin", "2026-01-12T10:00:00Z", "t1")),
    "revoked-within-the-second": Use(
        "AMBIGUOUS", "within_clock_uncertainty", embedded("badge", "2026-01-12T10:00:00Z", "b1")
    ),
    "unreadable-limits": Use("AMBIGUOUS", "approval_uncertain", embedded("shapeless", "2026-01-12T10:00:00Z", "f1")),
    "unreadable-begin": Use("AMBIGUOUS", "approval_uncertain", embedded("dated", "2026-01-12T10:00:00Z", "c1")),
    "any-of-two-versions": Use(
        "AMBIGUOUS", "several_candidates", {"binding": "embedded", "asset_id": asset_id("logo")}
    ),
    "proven-whichever-it-was": Use("PROVEN", "approved_in_force", live("brand/soon")),
    "with-a-layer": Use(
        "AMBIGUOUS",
        "layer_not_judged",
        live("brand/hero") | {"delivery_transformation": "l_brand:plain/fl_layer_apply"},
    ),
    "contradicted": Use("AMBIGUOUS", "conflicting_records", embedded("hero", "2026-01-12T10:00:00Z", "h1")),
    "unreadable-address": Use(
        "NO_EVIDENCE",
        "unresolved_reference",
        {
            "binding": "live_url",
            "url": "https://images.example/x.jpg",
            "delivery_state": "unparsable",
            "asset_id": asset_id("hero"),
        },
    ),
    "at-the-end-of-claims": Use(
        "NO_EVIDENCE",
        "window_not_covered",
        embedded("hero", "2026-01-12T10:00:00Z", "h1"),
        generated_at="2026-02-14T23:59:59Z",
    ),
    "old-name": Use("NO_EVIDENCE", "unresolved_reference", live("brand/moved")),
    "older-than-claims": Use("NO_EVIDENCE", "version_unknown", embedded("older", "2026-01-06T10:00:00Z", "x1")),
    "known-by-a-detail": Use("NO_EVIDENCE", "history_not_covered", embedded("shown", "2026-01-07T10:00:00Z", "y2")),
    "known-by-a-backup": Use("NO_EVIDENCE", "version_unknown", embedded("shown", "2026-01-06T10:00:00Z", "y1")),
    "between-two-listings": Use("AMBIGUOUS", "version_in_doubt", live("brand/lost")),
    "embedded-between-two-listings": Use("PROVEN", "approved_in_force", embedded("lost", "2026-01-12T10:00:00Z", "k1")),
    "behind-the-listing-that-lacks-it": Use(
        "NO_EVIDENCE", "unresolved_reference", live("brand/lost"), generated_at="2026-02-14T15:00:03Z"
    ),
    "before-claims": Use(
        "NO_EVIDENCE",
        "window_not_covered",
        embedded("older", "2026-01-06T10:00:00Z", "x1"),
        generated_at="2026-01-09T23:59:59Z",
    ),
}


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
    _case("closed", status="closed", **OLD_LOGO),
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


def _key(*values: str) -> str:
    """A surrogate key, as dbt's macro of that name makes it."""
    return sha256("\x1f".join(values).encode()).hexdigest()


SILENT_CASE = _key("ctl_unanswered_corrected_cases", _key("silent"))
STALE_LINK = _key("ctl_unanswered_corrected_cases", _key("stale-link"))
DISPOSITIONS: tuple[Row, ...] = tuple(
    {
        "disposition_id": number,
        "exception_key": exception,
        "disposition": disposition,
        "owner": owner,
        "reason": "asked [e-mail]",
        "at_raw": f"2026-01-17T0{number}:00:00+00:00",
        "made_by": "olga",
        **days,
    }
    for number, (exception, disposition, owner, days) in enumerate(
        (
            (SILENT_CASE, "escalate", "ana", {"due_on": "2026-01-18"}),
            (SILENT_CASE, "correct", "ben", {"due_on": "2026-12-31"}),
            (STALE_LINK, "accept_until", "ana", {"accepted_until": "2026-01-18"}),
            (_key("ctl_of_old", _key("gone")), "false_alarm", "ana", {}),
        ),
        1,
    )
)
ACCESSES: tuple[Row, ...] = tuple(
    {
        "access_id": number,
        "at_raw": at,
        "person_id": "0" * 32,
        "person": "olga",
        "roles": "officer",
        "kind": kind,
        "outcome": outcome,
        "subject": subject,
        "snapshot_name": "s1",
    }
    for number, (at, kind, outcome, subject) in enumerate(
        (
            ("2026-01-17T08:00:00+00:00", "dossier", "given", "superseded"),
            ("2026-01-17T09:00:00+00:00", "dossier", "given", "superseded"),
            ("2026-02-01T00:00:00+00:00", "dossier", "given", "superseded"),
            ("2026-01-17T10:00:00+00:00", "refused", "refused", "/access"),
        ),
        1,
    )
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


def batches() -> list[Batch]:
    """The small world, one batch for each stream."""
    communications, renderings, uses = [], [], []
    for name, use in USES.items():
        key = {"domain": "claims", "communication_id": name}
        document_type, placeholder = PLACES.get(name, ("bill", "header"))
        communications.append(
            key
            | {
                "flow_instance_id": "run-1",
                "recipient_pseudonym": f"pseudonym of {name}",
                "document_type": document_type,
                "segment": use.segment,
                "jurisdiction": use.jurisdiction,
                "offer_ids": list(use.offers),
                "generated_at_raw": use.generated_at,
            }
        )
        rendering = {"rendering_id": "r1", "channel": "email", "queue_name": "mail"}
        renderings.append(key | rendering | DECISIONS.get(name, {}))
        place = {"rendering_id": "r1", "ordinal": 1, "placeholder": placeholder}
        target = {"target_reference": TARGETS[name]} if name in TARGETS else {}
        uses.append(key | place | {**use.reference, **ADDRESSES.get(name, {}), **target})
    uses.append(
        {"domain": "claims", "communication_id": "contradicted", "rendering_id": "r1", "ordinal": 1}
        | embedded("plain", "2026-01-12T10:00:00Z", "p1")
    )
    updated = {"updated_at_raw": "2026-01-05T00:00:00Z"}
    return [
        Batch("cloudinary", "notifications", NOTIFICATIONS),
        Batch("cloudinary", "resources", RESOURCES, LISTED),
        Batch(
            "cloudinary",
            "resources",
            [_listed("lost", "lost", "2026-01-12T10:00:00Z", "2026-01-12T10:00:00Z")],
            (None, SEEN_AT),
        ),
        Batch("cloudinary", "asset_absences", [], (None, SEEN_AT)),
        Batch("cloudinary", "asset_absences", ABSENCES, (SEEN_AT, MISSED_AT)),
        Batch("cloudinary", "asset_details", DETAILS),
        *(Batch("cloudinary", "metadata_fields", rows, (since, until)) for since, until, rows in FIELDS),
        Batch(
            "exstream",
            "flow_instances",
            [{"domain": "claims", "flow_instance_id": "run-1", "job_id": "job-1", "status": "completed"}],
        ),
        Batch("exstream", "communications", communications),
        Batch("exstream", "renderings", renderings),
        Batch("exstream", "asset_uses", uses),
        *(Batch("exstream", stream, rows) for stream, rows in templates.streams()),
        Batch(
            "exstream",
            "delivery_outputs",
            [
                {
                    "domain": "claims",
                    "job_id": "job-1",
                    "flow_instance_id": "run-1",
                    "docgen_uuid": "d1",
                    "queue_name": "mail",
                    "file_name": "mail-1.html",
                    "customer_number": 1,
                    "page_count": 2,
                    "recipient_pseudonym": "pseudonym of proven",
                },
                {
                    "domain": "claims",
                    "job_id": "job-1",
                    "flow_instance_id": "run-1",
                    "docgen_uuid": "d1",
                    "queue_name": "mail",
                    "file_name": "mail-2.html",
                    "customer_number": 2,
                    "page_count": 3,
                    "recipient_pseudonym": "pseudonym of an account",
                    "keys": {"CommunicationId": "proven-late", "RenderingId": "r1", "Sorting": "7"},
                },
            ],
        ),
        Batch(
            "trading_grid",
            "communities",
            [
                {"community_id": "west", "name": "West", "region": "US-CA", **updated},
                {"community_id": "east", "name": "East", "region": "US-NY", **updated},
            ],
        ),
        Batch("trading_grid", "partners", [{"partner_id": "broker", "name": "Broker", **updated}]),
        Batch(
            "trading_grid",
            "members",
            [{"community_id": "west", "partner_id": "broker", "status": "active", **updated}],
        ),
        Batch("trading_grid", "publications", [*PUBLICATIONS, *small_world_communities.PUBLICATIONS]),
        *(Batch("trading_grid", stream, rows) for stream, rows in small_world_communities.STREAMS.items()),
        Batch(
            "trading_grid",
            "accesses",
            [
                {
                    "access_id": f"a{number}",
                    "publication_id": "in-order",
                    "partner_id": "broker",
                    "kind": kind,
                    "at_raw": "2026-01-17T00:00:00Z",
                }
                for number, kind in enumerate(("delivered", "opened", "opened"))
            ]
            + [small_world_communities.DOWNLOAD, small_world_communities.OF_A_STRANGER],
        ),
        Batch(
            "trading_grid",
            "acknowledgements",
            [
                {
                    "acknowledgement_id": "k1",
                    "kind": "997",
                    "code": "A",
                    "partner_id": "broker",
                    "publication_id": "in-order",
                    "at_raw": "2026-01-17T00:00:00Z",
                },
                {
                    "acknowledgement_id": "k2",
                    "kind": "997",
                    "code": "R",
                    "partner_id": "broker",
                    "publication_id": "in-order",
                    "at_raw": "2026-01-17T00:00:00Z",
                },
                *small_world_communities.ACKNOWLEDGEMENTS,
            ],
        ),
        Batch("trading_grid", "documents", DOCUMENTS),
        Batch("trading_grid", "functional_acknowledgements", FUNCTIONAL_ACKNOWLEDGEMENTS),
        Batch("trading_grid", "application_advices", APPLICATION_ADVICES),
        Batch("trading_grid", "cases", CASES),
        Batch("trading_grid", "thread_messages", [*MESSAGES, *OWN_MESSAGES]),
        Batch("corrections", "transitions", TRANSITIONS),
        Batch("corrections", "dispositions", DISPOSITIONS),
        Batch("corrections", "accesses", ACCESSES),
    ]


def land_world(landing: Landing) -> None:
    """Land the small world in order, with what must not be seen: a held batch, and a notification once more."""
    for batch in batches():
        landing.land(batch.system, batch.stream, batch.rows, window=batch.window)
    landing.land(
        "cloudinary",
        "notifications",
        [approve("plain", "2026-01-12T11:00:00Z", "p1")],
        window=("2026-01-09T00:00:00+00:00", COVERED_FROM),
        outcome="held",
    )
    landing.land("cloudinary", "notifications", NOTIFICATIONS[:3], window=WINDOW)
    landing.project()


def land_world_shuffled(landing: Landing, seed: int) -> None:
    """Land the same rows in another order, cut into other batches."""
    chance = Random(seed)
    pieces: list[Batch] = []
    for batch in batches():
        rows = list(batch.rows)
        chance.shuffle(rows)
        cut = chance.randint(0, len(rows))
        pieces += [Batch(batch.system, batch.stream, part, batch.window) for part in (rows[:cut], rows[cut:])]
    chance.shuffle(pieces)
    for piece in pieces:
        landing.land(piece.system, piece.stream, piece.rows, window=piece.window)
    landing.project()
