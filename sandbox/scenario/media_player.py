"""Plays media events through the vendor's own SDK, with the account given per call.

What is played when does not belong here.
"""

import hashlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import product
from typing import Any

import cloudinary.api
import cloudinary.exceptions
import cloudinary.uploader

from sandbox.scenario import vocabulary
from sandbox.scenario.endpoints import MediaEndpoint
from sandbox.scenario.errors import PlayError
from sandbox.scenario.events import (
    Approve,
    CreateTriggers,
    Delete,
    MarkDraft,
    MediaEvent,
    Move,
    Rename,
    Restore,
    Revoke,
    SetContext,
    Upload,
)
from sandbox.scenario.images import image_bytes
from sandbox.scenario.services import notifications_held
from sandbox.scenario.stages import iso
from sandbox.scenario.videos import resource_type_of

POLL_CHANNEL = "assettrail"
_TRIGGERS = (
    "upload",
    "delete",
    "rename",
    "move",
    "resource_metadata_changed",
    "resource_tags_changed",
    "resource_context_changed",
    "restore_asset_version",
    "moderation",
    "resource_display_name_changed",
    "access_control_changed",
)
_TEXT_FIELDS = ("approved_by", "approved_etag", "approval_valid_from", "approval_valid_to", "gtin")
_LISTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "approval_status": ("enum", ("draft", "approved", "revoked")),
    "segments": ("set", vocabulary.SEGMENTS),
    "jurisdictions": ("set", tuple(vocabulary.JURISDICTIONS)),
    "offers": ("set", vocabulary.OFFERS),
    "campaign": ("enum", vocabulary.CAMPAIGNS),
    "product_line": ("enum", vocabulary.PRODUCT_LINES),
}


@lru_cache(maxsize=256)
def _content_hashes(content: str, image_format: str) -> tuple[str, str]:
    data = image_bytes(content, image_format)
    return hashlib.md5(data, usedforsecurity=False).hexdigest(), hashlib.sha256(data).hexdigest()


def content_sha256(content: str, image_format: str) -> str:
    """SHA-256 of the bytes of a content key."""
    return _content_hashes(content, image_format)[1]


