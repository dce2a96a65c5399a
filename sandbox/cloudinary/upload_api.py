"""The Upload API: upload, explicit, rename, destroy, tags, context, metadata.

Belongs here: each action's parameters, order of checks and answer. Does not belong here: signatures and HTTP
(`service`), state changes that the Admin API makes too (`changes`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from sandbox.cloudinary.breakpoints import breakpoints
from sandbox.cloudinary.changes import Change
from sandbox.cloudinary.derived import derive
from sandbox.cloudinary.errors import ApiError, missing, not_found
from sandbox.cloudinary.media import read_header, resource_type_of
from sandbox.cloudinary.model import RESOURCE_TYPES, Asset, StoredFile, Version
from sandbox.cloudinary.representation import derived_json, upload_response
from sandbox.cloudinary.wire import UploadedFile, parse_list, parse_pairs

if TYPE_CHECKING:
    from sandbox.cloudinary.environment import Environment
    from sandbox.cloudinary.wire import Exchange

DELIVERY_TYPES = frozenset({"upload", "private", "authenticated"})
_DATA_URI = re.compile(r"data:[^,]*?(;base64)?,", re.ASCII)
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
_ILLEGAL_PUBLIC_ID = re.compile(r"[?&#\\%<>+]|^[\s/]|[\s/]$|//")
_MOST_PUBLIC_IDS = 1000
_UNSERVED = (
    "transformation",
    "format",
    "eval",
    "on_success",
    "upload_preset",
    "async",
    "raw_convert",
    "ocr",
    "categorization",
    "detection",
    "background_removal",
    "auto_tagging",
)


def upload(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Take in a file under a new or an existing public_id. Raises ApiError 400."""
    _refuse_unserved(exchange)
    part = _file_of(exchange)
    joined = _joined_parts(environment, exchange, part)
    if joined is None:
        return {"done": False, "public_id": exchange.text("public_id") or exchange.headers["x-unique-upload-id"]}
    change = Change(environment, exchange)
    resource_type = _resource_type(exchange, joined)
    header = read_header(joined.content, joined.name, resource_type)
    _refuse_format(exchange, header.format)
    name = (resource_type, _delivery_type(exchange), _public_id(environment, exchange, joined, resource_type))
    existing = environment.state.assets.by_name(*name)
    if existing is not None and not existing.is_deleted and not exchange.flag("overwrite", default=True):
        return upload_response(environment, exchange.base_url, existing) | {"existing": True}
    is_overwritten = existing is not None and not existing.is_deleted
    # Everything that may be refused is checked before anything changes.
    pairs = parse_pairs(exchange.params.get("metadata"))
    values = environment.state.fields.checked(pairs, clear_invalid=exchange.flag("clear_invalid"))
    defaults = {} if existing is not None else environment.state.fields.defaults_and_mandatory(values)
    context = parse_pairs(exchange.params.get("context"))
    etag = environment.state.files.put(joined.content)
    stored = StoredFile(etag, len(joined.content), header.format, header.width, header.height, header.pages)
    version = change.new_version(name, stored)
    asset = existing or _new_asset(environment, exchange, version, name, joined)
    is_backed_up = exchange.flag("backup", default=bool(environment.knob("backups")))
    change.set_version(asset, version, is_backed_up=is_backed_up)
    asset.metadata = {k: v for k, v in {**defaults, **asset.metadata, **values}.items() if v is not None}
    _describe(change, asset, context)
    return _announce_upload(change, asset, is_overwritten=is_overwritten)


