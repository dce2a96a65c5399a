"""The Admin API's deletion of assets, derived files and backups, and restoring from backups.

Belongs here: what is chosen, and the answers. Does not belong here: what a deletion changes and announces (`changes`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sandbox.cloudinary.changes import Change
from sandbox.cloudinary.errors import ApiError, missing, not_found
from sandbox.cloudinary.model import Asset, Version
from sandbox.cloudinary.representation import upload_response

if TYPE_CHECKING:
    from sandbox.cloudinary.environment import Environment
    from sandbox.cloudinary.wire import Exchange

_MOST_DELETED = 1000


def delete_by_type(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Delete assets of one resource type and type: by public_ids, by prefix or all; at most 1,000 in one call."""
    assets = environment.state.assets
    kind = (exchange.path["resource_type"], exchange.path["type"])
    public_ids, prefix = exchange.items("public_ids"), exchange.text("prefix")
    if public_ids:
        found = {public_id: assets.by_name(*kind, public_id) for public_id in public_ids}
        return _delete(environment, exchange, found)
    if prefix is None and not exchange.flag("all"):
        raise missing("public_ids")
    selected = [asset for asset in assets.of_kind(*kind) if asset.public_id.startswith(prefix or "")]
    return _delete(environment, exchange, {asset.public_id: asset for asset in selected if not asset.is_deleted})


def delete_by_asset_ids(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Delete assets by asset_id."""
    asset_ids = exchange.items("asset_ids")
    if not asset_ids:
        raise missing("asset_ids")
    return _delete(environment, exchange, {item: environment.state.assets.by_id(item) for item in asset_ids})


def delete_by_tag(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Delete the assets of one resource type that carry a tag."""
    candidates = environment.state.assets.of_resource_type(exchange.path["resource_type"])
    selected = [asset for asset in candidates if exchange.path["tag"] in asset.tags and not asset.is_deleted]
    return _delete(environment, exchange, {asset.public_id: asset for asset in selected})


def _delete(environment: Environment, exchange: Exchange, found: dict[str, Asset | None]) -> dict[str, Any]:
    chosen = dict(list(found.items())[:_MOST_DELETED])
    present = {key: asset for key, asset in chosen.items() if asset is not None and not asset.is_deleted}
    counts = {key: {"original": 1, "derived": len(asset.derived)} for key, asset in present.items()}
    if exchange.flag("keep_original"):
        for key, asset in present.items():
            asset.derived.clear()
            counts[key]["original"] = 0
    else:
        Change(environment, exchange).delete(list(present.values()))
    return {
        "deleted": {key: "deleted" if key in present else "not_found" for key in chosen},
        "deleted_counts": {key: counts.get(key, {"original": 0, "derived": 0}) for key in chosen},
        "partial": len(found) > len(chosen),
    }


def delete_derived(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Forget derived files by their ids; they are made again when they are asked for."""
    wanted = exchange.items("derived_resource_ids")
    deleted = dict.fromkeys(wanted, "not_found")
    for asset in environment.state.assets:
        for derived_id in wanted:
            if asset.derived.pop(derived_id, None) is not None:
                deleted[derived_id] = "deleted"
    return {"deleted": deleted}


def delete_backups(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Delete backed-up versions of one asset for good."""
    asset = environment.state.assets.by_id(exchange.path["asset_id"])
    if asset is None:
        raise not_found(exchange.path["asset_id"])
    known = {version.version_id for version in asset.backups}
    wanted = exchange.items("version_ids")
    asset.backups = [version for version in asset.backups if version.version_id not in wanted]
    failures = [{"version_id": item, "error": "not_found"} for item in wanted if item not in known]
    deleted = [item for item in wanted if item in known]
    return {"asset_id": asset.asset_id, "deleted_version_ids": deleted, "failures": failures}


def restore_by_public_ids(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Restore assets by public_id, each its newest or the named version."""
    kind = (exchange.path["resource_type"], exchange.path["type"])
    wanted = exchange.items("public_ids")
    return _restore(environment, exchange, wanted, [environment.state.assets.by_name(*kind, item) for item in wanted])


def restore_by_asset_ids(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Restore assets by asset_id, each its newest or the named version."""
    wanted = exchange.items("asset_ids")
    return _restore(environment, exchange, wanted, [environment.state.assets.by_id(item) for item in wanted])


def _restore(
    environment: Environment, exchange: Exchange, wanted: list[str], assets: Sequence[Asset | None]
) -> dict[str, Any]:
    versions = exchange.items("versions")
    if versions and len(versions) != len(wanted):
        raise ApiError(400, f"versions has {len(versions)} entries, expected {len(wanted)}")
    answer: dict[str, Any] = {}
    for position, (key, asset) in enumerate(zip(wanted, assets, strict=True)):
        version = _backup(asset, versions[position] if versions else None)
        if asset is None or version is None:
            answer[key] = {"error": "no_backup"}
            continue
        if asset.is_deleted or versions:
            Change(environment, exchange).restore(asset, version)
        answer[key] = upload_response(environment, exchange.base_url, asset)
    return answer


def _backup(asset: Asset | None, version_id: str | None) -> Version | None:
    if asset is None or not asset.backups:
        return None
    if version_id is None:
        return asset.backups[-1]
    return next((version for version in asset.backups if version.version_id == version_id), None)
