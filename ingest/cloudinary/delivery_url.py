"""What a Cloudinary delivery address names: cloud, kind, transformation, version, public id, format.

Here belongs the grammar of addresses, pure and without I/O. An address is `parsed` when only one reading is
possible, `ambiguous` when a folder and a transformation cannot be told apart (then the likelier reading
stands in the fields, and all of them in `readings`), and `unparsable` otherwise. A version in an
address is a cache key: evidence of what the sender believed, never of the bytes that were served; `v1` means
"no version". Not here: how a transformation is written (`transformation`), whether the asset exists, which version
was live, and which of several readings is meant: the warehouse settles that by the names that assets held then.

Grammar: `scheme://host[/cloud](/kind/type | /images | /videos | /files | /iu | )[/s--signature--]
[/transformation…][/vN]/public_id[/suffix][.format][?query]`.

Reports name the same few addresses again and again, so that what was read is remembered (`REMEMBERED_ADDRESSES`), and
so are hosts and the pieces of transformations, which addresses share.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Literal, NamedTuple
from urllib.parse import unquote_to_bytes, urlsplit

from ingest.cloudinary.transformation import component_strength, is_known_component, normalised_transformation

LONGEST_ADDRESS = 8192
REMEMBERED_ADDRESSES = 65_536
MOST_READINGS = 64
"""An address of more readings than any sender means: none of them is told, and nothing settles it."""
_REMEMBERED_PARTS = 16_384


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SHARED_HOST = re.compile(r"res(-[1-5])?\.cloudinary\.com|cloudinary-a\.akamaihd\.net|d3jpl91pxevbkh\.cloudfront\.net")
_PRIVATE_HOST = re.compile(r"(?P<cloud>[a-z0-9-]+)-res(-[1-5])?\.cloudinary\.com")
_SIGNATURE = re.compile(r"s--([A-Za-z0-9_-]{8}|[A-Za-z0-9_-]{32})--")
_VERSION = re.compile(r"v(\d{1,18})", re.ASCII)
_ADDRESS = re.compile(r"(https?://[^/?#]+)/([^?#]*)(?:\?([^#]*))?(?:#.*)?", re.IGNORECASE | re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_FETCHED = re.compile(r"(https?|ftp|s3|gs)(:|%3a)", re.IGNORECASE)
_TYPES = _words(
    "upload private authenticated fetch list text multi sprite facebook twitter twitter_name "
    "instagram_name gravatar google_plus youtube vimeo hulu vine animoto worldstarhiphop dailymotion"
)
_KINDS = frozenset({"image", "video", "raw"})
_SHORT_KINDS = {
    "images": ("image", "upload"),
    "private_images": ("image", "private"),
    "authenticated_images": ("image", "authenticated"),
    "videos": ("video", "upload"),
    "files": ("raw", "upload"),
    "iu": ("image", "upload"),
}
_WITHOUT_SUFFIX = "iu"
_UPWARD = (b".", b"..")
_FORMATS = _words(
    "jpg jpe jpeg jpc jp2 j2k jxl jxr hdp wdp png gif webp avif bmp ico heic heif tif tiff tga svg pdf psd "
    "ai eps eps3 ept ps indd djvu arw cr2 cr3 dng nef orf raf fbx obj glb gltf usdz ply webm mp4 m4v mov ogv "
    "avi flv mkv mpg mpeg 3gp 3g2 m2ts mts ts wmv mxf m3u8 mpd mp3 wav aac ogg flac m4a aiff amr opus"
)
_FORMATS_OF_TYPE = {"list": frozenset({"json"}), "sprite": frozenset({"css"})}
"""Formats that only lists and sprites are delivered in."""

DeliveryState = Literal["parsed", "ambiguous", "unparsable"]

_FOLDER_OR_TRANSFORMATION = "a folder or a transformation: no version parts them"
_UNKNOWN_TRANSFORMATION = "before the version something that no known transformation is: it may be a folder"
_FOLDER_OR_SUFFIX = "a folder or a suffix: the form does not tell"


class Reading(NamedTuple):
    """What an address names if it is read one way; the fields are those of `DeliveryAddress`."""

    public_id: str
    transformation: str | None
    format: str | None
    suffix: str | None


class DeliveryAddress(NamedTuple):
    """One reading of a delivery address; every field is None when the address is unparsable.

    `transformation` is kept as written (escapes and order included); `version` is None for `v1`; `format` is
    the extension when it is one that Cloudinary delivers, never for raw files, whose extension is part of the
    id. `readings` has all that are possible when the address is ambiguous, the likeliest first, unless they are more
    than `MOST_READINGS`; account, kind and version are the same in all.
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
    readings: tuple[Reading, ...] = ()

    @property
    def normalised_transformation(self) -> str | None:
        """The transformation in the order in which Cloudinary's own SDKs write it; None without one."""
        return None if self.transformation is None else normalised_transformation(self.transformation)


