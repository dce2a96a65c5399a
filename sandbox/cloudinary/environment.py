"""One Cloudinary product environment: its state, its clock and its knobs.

Belongs here: what all calls share, cursors and the hourly allowance included. Does not belong here: single calls.
"""

from __future__ import annotations

import hashlib
import itertools
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox import credentials
from sandbox.clock import format_instant
from sandbox.cloudinary.errors import ApiError
from sandbox.cloudinary.metadata import MetadataFields
from sandbox.cloudinary.model import Asset, Assets, Files
from sandbox.cloudinary.notifications import Notifications

if TYPE_CHECKING:
    from sandbox.clock import SandboxClock
    from sandbox.knobs import Knobs

SERVICE = "cloudinary"
KNOBS: dict[str, object] = {
    "rate_limit": 2000,
    "backups": False,
    "folder_mode": "dynamic",
    "rejected_delivery": "keep",
    "notification_duplicates": 0.0,
    "notification_shuffle": False,
    "notification_held_seconds": 0,
    "notification_algorithm": "sha1",
    "webhook_retry_seconds": 180.0,
    "page_size_cap": 500,
    "cursor_lifetime_seconds": 3600,
    "search_lag_seconds": 0,
}
_MOST_CURSORS = 1000


@dataclass(frozen=True)
class _Listing:
    """A listing that a cursor goes on with: what was asked, its assets in order, how far it came."""

    query: str
    assets: Sequence[Asset]
    position: int
    issued_at: datetime


class Cursors:
    """Cursors of listings. A cursor stays valid for its query until it expires, also when it was used."""

    def __init__(self) -> None:
        self._listings: OrderedDict[str, _Listing] = OrderedDict()
        self._numbers = itertools.count(1)

    def issue(self, query: str, assets: Sequence[Asset], position: int, now: datetime) -> str:
        """Return the cursor that goes on at `position`; the oldest cursors are forgotten."""
        token = hashlib.sha256(f"cursor {next(self._numbers)}".encode()).hexdigest()
        self._listings[token] = _Listing(query, assets, position, now)
        if len(self._listings) > _MOST_CURSORS:
            self._listings.popitem(last=False)
        return token

    def resume(self, token: str, query: str, now: datetime, lifetime_seconds: float) -> tuple[Sequence[Asset], int]:
        """Return assets and position. Raises ApiError 400 for a cursor that is unknown, expired or another query's."""
        listing = self._listings.get(token)
        if listing is None or listing.query != query:
            raise ApiError(400, "Invalid value for parameter next_cursor")
        if now - listing.issued_at >= timedelta(seconds=lifetime_seconds):
            raise ApiError(400, "Invalid value for parameter next_cursor")
        return listing.assets, listing.position


class HourlyAllowance:
    """Admin API calls in the present hour of the sandbox clock."""

    def __init__(self) -> None:
        self._hour: datetime | None = None
        self._used = 0

    def use(self, now: datetime, limit: int) -> tuple[int, datetime]:
        """Count one call; return what is left (-1: this call is one too many) and when the hour ends."""
        hour = now.replace(minute=0, second=0, microsecond=0)
        if hour != self._hour:
            self._hour, self._used = hour, 0
        self._used += 1
        return limit - self._used, hour + timedelta(hours=1)


@dataclass
class CloudinaryState:
    """Everything that the stand-in remembers. It lives in memory; only the bytes of files are on disk."""

    clock: SandboxClock
    assets: Assets
    files: Files
    derived_files: Files
    fields: MetadataFields
    notifications: Notifications
    cursors: Cursors = field(default_factory=Cursors)
    allowance: HourlyAllowance = field(default_factory=HourlyAllowance)
    named_transformations: dict[str, str] = field(default_factory=dict)
    upload_presets: dict[str, dict[str, Any]] = field(default_factory=dict)
    empty_folders: set[str] = field(default_factory=set)
    upload_parts: dict[str, bytearray] = field(default_factory=dict)
    request_numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    @classmethod
    def create(cls, folder: Path, clock: SandboxClock) -> CloudinaryState:
        """Return an empty account that keeps its files under `folder/cloudinary`."""
        return cls(
            clock=clock,
            assets=Assets(),
            files=Files(folder / "cloudinary" / "files"),
            derived_files=Files(folder / "cloudinary" / "derived"),
            fields=MetadataFields(),
            notifications=Notifications(),
        )

    def next_request_id(self) -> str:
        """Return the next request id, 32 hex digits; the same for the same history of requests."""
        return hashlib.sha256(f"request {next(self.request_numbers)}".encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Environment:
    """The account as a call sees it: state, clock, knobs, credentials."""

    state: CloudinaryState
    clock: SandboxClock
    knobs: Knobs
    cloud_name: str = credentials.CLOUDINARY_CLOUD_NAME
    api_key: str = credentials.CLOUDINARY_API_KEY
    api_secret: str = credentials.CLOUDINARY_API_SECRET

    def knob(self, name: str) -> Any:
        """Return how a knob stands now."""
        return self.knobs.switch(SERVICE, name)

    @property
    def has_asset_folders(self) -> bool:
        """Folder mode: dynamic (asset_folder, display_name) or fixed (the folder is part of the public_id)."""
        return bool(self.knob("folder_mode") == "dynamic")

    def now_text(self) -> str:
        """Return the sandbox clock as ISO text."""
        return format_instant(self.clock.now())
