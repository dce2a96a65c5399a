"""The written form of events: plain JSON objects that say everything that happened, for `events.jsonl`.

Ids and hashes that only a played event knows come from a resolution. The records hold facts only: no
verdict, no cause, no mark of what was planted.
"""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from sandbox.scenario.design_events import CreateDesign, DesignEvent, ImageContent, ReplaceDesignContent
from sandbox.scenario.design_records import design_record
from sandbox.scenario.drop_events import DropAcknowledgement, drop_record
from sandbox.scenario.events import (
    Access,
    Acknowledge,
    Approve,
    BytesReference,
    ChangeObject,
    CloseCase,
    Communication,
    Compose,
    CreateMetadataFields,
    CreateObject,
    CreateTriggers,
    Delete,
    DeletePublication,
    DeliveryLink,
    Event,
    ExchangeEvent,
    ForeignAssetReference,
    ForeignLink,
    JoinCommunity,
    MarkDraft,
    MediaEvent,
    Move,
    NameReference,
    OpenCase,
    PostMessage,
    Publish,
    Reference,
    RegisterCommunity,
    RegisterPartner,
    Rename,
    Rendering,
    RenditionRequest,
    Restore,
    Revoke,
    SetContext,
    Upload,
    Withdraw,
    template_image_id,
    vendor_of,
)
from sandbox.scenario.images import image_size, stated_size
from sandbox.scenario.links import delivery_url
from sandbox.scenario.plan import Plan
from sandbox.scenario.stages import STAGES, iso, stage_end, stage_of

Record = dict[str, Any]


class Resolution(Protocol):
    """What the vendors made of handles and content keys."""

    cloud_name: str

    def asset_id(self, asset: str) -> str:
        """The vendor's id of an asset."""

    def etag(self, content: str, image_format: str) -> str:
        """The hash of the bytes of a content key."""


class OfflineResolution:
    """Stands in where nothing is played: ids and hashes are made from the handles, no image is drawn."""

    cloud_name = "offline"

    def asset_id(self, asset: str) -> str:
        """A 32-digit id made from the handle."""
        return hashlib.md5(f"asset {asset}".encode(), usedforsecurity=False).hexdigest()

    def etag(self, content: str, image_format: str) -> str:
        """A 32-digit hash made from the content key."""
        return hashlib.md5(f"{image_format} {content}".encode(), usedforsecurity=False).hexdigest()


def plan_records(plan: Plan, resolution: Resolution) -> Iterator[Record]:
    """The records of a whole plan, each stage closed by its `stage_end`."""
    formats = content_formats(plan)
    for stage in STAGES:
        for position, event in plan.stage(stage):
            yield from event_records(position, event, resolution, formats)
        yield stage_end_record(stage)


def content_formats(plan: Plan) -> dict[str, str]:
    """The image format of every content key of a plan."""
    return {event.content: event.image_format for event in plan.events if isinstance(event, Upload)}


def stage_end_record(stage: int) -> Record:
    """The record that closes a stage: what was played before it can be ingested now."""
    return {"stage": stage, "vendor": None, "kind": "stage_end", "occurred_at": iso(stage_end(stage))}


def event_records(position: int, event: Event, resolution: Resolution, formats: Mapping[str, str]) -> Iterator[Record]:
    """The records of one event: one, or one per communication of a job."""
    head: Record = {
        "n": position,
        "stage": stage_of(event.at),
        "vendor": vendor_of(event),
        "occurred_at": iso(event.at),
    }
    if isinstance(event, Compose):
        for communication in event.communications:
            yield {**head, "kind": "compose", **_communication(communication, resolution, formats)}
    elif isinstance(event, MediaEvent):
        yield {**head, **_media(event, resolution, formats)}
    elif isinstance(event, DesignEvent):
        yield {**head, **design_record(event, _hashes_in(event, resolution), resolution.cloud_name)}
    elif isinstance(event, CreateObject | ChangeObject):
        yield {**head, **_object(event, resolution)}
    elif isinstance(event, DropAcknowledgement):
        yield {**head, **drop_record(event)}
    else:
        yield {**head, **_community(event, resolution, formats)}