class _Host(NamedTuple):
    """Whose host an address is on: a shared one (`cloud` stands in the path), or one of a single account."""

    cloud: str | None
    form: Literal["shared", "private", "own"]


class _Place(NamedTuple):
    """Where the id part begins: the account and the kind of asset that the address starts with."""

    cloud: str | None
    resource_type: str
    type: str
    has_suffix: bool
    is_root: bool
    signature: str | None
    rest: list[str]


@lru_cache(maxsize=REMEMBERED_ADDRESSES)
def parse_delivery_url(url: str, hosts: tuple[str, ...] = (), cloud: str | None = None) -> DeliveryAddress:
    """Read a delivery address by its grammar alone; never raises.

    `hosts` are the customer's own delivery hosts beside Cloudinary's (with or without port); `cloud` is the customer's
    cloud name, which addresses on such a host may leave out. Every other host delivers nothing of ours.
    """
    if len(url) > LONGEST_ADDRESS or " " in url or not _is_clean(url):
        return _unparsable("too long, or with characters that no address has")
    found = _ADDRESS.fullmatch(url)
    if found is None:
        return _unparsable("no http address, or nothing behind the host")
    origin, path, query = found.groups()
    host = _host(origin, hosts, cloud)
    if isinstance(host, str):
        return _unparsable(host)
    place = _place(host, path.split("/"))
    if isinstance(place, str):
        return _unparsable(place)
    if place.type == "fetch":
        return _fetched(place, query or "")
    return _stored(place)


def is_of_account(url: str, hosts: tuple[str, ...] = (), cloud: str | None = None) -> bool:
    """Whether an address is on a host that delivers for us, whatever can be read of it; never raises.

    On hosts that many accounts share it is ours when `cloud` stands in the path, or is not known.
    """
    found = _ADDRESS.fullmatch(url)
    host = _host(found[1], hosts, cloud) if found is not None else ""
    if found is None or isinstance(host, str):
        return False
    named = found[2].split("/")[0] if host.form == "shared" else host.cloud
    return cloud is None or named == cloud


def _unparsable(reason: str) -> DeliveryAddress:
    return DeliveryAddress("unparsable", reason)


def _is_clean(text: str) -> bool:
    """Whether no control character or lone surrogate is in it."""
    return text.isprintable() or _CONTROL.search(text) is None


@lru_cache(maxsize=_REMEMBERED_PARTS)
def _host(origin: str, hosts: tuple[str, ...], cloud: str | None) -> _Host | str:
    """Whose host it is, by scheme and authority; or why it delivers nothing of ours."""
    try:
        parts = urlsplit(origin)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "no address"
    if not host or parts.username is not None:
        return "no http address, or one with a user in it"
    if _SHARED_HOST.fullmatch(host):
        return _Host(None, "shared")
    if private := _PRIVATE_HOST.fullmatch(host):
        return _Host(private["cloud"], "private")
    if _is_own_host(host, port, hosts):
        return _Host(cloud, "own")
    return "a host that delivers nothing of ours"


