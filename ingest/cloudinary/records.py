"""Cloudinary's answers as frozen typed records, one field per landed column.

Here belongs reading one resource, one metadata field and one notification strictly: a wrong type is a
RecordRejected. LIST and MAP shapes of notifications become one record per named resource. Times stay the
vendor's text; free text has recipients' identifiers masked (`discretion`). Not here: the calls, and what an event
means for versions and approvals.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from ingest.cloudinary.discretion import (
    masked_members,
    masked_metadata,
    masked_text,
    masked_texts,
    masked_values,
)
from ingest.strict import (
    JsonObject,
    flag_or_none,
    integer_or_none,
    json_or_none,
    list_or_none,
    object_or_none,
    objects,
    required_integer,
    required_text,
    text_or_none,
    wrong_type,
)


@dataclass(frozen=True, slots=True)
class Resource:
    """One asset as a listing shows it; key `asset_id`."""

    asset_id: str
    public_id: str
    resource_type: str
    type: str
    format: str | None
    version: int
    bytes: int | None
    width: int | None
    height: int | None
    created_at_raw: str
    asset_folder: str | None
    display_name: str | None
    tags: str | None
    context: str | None
    metadata: str | None
    moderation_status: str | None
    is_placeholder: bool
    secure_url: str | None

    @classmethod
    def from_response(cls, item: JsonObject) -> Self:
        """Read one item of a listing that asked for tags, context, metadata and moderations.

        Cloudinary leaves tags and context out when they are empty, and `placeholder` when it is false.
        """
        return cls(
            asset_id=required_text(item, "asset_id"),
            public_id=required_text(item, "public_id"),
            resource_type=required_text(item, "resource_type"),
            type=required_text(item, "type"),
            format=text_or_none(item, "format"),
            version=required_integer(item, "version"),
            bytes=integer_or_none(item, "bytes"),
            width=integer_or_none(item, "width"),
            height=integer_or_none(item, "height"),
            created_at_raw=required_text(item, "created_at"),
            asset_folder=text_or_none(item, "asset_folder" if "asset_folder" in item else "folder"),
            display_name=masked_text(text_or_none(item, "display_name")),
            tags=json_or_none(masked_texts(list_or_none(item, "tags") or [])),
            context=json_or_none(masked_values(_context(item))),
            metadata=json_or_none(masked_metadata(object_or_none(item, "metadata") or {})),
            moderation_status=moderation_status(item),
            is_placeholder=flag_or_none(item, "placeholder") or False,
            secure_url=text_or_none(item, "secure_url"),
        )


@dataclass(frozen=True, slots=True)
class MetadataField:
    """One structured metadata field of the account; key `external_id`."""

    external_id: str
    label: str | None
    type: str
    is_mandatory: bool | None
    datasource: str | None

    @classmethod
    def from_response(cls, item: JsonObject) -> Self:
        """Read one item of the list of metadata fields; the values of enum and set are ids, kept with their labels."""
        return cls(
            external_id=required_text(item, "external_id"),
            label=text_or_none(item, "label"),
            type=required_text(item, "type"),
            is_mandatory=flag_or_none(item, "mandatory"),
            datasource=json_or_none(object_or_none(item, "datasource")),
        )


@dataclass(frozen=True, slots=True)
class NotifiedResource:
    """One resource that one verified notification names; key (`digest`, `ordinal`)."""

    digest: str
    ordinal: int
    notification_type: str
    timestamp_raw: str
    request_id: str | None
    triggered_by_source: str | None
    triggered_by_id: str | None
    asset_id: str | None
    resource_type: str | None
    type: str | None
    public_id: str | None
    version: int | None
    etag: str | None
    version_id: str | None
    bytes: int | None
    format: str | None
    width: int | None
    height: int | None
    is_overwritten: bool | None
    from_public_id: str | None
    to_public_id: str | None
    previous_metadata: str | None
    new_metadata: str | None
    moderation_status: str | None
    moderation_kind: str | None
    change: str | None

    @classmethod
    def from_response(
        cls, notification: JsonObject, named: JsonObject, digest: str, ordinal: int, signed_at: str | None = None
    ) -> Self:
        """Read what `notification` says of one resource; `named` is the part that describes it.

        A moderation may say no more of its time than when the status changed, and of its asset than the name and the
        address: then these count, and `signed_at`, the instant (ISO 8601) at which it was signed, where not even that
        stands in it.

        An upload's metadata stand in its response as `metadata`, those of a metadata event as `new_metadata`. What
        has no column of its own (tags, context and access before and after, folders, derived files, fields of types
        whose shape is not documented) is kept in `change`, so that no type of event loses what it says.
        """
        context = object_or_none(notification, "notification_context") or {}
        triggered_by = object_or_none(context, "triggered_by") or {}
        new_metadata = object_or_none(named, "new_metadata" if "new_metadata" in named else "metadata")
        notification_type = required_text(notification, "notification_type")
        is_moderation = notification_type in MODERATIONS
        own_time = text_or_none(notification, "timestamp")
        if is_moderation:
            own_time = own_time or text_or_none(named, "moderation_updated_at") or signed_at
        resource_type, delivery_type = _kinds_in_address(named) if is_moderation else (None, None)
        return cls(
            digest=digest,
            ordinal=ordinal,
            notification_type=notification_type,
            timestamp_raw=text_or_none(notification, "timestamp")
            or own_time
            or required_text(notification, "timestamp"),
            request_id=text_or_none(notification, "request_id"),
            triggered_by_source=text_or_none(triggered_by, "source"),
            triggered_by_id=text_or_none(triggered_by, "id"),
            asset_id=text_or_none(named, "asset_id"),
            resource_type=text_or_none(named, "resource_type") or resource_type,
            type=text_or_none(named, "type") or delivery_type,
            public_id=text_or_none(named, "public_id"),
            version=integer_or_none(named, "version"),
            etag=text_or_none(named, "etag"),
            version_id=text_or_none(named, "version_id"),
            bytes=integer_or_none(named, "bytes"),
            format=text_or_none(named, "format"),
            width=integer_or_none(named, "width"),
            height=integer_or_none(named, "height"),
            is_overwritten=flag_or_none(named, "overwritten"),
            from_public_id=text_or_none(named, "from_public_id"),
            to_public_id=text_or_none(named, "to_public_id"),
            previous_metadata=json_or_none(masked_metadata(object_or_none(named, "previous_metadata"))),
            new_metadata=json_or_none(masked_metadata(new_metadata)),
            moderation_status=text_or_none(named, "moderation_status") or text_or_none(_moderated(named), "status"),
            moderation_kind=text_or_none(named, "moderation_kind") or text_or_none(_moderated(named), "kind"),
            change=_change(notification, named),
        )


@dataclass(frozen=True, slots=True)
class Trigger:
    """One notification trigger: which events go where, since when (the vendor's text)."""

    uri: str
    event_type: str
    created_at_raw: str

    @classmethod
    def from_response(cls, item: JsonObject) -> Self:
        """Read one item of the list of triggers."""
        return cls(
            uri=required_text(item, "uri"),
            event_type=required_text(item, "event_type"),
            created_at_raw=required_text(item, "created_at"),
        )


MODERATIONS = frozenset({"moderation", "moderation_summary"})
"""Types of notifications about a moderation, which may lack a time of their own and the asset's id."""

_KINDS = re.compile(r"/(image|video|raw)/(upload|private|authenticated)/")

_ENVELOPE = frozenset(
    {"notification_type", "timestamp", "request_id", "notification_context", "signature_key", "resources"}
)
"""Fields of a notification that say what it is and how it was sent."""

_COLUMNS = frozenset({"asset_id", "resource_type", "type", "public_id", "version", "etag", "version_id", "bytes"})
_MORE_COLUMNS = frozenset({"format", "width", "height", "overwritten", "from_public_id", "to_public_id"})
_STATE_COLUMNS = frozenset({"previous_metadata", "new_metadata", "metadata", "moderation_status", "moderation_kind"})
_HAVE_COLUMNS = _ENVELOPE | _COLUMNS | _MORE_COLUMNS | _STATE_COLUMNS

_DIFFERENCES = ("added", "removed", "updated")


def _change(notification: JsonObject, named: JsonObject) -> str | None:
    """What `named` says beside its columns, as canonical JSON; None when it says nothing more.

    Context differences come as lists of name and value, or as objects; both land as objects.
    """
    rest = {name: value for name, value in named.items() if name not in _HAVE_COLUMNS}
    if notification.get("notification_type") == "resource_context_changed":
        rest |= {name: _by_name(rest, name) for name in _DIFFERENCES if name in rest}
    return json_or_none(masked_members(rest) or None)


def _by_name(record: JsonObject, name: str) -> JsonObject:
    """A list of name and value, or an object, as one object."""
    if isinstance(record[name], list):
        return {required_text(pair, "name"): pair.get("value") for pair in objects(record, name)}
    return object_or_none(record, name) or {}


def _kinds_in_address(named: JsonObject) -> tuple[str | None, str | None]:
    """The resource type and delivery type of the address that Cloudinary tells of an asset, which it builds itself."""
    found = _KINDS.search(text_or_none(named, "secure_url") or text_or_none(named, "url") or "")
    return (found[1], found[2]) if found else (None, None)


def _moderated(named: JsonObject) -> JsonObject:
    """The latest of a list of moderations; empty where the notification has none in this shape."""
    moderations = named.get("moderation")
    last = moderations[-1] if isinstance(moderations, list) and moderations else None
    return last if isinstance(last, dict) else {}


def named_resources(notification: JsonObject) -> Iterator[JsonObject]:
    """The resources that a notification names: flat, as a LIST, or as a MAP by public id.

    A notification that names none still is an event: it is read as one resource of which nothing is said.
    """
    resources = notification.get("resources")
    if resources is None:
        yield notification
        return
    if isinstance(resources, list):
        named = objects(notification, "resources")
    elif isinstance(resources, dict):
        named = [_with_public_id(public_id, part) for public_id, part in resources.items()]
    else:
        raise wrong_type("resources", resources, "a list or an object")
    yield from named or [{}]


def _with_public_id(public_id: str, part: object) -> JsonObject:
    if not isinstance(part, dict):
        raise wrong_type("resources{}", part, "an object")
    return {"public_id": public_id, **part}


def _context(item: JsonObject) -> JsonObject:
    """The context as one flat object; the Admin API nests it under `custom`, others send key and value pairs."""
    context = item.get("context")
    if isinstance(context, list):
        return {required_text(pair, "key"): pair.get("value") for pair in objects(item, "context")}
    found = object_or_none(item, "context") or {}
    custom = found.get("custom")
    return custom if isinstance(custom, dict) else found


def moderation_status(item: JsonObject) -> str | None:
    """The status of the latest moderation, as its own field or within the list of moderations."""
    status = text_or_none(item, "moderation_status")
    if status is not None:
        return status
    moderations = objects(item, "moderation")
    return text_or_none(moderations[-1], "status") if moderations else None
