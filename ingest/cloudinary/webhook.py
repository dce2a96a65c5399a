"""The receiver of pushed notifications: an ASGI endpoint that believes nothing and keeps everything it believes.

Here belongs HTTP alone: the size cap, the deadline, the headers, the answers. 200 is said only when the raw bytes are
durable; anything else makes Cloudinary send again. What is forged is answered with 401 and told to the log as a
security event with its number, length and hash, never with its content; its bytes are not kept, since anybody could
fill the disk with them. Not here: the signature (`signature`), the keeping (`webhook_inbox`), and landing, which is the
ingest's (`source`).

| answer | when |
|---|---|
| 200 | the notification is durable |
| 401 | forged, stale or unsigned: a security event |
| 408 | the body did not arrive in time |
| 409 | exactly this message was taken before (a replay, or a repetition whose 200 was lost): not taken again |
| 413 | the body is larger than `cloudinary.webhook_bytes_cap` |
| 503 | the disk refuses: Cloudinary sends again |
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from assettrail.errors import AssettrailError, RecordRejected
from ingest.cloudinary.signature import NotificationKeys, refuse_stale, verify_notification
from ingest.cloudinary.webhook_inbox import WebhookInbox

PATH = "/cloudinary/notifications"
SIGNATURE_HEADER = "X-Cld-Signature"
TIMESTAMP_HEADER = "X-Cld-Timestamp"
BODY_DEADLINE_SECONDS = 10.0
_LONGEST_TOLD = 200

_LOG = logging.getLogger("assettrail.security")


@dataclass
class Receiver:
    """Takes pushed notifications of one account into an inbox.

    `keys` is asked for each notification, so that a secret file that was changed during a rotation counts at once.
    `now` is real time in seconds (UTC): the vendor's signatures are made on it.
    """

    inbox: WebhookInbox
    keys: Callable[[], NotificationKeys]
    bytes_cap: int
    now: Callable[[], float] = time.time
    body_deadline_seconds: float = BODY_DEADLINE_SECONDS
    _events: itertools.count[int] = field(default_factory=lambda: itertools.count(1), init=False)

    def application(self) -> Starlette:
        """The ASGI application: one path, POST only."""
        service = Starlette(routes=[Route(PATH, self._receive, methods=["POST"])])
        service.router.redirect_slashes = False
        return service

    async def _receive(self, request: Request) -> Response:
        try:
            async with asyncio.timeout(self.body_deadline_seconds):
                body = await self._body(request)
        except TimeoutError:
            return Response(status_code=408)
        except ClientDisconnect:
            return Response(status_code=400)
        if body is None:
            return Response(status_code=413)
        return Response(status_code=await run_in_threadpool(self._take, request, body))

    async def _body(self, request: Request) -> bytes | None:
        """The exact bytes of the body; None when there are more than the cap, which are not read."""
        announced = request.headers.get("content-length", "")
        if announced.isascii() and announced.isdigit() and int(announced) > self.bytes_cap:
            return None
        parts: list[bytes] = []
        size = 0
        async for part in request.stream():
            size += len(part)
            if size > self.bytes_cap:
                return None
            parts.append(part)
        return b"".join(parts)

    def _take(self, request: Request, body: bytes) -> int:
        """Verify and keep one notification; the status to answer with."""
        try:
            timestamp = _only(request, TIMESTAMP_HEADER)
            signature = _only(request, SIGNATURE_HEADER)
            now = self.now()
            verify_notification(body, timestamp, signature, self.keys(), now)
            refuse_stale(timestamp, now)
        except RecordRejected as error:
            self._tell("forged_notification", request, body, error.found)
            return 401
        except AssettrailError as error:
            _LOG.error("%s", error)
            return 503
        try:
            is_new = self.inbox.take(body, timestamp, signature)
        except AssettrailError as error:
            _LOG.error("%s", error)
            return 503
        if not is_new:
            self._tell("replayed_notification", request, body, "a message that was taken before")
            return 409
        return 200

    def _tell(self, event: str, request: Request, body: bytes, reason: str) -> None:
        """One line of JSON for a security event: what, which in number, from where, which bytes by hash; no content."""
        told = {
            "event": event,
            "number": next(self._events),
            "reason": reason[:_LONGEST_TOLD],
            "from": request.client.host if request.client else None,
            "bytes": len(body),
            "sha256": hashlib.sha256(body).hexdigest(),
        }
        _LOG.warning("%s", json.dumps(told))


def _only(request: Request, name: str) -> str:
    """The one header of this name; two would leave open which of them was believed."""
    values = request.headers.getlist(name)
    if len(values) != 1:
        raise RecordRejected(
            tried="to verify a notification",
            found=f"{len(values)} headers {name}",
            expected="exactly one",
            remedy="treat it as forged until shown otherwise",
        )
    return values[0]
