"""The only access to Cloudinary: its own SDK. Each call, by the name of what it reads.

Here belongs what is asked for. How one call is made, counted and repeated is `sdk_calls`. Credentials go with each
call and never into the SDK's global configuration. Everything here reads, apart from the acknowledgement of messages
that have landed. Not here: reading the answers (`records`), and when to poll (`source`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from cloudinary import api, exceptions, search

from assettrail.errors import (
    PermanentSourceError,
    RecordRejected,
)
from ingest.cloudinary.budget import (
    LEFT_BY_DETAILS,
    LEFT_BY_LISTINGS,
    CallBudget,
    RateBudget,
    Reserve,
)
from ingest.cloudinary.page import Page, page_of, strange
from ingest.cloudinary.records import Trigger
from ingest.cloudinary.sdk_calls import SdkCall, SdkCalls
from ingest.service_clock import ServiceClock
from ingest.strict import JsonObject

PAGE_SIZE = 500
MESSAGES_PER_POLL = 100
HANDLES_PER_ACKNOWLEDGEMENT = 100
IDS_PER_CALL = 100
_LISTED = {"tags": True, "context": True, "metadata": True, "moderations": True}
_OLDEST_FIRST = {"direction": "asc"}
_SEARCHED = ["asset_id", "resource_type", "type", "version", "uploaded_at", "last_updated"]
_DERIVED = ("derived_next_cursor", "next_cursor")


class CloudinaryClient:
    """Reads one product environment; every call is counted in its budget.

    Raises ConfigurationError (credentials, cloud name), PermanentSourceError (refused), TransientSourceError
    (after all attempts), BudgetUsedUp (the share of the hourly allowance, or the allowance itself, is used up).
    """

    def __init__(self, sdk: SdkCalls) -> None:
        self._sdk = sdk

    @property
    def calls(self) -> CallBudget:
        """The hour's allowance, and what waits for it."""
        return self._sdk.budget

    @property
    def service_clock(self) -> ServiceClock:
        """The service's time, as its answers tell it."""
        return self._sdk.service_clock

    @property
    def budget(self) -> RateBudget | None:
        """What the last good answer of this hour said; None when there was none."""
        return self.calls.state().rate

    def ping(self) -> None:
        """Is anybody there, and are these credentials right?"""
        self._sdk.read("ping", lambda options: api.ping(**options))

    def resources_page(
        self, resource_type: str, delivery_type: str, cursor: str | None, start_at: str | None = None
    ) -> Page:
        """One page of a listing, oldest asset first, with tags, context, metadata and moderations.

        `start_at` leaves out what was created before that ISO instant. Raises CursorExpired.
        """
        asked = {"resource_type": resource_type, "type": delivery_type, **_paged(cursor), **_LISTED, **_OLDEST_FIRST}
        if start_at:
            asked["start_at"] = start_at
        what = f"resources/{resource_type}/{delivery_type}"
        answer = self._sdk.read(what, lambda options: api.resources(**asked, **options), LEFT_BY_LISTINGS)
        return page_of(answer, "resources", what)

    def changed_since(self, instant: str, cursor: str | None, created_from: str | None = None) -> Page:
        """One page of the assets that were uploaded or updated since an ISO instant: ids, version and times of change.

        By the search index, which lags by seconds and does not know every kind of change; the oldest asset stands
        first, and `created_from` leaves out what was created before that ISO instant. Raises CursorExpired.
        """
        changed = f'uploaded_at>="{instant}" OR last_updated>="{instant}"'
        return self._searched(f'({changed}) AND created_at>="{created_from}"' if created_from else changed, cursor)

    def changed_between(self, start: str, end: str, cursor: str | None) -> Page:
        """One page of the assets that were uploaded or last updated from an ISO instant on and before another.

        As `changed_since`. Raises CursorExpired.
        """
        windows = (f'({name}>="{start}" AND {name}<"{end}")' for name in ("uploaded_at", "last_updated"))
        return self._searched(" OR ".join(windows), cursor)

    def _searched(self, expression: str, cursor: str | None) -> Page:
        query = search.Search().expression(expression)
        query.sort_by("created_at", "asc").fields(_SEARCHED).max_results(PAGE_SIZE)
        if cursor:
            query.next_cursor(cursor)
        what = "resources/search"
        answer = self._sdk.read(what, lambda options: query.execute(**options), LEFT_BY_LISTINGS)
        return page_of(answer, "resources", what)

    def count_of(self, resource_types: Sequence[str], delivery_types: Sequence[str]) -> int | None:
        """How many assets of these types the search index counts, an estimate; None where it does not say so."""
        kinds = f"resource_type:({' OR '.join(resource_types)}) AND type:({' OR '.join(delivery_types)})"
        query = search.Search().expression(kinds).fields(_SEARCHED).max_results(1)
        count = self._sdk.read("resources/search", lambda options: query.execute(**options)).get("total_count")
        return count if isinstance(count, int) else None

    def resources_by_ids(self, asset_ids: Sequence[str]) -> Page:
        """Up to 100 assets by their ids, as a listing shows them; deleted and unknown ones are left out."""
        what = "resources/by_asset_ids"
        asked = list(asset_ids)
        answer = self._sdk.read(
            what, lambda options: api.resources_by_asset_ids(asked, **_LISTED, **options), LEFT_BY_LISTINGS
        )
        return page_of(answer, "resources", what)

    def transformations_page(self, cursor: str | None) -> Page:
        """One page of the transformations that the account knows, named and unnamed. Raises CursorExpired."""
        what = "transformations"
        return page_of(
            self._sdk.read(what, lambda options: api.transformations(**_paged(cursor), **options)), what, what
        )

    def transformation(self, name: str) -> Page | None:
        """What one named transformation does, as a page of one item; None when there is none of that name."""
        what = f"transformations/{name}"
        return self._one(
            what, lambda options: api.transformation(name, max_results=1, **options), reserve=LEFT_BY_DETAILS
        )

    def upload_presets_page(self, cursor: str | None) -> Page:
        """One page of the upload presets with their settings. Raises CursorExpired."""
        asked = _paged(cursor)
        answer = self._sdk.read("upload_presets", lambda options: api.upload_presets(**asked, **options))
        return page_of(answer, "presets", "upload_presets")

    def usage_page(self) -> Page | None:
        """The account's usage figures as a page of one item; None when this account does not offer them."""
        try:
            return self._one("usage", lambda options: api.usage(**options))
        except PermanentSourceError:
            return None

    def configuration_page(self) -> Page | None:
        """The product environment with its settings, as a page of one item; None when it is not shown."""
        return self._one("config", lambda options: api.config(settings=True, **options))

    def asset_detail(self, asset_id: str, analyses: Sequence[str], derived_cursor: str | None = None) -> Page | None:
        """What is known of one asset, as a page of one item; None when there is none. Raises CursorExpired.

        The page's cursor is that of the derived files that did not fit in.
        """
        asked: dict[str, object] = {"versions": True, "image_metadata": True, "max_results": PAGE_SIZE}
        asked |= dict.fromkeys(analyses, True)
        if derived_cursor:
            asked["derived_next_cursor"] = derived_cursor
        what = f"resources/{asset_id}"
        return self._one(
            what, lambda options: api.resource_by_asset_id(asset_id, **asked, **options), _DERIVED, LEFT_BY_DETAILS
        )

    def metadata_fields_page(self) -> Page:
        """All structured metadata fields; the listing has one page."""
        what = "metadata_fields"
        return page_of(self._sdk.read(what, lambda options: api.list_metadata_fields(**options)), what, what)

    def triggers(self) -> list[Trigger]:
        """All notification triggers of the account."""
        page = page_of(self._sdk.read("triggers", lambda options: api.triggers(**options)), "triggers", "triggers")
        try:
            return [Trigger.from_response(item) for item in page.items]
        except RecordRejected as error:
            raise strange("triggers", error.found) from error

    def asset(self, asset_id: str, shown: Sequence[str] = ()) -> JsonObject | None:
        """The detail of one asset as it is now; None when there is none with this id.

        `shown` names further parts of a detail, as `coordinates` or `related`.
        """
        flags = dict.fromkeys(shown, True)
        what = f"resources/{asset_id}"
        return self._detail(what, lambda options: api.resource_by_asset_id(asset_id, **flags, **options))

    def asset_named(
        self, resource_type: str, delivery_type: str, public_id: str, shown: Sequence[str] = ()
    ) -> JsonObject | None:
        """The detail of the asset that has a name now, as `asset` gives it; None when none has it."""
        kind = {"resource_type": resource_type, "type": delivery_type, **dict.fromkeys(shown, True)}
        what = f"resources/{resource_type}/{delivery_type}/{public_id}"
        return self._detail(what, lambda options: api.resource(public_id, **kind, **options))

    def _detail(self, what: str, call: SdkCall) -> JsonObject | None:
        def unless_missing(options: dict[str, Any]) -> Any:
            try:
                return call(options)
            except exceptions.NotFound:
                return {}

        return self._sdk.read(what, unless_missing) or None

    def poll(self, wait_seconds: int) -> Page:
        """Claim up to 100 messages of the channel; never repeated here, since a lost answer hides its messages."""
        settings = self._sdk.settings
        answer = self._sdk.once(
            "notifications",
            lambda options: api.notifications(
                channel=settings.poll_channel,
                max_messages=MESSAGES_PER_POLL,
                wait_seconds=wait_seconds,
                visibility_timeout=settings.visibility_timeout_seconds,
                **options,
            ),
            more_seconds=wait_seconds,
        )
        return page_of(answer, "messages", "notifications")

    def acknowledge(self, handles: Sequence[str]) -> None:
        """Delete landed messages from the queue; repeating it does no harm."""
        for start in range(0, len(handles), HANDLES_PER_ACKNOWLEDGEMENT):
            some = list(handles[start : start + HANDLES_PER_ACKNOWLEDGEMENT])
            self._sdk.repeated("ack", partial(self._sdk.once, "ack", _acknowledging(some), is_kept_to_budget=False))

    def _one(
        self,
        what: str,
        call: SdkCall,
        cursors: Sequence[str] = (),
        reserve: Reserve | None = None,
    ) -> Page | None:
        """One thing as a page of one item; None when the vendor knows no such thing."""

        def unless_missing(options: dict[str, Any]) -> Any:
            try:
                return call(options)
            except exceptions.NotFound:
                return {}

        answer = self._sdk.read(what, unless_missing, reserve)
        if not answer:
            return None
        body = page_of(answer, "none", what).body
        return replace(page_of({"items": [answer], **_cursor_of(answer, cursors)}, "items", what), body=body)


def _paged(cursor: str | None) -> dict[str, Any]:
    """How a listing is asked for its next page."""
    return {"max_results": PAGE_SIZE, **({"next_cursor": cursor} if cursor else {})}


def _cursor_of(answer: JsonObject, names: Sequence[str]) -> JsonObject:
    return {"next_cursor": next((answer[name] for name in names if answer.get(name)), None)}


def _acknowledging(handles: list[str]) -> SdkCall:
    return lambda options: api.ack_notifications(handles, **options)