class MediaPlayer:
    """Plays media events and remembers the ids and hashes that the service gave: a resolution."""

    def __init__(self, endpoint: MediaEndpoint, channels: tuple[str, ...]) -> None:
        """`endpoint` names the account, `channels` the poll channels that are notified of every change."""
        self._endpoint = endpoint
        self._channels = channels
        self.cloud_name = endpoint.cloud_name
        self._account: dict[str, Any] = {
            "cloud_name": endpoint.cloud_name,
            "api_key": endpoint.api_key,
            "api_secret": endpoint.api_secret,
            "upload_prefix": endpoint.base_url,
            "timeout": 60,
        }
        self._asset_ids: dict[str, str] = {}
        self._etags: dict[str, str] = {}
        self._resource_types: dict[str, str] = {}

    def asset_id(self, asset: str) -> str:
        """The service's id of an asset that was uploaded. Raises PlayError before its upload."""
        try:
            return self._asset_ids[asset]
        except KeyError as error:
            raise PlayError(f"Asset {asset} is referred to before its upload was played") from error

    def etag(self, content: str, image_format: str) -> str:
        """MD5 of the bytes of a content key, as the service calls it."""
        if content not in self._etags:
            self._etags[content] = _content_hashes(content, image_format)[0]
        return self._etags[content]

    def remember(self, event: Upload, asset_id: str, etag: str) -> None:
        """Note what an upload that was played earlier gave."""
        self._asset_ids[event.asset] = asset_id
        self._etags[event.content] = etag
        self._resource_types[event.asset] = resource_type_of(event.image_format)

    def play(self, event: MediaEvent) -> None:
        """Make one event happen. Raises PlayError when the service refuses it."""
        held = event.told_after if isinstance(event, Approve | Revoke) else 0
        try:
            with notifications_held(self._endpoint, held):
                self._play(event)
        except cloudinary.exceptions.Error as error:
            raise PlayError(
                f"Tried {type(event).__name__} at {iso(event.at)}; the media service answered {error!r}; "
                "expected success"
            ) from error

    def _play(self, event: MediaEvent) -> None:
        if isinstance(event, Upload):
            self._upload(event)
        elif isinstance(event, Approve):
            self._update(event, self._approval(event))
        elif isinstance(event, Revoke):
            etag = self._etags[event.content]
            self._update(event, {"approval_status": "revoked", "approved_etag": etag})
        elif isinstance(event, MarkDraft):
            self._update(event, {"approval_status": "draft"})
        elif isinstance(event, Rename):
            self._rename(event)
        elif isinstance(event, Move):
            self._admin(
                cloudinary.api.update,
                event.public_id,
                asset_folder=event.folder,
                extra_headers={"X-Sandbox-Actor": event.actor},
                **self._kind(event.asset),
            )
        elif isinstance(event, Restore):
            self._restore(event)
        elif isinstance(event, Delete):
            cloudinary.uploader.destroy(event.public_id, invalidate=True, **self._as(event.actor, event.asset))
        elif isinstance(event, SetContext):
            context = {event.key: event.value}
            cloudinary.uploader.add_context(context, [event.public_id], **self._as(event.actor, event.asset))
        elif isinstance(event, CreateTriggers):
            self._create_triggers()
        else:
            self._create_fields()

    def _upload(self, event: Upload) -> None:
        data = image_bytes(event.content, event.image_format)
        metadata = {"campaign": event.campaign, "product_line": event.product_line}
        if event.gtin:
            metadata["gtin"] = event.gtin
        answer = cloudinary.uploader.upload(
            (f"{event.public_id.rsplit('/', 1)[-1]}.{event.image_format}", data),
            public_id=event.public_id,
            asset_folder=event.folder,
            display_name=event.display_name,
            overwrite=True,
            backup=event.is_backed_up,
            invalidate=event.is_overwrite,
            metadata=metadata,
            tags=[event.product_line],
            extra_headers={"X-Sandbox-Actor": event.actor},
            resource_type=resource_type_of(event.image_format),
            **self._account,
        )
        etag = hashlib.md5(data, usedforsecurity=False).hexdigest()
        if answer["version"] != event.at or answer["etag"] != etag:
            raise PlayError(
                f"Tried to upload {event.public_id} at {iso(event.at)}; found version {answer['version']} "
                f"and etag {answer['etag']}; expected {event.at} and {etag}"
            )
        self.remember(event, answer["asset_id"], etag)

    def _rename(self, event: Rename) -> None:
        try:
            cloudinary.uploader.rename(
                event.from_public_id, event.to_public_id, invalidate=True, **self._as(event.actor, event.asset)
            )
        except cloudinary.exceptions.NotFound:
            # Played just before an interruption: then the asset is there under its new name.
            self._admin(cloudinary.api.resource, event.to_public_id, **self._kind(event.asset))

    def _restore(self, event: Restore) -> None:
        shown = self._admin(cloudinary.api.resource, event.public_id, versions=True, **self._kind(event.asset))
        if shown["version"] == event.at and not shown.get("placeholder"):
            return  # Played just before an interruption: once more would be another version of it.
        backups = {int(one["version"]): one["version_id"] for one in shown["versions"]}
        answer = self._admin(
            cloudinary.api.restore,
            [event.public_id],
            versions=[backups[event.uploaded_at]],
            extra_headers={"X-Sandbox-Actor": event.actor},
            **self._kind(event.asset),
        )[event.public_id]
        if answer.get("version") != event.at or answer.get("etag") != self._etags[event.content]:
            raise PlayError(
                f"Tried to restore {event.public_id} at {iso(event.at)}; found {answer}; "
                f"expected version {event.at} and etag {self._etags[event.content]}"
            )

    def _as(self, actor: str, asset: str) -> dict[str, Any]:
        """The options of a call about an asset that a person makes."""
        return {"extra_headers": {"X-Sandbox-Actor": actor}, **self._kind(asset), **self._account}

    def _kind(self, asset: str) -> dict[str, str]:
        return {"resource_type": self._resource_types[asset]}

    def _approval(self, event: Approve) -> dict[str, Any]:
        terms = event.terms
        metadata: dict[str, Any] = {"approval_status": "approved", "approved_by": event.actor}
        if event.names_bytes:
            metadata["approved_etag"] = self._etags[event.content]
        if terms.valid_from is not None:
            metadata["approval_valid_from"] = iso(terms.valid_from)
        if terms.valid_to is not None:
            metadata["approval_valid_to"] = iso(terms.valid_to)
        sets = {"segments": terms.segments, "jurisdictions": terms.jurisdictions, "offers": terms.offers}
        return metadata | {name: list(values) for name, values in sets.items() if values}

    def _update(self, event: Approve | Revoke | MarkDraft, metadata: dict[str, Any]) -> None:
        cloudinary.uploader.update_metadata(
            metadata,
            [event.public_id],
            extra_headers={"X-Sandbox-Actor": event.actor},
            **self._kind(event.asset),
            **self._account,
        )

    def _create_fields(self) -> None:
        there = {field["external_id"] for field in self._admin(cloudinary.api.list_metadata_fields)["metadata_fields"]}
        for field in _metadata_fields():
            if field["external_id"] not in there:
                self._admin(cloudinary.api.add_metadata_field, field)

    def _create_triggers(self) -> None:
        there = {(one["uri"], one["event_type"]) for one in self._admin(cloudinary.api.triggers)["triggers"]}
        for channel, event_type in product(self._channels, _TRIGGERS):
            uri = f"poll://{channel}"
            if (uri, event_type) not in there:
                self._admin(cloudinary.api.create_trigger, uri, event_type, uri_type="poll")

    def _admin(self, call: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        return call(*arguments, **options, **self._account)


def _metadata_fields() -> Iterator[dict[str, Any]]:
    """The definitions of all structured metadata fields."""
    for name in _TEXT_FIELDS:
        yield {"external_id": name, "label": name.replace("_", " ").capitalize(), "type": "string"}
    for name, (kind, values) in _LISTS.items():
        yield {
            "external_id": name,
            "label": name.replace("_", " ").capitalize(),
            "type": kind,
            "datasource": {"values": [{"external_id": value, "value": value} for value in values]},
        }
