"""The Admin API except listings and search: details, updates, deletion, restoring, metadata fields, triggers, the rest.

Belongs here: each endpoint's parameters and answer. Does not belong here: authentication, rate-limit headers and
routes (`service`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sandbox.cloudinary.analyses import ANALYSES
from sandbox.cloudinary.changes import Change
from sandbox.cloudinary.errors import ApiError, missing, not_found
from sandbox.cloudinary.metadata import merge_datasource, order_datasource, set_entry_state
from sandbox.cloudinary.model import RESOURCE_TYPES, Asset, Version
from sandbox.cloudinary.notifications import poll
from sandbox.cloudinary.relations import related_json
from sandbox.cloudinary.representation import detail, seconds, upload_response
from sandbox.cloudinary.wire import parse_list, parse_pairs

if TYPE_CHECKING:
    from sandbox.cloudinary.environment import Environment
    from sandbox.cloudinary.wire import Exchange

_MOST_DELETED = 1000
_MOST_DERIVED = 500
_MOST_MESSAGES = 100
_DEFAULT_WAIT_SECONDS = 20
_DEFAULT_VISIBILITY_SECONDS = 30


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


def list_fields(environment: Environment, _exchange: Exchange) -> dict[str, Any]:
    """List the metadata fields."""
    return {"metadata_fields": [item.as_json() for item in environment.state.fields.all()]}


def show_field(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Show one metadata field."""
    return environment.state.fields.get(exchange.path["external_id"]).as_json()


