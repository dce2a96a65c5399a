"""A naive second opinion on artwork at partners: plain loops over what was sent and answered.

Shares no code with the product or the sandbox and uses no SQL. What an approval says at an instant it asks the
oracle of verdicts (`naive.py`); days and the catalogue's rules stand here once more.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

Record = dict[str, Any]
OUTDATED_ARTWORK = "ctl_outdated_artwork"
UNACKNOWLEDGED = "ctl_unacknowledged_artwork"
OTHER_BYTES = "ctl_acknowledgements_of_other_bytes"
CATALOGUE = "ctl_artwork_against_catalogue_rules"
ARTWORK_CONTROLS = (OUTDATED_ARTWORK, UNACKNOWLEDGED, OTHER_BYTES, CATALOGUE)
SHORTER_FROM = "2026-04-27"
DAYS = (10, 5)
MOST_BYTES = 500_000
LEVELS = "BGIT"
TAKING_ADVICES = {level + result for level in LEVELS for result in "ACE"}
REFUSING = {("997", "R"), ("portal", "rejected")} | {("824", level + result) for level in LEVELS for result in "PR"}
#: Verdict now of an asset id and etag for the readers of a region.
VerdictNow = Callable[[str, str, str], str]


def judge(
    records: list[Record], verdict_now: VerdictNow, size_of: Callable[[str], int], now: str
) -> dict[str, list[str]]:
    """Subjects of the controls of artwork at `now`; `size_of` tells the bytes of an etag."""
    homes = {record["community_id"]: record["region"] for record in records if record["kind"] == "register_community"}
    sent = [
        {**r["fields"], **r["asset"], "at": r["occurred_at"]}
        for r in records
        if r["kind"] == "create_object" and r["objects"] == "distributions"
    ]
    answers = _answers(records)
    latest: dict[tuple[str, str], Record] = {}
    for one in sent:
        latest[one["partnerId"], one["asset_id"]] = one
    found: dict[str, list[str]] = {control: [] for control in ARTWORK_CONTROLS}
    for one in sent:
        name = one["distributionId"]
        if one is latest[one["partnerId"], one["asset_id"]]:
            verdict = verdict_now(one["asset_id"], one["etag"], homes[one["communityId"]])
            if verdict in ("NOT_APPROVED", "EXPIRED", "SUPERSEDED"):
                found[OUTDATED_ARTWORK].append(name)
            if _due(one["at"]) < datetime.fromisoformat(now) and not _is_taken(one, answers):
                found[UNACKNOWLEDGED].append(name)
        if one.get("gtin") and not _fits_the_catalogue(one, size_of(one["etag"])):
            found[CATALOGUE].append(name)
    bytes_of = {one["distributionId"]: one["etag"] for one in sent}
    bytes_of |= {r["publication_id"]: r["shown_etag"] for r in records if r["kind"] == "publish"}
    for answer in answers:
        if answer["etag"] not in (None, bytes_of[answer["of"]]) and _takes(answer):
            found[OTHER_BYTES].append(answer["id"])
    return {control: sorted(subjects) for control, subjects in found.items()}


def _answers(records: list[Record]) -> list[Record]:
    """All acknowledgements alike: id, what it is of, kind, code and the bytes it names, in time order."""
    answers = []
    for record in records:
        if record["kind"] == "acknowledge":
            answers.append(
                {
                    "id": record["acknowledgement_id"],
                    "of": record["publication_id"],
                    "kind": record["channel"],
                    "code": record["code"],
                    "etag": record["etag"],
                }
            )
        elif record["kind"] == "create_object" and record["objects"] == "acknowledgements":
            said = record["fields"]
            if "launchId" in said:
                continue
            etag = record["asset"]["etag"] if record["asset"] else None
            named = {"id": said["acknowledgementId"], "of": said["distributionId"]}
            answers.append({**named, "kind": said["kind"], "code": said["code"], "etag": etag})
    return answers


def _due(at: str) -> datetime:
    return datetime.fromisoformat(at) + timedelta(days=DAYS[at >= SHORTER_FROM])


def _is_taken(one: Record, answers: list[Record]) -> bool:
    """Whether the last word of the partner takes the bytes; a 997 is no word."""
    is_taken = False
    for answer in answers:
        if answer["of"] != one["distributionId"]:
            continue
        if (answer["kind"], answer["code"]) in REFUSING:
            is_taken = False
        elif answer["kind"] != "997" and _takes(answer) and answer["etag"] in (None, one["etag"]):
            is_taken = True
    return is_taken


def _takes(answer: Record) -> bool:
    if answer["kind"] == "824":
        return answer["code"] in TAKING_ADVICES
    return (answer["kind"], answer["code"]) not in REFUSING


def _fits_the_catalogue(one: Record, size: int) -> bool:
    gtin = one["gtin"].zfill(14)
    total = sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(gtin))
    name = one.get("fileName") or ""
    another = re.match(r"(\d{14})_", name)
    return (
        total % 10 == 0
        and not set(name) & set("<>^:&?\\/|+%")
        and (another is None or another[1] == gtin)
        and name.lower().endswith((".jpg", ".jpeg"))
        and one["format"] == "jpg"
        and size <= MOST_BYTES
    )
