"""The Admin API of an account: that it is there, what is stored, its resource types, tags and folders.

Belongs here: what these endpoints tell. Does not belong here: single assets (`admin_api`) and routes (`service`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.cloudinary.model import RESOURCE_TYPES

if TYPE_CHECKING:
    from sandbox.cloudinary.environment import Environment
    from sandbox.cloudinary.wire import Exchange


def ping(_environment: Environment, _exchange: Exchange) -> dict[str, Any]:
    """Say that the account is there."""
    return {"status": "ok"}


def configuration(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Show the account, with `settings=true` its folder mode too."""
    shown: dict[str, Any] = {"cloud_name": environment.cloud_name, "created_at": "2020-01-01T00:00:00Z"}
    if exchange.flag("settings"):
        shown["settings"] = {"folder_mode": environment.knob("folder_mode")}
    return shown


def usage(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Show how much is stored; the form for one day lacks limits, as with the service."""
    live = [asset for asset in environment.state.assets if not asset.is_deleted]
    derived_count = sum(len(asset.derived) for asset in live)
    stored = sum(asset.version.file.size for asset in live)
    limits = {} if "date" in exchange.path else {"limit": 10**12, "used_percent": 0.0}
    return {
        "plan": "Sandbox",
        "last_updated": environment.clock.now().date().isoformat(),
        "transformations": {"usage": derived_count, "credits_usage": 0.0, **limits},
        "objects": {"usage": len(live) + derived_count},
        "bandwidth": {"usage": 0, "credits_usage": 0.0, **limits},
        "storage": {"usage": stored, "credits_usage": 0.0, **limits},
        "credits": {"usage": 0.0},
        "requests": 0,
        "resources": len(live),
        "derived_resources": derived_count,
        "media_limits": {"image_max_size_bytes": 10**8, "video_max_size_bytes": 10**9, "raw_max_size_bytes": 10**8},
    }


def resource_types(_environment: Environment, _exchange: Exchange) -> dict[str, Any]:
    """List the resource types."""
    return {"resource_types": list(RESOURCE_TYPES)}


def tags(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """List the tags in use for a resource type, optionally those with a prefix, in one page."""
    prefix = exchange.text("prefix", "") or ""
    assets = environment.state.assets.of_resource_type(exchange.path["resource_type"])
    found = {tag for asset in assets if not asset.is_deleted for tag in asset.tags if tag.startswith(prefix)}
    return {"tags": sorted(found)}


def folders(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """List the folders directly under one folder (root when none is named)."""
    parent = exchange.path.get("folder", "")
    found = set()
    for asset in environment.state.assets:
        path = asset.asset_folder if environment.has_asset_folders else asset.public_id.rpartition("/")[0]
        if not asset.is_deleted and (not parent or path.startswith(f"{parent}/")):
            found.add(path.removeprefix(f"{parent}/" if parent else "").partition("/")[0])
    names = sorted(name for name in found if name)
    shown = [{"name": name, "path": f"{parent}/{name}".lstrip("/"), "external_id": ""} for name in names]
    return {"folders": shown, "total_count": len(shown)}
