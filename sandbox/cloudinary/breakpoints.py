"""Responsive breakpoints: the widths at which a picture is worth another file.

Belongs here: reading the parameter and making the files. Does not belong here: pixels (`transformations`).
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from sandbox.cloudinary.derived import derive
from sandbox.cloudinary.errors import ApiError
from sandbox.cloudinary.representation import derived_json

if TYPE_CHECKING:
    from sandbox.cloudinary.environment import Environment
    from sandbox.cloudinary.model import Asset
    from sandbox.cloudinary.wire import Exchange

_DEFAULTS = {"min_width": 50, "max_width": 1000, "bytes_step": 20_000, "max_images": 20}


def breakpoints(environment: Environment, exchange: Exchange, asset: Asset) -> dict[str, Any]:
    """Return `{"responsive_breakpoints": […]}` as the call asks, `{}` when it does not. Raises ApiError 400."""
    text = exchange.text("responsive_breakpoints")
    if text is None:
        return {}
    if asset.resource_type != "image":
        raise ApiError(400, "Responsive breakpoints are supported for images only")
    try:
        settings = json.loads(text)
        asked = [settings] if isinstance(settings, dict) else list(settings)
        made = [_one(environment, exchange, asset, dict(one)) for one in asked]
    except (ValueError, TypeError) as error:
        raise ApiError(400, "Invalid responsive_breakpoints") from error
    return {"responsive_breakpoints": made}


def _one(environment: Environment, exchange: Exchange, asset: Asset, asked: dict[str, Any]) -> dict[str, Any]:
    limits = {name: int(asked.get(name, default)) for name, default in _DEFAULTS.items()}
    widest = min(limits["max_width"], asset.version.file.width or limits["max_width"])
    narrowest = min(limits["min_width"], widest)
    before = str(asked.get("transformation") or "")

    def made(width: int) -> dict[str, Any]:
        transformation = "/".join(filter(None, (before, f"c_scale,w_{width}")))
        _, record = derive(environment, asset, transformation, str(asked.get("format") or ""))
        shown = derived_json(environment, exchange.base_url, asset, record)
        return {name: shown[name] for name in ("width", "height", "bytes", "url", "secure_url")}

    largest, smallest = made(widest), made(narrowest)
    steps = math.ceil(max(0, largest["bytes"] - smallest["bytes"]) / max(1, limits["bytes_step"]))
    number = max(2, min(limits["max_images"], steps + 1))
    widths = {round(narrowest + (widest - narrowest) * step / (number - 1)) for step in range(number)}
    found = [made(width) for width in sorted(widths, reverse=True)]
    return {"transformation": before, "breakpoints": found}
