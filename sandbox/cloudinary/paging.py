"""Pages of lists that are not of assets.

Belongs here: cutting such a list. Listings of assets, whose cursors expire, are `listing`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.cloudinary.errors import ApiError

if TYPE_CHECKING:
    from sandbox.cloudinary.environment import Environment
    from sandbox.cloudinary.wire import Exchange


def page_of(name: str, items: list[dict[str, Any]], environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """One page of a list that is not of assets; its cursor is the position, and never expires."""
    size = min(exchange.number("max_results", 10, 1, 500), int(environment.knob("page_size_cap")))
    token = exchange.text("next_cursor", "0") or "0"
    if not token.isdigit():
        raise ApiError(400, "Invalid value for parameter next_cursor")
    start = int(token)
    shown: dict[str, Any] = {name: items[start : start + size]}
    if start + size < len(items):
        shown["next_cursor"] = str(start + size)
    return shown
