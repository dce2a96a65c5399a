"""The Admin API of notifications: triggers, and polling a channel.

Belongs here: each endpoint's parameters and answer. Does not belong here: the queues themselves (`notifications`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.cloudinary.errors import ApiError
from sandbox.cloudinary.notifications import poll
from sandbox.cloudinary.representation import seconds

if TYPE_CHECKING:
    from sandbox.cloudinary.environment import Environment
    from sandbox.cloudinary.wire import Exchange

_MOST_MESSAGES = 100
_DEFAULT_WAIT_SECONDS = 20
_DEFAULT_VISIBILITY_SECONDS = 30


def list_triggers(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """List notification triggers, all or those of one event type."""
    found = environment.state.notifications.triggers(exchange.text("event_type"))
    return {"triggers": [vars(item).copy() for item in found], "total": len(found)}


def create_trigger(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Create a notification trigger for a poll channel."""
    made = environment.state.notifications.create_trigger(
        uri=exchange.required("uri"),
        event_type=exchange.required("event_type"),
        uri_type=exchange.text("uri_type", "webhook") or "webhook",
        now=seconds(environment.clock.now()),
    )
    return vars(made).copy()


def update_trigger(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Send a notification trigger elsewhere."""
    new_uri, now = exchange.required("new_uri"), seconds(environment.clock.now())
    environment.state.notifications.update_trigger(exchange.path["trigger_id"], new_uri, now)
    return {"message": "ok"}


def delete_trigger(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Delete a notification trigger."""
    environment.state.notifications.delete_trigger(exchange.path["trigger_id"])
    return {"message": "ok"}


async def poll_messages(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Claim queued notifications of one channel or batch; `messages` is absent when there are none."""
    channel, batch_id = exchange.text("channel"), exchange.text("batch_id")
    if (channel is None) == (batch_id is None):
        raise ApiError(400, "Exactly one of channel and batch_id is required")
    environment.state.notifications.release(environment.clock.now())
    queue = environment.state.notifications.queue(f"channel:{channel}" if channel else f"batch:{batch_id}")
    messages = await poll(
        queue,
        most=exchange.number("max_messages", 10, 1, _MOST_MESSAGES),
        wait_seconds=exchange.number("wait_seconds", _DEFAULT_WAIT_SECONDS, 0, 60),
        visibility_seconds=exchange.number("visibility_timeout", _DEFAULT_VISIBILITY_SECONDS, 1, 600),
        is_shuffled=bool(environment.knob("notification_shuffle")),
    )
    return {"messages": messages} if messages else {}


def acknowledge_messages(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Delete claimed notifications by receipt handle, at most 100."""
    handles = exchange.items("receipt_handles")
    if not 1 <= len(handles) <= _MOST_MESSAGES:
        raise ApiError(400, f"receipt_handles has {len(handles)} entries, expected 1 to {_MOST_MESSAGES}")
    notifications = environment.state.notifications
    return {
        "results": [
            {"receipt_handle": handle, "status": "acked" if notifications.acknowledge(handle) else "not_found"}
            for handle in handles
        ]
    }
