"""Pushed notifications on their way from the inbox into a batch of the stream `notifications`.

Here belongs reading what the receiver kept as the messages that the poll queue would have given, so that one event that
comes by both ways makes one and the same row. A notification whose signature no longer holds under any secret of the
settings stays in the inbox and makes the window incomplete: it was believed when it came, so that a secret was taken
out too early, or somebody changed the note. Not here: receiving (`webhook`), keeping (`webhook_inbox`).
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from assettrail.errors import RecordRejected
from ingest.cloudinary.signature import NotificationKeys, verify_notification
from ingest.cloudinary.streams import Message, read_messages
from ingest.cloudinary.webhook_inbox import PushedNotification, WebhookInbox
from ingest.reading import Reading
from ingest.strict import canonical_json

PUSHED_PER_BATCH = 2000


@dataclass
class PushedBatch:
    """What one batch takes from the inbox: the notes to put away when it has landed, and whether others wait."""

    notes: list[PushedNotification] = field(default_factory=list)
    has_more: bool = False
    unbelieved: int = 0

    @property
    def doubts(self) -> list[str]:
        """Why the window is not complete for what was pushed; empty when it is."""
        doubts = []
        if self.has_more:
            doubts.append(f"{len(self.notes)} pushed notifications; the rest follows in the next batch")
        if self.unbelieved:
            doubts.append(
                f"{self.unbelieved} pushed notifications wait under a signature that no secret of the settings made "
                "(cloudinary.previous_api_secret)"
            )
        return doubts


class PushedReader:
    """Reads the inbox of one installation; `uri` is where its rows come from.

    What is kept of a landed notification (`keep_raw`) is a line as the poll queue gives it: body, second and signature
    together, so that the signature can be checked again and a refused one can be read again.
    """

    def __init__(
        self, inbox: WebhookInbox, keys: Callable[[], NotificationKeys], keep_raw: Callable[[bytes], str], uri: str
    ) -> None:
        self._inbox = inbox
        self._keys = keys
        self._keep_raw = keep_raw
        self._uri = uri

    def add_to(self, reading: Reading, now: float) -> PushedBatch:
        """Add the oldest pushed notifications to a batch; `now` is the present second (UTC).

        Raises EvidenceBroken when kept bytes are gone or changed, ConfigurationError when the inbox cannot be read.
        """
        batch = PushedBatch()
        messages: list[Message] = []
        waiting = self._inbox.waiting()
        if not waiting:
            return batch
        keys = self._keys()
        for note in waiting:
            if len(batch.notes) == PUSHED_PER_BATCH:
                batch.has_more = True
                break
            body = self._inbox.body(note)
            try:
                verify_notification(body, note.timestamp, note.signature, keys, now)
            except RecordRejected:
                batch.unbelieved += 1
                continue
            batch.notes.append(note)
            messages.append(self._message(note, body))
        _extend(reading, read_messages(messages, keys, now))
        return batch

    def clear(self, notes: Sequence[PushedNotification]) -> None:
        """Put notes away whose batch has landed."""
        self._inbox.clear(notes, time.time())

    def _message(self, note: PushedNotification, body: bytes) -> Message:
        signed = base64.urlsafe_b64encode(body).rstrip(b"=").decode()
        payload = {"signed_payload": signed, "timestamp": note.timestamp, "signature": note.signature}
        return Message(payload, self._uri, self._keep_raw(canonical_json(payload).encode()), 0)


def _extend(reading: Reading, more: Reading) -> None:
    reading.rows.extend(more.rows)
    reading.quarantined.extend(more.quarantined)
