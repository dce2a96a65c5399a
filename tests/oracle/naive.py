"""A naive second opinion on the scenario: plain loops over the list of events, nothing else.

Shares no code with the product or the sandbox and uses no SQL. It reads the records of `events.jsonl` (see
`sandbox/scenario/records.py`) and applies the rules of verdicts, controls and corrections as they are
written, one step after another, so that a mistake in the product or in the answer key shows as a difference.
"""

import copy
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from tests.oracle import (
    artwork,
    audit_trail,
    communities,
    decisions,
    deliveries,
    downloads,
    feedback,
    foreign_changes,
    launch_visuals,
    launches,
    proposals,
    rich_media,
    templates,
    threads,
)

Record = dict[str, Any]
FOR_EVER = 10**12
DAY = 86_400
USE_CONTROLS = {
    "NOT_APPROVED": "ctl_unapproved_asset_uses",
    "EXPIRED": "ctl_expired_asset_uses",
    "NOT_ELIGIBLE": "ctl_ineligible_asset_uses",
    "SUPERSEDED": "ctl_superseded_asset_uses",
}
OUTDATED = "ctl_outdated_community_assets"
UNANSWERED = "ctl_unanswered_corrected_cases"


@dataclass(frozen=True)
class Parameters:
    """The rules' settings: clock uncertainty, lateness, and grace days as (from this instant, days)."""

    uncertainty_seconds: int = 2
    late_after_seconds: int = DAY
    grace_days: tuple[tuple[str, int], ...] = (
        ("0001-01-01T00:00:00+00:00", 14),
        ("2026-03-01T00:00:00+00:00", 7),
    )


@dataclass
class Approval:
    """One grant for the bytes of an asset."""

    etag: str
    approver: str
    granted_at: int
    valid_from: int
    valid_to: int
    segments: list[str]
    jurisdictions: list[str]
    offers: list[str]
    ended_at: int = FOR_EVER

    def says(self) -> tuple[Any, ...]:
        """What a later grant would have to repeat to be no news."""
        declared = (self.valid_from, self.valid_to)
        return (self.approver, *declared, self.segments, self.jurisdictions, self.offers)


@dataclass
class Asset:
    """What the notifications tell of one asset."""

    uploads: list[tuple[int, int, str]] = field(default_factory=list)
    deleted_at: int = FOR_EVER
    approvals: list[Approval] = field(default_factory=list)
    names: list[tuple[int, int, str]] = field(default_factory=list)

    def live_from_to(self) -> list[tuple[int, int, str]]:
        """Live intervals of bytes: from, to, etag."""
        intervals = []
        for number, (at, _, etag) in enumerate(self.uploads):
            following = self.uploads[number + 1][0] if number + 1 < len(self.uploads) else FOR_EVER
            intervals.append((at, min(following, self.deleted_at), etag))
        return intervals

    def delivers(self, etag: str) -> bool:
        """Whether a delivery URL serves these bytes at last: those of the newest upload, and nothing else."""
        newest = max((at for at, _, _ in self.uploads), default=0)
        return self.deleted_at == FOR_EVER and {other for at, _, other in self.uploads if at == newest} == {etag}


@dataclass
class Findings:
    """What the oracle found."""

    verdicts: dict[str, str]
    controls: dict[str, list[str]]
    corrections: dict[str, list[str]]


def seconds(text: str | None, otherwise: int = 0) -> int:
    """Epoch seconds of an ISO text."""
    return otherwise if text is None else int(datetime.fromisoformat(text).timestamp())


