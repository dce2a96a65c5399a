"""The only access to Cloudinary: its own SDK, with deadlines, a rate budget, bounded retries and typed errors.

Here belong the calls and what to do when one fails. Credentials go with each call and never into the SDK's
global configuration. Everything here reads, apart from the acknowledgement of messages that have landed. Not
here: reading the answers (`records`), and when to poll (`source`).
"""

from __future__ import annotations

import calendar
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from cloudinary import api, exceptions, search

from assettrail.clock import Clock
from assettrail.cloudinary_settings import CloudinarySettings
from assettrail.errors import (
    AssettrailError,
    ConfigurationError,
    PermanentSourceError,
    RecordRejected,
    TransientSourceError,
)
from ingest.cloudinary.budget import (
    LEFT_BY_DETAILS,
    LEFT_BY_LISTINGS,
    BudgetUsedUp,
    CallBudget,
    RateBudget,
    Reserve,
)
from ingest.cloudinary.connections import Interrupted, ask_once_per_call, read_with_bounds, seen_by
from ingest.cloudinary.records import Trigger
from ingest.deadline import DeadlinePassed, within
from ingest.http import RetryPolicy
from ingest.service_clock import ServiceClock
from ingest.strict import JsonObject, canonical_json, objects, text_or_none

PAGE_SIZE = 500
MESSAGES_PER_POLL = 100
HANDLES_PER_ACKNOWLEDGEMENT = 100
IDS_PER_CALL = 100
_LISTED = {"tags": True, "context": True, "metadata": True, "moderations": True}
_OLDEST_FIRST = {"direction": "asc"}
_SEARCHED = ["asset_id", "resource_type", "type", "version", "uploaded_at", "last_updated"]
_DERIVED = ("derived_next_cursor", "next_cursor")
_DEADLINE_MARGIN_SECONDS = 5.0
_EXPIRED_CURSOR = "next_cursor"
_SUBSCRIPTION = "subscription"
_UNNAMED_STATUS = re.compile(r"Error \d{3} - ")
"""How the SDK's bare Exception begins that stands for a status it has no class for."""


@dataclass(frozen=True)
class Page:
    """One page of a listing: its items, the cursor of the next page (None on the last), and its canonical bytes.

    Without `has_list` the answer named no list at all, which is read as none of its items.
    """

    items: tuple[JsonObject, ...]
    next_cursor: str | None
    body: bytes
    has_list: bool = True


class CursorExpired(Exception):  # a turn in a listing, never leaves this folder
    """Cloudinary no longer knows the cursor of a listing: begin that listing again."""


