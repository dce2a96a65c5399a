"""What of Cloudinary's free text lands: tags, context, names and metadata with recipients' identifiers masked.

Here belongs which texts are searched, and which stay as they are because lineage joins on them: `public_id`, folders,
addresses, ids, etags. People who act in a role keep id and name, so that a metadata value without white space, such as
an approver's address, a code or a GTIN, stays: only free text is searched. Keys of context and metadata are the
account's own names. The patterns are `ingest.pseudonym`; the bytes as they came are sealed in the raw store.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from ingest.pseudonym import mask_identifiers, may_hold_identifier
from ingest.strict import JsonObject

_KEYS_OF_LINEAGE: Final = frozenset(
    {"public_id", "asset_id", "version", "version_id", "etag", "id", "batch_id", "signature", "transformation"}
    | {"asset_folder", "from_asset_folder", "to_asset_folder", "folder", "from_path", "to_path", "path", "name"}
    | {"url", "secure_url", "type", "resource_type", "format", "kind", "status", "api_key"}
)
"""Members that are compared with others, and so never changed; `name` is that of a context's or metadata's field."""
_METADATA: Final = frozenset({"metadata", "previous_metadata", "new_metadata"})


def masked_text(text: str | None) -> str | None:
    """A name that people gave, such as a display name or a file's own name."""
    return None if text is None else _searched(text)


def masked_texts(values: Sequence[object]) -> list[object]:
    """Tags: each is searched by itself."""
    return [_masked(value) for value in values]


def masked_values(values: JsonObject) -> JsonObject:
    """A context: its values are searched."""
    return {name: _masked(value) for name, value in values.items()}


def masked_metadata(values: JsonObject | None) -> JsonObject | None:
    """Structured metadata: values that hold white space are searched, single words are codes, ids and dates."""
    return None if values is None else {name: _masked_words(value) for name, value in values.items()}


def masked_members(record: JsonObject) -> JsonObject:
    """Whatever else an answer says, at any depth; members that lineage joins on stay."""
    return {name: _member(name, value) for name, value in record.items()}


def masked_list(values: Sequence[object] | None) -> list[object] | None:
    """The same for a list of objects."""
    return None if values is None else [_member("", value) for value in values]


def _searched(text: str) -> str:
    return mask_identifiers(text) if may_hold_identifier(text) else text


def _member(name: str, value: object) -> object:
    if name in _KEYS_OF_LINEAGE and not isinstance(value, Mapping | list):
        return value
    if name in _METADATA and isinstance(value, dict):
        return masked_metadata(value)
    if isinstance(value, dict):
        return masked_members(value)
    if isinstance(value, list):
        return [_member(name, item) for item in value]
    return _masked(value)


def _masked(value: object) -> object:
    if isinstance(value, str):
        return _searched(value)
    if isinstance(value, list):
        return [_masked(item) for item in value]
    return {name: _masked(item) for name, item in value.items()} if isinstance(value, dict) else value


def _masked_words(value: object) -> object:
    if isinstance(value, list):
        return [_masked_words(item) for item in value]
    return _searched(value) if isinstance(value, str) and len(value.split()) > 1 else value
