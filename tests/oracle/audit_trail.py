"""A naive second opinion on what was shared with partners: plain loops over what was shown, sent, received and said.

Shares no code with the product or the sandbox and uses no SQL. What an approval says at an instant it asks the
oracle of verdicts (`naive.py`).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Record = dict[str, Any]
SOUND_CLOCKS = timedelta(seconds=2)
BEFORE_APPROVAL = "ctl_shares_before_approval"
AFTER_END = "ctl_shares_after_approval_ended"
NEVER_SHARED = "ctl_receipts_of_what_was_never_shared"
SELF_APPROVED = "ctl_shares_approved_by_their_uploader"
AUDIT_CONTROLS = (BEFORE_APPROVAL, AFTER_END, NEVER_SHARED, SELF_APPROVED)


@dataclass(frozen=True)
class Assets:
    """What the oracle of verdicts tells of assets."""

    #: Verdict of bytes for the readers of a region (None: of none), at an instant.
    verdict_at: Callable[[str, str, str | None, str], str]
    #: Whether an approval of bytes had begun and been ended by somebody at an instant, with none to come.
    has_ended: Callable[[str, str, str], bool]
    #: Who approved the bytes that were in force for the readers of a region, at an instant.
    approver_at: Callable[[str, str, str | None, str], str | None]


@dataclass(frozen=True)
class Share:
    """One asset version that was shown in a community or sent to a partner."""

    share_id: str
    community: str | None
    partner: str | None
    asset_id: str
    version: int
    etag: str
    at: str


def judge(records: list[Record], assets: Assets) -> dict[str, list[str]]:
    """Subjects of the controls of the audit trail."""
    homes = {one["community_id"]: one["region"] for one in records if one["kind"] == "register_community"}
    uploaders = {
        (one["asset_id"], one["version"], one["etag"]): one["actor"] for one in records if one["kind"] == "upload"
    }
    shares = list(_shares(records))
    found: dict[str, list[str]] = {control: [] for control in AUDIT_CONTROLS}
    for share in shares:
        region = homes.get(share.community) if share.community else None
        verdict = assets.verdict_at(share.asset_id, share.etag, region, share.at)
        has_ended = assets.has_ended(share.asset_id, share.etag, share.at)
        if verdict == "EXPIRED" or (verdict == "NOT_APPROVED" and has_ended):
            found[AFTER_END].append(share.share_id)
        elif verdict == "NOT_APPROVED":
            found[BEFORE_APPROVAL].append(share.share_id)
        uploader = uploaders.get((share.asset_id, share.version, share.etag))
        approver = assets.approver_at(share.asset_id, share.etag, region, share.at)
        if approver is not None and _is_same(approver, uploader):
            found[SELF_APPROVED].append(share.share_id)
    found[NEVER_SHARED] = list(_never_shared(records, {share.share_id: share for share in shares}))
    return {control: sorted(subjects) for control, subjects in found.items()}


def _is_same(approver: str, uploader: str | None) -> bool:
    return approver == uploader


def _shares(records: list[Record]) -> Iterator[Share]:
    for one in records:
        if one["kind"] == "publish":
            asset = (one["asset_id"], one["version"], one["etag"])
            yield Share(one["publication_id"], one["community_id"], None, *asset, one["occurred_at"])
        elif one["kind"] == "create_object" and one["objects"] == "distributions":
            said, asset = one["fields"], one["asset"]
            yield Share(
                said["distributionId"],
                said.get("communityId"),
                said["partnerId"],
                asset["asset_id"],
                asset["version"],
                asset["etag"],
                one["occurred_at"],
            )


def _never_shared(records: list[Record], shares: dict[str, Share]) -> Iterator[str]:
    members: set[tuple[str, str]] = set()
    for one in records:
        if one["kind"] == "join_community":
            members.add((one["community_id"], one["partner_id"]))
        elif one["kind"] == "change_object" and one["objects"] == "members":
            community, _, partner = one["object_id"].partition(":")
            if one["fields"]["status"] == "Inactive":
                members.discard((community, partner))
        elif one["kind"] in ("access", "acknowledge"):
            share = shares[one["publication_id"]]
            if (share.community, one["partner_id"]) not in members:
                yield one["access_id"] if one["kind"] == "access" else one["acknowledgement_id"]
        elif one["kind"] == "drop_acknowledgement":
            if _is_never_shared(one, shares[one["publication_id"]], members):
                yield one["acknowledgement_id"]
        elif one["kind"] == "create_object" and one["objects"] == "acknowledgements":
            said = one["fields"]
            share_id = said.get("distributionId") or said.get("publicationId")
            if share_id is None:
                continue
            share = shares[share_id]
            is_shared = (
                share.partner == said["partnerId"] if share.partner else (share.community, said["partnerId"]) in members
            )
            if not is_shared:
                yield said["acknowledgementId"]


def _is_never_shared(one: Record, share: Share, members: set[tuple[str, str]]) -> bool:
    """Of what a file tells by a clock on a wall: before it was shared, or by nobody of the community.

    Of a time that such a clock showed twice, or never, nothing is said.
    """
    instants = _readings(one["written"], one["zone"])
    if len(instants) != 1:
        return False
    is_early = instants.pop() < datetime.fromisoformat(share.at) - SOUND_CLOCKS
    return is_early or (share.community, one["partner_id"]) not in members


def _readings(written: str, zone: str) -> set[datetime]:
    """The instants at which clocks in a zone showed a time: one, two where they were put back, none where forward.

    Tried by offset, from twelve hours behind UTC to fourteen ahead, by quarters of an hour.
    """
    local = datetime.fromisoformat(written)
    tried = [(local - timedelta(minutes=15 * quarter)).replace(tzinfo=UTC) for quarter in range(-48, 57)]
    return {at for at in tried if at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == local}