def _hashes_in(event: DesignEvent, resolution: Resolution) -> dict[str, str]:
    """The hash of the bytes that an event puts into the design repository, by content key."""
    if isinstance(event, CreateDesign | ReplaceDesignContent) and isinstance(event.content, ImageContent):
        return {event.content.content: resolution.etag(event.content.content, event.content.image_format)}
    return {}


def _media(event: MediaEvent, resolution: Resolution, formats: Mapping[str, str]) -> Record:
    if isinstance(event, CreateMetadataFields | CreateTriggers):
        is_triggers = isinstance(event, CreateTriggers)
        return {"kind": "create_triggers" if is_triggers else "create_metadata_fields"}
    named: Record = {"asset_id": resolution.asset_id(event.asset)}
    if isinstance(event, Rename | Move):
        return {**named, **_place(event)}
    named["public_id"] = event.public_id
    if isinstance(event, Delete):
        return {"kind": "delete", **named}
    if isinstance(event, SetContext):
        return {"kind": "set_context", **named, "actor": event.actor, "key": event.key, "value": event.value}
    named["actor"] = event.actor
    if isinstance(event, MarkDraft):
        return {"kind": "draft", **named}
    return _about_bytes(event, named, resolution.etag(event.content, formats[event.content]))


def _place(event: Rename | Move) -> Record:
    if isinstance(event, Rename):
        return {"kind": "rename", "from_public_id": event.from_public_id, "to_public_id": event.to_public_id}
    return {"kind": "move", "public_id": event.public_id, "actor": event.actor, "folder": event.folder}


def _about_bytes(event: Upload | Restore | Approve | Revoke, named: Record, etag: str) -> Record:
    if isinstance(event, Upload | Restore):
        known: Record = {"format": event.image_format, "bytes": stated_size(event.content)}
        known["width"] = image_size(event.content)[0]
        kind = "upload" if isinstance(event, Upload) else "restore"
        return {"kind": kind, **named, "version": event.at, "etag": etag, **known}
    if isinstance(event, Revoke):
        return {"kind": "revoke", **named, "etag": etag, "told_at": iso(event.at + event.told_after)}
    bound = {"etag": etag if event.names_bytes else None, "told_at": iso(event.at + event.told_after)}
    return {"kind": "approve", **named, **bound, **_terms(event)}


def _terms(event: Approve) -> Record:
    terms = event.terms
    return {
        "valid_from": None if terms.valid_from is None else iso(terms.valid_from),
        "valid_to": None if terms.valid_to is None else iso(terms.valid_to),
        "segments": list(terms.segments),
        "jurisdictions": list(terms.jurisdictions),
        "offers": list(terms.offers),
    }


def _communication(communication: Communication, resolution: Resolution, formats: Mapping[str, str]) -> Record:
    uses = [
        {
            "use_id": f"{communication.communication_id}/{rendering.rendering_id}/{use.ordinal}",
            "channel": rendering.channel,
            "placeholder": use.placeholder,
            "binding": use.binding,
            **reference_record(use.reference, resolution, formats),
            "target": reference_record(use.target, resolution, formats) if use.target else None,
        }
        for rendering in communication.renderings
        for use in rendering.uses
    ]
    return {
        "communication_id": communication.communication_id,
        "generated_at": iso(communication.generated_at),
        "document_type": communication.document_type,
        "template_id": communication.template_id,
        "segment": communication.segment,
        "jurisdiction": communication.jurisdiction,
        "offers": list(communication.offers),
        "uses": uses,
        "template_images": [
            {
                "use_id": template_image_id(communication.communication_id, rendering.rendering_id),
                "channel": rendering.channel,
                "binding": "live_url",
                **reference_record(link, resolution, formats),
            }
            for rendering in communication.renderings
            for link in rendering.template_images
        ],
        "renderings": [
            {
                "rendering_id": rendering.rendering_id,
                "channel": rendering.channel,
                **decision_records(communication, rendering, resolution, formats),
            }
            for rendering in communication.renderings
        ],
    }


