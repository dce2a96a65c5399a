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


def asset_contents() -> list[Expectation]:
    """One row per version whose bytes were asked for: what is said to match does, and nothing else counts as bytes."""
    return [
        one_of("outcome", ("matches", "differs", "unavailable", "refused")),
        one_of("way", ("delivery", "backup")),
        version_epoch("version"),
        md5("etag"),
        md5("seen_md5"),
        sha256("seen_sha256"),
        sha256("preview_sha256"),
        not_negative("seen_bytes"),
        never(
            "(outcome = 'matches') != coalesce(seen_md5 = etag and is_etag_matched and seen_sha256 is not null, false)",
            "bytes match a version where their MD5 is its etag, and only there",
        ),
        never(
            "outcome != 'matches' and (preview_sha256 is not null or is_original_kept)",
            "other bytes are not kept as a version's",
        ),
        never("outcome in ('unavailable', 'refused') and reason is null", "bytes that were not seen have a reason"),
    ]


def asset_absences() -> list[Expectation]:
    """One row per asset and complete listing that lacks it, or has it again."""
    return [one_of("resource_type", RESOURCE_TYPES), version_epoch("version"), instant("listed_at_raw")]


def asset_details() -> list[Expectation]:
    """One row per asset's detail: bytes by their MD5, sizes that are sizes."""
    return [
        one_of("resource_type", RESOURCE_TYPES),
        version_epoch("version"),
        md5("etag"),
        not_negative("bytes"),
        not_negative("width"),
        not_negative("height"),
        not_negative("pages"),
        instant("created_at_raw"),
    ]


def transformations() -> list[Expectation]:
    """One row per transformation; a named one brings what it does."""
    return [never("is_named and definition is null", "a named transformation brings its definition")]


def upload_presets() -> list[Expectation]:
    """One row per upload preset, with its settings."""
    return [never("settings is null", "an upload preset brings its settings")]


def usage() -> list[Expectation]:
    """One row per day of usage figures."""
    return [not_negative("resources"), not_negative("derived_resources"), not_negative("requests")]


def product_environment() -> list[Expectation]:
    """One row per product environment: its folder mode decides where an asset's folder stands."""
    return [one_of("folder_mode", ("fixed", "dynamic")), instant("created_at_raw")]


PROMISES: Final[Mapping[str, Callable[[], list[Expectation]]]] = MappingProxyType(
    {
        "resources": resources,
        "notifications": notifications,
        "metadata_fields": metadata_fields,
        "asset_contents": asset_contents,
        "asset_absences": asset_absences,
        "asset_details": asset_details,
        "transformations": transformations,
        "upload_presets": upload_presets,
        "usage": usage,
        "product_environment": product_environment,
    }
)
