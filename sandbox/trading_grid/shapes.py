"""What a kind of object is made of: its fields, identifiers, and which of them the service sets itself.

What belongs here: the shape of a record type. The record types themselves stand in `records.py` and `requests.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

JsonObject = dict[str, object]
FieldKind = Literal["text", "texts", "whole_number", "instant", "asset", "sha256", "digits", "parts"]


@dataclass(frozen=True)
class Field:
    """One field that a client may write: its kind, whether it must be there, which values are allowed."""

    name: str
    kind: FieldKind = "text"
    is_required: bool = False
    choices: tuple[str, ...] = ()
    digit_count: int = 0
    refers_to: str | None = None
    default: str | None = None
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class RecordType:
    """One kind of object, one row per `id_fields`.

    `server_fields` are set by the service from its own clock and are refused in a body: `created_field` when the object
    is made, those of `status_times` when the object comes into the status that is their key. `changeable` names the
    fields that PATCH takes, `filters` the fields that a list can be asked to compare.
    """

    path: str
    id_fields: tuple[str, ...]
    id_prefix: str
    fields: tuple[Field, ...]
    server_fields: tuple[str, ...] = ()
    created_field: str | None = None
    status_times: Mapping[str, str] = field(default_factory=dict)
    changeable: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    has_correlation: bool = False
    asset_fields: tuple[str, ...] = ()

    def record_id(self, record: Mapping[str, object]) -> str:
        """Return the identifier in the path of a single GET; a composite one is joined with a colon."""
        return ":".join(str(record[name]) for name in self.id_fields)


CASE_ASSET = ("assetId", "publicId", "version", "url")
"""The parts of an asset reference as partners give it."""
