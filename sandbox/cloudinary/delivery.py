"""Delivery URLs: the newest bytes of an asset, whatever version the URL names, transformed if it asks for it.

Belongs here: reading a URL's path and answering with bytes or with `x-cld-error`. Does not belong here: pixels
(`transformations`), the Admin and Upload APIs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudinary.utils import smart_escape
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from sandbox.cloudinary import signatures
from sandbox.cloudinary.derived import derive
from sandbox.cloudinary.errors import ApiError
from sandbox.cloudinary.representation import is_placeholder
from sandbox.cloudinary.transformations import is_component

if TYPE_CHECKING:
    from starlette.requests import Request

    from sandbox.cloudinary.environment import Environment
    from sandbox.cloudinary.model import Asset

_SIGNATURE = re.compile(r"s--([A-Za-z0-9_-]{8}|[A-Za-z0-9_-]{32})--")
_VERSION = re.compile(r"v\d{1,18}")
_MEDIA_TYPES = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "gif": "image/gif",
    "tif": "image/tiff",
    "bmp": "image/bmp",
    "pdf": "application/pdf",
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "webm": "video/webm",
}


@dataclass(frozen=True)
class DeliveryPath:
    """A delivery URL's path, read: what it names, how it is to be transformed, and which signature it carries."""

    asset: Asset
    transformation: str
    extension: str
    source: str
    signature: str | None


async def deliver(environment: Environment, request: Request) -> Response:
    """Answer one delivery request; errors are empty bodies with the reason in `x-cld-error`."""
    try:
        path = read_path(environment, request)
        _refuse_unsigned(environment, path)
        return await _respond(environment, path, request.headers.get("accept", ""))
    except ApiError as error:
        reason = error.message.encode("ascii", "backslashreplace").decode()
        return Response(status_code=error.status, headers={"x-cld-error": reason, "cache-control": "no-store"})


def read_path(environment: Environment, request: Request) -> DeliveryPath:
    """Read `/{cloud}/{resource type}/{type}/[signature/][transformation/…][vN/]public_id[.ext]`.

    Where a folder and a transformation look alike, the longest public_id that exists wins. Raises ApiError 404.
    """
    values = request.path_params
    kind = (values["resource_type"], values["type"])
    segments = values["rest"].split("/")
    signed = _SIGNATURE.fullmatch(segments[0])
    if signed:
        segments = segments[1:]
    for start in range(len(segments)):
        found = _asset_named(environment, kind, "/".join(segments[start:]))
        if found is None:
            continue
        before = segments[:start]
        if before and _VERSION.fullmatch(before[-1]):
            before = before[:-1]
        asset, extension = found
        signature = signed.group(1) if signed else None
        return DeliveryPath(asset, "/".join(before), extension, "/".join(segments[start:]), signature)
    rest = [segment for segment in segments if not is_component(segment) and not _VERSION.fullmatch(segment)]
    raise ApiError(404, f"Resource not found - {'/'.join(rest)}")


def _asset_named(environment: Environment, kind: tuple[str, str], name: str) -> tuple[Asset, str] | None:
    """Return the asset and the extension asked for; the longer public_id (with a dot in it) goes first."""
    whole = environment.state.assets.by_name(*kind, name)
    if whole is not None:
        return whole, ""
    stem, dot, extension = name.rpartition(".")
    if not dot or "/" in extension or kind[0] == "raw":
        return None
    asset = environment.state.assets.by_name(*kind, stem)
    return None if asset is None else (asset, extension.lower())


def _refuse_unsigned(environment: Environment, path: DeliveryPath) -> None:
    if path.signature is not None:
        to_sign = "/".join(part for part in (path.transformation, smart_escape(path.source)) if part)
        if not signatures.is_url_signature(path.signature, to_sign, environment.api_secret):
            raise ApiError(401, "Invalid signature in URL")
    elif path.asset.delivery_type == "authenticated":
        raise ApiError(401, f"Authenticated resource needs a signed URL - {path.asset.public_id}")
    elif path.asset.delivery_type == "private" and not path.transformation:
        raise ApiError(401, f"Private original needs a signed URL - {path.asset.public_id}")


async def _respond(environment: Environment, path: DeliveryPath, accept: str) -> Response:
    asset = path.asset
    if is_placeholder(environment, asset):
        raise ApiError(404, f"Resource not found - {asset.public_id}")
    stored = asset.version.file
    is_converted = path.extension not in {"", stored.format} and asset.resource_type != "raw"
    if path.transformation or is_converted:
        content, made = await run_in_threadpool(derive, environment, asset, path.transformation, path.extension, accept)
        return _bytes(content, made.format, f'"{made.derived_id}"')
    content = environment.state.files.get(stored.etag)
    return _bytes(content, stored.format, f'"{stored.etag}"')


def _bytes(content: bytes, format_name: str, etag: str) -> Response:
    headers = {"etag": etag, "cache-control": "public, no-transform, max-age=2592000"}
    media_type = _MEDIA_TYPES.get(format_name, "application/octet-stream")
    return Response(content, media_type=media_type, headers=headers)
