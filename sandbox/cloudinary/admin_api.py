"""The Admin API of one asset: its details and their update.

Belongs here: each endpoint's parameters and answer. Does not belong here: lists and search (`listing`, `search`),
deletion (`deletion_api`), the other endpoints (`account_api`, `metadata_api`, `notification_api`, `recipe_api`),
authentication, rate-limit headers and routes (`service`).
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sandbox.cloudinary.analyses import ANALYSES
from sandbox.cloudinary.changes import Change
from sandbox.cloudinary.errors import ApiError, not_found
from sandbox.cloudinary.model import Asset
from sandbox.cloudinary.paging import page_of
from sandbox.cloudinary.relations import related_json
from sandbox.cloudinary.representation import detail
from sandbox.cloudinary.wire import parse_list, parse_pairs

if TYPE_CHECKING:
    from sandbox.cloudinary.environment import Environment
    from sandbox.cloudinary.wire import Exchange

_MOST_DERIVED = 500


def show_by_public_id(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Show one asset by resource type, type and public_id; a deleted one with a backup is a placeholder."""
    return _detail(environment, exchange, _by_name(environment, exchange))


def show_by_asset_id(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Show one asset by asset_id."""
    asset = environment.state.assets.by_id(exchange.path["asset_id"])
    if asset is None:
        raise not_found(exchange.path["asset_id"])
    return _detail(environment, exchange, asset)


def update(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Change what the request names of an asset. Raises ApiError 400 before anything is changed."""
    asset = _by_name(environment, exchange)
    if asset.is_deleted:
        raise not_found(asset.public_id)
    change = Change(environment, exchange)
    values = parse_pairs(exchange.params.get("metadata"))
    environment.state.fields.checked(values, clear_invalid=exchange.flag("clear_invalid"))
    _refuse_add_ons(exchange)
    if exchange.params.get("tags") is not None:
        wanted = parse_list(exchange.params["tags"])
        change.set_tags([asset], lambda _: wanted)
    if exchange.params.get("context") is not None:
        context = parse_pairs(exchange.params["context"])
        change.set_context([asset], lambda _: context)
    if values:
        change.set_metadata([asset], values, clear_invalid=exchange.flag("clear_invalid"))
    _update_moderation(change, asset)
    _update_place_and_access(change, asset)
    return _detail(environment, exchange, asset)


def _update_moderation(change: Change, asset: Asset) -> None:
    status = change.exchange.text("moderation_status")
    if status is not None:
        kind = asset.moderation[-1].kind if asset.moderation else "manual"
        change.moderate(asset, status, kind)
        change.announcer.moderated(asset)


def _update_place_and_access(change: Change, asset: Asset) -> None:
    exchange, now = change.exchange, change.environment.clock.now()
    folder, display_name = exchange.params.get("asset_folder"), exchange.text("display_name")
    if folder is not None and folder != asset.asset_folder:
        before, asset.asset_folder = asset.asset_folder, str(folder)
        asset.touch("asset_folder", now)
        change.announcer.moved(asset, before)
    if display_name is not None and display_name != asset.display_name:
        asset.display_name = display_name
        asset.touch("display_name", now)
        change.announcer.display_name_changed(asset)
    if exchange.text("access_control") is not None:
        asset.access_control = _access_control(exchange.params["access_control"])
        asset.touch("access_control", now)
        change.announcer.access_changed(asset)
    if exchange.text("quality_override") is not None:
        asset.quality_override = exchange.text("quality_override")


def _access_control(value: object) -> list[object]:
    try:
        rules = json.loads(value) if isinstance(value, str) else value
    except ValueError as error:
        raise ApiError(400, f"Illegal value {value} for access_control") from error
    if not isinstance(rules, list):
        raise ApiError(400, f"Illegal value {value} for access_control")
    return rules


def _refuse_add_ons(exchange: Exchange) -> None:
    if exchange.text("raw_convert") is not None:
        raise ApiError(400, "Raw convert is invalid")
    for name in ("ocr", "categorization", "detection", "background_removal", "similarity_search"):
        if exchange.text(name) is not None:
            raise ApiError(400, f"{name.replace('_', ' ').capitalize()} value {exchange.text(name)} is not valid")


def _by_name(environment: Environment, exchange: Exchange) -> Asset:
    path = exchange.path
    asset = environment.state.assets.by_name(path["resource_type"], path["type"], path["public_id"])
    if asset is None:
        raise not_found(path["public_id"])
    return asset


def _detail(environment: Environment, exchange: Exchange, asset: Asset) -> dict[str, Any]:
    most = min(exchange.number("max_results", 10, 1, _MOST_DERIVED), int(environment.knob("page_size_cap")))
    shown = detail(environment, exchange.base_url, asset, with_versions=exchange.flag("versions"), most=_MOST_DERIVED)
    derived = page_of("derived", shown["derived"], environment, _asking_for_derived(exchange, most))
    shown["derived"] = derived["derived"]
    if "next_cursor" in derived:
        shown["derived_next_cursor"] = derived["next_cursor"]
    if exchange.flag("image_metadata"):
        shown["image_metadata"] = {}
    if exchange.flag("coordinates") and asset.custom_coordinates:
        shown["coordinates"] = {"custom": [list(region) for region in asset.custom_coordinates]}
    if exchange.flag("related") and asset.related:
        shown["related_assets"] = related_json(environment, asset)
    for name, analyse in ANALYSES.items():
        if exchange.flag(name) and asset.resource_type == "image":
            shown |= analyse(asset)
    return shown


def _asking_for_derived(exchange: Exchange, most: int) -> Exchange:
    asked = {"max_results": most, "next_cursor": exchange.text("derived_next_cursor")}
    return replace(exchange, params=asked)
