"""T7's proposals: feedback of partners measured, and a better rendition proposed where one was found.

Here belongs which feedback is measured, against which asset, and the difference that is proposed: the very rendition
that was measured. Nothing is proposed by rule; where no candidate is better, the reason is kept and shown
(`measurements`). How renditions are measured and judged is `renditions`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final, cast

from sqlalchemy import select

from assettrail.clock import Clock
from assettrail.errors import ConfigurationError, PermanentSourceError
from assettrail.settings import Settings
from corrections.approval import approve_by_policy
from corrections.difference import Difference, Rendition, Version
from corrections.effects.rendition_improvement import NARROWEST_PX
from corrections.people.names import PROPOSER
from corrections.people.register import Person
from corrections.propose import Proposal, bring_in
from corrections.renditions.candidates import CATEGORIES, Category
from corrections.renditions.chain import Chain
from corrections.renditions.improvement import Improvement
from corrections.renditions.judging import Tried
from corrections.renditions.measured import Measured, Region
from corrections.renditions.measurements import Measurement, Outcome, keep_measurement, keep_trial
from corrections.renditions.open_feedback import OpenFeedback, read_open_feedback
from corrections.renditions.trial import Complaint, Trial, try_renditions
from corrections.store.database import open_store
from corrections.store.decision_log import log_decisions
from corrections.store.outbox import move
from corrections.store.records import CorrectionRecord
from corrections.store.states import State
from corrections.vendors.cloudinary_asset import CloudinaryAsset, read_asset
from corrections.vendors.opened import Vendors, open_vendors
from ingest.cloudinary.delivery_url import parse_delivery_url

_OPEN: frozenset[State] = frozenset({"proposed", "approved"})
_KIND: Final = "improve_rendition"


def measure_feedback(
    settings: Settings,
    clock: Clock,
    database: Path,
    snapshot_name: str,
    *,
    feedback_ids: Collection[str] | None = None,
    regions: Mapping[str, Region] | None = None,
    by: Person | None = None,
) -> list[Measurement]:
    """Measure the feedback that a standing exception is about, or that with these ids, and propose what is better.

    `regions` are regions of interest that the person declares, by feedback id; Cloudinary is told of them with the
    correction. Proposed in the name of the person `by`, else of the house, where the kind's policy may approve it.
    Raises ConfigurationError for feedback that the snapshot does not have open, TransientSourceError when Cloudinary
    does not answer; what was proposed until then stays.
    """
    every = {one.feedback_id: one for one in read_open_feedback(database)}
    standing = [one.feedback_id for one in every.values() if one.exception_key is not None]
    wanted = standing if feedback_ids is None else list(feedback_ids)
    if missing := [feedback_id for feedback_id in wanted if feedback_id not in every]:
        raise ConfigurationError(
            tried=f"to measure the feedback {', '.join(missing)}",
            found=f"no such open feedback in the snapshot {snapshot_name}",
            expected="the id of feedback that waits for an answer",
            remedy="`assettrail corrections measure` without an id measures all that is overdue; nothing was measured",
        )
    _withdraw(settings, clock, snapshot_name, set(every))
    made: list[Measurement] = []
    with open_vendors(settings, clock) as vendors:
        for feedback_id in wanted:
            region = (regions or {}).get(feedback_id)
            measurement = _measured(vendors, every[feedback_id], snapshot_name, region, by)
            keep_measurement(settings, measurement)
            made.append(measurement)
    return made


def _measured(
    vendors: Vendors, feedback: OpenFeedback, snapshot_name: str, region: Region | None, by: Person | None
) -> Measurement:
    """Measure one piece of feedback and bring what came of it into the outbox."""
    now, settings = vendors.clock.now(), vendors.settings
    trial_sha256 = None
    found = _complaint(vendors, feedback, region)
    if not isinstance(found, str):
        complaint, asset = found
        try:
            trial = try_renditions(vendors.cloudinary, complaint)
        except PermanentSourceError as error:
            found = f"it cannot be measured: {error.found}"
        else:
            trial_sha256 = keep_trial(settings, complaint, trial)
            if trial.chosen is None:
                found = why_none(trial)
            else:
                difference = _difference(feedback, complaint, asset, trial, trial.chosen, trial_sha256)
                outcome, reason = _bring_in(vendors, feedback, difference, snapshot_name, now, by)
                return Measurement(feedback.feedback_id, now, snapshot_name, outcome, reason, trial_sha256)
    _withdraw_one(settings, correction_key(feedback.feedback_id), str(found), now)
    return Measurement(feedback.feedback_id, now, snapshot_name, "not proposed", str(found), trial_sha256)


def correction_key(feedback_id: str) -> str:
    """The key of the correction that answers a piece of feedback."""
    return hashlib.sha256(f"{_KIND}/{feedback_id}".encode()).hexdigest()


def _complaint(
    vendors: Vendors, feedback: OpenFeedback, region: Region | None
) -> tuple[Complaint, CloudinaryAsset] | str:
    """What is to be measured, or why nothing can be."""
    if (why := _why_not(feedback)) is not None:
        return why
    settings = vendors.cloudinary
    address = parse_delivery_url(feedback.url or "", settings.delivery_hosts, settings.cloud_name)
    if address.state != "parsed" or address.type != "upload" or address.signature is not None:
        return f"its address is {address.state}, signed or not openly delivered: {feedback.url}"
    asset = read_asset(vendors.library, feedback.asset_id or "")
    if asset is None or asset.is_placeholder or not asset.is_delivered_openly:
        return "Cloudinary does not deliver the asset openly (any more)"
    if (asset.version, asset.etag) != (feedback.version, feedback.etag):
        return (
            f"Cloudinary serves version {asset.version} with etag {asset.etag}, the publication says "
            f"{feedback.version} with {feedback.etag}: republish the approved version first"
        )
    interest = region or (asset.coordinates[0] if asset.coordinates else None)
    if feedback.category == "incorrect_cropping" and interest is None:
        return "no region of interest is declared: set custom coordinates in Cloudinary, or give it with --region"
    complaint = Complaint(
        category=cast("Category", feedback.category),
        public_id=asset.public_id,
        resource_type=asset.resource_type,
        version=asset.version or 0,
        etag=asset.etag or "",
        original_format=asset.facts.format_code,
        format_code=address.format,
        delivered=Chain.from_text(address.transformation),
        shown_width=vendors.settings.corrections.device_widths_px.get((feedback.device or "").lower()),
        interest=interest if asset.resource_type == "image" else None,
        is_declared=bool(asset.coordinates) and interest == asset.coordinates[0],
    )
    return complaint, asset


def _why_not(feedback: OpenFeedback) -> str | None:
    """Why feedback is not measured, as the snapshot has it."""
    if feedback.category not in CATEGORIES:
        return f"nothing is measured for the category {feedback.category}"
    if feedback.publication_id is None or feedback.asset_id is None or feedback.url is None:
        return "it names no publication with an asset and an address"
    if not feedback.is_live:
        return f"the publication {feedback.publication_id} is withdrawn"
    if not feedback.is_approved:
        return f"what {feedback.publication_id} shows is {feedback.verdict_now} now: mend that first"
    return None


def why_none(trial: Trial) -> str:
    """Say in words why no candidate was chosen: the nearest of them, and what speaks against it."""
    if not trial.tried:
        return f"there is nothing to try: its address neither sizes nor cuts ({trial.before})"
    fewest = min(trial.tried, key=lambda one: (len(one.refusals), one.measured.size_bytes))
    return (
        f"none of {len(trial.tried)} candidates is better than {trial.before}; the nearest is "
        f"{fewest.candidate.chain.to_text()} ({fewest.measured}): {'; '.join(fewest.refusals)}"
    )


def _difference(
    feedback: OpenFeedback,
    complaint: Complaint,
    asset: CloudinaryAsset,
    trial: Trial,
    chosen: Tried,
    trial_sha256: str,
) -> Difference:
    version = Version(feedback.version, feedback.etag)
    is_new_region = complaint.category == "incorrect_cropping" and not complaint.is_declared
    width = chosen.measured.width_px or 0
    has_breakpoints = complaint.category == "poor_mobile_rendering" and complaint.resource_type == "image"
    return Difference(
        correction_key=correction_key(feedback.feedback_id),
        kind=_KIND,
        community_id=feedback.community_id,
        case_id=None,
        publication_id=feedback.publication_id,
        asset_id=asset.asset_id,
        public_id=asset.public_id,
        resource_type=asset.resource_type,
        expected=version,
        desired=version,
        format_code=complaint.format_code,
        target_id=feedback.feedback_id,
        rendition=Rendition(
            feedback.rendition_name,
            feedback.region,
            feedback.language,
            feedback.publication_device,
            chosen.candidate.chain.to_text(),
        ),
        text=answer_text(complaint.category, trial.before, chosen.measured),
        improvement=Improvement(
            delivered=complaint.delivered.to_text(),
            status=feedback.status or "",
            answered_by=feedback.answered_by,
            before=trial.before,
            after=chosen.measured,
            custom_coordinates=complaint.interest if is_new_region else None,
            widest_px=width if has_breakpoints and width > NARROWEST_PX else None,
            trial_sha256=trial_sha256,
        ),
    )


def answer_text(category: Category, before: Measured, after: Measured) -> str:
    """What the partner reads."""
    told = {
        "slow_loading": f"It has {after.size_bytes} bytes now, before it had {before.size_bytes}.",
        "incorrect_cropping": f"It shows {after.coverage or 0:.0%} of what matters in the picture now, "
        f"before it showed {before.coverage or 0:.0%}.",
        "poor_mobile_rendering": f"It is {after.width_px} pixels wide now, before it was {before.width_px}, and has "
        f"{after.size_bytes} bytes.",
    }[category]
    return (
        "Hello,\n\nthank you for telling us. We have published the picture anew in a better rendition. "
        f"{told}\n\nKind regards\nYour asset team"
    )


def _bring_in(
    vendors: Vendors,
    feedback: OpenFeedback,
    difference: Difference,
    snapshot_name: str,
    now: datetime,
    by: Person | None,
) -> tuple[Outcome, str]:
    """Propose it; return what became of it, and the reason in words."""
    improvement = difference.improvement
    assert improvement is not None  # noqa: S101 - made by `_difference`
    rendition = difference.rendition or Rendition()
    reason = (
        f"{feedback.category} of {feedback.publication_id}: {improvement.delivered or 'the original'} "
        f"({improvement.before}) becomes {rendition.transformation} ({improvement.after})"
    )
    key = difference.correction_key
    proposal = Proposal(feedback.exception_key or feedback.feedback_id, feedback.feedback_id, reason, difference)
    with open_store(vendors.settings) as store, store.begin() as session:
        known = session.get(CorrectionRecord, key)
        proposed_by = PROPOSER if by is None else by.name
        outcome = bring_in(session, known, proposal, snapshot_name, now, proposed_by)
        if by is None and (leaf := approve_by_policy(session, vendors.settings, key, now)) is not None:
            log_decisions(vendors.settings, [leaf])
    return outcome, reason


def _withdraw(settings: Settings, clock: Clock, snapshot_name: str, waiting: Collection[str]) -> None:
    """Withdraw what was proposed for feedback that waits no more."""
    with open_store(settings) as store, store.begin() as session:
        query = select(CorrectionRecord).where(CorrectionRecord.kind == _KIND, CorrectionRecord.state.in_(_OPEN))
        for record in session.scalars(query).all():
            if record.subject_id not in waiting:
                why = f"in the snapshot {snapshot_name} the feedback waits no more"
                move(session, record.correction_key, _OPEN, "withdrawn", at=clock.now(), who=PROPOSER, why=why)


def _withdraw_one(settings: Settings, key: str, why: str, now: datetime) -> None:
    with open_store(settings) as store, store.begin() as session:
        if session.get(CorrectionRecord, key) is not None:
            move(session, key, _OPEN, "withdrawn", at=now, who=PROPOSER, why=f"measured again: {why}")
