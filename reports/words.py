"""The words of verdicts, controls, bindings, grades and streams, for people.

Here belongs every sentence that explains a closed list. The lists themselves (and which value a use gets) are decided
in the warehouse; a value that is not known here is shown as it stands, with its underscores as spaces.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reports.correction_words import CORRECTION_PHRASES
from reports.partner_words import PARTNER_CONTROLS, PARTNER_PHRASES
from reports.sharing_words import SHARING_CONTROLS, SHARING_PHRASES


@dataclass(frozen=True)
class VerdictWords:
    """How a verdict is shown: its code, its rank (1 is the worst), its short name, its tone and its explanation."""

    code: str
    rank: int
    name: str
    tone: str
    meaning: str


VERDICTS: tuple[VerdictWords, ...] = (
    VerdictWords(
        "NOT_APPROVED",
        1,
        "Not approved",
        "bad",
        "The records are complete, and no approval of exactly these bytes was in force: it was never given, had been "
        "revoked, came later, or its declared validity had not begun.",
    ),
    VerdictWords(
        "EXPIRED",
        2,
        "Expired",
        "bad",
        "These bytes had been approved, but the approval's own end date had passed.",
    ),
    VerdictWords(
        "NOT_ELIGIBLE",
        3,
        "Not eligible",
        "bad",
        "Approved and in force, but not for this customer's segment, jurisdiction or offer.",
    ),
    VerdictWords(
        "SUPERSEDED",
        4,
        "Superseded",
        "warn",
        "Approved, but a newer approved version had been in force for longer than the grace days that applied.",
    ),
    VerdictWords(
        "AMBIGUOUS",
        5,
        "Ambiguous",
        "open",
        "Cannot be told: within the uncertainty of the clocks, more than one version could have been shown, the "
        "approval or its validity cannot be read without doubt, records contradict each other, or a further layer of "
        "the image was not judged.",
    ),
    VerdictWords(
        "NO_EVIDENCE",
        6,
        "No evidence",
        "open",
        "The records that a verdict needs do not cover that moment. This is neither good nor bad: it is not known.",
    ),
    VerdictWords(
        "PROVEN_LATE",
        7,
        "Proven, late",
        "good",
        "Approved and in order, but a record that proves it entered the log later than the time allowed.",
    ),
    VerdictWords(
        "PROVEN",
        8,
        "Proven",
        "good",
        "Approved, in force, eligible and current at that moment, and every record was in the log in time.",
    ),
)
_BY_CODE: Mapping[str, VerdictWords] = {words.code: words for words in VERDICTS}


def verdict_words(code: str | None) -> VerdictWords:
    """Return the words of a verdict; one that is absent or not known is open, never good."""
    if code is None:
        return VerdictWords("", 0, "No verdict", "open", "The warehouse gives no verdict here.")
    return _BY_CODE.get(code, VerdictWords(code, 0, plain(code), "open", "A verdict that this page does not know."))


@dataclass(frozen=True)
class ControlWords:
    """A control for people: its title, the rule, why it matters, and what to do about an exception."""

    name: str
    title: str
    rule: str
    why: str
    remedy: str


CONTROLS: tuple[ControlWords, ...] = (
    ControlWords(
        "ctl_unapproved_asset_uses",
        "Unapproved asset used",
        "Every asset in a communication is approved, byte for byte, at the moment of composition.",
        "A customer received material that nobody signed off, or whose sign-off had been withdrawn.",
        "Open the dossier, confirm the version, and decide whether the communication must be corrected or withdrawn.",
    ),
    ControlWords(
        "ctl_expired_asset_uses",
        "Expired asset used",
        "No asset is used at or after the end of its approval.",
        "Rates, disclosures and campaign terms are approved up to a date; after it they may mislead.",
        "Have the approval renewed, or the template moved to the version that is approved now.",
    ),
    ControlWords(
        "ctl_ineligible_asset_uses",
        "Asset used outside its eligibility",
        "An asset reaches only the segments, jurisdictions and offers that it is approved for.",
        "The wrong wording in the wrong jurisdiction is a regulatory finding even when the image itself is approved.",
        "Check the selection rule that put the asset into this communication.",
    ),
    ControlWords(
        "ctl_superseded_asset_uses",
        "Superseded asset used",
        "A newer approved version replaces the old one within the grace days of the channel.",
        "The customer saw material that had already been replaced.",
        "Find what still refers to the old version, usually a template, and have it moved to the current one.",
    ),
    ControlWords(
        "ctl_outdated_community_assets",
        "Community shows an outdated asset",
        "What a partner community shows is approved and current.",
        "Partners copy what they find there into their own material.",
        "Approve the proposed correction: it publishes the newest approved version in its place.",
    ),
    ControlWords(
        "ctl_unanswered_corrected_cases",
        "Corrected case not answered",
        "A partner whose case led to a corrected asset gets the corrected version's link in the thread.",
        "The asset was put right, but the partner still works with the wrong one.",
        "Approve the proposed correction: it posts the corrected version's link to the case.",
    ),
    ControlWords(
        "ctl_unfitting_renditions",
        "Rendition does not fit the request",
        "A returned rendition has a format, width and size that the channel takes for the customer's preference.",
        "What does not fit is scaled, cut off or not shown where the customer reads it.",
        "Correct the transformation behind the request, or the policy where it no longer says what the channel takes.",
    ),
    ControlWords(
        "ctl_unanswered_rendition_requests",
        "Rendition request not answered",
        "Every request for a rendition is answered; that nothing fits is an answer, too.",
        "Without an answer the letter shows whatever its template falls back to.",
        "Look at Cloudinary's availability at that time, and open the dossier for what was shown instead.",
    ),
    ControlWords(
        "ctl_unused_renditions",
        "Returned rendition not used",
        "The rendition that was returned is the one that the letter carries.",
        "The fitting rendition was there, and the customer got another one.",
        "Correct the template that puts its own address in the place of the returned one.",
    ),
    ControlWords(
        "ctl_selections_outside_campaign",
        "Selection outside campaign, region or approval",
        "A rule selects an approved asset, while the campaign runs where the customer lives.",
        "An offer shown before its start, after its end or in another region cannot be honoured there.",
        "Correct the rule or the campaign's calendar, and decide on what was sent.",
    ),
    ControlWords(
        "ctl_uses_without_selection",
        "Campaign image without a selection",
        "Where the policy wants it, a campaign image was chosen by a selection of the same rendering.",
        "Nobody decided to show this image to this customer.",
        "Let the template take the image from the selection, and decide on what was sent.",
    ),
    ControlWords(
        "ctl_retrievals_of_unapproved_assets",
        "Retrieved asset not approved for what was asked",
        "What a retrieval returns is approved and in force for the segment and jurisdiction that were asked for.",
        "An asset that is returned wrongly goes into every letter that asks alike.",
        "Correct the query or the metadata that answered it, and look at the other letters of that run.",
    ),
    ControlWords(
        "ctl_uses_without_retrieval",
        "Stored asset that no retrieval returned",
        "Where the policy wants it, the stored bytes are bytes that a retrieval of the same communication returned.",
        "The retrieval is the proof that only approved assets were offered.",
        "Find where the template got the image, and decide on what was sent.",
    ),
    ControlWords(
        "ctl_retrieved_assets_not_stored",
        "Retrieved asset not stored",
        "Every asset that a retrieval returned stands in its communication, in whichever channel.",
        "What was returned and not kept cannot be shown later.",
        "Narrow the query to what the template shows, or store the reference.",
    ),
    ControlWords(
        "ctl_communications_without_references",
        "Communication without a stored reference",
        "Where the policy wants it, a communication stores a reference to an asset with its version or bytes.",
        "An address pins no bytes: nobody can say later what the customer was shown.",
        "Let the template embed by asset id and version, and decide on what was sent.",
    ),
    *(ControlWords(*words) for words in PARTNER_CONTROLS),
    *(ControlWords(*words) for words in SHARING_CONTROLS),
    ControlWords(
        "ctl_templates_behind_approved_versions",
        "Template behind the approved version",
        "What a template shows is the newest version approved for its region, or an older one within the grace days.",
        "Every letter of the template goes out with the old brand until somebody changes the template.",
        "Put the new version's bytes on the image in Exstream, and let it be reviewed and approved there.",
    ),
    ControlWords(
        "ctl_uses_breaking_channel_policy",
        "Delivery breaks its channel's policy",
        "What a channel delivers has a format, width, quality and print resolution that its policy of the day allows.",
        "A heavy image costs the reader time, a foreign format is not shown, a coarse print is paid for twice.",
        "Let the template ask for the transformation that the policy wants, or correct the policy.",
    ),
)
_CONTROLS: Mapping[str, ControlWords] = {words.name: words for words in CONTROLS}


def control_words(name: str) -> ControlWords:
    """Return the words of a control; a control that is new to this page is shown by its name."""
    title = plain(name.removeprefix("ctl_"))
    return _CONTROLS.get(name, ControlWords(name, title, "See the control's page in the dbt documentation.", "", ""))


_PHRASES: Mapping[str, str] = {
    "embedded": "embedded: these bytes are in the output for ever",
    "live_url": "live link: the newest bytes are served whenever it is opened",
    "exact": "exact: recorded for this very communication",
    "run_set": "run set: the run's resources, not this customer's",
    "design_time": "design time: the template could use it",
    "declared": "declared: a partner, or whoever wrote it down, says so",
    "confirmed": "confirmed by the vendor's own record",
    "derived": "derived from the order of events",
    "unknown": "unknown",
    "asset_use": "communication",
    "output_link": "image in a letter's output that its report does not name",
    "publication": "community publication",
    "case": "partner case",
    "revoked": "revoked",
    "replaced": "replaced by a new approval of the same bytes",
    "open": "still open",
    "never_approved": "nobody ever approved these bytes",
    "approved_later": "these bytes were approved only afterwards",
    "approval_ended": "the approval of these bytes had been revoked or replaced",
    "not_yet_valid": "the approval's declared validity had not begun",
    "validity_ended": "the approval's declared validity had ended",
    "segment_not_allowed": "approved, but not for this customer segment",
    "jurisdiction_not_allowed": "approved, but not for this jurisdiction",
    "offer_not_allowed": "approved, but not for any offer of this communication",
    "newer_version_in_force": "a newer approved version had been in force for longer than the grace days",
    "within_clock_uncertainty": "the approval began or ended within the uncertainty of the clocks",
    "approval_uncertain": "the approval names no bytes and several were live, or its validity cannot be read",
    "version_in_doubt": "between two observations nothing says that this version was still the one delivered",
    "address_in_doubt": "the address can be read in several ways, and names of assets do not tell which is meant",
    "several_candidates": "several versions fit the reference, and they differ in their verdict",
    "served_within_cdn_uncertainty": "an edge may have gone on serving other bytes after a change, and verdicts differ",
    "exposure_still_open": "the link may still be opened, and what it serves until then is not known yet",
    "conflicting_records": "records that contradict each other were received under this identifier",
    "layer_not_judged": "the delivered image carries a further layer whose approval was not judged",
    "unresolved_reference": "the reference names no asset that is known",
    "instant_unknown": "the moment of composition is not known",
    "window_not_covered": "no complete claim of Cloudinary's notifications covers this moment",
    "history_not_covered": "the complete claims do not reach back far enough: an upload or an approval may have been "
    "missed",
    "not_yet_evaluated": "it came after the moment up to which all records are complete",
    "version_unknown": "no upload of these bytes up to that moment was seen",
    "version_not_notified": "a detail or a list shows this version, though no notification told of its upload",
    "recorded_late": "approved and in force, and a record that is needed entered the log late",
    "approved_in_force": "approved and in force",
    "corrected_not_answered": "the asset was corrected, and the thread does not carry the corrected version's link",
    "communication": "whole communication",
    "rendition_request": "request for a rendition",
    "selection": "selection",
    "retrieved_asset": "asset of a retrieval",
    "template_link": "image of a template",
    "format_not_allowed": "the channel does not take the returned format",
    "too_wide": "the returned rendition is wider than the channel takes for this preference",
    "too_narrow": "the returned rendition is narrower than this preference asks for",
    "too_heavy": "the returned rendition has more bytes than the channel takes for this preference",
    "format_not_taken": "the channel does not take the format that the address delivers",
    "wider_than_delivered": "the address asks for more width than the channel delivers",
    "format_not_automatic": "the channel needs the format that suits the device, and the address does not ask for it",
    "quality_not_automatic": "the channel needs the quality that suits the image, and the address does not ask for it",
    "printed_too_coarse": "printed with fewer dots per inch than print takes",
    "rendition_missing": "the outcome says returned, and no rendition is there",
    "timed_out": "the wait for an answer ran out",
    "request_failed": "the request failed",
    "outcome_not_recorded": "neither a rendition nor an outcome was recorded",
    "outcome_unknown": "no rendition, and an outcome that is not known as an answer",
    "another_rendition_used": "the letter carries another rendition than the one returned",
    "campaign_not_planned": "the campaign stands in no calendar",
    "campaign_not_in_region": "the campaign does not run where the customer lives",
    "outside_campaign_window": "the campaign had not begun there, or had ended",
    "no_selection_recorded": "no selection stands behind the image",
    "another_asset_chosen": "the selection chose another asset",
    "no_retrieval_recorded": "no retrieval stands behind the communication",
    "not_among_retrieved": "the retrievals of the communication did not return these bytes",
    "retrieved_not_stored": "returned by the retrieval, and in no channel of the communication",
    "no_reference_stored": "no use names an asset together with its version or bytes",
    **PARTNER_PHRASES,
    **SHARING_PHRASES,
    **CORRECTION_PHRASES,
}


def phrase(code: str | None) -> str:
    """Return the phrase for a code of a closed list (binding, strength, grade, subject, reason), else its words."""
    return "not recorded" if code is None else _PHRASES.get(code, plain(code).lower())


def sentence(code: str | None) -> str:
    """Return the phrase of a code as a sentence; what people wrote in words as it is, nothing where nothing is."""
    if code and len(code.split()) > 1:
        return code
    words = phrase(code) if code else ""
    return f"{words[:1].upper()}{words[1:]}." if words else ""


def plain(code: str) -> str:
    """Return a code as words: `NOT_APPROVED` and `not_approved` become `Not approved`."""
    words = code.replace("_", " ").strip()
    return words[:1].upper() + words[1:].lower() if words else words


STREAMS: Mapping[tuple[str, str], str] = {
    ("cloudinary", "notifications"): "Cloudinary: uploads, approvals and revocations",
    ("cloudinary", "resources"): "Cloudinary: assets",
    ("cloudinary", "metadata_fields"): "Cloudinary: metadata fields",
    ("exstream", "jobs"): "Exstream: jobs",
    ("exstream", "flow_instances"): "Exstream: flow instances",
    ("exstream", "flow_steps"): "Exstream: flow steps",
    ("exstream", "delivery_outputs"): "Exstream: delivered outputs",
    ("exstream", "engine_messages"): "Exstream: engine messages",
    ("exstream", "resource_references"): "Exstream: resources of a run",
    ("exstream", "resources"): "Exstream: design resources",
    ("exstream", "resource_history"): "Exstream: changes of design resources",
    ("exstream", "design_links"): "Exstream: links between design resources",
    ("exstream", "output_links"): "Exstream: addresses in HTML outputs",
    ("exstream", "resource_links"): "Exstream: links of design resources to assets",
    ("exstream", "communications"): "Exstream: communications",
    ("exstream", "renderings"): "Exstream: renderings",
    ("exstream", "asset_uses"): "Exstream: asset uses",
    ("trading_grid", "communities"): "Trading Grid: communities",
    ("trading_grid", "partners"): "Trading Grid: partners",
    ("trading_grid", "members"): "Trading Grid: members of communities",
    ("trading_grid", "publications"): "Trading Grid: publications",
    ("trading_grid", "accesses"): "Trading Grid: accesses by partners",
    ("trading_grid", "acknowledgements"): "Trading Grid: acknowledgements",
    ("trading_grid", "cases"): "Trading Grid: cases",
    ("trading_grid", "thread_messages"): "Trading Grid: messages in case threads",
    ("trading_grid", "launches"): "Trading Grid: launches",
    ("trading_grid", "launch_requirements"): "Trading Grid: what launches need",
    ("trading_grid", "launch_messages"): "Trading Grid: messages in launch discussions",
    ("trading_grid", "tasks"): "Trading Grid: tasks",
    ("trading_grid", "flags"): "Trading Grid: flags by partners",
    ("trading_grid", "format_requests"): "Trading Grid: format requests by partners",
    ("trading_grid", "feedback"): "Trading Grid: feedback by partners",
    ("trading_grid", "searches"): "Trading Grid: searches by partners",
    ("trading_grid", "community_needs"): "Trading Grid: variants that communities need",
    ("trading_grid", "distributions"): "Trading Grid: assets sent to partners",
    ("corrections", "transitions"): "Corrections: changes of their state",
    ("corrections", "dispositions"): "Corrections: dispositions of exceptions",
    ("corrections", "accesses"): "Corrections: who saw what in the reports",
}


def stream_words(system: str, stream: str) -> str:
    """Return the name of a landing stream for people."""
    return STREAMS.get((system, stream), f"{plain(system)}: {plain(stream).lower()}")