def text_of(at: int) -> str:
    """The ISO text of epoch seconds, as the records write it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Oracle:
    """Judges a whole list of records at the end of its last stage."""

    def __init__(self, records: list[Record], parameters: Parameters | None = None) -> None:
        """Read the records once, in the order in which they happened."""
        self.parameters = parameters or Parameters()
        self.records = records
        self.assets: dict[str, Asset] = {}
        self.coverage_from = FOR_EVER
        self.stage_ends: dict[int, int] = {}
        for record in records:
            if record["kind"] == "create_triggers":
                self.coverage_from = seconds(record["occurred_at"])
            if record["kind"] == "stage_end":
                self.stage_ends[record["stage"]] = seconds(record["occurred_at"])
        self.evaluated_at = max(self.stage_ends.values())
        for record in records:
            if record["vendor"] == "cloudinary":
                self._notify(record)

    def _notify(self, record: Record) -> None:
        at = seconds(record["occurred_at"])
        if at < self.coverage_from or "asset_id" not in record:
            return
        asset = self.assets.setdefault(record["asset_id"], Asset())
        if record["kind"] == "upload":
            asset.uploads.append((at, record["version"], record["etag"]))
            if not asset.names:
                asset.names.append((at, FOR_EVER, record["public_id"]))
        elif record["kind"] == "rename":
            if asset.names:
                since, _, name = asset.names.pop()
                asset.names.append((since, at, name))
            asset.names.append((at, FOR_EVER, record["to_public_id"]))
        elif record["kind"] == "delete":
            asset.deleted_at = at
            since, _, name = asset.names.pop()
            asset.names.append((since, at, name))
        elif record["kind"] == "approve":
            self._grant(asset, record, at)
        elif record["kind"] == "revoke":
            for approval in asset.approvals:
                if approval.etag == record["etag"] and approval.ended_at == FOR_EVER:
                    approval.ended_at = at

    def _grant(self, asset: Asset, record: Record, at: int) -> None:
        etag = record["etag"]
        if etag is None and asset.uploads:
            etag = asset.uploads[-1][2]
        granted = Approval(
            etag=etag or "",
            approver=record["actor"],
            granted_at=at,
            valid_from=seconds(record["valid_from"]),
            valid_to=seconds(record["valid_to"], FOR_EVER),
            segments=record["segments"],
            jurisdictions=record["jurisdictions"],
            offers=record["offers"],
        )
        for approval in asset.approvals:
            if approval.etag == etag and approval.ended_at == FOR_EVER:
                if approval.says() == granted.says():
                    return
                approval.ended_at = at
        asset.approvals.append(granted)

    def judge(self) -> Findings:
        """Verdicts of all uses, subjects of all controls, and the corrections to propose."""
        verdicts: dict[str, str] = {}
        for record in self.records:
            if record["kind"] == "compose":
                for use in record["uses"]:
                    verdicts[use["use_id"]] = self._use(record, use)
        controls: dict[str, list[str]] = {}
        for verdict, control in USE_CONTROLS.items():
            controls[control] = sorted(use for use, found in verdicts.items() if found == verdict)
        controls[OUTDATED], republish = self._outdated()
        controls[UNANSWERED] = self._unanswered()
        letters = [record for record in self.records if record["kind"] == "compose"]
        known = decisions.Known(verdicts.__getitem__, self._bytes_used, self._asset_id_named, self._returned)
        controls |= decisions.judge(letters, known)
        controls |= communities.judge(self.records, self._verdict_now)
        now = max(record["occurred_at"] for record in self.records if record["kind"] == "stage_end")
        controls |= artwork.judge(self.records, self._verdict_now, self._size_of, now)
        controls |= launches.judge(self.records, self._verdict_at, now)
        controls |= launch_visuals.judge(self.records, self._assets_of_launches(verdicts), now)
        controls |= rich_media.judge(letters, self._assets_of_targets())
        controls |= audit_trail.judge(self.records, self._assets_of_shares())
        controls |= downloads.judge(self.records, self._verdict_at)
        controls |= feedback.judge(self.records, now)
        controls |= foreign_changes.judge(self.records)
        controls |= threads.judge(self.records, lambda one, at: self._asset_of(one, seconds(at)), self._approved_at)
        controls |= deliveries.judge(letters, self._image_used)
        controls |= templates.judge(self.records, self._assets_of_templates())
        corrections = {
            "republish_approved_version": republish,
            "replacement_link": [case_id for case_id in controls[UNANSWERED] if self._may_link(case_id)],
            **proposals.judge(self.records, controls, self._may_publish, now),
            "review_template_image": templates.propose(self.records, self._assets_of_templates()),
            "advise_transformation": deliveries.advise(letters, self._image_used),
            "advise_thumbnail": rich_media.advise(letters, self._assets_of_targets(), controls),
        }
        return Findings(verdicts, controls, corrections)

    def after_corrections(self, findings: Findings, reviewed_images: Collection[str]) -> dict[str, list[str]]:
        """What each control still holds once all proposed corrections have taken effect.

        A republished community shows the newest approved version, whose verdict is taken anew; a linked
        case is answered; of the images in review those of these names are approved, and templates judged anew.
        """
        remaining = {control: list(subjects) for control, subjects in findings.controls.items()}
        remaining[UNANSWERED] = []
        assets, last = self._assets_of_templates(), max(record["occurred_at"] for record in self.records)
        more = templates.reviewed(self.records, assets, reviewed_images, last)
        remaining |= templates.judge([*self.records, *more], assets)
        for kind, controls in proposals.CURES.items():
            cured = findings.corrections[kind]
            for control in controls:
                remaining[control] = [subject for subject in remaining[control] if subject not in cured]
        for record in self.records:
            if record["kind"] != "publish":
                continue
            if record["publication_id"] in findings.corrections["republish_approved_version"]:
                remaining[OUTDATED].remove(record["publication_id"])
                asset, reader = self.assets[record["asset_id"]], (None, record["region"], None)
                newest = self._newest_approved(asset, reader)
                if newest is None or self._bytes(asset, newest[2], self.evaluated_at, reader) != "PROVEN":
                    remaining[OUTDATED].append(f"replacement of {record['publication_id']}")
        return remaining

    # --- asset uses ---

    def _use(self, communication: Record, use: Record) -> str:
        at = seconds(communication["generated_at"])
        asset = self._asset_of(use, at)
        covered_until = self.evaluated_at - self.parameters.uncertainty_seconds
        if asset is None or not self.coverage_from <= at <= covered_until:
            return "NO_EVIDENCE"
        etags = self._candidates(asset, use, at)
        uploaded = {etag for _, _, etag in asset.uploads}
        if not etags or not etags <= uploaded:
            return "NO_EVIDENCE"
        reader = (communication["segment"], communication["jurisdiction"], communication["offers"])
        verdicts = {self._bytes(asset, etag, at, reader) for etag in etags}
        if len(verdicts) > 1:
            return "AMBIGUOUS"
        verdict = verdicts.pop()
        recorded_at = self.stage_ends[communication["stage"]]
        if verdict == "PROVEN" and recorded_at > at + self.parameters.late_after_seconds:
            return "PROVEN_LATE"
        return verdict

    def _asset_of(self, reference: Record, at: int) -> Asset | None:
        if reference["asset_id"] is not None:
            return self.assets.get(reference["asset_id"])
        for asset in self.assets.values():
            for since, until, name in asset.names:
                if name == reference["public_id"] and since <= at < until:
                    return asset
        return None

    def _candidates(self, asset: Asset, use: Record, at: int) -> set[str]:
        uncertainty = self.parameters.uncertainty_seconds
        etags = set()
        if use["binding"] == "live_url":
            for since, until, etag in asset.live_from_to():
                if since <= at + uncertainty and until > at - uncertainty:
                    etags.add(etag)
        elif use["etag"] is not None:
            etags.add(use["etag"])
        else:
            for _, version, etag in asset.uploads:
                if version == use["version"]:
                    etags.add(etag)
        return etags

    def _bytes(self, asset: Asset, etag: str, at: int, reader: tuple[Any, ...]) -> str:
        own = [approval for approval in asset.approvals if approval.etag == etag]
        surely = [approval for approval in own if self._surely(approval, at)]
        if any(_eligible(approval, reader) for approval in surely):
            return "SUPERSEDED" if self._is_superseded(asset, etag, at, reader) else "PROVEN"
        if surely:
            return "NOT_ELIGIBLE"
        if any(self._possibly(approval, at) for approval in own):
            return "AMBIGUOUS"
        for approval in own:
            if approval.granted_at < at < approval.ended_at and approval.valid_to <= at:
                return "EXPIRED"
        return "NOT_APPROVED"

    def _surely(self, approval: Approval, at: int) -> bool:
        uncertainty = self.parameters.uncertainty_seconds
        measured = approval.granted_at <= at - uncertainty and approval.ended_at > at + uncertainty
        return measured and approval.valid_from <= at < approval.valid_to

    def _possibly(self, approval: Approval, at: int) -> bool:
        uncertainty = self.parameters.uncertainty_seconds
        measured = approval.granted_at <= at + uncertainty and approval.ended_at > at - uncertainty
        return measured and approval.valid_from <= at < approval.valid_to

    def _is_superseded(self, asset: Asset, etag: str, at: int, reader: tuple[Any, ...]) -> bool:
        uncertainty = self.parameters.uncertainty_seconds
        last_upload = self._last_upload(asset, etag, at)
        for uploaded, _, other in asset.uploads:
            if uploaded <= last_upload or uploaded > at - uncertainty or other == etag:
                continue
            for since, measured_to, declared_to in _stretches(asset, other, reader, at + uncertainty):
                in_force = max(since, uploaded)
                stands = measured_to > at + uncertainty and declared_to > at
                if stands and in_force <= at - uncertainty and in_force + self._grace(at) < at:
                    return True
        return False

    def _last_upload(self, asset: Asset, etag: str, at: int) -> int:
        limit = at + self.parameters.uncertainty_seconds
        return max(uploaded for uploaded, _, other in asset.uploads if other == etag and uploaded <= limit)

    def _grace(self, at: int) -> int:
        days = 0
        for since, value in self.parameters.grace_days:
            if seconds(since) <= at:
                days = value
        return days * DAY

    # --- what decisions ask ---

    def _bytes_used(self, communication: Record, use: Record) -> decisions.Bytes:
        """The bytes that a use stands for: what it names itself, or what its link served."""
        at = seconds(communication["generated_at"])
        asset = self._asset_of(use, at)
        asset_id = use["asset_id"] or next((key for key, one in self.assets.items() if one is asset), None)
        if use["binding"] != "live_url":
            return decisions.Bytes(asset_id, use["version"], use["etag"])
        etags = self._candidates(asset, use, at) if asset else set()
        served = [version for _, version, etag in asset.uploads if etag in etags] if asset else []
        return decisions.Bytes(asset_id, max(served, default=None), etags.pop() if len(etags) == 1 else None)

    def _asset_id_named(self, public_id: str, communication: Record) -> str | None:
        asset = self._asset_of({"asset_id": None, "public_id": public_id}, seconds(communication["generated_at"]))
        return next((key for key, one in self.assets.items() if one is asset), None)

    def _returned(self, communication: Record, retrieval: Record, returned: Record) -> str:
        """The verdict of what a retrieval returned, for what it asked: offers were not asked for."""
        asked = {**communication, "offers": None, **retrieval["asked"]}
        return self._use(asked, {"public_id": None, "etag": None, "url": None, "binding": "embedded", **returned})

    def _image_used(self, communication: Record, use: Record) -> tuple[str | None, int | None]:
        """Format and width in pixels of the image behind a use, as it was uploaded."""
        used = self._bytes_used(communication, use)
        for record in self.records:
            if record["kind"] == "upload" and (record["asset_id"], record["version"]) == (used.asset_id, used.version):
                return record["format"], record["width"]
        return None, None

    # --- what templates ask ---

    def _assets_of_templates(self) -> templates.Assets:
        """What templates ask of assets, with the grace days that they have."""
        patient = copy.copy(self)
        patient.parameters = replace(self.parameters, grace_days=templates.GRACE_DAYS)

        def etags_until(asset_id: str, at: str) -> set[str]:
            return {etag for uploaded, _, etag in self.assets[asset_id].uploads if uploaded <= seconds(at)}

        def newest_now(asset_id: str, region: str | None) -> str | None:
            newest = self._newest_approved(self.assets[asset_id], (None, region, None))
            return newest[2] if newest else None

        return templates.Assets(
            of_bytes=lambda etag: [
                key for key, one in self.assets.items() if etag in {other for _, _, other in one.uploads}
            ],
            named=lambda name, at: self._asset_id_named(name, {"generated_at": at}),
            etags_of_version=lambda asset_id, version: {
                etag for _, number, etag in self.assets[asset_id].uploads if number == version
            },
            etags_until=etags_until,
            live_now=lambda asset_id: {
                etag
                for since, until, etag in self.assets[asset_id].live_from_to()
                if since <= self.evaluated_at < until
            },
            verdict_now=lambda asset_id, etag, region: patient._bytes(
                self.assets[asset_id], etag, self.evaluated_at, (None, region, None)
            ),
            newest_now=newest_now,
        )

    # --- communities ---

    def _verdict_now(self, asset_id: str, etag: str, region: str) -> str:
        """The verdict of bytes at the end, for the readers of a region."""
        return self._bytes(self.assets[asset_id], etag, self.evaluated_at, (None, region, None))

    def _may_publish(self, asset_id: str, region: str) -> bool:
        """Whether what an asset delivers is approved for the readers of a region now."""
        asset = self.assets[asset_id]
        newest = self._newest_approved(asset, (None, region, None))
        return newest is not None and asset.delivers(newest[2])

    def _verdict_at(self, asset_id: str, etag: str, region: str, at: str) -> str:
        """The verdict of bytes at an instant, for the readers of a region."""
        return self._bytes(self.assets[asset_id], etag, seconds(at), (None, region, None))

    def _approved_at(self, asset: Asset, region: str, at: str) -> list[int]:
        """Versions that are surely in force at an instant for the readers of a region."""
        return [
            version
            for _, version, etag in asset.uploads
            for approval in asset.approvals
            if approval.etag == etag
            and self._surely(approval, seconds(at))
            and _eligible(approval, (None, region, None))
        ]

    def _assets_of_launches(self, verdicts: dict[str, str]) -> launch_visuals.Assets:
        def live_at(asset_id: str, at: str) -> list[tuple[str, str]]:
            asset, instant, margin = self.assets[asset_id], seconds(at), self.parameters.uncertainty_seconds
            return [
                (etag, text_of(since))
                for since, until, etag in asset.live_from_to()
                if since <= instant + margin and until > instant - margin
            ]

        def last_upload(asset_id: str, etag: str, at: str) -> str | None:
            uploads = [since for since, _, other in self.assets[asset_id].uploads if other == etag]
            return max((text_of(since) for since in uploads if since <= seconds(at)), default=None)

        return launch_visuals.Assets(live_at, self._verdict_for, self._etags_used, last_upload, verdicts.__getitem__)

    def _assets_of_shares(self) -> audit_trail.Assets:
        def has_ended(asset_id: str, etag: str, at: str) -> bool:
            instant = seconds(at)
            own = [one for one in self.assets[asset_id].approvals if one.etag == etag and one.granted_at <= instant]
            return any(one.ended_at <= instant for one in own) and not any(one.ended_at > instant for one in own)

        def approver_at(asset_id: str, etag: str, region: str | None, at: str) -> str | None:
            for one in self.assets[asset_id].approvals:
                if one.etag == etag and self._surely(one, seconds(at)) and _eligible(one, (None, region or "", None)):
                    return one.approver
            return None

        return audit_trail.Assets(self._verdict_for, has_ended, approver_at)

    def _assets_of_targets(self) -> rich_media.Assets:
        def served(letter: Record, target: Record) -> tuple[str, set[str]] | None:
            at = seconds(letter["generated_at"])
            asset = self._asset_of(target, at)
            if asset is None:
                return None
            asset_id = next(key for key, one in self.assets.items() if one is asset)
            return asset_id, self._candidates(asset, {"binding": "live_url"}, at)

        def verdict_for(letter: Record, asset_id: str, etag: str) -> str:
            reader = (letter["segment"], letter["jurisdiction"], letter["offers"])
            return self._bytes(self.assets[asset_id], etag, seconds(letter["generated_at"]), reader)

        def approved_now(letter: Record, target: Record) -> str | None:
            at, reader = self.evaluated_at, (letter["segment"], letter["jurisdiction"], letter["offers"])
            asset = self._asset_of(target, at)
            if asset is None or asset.deleted_at != FOR_EVER:
                return None
            (etag,) = self._candidates(asset, {"binding": "live_url"}, at)
            is_approved = self._bytes(asset, etag, at, reader) in ("PROVEN", "SUPERSEDED")
            return max(asset.names)[2] if is_approved and asset.delivers(etag) else None

        return rich_media.Assets(served, self._etags_used, verdict_for, approved_now)

    def _etags_used(self, letter: Record, use: Record) -> tuple[str | None, set[str]]:
        """The asset and the bytes that a use may stand for."""
        at = seconds(letter["generated_at"])
        asset = self._asset_of(use, at)
        asset_id = next((key for key, one in self.assets.items() if one is asset), None)
        return asset_id, self._candidates(asset, use, at) if asset else set()

    def _verdict_for(self, asset_id: str, etag: str, region: str | None, at: str) -> str:
        """The verdict of bytes at an instant, for the readers of a region; None: of every region."""
        return self._bytes(self.assets[asset_id], etag, seconds(at), (None, region or "", None))

    def _size_of(self, etag: str) -> int:
        """How many bytes a file has, where that is told: all others are small."""
        return max(r["bytes"] or 0 for r in self.records if r["kind"] == "upload" and r["etag"] == etag)

    def _outdated(self) -> tuple[list[str], list[str]]:
        shown: dict[str, Record] = {}
        for record in self.records:
            if record["kind"] == "publish":
                shown[record["publication_id"]] = record
                shown.pop(record["replaces"], None)
            elif record["kind"] == "withdraw":
                shown.pop(record["publication_id"], None)
        outdated, republish = [], []
        for publication_id, record in sorted(shown.items()):
            asset = self.assets[record["asset_id"]]
            reader = (None, record["region"], None)
            verdict = self._bytes(asset, record["etag"], self.evaluated_at, reader)
            if verdict in ("NOT_APPROVED", "EXPIRED", "SUPERSEDED"):
                outdated.append(publication_id)
                newest = self._newest_approved(asset, reader)
                if newest is not None and newest[2] != record["etag"] and asset.delivers(newest[2]):
                    republish.append(publication_id)
        return outdated, republish

    def _newest_approved(self, asset: Asset, reader: tuple[Any, ...]) -> tuple[int, int, str, int] | None:
        """Uploaded at, version, etag and approved since (without a break) of the newest version in force now."""
        newest = None
        for uploaded, version, etag in asset.uploads:
            for approval in asset.approvals:
                in_force = approval.etag == etag and self._surely(approval, self.evaluated_at)
                if in_force and _eligible(approval, reader):
                    since = _stretches(asset, etag, reader, self.evaluated_at)[-1][0]
                    newest = (uploaded, version, etag, since)
        return newest

    def _unanswered(self) -> list[str]:
        closed = {record["case_id"] for record in self.records if record["kind"] == "close_case"}
        regions = {
            record["community_id"]: record["region"]
            for record in self.records
            if record["kind"] == "register_community"
        }
        unanswered = []
        for record in self.records:
            if record["kind"] != "open_case" or record["case_id"] in closed:
                continue
            opened = seconds(record["occurred_at"])
            asset = self._asset_of(record["reference"], opened)
            region = regions.get(record["community_id"])
            newest = self._newest_approved(asset, (None, region, None)) if asset else None
            if newest is None or asset is None:
                continue
            _, version, _, approved = newest
            is_corrected = version > record["reference"]["version"] and approved > opened
            if is_corrected and not self._is_answered(record["case_id"], asset, version, approved):
                unanswered.append(record["case_id"])
        return sorted(unanswered)

    def _may_link(self, case_id: str) -> bool:
        """Whether a link sent now would show the corrected bytes."""
        (record,) = (r for r in self.records if r["kind"] == "open_case" and r["case_id"] == case_id)
        asset = self._asset_of(record["reference"], seconds(record["occurred_at"]))
        newest = self._newest_approved(asset, (None, None, None)) if asset else None
        return asset is not None and newest is not None and asset.delivers(newest[2])

    def _is_answered(self, case_id: str, asset: Asset, version: int, approved: int) -> bool:
        for record in self.records:
            if record["kind"] != "post_message" or record["case_id"] != case_id or not record["link"]:
                continue
            posted = seconds(record["occurred_at"])
            if record["author_role"] == "team" and posted > approved:
                linked = self._asset_of(record["link"], posted)
                number = record["link"]["version"] or 0
                if linked is asset and number >= version and _is_approved(asset, number, posted):
                    return True
        return False


def _is_approved(asset: Asset, version: int, at: int) -> bool:
    """Whether some bytes of that version were approved and in force at an instant."""
    etags = {etag for uploaded, number, etag in asset.uploads if number == version and uploaded <= at}
    return any(
        approval.etag in etags
        and approval.granted_at <= at < approval.ended_at
        and approval.valid_from <= at < approval.valid_to
        for approval in asset.approvals
    )


def _stretches(asset: Asset, etag: str, reader: tuple[Any, ...], until: int) -> list[tuple[int, int, int]]:
    """Unbroken stretches in force for the reader: since, end by an event, declared end (both of the last approval).

    Bytes that are approved anew without a break stay in force, so their grace does not begin again.
    """
    stretches: list[tuple[int, int, int]] = []
    for approval in asset.approvals:
        since = max(approval.granted_at, approval.valid_from)
        is_in_force = since < min(approval.ended_at, approval.valid_to)
        if approval.etag != etag or approval.granted_at > until or not is_in_force or not _eligible(approval, reader):
            continue
        if stretches and since <= min(stretches[-1][1:]):
            since = stretches.pop()[0]
        stretches.append((since, approval.ended_at, approval.valid_to))
    return stretches


def _eligible(approval: Approval, reader: tuple[Any, ...]) -> bool:
    """Whether the reader (segment, jurisdiction, offers; None: does not matter) is among the approved."""
    segment, jurisdiction, offers = reader
    if segment is not None and approval.segments and segment not in approval.segments:
        return False
    if jurisdiction is not None and approval.jurisdictions and jurisdiction not in approval.jurisdictions:
        return False
    return offers is None or not approval.offers or any(offer in approval.offers for offer in offers)