def _is_own_host(host: str, port: int | None, hosts: tuple[str, ...]) -> bool:
    names = {host, f"{host}:{port}", re.sub(r"^a[1-5]\.", "", host)}
    return any(own.lower() in names for own in hosts)


def _place(host: _Host, segments: list[str]) -> _Place | str:
    """The account and kind of an address, or why there is none."""
    cloud = host.cloud
    if host.form == "shared" or (host.form == "own" and _names_cloud(cloud, segments)):
        cloud, segments = segments[0], segments[1:]
    if not segments or not segments[0] or cloud == "":
        return "nothing behind the host"
    return _kind(cloud, segments)


def _names_cloud(cloud: str | None, segments: list[str]) -> bool:
    if cloud is not None and segments[:1] == [cloud]:
        return True
    return not _starts_with_kind(segments) and _starts_with_kind(segments[1:])


def _starts_with_kind(segments: Sequence[str]) -> bool:
    if len(segments) > 2 and segments[0] in _KINDS and segments[1] in _TYPES:
        return True
    return len(segments) > 1 and segments[0] in _SHORT_KINDS


def _kind(cloud: str | None, segments: list[str]) -> _Place | str:
    first = segments[0]
    has_suffix = is_root = False
    if len(segments) == 1:
        kind, delivery_type, is_root, taken = "image", "upload", True, 0
    elif first in _KINDS:
        if len(segments) < 3 or segments[1] not in _TYPES:
            return "no delivery type behind the kind of asset"
        kind, delivery_type, taken = first, segments[1], 2
    elif first == _WITHOUT_SUFFIX or (first in _SHORT_KINDS and len(segments) > 2):
        (kind, delivery_type), taken = _SHORT_KINDS[first], 1
        has_suffix = first != _WITHOUT_SUFFIX
    else:
        kind, delivery_type, is_root, taken = "image", "upload", True, 0
    signature = None
    if segments[taken].startswith("s--") and _SIGNATURE.fullmatch(segments[taken]):
        signature = segments[taken][3:-2]
        taken += 1
    return _Place(cloud, kind, delivery_type, has_suffix, is_root, signature, segments[taken:])


def _take_version(before: list[str]) -> tuple[list[str], int | None]:
    if before and (match := _VERSION.fullmatch(before[-1])):
        return before[:-1], _version(match)
    return before, None


def _version(match: re.Match[str]) -> int | None:
    number = int(match[1])
    return None if number == 1 else number


def _fetched(place: _Place, query: str) -> DeliveryAddress:
    """A remote file delivered through the account: its public id is the remote address itself."""
    rest = place.rest
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
        signature=place.signature,
        transformation="/".join(before) or None,
        version=version,
        public_id=public_id + ("?" + "&".join(own) if own else ""),
    )


def _stored(place: _Place) -> DeliveryAddress:
    rest = place.rest
    if not rest or not _is_sound(rest):
        return _unparsable("no public id, or an empty or upward segment")
    splits, version, doubt = _splits(rest)
    if not splits:
        return _unparsable("a segment before the version that is no transformation")
    reading = _first_reading(place, splits, version)
    if reading.state == "unparsable":
        return reading
    if doubt is None and reading.state == "parsed":
        return reading
    readings = tuple(islice(_all_readings(place, splits, version), MOST_READINGS + 1))
    told = readings if len(readings) <= MOST_READINGS else ()
    return reading._replace(state="ambiguous", reason=doubt or reading.reason, readings=told)


Split = tuple[list[str], list[str]]
"""The segments of the transformation, and those of the public id."""


