"""A naive second opinion on publications: what each was when it was shown, and what is still shown at the end.

Shares no code with the product or the sandbox and uses no SQL. What an approval says of bytes it asks the oracle of
verdicts (`verdicts.py`).
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from tests.oracle.communities import still_shown

Record = dict[str, Any]


@dataclass(frozen=True)
class Known:
    """What the oracle of verdicts tells."""

    #: Verdict of an asset id and etag for the readers of a region, at an instant.
    verdict_at: Callable[[str, str, str, str], str]
    #: The same at the end.
    verdict_now: Callable[[str, str, str], str]
    #: Whether what proves a publication in a region was recorded more than the allowed time after it.
    is_late: Callable[[Record, str], bool]
    #: Why nothing is known of what a publication names for the readers of a region, at an instant (None: at the end).
    reason: Callable[[Record, str, str | None], str | None]


@dataclass(frozen=True)
class Publications:
    """Verdicts by publication: when it was shown, and at the end of those that are shown."""

    at_publication: dict[str, str]
    now: dict[str, str]
    reasons: dict[str, str]
    reasons_now: dict[str, str]


def judge(records: list[Record], known: Known) -> Publications:
    """Both verdicts of every publication."""
    homes = {record["community_id"]: record["region"] for record in records if record["kind"] == "register_community"}
    first, reasons, reasons_now = {}, {}, {}
    for record in records:
        if record["kind"] == "publish":
            home = homes[record["community_id"]]
            verdict = known.verdict_at(record["asset_id"], record["etag"], home, record["occurred_at"])
            is_late = verdict == "PROVEN" and known.is_late(record, home)
            first[record["publication_id"]] = "PROVEN_LATE" if is_late else verdict
            if reason := known.reason(record, home, record["occurred_at"]):
                reasons[record["publication_id"]] = reason
    now = {
        record["publication_id"]: known.verdict_now(record["asset_id"], record["etag"], homes[record["community_id"]])
        for record in still_shown(records)
    }
    for record in still_shown(records):
        if reason := known.reason(record, homes[record["community_id"]], None):
            reasons_now[record["publication_id"]] = reason
    return Publications(first, now, reasons, reasons_now)


def after_corrections(
    later: Publications, corrections: dict[str, list[str]], replaced: Collection[str]
) -> dict[str, str]:
    """Verdicts of what is still shown when corrections have taken effect; `later` was judged some minutes later.

    A publication is taken down where a correction answers it with another one, or where it is of a foreign region;
    `replaced` are those of which a partner got a better rendition.
    """
    gone = {*replaced}
    for kind in ("republish_approved_version", "replace_foreign_variant", "withdraw_foreign_variant"):
        gone |= {*corrections[kind]}
    return {name: verdict for name, verdict in later.now.items() if name not in gone}
