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
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import urllib3
from cloudinary import api, exceptions
from cloudinary.api_client import call_api

from assettrail.clock import Clock
from assettrail.errors import (
    AssettrailError,
    ConfigurationError,
    PermanentSourceError,
    RecordRejected,
    TransientSourceError,
)
from assettrail.settings import CloudinarySettings
from ingest.cloudinary.records import Trigger
from ingest.deadline import DeadlinePassed, within
from ingest.http import RetryPolicy
from ingest.strict import JsonObject, canonical_json, objects, text_or_none

PAGE_SIZE = 500
MESSAGES_PER_POLL = 100
HANDLES_PER_ACKNOWLEDGEMENT = 100
_DEADLINE_MARGIN_SECONDS = 5.0
_EXPIRED_CURSOR = "next_cursor"
_SUBSCRIPTION = "subscription"
_UNNAMED_STATUS = re.compile(r"Error \d{3} - ")
"""How the SDK's bare Exception begins that stands for a status it has no class for."""


@dataclass(frozen=True)
class RateBudget:
    """What the last good answer said about the hour's allowance: calls allowed, remaining, and its end (UTC)."""

    allowed: int
    remaining: int
    resets_at: datetime

    def in_words(self) -> str:
        """For messages and reports."""
        return f"{self.remaining} of {self.allowed} calls left until {self.resets_at:%Y-%m-%dT%H:%M:%SZ}"


@dataclass(frozen=True)
class Page:
    """One page of a listing: its items, the cursor of the next page (None on the last), and its canonical bytes."""

    items: tuple[JsonObject, ...]
    next_cursor: str | None
    body: bytes


class CursorExpired(Exception):  # a turn in a listing, never leaves this folder
    """Cloudinary no longer knows the cursor of a listing: begin that listing again."""


