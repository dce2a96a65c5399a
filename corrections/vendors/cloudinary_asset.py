"""An asset as Cloudinary shows it now, in the terms of corrections, and the mark that a correction leaves on it.

Here belongs reading the vendor's detail. A write to Cloudinary carries its correlation id as a context value:
`explicit` and `upload` set context as a whole, so that what stands there is written with it; nothing else is lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from corrections.pushing.pushed_file import FileFacts
from corrections.renditions.measured import Region
from ingest.cloudinary.client import CloudinaryClient
from ingest.strict import JsonObject

MARK: Final = "assettrail_correction"
_DELIVERED_OPENLY = "upload"
_SHOWN = ("coordinates", "related")


@dataclass(frozen=True)
class CloudinaryAsset:
    """One asset; `coordinates` are its custom ones, `related` the ids of the assets that are related to it."""

    asset_id: str
    public_id: str
    resource_type: str
    type: str
    version: int | None
    etag: str | None
    is_placeholder: bool
    facts: FileFacts
    tags: tuple[str, ...] = ()
    context: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, object] = field(default_factory=dict)
    coordinates: tuple[Region, ...] = ()
    related: frozenset[str] = frozenset()

    @property
    def mark(self) -> str | None:
        """The correlation id of the last correction that wrote to it."""
        return self.context.get(MARK)

    @property
    def is_delivered_openly(self) -> bool:
        """Whether everybody who has its address gets it."""
        return self.type == _DELIVERED_OPENLY

    def context_with(self, correlation_id: str) -> dict[str, str]:
        """Its context with the mark of a correction."""
        return {**self.context, MARK: correlation_id}


def read_asset(client: CloudinaryClient, asset_id: str) -> CloudinaryAsset | None:
    """Read an asset by its id, None when there is none. Raises the reading client's errors."""
    found = client.asset(asset_id, _SHOWN)
    return None if found is None else _asset(found)


def read_named(client: CloudinaryClient, resource_type: str, public_id: str) -> CloudinaryAsset | None:
    """Read an asset that is delivered openly by its name, None when there is none. Raises as `read_asset` does."""
    found = client.asset_named(resource_type, _DELIVERED_OPENLY, public_id, _SHOWN)
    return None if found is None else _asset(found)


def _asset(found: JsonObject) -> CloudinaryAsset:
    return CloudinaryAsset(
        asset_id=_text(found.get("asset_id")) or "",
        public_id=_text(found.get("public_id")) or "",
        resource_type=_text(found.get("resource_type")) or "",
        type=_text(found.get("type")) or "",
        version=_number(found.get("version")),
        etag=_text(found.get("etag")),
        is_placeholder=bool(found.get("placeholder")),
        facts=FileFacts(
            size_bytes=_number(found.get("bytes")) or 0,
            format_code=_text(found.get("format")),
            width_px=_number(found.get("width")),
            height_px=_number(found.get("height")),
        ),
        tags=tuple(str(tag) for tag in _list(found.get("tags"))),
        context=_context(found.get("context")),
        metadata=_object(found.get("metadata")),
        coordinates=_regions(found.get("coordinates")),
        related=frozenset(str(_object(one).get("asset_id")) for one in _list(found.get("related_assets"))),
    )


def _context(value: object) -> dict[str, str]:
    """Context values: `{"custom": {…}}`, or a list of keys and values as some answers have it."""
    custom = _object(value).get("custom")
    if isinstance(custom, list):
        return {str(_object(one).get("key")): str(_object(one).get("value")) for one in custom}
    return {str(name): str(text) for name, text in _object(custom).items()}


def _regions(value: object) -> tuple[Region, ...]:
    found = (_list(one) for one in _list(_object(value).get("custom")))
    return tuple(Region(*(int(str(side)) for side in one)) for one in found if len(one) == 4)


def _object(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
