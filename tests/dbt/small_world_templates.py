"""Templates of the small world: behind the approved logo (one by a tag), in review, up to date, an address, a draft.

Landed in the streams of Design with the window of everything else.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.dbt.small_world_partners import OLD_LOGO
from tests.dbt.small_world_rows import in_doubt

Row = Mapping[str, Any]
_MADE = "2026-01-20T09:00:00Z"
_LOGO = "logo".ljust(32, "0")


def _resource(name: str, kind: str, version: int = 1, state: str = "APPROVED", **values: Any) -> Row:
    return {
        "domain": "claims",
        "resource_id": name.lower(),
        "version": version,
        "name": name,
        "resource_type": kind,
        "state": state,
        "created_by": "x.tanaka",
        "created_at_raw": _MADE,
        "last_modified_at_raw": _MADE,
        **values,
    }


def _template(name: str, **values: Any) -> Row:
    tags = {"business_unit": "personal-lines", "region": "US-CA"}
    return _resource(name, "exstrcommunicationset", metadata=tags, **values)


def _change(name: str, kind: str, state: str, revision: int, at: str, version: int = 1) -> Row:
    return {
        "domain": "claims",
        "resource_id": name.lower(),
        "version": version,
        "revision": revision,
        "history_type": "CREATE" if revision == 1 else "STATE",
        "operation": "INSERT" if revision == 1 else "UPDATE",
        "state": state,
        "resource_type": kind,
        "modified_by": "r.szabo",
        "modified_at_raw": at,
    }


def _link(subject: str, target: str, version: int = 1) -> Row:
    return {
        "domain": "claims",
        "subject_id": subject.lower(),
        "subject_version": version,
        "object_id": target.lower(),
    }


def _asset(name: str, **values: Any) -> Row:
    return {
        "domain": "claims",
        "resource_id": name.lower(),
        "version": 1,
        "ordinal": 0,
        "resource_type": "image",
        "resource_name": name,
        "way": "content_hash",
        "strength": "exact",
        "findings": [],
        **values,
    }


RESOURCES: tuple[Row, ...] = (
    _template("TPL-BEHIND"),
    _template("TPL-REVIEWED"),
    _template("TPL-CURRENT"),
    _template("TPL-TAGGED"),
    _template("TPL-ADDRESS"),
    _template("TPL-DRAFT", state="DRAFT"),
    _resource("IMG-OLD", "image", content_md5="l1"),
    _resource("IMG-NEW", "image", content_md5="l2"),
    _resource("IMG-TAGGED", "image", content_md5="recompressed"),
    _resource("IMG-REVIEWED", "image", content_md5="l1"),
    _resource("IMG-REVIEWED", "image", version=2, state="REVIEW", content_md5="l2"),
    _resource("PAGE-HTML", "exstrhtml5"),
)
HISTORY: tuple[Row, ...] = tuple(
    _change(str(one["name"]), str(one["resource_type"]), state, revision, at, int(one["version"]))
    for one in RESOURCES
    for revision, (state, at) in enumerate(
        [("DRAFT", _MADE), ("REVIEW", "2026-01-20T10:00:00Z"), (str(one["state"]), "2026-01-20T11:00:00Z")], start=1
    )
)
LINKS: tuple[Row, ...] = (
    _link("TPL-BEHIND", "IMG-OLD"),
    _link("TPL-REVIEWED", "IMG-REVIEWED"),
    _link("TPL-CURRENT", "IMG-NEW"),
    _link("TPL-TAGGED", "IMG-TAGGED"),
    _link("TPL-ADDRESS", "PAGE-HTML"),
    _link("TPL-DRAFT", "IMG-OLD"),
)
ASSETS: tuple[Row, ...] = (
    _asset("IMG-OLD", asset_id=_LOGO, etag="l1"),
    _asset("IMG-NEW", asset_id=_LOGO, etag="l2"),
    _asset("IMG-REVIEWED", asset_id=_LOGO, etag="l1"),
    _asset(
        "IMG-TAGGED",
        way="metadata_tag",
        strength="declared",
        public_id="brand/logo",
        asset_version=OLD_LOGO["asset_version"],
    ),
    _asset(
        "PAGE-HTML",
        ordinal=1,
        resource_type="exstrhtml5",
        way="html_output",
        strength="observed",
        public_id="brand/logo",
        asset_version=1,
    ),
    *(
        _asset(
            "PAGE-HTML",
            ordinal=ordinal,
            resource_type="exstrhtml5",
            way="unlinked",
            strength="none",
            delivery_readings=in_doubt(path)["delivery_readings"],
        )
        for ordinal, path in ((2, "w_100/brand/hero.jpg"), (3, "w_200/brand/hero.jpg"), (4, "w_100/brand/nowhere.jpg"))
    ),
)


def _at_hand(name: str, kind: str = "image", version: int = 1, **values: Any) -> Row:
    return {
        "domain": "claims",
        "flow_instance_id": "run-1",
        "collection_id": "c-1",
        "resource_id": name.lower(),
        "version": version,
        "resource_type": kind,
        "name": name,
        "state": "APPROVED",
        "approved_by": "r.szabo",
        "last_modified_at_raw": "2026-01-20T11:00:00Z",
        **values,
    }


AT_HAND: tuple[Row, ...] = (
    _at_hand("IMG-NEW"),
    _at_hand("IMG-TAGGED"),
    _at_hand("IMG-REVIEWED", version=2, state="REVIEW", approved_by=None, last_modified_at_raw="2026-03-20T11:00:00Z"),
    _at_hand("IMG-ELSEWHERE"),
    _at_hand("PAGE-HTML", "exstrhtml5"),
    _at_hand("TPL-CURRENT", "exstrcommunicationset"),
    _at_hand("IMG-NEW", flow_instance_id="run-gone"),
)


def streams() -> Iterator[tuple[str, tuple[Row, ...]]]:
    """The streams of Design with their rows."""
    yield "resources", RESOURCES
    yield "resource_history", HISTORY
    yield "design_links", LINKS
    yield "resource_links", ASSETS
    yield "resource_references", AT_HAND
