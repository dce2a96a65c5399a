"""The settings of a Cloudinary product environment.

Here belongs what an installation may choose about Cloudinary. The whole tree, and reading it, is `settings`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, field_validator, model_validator

from assettrail.setting_kinds import Address, Count, Filled, Positive, Secret, Section, secret_of, with_mistake


class CloudinarySettings(Section):
    """A Cloudinary product environment."""

    cloud_name: Filled
    """The product environment, lower-case."""
    api_key: Filled
    """Key of an API user that may read; corrections that push files or improve renditions need one that may write."""
    api_secret: Secret = None
    """Its secret, from the environment; this or its file is needed by what connects, and by nothing else."""
    api_secret_file: Path | None = None
    """File that holds the secret; read when a client opens."""
    upload_prefix: Address | None = Field(
        default=None, description="Address of the API when it is not Cloudinary's own."
    )
    poll_channel: str = "assettrail"
    """Channel of the poll triggers whose notifications are read."""
    resource_types: tuple[str, ...] = ("image", "video", "raw")
    """Resource types of the inventory."""
    delivery_types: tuple[str, ...] = ("upload", "private", "authenticated")
    """Delivery types of the inventory."""
    delivery_hosts: tuple[str, ...] = ("res.cloudinary.com",)
    """Hosts whose addresses count as delivery URLs of this account."""
    hourly_allowance_share: Annotated[float, Field(gt=0, le=1)] = 0.8
    """Share of the hourly Admin API allowance that ingest may use."""
    full_listing_days: Annotated[float, Field(ge=0)] = 7.0
    """Days after which everything is listed again, which finds deletions that nobody told; 0: at every run."""
    overlap_minutes: Count = 15
    """Minutes that the search for changes reads again, since the search index lags."""
    configuration_hours: Annotated[float, Field(ge=0)] = 24.0
    """Hours after which transformations, upload presets, usage and account settings are read again."""
    detail_analyses: tuple[Literal["quality_analysis", "accessibility_analysis"], ...] = ()
    """Analyses that the detail of an asset is asked for; each must be part of the account's plan."""
    timeout_seconds: Positive = 30.0
    """Longest wait for one answer."""
    visibility_timeout_seconds: Annotated[int, Field(ge=1, le=600)] = 60
    """How long polled notifications stay invisible until they are acknowledged."""
    first_sync_polls: Count = 2
    """Polls of up to 100 notifications in a first sync; what waits behind them is read by the next run."""
    previous_api_secret: Secret = None
    """The secret before a rotation: notifications signed with it count too, until it is taken out of the settings."""
    previous_api_secret_file: Path | None = None
    """File that holds it."""
    notification_algorithms: Annotated[tuple[Literal["sha1", "sha256"], ...], Field(min_length=1)] = ("sha1", "sha256")
    """Hashes that a pushed notification may be signed with; `["sha256"]` where the account signs with SHA-256."""
    webhook_bytes_cap: Count = 1_048_576
    """Largest body of a pushed notification, in bytes."""
    delivery_address: Address | None = Field(
        default=None,
        description="Address before the resource type in delivery URLs (private CDN, own host), cloud name included "
        "where they have it; https://res.cloudinary.com/<cloud_name> if absent, or that of a stand-in's upload_prefix.",
    )
    fetch_hosts: tuple[Filled, ...] = (
        "res.cloudinary.com",
        "api.cloudinary.com",
        "api-eu.cloudinary.com",
        "api-ap.cloudinary.com",
    )
    """Hosts that files are fetched from; `host=address` allows a host a private or loopback address, and only that."""
    contents_per_run: Annotated[int, Field(ge=0)] = 200
    """Files fetched in one run at the most, to see their bytes; the rest waits for the next run. 0 fetches none."""
    content_bytes_cap: Count = 104_857_600
    """Largest file that is fetched, in bytes."""
    content_pixels_cap: Count = 80_000_000
    """Largest image, or frame of a video, that is decoded, in pixels."""
    content_timeout_seconds: Positive = 120.0
    """Longest wait for one file, whole body included."""
    keeps_originals: bool = False
    """Whether fetched files are kept as raw bytes are (`raw.keep_days`); otherwise their hashes and a preview."""

    @model_validator(mode="before")
    @classmethod
    def _check_secret(cls, values: Any) -> Any:
        return with_mistake(values, "api_secret")

    @property
    def secret(self) -> SecretStr:
        """The secret, read now. Raises ConfigurationError when there is none, or two."""
        return secret_of("cloudinary", "api_secret", self.api_secret, self.api_secret_file)

    @property
    def notification_secrets(self) -> tuple[SecretStr, ...]:
        """The secrets that notifications may be signed with, newest first. Raises ConfigurationError as `secret`."""
        if not (self.previous_api_secret or self.previous_api_secret_file):
            return (self.secret,)
        previous = secret_of(
            "cloudinary", "previous_api_secret", self.previous_api_secret, self.previous_api_secret_file
        )
        return (self.secret, previous)

    @field_validator("cloud_name")
    @classmethod
    def _is_lower_case(cls, value: str) -> str:
        if value != value.lower():
            raise ValueError("a cloud name is lower-case; the SDK lower-cases it in addresses")
        return value
