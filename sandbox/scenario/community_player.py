"""Plays the events of partner communities through the community service's REST interface.

What is played when does not belong here.
"""

from collections.abc import Mapping
from typing import Any

from sandbox.scenario.events import (
    Access,
    Acknowledge,
    ChangeObject,
    CloseCase,
    CreateObject,
    DeletePublication,
    DeliveryLink,
    ExchangeEvent,
    JoinCommunity,
    OpenCase,
    PostMessage,
    Publish,
    RegisterCommunity,
    RegisterPartner,
    Withdraw,
)
from sandbox.scenario.launch_life import user_of
from sandbox.scenario.links import delivery_url
from sandbox.scenario.media_player import content_sha256
from sandbox.scenario.records import Resolution, reference_record
from sandbox.scenario.services import OAuthService

_BASE = "/api/v1"
#: An identifier that is there already: the event was played before its record was written.
_THERE_ALREADY = frozenset({409})
#: The same of an event that deletes.
_GONE_ALREADY = frozenset({404})


#: The parts of an asset as the service and as records call them.
_PARTS = {"assetId": "asset_id", "publicId": "public_id", "version": "version", "etag": "etag"}


class CommunityPlayer:
    """Plays community events; ids are the scenario's own, so that playing one twice does no harm."""

    def __init__(self, service: OAuthService, resolution: Resolution, formats: Mapping[str, str]) -> None:
        """`formats` gives the image format of a content key."""
        self._service = service
        self._resolution = resolution
        self._formats = formats

    def play(self, event: ExchangeEvent | CreateObject | ChangeObject) -> None:
        """Make one event happen. Raises PlayError when the service refuses it."""
        if isinstance(event, Withdraw):
            path = f"{_BASE}/publications/{event.publication_id}/withdraw"
            self._service.send("POST", path, body={"withdrawnBy": event.actor}, accept=_THERE_ALREADY)
        elif isinstance(event, DeletePublication):
            self._service.send("DELETE", f"{_BASE}/publications/{event.publication_id}", accept=_GONE_ALREADY)
        elif isinstance(event, CloseCase):
            self._service.send("PATCH", f"{_BASE}/cases/{event.case_id}", body={"status": "closed"})
        elif isinstance(event, ChangeObject):
            self._service.send("PATCH", f"{_BASE}/{event.objects}/{event.object_id}", body=dict(event.fields))
        else:
            kind, body = self._creation(event)
            self._service.send("POST", f"{_BASE}/{kind}", body=body, accept=_THERE_ALREADY)

    def _creation(
        self,
        event: RegisterCommunity
        | RegisterPartner
        | JoinCommunity
        | Publish
        | Access
        | Acknowledge
        | OpenCase
        | PostMessage
        | CreateObject,
    ) -> tuple[str, dict[str, Any]]:
        """The kind of object that an event creates, and the object."""
        if isinstance(event, RegisterCommunity | RegisterPartner | JoinCommunity):
            return _standing(event)
        if isinstance(event, Publish):
            return "publications", self._publication(event)
        if isinstance(event, OpenCase):
            return "cases", self._case(event)
        if isinstance(event, PostMessage):
            return "thread-messages", self._message(event)
        if isinstance(event, CreateObject):
            return event.objects, self._object(event)
        return _receipt(event)

    def _publication(self, event: Publish) -> dict[str, Any]:
        body = {
            "publicationId": event.publication_id,
            "communityId": event.community_id,
            "asset": self._asset_of(event),
            "rendition": event.rendition,
            "language": event.language,
            "region": event.region,
            "device": event.device,
            "publishedBy": event.actor,
            "contentSha256": content_sha256(event.content, event.image_format),
        }
        body |= {"correlationId": event.correlation} if event.correlation else {}
        return body | ({"replacesPublicationId": event.replaces} if event.replaces else {})

    def _asset_of(self, event: Publish) -> dict[str, Any]:
        if event.reference is not None:
            facts = reference_record(event.reference, self._resolution, self._formats)
            return {name: facts[ours] for name, ours in _PARTS.items() if facts[ours] is not None}
        link = DeliveryLink(event.public_id, event.version, "", f".{event.image_format}")
        return {
            "assetId": self._resolution.asset_id(event.asset),
            "publicId": event.public_id,
            "version": event.version,
            "etag": self._resolution.etag(event.content, event.image_format),
            "url": delivery_url(link, self._resolution.cloud_name),
        }

    def _object(self, event: CreateObject) -> dict[str, Any]:
        """The object with its asset in the place where its kind has it."""
        body = dict(event.fields)
        if event.about is None:
            return body
        asset = self._asset_of(event.about)
        if event.objects == "community-needs":
            return body | {"assetId": asset["assetId"], "publicId": asset["publicId"]}
        if event.objects in ("distributions", "acknowledgements"):
            sha256 = {"contentSha256": content_sha256(event.about.content, event.about.image_format)}
            return body | sha256 | ({"asset": asset} if event.objects == "distributions" else {})
        asset.pop("etag", None)
        return body | {"asset": asset}

    def _case(self, event: OpenCase) -> dict[str, Any]:
        facts = reference_record(event.reference, self._resolution, self._formats)
        if facts["url"] is not None:
            asset = {"url": facts["url"]}
        else:
            asset = {name: facts[ours] for name, ours in _PARTS.items() if facts[ours] is not None and ours != "etag"}
        return {
            "caseId": event.case_id,
            "communityId": event.community_id,
            "partnerId": event.partner_id,
            "category": event.category,
            "subject": event.subject,
            "asset": asset,
        }

    def _message(self, event: PostMessage) -> dict[str, Any]:
        link = event.link
        body = f"{event.text} {delivery_url(link, self._resolution.cloud_name)}" if link else event.text
        return {
            "messageId": event.message_id,
            "caseId": event.case_id,
            "author": event.author,
            "authorRole": event.author_role,
            "body": body,
            **({"correlationId": event.correlation} if event.correlation else {}),
        }


def _standing(event: RegisterCommunity | RegisterPartner | JoinCommunity) -> tuple[str, dict[str, Any]]:
    if isinstance(event, RegisterCommunity):
        return "communities", {
            "communityId": event.community_id,
            "name": event.name,
            "region": event.region,
            "language": event.language,
        }
    if isinstance(event, RegisterPartner):
        return "partners", {
            "partnerId": event.partner_id,
            "name": event.name,
            "gln": event.gln,
            "duns": event.duns,
            "ediQualifier": "01",
            "ediId": event.duns,
            "mailbox": f"MBX{event.duns}",
            "partnerVan": "GXS",
        }
    return "members", {"communityId": event.community_id, "partnerId": event.partner_id}


def _receipt(event: Access | Acknowledge) -> tuple[str, dict[str, Any]]:
    named = {"publicationId": event.publication_id, "partnerId": event.partner_id}
    if isinstance(event, Access):
        return "accesses", {
            "accessId": event.access_id,
            "kind": event.action,
            "user": user_of(event.partner_id),
            **named,
        }
    return "acknowledgements", {
        "acknowledgementId": event.acknowledgement_id,
        "kind": event.channel,
        "code": event.code,
        "contentSha256": content_sha256(event.content, event.image_format),
        **named,
    }
