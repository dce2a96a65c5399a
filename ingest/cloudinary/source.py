"""Cloudinary as a source: the order of its streams.

Here belong the dispatch to the streams' readers (`listing`, `notifications`, `details`, `absences`, `configuration`)
and the one short stream. Not here: HTTP (`client`), reading of records (`records`, `streams`) and landing.

All streams share one budget of calls. A stream that finds it used up lands what it has, claims its window as not
complete with the reason, and goes on in the next run; the other streams follow all the same.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial

from assettrail.clock import Clock
from assettrail.cloudinary_settings import CloudinarySettings
from assettrail.errors import ContractBroken
from ingest.cloudinary.absences import AbsenceReader
from ingest.cloudinary.access import Access, Cursor, KeepRaw, UsageFigures, read_window, unread_window, used_up
from ingest.cloudinary.budget import UNCOUNTED, BudgetUsedUp
from ingest.cloudinary.client import CloudinaryClient
from ingest.cloudinary.configuration import STREAMS as CONFIGURATION_STREAMS
from ingest.cloudinary.configuration import ConfigurationReader
from ingest.cloudinary.content_queue import STREAM as CONTENTS
from ingest.cloudinary.contents import ContentReader
from ingest.cloudinary.details import STREAM as DETAILS
from ingest.cloudinary.details import DetailReader
from ingest.cloudinary.lacking import NOT_SURE, add_absent, with_absent
from ingest.cloudinary.landed import LandedAssets
from ingest.cloudinary.lease import PollLease
from ingest.cloudinary.listing import STREAM as RESOURCES
from ingest.cloudinary.listing import ResourceReader
from ingest.cloudinary.notifications import STREAM as NOTIFICATIONS
from ingest.cloudinary.notifications import NotificationReader
from ingest.cloudinary.past_windows import WindowReader
from ingest.cloudinary.pushed import PushedReader
from ingest.cloudinary.streams import metadata_field_values
from ingest.cloudinary.triggers import TriggerList
from ingest.extract import DayWindow, Extract
from ingest.reading import Reading

_STREAMS = (
    "metadata_fields",
    RESOURCES,
    NOTIFICATIONS,
    "asset_absences",
    DETAILS,
    *CONFIGURATION_STREAMS,
    CONTENTS,
)


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
        triggers = TriggerList(client, clock, settings.poll_channel)
        access = Access(client, settings, clock, keep_raw, landed, UsageFigures(client), triggers)
        self.service_clock = client.service_clock
        self._access = access
        self._resources = ResourceReader(access)
        self._past = WindowReader(access)
        self._notifications = NotificationReader(access, lease, pushed, pause)
        self._contents = ContentReader(access)
        self._details = DetailReader(access)
        self._absences = AbsenceReader(access)
        self._configuration = ConfigurationReader(access)

    def streams(self) -> tuple[str, ...]:
        """The streams in landing order."""
        return _STREAMS

    def extract(self, stream: str, since: Cursor | None) -> Extract:
        """One batch of a stream. Raises the client's errors; ContractBroken for a stream that does not exist.

        A budget that is used up is no error: the batch then says so in its claim, and the budget that calls wait.
        """
        read, calls = self._reader(stream), self._access.client.calls
        refused = calls.refused
        try:
            extract = read(since or {})
        except BudgetUsedUp as error:
            now = self._access.clock.now()
            extract = unread_window(Reading(), since or {}, now, used_up(error, "the window is read again"), since)
        if calls.refused > refused and not extract.claim.complete:
            calls.note_waiting(stream, calls.state().waiting.get(stream, 1))
        elif stream in UNCOUNTED and stream != NOTIFICATIONS:
            calls.note_waiting(stream, 0)
        return extract

    def streams_with_windows(self) -> tuple[str, ...]:
        """The streams of which past days can be asked for."""
        return (RESOURCES,)

    def extract_window(self, stream: str, window: DayWindow) -> Iterator[Extract]:
        """A stream's batches of past days, without a cursor. Raises as `extract`."""
        if stream != RESOURCES:
            raise ContractBroken(
                tried=f"to read past days of cloudinary/{stream} again",
                found="a stream that shows what is now",
                expected=f"cloudinary/{RESOURCES}",
                remedy="run `assettrail ingest cloudinary`",
            )
        return self._past.extract_window(window)

    def _reader(self, stream: str) -> Callable[[Cursor], Extract]:
        readers: dict[str, Callable[[Cursor], Extract]] = {
            "metadata_fields": self._metadata_fields,
            RESOURCES: self._resources.extract,
            NOTIFICATIONS: self._notifications.extract,
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
        """All fields, and those that are gone. The window begins where fields were last known to be all there.

        A cursor without `compared_to` is of a release that looked for nothing that is gone: its windows prove nothing
        of a field that is lacking now.
        """
        access = self._access
        now = access.clock.now()
        page = access.client.metadata_fields_page()
        reading = Reading()
        uri = access.uri("metadata_fields")
        reading.read_each(page.items, metadata_field_values, uri, access.keep_raw(page.body))
        absent = add_absent(access, "metadata_fields", [page], lambda: [access.client.metadata_fields_page()], reading)
        if absent is None:
            return unread_window(reading, since, now, NOT_SURE, since, is_unsure=True)
        detail = with_absent(f"{len(page.items)} metadata fields in one page", absent)
        known = since if "compared_to" in since or not absent else {}
        cursor = {"window_to": now.isoformat(), "compared_to": now.isoformat()}
        return read_window(reading, known, now, detail, since if reading.quarantined else cursor)
