"""The detail of an asset, and an account's configuration, as frozen typed records, one field per landed column.

Here belongs reading one answer of the detail call, one transformation, one upload preset, the usage figures and the
product environment strictly: a wrong type is a RecordRejected. Numbers with fractions and nested facts land as
canonical JSON. Times stay the vendor's text. Not here: listings and notifications (`records`), and the calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from ingest.cloudinary.discretion import masked_list, masked_text
from ingest.cloudinary.records import moderation_status
from ingest.strict import (
    JsonObject,
    canonical_json,
    flag_or_none,
    integer_or_none,
    json_or_none,
    list_or_none,
    moment_or_none,
    object_or_none,
    objects,
    required_integer,
    required_text,
    text_or_none,
    wrong_type,
)


@dataclass(frozen=True, slots=True)
class AssetDetail:
    """One asset as the detail call shows it; key `asset_id`.

    `derived` and `backup_versions` are lists in the order of their ids; None where the account or the asset has none
    to show. `last_updated` names only what ever changed.
    """

    asset_id: str
    public_id: str
    resource_type: str
    type: str
    version: int
    etag: str | None
    bytes: int | None
    format: str | None
    width: int | None
    height: int | None
    pages: int | None
    created_at_raw: str
    asset_folder: str | None
    display_name: str | None
    original_filename: str | None
    is_placeholder: bool
    access_mode: str | None
    access_control: str | None
    moderation: str | None
    moderation_status: str | None
    last_updated: str | None
    quality_override: str | None
    quality_analysis: str | None
    quality_score: str | None
    accessibility_analysis: str | None
    derived: str | None
    backup_versions: str | None

    @classmethod
    def from_response(cls, item: JsonObject, derived: Sequence[JsonObject]) -> Self:
        """Read one detail; `derived` are the derived files of all its pages."""
        return cls(
            asset_id=required_text(item, "asset_id"),
            public_id=required_text(item, "public_id"),
            resource_type=required_text(item, "resource_type"),
            type=required_text(item, "type"),
            version=required_integer(item, "version"),
            etag=text_or_none(item, "etag"),
            bytes=integer_or_none(item, "bytes"),
            format=text_or_none(item, "format"),
            width=integer_or_none(item, "width"),
            height=integer_or_none(item, "height"),
            pages=integer_or_none(item, "pages"),
            created_at_raw=required_text(item, "created_at"),
            asset_folder=text_or_none(item, "asset_folder" if "asset_folder" in item else "folder"),
            display_name=masked_text(text_or_none(item, "display_name")),
            original_filename=masked_text(text_or_none(item, "original_filename")),
            is_placeholder=flag_or_none(item, "placeholder") or False,
            access_mode=text_or_none(item, "access_mode"),
            access_control=json_or_none(list_or_none(item, "access_control")),
            moderation=json_or_none(masked_list(list_or_none(item, "moderation"))),
            moderation_status=moderation_status(item),
            last_updated=json_or_none(object_or_none(item, "last_updated")),
            quality_override=text_or_none(item, "quality_override"),
            quality_analysis=json_or_none(object_or_none(item, "quality_analysis")),
            quality_score=json_or_none(_number_or_none(item, "quality_score")),
            accessibility_analysis=json_or_none(object_or_none(item, "accessibility_analysis")),
            derived=_in_order(derived, "id"),
            backup_versions=_in_order(objects(item, "versions"), "version_id") if "versions" in item else None,
        )


@dataclass(frozen=True, slots=True)
class Transformation:
    """One transformation of the account; key `name`. `definition` is what a named one does, None for an unnamed one."""

    name: str
    is_named: bool
    is_allowed_for_strict: bool | None
    is_used: bool | None
    definition: str | None

    @classmethod
    def from_response(cls, item: JsonObject, definition: JsonObject | None) -> Self:
        """Read one item of the list, with the answer about what it does where it was asked."""
        return cls(
            name=required_text(item, "name"),
            is_named=flag_or_none(item, "named") or False,
            is_allowed_for_strict=flag_or_none(item, "allowed_for_strict"),
            is_used=flag_or_none(item, "used"),
            definition=json_or_none(list_or_none(definition, "info")) if definition is not None else None,
        )


@dataclass(frozen=True, slots=True)
class UploadPreset:
    """One upload preset with its settings; key `name`."""

    name: str
    is_unsigned: bool | None
    settings: str | None

    @classmethod
    def from_response(cls, item: JsonObject) -> Self:
        """Read one item of the list of presets."""
        return cls(
            name=required_text(item, "name"),
            is_unsigned=flag_or_none(item, "unsigned"),
            settings=json_or_none(object_or_none(item, "settings")),
        )


@dataclass(frozen=True, slots=True)
class Usage:
    """The account's usage as of one day; key `last_updated_raw`. Figures with limits and fractions are JSON."""

    last_updated_raw: str
    plan: str | None
    resources: int | None
    derived_resources: int | None
    requests: int | None
    transformations: str | None
    objects: str | None
    bandwidth: str | None
    storage: str | None
    credits: str | None
    media_limits: str | None

    @classmethod
    def from_response(cls, item: JsonObject) -> Self:
        """Read the answer for the present period; the form for one day lacks limits, and is read just the same."""
        return cls(
            last_updated_raw=required_text({"last_updated": moment_or_none(item, "last_updated")}, "last_updated"),
            plan=text_or_none(item, "plan"),
            resources=integer_or_none(item, "resources"),
            derived_resources=integer_or_none(item, "derived_resources"),
            requests=integer_or_none(item, "requests"),
            transformations=json_or_none(object_or_none(item, "transformations")),
            objects=json_or_none(object_or_none(item, "objects")),
            bandwidth=json_or_none(object_or_none(item, "bandwidth")),
            storage=json_or_none(object_or_none(item, "storage")),
            credits=json_or_none(object_or_none(item, "credits")),
            media_limits=json_or_none(object_or_none(item, "media_limits")),
        )


@dataclass(frozen=True, slots=True)
class ProductEnvironment:
    """The product environment; key `cloud_name`. `folder_mode` is fixed or dynamic, where the account says it."""

    cloud_name: str
    created_at_raw: str | None
    folder_mode: str | None
    settings: str | None

    @classmethod
    def from_response(cls, item: JsonObject) -> Self:
        """Read the answer that was asked with `settings=true`."""
        settings = object_or_none(item, "settings")
        return cls(
            cloud_name=required_text(item, "cloud_name"),
            created_at_raw=text_or_none(item, "created_at"),
            folder_mode=text_or_none(settings or {}, "folder_mode"),
            settings=json_or_none(settings),
        )


def _in_order(items: Sequence[JsonObject], name: str) -> str:
    """The items as JSON in the order of their ids: the vendor's order may change, and nothing has happened."""
    for item in items:
        required_text(item, name)
    return canonical_json(sorted(items, key=lambda item: str(item[name])))


def _number_or_none(item: JsonObject, name: str) -> float | None:
    value = item.get(name)
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    raise wrong_type(name, value, "a number")
