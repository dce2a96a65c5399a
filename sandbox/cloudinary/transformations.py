"""Cloudinary transformation strings, applied to real pixels with Pillow.

Belongs here: the part of the grammar that the scenario, the reports and the corrections use: w_ h_ x_ y_ c_ g_ ar_
dpr_ q_ f_ and named t_; fl_ is accepted and changes nothing. What is not known is refused, as strict accounts do. Does
not belong here: finding the asset, HTTP, videos (`transcoding`), where a crop lies (`gravity`).
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PIL import Image, ImageOps

from sandbox.cloudinary.errors import ApiError
from sandbox.cloudinary.gravity import Region, box_of

_COMPONENT = re.compile(r"^(?:[a-z]{1,4}_[^,/]+)(?:,[a-z]{1,4}_[^,/]+)*$")
_KNOWN = frozenset({"w", "h", "c", "g", "x", "y", "ar", "dpr", "q", "f", "t", "fl"})
_CROPS = frozenset({"scale", "fill", "limit", "fit", "pad", "lpad", "crop", "thumb", "mfit", "lfill"})
_PILLOW_NAMES = {"jpg": "JPEG", "jpeg": "JPEG", "png": "PNG", "webp": "WEBP", "gif": "GIF"}
_QUALITIES = {"auto": 80, "best": 90, "good": 80, "eco": 65, "low": 50}
_MOST_PIXELS_A_SIDE = 8000


@dataclass(frozen=True)
class Step:
    """One component of a transformation: parameter → value."""

    params: Mapping[str, str]

    def number(self, name: str) -> float | None:
        """Return a numeric parameter; `auto` counts as not given. Raises ApiError 400 for anything else."""
        text = self.params.get(name)
        if text is None or text.startswith("auto"):
            return None
        if not re.fullmatch(r"\d{1,5}(\.\d{1,4})?", text):
            raise ApiError(400, f"Invalid {name} in transformation: {name}_{text}")
        return float(text)


def is_component(segment: str) -> bool:
    """Say whether a path segment has the form of a transformation component."""
    return bool(_COMPONENT.match(segment))


def parse(transformation: str, named: Mapping[str, str]) -> list[Step]:
    """Read `w_300,c_fill/q_auto`, with named transformations replaced by their definition.

    Raises ApiError 400 for what is not known, 404 for a named transformation that does not exist.
    """
    steps: list[Step] = []
    for component in filter(None, transformation.split("/")):
        if not is_component(component):
            raise ApiError(400, f"Invalid transformation component - {component}")
        params = dict(piece.split("_", 1) for piece in component.split(","))
        unknown = sorted(set(params) - _KNOWN)
        if unknown:
            raise ApiError(400, f"Invalid transformation component - {unknown[0]}_{params[unknown[0]]}")
        name = params.pop("t", None)
        if name is not None:
            if name not in named:
                raise ApiError(404, f"Transformation not found - {name}")
            steps += parse(named[name], {})
        if params:
            steps.append(Step(params))
    return steps


def output_format(steps: list[Step], asked: str, source: str, accept: str) -> str:
    """Return the format to deliver: f_ of the last step that has one, else the extension asked for, else as stored."""
    wanted = next((step.params["f"] for step in reversed(steps) if "f" in step.params), asked or source)
    if wanted == "auto":
        return "webp" if "image/webp" in accept else source
    return wanted


def apply(
    content: bytes, steps: list[Step], target: str, custom: Sequence[Region] = (), quality_override: str | None = None
) -> tuple[bytes, int, int]:
    """Return the transformed bytes, width and height. Raises ApiError 400 for a format it cannot write.

    `custom` are the picture's custom coordinates, which count in the first step; `quality_override` stands for q_auto.
    """
    if target not in _PILLOW_NAMES:
        raise ApiError(400, f"Invalid extension in transformation: {target}")
    image = _opened(content)
    for number, step in enumerate(steps):
        image = _resized(image, step, custom if number == 0 else ())
    name = _PILLOW_NAMES[target]
    if name == "JPEG" and image.mode != "RGB":
        image = image.convert("RGB")
    output = io.BytesIO()
    options: dict[str, int] = {"quality": quality_of(steps, quality_override)} if name in {"JPEG", "WEBP"} else {}
    image.save(output, name, **options)
    return output.getvalue(), image.width, image.height


def _opened(content: bytes) -> Image.Image:
    try:
        with Image.open(io.BytesIO(content)) as opened:
            upright = ImageOps.exif_transpose(opened)
            # Cloudinary takes comments out of what it derives; Pillow would write them again.
            upright.info.pop("comment", None)
            return upright
    except (OSError, ValueError, SyntaxError) as error:
        raise ApiError(400, "Invalid image file") from error


def _resized(image: Image.Image, step: Step, custom: Sequence[Region]) -> Image.Image:
    size = size_of((image.width, image.height), step)
    crop = step.params.get("c", "scale")
    gravity = step.params.get("g", "center" if "x" not in step.params else "north_west")
    if size is None and crop == "crop" and gravity == "custom" and custom:
        size = (custom[0][2], custom[0][3])
    if size is None:
        return image
    if crop not in _CROPS:
        raise ApiError(400, f"Invalid transformation component - c_{crop}")
    width, height = size
    if crop in {"limit", "fit", "mfit"}:
        return _contained(image, width, height, may_grow=crop != "limit")
    offset = (int(step.number("x") or 0), int(step.number("y") or 0))
    if crop in {"fill", "thumb", "lfill"}:
        ratio = min(image.width / width, image.height / height)
        cut = (max(1, round(width * ratio)), max(1, round(height * ratio)))
        return image.crop(box_of(image, cut, gravity, offset, custom)).resize((width, height))
    if crop in {"pad", "lpad"}:
        return ImageOps.pad(image.convert("RGB"), (width, height), color="white")
    if crop == "crop":
        return image.crop(box_of(image, size, gravity, offset, custom))
    return image.resize((width, height))


def _contained(image: Image.Image, width: int, height: int, *, may_grow: bool) -> Image.Image:
    factor = min(width / image.width, height / image.height)
    if factor >= 1 and not may_grow:
        return image
    return image.resize((max(1, round(image.width * factor)), max(1, round(image.height * factor))))


def size_of(source: tuple[int, int], step: Step) -> tuple[int, int] | None:
    """Return the asked width and height in pixels; a missing one follows from the other and the aspect ratio."""
    ratio = _aspect_ratio(step.params.get("ar")) or source[0] / source[1]
    width, height = step.number("w"), step.number("h")
    if width is None and height is None:
        return None
    width = (height or 0) * ratio if width is None else width
    if 0 < width < 1 or (width == 1.0 and "." in step.params.get("w", "")):
        width *= source[0]
    height = width / ratio if height is None else height
    if 0 < height < 1 or (height == 1.0 and "." in step.params.get("h", "")):
        height *= source[1]
    density = step.number("dpr") or 1
    box = (max(1, round(width * density)), max(1, round(height * density)))
    if max(box) > _MOST_PIXELS_A_SIDE:
        raise ApiError(400, f"Maximum image size is {_MOST_PIXELS_A_SIDE} pixels a side. Requested {box[0]}x{box[1]}")
    return box


def _aspect_ratio(text: str | None) -> float | None:
    if text is None:
        return None
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(?::(\d+(?:\.\d+)?))?", text)
    if found is None or float(found.group(2) or 1) == 0 or float(found.group(1)) == 0:
        raise ApiError(400, f"Invalid aspect ratio in transformation: ar_{text}")
    return float(found.group(1)) / float(found.group(2) or 1)


def quality_of(steps: list[Step], quality_override: str | None = None) -> int:
    """Return the quality of 1 to 100 that is asked for; a quality override stands for every q_auto."""
    text = next((step.params["q"] for step in reversed(steps) if "q" in step.params), "auto")
    if quality_override not in {None, "none"} and text.startswith("auto") and any("q" in s.params for s in steps):
        text = str(quality_override)
    level = text.rpartition(":")[2]
    if level in _QUALITIES:
        return _QUALITIES[level]
    if not level.isdigit() or not 1 <= int(level) <= 100:
        raise ApiError(400, f"Invalid quality in transformation: q_{text}")
    return int(level)
