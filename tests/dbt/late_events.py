"""Kinds of late events, one after another, on top of the small world: what an increment must not miss.

Here belongs what lands or is decided late. That an increment equals a build from nothing is compared in
`test_increments`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.dbt.landing_fixture import Landing
from tests.dbt.small_world import batches
from tests.dbt.small_world_assets import DETAILS, RESOURCES
from tests.dbt.small_world_rows import (
    COVERED_FROM,
    LANDED_AT,
    Row,
    approve,
    asset_id,
    embedded,
    epoch,
    in_doubt,
    live,
    revoke,
    upload,
)

NEXT_DAY = "2026-02-16T00:00:00+00:00"
WEEK_LATER = "2026-02-23T00:00:00+00:00"
ALL_CLOSED = "2026-04-01T00:00:00+00:00"
"""By then every exposure has ended."""

GAP_ENDS = "2026-05-01T00:00:00+00:00"
MONTH_LATER = "2026-06-01T00:00:00+00:00"

PROVEN = "proven"


@dataclass(frozen=True)
class LateEvent:
    """What comes late, which communications it affects at least, and whether a verdict comes out otherwise.

    `may_affect_all`: a claim of early days, or a doubt about one, may decide of everything behind it.
    """

    happen: Callable[[Landing], None]
    affects: frozenset[str]
    changes_a_verdict: bool = True
    may_affect_all: bool = False


def _told(*notifications: Row, loaded_at: str = NEXT_DAY) -> Callable[[Landing], None]:
    """Notifications that come late, in a batch without a claim of its own."""
    return lambda landing: landing.land(
        "cloudinary", "notifications", notifications, window=(LANDED_AT, loaded_at), is_complete=False
    )


def _changed(kind: str, name: str, at: str, **values: object) -> Row:
    return {
        **upload(name, at, ""),
        "digest": f"{kind}/{name}/{at}",
        "notification_type": kind,
        "version": None,
        "etag": None,
        "format": None,
        "bytes": None,
        **values,
    }


def _claim(window: tuple[str, str]) -> Callable[[Landing], None]:
    return lambda landing: landing.land("cloudinary", "notifications", [], window=window)


def _held(window: tuple[str, str]) -> Callable[[Landing], None]:
    """A batch that is held back, of records that decide nothing: what counts is that they may."""
    row = upload("nobody", window[0], "n0")
    return lambda landing: landing.land(
        "cloudinary", "notifications", [row], window=window, loaded_at=ALL_CLOSED, outcome="held"
    )


def _records(stream: str, *rows: Row) -> Callable[[Landing], None]:
    return lambda landing: landing.land("exstream", stream, rows, window=(LANDED_AT, NEXT_DAY))


def _listing(*rows: Row, stream: str = "resources") -> Callable[[Landing], None]:
    return lambda landing: landing.land("cloudinary", stream, rows, window=(None, NEXT_DAY))


def _full_listing(listed_at: str) -> Callable[[Landing], None]:
    """A complete listing that shows of each asset what the one before showed, so that no row of it lands."""
    return lambda landing: landing.land("cloudinary", "asset_absences", [], window=(None, listed_at))


def _in_turn(*steps: Callable[[Landing], None]) -> Callable[[Landing], None]:
    def happen(landing: Landing) -> None:
        for step in steps:
            step(landing)

    return happen


def _decide_held(landing: Landing, outcome: str) -> None:
    """A person decides on the last held batch: its rows, and what it made doubtful, count from now on."""
    held = [batch for batch in landing.batches if batch["outcome"] == "held"]
    held[-1]["outcome"] = outcome


def _replay(landing: Landing) -> None:
    """What landed of a communication lands once more as it was, in other batches."""
    for batch in batches():
        rows = [row for row in batch.rows if row.get("communication_id") == PROVEN]
        if rows:
            landing.land(batch.system, batch.stream, rows, window=(LANDED_AT, NEXT_DAY))


def _use(communication: str, ordinal: int, reference: Row) -> Row:
    return {
        "domain": "claims",
        "communication_id": communication,
        "rendering_id": "r1",
        "ordinal": ordinal,
        **reference,
    }


HERO = embedded("hero", "2026-01-12T10:00:00Z", "h1")
NEW_COMMUNICATION: Row = {
    "domain": "claims",
    "communication_id": "sent-late",
    "flow_instance_id": "run-2",
    "recipient_pseudonym": "pseudonym of sent-late",
    "document_type": "bill",
    "segment": "retail",
    "jurisdiction": "US-CA",
    "offer_ids": ["o1"],
    "generated_at_raw": "2026-02-10T12:00:00Z",
}
BEHIND_THE_GAP: Row = {
    **NEW_COMMUNICATION,
    "communication_id": "sent-behind-the-gap",
    "recipient_pseudonym": "pseudonym of sent-behind-the-gap",
    "generated_at_raw": "2026-05-10T12:00:00Z",
}

LATE_EVENTS: Mapping[str, LateEvent] = {
    "a late approval": LateEvent(
        _told(approve("plain", "2026-01-13T10:00:00Z", "p1")), frozenset({"never-approved", "contradicted"})
    ),
    "a revocation of an earlier day": LateEvent(
        _told(revoke("twin", "2026-02-01T10:00:00Z", "t1")), frozenset({"named-bytes-of-two", "one-of-two-bytes"})
    ),
    "an approval that is dated back": LateEvent(
        _told(approve("rate", "2026-02-13T10:00:00Z", "r1", before="approved", approval_valid_from="2026-01-01")),
        frozenset({"expired-to-the-second", "a-second-before-expiry"}),
    ),
    "a version that nobody knew of": LateEvent(
        _told(
            upload("soon", "2026-02-01T10:00:00Z", "w3"),
            approve("hero", "2026-02-02T10:00:00Z", "h1", before="approved", segments=["corporate"]),
        ),
        frozenset({"proven-whichever-it-was", "wrong-segment", PROVEN, "proven-by-url"}),
    ),
    "an overwriting inside an exposure": LateEvent(
        _told(upload("badge", "2026-02-05T10:00:00Z", "b2")), frozenset({"opened-before-a-revocation"})
    ),
    "a renaming, and another asset under the name": LateEvent(
        _told(
            _changed(
                "rename", "hero", "2026-02-03T00:00:00Z", from_public_id="brand/hero", to_public_id="brand/hero-on"
            ),
            upload("heir", "2026-02-04T00:00:00Z", "e1", public_id="brand/hero"),
            _changed(
                "rename", "badge", "2026-02-03T00:00:00Z", from_public_id="brand/badge", to_public_id="brand/moved"
            ),
        ),
        frozenset({"proven-by-url", "with-a-layer", "old-name", "revoked-within-the-second"}),
    ),
    "a name that settles an address": LateEvent(
        _told(upload("nowhere", "2026-02-01T10:00:00Z", "j1")), frozenset({"of-no-reading-that-names-anything"})
    ),
    "a name that puts an address in doubt": LateEvent(
        _told(upload("rival", "2026-02-02T10:00:00Z", "i1", public_id="l_brand/shelf.jpg")),
        frozenset({"in-a-folder-named-like-a-layer"}),
    ),
    "a deletion": LateEvent(
        _told(_changed("delete", "soon", "2026-02-11T00:00:00Z")), frozenset({"proven-whichever-it-was"})
    ),
    "a restoration": LateEvent(
        _told(
            _changed("restore", "gone", "2026-02-14T19:00:00Z"),
            _changed("delete", "gone", "2026-02-14T11:00:00Z"),
        ),
        frozenset({"proven-before-deletion"}),
    ),
    "an approval behind the claims, of whichever bytes are live": LateEvent(
        _told(approve("plain", "2026-02-15T10:00:00Z", None, before="approved", segments=["retail"])),
        frozenset({"never-approved"}),
        changes_a_verdict=False,
    ),
    "a restoration that names no asset": LateEvent(
        _told(_changed("restore", "rate", "2026-02-14T20:00:00Z", asset_id=None)),
        frozenset({"expired-to-the-second"}),
        changes_a_verdict=False,
    ),
    "a listing with an asset that nobody knew": LateEvent(
        _listing(
            {
                **RESOURCES[0],
                "asset_id": asset_id("unheard"),
                "public_id": "images/unheard",
                "version": epoch("2026-01-05T00:00:00Z"),
                "created_at_raw": "2026-01-05T00:00:00Z",
            }
        ),
        frozenset(),
        changes_a_verdict=False,
    ),
    "a detail that was read late": LateEvent(
        _listing(
            {
                **DETAILS[0],
                "asset_id": asset_id("older"),
                "public_id": "brand/older",
                "etag": "x1",
                "version": epoch("2026-01-06T10:00:00Z"),
                "created_at_raw": "2026-01-06T10:00:00Z",
            },
            stream="asset_details",
        ),
        frozenset({"older-than-claims", "before-claims"}),
    ),
    "a communication and a use that came late": LateEvent(
        _in_turn(
            _records("communications", NEW_COMMUNICATION),
            _records("asset_uses", _use("sent-late", 1, HERO), _use("superseded", 2, live("brand/logo"))),
            _records(
                "renderings",
                {"domain": "claims", "communication_id": "sent-late", "rendering_id": "r1", "channel": "email"},
            ),
        ),
        frozenset({"sent-late", "superseded"}),
    ),
    "a retrieval that was told late": LateEvent(
        _records(
            "renderings",
            {
                "domain": "claims",
                "communication_id": "proven-late",
                "rendering_id": "r2",
                "channel": "print",
                "retrieval": {
                    "retrieval_id": "late",
                    "asked": {"document_type": "bill", "segment": "retail", "jurisdiction": "US-CA"},
                    "returned": [{"asset_id": asset_id("logo"), "version": epoch("2026-01-12T10:00:00Z")}],
                },
            },
        ),
        frozenset({"proven-late"}),
        changes_a_verdict=False,
    ),
    "a copy that says otherwise": LateEvent(
        _records("communications", {**NEW_COMMUNICATION, "segment": "corporate"}), frozenset({"sent-late"})
    ),
    "a replayed batch": LateEvent(_replay, frozenset({PROVEN}), changes_a_verdict=False),
    "a claim that was late": LateEvent(_claim((LANDED_AT, NEXT_DAY)), frozenset({"at-the-end-of-claims"})),
    "a window that was opened again": LateEvent(
        _claim(("2026-01-04T00:00:00+00:00", COVERED_FROM)),
        frozenset({"before-claims"}),
        changes_a_verdict=False,
        may_affect_all=True,
    ),
    "a batch that was held": LateEvent(
        lambda landing: landing.land(
            "cloudinary",
            "notifications",
            [revoke("logo", "2026-02-12T00:00:00Z", "l2")],
            window=("2026-02-12T00:00:00+00:00", "2026-02-13T00:00:00+00:00"),
            loaded_at=WEEK_LATER,
            outcome="held",
        ),
        frozenset({"superseded", "proven-late"}),
        may_affect_all=True,
    ),
    "a held batch that was accepted": LateEvent(
        lambda landing: _decide_held(landing, "accepted"),
        frozenset({"superseded", "proven-late"}),
        may_affect_all=True,
    ),
    "a held batch that was rejected": LateEvent(
        lambda landing: _decide_held(landing, "rejected"),
        frozenset(),
        changes_a_verdict=False,
        may_affect_all=True,
    ),
    "a claim behind the end of exposures": LateEvent(_claim((NEXT_DAY, ALL_CLOSED)), frozenset()),
    "a revocation inside an exposure that has ended": LateEvent(
        _told(revoke("moved", "2026-02-20T10:00:00Z", "m1"), loaded_at=ALL_CLOSED), frozenset({"proven-by-new-name"})
    ),
    "a batch that was held inside exposures that have ended": LateEvent(
        _held(("2026-02-22T00:00:00+00:00", WEEK_LATER)), frozenset()
    ),
    "a batch that was held up to the end of the claims": LateEvent(
        _held(("2026-02-27T00:00:00+00:00", ALL_CLOSED)), frozenset()
    ),
    "that batch, accepted": LateEvent(lambda landing: _decide_held(landing, "accepted"), frozenset()),
    "a full listing within the claims": LateEvent(
        _full_listing("2026-02-14T00:00:00+00:00"), frozenset(), changes_a_verdict=False
    ),
    "a full listing behind the claims": LateEvent(
        _full_listing("2026-02-20T00:00:00+00:00"), frozenset(), changes_a_verdict=False
    ),
    "a claim behind a gap": LateEvent(_claim((GAP_ENDS, MONTH_LATER)), frozenset(), changes_a_verdict=False),
    "a full listing behind the gap": LateEvent(_full_listing(MONTH_LATER), frozenset(), changes_a_verdict=False),
    "a letter behind the gap, with an address of several readings": LateEvent(
        _in_turn(
            _records("communications", BEHIND_THE_GAP),
            _records("asset_uses", _use("sent-behind-the-gap", 1, in_doubt("w_100/brand/rate.jpg"))),
        ),
        frozenset({"sent-behind-the-gap"}),
    ),
    "a listing that tells that no name is missing behind the gap": LateEvent(
        lambda landing: landing.land("cloudinary", "resources", [], window=(None, MONTH_LATER)),
        frozenset({"sent-behind-the-gap"}),
    ),
    "the gap, claimed": LateEvent(_claim((ALL_CLOSED, GAP_ENDS)), frozenset(), changes_a_verdict=False),
    "a publication that was withdrawn": LateEvent(
        lambda landing: landing.land(
            "trading_grid",
            "publications",
            [
                {
                    "publication_id": "outdated",
                    "community_id": "west",
                    "asset_id": asset_id("banner"),
                    "public_id": "brand/banner",
                    "asset_version": epoch("2026-01-12T10:00:00Z"),
                    "etag": "n1",
                    "published_at_raw": "2026-01-16T10:00:00Z",
                    "updated_at_raw": "2026-02-14T10:00:00Z",
                    "withdrawn_at_raw": "2026-02-14T10:00:00Z",
                }
            ],
            window=(LANDED_AT, NEXT_DAY),
        ),
        frozenset(),
    ),
}
