"""Changes of assets that the Upload API and the Admin API both make, with the notifications that follow.

Belongs here: new versions, tags, context, metadata, moderation, deletion, restoring. Does not belong here: reading
requests or shaping answers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.cloudinary.errors import ApiError
from sandbox.cloudinary.events import Announcer, ContextChange, MetadataChange, TagsChange
from sandbox.cloudinary.model import Asset, Moderation, StoredFile, Version
from sandbox.cloudinary.wire import Exchange, parse_pairs

if TYPE_CHECKING:
    from sandbox.cloudinary.environment import Environment

_MODERATION_STATUSES = ("pending", "approved", "rejected")


@dataclass(frozen=True)
class Change:
    """One call that may change assets: the account, the request, and how to tell others."""

    environment: Environment
    exchange: Exchange

    @property
    def actor(self) -> str:
        """Who made the call: the rule of the package's docstring."""
        exchange = self.exchange
        context, metadata = exchange.params.get("context"), exchange.params.get("metadata")
        named = exchange.actor or _value(context, "uploaded_by") or _value(metadata, "approved_by")
        return named or self.environment.api_key

    @property
    def announcer(self) -> Announcer:
        """The sender of this call's notifications."""
        return Announcer(self.environment, self.exchange, self.actor)

    def new_version(self, name: tuple[str, str, str], stored: StoredFile) -> Version:
        """Return a version made now; its number is the sandbox clock's second, its id differs every time."""
        clock = self.environment.clock
        text = f"version {'/'.join(name)} {self.exchange.request_id} {stored.etag}"
        version_id = hashlib.sha256(text.encode()).hexdigest()[:32]
        return Version(version_id, clock.epoch_seconds(), stored, clock.now())

    def set_version(self, asset: Asset, version: Version, *, is_backed_up: bool) -> None:
        """Make `version` the current one; what was derived from or decided about the bytes before is gone."""
        asset.version = version
        asset.is_deleted = False
        asset.derived.clear()
        asset.moderation.clear()
        asset.rejected_version = None
        if is_backed_up:
            asset.backups.append(version)

    def set_tags(self, assets: Iterable[Asset], edit: Callable[[Sequence[str]], Iterable[str]]) -> list[Asset]:
        """Replace each asset's tags by `edit(tags)`; return the assets that were looked at."""
        now, changes = self.environment.clock.now(), []
        for asset in assets:
            before = tuple(asset.tags)
            asset.tags = list(dict.fromkeys(edit(before)))
            changes.append(TagsChange(asset, before, tuple(asset.tags)))
            if before != tuple(asset.tags):
                asset.touch("tags", now)
        self.announcer.tags_changed(changes)
        return [change.asset for change in changes]

    def set_context(self, assets: Iterable[Asset], edit: Callable[[Mapping[str, str]], dict[str, str]]) -> list[Asset]:
        """Replace each asset's context by `edit(context)`; return the assets that were looked at."""
        now, changes = self.environment.clock.now(), []
        for asset in assets:
            before = asset.context
            asset.context = edit(before)
            changes.append(ContextChange(asset, before, asset.context))
            if before != asset.context:
                asset.touch("context", now)
        self.announcer.context_changed(changes)
        return [change.asset for change in changes]

    def set_metadata(self, assets: Iterable[Asset], values: Mapping[str, str], *, clear_invalid: bool) -> list[Asset]:
        """Set the given metadata values of each asset (empty clears); return the assets.

        Raises ApiError 400, before any asset is changed, when a value is not allowed.
        """
        checked = self.environment.state.fields.checked(values, clear_invalid=clear_invalid)
        now, changes = self.environment.clock.now(), []
        for asset in assets:
            before = asset.metadata
            merged = {**before, **checked}
            asset.metadata = {name: value for name, value in merged.items() if value is not None}
            asset.touch("metadata", now)
            changes.append(MetadataChange(asset, before, asset.metadata))
        self.announcer.metadata_changed(changes)
        return [change.asset for change in changes]

    def moderate(self, asset: Asset, status: str, kind: str) -> None:
        """Set the state of one kind of moderation. Raises ApiError 400 for an unknown status."""
        if status not in _MODERATION_STATUSES:
            raise ApiError(400, f"Illegal moderation status: {status}")
        clock = self.environment.clock
        asset.moderation = [item for item in asset.moderation if item.kind != kind]
        asset.moderation.append(Moderation(kind, status, clock.now()))
        asset.rejected_version = clock.epoch_seconds() if status == "rejected" else None

    def delete(self, assets: Sequence[Asset]) -> None:
        """Delete assets; those with a backup stay as placeholders that can be restored."""
        for asset in assets:
            if asset.backups:
                asset.is_deleted = True
                asset.derived.clear()
            else:
                self.environment.state.assets.remove(asset)
        self.announcer.deleted(assets)

    def restore(self, asset: Asset, version: Version) -> None:
        """Make a backed-up version current again under a new version number."""
        restored = self.new_version(asset.name, version.file)
        self.set_version(asset, restored, is_backed_up=True)
        self.announcer.restored(asset)


def _value(pairs: object, name: str) -> str | None:
    """Return one value of `k=v|…`; a flag (`context=1` of a rename) has none."""
    if not isinstance(pairs, str) or f"{name}=" not in pairs:
        return None
    return parse_pairs(pairs).get(name) or None
