"""Reading requests: JSON, urlencoded and multipart bodies, query strings, and Cloudinary's little encodings.

Belongs here: bytes and text in, plain values out. Does not belong here: what the values mean.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from sandbox.cloudinary.errors import ApiError, missing

if TYPE_CHECKING:
    from starlette.requests import Request

_BOUNDARY = re.compile(r'boundary="?([^";]+)"?')
_PART_NAME = re.compile(r'\bname="([^"]*)"')
_PART_FILENAME = re.compile(r'\bfilename="([^"]*)"')
_INDEXED = re.compile(r"^(.+?)\[\d*\]$")
_UNESCAPED_PIPE = re.compile(r"(?<!\\)\|")
_UNESCAPED_EQUALS = re.compile(r"(?<!\\)=")
_TRUE = frozenset({"1", "true", True})


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """The file part of an upload."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request, read: parameters, the file if there is one, path parameters, and where it came from."""

    params: dict[str, Any]
    path: Mapping[str, str]
    base_url: str
    actor: str | None
    headers: Mapping[str, str]
    request_id: str
    file: UploadedFile | None = None

    def text(self, name: str, default: str | None = None) -> str | None:
        """Return a parameter as text; empty counts as not given."""
        value = self.params.get(name)
        return default if value is None or value == "" else str(value)

    def required(self, name: str) -> str:
        """Return a parameter as text. Raises ApiError 400 when it is not given."""
        value = self.text(name)
        if value is None:
            raise missing(name)
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a parameter as a truth value (`1`, `true`)."""
        value = self.params.get(name)
        return default if value is None or value == "" else value in _TRUE

    def number(self, name: str, default: int, low: int, high: int) -> int:
        """Return a parameter as a whole number. Raises ApiError 400 when it is none or out of bounds."""
        value = self.params.get(name)
        if value is None or value == "":
            return default
        if not re.fullmatch(r"-?\d{1,18}", str(value)) or not low <= int(value) <= high:
            raise ApiError(400, f"Invalid value {value} for parameter {name}: expected {low} to {high}")
        return int(value)

    def items(self, name: str) -> list[str]:
        """Return a list parameter; one plain value counts as a list of one."""
        value = self.params.get(name)
        if value is None or value == "":
            return []
        return [str(item) for item in value] if isinstance(value, list) else [str(value)]


async def read_exchange(request: Request, request_id: str) -> Exchange:
    """Read a whole request. Raises ApiError 400 for a body that is not what its content type says."""
    params = _gather(parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True))
    file: UploadedFile | None = None
    if request.method not in {"GET", "HEAD"}:
        body_params, file = _read_body(await request.body(), request.headers.get("content-type", ""))
        params |= body_params
    return Exchange(
        params=params,
        path=request.path_params,
        base_url=f"{request.url.scheme}://{request.headers.get('host', '127.0.0.1')}",
        actor=request.headers.get("x-sandbox-actor"),
        headers=request.headers,
        request_id=request_id,
        file=file,
    )


def _read_body(body: bytes, content_type: str) -> tuple[dict[str, Any], UploadedFile | None]:
    try:
        if content_type.startswith("multipart/form-data"):
            return _read_multipart(body, content_type)
        if content_type.startswith("application/x-www-form-urlencoded"):
            return _gather(parse_qsl(body.decode(), keep_blank_values=True)), None
    except UnicodeDecodeError as error:
        raise ApiError(400, "Invalid encoding in request body: expected UTF-8") from error
    if not body.strip():
        return {}, None
    try:
        values = json.loads(body)
    except ValueError as error:
        raise ApiError(400, f"Invalid JSON in request body: {error}") from error
    if not isinstance(values, dict):
        raise ApiError(400, "Invalid JSON in request body: expected an object")
    return values, None


def _read_multipart(body: bytes, content_type: str) -> tuple[dict[str, Any], UploadedFile | None]:
    found = _BOUNDARY.search(content_type)
    if found is None:
        raise ApiError(400, "Multipart body without boundary")
    fields: list[tuple[str, str]] = []
    file: UploadedFile | None = None
    for part in (b"\r\n" + body).split(b"\r\n--" + found.group(1).encode("latin-1"))[1:-1]:
        head, separator, content = part.partition(b"\r\n\r\n")
        name = _PART_NAME.search(head.decode("utf-8", "replace"))
        if not separator or name is None:
            raise ApiError(400, "Multipart part without name")
        filename = _PART_FILENAME.search(head.decode("utf-8", "replace"))
        if filename is None:
            fields.append((name.group(1), content.decode()))
        elif name.group(1) == "file":
            file = UploadedFile(filename.group(1), content)
    return _gather(fields), file


def _gather(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    params: dict[str, Any] = {}
    for name, value in pairs:
        indexed = _INDEXED.match(name)
        if indexed is None:
            params[name] = value
        else:
            params.setdefault(indexed.group(1), []).append(value)
    return params


def parse_pairs(value: object) -> dict[str, str]:
    r"""Read `k=v|k2=v2` with `\\=` and `\\|` for the characters themselves, or a mapping as it is.

    Raises ApiError 400 for a piece without `=`.
    """
    if value is None or value == "":
        return {}
    if isinstance(value, Mapping):
        return {str(key): item if isinstance(item, str) else json.dumps(item) for key, item in value.items()}
    pairs: dict[str, str] = {}
    for piece in _UNESCAPED_PIPE.split(str(value)):
        parts = _UNESCAPED_EQUALS.split(piece, maxsplit=1)
        if len(parts) == 1:
            raise ApiError(400, f"Illegal value {piece}: expected key=value")
        pairs[_unescape(parts[0])] = _unescape(parts[1])
    return pairs


def _unescape(text: str) -> str:
    return text.replace("\\=", "=").replace("\\|", "|")


def parse_list(value: object) -> list[str]:
    """Read `a,b` or a list; empty entries and repetitions are dropped, order is kept."""
    entries = value if isinstance(value, list) else str(value or "").split(",")
    return list(dict.fromkeys(str(entry).strip() for entry in entries if str(entry).strip()))
