"""The client that writes to Cloudinary: one attempt per write, through the vendor's SDK, every option given per call.

Here belong the three calls that corrections make (`explicit`, `upload`, relating assets), and telling what an answer
says of a write. Whether a write is wanted is an effect's; reading is `ingest.cloudinary.client`, within the same hour's
calls. A write is never repeated here, and no redirect is followed.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import urllib3
from cloudinary import api, exceptions, uploader

from assettrail.cloudinary_settings import CloudinarySettings
from assettrail.errors import AssettrailError
from corrections.vendors.writes import Accepted, NotSent, Refused, Uncertain, Write, WriteOutcome
from ingest.cloudinary.budget import CallBudget
from ingest.deadline import DeadlinePassed, within

EXPLICIT, UPLOAD, RELATE = "explicit", "upload", "related_assets"
_NO_EFFECT_YET = frozenset({401, 420, 429})
_LONGEST_REASON = 300
_NEVER_ARRIVED = (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError)


@dataclass(frozen=True)
class CloudinaryWriter:
    """Writes to one product environment; `deadline_seconds` is the longest that one write may last."""

    settings: CloudinarySettings
    calls: CallBudget

    @property
    def deadline_seconds(self) -> float:
        """An upload sends a whole file, `explicit` makes files: they may last as long as fetching one."""
        return max(self.settings.timeout_seconds, self.settings.content_timeout_seconds)

    def write_once(self, write: Write) -> WriteOutcome:
        """Make the request once and say what became of it; raises nothing of the vendor's."""
        _never_repeat()
        call = _CALLS[write.path.split("/")[1]]
        try:
            if write.path.split("/")[1] == RELATE:
                self.calls.require(write.path)
            answer = within(self.deadline_seconds, lambda: call(write, self._options()))
        except DeadlinePassed:
            return Uncertain(f"the answer did not end within {self.deadline_seconds:g} s")
        except AssettrailError as error:
            return NotSent(error.found)
        except exceptions.Error as error:
            return self._failed(error)
        return self._told(answer)

    def _options(self) -> dict[str, Any]:
        settings = self.settings
        options: dict[str, Any] = {
            "cloud_name": settings.cloud_name,
            "api_key": settings.api_key,
            "api_secret": settings.secret.get_secret_value(),
            "oauth_token": None,
            "upload_preset": None,
            "timeout": self.deadline_seconds,
        }
        return options | ({"upload_prefix": settings.upload_prefix} if settings.upload_prefix else {})

    def _told(self, answer: Mapping[str, Any]) -> WriteOutcome:
        error = answer.get("error")
        if isinstance(error, dict):
            status = error.get("http_code")
            return _refused(status if isinstance(status, int) else 0, self._said(str(error.get("message"))))
        failed = answer.get("failed")
        if isinstance(failed, list) and failed:
            return Refused(self._said(f"not related: {failed[0]}"))
        asset_id, version = answer.get("asset_id"), answer.get("version")
        is_upload = isinstance(asset_id, str) and isinstance(version, int)
        return Accepted(f"{asset_id} version {version}" if is_upload else None)

    def _failed(self, error: exceptions.Error) -> WriteOutcome:
        """What an exception of the SDK says: whether the request can have arrived."""
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, _NEVER_ARRIVED) or isinstance(getattr(cause, "reason", None), _NEVER_ARRIVED):
                return NotSent("no connection")
            cause = cause.__cause__ or cause.__context__
        for status, kinds in _KINDS.items():
            if isinstance(error, kinds):
                return _refused(status, self._said(str(error)))
        return Uncertain(self._said(str(error)))

    def _said(self, words: str) -> str:
        """The vendor's words, shortened, on one line, without the secret."""
        plain = words.replace(self.settings.secret.get_secret_value(), "***")
        return "".join(c if c.isprintable() else " " for c in plain)[:_LONGEST_REASON]


_KINDS: Mapping[int, type[exceptions.Error]] = {
    400: exceptions.BadRequest,
    401: exceptions.AuthorizationRequired,
    403: exceptions.NotAllowed,
    404: exceptions.NotFound,
    409: exceptions.AlreadyExists,
    429: exceptions.RateLimited,
}


def explicit_write(resource_type: str, public_id: str, options: Mapping[str, object]) -> Write:
    """Return the request that applies options to an asset that is there."""
    return Write("POST", f"/{EXPLICIT}/{resource_type}", {"public_id": public_id, **options})


def related_write(asset_id: str, others: list[str]) -> Write:
    """Return the request that relates an asset to others, all by their ids."""
    return Write("POST", f"/{RELATE}/{asset_id}", {"assets_to_relate": others})


def _explicit(write: Write, options: dict[str, Any]) -> Mapping[str, Any]:
    body = dict(write.body)
    public_id, resource_type = body.pop("public_id"), write.path.split("/")[2]
    answer = uploader.explicit(public_id, resource_type=resource_type, return_error=True, **body, **options)
    # It may be made again without harm: it has no id to be read back by.
    return {k: v for k, v in answer.items() if k == "error"}


def _upload(write: Write, options: dict[str, Any]) -> Mapping[str, Any]:
    assert write.attachment is not None  # noqa: S101 - an upload is made with its file
    file = io.BytesIO(write.attachment.content)
    answer: Mapping[str, Any] = uploader.upload(
        file,
        filename=write.attachment.name,
        resource_type=write.path.split("/")[2],
        return_error=True,
        **dict(write.body),
        **options,
    )
    return answer


def _relate(write: Write, options: dict[str, Any]) -> Mapping[str, Any]:
    answer: Mapping[str, Any] = api.add_related_assets_by_asset_ids(
        write.path.split("/")[2], write.body["assets_to_relate"], **options
    )
    return answer


_CALLS: Mapping[str, Callable[[Write, dict[str, Any]], Mapping[str, Any]]] = {
    EXPLICIT: _explicit,
    UPLOAD: _upload,
    RELATE: _relate,
}


def _refused(status: int, reason: str) -> WriteOutcome:
    told = f"HTTP {status} ({reason})"
    if status in _NO_EFFECT_YET:
        return NotSent(told)
    if 400 <= status < 500 and status != 408:
        return Refused(told)
    return Uncertain(told)


def _never_repeat() -> None:
    """Keep the SDK's connections from repeating a write and from following redirects by themselves."""
    pool = uploader._http  # noqa: SLF001 - the SDK offers no option for it; a test shows when it no longer holds
    pool.connection_pool_kw["retries"] = urllib3.Retry(total=0, redirect=0, raise_on_redirect=True)