def decision_records(
    communication: Communication, rendering: Rendering, resolution: Resolution, formats: Mapping[str, str]
) -> Record:
    """What stands behind a rendering (selection, retrieval, rendition request), as the asset-use report says it."""
    place = f"{communication.communication_id}-{rendering.rendering_id}"
    made: Record = {}
    if rendering.selection:
        made["selection"] = {
            "selection_id": f"SEL-{place}",
            "rule": rendering.selection.rule,
            "event": rendering.selection.event,
            "inputs": {"segment": communication.segment, "jurisdiction": communication.jurisdiction},
            "candidates": [_name_of(one, resolution, formats) for one in rendering.selection.candidates],
            "chosen": _name_of(rendering.selection.chosen, resolution, formats),
            "campaign": rendering.selection.campaign,
        }
    if rendering.retrieval:
        made["retrieval"] = {
            "retrieval_id": f"RET-{place}",
            "asked": {
                "document_type": rendering.retrieval.document_type,
                "segment": rendering.retrieval.segment,
                "jurisdiction": rendering.retrieval.jurisdiction,
            },
            "returned": [_returned_asset(one, resolution, formats) for one in rendering.retrieval.returned],
        }
    if rendering.rendition_request:
        made["rendition_request"] = _rendition_request(rendering.rendition_request, place, resolution)
    return made


def _name_of(reference: Reference, resolution: Resolution, formats: Mapping[str, str]) -> str:
    """How a selection names an asset: by its address, its asset id or its public id."""
    facts = reference_record(reference, resolution, formats)
    return str(facts["url"] or facts["asset_id"] or facts["public_id"])


def _returned_asset(
    reference: BytesReference | ForeignAssetReference, resolution: Resolution, formats: Mapping[str, str]
) -> Record:
    facts = reference_record(reference, resolution, formats)
    return {name: facts[name] for name in ("asset_id", "version", "etag") if facts[name] is not None}


def _rendition_request(request: RenditionRequest, place: str, resolution: Resolution) -> Record:
    returned = None
    if request.returned:
        url = delivery_url(request.returned.link, resolution.cloud_name)
        returned = {
            "url": (url if request.returned.is_secure else url.replace("https:", "http:", 1)) + request.returned.query,
            "format": request.returned.image_format,
            "width": request.returned.width,
            "bytes": request.returned.size_bytes,
        }
    return {
        "request_id": f"RQ-{place}",
        "asked": {"channel": request.channel, "preference": request.preference},
        "returned": returned,
        "latency_ms": request.latency_ms,
        "outcome": request.outcome,
    }


def reference_record(reference: Reference, resolution: Resolution, formats: Mapping[str, str]) -> Record:
    """A reference with what it names: ids of the reference, or the URL with what stands in it."""
    blank: Record = dict.fromkeys(("asset_id", "public_id", "version", "etag", "url"))
    if isinstance(reference, BytesReference):
        etag = resolution.etag(reference.content, formats[reference.content]) if reference.has_etag else None
        asset_id = resolution.asset_id(reference.asset)
        return {**blank, "asset_id": asset_id, "version": reference.version, "etag": etag}
    if isinstance(reference, NameReference):
        return {**blank, "public_id": reference.public_id, "version": reference.version}
    if isinstance(reference, DeliveryLink):
        url = delivery_url(reference, resolution.cloud_name)
        # Who writes an address by hand names nothing beside it.
        public_id = None if reference.is_by_hand else reference.public_id
        return {**blank, "public_id": public_id, "version": reference.version, "url": url}
    if isinstance(reference, ForeignLink):
        return {**blank, "url": reference.url}
    return _foreign_asset(blank, reference)


