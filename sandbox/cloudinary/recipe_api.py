"""The Admin API of what an account prepares by name: transformations and upload presets.

Belongs here: each endpoint's parameters and answer. Does not belong here: what a transformation makes
(`transformations`), and uploading by a preset (`upload_api`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.cloudinary.errors import ApiError
from sandbox.cloudinary.paging import page_of

if TYPE_CHECKING:
    from sandbox.cloudinary.environment import Environment
    from sandbox.cloudinary.wire import Exchange


def show_transformations(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """List the transformations (named first, then those that derived files were made by), or show one of the named."""
    known = environment.state.named_transformations
    asked = exchange.text("transformation")
    if asked is None:
        listed = [_named(name) for name in known]
        if not exchange.flag("named"):
            listed += [_unnamed(text) for text in _transformations_used(environment)]
        return page_of("transformations", listed, environment, exchange)
    name = asked.removeprefix("t_")
    if name not in known:
        raise ApiError(404, f"Can't find transformation {name}")
    return _named(name) | {"info": [{"raw_transformation": known[name]}], "derived": []}


def _transformations_used(environment: Environment) -> list[str]:
    known = environment.state.named_transformations
    used = {item.transformation for asset in environment.state.assets for item in asset.derived.values()}
    return sorted(text for text in used if text and text.removeprefix("t_") not in known)


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
    return page_of("presets", shown, environment, exchange)


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