class CloudinaryClient:
    """Reads one product environment; every call is counted in its budget.

    Raises ConfigurationError (credentials, cloud name), PermanentSourceError (refused), TransientSourceError
    (after all attempts), BudgetUsedUp (the share of the hourly allowance, or the allowance itself, is used up).
    """

    def __init__(
        self,
        settings: CloudinarySettings,
        clock: Clock,
        retry: RetryPolicy | None = None,
        pause: Callable[[float], None] = time.sleep,
        calls: CallBudget | None = None,
        service_clock: ServiceClock | None = None,
    ) -> None:
        self._settings = settings
        self.service_clock = service_clock or ServiceClock()
        self._secret = settings.secret.get_secret_value()
        self._retry = retry or RetryPolicy()
        self._pause = pause
        self.calls = calls or CallBudget(None, settings.cloud_name, settings.hourly_allowance_share, clock)
        ask_once_per_call()
        read_with_bounds()

    @property
    def budget(self) -> RateBudget | None:
        """What the last good answer of this hour said; None when there was none."""
        return self.calls.state().rate

    def ping(self) -> None:
        """Is anybody there, and are these credentials right?"""
        self._read("ping", lambda options: api.ping(**options))

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
        answer = self._read(what, lambda options: api.resources(**asked, **options), LEFT_BY_LISTINGS)
        return _page(answer, "resources", what)

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
        answer = self._read(what, lambda options: query.execute(**options), LEFT_BY_LISTINGS)
        return _page(answer, "resources", what)

    def count_of(self, resource_types: Sequence[str], delivery_types: Sequence[str]) -> int | None:
        """How many assets of these types the search index counts, an estimate; None where it does not say so."""
        kinds = f"resource_type:({' OR '.join(resource_types)}) AND type:({' OR '.join(delivery_types)})"
        query = search.Search().expression(kinds).fields(_SEARCHED).max_results(1)
        count = self._read("resources/search", lambda options: query.execute(**options)).get("total_count")
        return count if isinstance(count, int) else None

    def resources_by_ids(self, asset_ids: Sequence[str]) -> Page:
        """Up to 100 assets by their ids, as a listing shows them; deleted and unknown ones are left out."""
        what = "resources/by_asset_ids"
        asked = list(asset_ids)
        answer = self._read(
            what, lambda options: api.resources_by_asset_ids(asked, **_LISTED, **options), LEFT_BY_LISTINGS
        )
        return _page(answer, "resources", what)

    def transformations_page(self, cursor: str | None) -> Page:
        """One page of the transformations that the account knows, named and unnamed. Raises CursorExpired."""
        what = "transformations"
        return _page(self._read(what, lambda options: api.transformations(**_paged(cursor), **options)), what, what)

    def transformation(self, name: str) -> Page | None:
        """What one named transformation does, as a page of one item; None when there is none of that name."""
        what = f"transformations/{name}"
        return self._one(
            what, lambda options: api.transformation(name, max_results=1, **options), reserve=LEFT_BY_DETAILS
        )

    def upload_presets_page(self, cursor: str | None) -> Page:
        """One page of the upload presets with their settings. Raises CursorExpired."""
        asked = _paged(cursor)
        answer = self._read("upload_presets", lambda options: api.upload_presets(**asked, **options))
        return _page(answer, "presets", "upload_presets")

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
        return _page(self._read(what, lambda options: api.list_metadata_fields(**options)), what, what)

    def triggers(self) -> list[Trigger]:
        """All notification triggers of the account."""
        page = _page(self._read("triggers", lambda options: api.triggers(**options)), "triggers", "triggers")
        try:
            return [Trigger.from_response(item) for item in page.items]
        except RecordRejected as error:
            raise _strange("triggers", error.found) from error

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

    def _detail(self, what: str, call: Callable[[dict[str, Any]], Any]) -> JsonObject | None:
        def unless_missing(options: dict[str, Any]) -> Any:
            try:
                return call(options)
            except exceptions.NotFound:
                return {}

        return self._read(what, unless_missing) or None

    def poll(self, wait_seconds: int) -> Page:
        """Claim up to 100 messages of the channel; never repeated here, since a lost answer hides its messages."""
        settings = self._settings
        answer = self._once(
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
        return _page(answer, "messages", "notifications")

    def acknowledge(self, handles: Sequence[str]) -> None:
        """Delete landed messages from the queue; repeating it does no harm."""
        for start in range(0, len(handles), HANDLES_PER_ACKNOWLEDGEMENT):
            some = list(handles[start : start + HANDLES_PER_ACKNOWLEDGEMENT])
            self._repeated("ack", partial(self._once, "ack", _acknowledging(some), is_kept_to_budget=False))

    def _one(
        self,
        what: str,
        call: Callable[[dict[str, Any]], Any],
        cursors: Sequence[str] = (),
        reserve: Reserve | None = None,
    ) -> Page | None:
        """One thing as a page of one item; None when the vendor knows no such thing."""

        def unless_missing(options: dict[str, Any]) -> Any:
            try:
                return call(options)
            except exceptions.NotFound:
                return {}

        answer = self._read(what, unless_missing, reserve)
        if not answer:
            return None
        body = _page(answer, "none", what).body
        return replace(_page({"items": [answer], **_cursor_of(answer, cursors)}, "items", what), body=body)

    def _read(self, what: str, call: Callable[[dict[str, Any]], Any], reserve: Reserve | None = None) -> JsonObject:
        return self._repeated(what, lambda: self._once(what, call, reserve=reserve))

    def _repeated(self, what: str, attempt: Callable[[], JsonObject]) -> JsonObject:
        number = 1
        while True:
            try:
                return attempt()
            except Interrupted as interruption:
                if number >= self._retry.attempts:
                    raise self._gave_up(what, interruption, number) from interruption
                self._pause(self._retry.pause_seconds(number, None))
                number += 1

    def _once(
        self,
        what: str,
        call: Callable[[dict[str, Any]], Any],
        *,
        more_seconds: float = 0.0,
        is_kept_to_budget: bool = True,
        reserve: Reserve | None = None,
    ) -> JsonObject:
        """One call within its deadline, counted, with the vendor's exceptions in our own words."""
        if is_kept_to_budget:
            self.calls.require(what, reserve)
        rate: RateBudget | None = None
        try:
            answer = self._answered(what, call, more_seconds)
            rate = _rate_of(answer)
        finally:
            self.calls.note(rate)
        if not isinstance(answer, dict):
            raise _strange(what, type(answer).__name__)
        return answer

    def _answered(self, what: str, call: Callable[[dict[str, Any]], Any], more_seconds: float) -> Any:
        settings = self._settings
        options: dict[str, Any] = {
            "cloud_name": settings.cloud_name,
            "api_key": settings.api_key,
            "api_secret": self._secret,
            "oauth_token": None,
            "timeout": settings.timeout_seconds + more_seconds,
        }
        if settings.upload_prefix:
            options["upload_prefix"] = settings.upload_prefix
        deadline = settings.timeout_seconds + more_seconds + _DEADLINE_MARGIN_SECONDS
        try:
            # The SDK's own time-out is per read, and a slow drip outlives it.
            return within(deadline, lambda: seen_by(self.service_clock, call, options))
        except DeadlinePassed as error:
            raise Interrupted(f"no complete answer within {deadline:g} s") from error
        except (exceptions.Error, TypeError, ValueError, KeyError) as error:
            raise self._in_our_words(what, error) from self._without_secret(error)
        except RecursionError as error:
            raise _strange(what, "JSON nested deeper than can be read") from error
        except Exception as error:
            # The SDK raises a bare Exception for statuses that it has no class for: 413, 423, 502, 504. No narrower
            # class can be named, so that class and words decide; everything else is a defect and stays one.
            if type(error) is not Exception or not _UNNAMED_STATUS.match(str(error)):
                raise
            raise Interrupted(self._said(error)) from self._without_secret(error)

    def _in_our_words(self, what: str, error: Exception) -> Exception:
        said = self._said(error)
        tried = f"to ask Cloudinary cloud {self._settings.cloud_name!r} for {what}"
        if isinstance(error, exceptions.AuthorizationRequired):
            return ConfigurationError(
                tried=tried,
                found=said,
                expected="the API key and secret to be accepted for this cloud",
                remedy="check cloudinary.cloud_name, cloudinary.api_key and the secret",
            )
        if isinstance(error, exceptions.RateLimited):
            return self._rate_limited(tried, said)
        if isinstance(error, exceptions.BadRequest) and _EXPIRED_CURSOR in said:
            return CursorExpired(said)
        if isinstance(error, exceptions.GeneralError | TypeError | ValueError | KeyError):
            return Interrupted(said)
        return PermanentSourceError(
            tried=tried,
            found=said,
            expected="an answer",
            remedy="check cloudinary.cloud_name and what this API key may read",
        )

    def _rate_limited(self, tried: str, said: str) -> AssettrailError:
        if _SUBSCRIPTION in said:
            return PermanentSourceError(
                tried=tried, found=said, expected="an active add-on", remedy="subscribe to it or do not ask for it"
            )
        until = self.calls.note_refusal()
        return BudgetUsedUp(
            tried=tried,
            found=f"{said}; the hour's allowance is used up",
            expected="calls to be left",
            remedy=f"run again after the allowance resets at {until:%Y-%m-%dT%H:%M:%SZ}; what had landed is kept",
        )

    def _without_secret(self, error: Exception) -> Exception:
        """The SDK's exception without the secret in its words: whoever prints an error whole prints its causes, too."""
        error.args = tuple(part.replace(self._secret, "***") if isinstance(part, str) else part for part in error.args)
        return error

    def _said(self, error: Exception) -> str:
        """The vendor's words, shortened, on one line, without the secret."""
        words = str(error).replace(self._secret, "***")
        return "".join(c if c.isprintable() else " " for c in words)[:300] or type(error).__name__

    def _gave_up(self, what: str, interruption: Interrupted, attempts: int) -> TransientSourceError:
        where = self._settings.upload_prefix or "https://api.cloudinary.com"
        return TransientSourceError(
            tried=f"to ask Cloudinary at {where} for {what}, {attempts} times",
            found=str(interruption),
            expected="an answer",
            remedy="run again later; what had landed is kept. If it stays, check that the host is up and "
            "cloudinary.upload_prefix is right",
        )


def _rate_of(answer: object) -> RateBudget | None:
    """What a good answer says about the allowance; None when it says nothing."""
    allowed = getattr(answer, "rate_limit_allowed", None)
    remaining = getattr(answer, "rate_limit_remaining", None)
    resets = getattr(answer, "rate_limit_reset_at", None)
    if isinstance(allowed, int) and isinstance(remaining, int) and isinstance(resets, tuple):
        return RateBudget(allowed, remaining, datetime.fromtimestamp(calendar.timegm(resets), UTC))
    return None


def _paged(cursor: str | None) -> dict[str, Any]:
    """How a listing is asked for its next page."""
    return {"max_results": PAGE_SIZE, **({"next_cursor": cursor} if cursor else {})}


def _cursor_of(answer: JsonObject, names: Sequence[str]) -> JsonObject:
    return {"next_cursor": next((answer[name] for name in names if answer.get(name)), None)}


def _acknowledging(handles: list[str]) -> Callable[[dict[str, Any]], Any]:
    return lambda options: api.ack_notifications(handles, **options)


def _page(answer: JsonObject, name: str, what: str) -> Page:
    """The answer's items; the bytes kept of it are canonical, since the SDK does not show the received ones."""
    try:
        items = objects(answer, name)
        cursor = text_or_none(answer, "next_cursor")
        body = canonical_json(answer).encode("utf-8", "surrogatepass")
    except RecordRejected as error:
        raise _strange(what, error.found) from error
    except (ValueError, RecursionError) as error:
        raise _strange(what, "NaN, a number beyond a double, or deep nesting") from error
    return Page(tuple(items), cursor, body, has_list=answer.get(name) is not None)


def _strange(what: str, found: str) -> PermanentSourceError:
    return PermanentSourceError(
        tried=f"to read Cloudinary's answer about {what}",
        found=found,
        expected="the shape of the Admin API",
        remedy="check cloudinary.upload_prefix; if it is right, the API has changed",
    )