def _foreign_asset(blank: Record, reference: ForeignAssetReference) -> Record:
    return {
        **blank,
        "asset_id": reference.asset_id,
        "version": reference.version,
        "etag": reference.etag,
    }


def _community(event: ExchangeEvent, resolution: Resolution, formats: Mapping[str, str]) -> Record:
    if isinstance(event, RegisterCommunity):
        return {"kind": "register_community", "community_id": event.community_id, "region": event.region}
    if isinstance(event, RegisterPartner):
        return {"kind": "register_partner", "partner_id": event.partner_id}
    if isinstance(event, JoinCommunity):
        return {
            "kind": "join_community",
            "community_id": event.community_id,
            "partner_id": event.partner_id,
        }
    if isinstance(event, Publish):
        shown = resolution.etag(event.content, event.image_format)
        whole = {"public_id": event.public_id, "version": event.version, "etag": shown}
        return {
            "kind": "publish",
            "publication_id": event.publication_id,
            "community_id": event.community_id,
            "region": event.region,
            "language": event.language,
            "device": event.device,
            "rendition": event.rendition,
            **(
                reference_record(event.reference, resolution, formats)
                if event.reference
                else {"asset_id": resolution.asset_id(event.asset), **whole}
            ),
            "shown_etag": shown,
            "format": event.image_format,
            "replaces": event.replaces,
            "actor": event.actor,
            "correlation_id": event.correlation,
        }
    if isinstance(event, Withdraw | DeletePublication | Access | Acknowledge):
        return _publication_follow_up(event, resolution)
    return _case(event, resolution, formats)


def _object(event: CreateObject | ChangeObject, resolution: Resolution) -> Record:
    said: Record = {"objects": event.objects, "fields": dict(event.fields)}
    if isinstance(event, ChangeObject):
        return {"kind": "change_object", "object_id": event.object_id, **said}
    about = event.about
    if about is None:
        return {"kind": "create_object", **said, "asset": None}
    named = {"asset_id": resolution.asset_id(about.asset), "public_id": about.public_id, "version": about.version}
    etag = resolution.etag(about.content, about.image_format)
    return {"kind": "create_object", **said, "asset": {**named, "etag": etag, "format": about.image_format}}


def _publication_follow_up(
    event: Withdraw | DeletePublication | Access | Acknowledge, resolution: Resolution
) -> Record:
    named: Record = {"publication_id": event.publication_id}
    if isinstance(event, DeletePublication):
        return {"kind": "delete_publication", **named}
    if isinstance(event, Withdraw):
        return {"kind": "withdraw", **named, "actor": event.actor}
    if isinstance(event, Access):
        return {
            "kind": "access",
            "access_id": event.access_id,
            **named,
            "partner_id": event.partner_id,
            "action": event.action,
        }
    return {
        "kind": "acknowledge",
        "acknowledgement_id": event.acknowledgement_id,
        **named,
        "partner_id": event.partner_id,
        "channel": event.channel,
        "code": event.code,
        "etag": resolution.etag(event.content, event.image_format),
    }


def _case(event: OpenCase | PostMessage | CloseCase, resolution: Resolution, formats: Mapping[str, str]) -> Record:
    named: Record = {"case_id": event.case_id}
    if isinstance(event, CloseCase):
        return {"kind": "close_case", **named}
    if isinstance(event, OpenCase):
        reference = reference_record(event.reference, resolution, formats)
        return {"kind": "open_case", **named, "community_id": event.community_id, "reference": reference}
    link = reference_record(event.link, resolution, formats) if event.link else None
    named["message_id"] = event.message_id
    words = {"author": event.author, "author_role": event.author_role, "correlation_id": event.correlation}
    return {"kind": "post_message", **named, **words, "link": link}
