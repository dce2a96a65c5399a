"""The stream `notifications`: what Cloudinary tells of changes, polled from its queue and pushed to our endpoint.

Here belong polling, what may be claimed of the queue, and the acknowledgement. Not here: reading a message (`streams`,
`signature`), pushed ones (`pushed`) and the lease on what was claimed (`lease`).

A window is complete when the queue was polled until it was empty, every message could be read, and triggers for all
needed events existed since the window's beginning. A window that is read in parts carries what an earlier part could
not read in its cursor, since acknowledged messages never come again. Where a trigger was made anew, the time without
it becomes a window of its own, claimed as not complete.

A first sync polls a few times only, and the next run reads what waits behind: docs/decisions/0035.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from assettrail.errors import ConfigurationError, TransientSourceError
from ingest.cloudinary.access import Access, Cursor, time_of, used_up
from ingest.cloudinary.budget import BudgetUsedUp
from ingest.cloudinary.lease import PollLease
from ingest.cloudinary.page import Page
from ingest.cloudinary.pushed import PushedBatch, PushedReader
from ingest.cloudinary.signature import NotificationKeys
from ingest.cloudinary.streams import Message, is_signed, read_messages
from ingest.cloudinary.triggers import covered_since, missing_events
from ingest.extract import KNOWN_GAP, Claim, Extract, known_by
from ingest.reading import Reading
from ingest.strict import canonical_json, sha256_hex

STREAM: Final = "notifications"
MESSAGES_PER_BATCH: Final = 2000
POLL_WAIT_SECONDS: Final = 1
"""Each poll waits: an empty answer of one that did not would have to be confirmed by another call."""

WRONG_SECRET_SIGNS: Final = 5
_POLL_ATTEMPTS: Final = 4
_IDLE_PAGES: Final = 3
_UNREAD: Final = "unread"
_HAS_POLLED: Final = "has_polled"


@dataclass
class _Polled:
    """What one batch claimed: messages that are new in it, every handle to acknowledge, was the end reached."""

    messages: list[Message] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    handles: list[str] = field(default_factory=list)
    is_end: bool = False
    stopped: str | None = None


@dataclass
class _Run:
    """One run over the queue, which may take several batches: its beginning, and what holds for all of them.

    `polls_left` counts polls that give messages, None where there is no bound; `hidden_until` is the second (monotonic)
    until when a poll that failed may keep messages from others.
    """

    began: datetime
    polls_left: int | None
    hidden_until: float = 0.0

    def seconds_hidden(self) -> float:
        """How long messages may still be hidden; 0 or less when none are."""
        return self.hidden_until - time.monotonic()


class NotificationReader:
    """Reads the stream `notifications` of one product environment."""

    def __init__(
        self, access: Access, lease: PollLease, pushed: PushedReader | None, pause: Callable[[float], None]
    ) -> None:
        self._access = access
        self._lease = lease
        self._pushed = pushed
        self._pause = pause
        self._run: _Run | None = None

    def extract(self, since: Cursor) -> Extract:
        """One batch. Raises the client's errors, BudgetUsedUp when not even the triggers can be asked for."""
        asked = self._access.triggers.take()
        channel = self._access.settings.poll_channel
        covered = covered_since(asked.triggers, channel)
        window_from = time_of(since, "window_to") or covered
        if covered and window_from and covered > window_from:
            return _gap(window_from, covered)
        self._lease.wait_for_unfinished()
        run = self._run = self._run or self._begun(since, asked.asked_at)
        window_to = max(run.began, window_from or run.began)
        polled = self._poll(run)
        reading = self._read(polled)
        pushed = self._pushed.add_to(reading, self._now()) if self._pushed else PushedBatch()
        is_end = polled.is_end and not pushed.has_more
        self._access.client.calls.note_waiting(STREAM, 0 if polled.is_end else 1)
        unread = _unread_before(since) + len(reading.quarantined)
        doubts = _doubts(polled, unread, [] if covered else missing_events(asked.triggers, channel), channel)
        doubts += pushed.doubts
        claim = Claim(
            window_from=window_from,
            window_to=window_to,
            complete=not doubts,
            how=known_by("end_marker", doubts),
            detail="; ".join(doubts) or _all_read(polled, pushed),
        )
        moves_on = is_end and covered is not None
        cursor: Cursor = {"window_to": window_to.isoformat()} if moves_on else _carrying(since, unread)
        if is_end or polled.stopped:
            self._run = None
        return Extract(
            rows=reading.rows,
            quarantined=reading.quarantined,
            claim=claim,
            cursor=cursor,
            more=not (is_end or polled.stopped),
            acknowledge=lambda: self._acknowledge(polled.handles, pushed, run),
        )

    def _begun(self, since: Cursor, began: datetime) -> _Run:
        """A run that begins: a first one polls a few times, the others as long as the budget of calls allows.

        Its window ends where the triggers were asked for: of what came after nobody knows whether it was sent.
        """
        is_first = not ("window_to" in since or _HAS_POLLED in since)
        return _Run(began, self._access.settings.first_sync_polls if is_first else None)

    def _acknowledge(self, handles: list[str], pushed: PushedBatch, run: _Run) -> None:
        if self._pushed is not None:
            self._pushed.clear(pushed.notes)
        try:
            if handles:
                self._access.client.acknowledge(handles)
        except BudgetUsedUp:
            return  # They come again and land once; the lease says until when they are hidden.
        if run.seconds_hidden() <= 0:
            self._lease.release()

    def _now(self) -> float:
        """The present second: real time, which signatures are made on, or the sandbox's where that is ahead."""
        return max(time.time(), self._access.clock.now().timestamp())

    def _poll(self, run: _Run) -> _Polled:
        """Claim messages until the queue is empty, the batch is full, or the run's polls are used up.

        A poll that failed may have hidden messages: the queue counts as empty only after their visibility has
        ended. An empty answer counts, since every poll waits.
        """
        polled = _Polled()
        failures = idle = 0
        while len(polled.messages) < MESSAGES_PER_BATCH and idle < _IDLE_PAGES:
            if run.polls_left == 0:
                polls = self._access.settings.first_sync_polls
                polled.stopped = f"a first sync polls {polls} times; more may wait, which the next run reads"
                break
            self._lease.renew()
            try:
                page = self._access.client.poll(POLL_WAIT_SECONDS)
            except BudgetUsedUp as error:
                polled.stopped = used_up(error, "the queue keeps the rest")
                break
            except TransientSourceError as error:
                failures += 1
                if failures >= _POLL_ATTEMPTS:
                    raise _cannot_poll(error, failures) from error
                run.hidden_until = time.monotonic() + self._access.settings.visibility_timeout_seconds
                self._pause(failures * 0.5)
                continue
            if page.items:
                idle = 0 if self._take(page, polled) else idle + 1
                run.polls_left = None if run.polls_left is None else run.polls_left - 1
            elif (rest := run.seconds_hidden()) > 0:
                self._pause(rest)
            else:
                polled.is_end = True
                break
        return polled

    def _take(self, page: Page, polled: _Polled) -> bool:
        """Keep one page's messages; True when at least one was not in this batch before."""
        lines = [canonical_json(item).encode("utf-8", "surrogatepass") for item in page.items]
        raw_hash = self._access.keep_raw(b"\n".join(lines))
        uri = self._access.uri(f"notifications/{self._access.settings.poll_channel}")
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
        """Rows of the batch. Raises ConfigurationError when no signature of it holds: then the secret is wrong."""
        settings, now = self._access.settings, self._now()
        keys = NotificationKeys.from_settings(settings)
        reading = read_messages(polled.messages, keys, now)
        is_many = len(polled.messages) >= WRONG_SECRET_SIGNS
        if is_many and not any(is_signed(message.payload, keys, now) for message in polled.messages):
            raise ConfigurationError(
                tried=f"to verify {len(polled.messages)} messages of poll channel {settings.poll_channel!r}",
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
    return {**since, _HAS_POLLED: True, **({_UNREAD: unread} if unread else {})}


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
        how=KNOWN_GAP,
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
