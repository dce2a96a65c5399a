"""Notification triggers, the poll queues that they fill, and the addresses that they are pushed to.

Belongs here: who is told of what, signing, and at-least-once delivery with visibility time-outs (real, monotonic
time). Does not belong here: the bodies of single notifications (`events`), or HTTP.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import heapq
import itertools
import json
import random
import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.cloudinary.errors import ApiError
from sandbox.cloudinary.signatures import sign_notification
from sandbox.cloudinary.webhooks import SCHEMES, Push, push

if TYPE_CHECKING:
    from datetime import datetime

POLL_SCHEME = "poll://"
_ANONYMOUS = "*"
_SHUFFLE_WINDOW = 200
EVENT_TYPES = frozenset(
    [
        "all",
        "access_control_changed",
        "bulk_refresh_auto_fetch",
        "create_folder",
        "delete",
        "delete_by_token",
        "delete_folder",
        "eager",
        "error",
        "explode",
        "generate_archive",
        "info",
        "invalidate_custom_cdn",
        "moderation",
        "moderation_summary",
        "move",
        "move_or_rename_asset_folder",
        "multi",
        "publish",
        "rename",
        "report",
        "resource_context_changed",
        "resource_display_name_changed",
        "resource_metadata_changed",
        "resource_tags_changed",
        "restore_asset_version",
        "sprite",
        "upload",
    ]
)


@dataclass
class Trigger:
    """One event type that is sent to one destination; times are ISO text on the sandbox clock."""

    id: str
    uri: str
    event_type: str
    uri_type: str
    created_at: str
    updated_at: str


@dataclass(frozen=True, slots=True)
class Message:
    """One signed notification in a queue; `time_stamp` is the real second in which it was signed."""

    number: int
    body: bytes
    batch_id: str
    time_stamp: str
    signature: str


@dataclass(frozen=True)
class Delivery:
    """How messages are queued at present: how they are signed, the share that is queued twice, the pause of retries.

    `held_until` is the instant of the sandbox's clock before which poll channels do not give them.
    """

    api_secret: str
    algorithm: str
    duplicates: float
    retry_seconds: float = 180.0
    held_until: datetime | None = None


class Queue:
    """One channel: messages wait, are claimed for a while, and are gone when they are acknowledged."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._waiting: deque[Message] = deque()
        self._claimed: dict[str, Message] = {}
        self._returns: list[tuple[float, int, str]] = []
        self._claims = itertools.count(1)
        self._chance = random.Random(name)
        self.arrival = asyncio.Event()

    def put(self, message: Message) -> None:
        """Add a message and wake whoever waits for one."""
        self._waiting.append(message)
        self.arrival.set()

    def claim(self, most: int, visibility_seconds: float, *, is_shuffled: bool) -> list[tuple[str, Message]]:
        """Return up to `most` (receipt handle, message); they stay invisible for `visibility_seconds`."""
        self._take_back_expired()
        if is_shuffled:
            self._shuffle(most)
        claimed = []
        for _ in range(min(most, len(self._waiting))):
            message = self._waiting.popleft()
            handle = hashlib.sha256(f"{self._name} {next(self._claims)}".encode()).hexdigest()[:40]
            self._claimed[handle] = message
            heapq.heappush(self._returns, (time.monotonic() + visibility_seconds, message.number, handle))
            claimed.append((handle, message))
        if not self._waiting:
            self.arrival.clear()
        return claimed

    def acknowledge(self, handle: str) -> bool:
        """Delete a claimed message; False when the handle is unknown or its time is up."""
        self._take_back_expired()
        return self._claimed.pop(handle, None) is not None

    def seconds_until_return(self) -> float | None:
        """Return how long until a claimed message comes back; None when none is claimed."""
        return max(0.0, self._returns[0][0] - time.monotonic()) if self._returns else None

    def __len__(self) -> int:
        return len(self._waiting) + len(self._claimed)

    def _take_back_expired(self) -> None:
        returned = []
        while self._returns and self._returns[0][0] <= time.monotonic():
            _, _, handle = heapq.heappop(self._returns)
            message = self._claimed.pop(handle, None)
            if message is not None:
                returned.append(message)
        for message in sorted(returned, key=lambda item: -item.number):
            self._waiting.appendleft(message)
        if self._waiting:
            self.arrival.set()

    def _shuffle(self, most: int) -> None:
        window = [self._waiting.popleft() for _ in range(min(len(self._waiting), max(most, _SHUFFLE_WINDOW)))]
        self._chance.shuffle(window)
        self._waiting.extendleft(reversed(window))