def _splits(rest: list[str]) -> tuple[list[Split], int | None, str | None]:
    """Where the public id may begin, likeliest first; the version; and why that is in doubt, if it is."""
    for at, segment in enumerate(rest[:-1]):
        if segment[0] == "v" and (match := _VERSION.fullmatch(segment)):
            before, after = rest[:at], rest[at + 1 :]
            if not all("_" in segment for segment in before):
                return [], None, None
            doubt = None if all(map(is_known_component, before)) else _UNKNOWN_TRANSFORMATION
            return [(before, after)], _version(match), doubt
    starts = _possible_starts(rest)
    doubt = _FOLDER_OR_TRANSFORMATION if len(starts) > 1 else None
    return [(rest[:start], rest[start:]) for start in starts], None, doubt


def _first_reading(place: _Place, splits: list[Split], version: int | None) -> DeliveryAddress:
    """The likeliest reading that is one."""
    readings = (_reading(place, before, after, version) for before, after in splits)
    first = next(readings)
    if first.state != "unparsable":
        return first
    return next((reading for reading in readings if reading.state != "unparsable"), first)


def _all_readings(place: _Place, splits: list[Split], version: int | None) -> Iterator[Reading]:
    """Every reading of every split: the extension as format or as end of the id, the last segment as suffix or not."""
    for before, after in splits:
        found = [_reading(place, before, after, version)]
        if place.is_root and len(after) > 1:
            found.append(_reading(place._replace(has_suffix=True, is_root=False), before, after, version))
        for reading in found:
            if reading.public_id is None:
                continue
            yield Reading(reading.public_id, reading.transformation, reading.format, reading.suffix)
            if reading.format and reading.suffix is None:
                yield Reading(f"{reading.public_id}.{reading.format}", reading.transformation, None, None)


def _possible_starts(rest: list[str]) -> Sequence[int]:
    """Where the public id may begin, likeliest first, when no version parts it from the transformation.

    Everything up to the last segment that can only be a transformation is one; segments behind it that could
    be either make the address ambiguous.
    """
    run = 0
    sure = 0
    for index, segment in enumerate(rest[:-1]):
        strength = component_strength(segment)
        if strength == 0:
            break
        run = index + 1
        if strength == 2:
            sure = run
    return range(run, sure - 1, -1)


def _reading(place: _Place, before: list[str], after: list[str], version: int | None) -> DeliveryAddress:
    """One reading: the segments of the transformation and those of the public id."""
    suffix: str | None = None
    extension: str | None = None
    if place.has_suffix:
        if len(after) < 2:
            return _unparsable("no suffix behind the public id")
        last = _decoded(after[-1])
        after = after[:-1]
        suffix, extension = _split_format(last, place.type) if last else (None, None)
    public_id = _decoded("/".join(after)) if len(after) > 1 else _decoded(after[0])
    if public_id is None:
        return _unparsable("a public id that is not UTF-8")
    if not place.has_suffix and place.resource_type != "raw":
        public_id, extension = _split_format(public_id, place.type)
    is_doubtful = place.is_root and len(after) > 1
    return DeliveryAddress(
        "ambiguous" if is_doubtful else "parsed",
        _FOLDER_OR_SUFFIX if is_doubtful else None,
        place.cloud,
        place.resource_type,
        place.type,
        place.signature,
        "/".join(before) or None,
        version,
        public_id,
        extension,
        suffix,
    )


def _split_format(name: str, delivery_type: str) -> tuple[str, str | None]:
    stem, dot, extension = name.rpartition(".")
    if not dot or not stem or stem.endswith("/"):
        return name, None
    lower = extension.lower()
    if lower in _FORMATS or lower in _FORMATS_OF_TYPE.get(delivery_type, ()):
        return stem, extension
    return name, None


def _is_sound(segments: list[str]) -> bool:
    """Whether no segment is empty or leads upwards, escaped or not."""
    return all(segment and (segment[0] not in ".%" or unquote_to_bytes(segment) not in _UPWARD) for segment in segments)


def _decoded(text: str) -> str | None:
    if "%" in text:
        try:
            text = unquote_to_bytes(text).decode()
        except UnicodeDecodeError:
            return None
    return text if text and _is_clean(text) else None
