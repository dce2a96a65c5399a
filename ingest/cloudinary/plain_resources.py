"""Listed assets read at once by their types, exactly as they would be read field by field.

Here belong the typed shape of a plain item of a listing and what makes it plain: all of its values have the types of
the shape, its parts hold no number with a fraction, of which two writers make two texts, and no free text in it looks
like a recipient's identifier (`discretion`). Every other item is handed to the strict reader (`records.Resource`),
whose word counts. Not here: what a resource means.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from ingest.pseudonym import may_hold_identifier
from ingest.reading import Values
from ingest.strict import INT64_MAX, JsonObject

_Name = Annotated[str, Meta(min_length=1)]
_Whole = Annotated[int, Meta(ge=-INT64_MAX, le=INT64_MAX)]
_Plain = str | int | bool | list[str] | None
_CANONICAL: Final = msgspec.json.Encoder(order="sorted")


class _Moderation(Struct, gc=False):
    status: str | None = None


class _Listed(Struct, gc=False):
    asset_id: _Name
    public_id: _Name
    resource_type: _Name
    type: _Name
    version: _Whole
    created_at: _Name
    format: str | None = None
    bytes: _Whole | None = None
    width: _Whole | None = None
    height: _Whole | None = None
    asset_folder: str | UnsetType | None = UNSET
    folder: str | None = None
    display_name: str | None = None
    secure_url: str | None = None
    tags: list[str] | None = None
    context: dict[str, str | dict[str, str]] | None = None
    metadata: dict[str, _Plain] | None = None
    moderation: list[_Moderation] | None = None
    moderation_status: str | None = None
    placeholder: bool | None = None


def plain_resource_values(item: JsonObject) -> Values | None:
    """The row of a listed asset; None where it is not plain and the strict reader has to say."""
    try:
        listed = msgspec.convert(item, _Listed)
        tags, context, metadata = map(_text, (listed.tags or [], _context(listed), listed.metadata or {}))
    except (msgspec.ValidationError, UnicodeEncodeError):
        return None
    if _is_suspect(f"{listed.display_name}....{tags}....{context}", metadata):
        return None
    return {
        "asset_id": listed.asset_id,
        "public_id": listed.public_id,
        "resource_type": listed.resource_type,
        "type": listed.type,
        "format": listed.format,
        "version": listed.version,
        "bytes": listed.bytes,
        "width": listed.width,
        "height": listed.height,
        "created_at_raw": listed.created_at,
        "asset_folder": listed.folder if listed.asset_folder is UNSET else listed.asset_folder,
        "display_name": listed.display_name,
        "tags": tags,
        "context": context,
        "metadata": metadata,
        "moderation_status": _status(listed),
        "is_placeholder": listed.placeholder or False,
        "secure_url": listed.secure_url,
    }


def _text(part: object) -> str:
    """Canonical JSON, of values of which every writer makes the same text."""
    return _CANONICAL.encode(part).decode()


def _is_suspect(free_texts: str, metadata: str) -> bool:
    """Whether a text may hold what is masked; of metadata only values with white space are searched (`discretion`).

    Canonical JSON has white space within texts alone, and writes all but the plain one with a backslash.
    """
    searched = free_texts + metadata if " " in metadata or not metadata.isascii() else free_texts
    return "\\" in searched or "\\" in metadata or may_hold_identifier(searched)


def _context(listed: _Listed) -> object:
    """The context as one flat object, as `records` reads it."""
    found = listed.context or {}
    custom = found.get("custom")
    return custom if isinstance(custom, dict) else found


def _status(listed: _Listed) -> str | None:
    if listed.moderation_status is not None:
        return listed.moderation_status
    return listed.moderation[-1].status if listed.moderation else None
