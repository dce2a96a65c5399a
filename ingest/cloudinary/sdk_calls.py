"""One call of Cloudinary's SDK: within a deadline, counted in the hour's allowance, repeated where that does no harm.

Here belongs what to do when a call fails, and the vendor's exceptions in our own words, without the secret. Which calls
there are is `client`'s.
"""

from __future__ import annotations

import calendar
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from cloudinary import exceptions

from assettrail.clock import Clock
from assettrail.cloudinary_settings import CloudinarySettings
from assettrail.errors import AssettrailError, ConfigurationError, PermanentSourceError, TransientSourceError
from ingest.cloudinary.budget import BudgetUsedUp, CallBudget, RateBudget, Reserve
from ingest.cloudinary.connections import Interrupted, ask_once_per_call, read_with_bounds, seen_by
from ingest.cloudinary.page import strange
from ingest.deadline import DeadlinePassed, within
from ingest.http import RetryPolicy
from ingest.service_clock import ServiceClock
from ingest.strict import JsonObject

SdkCall = Callable[[dict[str, Any]], Any]
"""A call of the SDK, which is given the options of every call: cloud, credentials, time-out, host."""

_DEADLINE_MARGIN_SECONDS = 5.0
_EXPIRED_CURSOR = "next_cursor"
_SUBSCRIPTION = "subscription"
_UNNAMED_STATUS = re.compile(r"Error \d{3} - ")
"""How the SDK's bare Exception begins that stands for a status it has no class for."""


class CursorExpired(Exception):  # a turn in a listing, never leaves this folder
    """Cloudinary no longer knows the cursor of a listing: begin that listing again."""


class SdkCalls:
    """Calls of one product environment, each counted in `budget`; `service_clock` sees the time of each answer.

    Raises ConfigurationError (credentials, cloud name), PermanentSourceError (refused), TransientSourceError
    (after all attempts), BudgetUsedUp (the share of the hourly allowance, or the allowance itself, is used up).
    """

    def __init__(
        self,
        settings: CloudinarySettings,
        clock: Clock,
        retry: RetryPolicy | None = None,
        pause: Callable[[float], None] = time.sleep,
        budget: CallBudget | None = None,
        service_clock: ServiceClock | None = None,
    ) -> None:
        self.settings = settings
        self.service_clock = service_clock or ServiceClock()
        self._secret = settings.secret.get_secret_value()
        self._retry = retry or RetryPolicy()
        self._pause = pause
        self.budget = budget or CallBudget(None, settings.cloud_name, settings.hourly_allowance_share, clock)
        ask_once_per_call()
        read_with_bounds()

    def read(self, what: str, call: SdkCall, reserve: Reserve | None = None) -> JsonObject:
        """Return the answer to a call that may be repeated; `what` is what messages call it.

        With a `reserve` it leaves a part of the hour's allowance to others. Raises CursorExpired, too.
        """
        return self.repeated(what, lambda: self.once(what, call, reserve=reserve))

    def repeated(self, what: str, attempt: Callable[[], JsonObject]) -> JsonObject:
        """Return the answer of the first attempt that is not interrupted; TransientSourceError after the last."""
        number = 1
        while True:
            try:
                return attempt()
            except Interrupted as interruption:
                if number >= self._retry.attempts:
                    raise self._gave_up(what, interruption, number) from interruption
                self._pause(self._retry.pause_seconds(number, None))
                number += 1

    def once(
        self,
        what: str,
        call: SdkCall,
        *,
        more_seconds: float = 0.0,
        is_kept_to_budget: bool = True,
        reserve: Reserve | None = None,
    ) -> JsonObject:
        """One call within its deadline, counted, with the vendor's exceptions in our own words."""
        if is_kept_to_budget:
            self.budget.require(what, reserve)
        rate: RateBudget | None = None
        try:
            answer = self._answered(what, call, more_seconds)
            rate = _rate_of(answer)
        finally:
            self.budget.note(rate)
        if not isinstance(answer, dict):
            raise strange(what, type(answer).__name__)
        return answer

    def _answered(self, what: str, call: SdkCall, more_seconds: float) -> Any:
        settings = self.settings
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
            raise strange(what, "JSON nested deeper than can be read") from error
        except Exception as error:
            # The SDK raises a bare Exception for statuses that it has no class for: 413, 423, 502, 504. No narrower
            # class can be named, so that class and words decide; everything else is a defect and stays one.
            if type(error) is not Exception or not _UNNAMED_STATUS.match(str(error)):
                raise
            raise Interrupted(self._said(error)) from self._without_secret(error)

    def _in_our_words(self, what: str, error: Exception) -> Exception:
        said = self._said(error)
        tried = f"to ask Cloudinary cloud {self.settings.cloud_name!r} for {what}"
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
        until = self.budget.note_refusal()
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
        where = self.settings.upload_prefix or "https://api.cloudinary.com"
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
