"""Cloudinary as a source: what each stream reads, and what it may claim about completeness.

Here belong the order of calls, claims and cursors of the three streams. Not here: HTTP (`client`), reading of
records (`records`, `streams`) and landing.

A window of `notifications` is complete when the queue was polled until it was empty, every message could be
read, and triggers for all needed events existed since the window's beginning. A window that is read in parts
carries what an earlier part could not read in its cursor, since acknowledged messages never come again. Where a
trigger was made anew, the time without it becomes a window of its own, claimed as not complete.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from assettrail.clock import Clock
from assettrail.errors import ConfigurationError, ContractBroken, TransientSourceError
from assettrail.settings import CloudinarySettings
from ingest.cloudinary.client import CloudinaryClient, CursorExpired, Page
from ingest.cloudinary.lease import PollLease
from ingest.cloudinary.streams import (
    Message,
    covered_since,
    instant,
    metadata_field_values,
    missing_events,
    read_messages,
    resource_values,
)
from ingest.extract import Claim, Extract
from ingest.reading import Reading
from ingest.strict import JsonObject, canonical_json, sha256_hex

Cursor = Mapping[str, object]
KeepRaw = Callable[[bytes], str]

MESSAGES_PER_BATCH = 2000
CONFIRMING_WAIT_SECONDS = 1
WRONG_SECRET_SIGNS = 5
_STREAMS = ("metadata_fields", "resources", "notifications")
_LISTING_ATTEMPTS = 3
_POLL_ATTEMPTS = 4
_IDLE_PAGES = 3
_UNREAD = "unread"


@dataclass
class _Polled:
    """What one batch claimed: messages that are new in it, every handle to acknowledge, and was the end reached."""

    messages: list[Message] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    handles: list[str] = field(default_factory=list)
    is_end: bool = False


class CloudinarySource:
    """The streams `metadata_fields`, `resources` and `notifications` of one product environment."""

    name = "cloudinary"

    def __init__(
        self,
        client: CloudinaryClient,
        settings: CloudinarySettings,
        clock: Clock,
        keep_raw: KeepRaw,
        lease: PollLease,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._settings = settings
        self._clock = clock
        self._keep_raw = keep_raw
        self._lease = lease
        self._pause = pause
        self._run_began: datetime | None = None

    def streams(self) -> tuple[str, ...]:
        """The streams in landing order."""
        return _STREAMS

    def extract(self, stream: str, since: Cursor | None) -> Extract:
        """One batch of a stream. Raises the client's errors; ContractBroken for a stream that does not exist."""
        if stream == "notifications":
            return self._notifications(since or {})
        if stream == "resources":
            return self._resources(since or {})
        if stream == "metadata_fields":
            return self._metadata_fields(since or {})
        raise ContractBroken(
            tried=f"to extract cloudinary/{stream}",
            found="no such stream",
            expected=f"one of {', '.join(_STREAMS)}",
            remedy="correct the stream's name",
        )

    def _metadata_fields(self, since: Cursor) -> Extract:
        now = self._clock.now()
        page = self._client.metadata_fields_page()
        reading = Reading()
        uri = self._uri("metadata_fields")
        reading.read_each(page.items, metadata_field_values, uri, self._keep_raw(page.body))
        return self._state(reading, since, now, f"{len(page.items)} metadata fields in one page")

    def _resources(self, since: Cursor) -> Extract:
        now = self._clock.now()
        reading = Reading()
        seen: set[str] = set()
        listings = [(r, d) for r in self._settings.resource_types for d in self._settings.delivery_types]
        for resource_type, delivery_type in listings:
            for page in self._listing(resource_type, delivery_type):
                fresh = [item for item in page.items if _is_new(item.get("asset_id"), seen)]
                if fresh:
                    uri = self._uri(f"resources/{resource_type}/{delivery_type}")
                    reading.read_each(fresh, resource_values, uri, self._keep_raw(page.body))
        detail = f"{len(listings)} listings read to the page without a cursor"
        return self._state(reading, since, now, detail)

    def _listing(self, resource_type: str, delivery_type: str) -> list[Page]:
        """All pages of one listing; a cursor that expires or repeats begins the listing again."""
        for _ in range(_LISTING_ATTEMPTS):
            pages: list[Page] = []
            cursors: set[str] = set()
            try:
                while not pages or pages[-1].next_cursor:
                    cursor = pages[-1].next_cursor if pages else None
                    if cursor in cursors:
                        break
                    cursors.update([cursor] if cursor else [])
                    pages.append(self._client.resources_page(resource_type, delivery_type, cursor))
                else:
                    return pages
            except CursorExpired:
                continue
        raise TransientSourceError(
            tried=f"to list resources/{resource_type}/{delivery_type}, {_LISTING_ATTEMPTS} times",
            found="cursors that expire or repeat before the last page",
            expected="a page without next_cursor",
            remedy="run again later; what had landed is kept",
        )

    def _state(self, reading: Reading, since: Cursor, now: datetime, detail: str) -> Extract:
        refused = len(reading.quarantined)
        claim = Claim(
            window_from=_time_of(since, "window_to"),
            window_to=now,
            complete=not refused,
            how="unknown" if refused else "end_marker",
            detail=f"{detail}; {refused} refused" if refused else detail,
        )
        return Extract(reading.rows, reading.quarantined, claim, {"window_to": now.isoformat()})

    def _notifications(self, since: Cursor) -> Extract:
        triggers = self._client.triggers()
        channel = self._settings.poll_channel
        covered = covered_since(triggers, channel)
        window_from = _time_of(since, "window_to") or covered
        if covered and window_from and covered > window_from:
            return _gap(window_from, covered)
        self._lease.wait_for_unfinished()
        self._run_began = self._run_began or self._clock.now()
        window_to = max(self._run_began, window_from or self._run_began)
        polled = self._poll()
        reading = self._read(polled)
        unread = _unread_before(since) + len(reading.quarantined)
        doubts = _doubts(polled, unread, [] if covered else missing_events(triggers, channel), channel)
        claim = Claim(
            window_from=window_from,
            window_to=window_to,
            complete=not doubts,
            how="unknown" if doubts else "end_marker",
            detail="; ".join(doubts) or f"{len(polled.messages)} messages, polled until the queue was empty",
        )
        moves_on = polled.is_end and covered is not None
        cursor: Cursor = {"window_to": window_to.isoformat()} if moves_on else _carrying(since, unread)
        if polled.is_end:
            self._run_began = None
        return Extract(
            rows=reading.rows,
            quarantined=reading.quarantined,
            claim=claim,
            cursor=cursor,
            more=not polled.is_end,
            acknowledge=lambda: self._acknowledge(polled.handles),
        )

    def _acknowledge(self, handles: list[str]) -> None:
        if handles:
            self._client.acknowledge(handles)
        self._lease.release()

    def _poll(self) -> _Polled:
        """Claim messages until the queue is empty or the batch is full.

        A poll that failed may have hidden messages: the queue counts as empty only after their visibility has
        ended. An empty answer is confirmed by one that waits.
        """
        polled = _Polled()
        hidden_until = 0.0
        failures = idle = 0
        wait = 0
        while len(polled.messages) < MESSAGES_PER_BATCH and idle < _IDLE_PAGES:
            self._lease.renew()
            try:
                page = self._client.poll(wait)
            except TransientSourceError as error:
                failures += 1
                if failures >= _POLL_ATTEMPTS:
                    raise _cannot_poll(error, failures) from error
                hidden_until = time.monotonic() + self._settings.visibility_timeout_seconds
                self._pause(failures * 0.5)
                continue
            if page.items:
                idle = 0 if self._take(page, polled) else idle + 1
                wait = 0
            elif (rest := hidden_until - time.monotonic()) > 0:
                self._pause(rest)
            elif wait:
                polled.is_end = True
                break
            else:
                wait = CONFIRMING_WAIT_SECONDS
        return polled

    def _take(self, page: Page, polled: _Polled) -> bool:
        """Keep one page's messages; True when at least one was not in this batch before."""
        lines = [canonical_json(item).encode("utf-8", "surrogatepass") for item in page.items]
        raw_hash = self._keep_raw(b"\n".join(lines))
        uri = self._uri(f"notifications/{self._settings.poll_channel}")
        offset = 0
        found = len(polled.messages)
        for item, line in zip(page.items, lines, strict=True):
            signed, handle = item.get("signed_payload"), item.get("receipt_handle")
            identity = signed if isinstance(signed, str) else sha256_hex(line)
            if identity not in polled.seen:
                polled.seen.add(identity)
                polled.messages.append(Message(item, uri, raw_hash, offset))
            if isinstance(handle, str):
                polled.handles.append(handle)
            offset += len(line) + 1
        return len(polled.messages) > found

    def _read(self, polled: _Polled) -> Reading:
        """Rows of the batch. Raises ConfigurationError when nothing of it verifies: then the secret is wrong."""
        now = max(time.time(), self._clock.now().timestamp())
        reading = read_messages(polled.messages, self._settings.secret, now)
        if len(polled.messages) >= WRONG_SECRET_SIGNS and len(reading.quarantined) == len(polled.messages):
            raise ConfigurationError(
                tried=f"to verify {len(polled.messages)} messages of poll channel {self._settings.poll_channel!r}",
                found=f"none that holds; the first: {reading.quarantined[0].reason}",
                expected="signatures made with this account's API secret",
                remedy="give the API key that signs notifications as cloudinary.api_key with its secret; "
                "nothing was acknowledged",
            )
        return reading

    def _uri(self, path: str) -> str:
        return f"cloudinary://{self._settings.cloud_name}/{path}"


