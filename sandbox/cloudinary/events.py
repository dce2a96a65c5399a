"""The bodies of notifications, one function for each kind of change.

Belongs here: which shape each type has (a list here, a map by public_id there). Does not belong here: queues and
signing (`notifications`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sandbox.cloudinary.notifications import Delivery
from sandbox.cloudinary.representation import moderation_json, seconds, upload_response

if TYPE_CHECKING:
    from datetime import datetime

    from sandbox.cloudinary.environment import Environment
    from sandbox.cloudinary.model import Asset, MetadataValue
    from sandbox.cloudinary.wire import Exchange


@dataclass(frozen=True, slots=True)
class MetadataChange:
    """One asset's structured metadata before and after a call, all values."""

    asset: Asset
    before: Mapping[str, MetadataValue]
    after: Mapping[str, MetadataValue]


@dataclass(frozen=True, slots=True)
class ContextChange:
    """One asset's context before and after a call."""

    asset: Asset
    before: Mapping[str, str]
    after: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TagsChange:
    """One asset's tags before and after a call."""

    asset: Asset
    before: tuple[str, ...]
    after: tuple[str, ...]


class Announcer:
    """Sends the notifications of one call, in the name of whoever made it."""

    def __init__(self, environment: Environment, exchange: Exchange, actor: str) -> None:
        self._environment = environment
        self._exchange = exchange
        self._actor = actor

    def uploaded(self, asset: Asset, *, is_overwritten: bool) -> None:
        """Announce new bytes: the whole upload response."""
        body = upload_response(self._environment, self._exchange.base_url, asset)
        if is_overwritten:
            body["overwritten"] = True
        self._send("upload", body | {"api_key": self._environment.api_key})

    def eager(self, asset: Asset, made: list[dict[str, Any]]) -> None:
        """Announce derived files that were made ahead of their first delivery."""
        self._send("eager", {**_identity(asset), "batch_id": self._exchange.text("batch_id", ""), "eager": made})

    def deleted(self, assets: Iterable[Asset]) -> None:
        """Announce deleted assets: a LIST."""
        resources = [{**_identity(asset), "version": asset.version.number} for asset in assets]
        if resources:
            self._send("delete", {"resources": resources})

    def renamed(self, asset: Asset, from_public_id: str) -> None:
        """Announce another public_id: flat."""
        body = _identity(asset) | {"from_public_id": from_public_id, "to_public_id": asset.public_id}
        del body["public_id"]
        self._send("rename", body | {"asset_folder": asset.asset_folder, "display_name": asset.display_name})

    def moved(self, asset: Asset, from_folder: str) -> None:
        """Announce another asset folder: a MAP by public_id."""
        change = {**_identity(asset), "from_asset_folder": from_folder, "to_asset_folder": asset.asset_folder}
        self._send("move", {"resources": {asset.public_id: change}})

    def display_name_changed(self, asset: Asset) -> None:
        """Announce another display name: a LIST."""
        change = {**_identity(asset), "new_display_name": asset.display_name}
        self._send("resource_display_name_changed", {"resources": [change]})

    def tags_changed(self, changes: Iterable[TagsChange]) -> None:
        """Announce added and removed tags: a LIST; assets whose tags are the same as before are left out."""
        resources = [
            {
                **_identity(change.asset),
                "added": [tag for tag in change.after if tag not in change.before],
                "removed": [tag for tag in change.before if tag not in change.after],
                "updated": [],
            }
            for change in changes
            if change.before != change.after
        ]
        if resources:
            self._send("resource_tags_changed", {"resources": resources})

    def context_changed(self, changes: Iterable[ContextChange]) -> None:
        """Announce changed context values: a MAP by public_id with lists of name and value."""
        resources = {
            change.asset.public_id: _context_difference(change) for change in changes if change.before != change.after
        }
        if resources:
            self._send("resource_context_changed", {"resources": resources})

    def metadata_changed(self, changes: Iterable[MetadataChange]) -> None:
        """Announce structured metadata that a call set: a MAP by public_id with all values before and after."""
        resources = {
            change.asset.public_id: {
                "asset_id": change.asset.asset_id,
                "resource_type": change.asset.resource_type,
                "type": change.asset.delivery_type,
                "previous_metadata": dict(change.before),
                "new_metadata": dict(change.after),
            }
            for change in changes
        }
        if resources:
            self._send("resource_metadata_changed", {"resources": resources})

    def moderated(self, asset: Asset) -> None:
        """Announce another moderation status."""
        body = upload_response(self._environment, self._exchange.base_url, asset)
        shown = {name: body[name] for name in ("url", "secure_url", "version")}
        shown |= moderation_json(asset) | {"moderation_response": {}, "etag": None}
        shown["moderation_updated_at"] = seconds(asset.moderation[-1].updated_at)
        shown["uploaded_at"] = seconds(asset.version.uploaded_at)
        self._send("moderation", _identity(asset) | shown)

    def access_changed(self, asset: Asset) -> None:
        """Announce another access control: a LIST."""
        change = {**_identity(asset), "access_control": asset.access_control}
        self._send("access_control_changed", {"resources": [change]})

    def restored(self, asset: Asset) -> None:
        """Announce that a backed-up version is current again, under a new version number."""
        body = upload_response(self._environment, self._exchange.base_url, asset)
        self._send("restore_asset_version", body)

    def _send(self, notification_type: str, body: Mapping[str, Any]) -> None:
        environment, exchange = self._environment, self._exchange
        now = environment.now_text()
        message = {
            "notification_type": notification_type,
            "timestamp": now,
            "request_id": exchange.request_id,
            **body,
            "notification_context": {
                "triggered_at": now,
                "triggered_by": {"source": "api", "id": self._actor},
            },
            "signature_key": environment.api_key,
        }
        delivery = Delivery(
            api_secret=environment.api_secret,
            algorithm=str(environment.knob("notification_algorithm")),
            duplicates=float(environment.knob("notification_duplicates")),
            held_until=_held_until(environment),
            retry_seconds=float(environment.knob("webhook_retry_seconds")),
        )
        batch_id = exchange.text("batch_id") or exchange.request_id
        environment.state.notifications.publish(message, exchange.text("notification_url"), batch_id, delivery)


def _identity(asset: Asset) -> dict[str, Any]:
    return {
        "asset_id": asset.asset_id,
        "resource_type": asset.resource_type,
        "type": asset.delivery_type,
        "public_id": asset.public_id,
    }


def _context_difference(change: ContextChange) -> dict[str, Any]:
    before, after = change.before, change.after
    both = [name for name in after if name in before and before[name] != after[name]]
    return {
        "asset_id": change.asset.asset_id,
        "resource_type": change.asset.resource_type,
        "type": change.asset.delivery_type,
        "added": [{"name": name, "value": after[name]} for name in after if name not in before],
        "removed": [{"name": name, "value": before[name]} for name in before if name not in after],
        "updated": [{"name": name, "value": after[name]} for name in both],
    }


def _held_until(environment: Environment) -> datetime | None:
    seconds_held = int(environment.knob("notification_held_seconds"))
    return environment.clock.now() + timedelta(seconds=seconds_held) if seconds_held else None