def explicit(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Apply tags, context, metadata, eager transformations and so on to an asset that is there already."""
    if exchange.text("type") is None:
        raise missing("type")
    asset = _existing(environment, exchange, exchange.required("public_id"))
    change = Change(environment, exchange)
    values = parse_pairs(exchange.params.get("metadata"))
    environment.state.fields.checked(values, clear_invalid=exchange.flag("clear_invalid"))
    if exchange.text("tags") is not None:
        tags = parse_list(exchange.params["tags"])
        change.set_tags([asset], lambda _: tags)
    if exchange.text("context") is not None:
        context = parse_pairs(exchange.params["context"])
        change.set_context([asset], lambda _: context)
    if values:
        change.set_metadata([asset], values, clear_invalid=exchange.flag("clear_invalid"))
    if exchange.text("moderation") is not None:
        change.moderate(asset, "pending", exchange.required("moderation"))
    if exchange.text("quality_override") is not None:
        asset.quality_override = exchange.text("quality_override")
        asset.touch("quality_override", environment.clock.now())
    _set_coordinates(change, asset)
    made = _eager(change, asset) | breakpoints(environment, exchange, asset)
    return upload_response(environment, exchange.base_url, asset) | made


def rename(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Give an asset another public_id (or type); asset_id and version stay.

    Raises ApiError 404 when it does not exist, 400 when the new name is taken and `overwrite` is not set.
    """
    from_public_id, to_public_id = exchange.required("from_public_id"), exchange.required("to_public_id")
    asset = _existing(environment, exchange, from_public_id)
    _refuse_public_id(to_public_id)
    to_type = exchange.text("to_type", asset.delivery_type) or asset.delivery_type
    change = Change(environment, exchange)
    taken = environment.state.assets.by_name(asset.resource_type, to_type, to_public_id)
    if taken is asset:
        raise ApiError(400, f"from_public_id and to_public_id are the same: {to_public_id}")
    if taken is not None:
        if not taken.is_deleted and not exchange.flag("overwrite"):
            raise ApiError(400, f"to_public_id {to_public_id} already exists")
        environment.state.assets.remove(taken)
        if not taken.is_deleted:
            change.announcer.deleted([taken])
    environment.state.assets.rename(asset, to_type, to_public_id)
    asset.derived.clear()
    asset.touch("public_id", environment.clock.now())
    change.announcer.renamed(asset, from_public_id)
    return upload_response(environment, exchange.base_url, asset)


def destroy(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Delete one asset: `{"result": "ok"}` or `{"result": "not found"}`."""
    name = (_path_type(exchange), _delivery_type(exchange), exchange.required("public_id"))
    asset = environment.state.assets.by_name(*name)
    if asset is None or asset.is_deleted:
        return {"result": "not found"}
    Change(environment, exchange).delete([asset])
    return {"result": "ok"}


def edit_tags(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Add, remove, replace tags or remove all of them; answers the public_ids that exist."""
    command, tags = exchange.required("command"), parse_list(exchange.params.get("tag"))
    edits: dict[str, Callable[[Any], list[str]]] = {
        "add": lambda old: [*old, *tags],
        "set_exclusive": lambda old: [*old, *tags],
        "remove": lambda old: [tag for tag in old if tag not in tags],
        "replace": lambda _: tags,
        "remove_all": lambda _: [],
    }
    if command not in edits:
        raise ApiError(400, f"Illegal value {command} for command")
    if not tags and command != "remove_all":
        raise missing("tag")
    assets = _named_assets(environment, exchange)
    change = Change(environment, exchange)
    if command == "set_exclusive":
        others = [asset for asset in _live(environment) if asset not in assets and set(tags) & set(asset.tags)]
        change.set_tags(others, edits["remove"])
    return _public_ids(change.set_tags(assets, edits[command]))


def edit_context(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Add context values or remove all of them; answers the public_ids that exist."""
    command, values = exchange.required("command"), parse_pairs(exchange.params.get("context"))
    if command not in {"add", "remove_all"}:
        raise ApiError(400, f"Illegal value {command} for command")
    if command == "add" and not values:
        raise missing("context")

    def edit(old: Mapping[str, str]) -> dict[str, str]:
        return {**old, **values} if command == "add" else {}

    return _public_ids(Change(environment, exchange).set_context(_named_assets(environment, exchange), edit))


def edit_metadata(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Set structured metadata values; answers the public_ids that exist. Raises ApiError 400 for a wrong value."""
    values = parse_pairs(exchange.required("metadata"))
    assets = _named_assets(environment, exchange)
    changed = Change(environment, exchange).set_metadata(assets, values, clear_invalid=exchange.flag("clear_invalid"))
    return _public_ids(changed)


ACTIONS: Mapping[str, Callable[[Environment, Exchange], dict[str, Any]]] = {
    "upload": upload,
    "explicit": explicit,
    "rename": rename,
    "destroy": destroy,
    "tags": edit_tags,
    "context": edit_context,
    "metadata": edit_metadata,
}


def _announce_upload(change: Change, asset: Asset, *, is_overwritten: bool) -> dict[str, Any]:
    change.announcer.uploaded(asset, is_overwritten=is_overwritten)
    answer = upload_response(change.environment, change.exchange.base_url, asset)
    if is_overwritten:
        answer["overwritten"] = True
    made = _eager(change, asset) | breakpoints(change.environment, change.exchange, asset)
    return answer | {"api_key": change.environment.api_key} | made


def _describe(change: Change, asset: Asset, context: dict[str, str]) -> None:
    """Set on the asset what an upload's parameters say; what they do not name stays as it was."""
    exchange = change.exchange
    if exchange.text("tags") is not None:
        asset.tags = parse_list(exchange.params["tags"])
    if context:
        asset.context = context
    if exchange.text("moderation") is not None:
        change.moderate(asset, "pending", exchange.required("moderation"))
    _set_coordinates(change, asset)
    asset.display_name = exchange.text("display_name", asset.display_name) or ""
    asset.asset_folder = exchange.text("asset_folder", asset.asset_folder) or ""
    asset.uploaded_by = change.actor


def _set_coordinates(change: Change, asset: Asset) -> None:
    """Set the custom coordinates that a call gives, `x,y,width,height` each. Raises ApiError 400."""
    text = change.exchange.text("custom_coordinates")
    if text is None:
        return
    found = [re.fullmatch(r"(\d+),(\d+),(\d+),(\d+)", part) for part in text.split("|")]
    if any(part is None for part in found):
        raise ApiError(400, f"Invalid custom_coordinates - {text}")
    asset.custom_coordinates = [
        (int(part[1]), int(part[2]), int(part[3]), int(part[4])) for part in found if part is not None
    ]
    asset.touch("custom_coordinates", change.environment.clock.now())


def _new_asset(
    environment: Environment, exchange: Exchange, version: Version, name: tuple[str, str, str], file: UploadedFile
) -> Asset:
    asset_id, sequence = environment.state.assets.next_identity(name)
    public_id = name[2]
    asset = Asset(
        asset_id=asset_id,
        sequence=sequence,
        resource_type=name[0],
        delivery_type=name[1],
        public_id=public_id,
        version=version,
        created_at=environment.clock.now(),
        asset_folder=exchange.text("folder") or public_id.rpartition("/")[0],
        display_name=public_id.rpartition("/")[2],
        original_filename=PurePosixPath(exchange.text("filename_override") or file.name or "file").stem,
    )
    environment.state.assets.add(asset)
    return asset


def _eager(change: Change, asset: Asset) -> dict[str, Any]:
    """Make the eager transformations of a call and announce them; `{}` when there are none."""
    text = change.exchange.text("eager")
    if text is None:
        return {}
    made = []
    for entry in text.split("|"):
        transformation, _, asked = entry.rpartition("/") if _ends_in_format(entry) else (entry, "", "")
        _, record = derive(change.environment, asset, transformation, asked)
        made.append(derived_json(change.environment, change.exchange.base_url, asset, record))
    change.announcer.eager(asset, made)
    return {"eager": made}


def _ends_in_format(entry: str) -> bool:
    last = entry.rpartition("/")[2]
    return "/" in entry and re.fullmatch(r"[a-z0-9]{0,5}", last) is not None


def _file_of(exchange: Exchange) -> UploadedFile:
    if exchange.file is not None:
        return exchange.file
    text = exchange.required("file")
    found = _DATA_URI.match(text)
    if found is None:
        raise ApiError(400, f"Error in loading {text[:200]} - the sandbox fetches no remote files")
    data = text[found.end() :]
    try:
        content = base64.b64decode(data) if found.group(1) else unquote_to_bytes(data)
    except binascii.Error as error:
        raise ApiError(400, "Invalid data URI") from error
    return UploadedFile("file", content)


def _joined_parts(environment: Environment, exchange: Exchange, part: UploadedFile) -> UploadedFile | None:
    """Return the whole file of an upload in parts, None while parts are missing; a whole upload as it is."""
    upload_id = exchange.headers.get("x-unique-upload-id")
    found = _CONTENT_RANGE.fullmatch(exchange.headers.get("content-range") or "")
    if not upload_id or found is None:
        return part
    start, end, total = (int(text) for text in found.groups())
    parts = environment.state.upload_parts.setdefault(upload_id, bytearray())
    if start != len(parts) or end - start + 1 != len(part.content):
        raise ApiError(400, f"Invalid Content-Range {found.group(0)}: {len(parts)} bytes are here already")
    parts += part.content
    if len(parts) < total:
        return None
    return UploadedFile(part.name, bytes(environment.state.upload_parts.pop(upload_id)))


def _resource_type(exchange: Exchange, file: UploadedFile) -> str:
    asked = exchange.path["resource_type"]
    if asked == "auto":
        return resource_type_of(file.content, file.name)
    return _path_type(exchange)


def _path_type(exchange: Exchange) -> str:
    asked = exchange.path["resource_type"]
    if asked not in RESOURCE_TYPES:
        raise ApiError(400, f"Invalid resource type {asked}")
    return asked


def _delivery_type(exchange: Exchange) -> str:
    asked = exchange.text("type", "upload") or "upload"
    if asked not in DELIVERY_TYPES:
        raise ApiError(400, f"Invalid type {asked}")
    return asked


def _refuse_unserved(exchange: Exchange) -> None:
    """Refuse what would change the upload and is not served, rather than ignore it."""
    for name in _UNSERVED:
        if exchange.text(name) is not None:
            raise ApiError(400, f"The sandbox does not serve the upload parameter {name}")


def _refuse_format(exchange: Exchange, found: str) -> None:
    allowed = parse_list(exchange.params.get("allowed_formats"))
    if allowed and found not in allowed:
        raise ApiError(400, f"{found} is not an allowed format: {', '.join(allowed)}")


def _public_id(environment: Environment, exchange: Exchange, file: UploadedFile, resource_type: str) -> str:
    """Return the public_id that the parameters ask for, or a made-up one."""
    asked = exchange.text("public_id")
    path = PurePosixPath(exchange.text("filename_override") or file.name)
    extension = path.suffix if resource_type == "raw" else ""
    if asked is None:
        digest = hashlib.sha256(f"{exchange.request_id} {len(environment.state.assets)}".encode()).hexdigest()
        asked = digest[:20] + extension
        if exchange.flag("use_filename"):
            is_unique = exchange.flag("unique_filename", default=True)
            asked = path.stem + (f"_{digest[:6]}" if is_unique else "") + extension
    folder = exchange.text("folder") or exchange.text("public_id_prefix")
    public_id = f"{folder.strip('/')}/{asked}" if folder else asked
    _refuse_public_id(public_id)
    return public_id


def _refuse_public_id(public_id: str) -> None:
    if _ILLEGAL_PUBLIC_ID.search(public_id):
        raise ApiError(400, f"public_id ({public_id}) is invalid")


def _existing(environment: Environment, exchange: Exchange, public_id: str) -> Asset:
    asset = environment.state.assets.by_name(_path_type(exchange), _delivery_type(exchange), public_id)
    if asset is None or asset.is_deleted:
        raise not_found(public_id)
    return asset


def _named_assets(environment: Environment, exchange: Exchange) -> list[Asset]:
    public_ids = exchange.items("public_ids")
    if not public_ids:
        raise missing("public_ids")
    if len(public_ids) > _MOST_PUBLIC_IDS:
        raise ApiError(400, f"Too many public ids: {len(public_ids)}, at most {_MOST_PUBLIC_IDS}")
    kind = (_path_type(exchange), _delivery_type(exchange))
    found = (environment.state.assets.by_name(*kind, public_id) for public_id in dict.fromkeys(public_ids))
    return [asset for asset in found if asset is not None and not asset.is_deleted]


def _live(environment: Environment) -> list[Asset]:
    return [asset for asset in environment.state.assets if not asset.is_deleted]


def _public_ids(assets: list[Asset]) -> dict[str, Any]:
    return {"public_ids": [asset.public_id for asset in assets]}
