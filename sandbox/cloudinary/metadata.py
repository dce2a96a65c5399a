"""Structured metadata: field definitions with their datasources, and the check of values against them.

Belongs here: the rules of fields and values. Does not belong here: which asset gets a value, or HTTP.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sandbox.cloudinary.errors import ApiError
from sandbox.cloudinary.model import MetadataValue

FIELD_TYPES = ("string", "integer", "date", "enum", "set")
_LISTED_TYPES = frozenset({"enum", "set"})


@dataclass
class DatasourceEntry:
    """One choice of an enum or set; values of assets name its external_id, never its label `value`."""

    external_id: str
    value: str
    state: str = "active"


@dataclass
class MetadataField:
    """One field definition."""

    external_id: str
    label: str
    type: str
    mandatory: bool = False
    default_value: MetadataValue | None = None
    validation: dict[str, Any] | None = None
    restrictions: dict[str, Any] | None = None
    default_disabled: bool = False
    allow_dynamic_list_values: bool = False
    datasource: dict[str, DatasourceEntry] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the field as the Admin API shows it."""
        shown: dict[str, Any] = {
            "type": self.type,
            "external_id": self.external_id,
            "label": self.label,
            "mandatory": self.mandatory,
            "default_value": self.default_value,
            "validation": self.validation,
            "restrictions": self.restrictions,
            "default_disabled": self.default_disabled,
        }
        if self.type in _LISTED_TYPES:
            shown["allow_dynamic_list_values"] = self.allow_dynamic_list_values
            shown["datasource"] = self.datasource_json()
        return shown

    def datasource_json(self) -> dict[str, Any]:
        """Return the datasource as the Admin API shows it, inactive entries included."""
        return {"values": [vars(entry).copy() for entry in self.datasource.values()]}


class MetadataFields:
    """The field definitions of the account, in their order."""

    def __init__(self) -> None:
        self._fields: dict[str, MetadataField] = {}

    def all(self) -> list[MetadataField]:
        """Return all fields in order."""
        return list(self._fields.values())

    def get(self, external_id: str) -> MetadataField:
        """Return one field. Raises ApiError 404."""
        if external_id not in self._fields:
            raise ApiError(404, f"External ID {external_id} doesn't exist")
        return self._fields[external_id]

    def add(self, definition: Mapping[str, Any]) -> MetadataField:
        """Create a field. Raises ApiError 400 for a wrong definition, 409 for an id or label that exists."""
        kind, label = definition.get("type"), definition.get("label")
        if kind not in FIELD_TYPES:
            raise ApiError(400, f"Illegal value {kind}: type must be one of {', '.join(FIELD_TYPES)}")
        if not label:
            raise ApiError(400, "Missing required parameter - label")
        external_id = str(definition.get("external_id") or _made_id(str(label)))
        self._refuse_taken(external_id, str(label))
        made = MetadataField(external_id=external_id, label=str(label), type=str(kind))
        if kind in _LISTED_TYPES:
            source = definition.get("datasource")
            if not source and not definition.get("allow_dynamic_list_values"):
                raise ApiError(400, f"Missing required parameter - datasource (field {external_id} is of type {kind})")
            merge_datasource(made, (source or {}).get("values") or [])
        _apply(made, definition)
        self._fields[external_id] = made
        return made

    def update(self, external_id: str, definition: Mapping[str, Any]) -> MetadataField:
        """Change what `definition` names of a field. Raises ApiError 400 or 404."""
        changed = self.get(external_id)
        if definition.get("type", changed.type) != changed.type:
            raise ApiError(400, f"Illegal value {definition['type']}: the type of {external_id} cannot be changed")
        if definition.get("label"):
            changed.label = str(definition["label"])
        if isinstance(definition.get("datasource"), Mapping):
            merge_datasource(changed, definition["datasource"].get("values") or [])
        _apply(changed, definition)
        return changed

    def delete(self, external_id: str) -> None:
        """Delete a field; its values stay on the assets until they are changed. Raises ApiError 404."""
        self.get(external_id)
        del self._fields[external_id]

    def reorder(self, order_by: str, direction: str | None) -> None:
        """Order the fields by label, external_id or created_at (as they are now)."""
        ordered = self.all()
        if order_by in {"label", "external_id"}:
            ordered.sort(key=lambda item: str(getattr(item, order_by)))
        if direction == "desc":
            ordered.reverse()
        self._fields = {item.external_id: item for item in ordered}

    def checked(self, values: Mapping[str, str], *, clear_invalid: bool = False) -> dict[str, MetadataValue | None]:
        """Return the values as they are stored; None means that the field is to be cleared.

        Raises ApiError 400 for an unknown field, a value that its field does not allow (left out instead when
        `clear_invalid`), and a mandatory field that would be cleared.
        """
        unknown = [name for name in values if name not in self._fields]
        if unknown:
            raise ApiError(400, f"Metadata External IDs do not exist: {json.dumps(unknown)}")
        stored: dict[str, MetadataValue | None] = {}
        for name, text in values.items():
            definition = self._fields[name]
            try:
                stored[name] = _stored_value(definition, text)
            except ApiError:
                if not clear_invalid:
                    raise
                stored[name] = None
            if stored[name] is None and definition.mandatory:
                raise ApiError(400, f"Value of mandatory metadata field {name} is missing")
        return stored

    def defaults_and_mandatory(self, given: Mapping[str, Any]) -> dict[str, MetadataValue]:
        """Return the default values that a new asset gets for the fields not in `given`.

        Raises ApiError 400 when a mandatory field has neither a value nor a default.
        """
        defaults: dict[str, MetadataValue] = {}
        for definition in self._fields.values():
            if definition.external_id in given:
                continue
            if definition.default_value is not None and not definition.default_disabled:
                defaults[definition.external_id] = definition.default_value
            elif definition.mandatory:
                raise ApiError(400, f"Value of mandatory metadata field {definition.external_id} is missing")
        return defaults

    def _refuse_taken(self, external_id: str, label: str) -> None:
        if external_id in self._fields:
            raise ApiError(409, f"external id {external_id} already exists")
        if any(existing.label == label for existing in self._fields.values()):
            raise ApiError(409, f"label {label} already exists")


