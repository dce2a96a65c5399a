"""A naive second opinion on the scenario: plain loops over the list of events, nothing else.

Shares no code with the product or the sandbox and uses no SQL. It reads the records of `events.jsonl` (see
`sandbox/scenario/records.py`) and applies the rules of verdicts, controls and corrections as they are
written, one step after another, so that a mistake in the product or in the answer key shows as a difference.
"""

import copy
from collections.abc import Collection
from dataclasses import dataclass

from tests.oracle import (
    artwork,
    audit_trail,
    communities,
    decisions,
    deliveries,
    downloads,
    exposures,
    feedback,
    foreign_changes,
    launch_visuals,
    launches,
    proposals,
    publications,
    readiness,
    rich_media,
    searches,
    templates,
    threads,
)
from tests.oracle.histories import Asset, Record, is_approved, seconds
from tests.oracle.questions import Questions

USE_CONTROLS = {
    "NOT_APPROVED": "ctl_unapproved_asset_uses",
    "EXPIRED": "ctl_expired_asset_uses",
    "NOT_ELIGIBLE": "ctl_ineligible_asset_uses",
    "SUPERSEDED": "ctl_superseded_asset_uses",
}
OUTDATED = "ctl_outdated_community_assets"
UNANSWERED = "ctl_unanswered_corrected_cases"


@dataclass
class Findings:
    """What the oracle found."""

    verdicts: dict[str, str]
    controls: dict[str, list[str]]
    corrections: dict[str, list[str]]
    exposures: dict[str, exposures.Exposure]
    output_links: dict[str, str]
    publications: publications.Publications
    searches: searches.Searches
    readiness: readiness.Readiness


class Oracle(Questions):
    """Judges a whole list of records at the end of its last stage."""

    def judge(self) -> Findings:
        """Verdicts of all uses, subjects of all controls, and the corrections to propose."""
        verdicts: dict[str, str] = {}
        for record in self.records:
            if record["kind"] == "compose":
                for use in record["uses"]:
                    verdicts[use["use_id"]] = self._use(record, use)
        letters = [record for record in self.records if record["kind"] == "compose"]
        shown = {image["use_id"]: self._use(letter, image) for letter in letters for image in letter["template_images"]}
        controls: dict[str, list[str]] = {}
        for verdict, control in USE_CONTROLS.items():
            controls[control] = sorted(use for use, found in {**verdicts, **shown}.items() if found == verdict)
        controls[OUTDATED], republish = self._outdated()
        controls[UNANSWERED] = self._unanswered()
        known = decisions.Known(verdicts.__getitem__, self._bytes_used, self._asset_id_named, self._returned)
        controls |= decisions.judge(letters, known)
        controls |= communities.judge(self.records, self._verdict_now)
        now = max(record["occurred_at"] for record in self.records if record["kind"] == "stage_end")
        controls |= artwork.judge(self.records, self._verdict_now, self._size_of, now)
        ready = readiness.judge(self.records, launches.objects_of(self.records), self._verdict_of_publication, now)
        controls |= launches.judge(self.records, ready.required_assets, now)
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
        known = exposures.Known(
            self.assets,
            verdicts,
            self._bytes,
            self.evaluated_at,
            self.parameters.uncertainty_seconds,
            lambda at: self.parameters.off("exstream", at),
        )
        return Findings(
            verdicts,
            controls,
            corrections,
            exposures.judge(letters, known),
            shown,
            self._publications(),
            searches.judge(self.records),
            ready,
        )

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

    def publications_after(self, findings: Findings, minutes: int) -> dict[str, str]:
        """Verdicts of what is still shown so many minutes after the end, once corrections have taken effect."""
        later = copy.copy(self)
        later.evaluated_at += 60 * minutes
        improved = findings.corrections["improve_rendition"]
        said = feedback.feedback_of(self.records)
        replaced = {said[name].get("answerPublicationId", said[name]["publicationId"]) for name in improved}
        return publications.after_corrections(later._publications(), findings.corrections, replaced)

    def _outdated(self) -> tuple[list[str], list[str]]:
        shown: dict[str, Record] = {}
        for record in self.records:
            if record["kind"] == "publish":
                shown[record["publication_id"]] = record
                shown.pop(record["replaces"], None)
            elif record["kind"] in ("withdraw", "delete_publication"):
                shown.pop(record["publication_id"], None)
        outdated, republish = [], []
        for publication_id, record in sorted(shown.items()):
            verdict = self._verdict_now(record["asset_id"], record["etag"], record["region"])
            if verdict in ("NOT_APPROVED", "EXPIRED", "SUPERSEDED"):
                outdated.append(publication_id)
                asset, reader = self.assets[record["asset_id"]], (None, record["region"], None)
                newest = self._newest_approved(asset, reader)
                if newest is not None and newest[2] != record["etag"] and asset.delivers(newest[2]):
                    republish.append(publication_id)
        return outdated, republish

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
                if linked is asset and number >= version and is_approved(asset, number, posted):
                    return True
        return False
