"""Assets as the three kinds of answers show them: listing item, detail, upload response, search result.

Belongs here: JSON shapes and delivery URLs. Does not belong here: changing anything.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from cloudinary.utils import smart_escape

from sandbox.clock import format_instant
from sandbox.cloudinary.signatures import sign_response, sign_url

if TYPE_CHECKING:
    from sandbox.cloudinary.environment import Environment
    from sandbox.cloudinary.model import Asset, Derived, Moderation, Version

_SIGNED_TYPES = frozenset({"private", "authenticated"})


def seconds(instant: datetime) -> str:
    """Return ISO text in UTC to the second, as Cloudinary writes created_at."""
    return format_instant(instant.replace(microsecond=0))


def file_name(asset: Asset, version: Version | None = None) -> str:
    """Return the last part of a delivery URL: the public_id with the format behind it, except for raw assets."""
    stored = (version or asset.version).file
    return (
        asset.public_id if asset.resource_type == "raw" or not stored.format else f"{asset.public_id}.{stored.format}"
    )


def delivery_url(
    environment: Environment, base_url: str, asset: Asset, transformation: str = "", name: str = ""
) -> str:
    """Return the asset's delivery URL with its present version; signed where the type asks for it."""
    source = smart_escape(name or file_name(asset))
    parts = [base_url, environment.cloud_name, asset.resource_type, asset.delivery_type]
    if asset.delivery_type in _SIGNED_TYPES:
        to_sign = "/".join(part for part in (transformation, source) if part)
        parts.append(f"s--{sign_url(to_sign, environment.api_secret)}--")
    if transformation:
        parts.append(transformation)
    return "/".join([*parts, f"v{asset.version.number}", source])


def is_placeholder(environment: Environment, asset: Asset) -> bool:
    """Say whether the asset is shown without its bytes: deleted with a backup, or rejected and so switched."""
    is_rejected = asset.moderation_status == "rejected" and environment.knob("rejected_delivery") == "placeholder"
    return asset.is_deleted or is_rejected


def list_item(environment: Environment, base_url: str, asset: Asset) -> dict[str, Any]:
    """Return what every listing shows of an asset when nothing more is asked for."""
    stored = asset.version.file
    is_empty = is_placeholder(environment, asset)
    shown: dict[str, Any] = {"asset_id": asset.asset_id, "public_id": asset.public_id}
    if asset.resource_type != "raw":
        shown["format"] = stored.format
    shown |= {
        "version": _shown_version(environment, asset),
        "resource_type": asset.resource_type,
        "type": asset.delivery_type,
        "created_at": seconds(asset.created_at),
        "bytes": 0 if is_empty else stored.size,
    }
    if stored.width is not None:
        shown |= {"width": stored.width, "height": stored.height}
    shown |= _folders(environment, asset)
    shown["access_mode"] = "public" if asset.delivery_type == "upload" else "authenticated"
    if asset.access_control:
        shown["access_control"] = asset.access_control
    if asset.backups:
        shown["backup"] = True
    if is_empty:
        shown["placeholder"] = True
    url = delivery_url(environment, base_url, asset)
    return shown | {"url": url, "secure_url": url}


def extras(asset: Asset, wanted: set[str]) -> dict[str, Any]:
    """Return tags, context, metadata and moderation as a listing adds them on request; empty ones are absent."""
    shown: dict[str, Any] = {}
    if "tags" in wanted and asset.tags:
        shown["tags"] = list(asset.tags)
    if "context" in wanted and asset.context:
        shown["context"] = {"custom": dict(asset.context)}
    if "metadata" in wanted:
        shown["metadata"] = dict(asset.metadata)
    if "moderations" in wanted and asset.moderation:
        shown |= moderation_json(asset)
    return shown


def moderation_json(asset: Asset) -> dict[str, Any]:
    """Return the moderation fields of an asset that was moderated."""
    last = asset.moderation[-1]
    return {
        "moderation": [_one_moderation(item) for item in asset.moderation],
        "moderation_status": last.status,
        "moderation_kind": last.kind,
    }