def create_field(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Create a metadata field."""
    return environment.state.fields.add(exchange.params).as_json()


def update_field(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Change a metadata field."""
    return environment.state.fields.update(exchange.path["external_id"], exchange.params).as_json()


def delete_field(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Delete a metadata field."""
    environment.state.fields.delete(exchange.path["external_id"])
    return {"message": "ok"}


def reorder_fields(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Order the metadata fields."""
    environment.state.fields.reorder(exchange.required("order_by"), exchange.text("direction"))
    return list_fields(environment, exchange)


def update_datasource(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Add datasource entries or give existing ones another label."""
    target = environment.state.fields.get(exchange.path["external_id"])
    merge_datasource(target, exchange.params.get("values") or [])
    return target.datasource_json()


def delete_datasource_entries(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Make datasource entries inactive."""
    target = environment.state.fields.get(exchange.path["external_id"])
    set_entry_state(target, exchange.items("external_ids"), "inactive")
    return target.datasource_json()


def restore_datasource_entries(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Make datasource entries active again."""
    target = environment.state.fields.get(exchange.path["external_id"])
    set_entry_state(target, exchange.items("external_ids"), "active")
    return target.datasource_json()


def reorder_datasource(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Order a datasource by its labels."""
    target = environment.state.fields.get(exchange.path["external_id"])
    order_datasource(target, exchange.text("direction"))
    return target.datasource_json()


def list_triggers(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """List notification triggers, all or those of one event type."""
    found = environment.state.notifications.triggers(exchange.text("event_type"))
    return {"triggers": [vars(item).copy() for item in found], "total": len(found)}


def create_trigger(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Create a notification trigger for a poll channel."""
    made = environment.state.notifications.create_trigger(
        uri=exchange.required("uri"),
        event_type=exchange.required("event_type"),
        uri_type=exchange.text("uri_type", "webhook") or "webhook",
        now=seconds(environment.clock.now()),
    )
    return vars(made).copy()


def update_trigger(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Send a notification trigger elsewhere."""
    new_uri, now = exchange.required("new_uri"), seconds(environment.clock.now())
    environment.state.notifications.update_trigger(exchange.path["trigger_id"], new_uri, now)
    return {"message": "ok"}


def delete_trigger(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Delete a notification trigger."""
    environment.state.notifications.delete_trigger(exchange.path["trigger_id"])
    return {"message": "ok"}


async def poll_messages(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Claim queued notifications of one channel or batch; `messages` is absent when there are none."""
    channel, batch_id = exchange.text("channel"), exchange.text("batch_id")
    if (channel is None) == (batch_id is None):
        raise ApiError(400, "Exactly one of channel and batch_id is required")
    queue = environment.state.notifications.queue(f"channel:{channel}" if channel else f"batch:{batch_id}")
    messages = await poll(
        queue,
        most=exchange.number("max_messages", 10, 1, _MOST_MESSAGES),
        wait_seconds=exchange.number("wait_seconds", _DEFAULT_WAIT_SECONDS, 0, 60),
        visibility_seconds=exchange.number("visibility_timeout", _DEFAULT_VISIBILITY_SECONDS, 1, 600),
        is_shuffled=bool(environment.knob("notification_shuffle")),
    )
    return {"messages": messages} if messages else {}


def acknowledge_messages(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Delete claimed notifications by receipt handle, at most 100."""
    handles = exchange.items("receipt_handles")
    if not 1 <= len(handles) <= _MOST_MESSAGES:
        raise ApiError(400, f"receipt_handles has {len(handles)} entries, expected 1 to {_MOST_MESSAGES}")
    notifications = environment.state.notifications
    return {
        "results": [
            {"receipt_handle": handle, "status": "acked" if notifications.acknowledge(handle) else "not_found"}
            for handle in handles
        ]
    }


def show_transformations(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """List the transformations (named first, then those that derived files were made by), or show one of the named."""
    known = environment.state.named_transformations
    asked = exchange.text("transformation")
    if asked is None:
        listed = [_named(name) for name in known]
        if not exchange.flag("named"):
            listed += [_unnamed(text) for text in _transformations_used(environment)]
        return _page_of("transformations", listed, environment, exchange)
    name = asked.removeprefix("t_")
    if name not in known:
        raise ApiError(404, f"Can't find transformation {name}")
    return _named(name) | {"info": [{"raw_transformation": known[name]}], "derived": []}


def _transformations_used(environment: Environment) -> list[str]:
    known = environment.state.named_transformations
    used = {item.transformation for asset in environment.state.assets for item in asset.derived.values()}
    return sorted(text for text in used if text and text.removeprefix("t_") not in known)


def _page_of(name: str, items: list[dict[str, Any]], environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """One page of a list that is not of assets; its cursor is the position, and never expires."""
    size = min(exchange.number("max_results", 10, 1, 500), int(environment.knob("page_size_cap")))
    token = exchange.text("next_cursor", "0") or "0"
    if not token.isdigit():
        raise ApiError(400, "Invalid value for parameter next_cursor")
    start = int(token)
    shown: dict[str, Any] = {name: items[start : start + size]}
    if start + size < len(items):
        shown["next_cursor"] = str(start + size)
    return shown


def create_transformation(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Create a named transformation. Raises ApiError 409 when the name is taken."""
    name = exchange.required("name")
    if name in environment.state.named_transformations:
        raise ApiError(409, f"Transformation {name} already exists")
    environment.state.named_transformations[name] = exchange.required("transformation")
    return {"message": "created"}


def delete_transformation(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Delete a named transformation."""
    name = exchange.required("transformation").removeprefix("t_")
    if environment.state.named_transformations.pop(name, None) is None:
        raise ApiError(404, f"Can't find transformation {name}")
    return {"message": "deleted"}


def _named(name: str) -> dict[str, Any]:
    return {"name": f"t_{name}", "allowed_for_strict": True, "used": False, "named": True}


def _unnamed(text: str) -> dict[str, Any]:
    return {"name": text, "allowed_for_strict": False, "used": True, "named": False}


def list_presets(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """List the upload presets with their settings."""
    presets = environment.state.upload_presets
    shown = [_preset(name, settings) for name, settings in sorted(presets.items())]
    return _page_of("presets", shown, environment, exchange)


def show_preset(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Show one upload preset. Raises ApiError 404."""
    return _preset(exchange.path["name"], _known_preset(environment, exchange))


def create_preset(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Create an upload preset. Raises ApiError 409 when the name is taken."""
    name = exchange.required("name")
    if name in environment.state.upload_presets:
        raise ApiError(409, f"Upload preset {name} already exists")
    environment.state.upload_presets[name] = _preset_settings(exchange)
    return {"message": "created", "name": name}


def update_preset(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Change an upload preset: what the request names. Raises ApiError 404."""
    _known_preset(environment, exchange).update(_preset_settings(exchange))
    return {"message": "updated"}


def delete_preset(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Delete an upload preset. Raises ApiError 404."""
    _known_preset(environment, exchange)
    del environment.state.upload_presets[exchange.path["name"]]
    return {"message": "deleted"}


def _known_preset(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    name = exchange.path["name"]
    if name not in environment.state.upload_presets:
        raise ApiError(404, f"Can't find upload preset with name {name}")
    return environment.state.upload_presets[name]


def _preset_settings(exchange: Exchange) -> dict[str, Any]:
    return {name: value for name, value in exchange.params.items() if name != "name" and value is not None}


def _preset(name: str, settings: dict[str, Any]) -> dict[str, Any]:
    shown = {key: value for key, value in settings.items() if key != "unsigned"}
    return {"name": name, "unsigned": settings.get("unsigned") in {True, "true", "1"}, "settings": shown}


def _by_name(environment: Environment, exchange: Exchange) -> Asset:
    path = exchange.path
    asset = environment.state.assets.by_name(path["resource_type"], path["type"], path["public_id"])
    if asset is None:
        raise not_found(path["public_id"])
    return asset


def _detail(environment: Environment, exchange: Exchange, asset: Asset) -> dict[str, Any]:
    most = min(exchange.number("max_results", 10, 1, _MOST_DERIVED), int(environment.knob("page_size_cap")))
    shown = detail(environment, exchange.base_url, asset, with_versions=exchange.flag("versions"), most=_MOST_DERIVED)
    derived = _page_of("derived", shown["derived"], environment, _asking_for_derived(exchange, most))
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
