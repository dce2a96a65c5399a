"""The dossier of a communication as a print: the same sentences and figures as its page.

Here belongs what is printed of it. The figures are those of `reports.dossier`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from reports.dossier.at_hand import AtHand, RunResource
from reports.dossier.outputs import OutputAddress, Outputs
from reports.dossier.rows import Dossier, Finding, Use
from reports.drawing.timeline import Timeline, validity
from reports.exposure.rows import Exposure
from reports.prints.document import Bar, Bars, Document, Section, Table
from reports.prints.exposure import exposure_facts, exposure_lead, exposure_sentences, served_tables
from reports.text import count_of, instant, number

NOT_RECORDED = "not recorded"


def dossier_document(found: Dossier, exposed: Exposure, outputs: Outputs, at_hand: AtHand) -> Document:
    """Return the print of a dossier: its uses, its live links afterwards, its outputs, and what its run had at hand."""
    letter = found.communication
    worst = f"{found.worst.name} is the worst verdict of its {count_of(letter.use_count, 'asset use')}."
    lead = worst if found.findings else "No asset use of it is recorded."
    moment = (
        f"Composed {instant(letter.generated_at)} UTC." if letter.generated_at else "Composed at an unknown moment."
    )
    return Document(
        kind="Communication dossier",
        title=f"Communication {letter.communication_id}",
        lead=f"{lead} {moment}{exposure_lead(exposed)}{_outputs_lead(outputs)}",
        facts=(
            ("Recipient", f"{letter.recipient_pseudonym} (pseudonym)" if letter.recipient_pseudonym else NOT_RECORDED),
            ("Document type", letter.document_type or NOT_RECORDED),
            ("Template", " version ".join(part for part in (letter.template_id, letter.template_version) if part)),
            ("Segment", letter.segment_code or NOT_RECORDED),
            ("Jurisdiction", letter.jurisdiction_code or NOT_RECORDED),
            ("Language", letter.language_code or NOT_RECORDED),
            ("Offers", ", ".join(letter.offers or ()) or "none"),
            ("Exstream domain", letter.domain_code),
            ("Entry in the log", number(letter.log_index)),
        ),
        sections=(
            Section("This letter carried", tables=_carried(found), sentences=_left_out(found)),
            *_uses(found, exposed),
            *_shown(outputs),
            *_at_hand(at_hand),
        ),
    )


def _outputs_lead(outputs: Outputs) -> str:
    if outputs.worst is None:
        return ""
    addresses = count_of(len(outputs.not_reported), "address", "addresses")
    return (
        f" Not in the report: {_output_verdict(outputs.worst)} is the worst verdict of {addresses} in its HTML outputs."
    )


def _output_verdict(address: OutputAddress) -> str:
    if address.verdict is None:
        return NOT_RECORDED
    return address.words.name if address.evidence_strength == "exact" else f"Possible: {address.words.name.lower()}"


def _shown(outputs: Outputs) -> tuple[Section, ...]:
    """What its HTML outputs show that the report does not name."""
    if not outputs.not_reported:
        return ()
    table = Table(
        caption="Addresses in its HTML outputs that the report does not name",
        columns=("Address", "Verdict at composition", "Beside the report", "Output"),
        widths=(3.2, 1.8, 2.4, 2.6),
        rows=[
            (
                one.public_id or one.delivery_url,
                _output_verdict(one),
                f"{'shown' if one.is_shown else 'led to'}; {one.state_text}",
                f"{one.file_name}, place {one.ordinal}",
            )
            for one in outputs.not_reported
        ],
    )
    return (Section("Its HTML outputs show", tables=(table,)),)


_SAID = "for all letters of the run. At hand is not shown: no row here proves that any letter shows an image."


def _at_hand(at_hand: AtHand) -> tuple[Section, ...]:
    """The images that the run of the letter had at hand."""
    if not at_hand.resource_count:
        return ()
    table = Table(
        caption="Images that the run had at hand, with what Exstream told of them",
        columns=("Image in Exstream", "State and approver", "Asset and version", "In the report of this letter"),
        widths=(2.4, 2.6, 2.6, 2.4),
        rows=[
            (
                f"{one.name}, version {one.resource_version_number}",
                _state_at_hand(one),
                f"{one.public_id or one.asset_id}, version {one.version_number or 'not known'}; {one.strength}"
                if one.asset_id
                else "not known",
                one.beside_report_text,
            )
            for one in at_hand.images
        ],
    )
    images = count_of(at_hand.image_count, "image")
    left_out = at_hand.image_count - len(at_hand.images)
    return (
        Section(
            "Its run had at hand",
            tables=(table,) if at_hand.images else (),
            sentences=(
                f"{images} of {count_of(at_hand.resource_count, 'design resource')}, {_SAID}",
                *((f"{count_of(left_out, 'more image')} are not printed here.",) if left_out else ()),
            ),
        ),
    )


def _state_at_hand(one: RunResource) -> str:
    state = f"{one.state_code or NOT_RECORDED}, {one.approved_by_id or 'approver not recorded'}"
    changed = f"; changed {instant(one.last_modified_at)} UTC, after the run began" if one.last_modified_at else ""
    return f"{state}{changed}" if one.is_state_of_run is False else state


def _left_out(found: Dossier) -> tuple[str, ...]:
    if not found.not_shown_count:
        return ()
    return (f"{count_of(found.not_shown_count, 'more asset use')} of this communication are not printed here.",)


def _carried(found: Dossier) -> tuple[Table, ...]:
    if not found.findings:
        return ()
    return (
        Table(
            caption="Asset uses with their verdicts; instants are UTC",
            columns=("Use", "Verdict and why", "Asset and version", "Approved by", "Valid"),
            widths=(1.2, 3.2, 2.2, 1.6, 1.8),
            rows=[
                (
                    f"{place}. {finding.use.placeholder_name or 'no placeholder'}",
                    f"{verdict_text(finding.use)}. {finding.sentence}",
                    f"{finding.use.name}, {_version(finding)}",
                    _approved(finding.use),
                    _valid(finding.use),
                )
                for place, finding in enumerate(found.findings, start=1)
            ],
        ),
    )


def verdict_text(use: Use) -> str:
    """Return the verdict in words; weaker evidence makes it a possible one."""
    return f"Possible: {use.words.name.lower()}" if use.is_only_possible else use.words.name


def _version(finding: Finding) -> str:
    if finding.use.version_number:
        return f"version {finding.use.version_number}"
    return f"{len(finding.candidates)} versions fit" if finding.candidates else "version not known"


def _approved(use: Use) -> str:
    if use.granted_at:
        return f"{use.approver_id or NOT_RECORDED}, {instant(use.granted_at)}"
    return "one for each version that fits" if use.rests_on_several else "no approval"


def _valid(use: Use) -> str:
    if not use.granted_at:
        return "–"
    return period(use.valid_from, use.valid_to) if use.valid_from or use.valid_to else "no limit declared"


def period(begins: datetime | None, ends: datetime | None) -> str:
    """Return a period of which either end may be open."""
    return f"{instant(begins, 'no beginning')} to {instant(ends, 'no end')}"


def _uses(found: Dossier, exposed: Exposure) -> Iterable[Section]:
    for place, finding in enumerate(found.findings, start=1):
        use = finding.use
        link, served = exposed.verdicts.get(use.asset_use_key), exposed.served.get(use.asset_use_key, ())
        picture = validity(use, served, link)
        yield Section(
            heading=f"{place}. {use.placeholder_name or f'use {use.ordinal}'}: {use.name}",
            sentences=(f"{verdict_text(use)}. {finding.sentence}", finding.current_text, *exposure_sentences(link)),
            tables=served_tables(served),
            picture=bars(picture) if picture else None,
            facts=(
                ("Composed", instant(use.generated_at)),
                ("Version live", period(use.version_live_from, use.version_live_to)),
                ("Approval", _approved(use)),
                ("Declared validity", _valid(use)),
                ("Channel and binding", f"{use.channel_code or NOT_RECORDED}, {use.binding}"),
                ("Verdict and reason", " / ".join(part for part in (use.verdict, use.verdict_reason) if part)),
                *exposure_facts(link),
                ("Evidence", " / ".join(part for part in (use.evidence_strength, use.evidence_grade) if part) or "–"),
                ("Bytes (etag)", use.etag or NOT_RECORDED),
                ("Asset use", use.asset_use_id),
                ("Log entries", _entries(use)),
                *((("Complete claims", finding.claimed.sentence),) if finding.claimed else ()),
            ),
        )


def _entries(use: Use) -> str:
    version, approval = number(use.version_log_index), number(use.approval_log_index)
    return f"use {number(use.use_log_index)}, version {version}, approval {approval}"


def bars(picture: Timeline) -> Bars:
    """Return the picture of a page as one of a print."""
    length = picture.width - picture.left - 8

    def share(x: float) -> float:
        return min(1.0, max(0.0, (x - picture.left) / length))

    marked = f"; {picture.marker.label}" if picture.marker else ""
    return Bars(
        words=f"{picture.description}{marked}",
        bars=[
            Bar(lane.label, share(bar.x), share(bar.x + bar.width), lane.label)
            for lane in picture.lanes
            for bar in lane.bars
        ],
        mark=share(picture.marker.x) if picture.marker else None,
        first_label=picture.ticks[0].label if picture.ticks else "",
        last_label=picture.marker.label if picture.marker else "",
    )
