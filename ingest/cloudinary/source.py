"""Cloudinary as a source: the order of its streams, and what the notifications claim.

Here belong the dispatch to the streams' readers (`listing`, `details`, `absences`, `configuration`), the two short
streams, and polling. Not here: HTTP (`client`), reading of records (`records`, `streams`) and landing.

All streams share one budget of calls. A stream that finds it used up lands what it has, claims its window as not
complete with the reason, and goes on in the next run; the other streams follow all the same.

A window of `notifications` is complete when the queue was polled until it was empty, every message could be
read, and triggers for all needed events existed since the window's beginning. A window that is read in parts
carries what an earlier part could not read in its cursor, since acknowledged messages never come again. Where a
trigger was made anew, the time without it becomes a window of its own, claimed as not complete.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from assettrail.clock import Clock
from assettrail.errors import ConfigurationError, ContractBroken, TransientSourceError
from assettrail.settings import CloudinarySettings
from ingest.cloudinary.absences import AbsenceReader
from ingest.cloudinary.access import Access, Cursor, KeepRaw, UsageFigures, read_window, time_of, unread_window, used_up
from ingest.cloudinary.budget import BudgetUsedUp
from ingest.cloudinary.client import CloudinaryClient, Page
from ingest.cloudinary.configuration import STREAMS as CONFIGURATION_STREAMS
from ingest.cloudinary.configuration import ConfigurationReader
from ingest.cloudinary.contents import STREAM as CONTENTS
from ingest.cloudinary.contents import ContentReader
from ingest.cloudinary.details import STREAM as DETAILS
from ingest.cloudinary.details import DetailReader
from ingest.cloudinary.landed import LandedAssets
from ingest.cloudinary.lease import PollLease
from ingest.cloudinary.listing import ResourceReader
from ingest.cloudinary.pushed import PushedBatch, PushedReader
from ingest.cloudinary.signature import NotificationKeys
from ingest.cloudinary.streams import (
    Message,
    covered_since,
    metadata_field_values,
    missing_events,
    read_messages,
)
from ingest.extract import Claim, Extract
from ingest.reading import Reading
from ingest.strict import canonical_json, sha256_hex

MESSAGES_PER_BATCH = 2000
POLL_WAIT_SECONDS = 1
"""Each poll waits: an empty answer of one that did not would have to be confirmed by another call."""

WRONG_SECRET_SIGNS = 5
_STREAMS = (
    "metadata_fields",
    "resources",
    "notifications",
    "asset_absences",
    DETAILS,
    *CONFIGURATION_STREAMS,
    CONTENTS,
)
_POLL_ATTEMPTS = 4
_IDLE_PAGES = 3
_UNREAD = "unread"


@dataclass
class _Polled:
    """What one batch claimed: messages that are new in it, every handle to acknowledge, was the end reached."""

    messages: list[Message] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    handles: list[str] = field(default_factory=list)
    is_end: bool = False
    stopped: str | None = None


class CloudinarySource:
    """The streams of one product environment."""

    name = "cloudinary"

    def __init__(
        self,
        client: CloudinaryClient,
        settings: CloudinarySettings,
        clock: Clock,
        keep_raw: KeepRaw,
        lease: PollLease,
        landed: LandedAssets,
        pushed: PushedReader | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._settings = settings
        self._clock = clock
        self._keep_raw = keep_raw
        self._lease = lease
        self._pushed = pushed
        self._pause = pause
        self._run_began: datetime | None = None
        access = Access(client, settings, clock, keep_raw, landed, UsageFigures(client))
        self._access = access
        self._resources = ResourceReader(access)
        self._contents = ContentReader(access)
        self._details = DetailReader(access)
        self._absences = AbsenceReader(access)
        self._configuration = ConfigurationReader(access)

    def streams(self) -> tuple[str, ...]:
        """The streams in landing order."""
        return _STREAMS

    def extract(self, stream: str, since: Cursor | None) -> Extract:
        """One batch of a stream. Raises the client's errors; ContractBroken for a stream that does not exist.

        A budget that is used up is no error: the batch then says so in its claim.
        """
        read = self._reader(stream)
        try:
            return read(since or {})
        except BudgetUsedUp as error:
            now = self._clock.now()
            return unread_window(Reading(), since or {}, now, used_up(error, "the window is read again"), since)

    def _reader(self, stream: str) -> Callable[[Cursor], Extract]:
        readers: dict[str, Callable[[Cursor], Extract]] = {
            "metadata_fields": self._metadata_fields,
            "resources": self._resources.extract,
            "notifications": self._notifications,
            "asset_absences": self._absences.extract,
            DETAILS: self._details.extract,
            CONTENTS: self._contents.extract,
            **{name: partial(self._configuration.extract, name) for name in CONFIGURATION_STREAMS},
        }
        if stream not in readers:
            raise ContractBroken(
                tried=f"to extract cloudinary/{stream}",
                found="no such stream",
                expected=f"one of {', '.join(_STREAMS)}",
                remedy="correct the stream's name",
            )
        return readers[stream]

    def _metadata_fields(self, since: Cursor) -> Extract:
        now = self._clock.now()
        page = self._client.metadata_fields_page()
        reading = Reading()
        uri = self._access.uri("metadata_fields")
        reading.read_each(page.items, metadata_field_values, uri, self._keep_raw(page.body))
        detail = f"{len(page.items)} metadata fields in one page"
        return read_window(reading, since, now, detail, {"window_to": now.isoformat()})

    def _notifications(self, since: Cursor) -> Extract:
        triggers = self._client.triggers()
        channel = self._settings.poll_channel
        covered = covered_since(triggers, channel)
        window_from = time_of(since, "window_to") or covered
        if covered and window_from and covered > window_from:
            return _gap(window_from, covered)
        self._lease.wait_for_unfinished()
        self._run_began = self._run_began or self._clock.now()
        window_to = max(self._run_began, window_from or self._run_began)
        polled = self._poll()
        reading = self._read(polled)
        pushed = self._pushed.add_to(reading, self._now()) if self._pushed else PushedBatch()
        is_end = polled.is_end and not pushed.has_more
        unread = _unread_before(since) + len(reading.quarantined)
        doubts = _doubts(polled, unread, [] if covered else missing_events(triggers, channel), channel)
        doubts += pushed.doubts
        claim = Claim(
            window_from=window_from,
            window_to=window_to,
            complete=not doubts,
            how="unknown" if doubts else "end_marker",
            detail="; ".join(doubts) or _all_read(polled, pushed),
        )
        moves_on = is_end and covered is not None
        cursor: Cursor = {"window_to": window_to.isoformat()} if moves_on else _carrying(since, unread)
        if is_end or polled.stopped:
            self._run_began = None
        return Extract(
            rows=reading.rows,
            quarantined=reading.quarantined,
            claim=claim,
            cursor=cursor,
            more=not (is_end or polled.stopped),
            acknowledge=lambda: self._acknowledge(polled.handles, pushed),
        )

    def _acknowledge(self, handles: list[str], pushed: PushedBatch) -> None:
        if self._pushed is not None:
            self._pushed.clear(pushed.notes)
        try:
            if handles:
                self._client.acknowledge(handles)
        except BudgetUsedUp:
            return  # They come again and land once; the lease says until when they are hidden.
        self._lease.release()

    def _now(self) -> float:
        """The present second: real time, which signatures are made on, or the sandbox's where that is ahead."""
        return max(time.time(), self._clock.now().timestamp())

    def _poll(self) -> _Polled:
        """Claim messages until the queue is empty or the batch is full.

        A poll that failed may have hidden messages: the queue counts as empty only after their visibility has
        ended. An empty answer counts, since every poll waits.
        """
        polled = _Polled()
        hidden_until = 0.0
        failures = idle = 0
        while len(polled.messages) < MESSAGES_PER_BATCH and idle < _IDLE_PAGES:
            self._lease.renew()
            try:
                page = self._client.poll(POLL_WAIT_SECONDS)
            except BudgetUsedUp as error:
                polled.stopped = used_up(error, "the queue keeps the rest")
                break
            except TransientSourceError as error:
                failures += 1
                if failures >= _POLL_ATTEMPTS:
                    raise _cannot_poll(error, failures) from error
                hidden_until = time.monotonic() + self._settings.visibility_timeout_seconds
                self._pause(failures * 0.5)
                continue
            if page.items:
                idle = 0 if self._take(page, polled) else idle + 1
            elif (rest := hidden_until - time.monotonic()) > 0:
                self._pause(rest)
            else:
                polled.is_end = True
                break
        return polled

    def _take(self, page: Page, polled: _Polled) -> bool:
        """Keep one page's messages; True when at least one was not in this batch before."""
        lines = [canonical_json(item).encode("utf-8", "surrogatepass") for item in page.items]
        raw_hash = self._keep_raw(b"\n".join(lines))
        uri = self._access.uri(f"notifications/{self._settings.poll_channel}")
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
        reading = read_messages(polled.messages, NotificationKeys.from_settings(self._settings), self._now())
        if len(polled.messages) >= WRONG_SECRET_SIGNS and len(reading.quarantined) == len(polled.messages):
            raise ConfigurationError(
                tried=f"to verify {len(polled.messages)} messages of poll channel {self._settings.poll_channel!r}",
                found=f"none that holds; the first: {reading.quarantined[0].reason}",
                expected="signatures made with this account's API secret",
                remedy="give the API key that signs notifications as cloudinary.api_key with its secret; "
                "nothing was acknowledged",
            )
        return reading


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
    if polled.stopped:
        doubts.append(f"{len(polled.messages)} messages; {polled.stopped}")
    elif not polled.is_end:
        doubts.append(f"{len(polled.messages)} messages of the queue; the rest follows in the next batch")
    if unread:
        doubts.append(f"{unread} messages could not be verified or read")
    return doubts


def _all_read(polled: _Polled, pushed: PushedBatch) -> str:
    """What a complete window read, in words."""
    also = f"; {len(pushed.notes)} pushed" if pushed.notes else ""
    return f"{len(polled.messages)} messages, polled until the queue was empty{also}"


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