class CloudinaryClient:
    """Reads one product environment.

    Raises ConfigurationError (credentials, cloud name), PermanentSourceError (refused), TransientSourceError
    (after all attempts, or because the share of the hourly allowance is used up).
    """

    def __init__(
        self,
        settings: CloudinarySettings,
        clock: Clock,
        retry: RetryPolicy | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._settings = settings
        self._secret = settings.secret.get_secret_value()
        self._clock = clock
        self._retry = retry or RetryPolicy()
        self._pause = pause
        self.budget: RateBudget | None = None
        _ask_once_per_call()

    def ping(self) -> None:
        """Is anybody there, and are these credentials right?"""
        self._read("ping", lambda options: api.ping(**options))

    def usage(self) -> JsonObject | None:
        """The account's usage figures; None when this account does not offer them."""
        try:
            return self._read("usage", lambda options: api.usage(**options))
        except PermanentSourceError:
            return None

    def resources_page(self, resource_type: str, delivery_type: str, cursor: str | None) -> Page:
        """One page of a listing with tags, context, metadata and moderations. Raises CursorExpired."""
        asked = {"resource_type": resource_type, "type": delivery_type, "max_results": PAGE_SIZE}
        flags = {"tags": True, "context": True, "metadata": True, "moderations": True}
        if cursor:
            asked["next_cursor"] = cursor
        what = f"resources/{resource_type}/{delivery_type}"
        answer = self._read(what, lambda options: api.resources(**asked, **flags, **options))
        return _page(answer, "resources", what)

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

    def asset(self, asset_id: str) -> JsonObject | None:
        """The detail of one asset as it is now; None when there is none with this id."""

        def call(options: dict[str, Any]) -> Any:
            try:
                return api.resource_by_asset_id(asset_id, **options)
            except exceptions.NotFound:
                return {}

        return self._read(f"resources/{asset_id}", call) or None

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
            self._repeated("ack", partial(self._once, "ack", _acknowledging(some), is_counted=False))

    def _read(self, what: str, call: Callable[[dict[str, Any]], Any]) -> JsonObject:
        return self._repeated(what, lambda: self._once(what, call))

    def _repeated(self, what: str, attempt: Callable[[], JsonObject]) -> JsonObject:
        number = 1
        while True:
            try:
                return attempt()
            except _Interrupted as interruption:
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
        is_counted: bool = True,
    ) -> JsonObject:
        """One call within its deadline, with the vendor's exceptions in our own words."""
        if is_counted:
            self._keep_to_budget(what)
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
            answer = within(deadline, lambda: call(options))
        except DeadlinePassed as error:
            raise _Interrupted(f"no complete answer within {deadline:g} s") from error
        except (exceptions.Error, TypeError, ValueError, KeyError) as error:
            raise self._in_our_words(what, error) from error
        except RecursionError as error:
            raise _strange(what, "JSON nested deeper than can be read") from error
        except Exception as error:
            # The SDK raises a bare Exception for statuses that it has no class for: 413, 423, 502, 504. No narrower
            # class can be named, so that class and words decide; everything else is a defect and stays one.
            if type(error) is not Exception or not _UNNAMED_STATUS.match(str(error)):
                raise
            raise _Interrupted(self._said(error)) from error
        self._note_budget(answer)
        if not isinstance(answer, dict):
            raise _strange(what, type(answer).__name__)
        return answer

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
            return _Interrupted(said)
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
        until = f"at {self.budget.resets_at:%Y-%m-%dT%H:%M:%SZ}" if self.budget else "at the next full hour"
        return TransientSourceError(
            tried=tried,
            found=f"{said}; the hour's allowance is used up",
            expected="calls to be left",
            remedy=f"run again after the allowance resets {until}; what had landed is kept",
        )

    def _keep_to_budget(self, what: str) -> None:
        """Leave the rest of the hour's allowance to the account's other users."""
        budget = self.budget
        if budget is None or self._clock.now() >= budget.resets_at:
            return
        kept_back = budget.allowed * (1 - self._settings.hourly_allowance_share)
        if budget.remaining <= kept_back:
            raise TransientSourceError(
                tried=f"to ask Cloudinary cloud {self._settings.cloud_name!r} for {what}",
                found=f"{budget.in_words()}, of which {kept_back:.0f} are kept back for others",
                expected="calls of our share to be left",
                remedy=f"run again after {budget.resets_at:%Y-%m-%dT%H:%M:%SZ}, "
                "or raise cloudinary.hourly_allowance_share; what had landed is kept",
            )

    def _note_budget(self, answer: object) -> None:
        allowed = getattr(answer, "rate_limit_allowed", None)
        remaining = getattr(answer, "rate_limit_remaining", None)
        resets = getattr(answer, "rate_limit_reset_at", None)
        if isinstance(allowed, int) and isinstance(remaining, int) and isinstance(resets, tuple):
            self.budget = RateBudget(allowed, remaining, datetime.fromtimestamp(calendar.timegm(resets), UTC))

    def _said(self, error: Exception) -> str:
        """The vendor's words, shortened, on one line, without the secret."""
        words = str(error).replace(self._secret, "***")
        return "".join(c if c.isprintable() else " " for c in words)[:300] or type(error).__name__

    def _gave_up(self, what: str, interruption: _Interrupted, attempts: int) -> TransientSourceError:
        where = self._settings.upload_prefix or "https://api.cloudinary.com"
        return TransientSourceError(
            tried=f"to ask Cloudinary at {where} for {what}, {attempts} times",
            found=str(interruption),
            expected="an answer",
            remedy="run again later; what had landed is kept. If it stays, check that the host is up and "
            "cloudinary.upload_prefix is right",
        )


class _Interrupted(TransientSourceError):
    """One attempt failed in a way that another attempt may cure."""

    def __init__(self, found: str) -> None:
        super().__init__(
            tried="one call of the Cloudinary API", found=found, expected="an answer", remedy="run again later"
        )

    def __str__(self) -> str:
        return self.found


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
    return Page(tuple(items), cursor, body)


def _strange(what: str, found: str) -> PermanentSourceError:
    return PermanentSourceError(
        tried=f"to read Cloudinary's answer about {what}",
        found=found,
        expected="the shape of the Admin API",
        remedy="check cloudinary.upload_prefix; if it is right, the API has changed",
    )


def _ask_once_per_call() -> None:
    """Keep the SDK's connections from repeating a request and from following redirects by themselves.

    A poll that is repeated in silence hides the messages of the lost answer until their visibility ends, and
    the queue would look empty. The SDK offers no option for it; its pool takes one.
    """
    pool = call_api._http  # noqa: SLF001 - see above; a test shows when it no longer holds
    pool.connection_pool_kw["retries"] = urllib3.Retry(total=0, redirect=0, raise_on_redirect=True)
