"""Related assets: a relation of two assets that holds in both directions and stays when either is overwritten.

Belongs here: relating, and how a detail shows it. Does not belong here: other changes of assets (`changes`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.cloudinary.errors import ApiError, missing, not_found

if TYPE_CHECKING:
    from sandbox.cloudinary.environment import Environment
    from sandbox.cloudinary.model import Asset
    from sandbox.cloudinary.wire import Exchange

_MOST = 10


def relate_by_public_id(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Relate the asset of the path to assets named `resource type/type/public_id`."""
    path = exchange.path
    asset = environment.state.assets.by_name(path["resource_type"], path["type"], path["public_id"])
    if asset is None:
        raise not_found(path["public_id"])

    def named(name: str) -> Asset | None:
        parts = name.split("/", 2)
        return environment.state.assets.by_name(*parts) if len(parts) == 3 else None

    return _relate(asset, {name: named(name) for name in _asked(exchange)})


def relate_by_asset_id(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Relate the asset of the path to assets named by their asset ids."""
    assets = environment.state.assets
    asset = assets.by_id(exchange.path["asset_id"])
    if asset is None:
        raise not_found(exchange.path["asset_id"])
    return _relate(asset, {name: assets.by_id(name) for name in _asked(exchange)})


def related_json(environment: Environment, asset: Asset) -> list[dict[str, Any]]:
    """Return the assets that are related to this one, as a detail shows them."""
    found = (environment.state.assets.by_id(asset_id) for asset_id in asset.related)
    return [
        {
            "asset_id": one.asset_id,
            "resource_type": one.resource_type,
            "type": one.delivery_type,
            "public_id": one.public_id,
        }
        for one in found
        if one is not None and not one.is_deleted
    ]


def _asked(exchange: Exchange) -> list[str]:
    names = exchange.items("assets_to_relate")
    if not names:
        raise missing("assets_to_relate")
    if len(names) > _MOST:
        raise ApiError(400, f"Too many assets to relate: {len(names)}, at most {_MOST}")
    return names


def _relate(asset: Asset, others: dict[str, Asset | None]) -> dict[str, Any]:
    success: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    for name, other in others.items():
        if other is None or other.is_deleted or other is asset:
            failed.append({"message": "resource does not exist", "code": "RL0002", "asset": name, "status": 404})
            continue
        if other.asset_id not in asset.related:
            asset.related.append(other.asset_id)
        if asset.asset_id not in other.related:
            other.related.append(asset.asset_id)
        success.append({"message": "success", "code": "RL0000", "asset": name, "status": 200})
    return {"success": success, "failed": failed}
