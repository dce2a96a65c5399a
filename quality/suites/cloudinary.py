"""What Cloudinary promises about each of its landing streams.

Here belong the vendor's own closed lists and formats. Delivery types, notification types, moderation states and field
types are lists that the vendor extends: they are not closed here.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from great_expectations.expectations.expectation import Expectation

from quality.suites.promises import instant, md5, never, not_negative, one_of, sha256, version_epoch

RESOURCE_TYPES: Final = ("image", "video", "raw")


def resources() -> list[Expectation]:
    """One row per asset description: a version that is an instant, sizes that are sizes."""
    return [
        one_of("resource_type", RESOURCE_TYPES),
        version_epoch("version"),
        not_negative("bytes"),
        not_negative("width"),
        not_negative("height"),
        instant("created_at_raw"),
    ]


def notifications() -> list[Expectation]:
    """One row per resource that a verified notification names: who did what to which bytes, and when."""
    return [
        sha256("digest"),
        not_negative("ordinal"),
        instant("timestamp_raw"),
        one_of("resource_type", RESOURCE_TYPES),
        version_epoch("version"),
        md5("etag"),
        not_negative("bytes"),
        not_negative("width"),
        not_negative("height"),
        never(
            "notification_type = 'upload' and (asset_id is null or version is null or etag is null)",
            "an upload names its asset, version and etag",
        ),
        never(
            "notification_type = 'rename' and (from_public_id is null or to_public_id is null)",
            "a rename names both public ids",
        ),
        never(
            "notification_type = 'resource_metadata_changed' and (new_metadata is null or asset_id is null)",
            "a metadata change names its asset and the new values",
        ),
    ]


def metadata_fields() -> list[Expectation]:
    """One row per structured metadata field; enumerations and sets bring their values."""
    return [never("type in ('enum', 'set') and datasource is null", "an enum or set brings its datasource")]


PROMISES: Final[Mapping[str, Callable[[], list[Expectation]]]] = MappingProxyType(
    {"resources": resources, "notifications": notifications, "metadata_fields": metadata_fields}
)