def merge_datasource(target: MetadataField, entries: list[Mapping[str, Any]]) -> None:
    """Add entries to a datasource or give existing ones another label. Raises ApiError 400."""
    for entry in entries:
        external_id, value = entry.get("external_id"), entry.get("value")
        if not external_id and not value:
            raise ApiError(400, "Illegal value: a datasource entry needs external_id or value")
        key = str(external_id or _made_id(str(value)))
        if value is None and key not in target.datasource:
            raise ApiError(400, f"Missing required parameter - value (datasource entry {key})")
        label = target.datasource[key].value if value is None else str(value)
        target.datasource[key] = DatasourceEntry(key, label)


def set_entry_state(target: MetadataField, external_ids: list[str], state: str) -> None:
    """Make datasource entries active or inactive. Raises ApiError 400 for ids that do not exist."""
    absent = [external_id for external_id in external_ids if external_id not in target.datasource]
    if absent:
        raise ApiError(400, f"Metadata External IDs do not exist: {json.dumps(absent)}")
    for external_id in external_ids:
        target.datasource[external_id].state = state


def order_datasource(target: MetadataField, direction: str | None) -> None:
    """Order a datasource by its labels."""
    entries = sorted(target.datasource.values(), key=lambda entry: entry.value, reverse=direction == "desc")
    target.datasource = {entry.external_id: entry for entry in entries}


def _apply(target: MetadataField, definition: Mapping[str, Any]) -> None:
    for name in ("mandatory", "default_disabled", "allow_dynamic_list_values"):
        if definition.get(name) is not None:
            setattr(target, name, bool(definition[name]))
    for name in ("validation", "restrictions"):
        if name in definition:
            setattr(target, name, definition[name])
    if definition.get("default_value") is not None:
        value = definition["default_value"]
        target.default_value = _stored_value(target, json.dumps(value) if isinstance(value, list) else str(value))


def _stored_value(definition: MetadataField, text: str) -> MetadataValue | None:
    if text == "":
        return None
    if definition.type == "integer":
        if not re.fullmatch(r"-?\d{1,18}", text):
            raise _invalid(definition, text)
        _validate(definition, int(text), definition.validation)
        return int(text)
    if definition.type == "set":
        return _stored_set(definition, text)
    if definition.type == "date" and not _is_date(text):
        raise _invalid(definition, text)
    if definition.type == "enum":
        return _known_entry(definition, text)
    _validate(definition, text, definition.validation)
    return text


def _stored_set(definition: MetadataField, text: str) -> MetadataValue | None:
    try:
        entries = json.loads(text) if text.startswith("[") else text.split(",")
    except ValueError as error:
        raise _invalid(definition, text) from error
    return [_known_entry(definition, str(entry)) for entry in dict.fromkeys(entries)] or None


def _known_entry(definition: MetadataField, external_id: str) -> str:
    entry = definition.datasource.get(external_id)
    if entry is None and definition.allow_dynamic_list_values:
        definition.datasource[external_id] = DatasourceEntry(external_id, external_id)
        return external_id
    if entry is None or entry.state != "active":
        raise _invalid(definition, external_id)
    return external_id


def _validate(definition: MetadataField, value: str | int, rule: Mapping[str, Any] | None) -> None:
    if not rule:
        return
    if rule.get("type") == "and":
        for inner in rule.get("rules") or []:
            _validate(definition, value, inner)
        return
    if rule.get("type") == "strlen":
        is_valid = int(rule.get("min") or 0) <= len(str(value)) <= int(rule.get("max") or 10**9)
    else:
        is_valid = _is_in_bound(value, rule)
    if not is_valid:
        raise _invalid(definition, str(value))


def _is_in_bound(value: str | int, rule: Mapping[str, Any]) -> bool:
    bound = rule.get("value")
    left, right = (value, int(str(bound))) if isinstance(value, int) else (value, str(bound))
    if left == right:
        return bool(rule.get("equals"))
    is_greater = left > right  # type: ignore[operator]
    return {"greater_than": is_greater, "less_than": not is_greater}.get(str(rule.get("type")), True)


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _invalid(definition: MetadataField, value: str) -> ApiError:
    return ApiError(400, f"Value {value} is not valid for metadata field {definition.external_id}")


def _made_id(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:20]
