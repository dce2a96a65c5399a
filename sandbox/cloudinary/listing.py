"""Listings: which assets, in which order, page by page.

Belongs here: selection, order and cursors shared by every listing. Does not belong here: search expressions.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from sandbox.clock import parse_instant
from sandbox.cloudinary.errors import ApiError
from sandbox.cloudinary.model import RESOURCE_TYPES, Asset
from sandbox.cloudinary.representation import extras, is_placeholder, list_item
from sandbox.cloudinary.wire import parse_list

if TYPE_CHECKING:
    from sandbox.cloudinary.environment import Environment
    from sandbox.cloudinary.wire import Exchange

_DEFAULT_PAGE = 10
_DEFAULT_FOLDER_PAGE = 50
_MOST_A_PAGE = 500
_MOST_IDS = 100
_FLAGS = ("tags", "context", "metadata", "moderations")
_NOT_PART_OF_QUERY = frozenset({"next_cursor", "max_results"})


def by_type(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """List `/resources/:resource_type[/:type]`: by ids, by prefix, or all (newest first)."""
    resource_type = exchange.path["resource_type"]
    if resource_type not in RESOURCE_TYPES:
        raise ApiError(400, f"Invalid resource type {resource_type}")
    delivery_type = exchange.path.get("type", "upload")
    if "public_ids" in exchange.params:
        wanted = _ids(exchange, "public_ids")
        found = (environment.state.assets.by_name(resource_type, delivery_type, public_id) for public_id in wanted)
        return {"resources": _shown(environment, exchange, [asset for asset in found if asset is not None])}
    candidates = environment.state.assets.of_kind(resource_type, delivery_type)
    prefix = exchange.text("prefix")
    if prefix is not None:
        selected = (asset for asset in candidates if asset.public_id.startswith(prefix))
        return page(environment, exchange, lambda: sorted(selected, key=lambda asset: asset.public_id))
    return page(environment, exchange, lambda: _by_creation(exchange, _since(exchange, candidates)))


def by_asset_ids(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """List assets by asset_id, at most 100, deleted ones left out."""
    found = (environment.state.assets.by_id(asset_id) for asset_id in _ids(exchange, "asset_ids"))
    return {"resources": _shown(environment, exchange, [asset for asset in found if asset and not asset.is_deleted])}


def by_asset_folder(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """List the assets of exactly one asset folder. Raises ApiError 400 in fixed folder mode."""
    if not environment.has_asset_folders:
        raise ApiError(400, "Listing by asset folder is not available in fixed folder mode")
    folder = exchange.required("asset_folder")
    return _filtered(environment, exchange, lambda asset: asset.asset_folder == folder, _DEFAULT_FOLDER_PAGE)


def by_tag(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """List the assets of one resource type that carry a tag."""
    tag = exchange.path["tag"]
    return _filtered(environment, exchange, lambda asset: tag in asset.tags)


def by_context(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """List the assets of one resource type with a context key, or with a key and value."""
    key, value = exchange.required("key"), exchange.text("value")
    return _filtered(environment, exchange, lambda asset: key in asset.context and value in {None, asset.context[key]})


def by_moderation(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """List the assets of one resource type whose moderation of a kind has a status."""
    wanted = (exchange.path["kind"], exchange.path["status"])
    return _filtered(
        environment, exchange, lambda asset: any((item.kind, item.status) == wanted for item in asset.moderation)
    )


def _filtered(
    environment: Environment, exchange: Exchange, keep: Callable[[Asset], bool], default_page: int = _DEFAULT_PAGE
) -> dict[str, Any]:
    assets = environment.state.assets
    resource_type = exchange.path.get("resource_type")
    candidates: Iterable[Asset] = assets if resource_type is None else assets.of_resource_type(resource_type)
    selected = (asset for asset in candidates if not asset.is_deleted and keep(asset))
    return page(environment, exchange, lambda: _by_creation(exchange, selected), default_page)


def page(
    environment: Environment,
    exchange: Exchange,
    select: Callable[[], Sequence[Asset]],
    default_page: int = _DEFAULT_PAGE,
    show: Callable[[Sequence[Asset]], list[dict[str, Any]]] | None = None,
) -> dict[str, Any]:
    """Return one page: `resources`, and `next_cursor` unless it is the last.

    `select` runs for the first page only: its order is kept under the cursor, assets deleted since are left out.
    """
    size = exchange.number("max_results", default_page, 1, 10**6)
    size = min(size, _MOST_A_PAGE, int(environment.knob("page_size_cap")))
    query, cursors, now = _query(exchange), environment.state.cursors, environment.clock.now()
    token = exchange.text("next_cursor")
    if token is None:
        selected, position = select(), 0
    else:
        lifetime = float(environment.knob("cursor_lifetime_seconds"))
        selected, position = cursors.resume(token, query, now, lifetime)
    chosen = [asset for asset in selected[position : position + size] if environment.state.assets.by_id(asset.asset_id)]
    answer: dict[str, Any] = {"resources": show(chosen) if show else _shown(environment, exchange, chosen)}
    if position + size < len(selected):
        answer["next_cursor"] = cursors.issue(query, selected, position + size, now)
    return answer


def _query(exchange: Exchange) -> str:
    params = {name: value for name, value in exchange.params.items() if name not in _NOT_PART_OF_QUERY}
    return json.dumps([dict(exchange.path), params], sort_keys=True)


def _by_creation(exchange: Exchange, assets: Iterable[Asset]) -> list[Asset]:
    direction = str(exchange.params.get("direction") or "desc")
    if direction not in {"asc", "desc", "1", "-1"}:
        raise ApiError(400, f"Invalid value {direction} for parameter direction")
    is_descending = direction in {"desc", "-1"}
    return sorted(assets, key=lambda asset: (asset.created_at, asset.sequence), reverse=is_descending)


def _since(exchange: Exchange, assets: Iterable[Asset]) -> Iterable[Asset]:
    text = exchange.text("start_at")
    if text is None:
        return assets
    try:
        start = parse_instant(text if text[-1] == "Z" or "+" in text[10:] else f"{text.replace(' UTC', '')}Z")
    except ValueError as error:
        raise ApiError(400, f"Invalid value {text} for parameter start_at") from error
    return (asset for asset in assets if asset.created_at >= start)


def _ids(exchange: Exchange, name: str) -> list[str]:
    wanted = exchange.items(name)
    if len(wanted) > _MOST_IDS:
        raise ApiError(400, f"Too many {name}: {len(wanted)}, at most {_MOST_IDS}")
    return list(dict.fromkeys(wanted))


def _shown(environment: Environment, exchange: Exchange, assets: Sequence[Asset]) -> list[dict[str, Any]]:
    fields = parse_list(exchange.params.get("fields"))
    wanted = set(fields) if fields else {name for name in _FLAGS if exchange.flag(name)}
    shown = []
    for asset in assets:
        item = list_item(environment, exchange.base_url, asset) | extras(asset, wanted)
        if fields:
            kept = {"asset_id", "public_id", *fields}
            item = {name: value for name, value in item.items() if name in kept}
        if is_placeholder(environment, asset):
            item["placeholder"] = True
        shown.append(item)
    return shown