def _unread_before(since: Cursor) -> int:
    """How many messages of earlier parts of this window could not be verified or read."""
    count = since.get(_UNREAD)
    return count if isinstance(count, int) else 0


def _carrying(since: Cursor, unread: int) -> Cursor:
    """The cursor of a window that goes on, with what was not read in it so far."""
    return {**since, _UNREAD: unread} if unread else since


def _doubts(polled: _Polled, unread: int, missing: list[str], channel: str) -> list[str]:
    """Why the window's claim is not complete, in words; empty when it is. `unread` counts all its parts."""
    doubts = []
    if missing:
        doubts.append(f"no trigger sends {', '.join(missing)} to poll://{channel}")
    if not polled.is_end:
        doubts.append(f"{len(polled.messages)} messages of the queue; the rest follows in the next batch")
    if unread:
        doubts.append(f"{unread} messages could not be verified or read")
    return doubts


def _gap(window_from: datetime, covered: datetime) -> Extract:
    claim = Claim(
        window_from=window_from,
        window_to=covered,
        complete=False,
        how="unknown",
        detail=f"no triggers for all needed events before {covered.isoformat()}: what happened was not told",
    )
    return Extract([], [], claim, {"window_to": covered.isoformat()}, more=True)


def _cannot_poll(error: TransientSourceError, attempts: int) -> TransientSourceError:
    return TransientSourceError(
        tried=f"to poll Cloudinary's notifications, {attempts} times",
        found=error.found,
        expected="messages or an empty answer",
        remedy="run again later: nothing was acknowledged, so that every message comes again",
    )


def _is_new(asset_id: object, seen: set[str]) -> bool:
    """Pages move while assets are uploaded, so that one asset can stand on two pages."""
    if not isinstance(asset_id, str):
        return True
    if asset_id in seen:
        return False
    seen.add(asset_id)
    return True


def _time_of(cursor: JsonObject, name: str) -> datetime | None:
    value = cursor.get(name)
    return instant(value) if isinstance(value, str) else None
