"""The small world's asset uses, one for each reason that a verdict can have, with the verdict it has to get.

Here belong the uses alone; whose rows they become is `small_world`.
"""

from collections.abc import Mapping

from tests.dbt.small_world_rows import Use, asset_id, embedded, in_doubt, live

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
    "opened-after-an-overwriting": Use(
        "PROVEN_LATE", "recorded_late", live("brand/stamp"), generated_at="2026-01-16T12:00:00Z"
    ),
    "opened-before-a-revocation": Use(
        "PROVEN_LATE", "recorded_late", live("brand/badge"), generated_at="2026-01-20T12:00:00Z"
    ),
    "opened-when-it-had-expired": Use(
        "PROVEN_LATE", "recorded_late", live("brand/rate"), generated_at="2026-01-25T12:00:00Z"
    ),
    "settled-by-a-name": Use("PROVEN", "approved_in_force", in_doubt("w_100/brand/hero.jpg")),
    "in-a-folder-named-like-a-layer": Use("PROVEN", "approved_in_force", in_doubt("l_brand/shelf.jpg")),
    "settled-since-a-renaming": Use("PROVEN", "approved_in_force", in_doubt("w_300/brand/moved-on.jpg")),
    "before-that-renaming": Use(
        "NO_EVIDENCE",
        "unresolved_reference",
        in_doubt("w_300/brand/moved-on.jpg"),
        generated_at="2026-01-20T12:00:00Z",
    ),
    "of-no-reading-that-names-anything": Use(
        "NO_EVIDENCE", "unresolved_reference", in_doubt("w_100/brand/nowhere.jpg")
    ),
    "of-two-readings-that-name-something": Use("AMBIGUOUS", "address_in_doubt", in_doubt("w_200/brand/hero.jpg")),
    "in-doubt-when-it-was-opened": Use(
        "PROVEN_LATE", "recorded_late", in_doubt("w_400/brand/hero.jpg"), generated_at="2026-02-05T12:00:00Z"
    ),
    "landed-before-readings-did": Use(
        "NO_EVIDENCE", "unresolved_reference", {**in_doubt("w_100/brand/hero.jpg"), "delivery_readings": None}
    ),
}
#: What becomes of live links until their exposure ends: verdict, verdict so far, and the reason of that.
EXPOSURES: Mapping[str, tuple[str, str, str]] = {
    "opened-after-an-overwriting": ("NOT_APPROVED", "NOT_APPROVED", "never_approved"),
    "opened-before-a-revocation": ("PROVEN_LATE", "PROVEN_LATE", "recorded_late"),
    "opened-when-it-had-expired": ("EXPIRED", "EXPIRED", "validity_ended"),
    "proven-before-deletion": ("NO_EVIDENCE", "PROVEN", "approved_in_force"),
    "proven-by-new-name": ("NO_EVIDENCE", "PROVEN", "approved_in_force"),
    "proven-by-url": ("NO_EVIDENCE", "PROVEN", "approved_in_force"),
    "proven-whichever-it-was": ("NO_EVIDENCE", "PROVEN", "approved_in_force"),
    "with-a-layer": ("AMBIGUOUS", "AMBIGUOUS", "layer_not_judged"),
    "unreadable-address": ("NO_EVIDENCE", "NO_EVIDENCE", "unresolved_reference"),
    "old-name": ("NO_EVIDENCE", "NO_EVIDENCE", "unresolved_reference"),
    "between-two-listings": ("AMBIGUOUS", "AMBIGUOUS", "version_in_doubt"),
    "behind-the-listing-that-lacks-it": ("AMBIGUOUS", "AMBIGUOUS", "version_in_doubt"),
    "settled-by-a-name": ("NO_EVIDENCE", "PROVEN", "approved_in_force"),
    "in-a-folder-named-like-a-layer": ("NO_EVIDENCE", "PROVEN", "approved_in_force"),
    "settled-since-a-renaming": ("NO_EVIDENCE", "PROVEN", "approved_in_force"),
    "before-that-renaming": ("NO_EVIDENCE", "NO_EVIDENCE", "unresolved_reference"),
    "of-no-reading-that-names-anything": ("NO_EVIDENCE", "NO_EVIDENCE", "unresolved_reference"),
    "of-two-readings-that-name-something": ("AMBIGUOUS", "AMBIGUOUS", "address_in_doubt"),
    "in-doubt-when-it-was-opened": ("AMBIGUOUS", "AMBIGUOUS", "address_in_doubt"),
    "landed-before-readings-did": ("NO_EVIDENCE", "NO_EVIDENCE", "unresolved_reference"),
}
