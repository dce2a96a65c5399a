"""The small world's assets: what Cloudinary told of them and how it lists them.

Here belong the rows of Cloudinary's streams.
"""

from collections.abc import Sequence

from tests.dbt.small_world_rows import Row, approve, asset_id, epoch, notification, revoke, upload

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
    notification(
        "rename", "moved", "2026-02-01T00:00:00Z", from_public_id="brand/moved", to_public_id="brand/moved-on"
    ),
    upload("banner", "2026-01-12T10:00:00Z", "n1"),
    approve("banner", "2026-01-13T10:00:00Z", "n1"),
    upload("banner", "2026-01-20T10:00:00Z", "n2"),
    approve("banner", "2026-01-21T10:00:00Z", "n2", before="approved", jurisdictions=["US-CA"]),
    upload("gone", "2026-01-12T10:00:00Z", "g1"),
    approve("gone", "2026-01-13T10:00:00Z", "g1"),
    notification("delete", "gone", "2026-02-14T18:00:00Z"),
    upload("stamp", "2026-01-12T10:00:00Z", "s1"),
    upload("stamp", "2026-01-14T10:00:00Z", "s2"),
    approve("stamp", "2026-01-15T10:00:00Z", "s2"),
    upload("stamp", "2026-02-01T10:00:00Z", "s3"),
    upload("sold", "2026-01-12T10:00:00Z", "d1"),
    upload("sold", "2026-01-14T10:00:00Z", "d2"),
    approve("sold", "2026-01-15T10:00:00Z", "d2"),
    notification("delete", "sold", "2026-02-01T10:00:00Z"),
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
    # Addresses in doubt: `w_200` and `l_brand` are folders here, `w_400` becomes one.
    upload("folded", "2026-01-12T10:00:00Z", "o1", public_id="w_200/brand/hero"),
    approve("folded", "2026-01-13T10:00:00Z", "o1", public_id="w_200/brand/hero"),
    upload("shelf", "2026-01-12T10:00:00Z", "q1", public_id="l_brand/shelf"),
    approve("shelf", "2026-01-13T10:00:00Z", "q1", public_id="l_brand/shelf"),
    upload("double", "2026-02-10T10:00:00Z", "z1", public_id="w_400/brand/hero"),
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
    (
        since,
        until,
        [
            FIELD | {"datasource": {"values": [{"external_id": "bob", "value": label, "state": "active"}]}},
            {"external_id": "season", "label": "Season", "type": "string", "is_absent": is_gone},
        ],
    )
    for since, until, label, is_gone in (
        (None, "2026-01-11T00:00:00+00:00", "Bob Builder", None),
        ("2026-01-11T00:00:00+00:00", "2026-01-14T00:00:00+00:00", "Robert Builder", True),
    )
)

#: Where an image of a communication leads, as a thumbnail does.
