"""Making, keeping and remembering files that are derived from an asset by a transformation.

Belongs here: what eager transformations and delivery share. Does not belong here: pixels (`transformations`).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sandbox.cloudinary import transcoding, transformations
from sandbox.cloudinary.errors import ApiError
from sandbox.cloudinary.model import Derived

if TYPE_CHECKING:
    from sandbox.cloudinary.environment import Environment
    from sandbox.cloudinary.model import Asset


def derive(
    environment: Environment, asset: Asset, transformation: str, asked: str, accept: str = ""
) -> tuple[bytes, Derived]:
    """Return the transformed bytes and their record, from the files kept or made now.

    `asked` is the extension asked for, `""` for the stored format. Raises ApiError 400 or 404 (text for `x-cld-error`).
    """
    state = environment.state
    steps = transformations.parse(transformation, state.named_transformations)
    stored = asset.version.file
    target = transformations.output_format(steps, asked, stored.format, accept)
    if asset.resource_type == "raw" or stored.format == "pdf":
        raise ApiError(400, f"The sandbox transforms images and videos only, not {asset.resource_type} {stored.format}")
    definitions = "/".join(str(sorted(step.params.items())) for step in steps)
    settings = f"{asset.custom_coordinates} {asset.quality_override}"
    derived_id = hashlib.sha256(f"{stored.etag} {definitions} {target} {settings}".encode()).hexdigest()[:32]
    path = state.derived_files.path(derived_id)
    known = asset.derived.get(derived_id)
    if known is not None and path.exists():
        return path.read_bytes(), known
    original = state.files.get(stored.etag)
    if asset.resource_type == "video":
        content, width, height = transcoding.apply(original, (stored.width, stored.height), steps, target)
    else:
        custom = asset.custom_coordinates
        content, width, height = transformations.apply(original, steps, target, custom, asset.quality_override)
    state.derived_files.put_as(derived_id, content)
    made = Derived(derived_id, transformation, target, len(content), width, height)
    asset.derived[derived_id] = made
    return content, made
