"""The streams of an account's configuration: transformations, upload presets, usage and the product environment.

Here belongs reading them anew after the hours of the setting, since the account tells no changes of them: a named
transformation changes what partners see without any change of an asset or address. What an account refuses to show is
claimed as not known and does not stop the other streams. Not here: metadata fields, which are read every time, and
what is gone (`lacking`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from assettrail.errors import PermanentSourceError
from ingest.cloudinary.access import Access, Cursor, all_pages, read_window, text_of, time_of, unread_window, used_up
from ingest.cloudinary.budget import BudgetUsedUp
from ingest.cloudinary.detail_records import ProductEnvironment, Transformation, UploadPreset, Usage
from ingest.cloudinary.lacking import NOT_SURE, add_absent, with_absent
from ingest.cloudinary.page import Page
from ingest.extract import Claim, Extract
from ingest.reading import Reading, Values, column_values, in_one_line
from ingest.strict import JsonObject

STREAMS = ("transformations", "upload_presets", "usage", "product_environment")


class ConfigurationReader:
    """Reads the configuration streams of one product environment."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def extract(self, stream: str, since: Cursor) -> Extract:
        """One stream as it is now, or nothing while the last reading is young enough."""
        now = self._access.clock.now()
        hours = self._access.settings.configuration_hours
        read_at = time_of(since, "read_at")
        if read_at is not None and now - read_at < timedelta(hours=hours):
            told = f"read on {read_at.isoformat()}, and again after {hours} hours"
            return Extract([], [], Claim(read_at, read_at, complete=True, how="end_marker", detail=told), since)
        cursor = {"window_to": now.isoformat(), "read_at": now.isoformat()}
        reading = Reading()
        try:
            if stream == "transformations":
                return self._transformations(since, now, cursor, reading)
            if stream == "upload_presets":
                return self._upload_presets(since, now, cursor, reading)
            detail = self._read(stream, reading)
        except BudgetUsedUp as error:
            return unread_window(reading, since, now, used_up(error, "it is read again"), since)
        except PermanentSourceError as error:
            kept = {"read_at": now.isoformat()} | {name: since[name] for name in ("window_to",) if name in since}
            return unread_window(reading, since, now, f"not shown: {in_one_line(error)}", kept)
        return read_window(reading, since, now, detail, cursor)

    def _read(self, stream: str, reading: Reading) -> str:
        client = self._access.client
        if stream == "usage":
            page = self._access.usage.page()
            return self._keep(stream, _shown(page, stream), lambda i: column_values(Usage.from_response(i)), reading)
        page = client.configuration_page()
        return self._keep(
            "config", _shown(page, stream), lambda item: column_values(ProductEnvironment.from_response(item)), reading
        )

    def _keep(self, path: str, pages: list[Page], read: Callable[[JsonObject], Values], reading: Reading) -> str:
        access = self._access
        for page in pages:
            if page.items:
                reading.read_each(page.items, lambda i: [read(i)], access.uri(path), access.keep_raw(page.body))
        return f"{sum(len(page.items) for page in pages)} in {len(pages)} pages, read to the page without a cursor"

    def _upload_presets(self, since: Cursor, now: datetime, cursor: Cursor, reading: Reading) -> Extract:
        """The presets with their settings, and those that are gone."""
        stream = "upload_presets"
        list_all = partial(all_pages, stream, self._access.client.upload_presets_page)
        pages = list_all()
        detail = self._keep(stream, pages, lambda item: column_values(UploadPreset.from_response(item)), reading)
        absent = add_absent(self._access, stream, pages, list_all, reading)
        if absent is None:
            return unread_window(reading, since, now, NOT_SURE, since, is_unsure=True)
        return read_window(reading, since, now, with_absent(detail, absent), cursor)

    def _transformations(self, since: Cursor, now: datetime, cursor: Cursor, reading: Reading) -> Extract:
        """The list, and what each named one does; when calls run out, the next run goes on behind the last name."""
        access = self._access
        list_all = partial(all_pages, "transformations", access.client.transformations_page)
        pages = list_all()
        after = text_of(since, "after")
        if after is None:
            for page in pages:
                unnamed = [item for item in page.items if not _is_named(item)]
                if unnamed:
                    reading.read_each(unnamed, _undefined, access.uri("transformations"), access.keep_raw(page.body))
        absent = add_absent(access, "transformations", pages, list_all, reading)
        if absent is None:
            return unread_window(reading, since, now, NOT_SURE, since, is_unsure=True)
        named = {str(item.get("name")): item for page in pages for item in page.items if _is_named(item)}
        waiting = [name for name in sorted(named) if after is None or name > after]
        for position, name in enumerate(waiting):
            try:
                definition = access.client.transformation(name.removeprefix("t_"))
            except BudgetUsedUp as error:
                left = len(waiting) - position
                access.client.calls.note_waiting("transformations", left)
                told = f"{position} definitions; {used_up(error, f'{left} wait')}"
                return unread_window(reading, since, now, told, {**since, **({"after": after} if after else {})})
            self._keep_named(named[name], definition, reading)
            after = name
        access.client.calls.note_waiting("transformations", 0)
        listed = sum(len(page.items) for page in pages)
        detail = with_absent(f"{listed} transformations, {len(named)} of them named", absent)
        return read_window(reading, since, now, detail, cursor)

    def _keep_named(self, item: JsonObject, page: Page | None, reading: Reading) -> None:
        if page is None:
            return  # deleted since it was listed
        access = self._access
        reading.read_each(
            [item],
            lambda listed: [column_values(Transformation.from_response(listed, page.items[0]))],
            access.uri("transformations"),
            access.keep_raw(page.body),
        )


def _is_named(item: JsonObject) -> bool:
    return item.get("named") is True


def _undefined(item: JsonObject) -> list[Values]:
    return [column_values(Transformation.from_response(item, None))]


def _shown(page: Page | None, stream: str) -> list[Page]:
    if page is None:
        raise PermanentSourceError(
            tried=f"to read Cloudinary's {stream}",
            found="nothing of that kind",
            expected="an answer",
            remedy="the account does not offer it; no remedy is needed unless the warehouse shall have it",
        )
    return [page]