def detail(environment: Environment, base_url: str, asset: Asset, *, with_versions: bool, most: int) -> dict[str, Any]:
    """Return the detail of an asset: the listing item and everything else that is known of it."""
    shown = list_item(environment, base_url, asset) | extras(asset, {"tags", "context", "metadata", "moderations"})
    shown |= {
        "etag": asset.version.file.etag,
        "original_filename": asset.original_filename,
        "derived": [derived_json(environment, base_url, asset, item) for item in list(asset.derived.values())[:most]],
    }
    if asset.last_updated:
        shown["last_updated"] = {name: seconds(at) for name, at in sorted(asset.last_updated.items())}
    if asset.version.file.pages:
        shown["pages"] = asset.version.file.pages
    if asset.quality_override:
        shown["quality_override"] = asset.quality_override
    if with_versions and asset.backups:
        shown["versions"] = [_version_json(version) for version in asset.backups]
    return shown


def upload_response(environment: Environment, base_url: str, asset: Asset) -> dict[str, Any]:
    """Return what upload, explicit, rename and restore answer."""
    stored, number = asset.version.file, asset.version.number
    url = delivery_url(environment, base_url, asset)
    shown: dict[str, Any] = {
        "asset_id": asset.asset_id,
        "public_id": asset.public_id,
        "version": number,
        "version_id": asset.version.version_id,
        "signature": sign_response(asset.public_id, number, environment.api_secret),
    }
    if stored.width is not None:
        shown |= {"width": stored.width, "height": stored.height}
    if asset.resource_type != "raw":
        shown["format"] = stored.format
    shown |= {
        "resource_type": asset.resource_type,
        "created_at": seconds(asset.created_at),
        "tags": list(asset.tags),
        "bytes": stored.size,
        "type": asset.delivery_type,
        "etag": stored.etag,
        "placeholder": False,
        "url": url,
        "secure_url": url,
    }
    if stored.pages:
        shown["pages"] = stored.pages
    shown |= _folders(environment, asset)
    shown["access_mode"] = "public" if asset.delivery_type == "upload" else "authenticated"
    if asset.context:
        shown["context"] = {"custom": dict(asset.context)}
    if asset.metadata:
        shown["metadata"] = dict(asset.metadata)
    if asset.moderation:
        shown["moderation"] = [_one_moderation(item) for item in asset.moderation]
    return shown | {"original_filename": asset.original_filename}


def search_item(environment: Environment, base_url: str, asset: Asset, wanted: set[str]) -> dict[str, Any]:
    """Return a search result: flatter than a listing's item, with times, and context without `custom`."""
    stored = asset.version.file
    shown = list_item(environment, base_url, asset)
    shown |= {
        "filename": asset.public_id.rpartition("/")[2],
        "uploaded_at": seconds(asset.version.uploaded_at),
        "status": "deleted" if asset.is_deleted else "active",
        "etag": stored.etag,
        "backup_bytes": sum(version.file.size for version in asset.backups),
        "created_by": {"access_key": environment.api_key},
        "uploaded_by": {"access_key": environment.api_key},
    }
    if stored.width and stored.height:
        shown |= {"aspect_ratio": round(stored.width / stored.height, 5), "pixels": stored.width * stored.height}
    if asset.last_updated:
        shown["last_updated"] = {name: seconds(at) for name, at in sorted(asset.last_updated.items())}
    shown |= extras(asset, wanted - {"context"})
    if "context" in wanted and asset.context:
        shown["context"] = dict(asset.context)
    return shown


def derived_json(environment: Environment, base_url: str, asset: Asset, item: Derived) -> dict[str, Any]:
    """Return one derived file as detail and eager results show it."""
    name = f"{asset.public_id}.{item.format}"
    url = delivery_url(environment, base_url, asset, item.transformation, name)
    shown = {"transformation": item.transformation, "format": item.format, "bytes": item.size, "id": item.derived_id}
    return shown | {"width": item.width, "height": item.height, "url": url, "secure_url": url}


def _shown_version(environment: Environment, asset: Asset) -> int:
    if asset.rejected_version is not None and is_placeholder(environment, asset):
        return asset.rejected_version
    return asset.version.number


def _folders(environment: Environment, asset: Asset) -> dict[str, str]:
    if environment.has_asset_folders:
        return {"asset_folder": asset.asset_folder, "display_name": asset.display_name}
    return {"folder": asset.public_id.rpartition("/")[0]}


def _one_moderation(item: Moderation) -> dict[str, str]:
    return {"kind": item.kind, "status": item.status, "updated_at": seconds(item.updated_at)}


def _version_json(version: Version) -> dict[str, Any]:
    return {
        "version_id": version.version_id,
        "version": version.number,
        "size": version.file.size,
        "time": seconds(version.uploaded_at),
        "restorable": True,
    }
