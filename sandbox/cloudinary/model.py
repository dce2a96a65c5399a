"""What the stand-in remembers: assets, the stored versions of their files, and the store that finds them.

Belongs here: state and its indexes. Does not belong here: wire formats and the rules of single calls.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

RESOURCE_TYPES = ("image", "video", "raw")

MetadataValue: TypeAlias = str | int | list[str]


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file's bytes on disk (named by their md5, Cloudinary's etag) and what its header says."""

    etag: str
    size: int
    format: str
    width: int | None = None
    height: int | None = None
    pages: int | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """One upload of an asset; `number` is in epoch seconds and so not unique within a second."""

    version_id: str
    number: int
    file: StoredFile
    uploaded_at: datetime


@dataclass(frozen=True, slots=True)
class Moderation:
    """The present state of one kind of moderation; Cloudinary keeps no history of it."""

    kind: str
    status: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Derived:
    """One transformed file that was made from an asset."""

    derived_id: str
    transformation: str
    format: str
    size: int
    width: int | None
    height: int | None


@dataclass(slots=True)
class Asset:
    """One asset. `backups` holds every version whose bytes may be restored, oldest first."""

    asset_id: str
    sequence: int
    resource_type: str
    delivery_type: str
    public_id: str
    version: Version
    created_at: datetime
    asset_folder: str
    display_name: str
    original_filename: str
    tags: list[str] = field(default_factory=list)
    context: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, MetadataValue] = field(default_factory=dict)
    moderation: list[Moderation] = field(default_factory=list)
    access_control: list[object] = field(default_factory=list)
    quality_override: str | None = None
    custom_coordinates: list[tuple[int, int, int, int]] = field(default_factory=list)
    last_updated: dict[str, datetime] = field(default_factory=dict)
    backups: list[Version] = field(default_factory=list)
    derived: dict[str, Derived] = field(default_factory=dict)
    related: list[str] = field(default_factory=list)
    uploaded_by: str = ""
    is_deleted: bool = False
    rejected_version: int | None = None

    @property
    def name(self) -> tuple[str, str, str]:
        """The key that is unique in an account: (resource type, type, public_id)."""
        return (self.resource_type, self.delivery_type, self.public_id)

    @property
    def moderation_status(self) -> str | None:
        """The status of the latest moderation, None when the asset was never moderated."""
        return self.moderation[-1].status if self.moderation else None

    def touch(self, what: str, at: datetime) -> None:
        """Note that `what` (`tags`, `metadata`, …) changed at `at`."""
        self.last_updated[f"{what}_updated_at"] = at
        self.last_updated["updated_at"] = at


class Assets:
    """All assets of the account, found by id, by name and by (resource type, type)."""

    def __init__(self) -> None:
        self._by_id: dict[str, Asset] = {}
        self._by_name: dict[tuple[str, str, str], Asset] = {}
        self._by_kind: dict[tuple[str, str], dict[str, Asset]] = {}
        self._created = 0

    def __iter__(self) -> Iterator[Asset]:
        """Iterate over all assets, deleted ones with a backup included, in order of creation."""
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    def next_identity(self, name: tuple[str, str, str]) -> tuple[str, int]:
        """Return the asset_id (32 hex digits, the same for the same history) and sequence of a new asset."""
        self._created += 1
        text = f"{'/'.join(name)}#{self._created}"
        return hashlib.sha256(text.encode()).hexdigest()[:32], self._created

    def add(self, asset: Asset) -> None:
        """Take in a new asset."""
        self._by_id[asset.asset_id] = asset
        self._index(asset)

    def remove(self, asset: Asset) -> None:
        """Forget an asset altogether."""
        del self._by_id[asset.asset_id]
        self._unindex(asset)

    def rename(self, asset: Asset, delivery_type: str, public_id: str) -> None:
        """Give an asset another name; the name must be free."""
        self._unindex(asset)
        asset.delivery_type, asset.public_id = delivery_type, public_id
        self._index(asset)

    def by_id(self, asset_id: str) -> Asset | None:
        """Return the asset with this id, deleted or not."""
        return self._by_id.get(asset_id)

    def by_name(self, resource_type: str, delivery_type: str, public_id: str) -> Asset | None:
        """Return the asset with this name, deleted or not."""
        return self._by_name.get((resource_type, delivery_type, public_id))

    def of_kind(self, resource_type: str, delivery_type: str) -> Iterable[Asset]:
        """Return the assets of one resource type and type, deleted ones with a backup included."""
        return self._by_kind.get((resource_type, delivery_type), {}).values()

    def of_resource_type(self, resource_type: str) -> Iterator[Asset]:
        """Return the assets of one resource type, whatever their type."""
        for (kind, _), assets in self._by_kind.items():
            if kind == resource_type:
                yield from assets.values()

    def _index(self, asset: Asset) -> None:
        self._by_name[asset.name] = asset
        kind = (asset.resource_type, asset.delivery_type)
        self._by_kind.setdefault(kind, {})[asset.asset_id] = asset

    def _unindex(self, asset: Asset) -> None:
        del self._by_name[asset.name]
        del self._by_kind[(asset.resource_type, asset.delivery_type)][asset.asset_id]


class Files:
    """Bytes on disk, named by their md5. Written without fsync: losing the sandbox loses nothing of value."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def put(self, content: bytes) -> str:
        """Keep `content` and return its md5 in hex."""
        etag = hashlib.md5(content, usedforsecurity=False).hexdigest()
        path = self.path(etag)
        if not path.exists():
            self._write(path, content)
        return etag

    def put_as(self, name: str, content: bytes) -> None:
        """Keep `content` under a name of its own."""
        self._write(self.path(name), content)

    def get(self, etag: str) -> bytes:
        """Return the bytes with this md5. Raises FileNotFoundError when they were never put."""
        return self.path(etag).read_bytes()

    def path(self, name: str) -> Path:
        """Return where the bytes with this md5 or name lie."""
        return self._folder / name

    @staticmethod
    def _write(path: Path, content: bytes) -> None:
        partial = path.with_suffix(".partial")
        partial.write_bytes(content)
        partial.replace(path)
