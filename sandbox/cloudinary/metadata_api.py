"""The Admin API of structured metadata: its fields and their datasources.

Belongs here: each endpoint's parameters and answer. Does not belong here: what a field is and accepts (`metadata`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.cloudinary.metadata import merge_datasource, order_datasource, set_entry_state

if TYPE_CHECKING:
    from sandbox.cloudinary.environment import Environment
    from sandbox.cloudinary.wire import Exchange


def list_fields(environment: Environment, _exchange: Exchange) -> dict[str, Any]:
    """List the metadata fields."""
    return {"metadata_fields": [item.as_json() for item in environment.state.fields.all()]}


def show_field(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Show one metadata field."""
    return environment.state.fields.get(exchange.path["external_id"]).as_json()


def create_field(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Create a metadata field."""
    return environment.state.fields.add(exchange.params).as_json()


def update_field(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Change a metadata field."""
    return environment.state.fields.update(exchange.path["external_id"], exchange.params).as_json()


def delete_field(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Delete a metadata field."""
    environment.state.fields.delete(exchange.path["external_id"])
    return {"message": "ok"}


def reorder_fields(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Order the metadata fields."""
    environment.state.fields.reorder(exchange.required("order_by"), exchange.text("direction"))
    return list_fields(environment, exchange)


def update_datasource(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Add datasource entries or give existing ones another label."""
    target = environment.state.fields.get(exchange.path["external_id"])
    merge_datasource(target, exchange.params.get("values") or [])
    return target.datasource_json()


def delete_datasource_entries(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Make datasource entries inactive."""
    target = environment.state.fields.get(exchange.path["external_id"])
    set_entry_state(target, exchange.items("external_ids"), "inactive")
    return target.datasource_json()


def restore_datasource_entries(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Make datasource entries active again."""
    target = environment.state.fields.get(exchange.path["external_id"])
    set_entry_state(target, exchange.items("external_ids"), "active")
    return target.datasource_json()


def reorder_datasource(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Order a datasource by its labels."""
    target = environment.state.fields.get(exchange.path["external_id"])
    order_datasource(target, exchange.text("direction"))
    return target.datasource_json()
