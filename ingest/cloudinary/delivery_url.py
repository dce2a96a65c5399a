"""What a Cloudinary delivery address names: cloud, kind, transformation, version, public id, format.

Here belongs the grammar of addresses, pure and without I/O. An address is `parsed` when only one reading is
possible, `ambiguous` when a folder and a transformation cannot be told apart (then the likelier reading
stands in the fields, to be confirmed against the inventory), and `unparsable` otherwise. A version in an
address is a cache key: evidence of what the sender believed, never of the bytes that were served; `v1` means
"no version". Not here: whether the asset exists, and which version was live.

Grammar: `scheme://host[/cloud](/kind/type | /images | /videos | /files | /iu | )[/s--signature--]
[/transformation…][/vN]/public_id[/suffix][.format][?query]`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal
from urllib.parse import SplitResult, unquote, urlsplit

LONGEST_ADDRESS = 8192


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SHARED_HOST = re.compile(r"res(-[1-5])?\.cloudinary\.com|cloudinary-a\.akamaihd\.net|[a-z0-9]+\.cloudfront\.net")
_PRIVATE_HOST = re.compile(r"(?P<cloud>[a-z0-9-]+)-res(-[1-5])?\.cloudinary\.com")
_SIGNATURE = re.compile(r"s--([A-Za-z0-9_-]{8}|[A-Za-z0-9_-]{32})--")
_VERSION = re.compile(r"v(\d{1,18})", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_FETCHED = re.compile(r"(https?|ftp|s3|gs)(:|%3a)", re.IGNORECASE)
_TYPES = _words(
    "upload private authenticated fetch list text multi sprite facebook twitter twitter_name "
    "instagram_name gravatar google_plus youtube vimeo hulu vine animoto worldstarhiphop dailymotion"
)
_KINDS = frozenset({"image", "video", "raw"})
_SHORT_KINDS = {"images": "image", "videos": "video", "files": "raw", "iu": "image"}
_FORMATS = _words(
    "jpg jpe jpeg jpc jp2 j2k jxl jxr hdp wdp png gif webp avif bmp ico heic heif tif tiff tga svg pdf psd "
    "ai eps eps3 ept ps indd djvu arw cr2 cr3 dng nef orf raf fbx obj glb gltf usdz ply webm mp4 m4v mov ogv "
    "avi flv mkv mpg mpeg 3gp 3g2 m2ts mts ts wmv mxf m3u8 mpd mp3 wav aac ogg flac m4a aiff amr opus"
)

_NUMBER = r"-?\d+(\.\d+)?[pP]?"
_EXPRESSION = rf"({_NUMBER}|auto(:[\w:.]+)?|i?[wh]|o[wh]|\$\w+|[\w$.:]+_(mul|div|add|sub|mod|pow)_[\w$.:]+)"
# What the values of a parameter look like. A piece with a known parameter and such a value may still be a
# folder's name when it stands alone (`w_100`); the enumerated ones below may not.
_VALUES: dict[str, re.Pattern[str]] = {
    key: re.compile(pattern)
    for keys, pattern in (
        ("w h x y r z o so eo du dl dn pg ki fps vs af br", rf"({_EXPRESSION}|max|[\d.:p%-]+k?)"),
        ("ar", r"\d+(\.\d+)?(:\d+)?|\$\w+|(i?ar)"),
        ("a", r"(-?\d+(\.\d+)?|auto_right|auto_left|ignore|vflip|hflip|exif)([.](vflip|hflip|-?\d+))*"),
        ("b co bo", r"[\w:%.-]+"),
        ("e l u fn d p if t cs sp vc ac", r".+"),
        ("q", r"\d+(:\d+)?(:qmax_\d+)?|auto(:(best|good|eco|low))?(:sensitive|:\d+)*|jpegmini(:\w+)?"),
        ("f", r"[a-z0-9]+(:[a-z]+)?"),
        ("c", r"[a-z]+(_[a-z]+)?"),
        ("g", r"[a-z_]+(:[\w:]+)*(\.[\w:]+)*"),
        ("fl", r"[a-z0-9_]+(:[\w:]+)*(\.[a-z0-9_]+(:[\w:]+)*)*"),
        ("dpr", r"auto|\d+(\.\d+)?"),
    )
    for key in keys.split()
}
_ENUMERATED = re.compile(
    r"f_(auto|jpg|png|webp|avif|gif|svg|pdf|mp4|webm)(:[a-z]+)?|q_auto(:(best|good|eco|low))?(:sensitive)?|q_\d{1,3}"
    r"|dpr_(auto|\d\.\d)|c_(fill|fit|limit|lfill|mfit|mpad|lpad|pad|scale|crop|thumb|imagga_crop|imagga_scale|fill_pad"
    r"|auto|auto_pad)|g_(auto|face|faces|center|north|south|east|west|north_east|north_west|south_east|south_west)"
    r"|fl_(layer_apply|attachment|progressive|lossy|original|force_strip|strip_profile|relative|region_relative"
    r"|no_overflow|cutter|keep_iptc|animated|awebp|apng|getinfo|immutable_cache|preserve_transparency|rasterize"
    r"|sanitize|splice|streaming_attachment|text_disallow_overflow|text_no_trim|tiff8_lzw|tiled|truncate_ts|waveform)"
    r"|if_(else|end)"
)
_PIECE = re.compile(r"(?P<key>[a-z]{1,3})_(?P<value>.+)")
_VARIABLE = re.compile(r"\$[A-Za-z]\w*_.+")

DeliveryState = Literal["parsed", "ambiguous", "unparsable"]
Inventory = Callable[[str], bool]


@dataclass(frozen=True)
class DeliveryAddress:
    """One reading of a delivery address; every field is None when the address is unparsable.

    `transformation` is kept as written (escapes and order included); `version` is None for `v1`; `format` is
    the extension when it is one that Cloudinary delivers, never for raw files, whose extension is part of the
    id.
    """

    state: DeliveryState
    reason: str | None = None
    cloud: str | None = None
    resource_type: str | None = None
    type: str | None = None
    signature: str | None = None
    transformation: str | None = None
    version: int | None = None
    public_id: str | None = None
    format: str | None = None
    suffix: str | None = None


@dataclass(frozen=True)
class _Place:
    """Where the id part begins: the account and the kind of asset that the address starts with."""

    cloud: str | None
    resource_type: str
    type: str
    has_suffix: bool
    is_root: bool
    rest: tuple[str, ...]


@lru_cache(maxsize=65536)
def parse_delivery_url(url: str, hosts: tuple[str, ...] = (), cloud: str | None = None) -> DeliveryAddress:
    """Read a delivery address by its grammar alone; never raises.

    `hosts` are the customer's own delivery hosts beside Cloudinary's (with or without port); `cloud` is the customer's
    cloud name, which addresses on such a host may leave out. Every other host delivers nothing of ours.
    """
    return _parse(url, hosts, cloud, None)


def resolve_delivery_url(
    url: str, known: Inventory, hosts: tuple[str, ...] = (), cloud: str | None = None
) -> DeliveryAddress:
    """Read a delivery address with an inventory: `known` answers whether a public id exists; never raises."""
    return _parse(url, hosts, cloud, known)


def _parse(url: str, hosts: tuple[str, ...], cloud: str | None, known: Inventory | None) -> DeliveryAddress:
    if len(url) > LONGEST_ADDRESS or _CONTROL.search(url) or " " in url:
        return _unparsable("too long, or with characters that no address has")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return _unparsable("no address")
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
        return _unparsable("no http address, or one with a user in it")
    place = _place(parts, port, hosts, cloud)
    if isinstance(place, str):
        return _unparsable(place)
    if place.type == "fetch":
        return _fetched(place, parts.query)
    return _stored(place, known)


def _unparsable(reason: str) -> DeliveryAddress:
    return DeliveryAddress("unparsable", reason)


def _place(parts: SplitResult, port: int | None, hosts: tuple[str, ...], cloud: str | None) -> _Place | str:
    """The account and kind of an address, or why there is none."""
    segments = parts.path.split("/")[1:]
    host = parts.hostname or ""
    private = _PRIVATE_HOST.fullmatch(host)
    found: str | None
    if _SHARED_HOST.fullmatch(host):
        found, rest = (segments[0], segments[1:]) if segments and segments[0] else (None, [])
    elif private:
        found, rest = private["cloud"], segments
    elif _is_own_host(host, port, hosts):
        names_cloud = cloud is not None and segments[:1] == [cloud]
        has_cloud = names_cloud or (not _starts_with_kind(segments) and _starts_with_kind(segments[1:]))
        found, rest = (segments[0], segments[1:]) if has_cloud else (cloud, segments)
    else:
        return "a host that delivers nothing of ours"
    return _kind(found, rest) if rest else "nothing behind the host"


def _is_own_host(host: str, port: int | None, hosts: tuple[str, ...]) -> bool:
    names = {host, f"{host}:{port}", re.sub(r"^a[1-5]\.", "", host)}
    return any(own.lower() in names for own in hosts)


def _starts_with_kind(segments: Sequence[str]) -> bool:
    if len(segments) > 2 and segments[0] in _KINDS and segments[1] in _TYPES:
        return True
    return len(segments) > 1 and segments[0] in _SHORT_KINDS


def _kind(cloud: str | None, segments: list[str]) -> _Place | str:
    first = segments[0]
    if first in _KINDS:
        if len(segments) < 3 or segments[1] not in _TYPES:
            return "no delivery type behind the kind of asset"
        return _Place(cloud, first, segments[1], has_suffix=False, is_root=False, rest=tuple(segments[2:]))
    if first in _SHORT_KINDS:
        rest = tuple(segments[1:])
        suffixed = first != "iu"
        return _Place(cloud, _SHORT_KINDS[first], "upload", has_suffix=suffixed, is_root=False, rest=rest)
    return _Place(cloud, "image", "upload", has_suffix=False, is_root=True, rest=tuple(segments))


def _take_signature(rest: Sequence[str]) -> tuple[str | None, list[str]]:
    if rest and _SIGNATURE.fullmatch(rest[0]):
        return rest[0][3:-2], list(rest[1:])
    return None, list(rest)


def _take_version(before: list[str]) -> tuple[list[str], int | None]:
    if before and (match := _VERSION.fullmatch(before[-1])):
        return before[:-1], _version(match)
    return before, None


def _version(match: re.Match[str]) -> int | None:
    number = int(match[1])
    return None if number == 1 else number


def _fetched(place: _Place, query: str) -> DeliveryAddress:
    """A remote file delivered through the account: its public id is the remote address itself."""
    signature, rest = _take_signature(place.rest)
    starts = [index for index, segment in enumerate(rest) if _FETCHED.match(segment)]
    if not starts:
        return _unparsable("a fetch address without the remote address")
    before, version = _take_version(rest[: starts[0]])
    own = [pair for pair in query.split("&") if pair and not pair.startswith(("_a=", "__cld_token__="))]
    public_id = _decoded("/".join(rest[starts[0] :])) if _is_sound(before) else None
    if public_id is None:
        return _unparsable("a segment that is empty or not UTF-8")
    return DeliveryAddress(
        state="parsed",
        cloud=place.cloud,
        resource_type=place.resource_type,
        type=place.type,
        signature=signature,
        transformation="/".join(before) or None,
        version=version,
        public_id=public_id + ("?" + "&".join(own) if own else ""),
    )


def _stored(place: _Place, known: Inventory | None) -> DeliveryAddress:
    signature, rest = _take_signature(place.rest)
    if not rest or not _is_sound(rest):
        return _unparsable("no public id, or an empty or upward segment")
    base = DeliveryAddress(
        "parsed", cloud=place.cloud, resource_type=place.resource_type, type=place.type, signature=signature
    )
    at = next((i for i, segment in enumerate(rest[:-1]) if _VERSION.fullmatch(segment)), None)
    if at is not None:
        return _versioned(place, base, rest, at)
    splits = _possible_splits(rest)
    readings = [_reading(place, base, rest[:split], rest[split:]) for split in splits]
    sound = [reading for reading in readings if reading.state != "unparsable"]
    if not sound:
        return readings[0]
    if known is not None:
        hits = [reading for reading in sound if reading.public_id is not None and known(reading.public_id)]
        if len(hits) == 1:
            return replace(hits[0], state="parsed", reason=None)
    if len(splits) == 1:
        return sound[0]
    return replace(sound[0], state="ambiguous", reason="a folder or a transformation: no version parts them")


def _versioned(place: _Place, base: DeliveryAddress, rest: list[str], at: int) -> DeliveryAddress:
    if not all("_" in segment for segment in rest[:at]):
        return _unparsable("a segment before the version that is no transformation")
    match = _VERSION.fullmatch(rest[at])
    reading = _reading(place, base, rest[:at], rest[at + 1 :])
    return replace(reading, version=_version(match)) if match and reading.public_id else reading


def _possible_splits(rest: list[str]) -> list[int]:
    """Where the public id may begin, likeliest first, when no version parts it from the transformation.

    Everything up to the last segment that can only be a transformation is one; segments behind it that could
    be either make the address ambiguous.
    """
    run = 0
    sure = 0
    for index, segment in enumerate(rest[:-1]):
        strength = _component_strength(segment)
        if strength == 0:
            break
        run = index + 1
        if strength == 2:
            sure = run
    return [*range(run, sure - 1, -1)]


def _component_strength(segment: str) -> int:
    """2: only a transformation is written so; 1: could be a folder as well; 0: no transformation."""
    pieces = segment.split(",")
    if not all(_is_piece(piece) for piece in pieces):
        return 0
    if len(pieces) > 1 or _ENUMERATED.fullmatch(segment) or segment.startswith("$"):
        return 2
    return 1


def _is_piece(piece: str) -> bool:
    if _VARIABLE.fullmatch(piece):
        return True
    match = _PIECE.fullmatch(piece)
    pattern = _VALUES.get(match["key"]) if match else None
    return bool(match and pattern and pattern.fullmatch(match["value"]))


def _reading(place: _Place, base: DeliveryAddress, before: list[str], after: list[str]) -> DeliveryAddress:
    """One reading: the segments of the transformation and those of the public id."""
    transformation = "/".join(before) or None
    suffix: str | None = None
    if place.has_suffix:
        if len(after) < 2:
            return _unparsable("no suffix behind the public id")
        *after, last = after
        suffix, extension = _split_format(last)
    else:
        extension = None
    public_id = _decoded("/".join(after))
    if public_id is None:
        return _unparsable("a public id that is not UTF-8")
    if not place.has_suffix and base.resource_type != "raw":
        public_id, extension = _split_format(public_id)
    reading = replace(base, transformation=transformation, public_id=public_id, format=extension, suffix=suffix)
    if place.is_root and len(after) > 1:
        return replace(reading, state="ambiguous", reason="a folder or a suffix: the form does not tell")
    return reading


def _split_format(name: str) -> tuple[str, str | None]:
    stem, dot, extension = name.rpartition(".")
    if dot and stem and not stem.endswith("/") and extension.lower() in _FORMATS:
        return stem, extension
    return name, None


def _is_sound(segments: Sequence[str]) -> bool:
    return all(segment and unquote(segment) not in {".", ".."} for segment in segments)


def _decoded(text: str) -> str | None:
    try:
        decoded = unquote(text, errors="strict")
    except UnicodeDecodeError:
        return None
    return decoded if decoded and not _CONTROL.search(decoded) else None