class Notifications:
    """The account's triggers and queues."""

    def __init__(self) -> None:
        self._triggers: dict[str, Trigger] = {}
        self._queues: dict[str, Queue] = {}
        self._numbers = itertools.count(1)
        self._made_triggers = itertools.count(1)
        self._chance = random.Random("duplicates")
        self._held: list[tuple[datetime, str, Message]] = []

    def triggers(self, event_type: str | None = None) -> list[Trigger]:
        """Return the triggers in order of creation, all or those of one event type."""
        return [item for item in self._triggers.values() if event_type in {None, item.event_type}]

    def create_trigger(self, uri: str, event_type: str, uri_type: str, now: str) -> Trigger:
        """Create a trigger. Raises ApiError 400 for what the sandbox cannot deliver, 409 for one that exists."""
        if event_type not in EVENT_TYPES:
            raise ApiError(400, f"Illegal value {event_type} for event_type")
        _refuse_unserved(uri, uri_type)
        if any(item.uri == uri and item.event_type == event_type for item in self._triggers.values()):
            raise ApiError(409, f"Trigger for {event_type} to {uri} already exists")
        trigger_id = hashlib.sha256(f"trigger {next(self._made_triggers)}".encode()).hexdigest()[:64]
        trigger = Trigger(trigger_id, uri, event_type, uri_type, now, now)
        self._triggers[trigger_id] = trigger
        return trigger

    def trigger(self, trigger_id: str) -> Trigger:
        """Return one trigger. Raises ApiError 404."""
        if trigger_id not in self._triggers:
            raise ApiError(404, f"Trigger {trigger_id} doesn't exist")
        return self._triggers[trigger_id]

    def update_trigger(self, trigger_id: str, uri: str, now: str) -> None:
        """Send a trigger elsewhere. Raises ApiError 400 or 404."""
        trigger = self.trigger(trigger_id)
        _refuse_unserved(uri, trigger.uri_type)
        trigger.uri, trigger.updated_at = uri, now

    def delete_trigger(self, trigger_id: str) -> None:
        """Delete a trigger; messages that it queued stay. Raises ApiError 404."""
        self.trigger(trigger_id)
        del self._triggers[trigger_id]

    def publish(self, body: Mapping[str, Any], extra_uri: str | None, batch_id: str, delivery: Delivery) -> None:
        """Queue one notification, signed, at every destination that listens to its type."""
        event_type = str(body["notification_type"])
        uris = {item.uri: None for item in self._triggers.values() if item.event_type in {"all", event_type}}
        if extra_uri and extra_uri.startswith((POLL_SCHEME, *SCHEMES)):
            uris[extra_uri] = None
        if not uris:
            return
        raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        time_stamp = str(int(time.time()))
        signature = sign_notification(raw, time_stamp, delivery.api_secret, delivery.algorithm)
        for uri in uris:
            if uri.startswith(SCHEMES):
                copies = 2 if self._chance.random() < delivery.duplicates else 1
                push(Push(uri, raw, time_stamp, signature, copies, delivery.retry_seconds))
        for name in _queue_names(uris, batch_id):
            for _ in range(2 if self._chance.random() < delivery.duplicates else 1):
                message = Message(next(self._numbers), raw, batch_id, time_stamp, signature)
                if delivery.held_until is None:
                    self.queue(name).put(message)
                else:
                    self._held.append((delivery.held_until, name, message))

    def release(self, now: datetime) -> None:
        """Queue what was held until `now` or an earlier instant."""
        due = [held for held in self._held if held[0] <= now]
        self._held = [held for held in self._held if held[0] > now]
        for _, name, message in due:
            self.queue(name).put(message)

    def queue(self, name: str) -> Queue:
        """Return a queue by name (`channel:…` or `batch:…`), an empty one at the first time."""
        if name not in self._queues:
            self._queues[name] = Queue(name)
        return self._queues[name]

    def acknowledge(self, handle: str) -> bool:
        """Delete the message that was claimed with this handle, whatever queue it is in."""
        return any(queue.acknowledge(handle) for queue in self._queues.values())


async def poll(
    queue: Queue, most: int, wait_seconds: float, visibility_seconds: float, *, is_shuffled: bool
) -> list[dict[str, Any]]:
    """Claim messages, waiting up to `wait_seconds` of real time for the first; return them as the API shows them."""
    deadline = time.monotonic() + wait_seconds
    while True:
        claimed = queue.claim(most, visibility_seconds, is_shuffled=is_shuffled)
        left = deadline - time.monotonic()
        if claimed or left <= 0:
            return [_as_json(handle, message) for handle, message in claimed]
        returns = queue.seconds_until_return()
        wait = left if returns is None else min(left, returns + 0.001)
        try:
            await asyncio.wait_for(queue.arrival.wait(), wait)
        except TimeoutError:
            continue


def _as_json(handle: str, message: Message) -> dict[str, Any]:
    return {
        "receipt_handle": handle,
        "batch_id": message.batch_id,
        "payload": json.loads(message.body),
        "signed_payload": base64.urlsafe_b64encode(message.body).rstrip(b"=").decode(),
        "signature": message.signature,
        "timestamp": message.time_stamp,
    }


def _queue_names(uris: Mapping[str, None], batch_id: str) -> Iterator[str]:
    for uri in uris:
        if not uri.startswith(POLL_SCHEME):
            continue
        channel = uri.removeprefix(POLL_SCHEME)
        if channel != _ANONYMOUS:
            yield f"channel:{channel}"
        elif batch_id:
            yield f"batch:{batch_id}"


def _refuse_unserved(uri: str, uri_type: str) -> None:
    if uri_type == "webhook":
        if not uri.startswith(SCHEMES):
            raise ApiError(400, f"Illegal value {uri} for uri: a webhook destination is an http address")
        return
    if uri_type != "poll":
        raise ApiError(400, f"Illegal value {uri_type} for uri_type: the sandbox delivers by poll and webhook")
    if not uri.startswith(POLL_SCHEME) or len(uri) == len(POLL_SCHEME):
        raise ApiError(400, f"Illegal value {uri} for uri: a poll destination is poll://<channel> or poll://*")
